/** What a caller may say. */

import type { Clock } from "./clock.js";
import type { Fetch, GivenToken } from "./hands.js";
import type { ClientSaid, Event, RunSaid } from "./types.js";
import { no, options as checked, read, type Kind } from "./guard.js";
import { ONE, SAID } from "./run.js";

/** A credential of `@azure/identity`, or anything like it. */
export interface TokenCredential {
  getToken(scopes: string | string[], options?: { abortSignal?: AbortSignal; tenantId?: string }): Promise<GivenToken | null>;
}

/** How a client is set up. */
export interface ClientOptions extends Omit<ClientSaid, "tenant" | "signsAssertions"> {
  /** Signs a JWT for this token endpoint: see `mde-forensics/certificate`. */
  clientAssertion?: (audience: string, signal: AbortSignal) => Promise<string>;
  /** Gets tokens by means of the caller's own: a credential of `@azure/identity`, or a function. */
  getToken?: TokenCredential | ((scope: string, tenant: string, signal: AbortSignal) => Promise<string | GivenToken>);
  /** Sends each request in place of the platform's `fetch`. */
  fetch?: Fetch;
  /** Whose time to go by, for tests. */
  clock?: Clock;
}

/** How a collection is gone about. */
export interface CollectOptions extends CallOptions, Required<Pick<RunSaid, "comment">>, Pick<RunSaid, "key"> {}

/** What every call takes. */
export interface CallOptions
  extends Pick<
    RunSaid,
    "timeout" | "deadline" | "pollEvery" | "pick" | "preflight" | "markComment" | "sendExternalId"
  > {
  /**
   * Called with each event, in order, while the work goes on. What it throws stops the call, and gets its `handle`; so does
   * what a promise that it gives rejects with.
   */
  onEvent?: (event: Event) => unknown;
  /** Stops the work here; it can be resumed. */
  signal?: AbortSignal;
}

/** How many devices are collected from. */
export interface ManyOptions extends CollectOptions, Pick<RunSaid, "until" | "concurrency" | "downloads"> {
  /** The folder that packages and the ledger go to (Node). */
  into?: string;
  /** With a comment, `signal` also cancels at the service what is our own. */
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

/** What every call takes; comment and key are of the collection, and no mistake in the options of its later calls. */
const CALL = { ...ONE, onEvent: "function", signal: "signal" } as const satisfies Record<keyof CollectOptions, Kind>;

/** What a call for many devices takes. */
export const MANY = { ...SAID, ...CALL, into: "text", cancelComment: "text" } as const satisfies Record<keyof ManyOptions, Kind>;

/** The options of a client, checked but for `getToken` and `clock`. */
export function clientOptions(given: unknown): Omit<ClientOptions, "getToken" | "clock"> & { getToken?: unknown; clock?: unknown } {
  return checked(given, "options", CLIENT);
}

/** A call's options, checked: what goes to the core, and what does not. */
export interface Call {
  said: Record<string, unknown>;
  signal: AbortSignal | undefined;
  onEvent: ((event: Event) => unknown) | undefined;
}

/** The options of a call, checked. */
export function runOptions(given: unknown, table: Record<string, Kind> = CALL): Call {
  const { onEvent, signal, ...said } = checked(given, "options", table);
  return { said, signal, onEvent } as Call;
}

/** The clock that the caller gave. */
export function clockOf(clock: unknown): Clock | undefined {
  if (clock === undefined) return undefined;
  const has = (name: string): boolean => typeof read(Object(clock) as object, name, "options.clock") === "function";
  if (!["wall", "mono", "sleep"].every(has)) throw no("options.clock", "a clock", clock);
  return clock as Clock;
}

/** The function that gets tokens, of whatever the caller gave. */
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

/** As a credential gives it; whether it is one is seen where it is used. */
function tokenIn(given: unknown): GivenToken {
  return (typeof given === "string" ? { token: given } : Object(given)) as GivenToken;
}
