/** The caller's options. */

import type { Clock } from "./clock.js";
import type { Fetch, GivenToken } from "./effect-handler.js";
import type { ClientSettings, Event, RunSettings } from "./types.js";
import { no, options as checked, read, type Kind } from "./guard.js";
import { ONE, SETTINGS } from "./run.js";

/** A credential of `@azure/identity`, or one with the same method. */
export interface TokenCredential {
  getToken(scopes: string | string[], options?: { abortSignal?: AbortSignal; tenantId?: string }): Promise<GivenToken | null>;
}

/** Options of a client. */
export interface ClientOptions extends Omit<ClientSettings, "tenant" | "signsAssertions"> {
  /** Signs a JWT for this token endpoint; see `mde-forensics/certificate`. */
  clientAssertion?: (audience: string, signal: AbortSignal) => Promise<string>;
  /** Gets tokens: a credential of `@azure/identity`, or a function. */
  getToken?: TokenCredential | ((scope: string, tenant: string, signal: AbortSignal) => Promise<string | GivenToken>);
  /** Sends each request in place of the platform's `fetch`. */
  fetch?: Fetch;
  /** The clock to use, for tests. */
  clock?: Clock;
}

/** Options of a collection. */
export interface CollectOptions extends CallOptions, Required<Pick<RunSettings, "comment">>, Pick<RunSettings, "key"> {}

/** Options of every call. */
export interface CallOptions
  extends Pick<
    RunSettings,
    "timeout" | "deadline" | "pollEvery" | "pick" | "preflight" | "markComment" | "sendExternalId"
  > {
  /**
   * Called with each event, in order. If it throws, or returns a promise that rejects, the call stops and the error gets its
   * `handle`.
   */
  onEvent?: (event: Event) => unknown;
  /** Stops the call, not the action; the collection can be resumed. */
  signal?: AbortSignal;
}

/** Options of calls for many devices. */
export interface ManyOptions extends CollectOptions, Pick<RunSettings, "until" | "concurrency" | "downloads"> {
  /** The folder for packages and the ledger (Node). */
  into?: string;
  /** With a comment, aborting `signal` also cancels our own actions at the service. */
  cancelComment?: string;
}

const CLIENT = {
  clientId: "text",
  clientSecret: "text",
  clientAssertion: "function",
  cloud: "text",
  baseUrl: "text",
  loginUrl: "text",
  resource: "text",
  fetch: "function",
  timeScale: "amount",
  quotaScope: "text",
  quotaShare: "amount",
  getToken: "other",
  clock: "other",
} as const satisfies Record<keyof ClientOptions, Kind>;

/** The options of every call. Comment and key belong to the collection, but are allowed in its later calls. */
const CALL = { ...ONE, onEvent: "function", signal: "signal" } as const satisfies Record<keyof CollectOptions, Kind>;

/** The options of calls for many devices. */
export const MANY = { ...SETTINGS, ...CALL, into: "text", cancelComment: "text" } as const satisfies Record<keyof ManyOptions, Kind>;

/** Checks the options of a client, except `getToken` and `clock`. */
export function clientOptions(given: unknown): Omit<ClientOptions, "getToken" | "clock"> & { getToken?: unknown; clock?: unknown } {
  return checked(given, "options", CLIENT);
}

/** The checked options of a call: what goes to the core, and the rest. */
export interface Call {
  said: Record<string, unknown>;
  signal: AbortSignal | undefined;
  onEvent: ((event: Event) => unknown) | undefined;
}

/** Checks the options of a call. */
export function runOptions(given: unknown, table: Record<string, Kind> = CALL): Call {
  const { onEvent, signal, ...said } = checked(given, "options", table);
  return { said, signal, onEvent } as Call;
}

/** Checks the caller's clock. */
export function clockOf(clock: unknown): Clock | undefined {
  if (clock === undefined) return undefined;
  const has = (name: string): boolean => typeof read(Object(clock) as object, name, "options.clock") === "function";
  if (!["wall", "mono", "sleep"].every(has)) throw no("options.clock", "a clock", clock);
  return clock as Clock;
}

/** Returns a function that gets tokens from whatever the caller gave. */
export function tokenOf(given: unknown): ((scope: string, tenant: string, signal: AbortSignal) => Promise<GivenToken>) | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "function") {
    return async (scope, tenant, signal) => tokenIn(await given(scope, tenant, signal));
  }
  if (typeof read(Object(given) as object, "getToken", "options.getToken") === "function") {
    const credential = given as TokenCredential;
    return async (scope, _, signal) => tokenIn(await credential.getToken(scope, { abortSignal: signal }));
  }
  throw no("options.getToken", "a function or a TokenCredential", given);
}

/** The token as the credential gave it; it is checked when it is used. */
function tokenIn(given: unknown): GivenToken {
  return (typeof given === "string" ? { token: given } : Object(given)) as GivenToken;
}
