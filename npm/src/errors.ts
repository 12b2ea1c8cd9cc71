/** What can go wrong: one class for each thing that a caller would do about it. */

import type { Candidate, Code, ErrorFields, Fault, Raised } from "./types.js";

/** What an error says of itself; a package reader's codes are its own. */
type Said = Partial<Omit<ErrorFields, "code">> & { code?: MdeError["code"] };

/**
 * Something did not work; `code` says what, `hint` what to do about it. No field holds a token, a secret or a link.
 *
 * `cause` is what the caller's own `getToken`, `clientAssertion`, `fetch` or stream threw, as it was; what that holds
 * is not known here. Where a collection's time ran out, it is the error that kept it, if one did.
 */
export class MdeError extends Error {
  /** The stable code, the same in Rust, Python and JavaScript, such as `forbidden`. */
  declare readonly code: Code | (string & {});
  /** Whose fault it was. */
  declare readonly fault: Fault;
  /** The HTTP status of the answer. */
  declare readonly status: number | null;
  /** The service's own code, such as `ActiveRequestAlreadyExists`. */
  declare readonly serviceCode: string | null;
  /** The service's own words. They may change: branch on `code`. */
  declare readonly serviceMessage: string | null;
  /** The id under which Microsoft's support finds the call. */
  declare readonly requestId: string | null;
  /** The seconds for which the service wants to be left alone. */
  declare readonly retryAfter: number | null;
  /** Whether the same step, repeated later and unchanged, may well succeed. */
  declare readonly retryable: boolean;
  /** What to do about it, in plain words. */
  declare readonly hint: string;
  /** The start of the answer's body, redacted. */
  declare readonly body: string | null;
  /** The texts of what caused it, the nearest first. */
  declare readonly causes: readonly string[];
  /** The handle (JSON) to go on with, where the collection can go on. */
  handle: string | null = null;
  /** The devices that answer to the name, where several do. */
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

  /** All that a log wants of it: `JSON.stringify` leaves out the name and message of an `Error`. */
  toJSON(): object {
    return { ...this, name: this.name, message: this.message };
  }
}

/** Several devices answer to the name; `candidates` are these. Nothing was chosen. */
export class AmbiguousError extends MdeError {}
/** The token may not do this: a permission, a role, a licence or the right audience is missing. */
export class AuthorizationError extends MdeError {}
/** Every call worked, and the collection ended badly or was stopped. */
export class CollectionError extends MdeError {}
/** The collection did not end in time, of the service or of the caller. */
export class CollectionTimeoutError extends CollectionError {}
/** There is no token: the credential cannot be used, or the login service refused it. */
export class CredentialError extends MdeError {}
/** A bug of this library; `hint` says what to report. */
export class InternalError extends MdeError {
  constructor(message: string, fields?: Said, options?: ErrorOptions) {
    const hint = "this is a bug in mde-forensics; please report it with the message";
    super(message, { code: "internal", hint, ...fields }, options);
  }
}
/** The caller gave something that cannot be sent. */
export class InvalidInputError extends MdeError {}
/** The service does not know the thing, or nobody answers to the name. */
export class NotFoundError extends MdeError {}
/** The device is known, and a package cannot be collected from it. */
export class NotSupportedError extends MdeError {}
/** The folder, or a file in it, cannot be used; nothing was overwritten. */
export class OutputError extends MdeError {}
/** The evidence is damaged, altered, or none. */
export class PackageError extends MdeError {}
/** The service broke its own contract, or something answered in its place. */
export class ResponseError extends MdeError {}
/** The service understood and refused, or failed. */
export class ServiceError extends MdeError {}
/** The quota is used up; `retryAfter` says for how many seconds. */
export class ThrottledError extends ServiceError {}
/** The network between here and the service. */
export class TransportError extends MdeError {}
/** No answer in time; the request may have arrived all the same. */
export class TransportTimeoutError extends TransportError {}

type Kind = new (message: string, fields: Said, options?: ErrorOptions) => MdeError;

/** The classes by the names that the core calls them by. */
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

// A bundler may rename a class; what people read in a log must not change with it.
for (const [value, { prototype }] of Object.entries(KINDS)) {
  Object.defineProperty(prototype, "name", { value, configurable: true, writable: true });
}

/** Whether a value is an error of this library, of this code if one is given. */
export function isMdeError(value: unknown, code?: MdeError["code"]): value is MdeError {
  return value instanceof MdeError && (code === undefined || value.code === code);
}

/** The error for what the core says. */
export function made({ class: name, error }: Raised, options?: ErrorOptions): MdeError {
  return new ((KINDS as Record<string, Kind>)[name] as Kind)(text(error), error, options);
}

function text(fields: ErrorFields): string {
  const status = fields.status == null ? "" : ` (HTTP ${fields.status})`;
  const service = [fields.service_code, fields.service_message].filter((it) => it != null);
  return [fields.message + status, ...service].join(": ");
}
