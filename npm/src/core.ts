/** Endpoints, for tools that only build requests and check responses. */

import { bytes, json, no, several, text } from "./guard.js";
import type { CodeInfo, OperationProperties, OperationRequest } from "./types.js";
import { ask, call, fresh, instance, type WasmOperation } from "./wasm.js";

/** One operation of the service or its login: builds an HTTP request and parses the HTTP response. */
export class Operation {
  readonly #wasm: WasmOperation;
  readonly #instance: number;
  /** The operation's name, such as `get_machine`. */
  readonly name: string;

  /**
   * @param name One of {@link operations}.
   * @param input Its input, such as `{ machine: "…" }`; the fields are named as in Rust and Python.
   * @throws InvalidInputError if there is no such operation, or a field cannot be sent.
   */
  constructor(name: string, input: Record<string, unknown> = {}) {
    this.name = text(name, "name");
    if (typeof input !== "object" || input === null) throw no("input", "an object", input);
    const given = json(input, "input");
    const wasm = fresh();
    this.#instance = instance();
    this.#wasm = call(this.#instance, () => new wasm.Operation(this.name, given));
  }

  /** Builds the request. `base` is the API's URL; for `token` and `device_code`, the login's, with an empty `token`. */
  request(base: string, token = ""): OperationRequest {
    const [at, bearer] = [text(base, "base"), text(token, "token")];
    return JSON.parse(call(this.#instance, () => this.#wasm.request(at, bearer))) as OperationRequest;
  }

  /** Parses the response. `wall` is the time of day in seconds since the epoch. */
  response(
    base: string,
    status: number,
    headers: Iterable<readonly [string, string]>,
    body: Uint8Array | ArrayBuffer | string,
    wall: number = Date.now() / 1000,
  ): unknown {
    const at = text(base, "base");
    if (!Number.isInteger(status) || status < 0 || status > 999) throw no("status", "an HTTP status", status);
    if (!Number.isFinite(wall)) throw no("wall", "a number of seconds", wall);
    const pairs = several(headers, "headers", "pairs of strings", (pair, name) => {
      if (!Array.isArray(pair)) throw no(name, "a pair of strings", pair);
      return [text(pair[0], `${name}[0]`), text(pair[1], `${name}[1]`)];
    });
    const whole = typeof body === "string" ? new TextEncoder().encode(text(body, "body")) : bytes(body, "body");
    // A longer body is too large for any operation anyway.
    return JSON.parse(call(this.#instance, () => this.#wasm.response(at, status, JSON.stringify(pairs), whole.subarray(0, PART), wall)));
  }

  /** Method, success statuses, quota, whether a repeat is harmless, and permission; null for a login. */
  get properties(): OperationProperties | null {
    return JSON.parse(call(this.#instance, () => this.#wasm.properties())) as OperationProperties | null;
  }
}

/** Returns the names of all operations. */
export function operations(): string[] {
  return JSON.parse(ask("operations")) as string[];
}

/** Returns every error code, with its fault, whether a retry may help, and a hint. */
export function codes(): CodeInfo[] {
  return JSON.parse(ask("codes")) as CodeInfo[];
}

/** Checks a text and returns it in normal form. */
export function parse(kind: "baseUrl" | "cloud" | "comment" | "device" | "tenant", value: string): string {
  return ask("parse", [text(kind, "kind"), text(value, "value")]);
}

/** Returns the version of this package. */
export function version(): string {
  return ask("version");
}

/** A SHA-256 over bytes that arrive in parts. */
export class Sha256 {
  readonly #instance: number;
  readonly #wasm: InstanceType<ReturnType<typeof fresh>["Sha256"]>;

  constructor() {
    const wasm = fresh();
    this.#instance = instance();
    this.#wasm = call(this.#instance, () => new wasm.Sha256());
  }

  /** Adds bytes. */
  update(more: Uint8Array | ArrayBuffer): this {
    const given = bytes(more, "more");
    for (let at = 0; at < given.length; at += PART) call(this.#instance, () => this.#wasm.update(given.subarray(at, at + PART)));
    return this;
  }

  /** Returns the digest of all bytes so far, in lower-case hexadecimal. */
  digest(): string {
    return call(this.#instance, () => this.#wasm.digest());
  }
}

/** The most bytes to pass to the wasm at once: twice the longest possible answer. */
const PART = 1 << 27;

export * from "./errors.js";
export type {
  ActionAvailability,
  ActionStatus,
  ActionType,
  Adoption,
  Candidate,
  Code,
  CodeInfo,
  ErrorFields,
  Event,
  Fault,
  Machine,
  MachineAction,
  OperationProperties,
  OperationRequest,
  QuotaClass,
} from "./types.js";
