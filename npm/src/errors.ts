/** The errors: one class for each way a caller would react. */

import type { Candidate, Code, ErrorFields, Fault, Raised } from "./types.js";

/** The fields of an error; the package reader has its own codes. */
type Said = Partial<Omit<ErrorFields, "code">> & { code?: MdeError["code"] };

/**
 * The base of all errors: `code` says what failed, `hint` what to do about it. No field holds a token, a secret or a link.
 *
 * `cause` is what the caller's own `getToken`, `clientAssertion`, `fetch` or stream threw, unchanged and unredacted. If a
 * collection ran out of time, it is the error that held it up, if any.
 */
export class MdeError extends Error {
  /** The stable code, the same in Rust, Python and JavaScript, such as `forbidden`. */
  declare readonly code: Code | (string & {});
  /** Whose fault it was. */
  declare readonly fault: Fault;
  /** The answer's HTTP status. */
  declare readonly status: number | null;
  /** The service's own code, such as `ActiveRequestAlreadyExists`. */
  declare readonly serviceCode: string | null;
  /** The service's own words. They may change: branch on `code`. */
  declare readonly serviceMessage: string | null;
  /** The request id, by which Microsoft's support finds the call. */
  declare readonly requestId: string | null;
  /** How long the service asks to wait, in seconds. */
  declare readonly retryAfter: number | null;
  /** Whether the same step may succeed if repeated later, unchanged. */
  declare readonly retryable: boolean;
  /** What to do about it, in plain words. */
  declare readonly hint: string;
  /** The start of the answer's body, redacted. */
  declare readonly body: string | null;
  /** The texts of the causes, nearest first. */
  declare readonly causes: readonly string[];
  /** The handle (JSON) to resume from, if the collection can continue. */
  handle: string | null = null;
  /** The devices that match an ambiguous name. */
  candidates: Candidate[] = [];

  constructor(message: string, fields: Said = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = fields.code ?? "internal";
    this.fault = fields.fault ?? "workflow";
    this.status = fields.status ?? null;
    this.serviceCode = fields.service_code ?? null;
    this.serviceMessage = fields.service_message ?? null;
    this.requestId = fields.request_id ?? null;
    this.retryAfter = fields.retry_after ?? null;
    this.retryable = fields.retryable ?? false;
    this.hint = fields.hint ?? "";
    this.body = fields.body ?? null;
    this.causes = fields.causes ?? [];
  }

  /** All fields for a log: `JSON.stringify` omits the name and message of an `Error`. */
  toJSON(): object {
    return { ...this, name: this.name, message: this.message };
  }
}

/** Several devices match the name; see `candidates`. None was chosen. */
export class AmbiguousError extends MdeError {}
/** The token may not do this: a permission, a role, a licence or the right audience is missing. */
export class AuthorizationError extends MdeError {}
/** Every call worked, but the collection ended badly or was stopped. */
export class CollectionError extends MdeError {}
/** The collection did not end within the service's or the caller's time limit. */
export class CollectionTimeoutError extends CollectionError {}
/** There is no token: the credential cannot be used, or the login service refused it. */
export class CredentialError extends MdeError {}
/** A bug in this library; `hint` says what to report. */
export class InternalError extends MdeError {
  constructor(message: string, fields?: Said, options?: ErrorOptions) {
    const hint = "this is a bug in mde-forensics; please report it with the message";
    super(message, { code: "internal", hint, ...fields }, options);
  }
}
/** The caller gave something that cannot be used. */
export class InvalidInputError extends MdeError {}
/** The service does not know the object, or no device matches. */
export class NotFoundError extends MdeError {}
/** The device is known, but a package cannot be collected from it. */
export class NotSupportedError extends MdeError {}
/** The folder, or a file in it, cannot be used; nothing was overwritten. */
export class OutputError extends MdeError {}
/** The package is damaged, altered, or is not a package. */
export class PackageError extends MdeError {}
/** The service broke its own contract, or something else answered in its place. */
export class ResponseError extends MdeError {}
/** The service understood the request and refused it, or failed. */
export class ServiceError extends MdeError {}
/** The quota is used up; `retryAfter` says for how many seconds. */
export class ThrottledError extends ServiceError {}
/** The network failed between this machine and the service. */
export class TransportError extends MdeError {}
/** No answer came in time; the request may have arrived. */
export class TransportTimeoutError extends TransportError {}

type Kind = new (message: string, fields: Said, options?: ErrorOptions) => MdeError;

/** The classes by the names that the core uses. */
const KINDS = {
  AmbiguousError,
  AuthorizationError,
  CollectionError,
  CollectionTimeoutError,
  CredentialError,
  InternalError,
  InvalidInputError,
  MdeError,
  NotFoundError,
  NotSupportedError,
  OutputError,
  PackageError,
  ResponseError,
  ServiceError,
  ThrottledError,
  TransportError,
  TransportTimeoutError,
};

// A bundler may rename a class; its name in logs must not change.
for (const [value, { prototype }] of Object.entries(KINDS)) {
  Object.defineProperty(prototype, "name", { value, configurable: true, writable: true });
}

/** Whether a value is an error of this library and, if a code is given, has that code. */
export function isMdeError(value: unknown, code?: MdeError["code"]): value is MdeError {
  return value instanceof MdeError && (code === undefined || value.code === code);
}

/** Creates the error that the core describes. */
export function made({ class: name, error }: Raised, options?: ErrorOptions): MdeError {
  return new ((KINDS as Record<string, Kind>)[name] as Kind)(text(error), error, options);
}

function text(fields: ErrorFields): string {
  const status = fields.status == null ? "" : ` (HTTP ${fields.status})`;
  const service = [fields.service_code, fields.service_message].filter((it) => it != null);
  return [fields.message + status, ...service].join(": ");
}
