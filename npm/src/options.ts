/** What a caller may say. */

import type { Clock } from "./clock.js";
import type { Fetch, GivenToken } from "./hands.js";
import type { ClientSaid, Event, RunSaid } from "./types.js";
import { no, options as checked, read, type Kind } from "./guard.js";

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
  /** Called with each event, in order, while the work goes on; what it throws stops the call, and gets its `handle`. */
  onEvent?: (event: Event) => void;
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
  timeScale: "seconds",
  quotaScope: "text",
  quotaShare: "seconds",
} as const satisfies Record<keyof Omit<ClientOptions, "getToken" | "clock">, Kind>;

/** What the core is told of a run. */
export const SAID = {
  comment: "text",
  key: "text",
  timeout: "seconds",
  deadline: "seconds",
  pollEvery: "seconds",
  pick: "text",
  preflight: "flag",
  markComment: "flag",
  sendExternalId: "flag",
  concurrency: "count",
  downloads: "count",
  until: "text",
} as const satisfies Record<keyof RunSaid, Kind>;

const RUN = { ...SAID, into: "text", cancelComment: "text", onEvent: "function" } as const satisfies Record<string, Kind>;

/** The options of a client, checked. */
export function clientOptions(given: unknown): Omit<ClientOptions, "getToken" | "clock"> {
  return checked(given, "options", CLIENT);
}

/** A call's options, checked: what goes to the core, and what does not. */
export interface Call {
  said: Record<string, unknown>;
  signal: AbortSignal | undefined;
  onEvent: ((event: Event) => void) | undefined;
}

/** The options of a call, checked. */
export function runOptions(given: unknown): Call {
  const { onEvent, ...said } = checked(given, "options", RUN);
  return { said, signal: signalOf(given), onEvent: onEvent as CallOptions["onEvent"] };
}

/** The signal among the options. */
export function signalOf(given: unknown): AbortSignal | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "object" || given === null) throw no("options", "an object", given);
  const signal = read(given, "signal", "options.signal");
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw no("options.signal", "an AbortSignal", signal);
  return signal;
}

/** The clock among the options. */
export function clockOf(given: object): Clock | undefined {
  const clock = read(given, "clock", "options.clock");
  if (clock === undefined) return undefined;
  const isClock = (it: object): boolean => ["wall", "mono", "sleep"].every((name) => typeof read(it, name, "options.clock") === "function");
  if (typeof clock !== "object" || clock === null || !isClock(clock)) throw no("options.clock", "a clock", clock);
  return clock as Clock;
}

/** The function that gets tokens, of whatever the caller gave. */
export function tokenOf(given: unknown): ((scope: string, tenant: string, signal: AbortSignal) => Promise<GivenToken>) | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "function") {
    return async (scope, tenant, signal) => tokenIn(await given(scope, tenant, signal));
  }
  if (typeof given === "object" && given !== null && typeof read(given, "getToken", "options.getToken") === "function") {
    const credential = given as TokenCredential;
    return async (scope, _, signal) => tokenIn(await credential.getToken(scope, { abortSignal: signal }));
  }
  throw no("options.getToken", "a function or a TokenCredential", given);
}

function tokenIn(given: unknown): GivenToken {
  if (typeof given === "string") return { token: given };
  if (typeof given === "object" && given !== null) {
    const { token, expiresOnTimestamp } = given as Record<string, unknown>;
    if (typeof token === "string") {
      return typeof expiresOnTimestamp === "number" ? { token, expiresOnTimestamp } : { token };
    }
  }
  throw new TypeError("the credential gave no token");
}
