/** Endpoints, for tools that only build requests and check responses. */

import { bytes, json, no, several, text } from "./guard.js";
import type { CodeInfo, OperationProperties, OperationRequest } from "./types.js";
import { ask, call, fresh, instance, type WasmOperation } from "./wasm.js";

/** One operation of the service or of its login: an HTTP request out, an HTTP response in. */
export class Operation {
  readonly #wasm: WasmOperation;
  readonly #instance: number;
  /** Its name, such as `get_machine`. */
  readonly name: string;

  /**
   * @param name One of {@link operations}.
   * @param input Its input, such as `{ machine: "…" }`; fields as in Rust and Python.
   */
  constructor(name: string, input: Record<string, unknown> = {}) {
    this.name = text(name, "name");
    if (typeof input !== "object" || input === null) throw no("input", "an object", input);
    const given = json(input, "input");
    const wasm = fresh();
    this.#instance = instance();
    this.#wasm = call(this.#instance, () => new wasm.Operation(this.name, given));
  }

  /** The request; `base` is the API's URL, or the login's for `token` and `device_code`, whose `token` is empty. */
  request(base: string, token = ""): OperationRequest {
    const [at, bearer] = [text(base, "base"), text(token, "token")];
    return JSON.parse(call(this.#instance, () => this.#wasm.request(at, bearer))) as OperationRequest;
  }

  /** What the answer says; `wall` is the time of day in seconds of the epoch. */
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
    // What is longer is too large for any operation all the same.
    return JSON.parse(call(this.#instance, () => this.#wasm.response(at, status, JSON.stringify(pairs), whole.subarray(0, PART), wall)));
  }

  /** Method, statuses of success, quota, whether a repeat is harmless, and permission; null for a login. */
  get properties(): OperationProperties | null {
    return JSON.parse(call(this.#instance, () => this.#wasm.properties())) as OperationProperties | null;
  }
}

/** The names of all operations. */
export function operations(): string[] {
  return JSON.parse(ask("operations")) as string[];
}

/** Every error code, with its fault, whether a repeat may help, and what to do. */
export function codes(): CodeInfo[] {
  return JSON.parse(ask("codes")) as CodeInfo[];
}

/** Checks a text that a person gave, and gives it as it is understood. */
export function parse(kind: "baseUrl" | "cloud" | "comment" | "device" | "tenant", value: string): string {
  return ask("parse", [text(kind, "kind"), text(value, "value")]);
}

/** The version of this package. */
export function version(): string {
  return ask("version");
}

/** A SHA-256 over bytes that come in parts. */
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

  /** The sum over all bytes so far, as lower-case hexadecimal digits. */
  digest(): string {
    return call(this.#instance, () => this.#wasm.digest());
  }
}

/** Bytes that the wasm's memory takes at once: twice what the longest answer may have. */
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
