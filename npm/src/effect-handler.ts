/** Carries out the core's effects: moves bytes, waits and stores, and decides nothing. */

import type { Causes } from "./causes.js";
import { breathe, pass, type Clock } from "./clock.js";
import { bytes, text } from "./guard.js";
import type { Signal } from "./halt.js";
import type { Store } from "./stores/store.js";
import type { Effect, EffectResult, Failure } from "./types.js";
import { failure, NEEDS_STREAMING } from "./failure.js";

/**
 * A `fetch`. It must send each request once and unchanged, follow no redirect under `redirect: "manual"`, and obey `signal`.
 */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What a caller's own credential returns. */
export interface GivenToken {
  token: string;
  /** When it expires, in milliseconds since the epoch. */
  expiresOnTimestamp?: number;
}

/** What work needs of the client. */
export interface Means {
  clock: Clock;
  fetch: Fetch;
  credential?: (scope: string, tenant: string, signal: AbortSignal) => Promise<GivenToken>;
  assertion?: (audience: string, signal: AbortSignal) => Promise<string>;
}

/** What one piece of work needs. */
export interface HandlerOptions {
  means: Means;
  store: Store | undefined;
  signal: Signal;
  causes: Causes;
  /** Called on progress. */
  tell: () => void;
}

/** Carries out the effects of one piece of work. */
export class EffectHandler {
  readonly #of: HandlerOptions;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #chunk: Uint8Array | undefined;

  constructor(of: HandlerOptions) {
    this.#of = of;
  }

  /** Carries out an effect. Rejects only if the clock does. */
  async carryOut(effect: Effect): Promise<EffectResult> {
    switch (effect.kind) {
      case "send": {
        const { method, headers, body, url } = effect;
        const given = await this.#within(effect, async (limit) => {
          const head = await this.#begin(url, { method, headers, body }, limit);
          return head.failed ? head : { ...head, ...(await whole(this.#reader, effect.bodyLimit, limit)) };
        });
        this.end();
        return given;
      }
      case "download":
        return this.#within(effect, (limit) => this.#begin(effect.url, { headers: effect.headers }, limit));
      case "chunk":
        return this.#within(effect, async (limit) => {
          this.#chunk = await part(this.#reader, limit);
          return this.#chunk && { bytes: this.#chunk };
        });
      case "wait":
        await this.#of.means.clock.sleep(effect.until, this.#of.signal, false);
        return {};
      case "progress":
        this.#of.tell();
        // A listener may stop the work before the next part.
        await pass();
        return {};
      case "credential":
        return this.#login((signal) => this.#of.means.credential?.(effect.scope, effect.tenant, signal));
      case "assertion":
        return this.#login(async (signal) => ({ token: await this.#of.means.assertion?.(effect.audience, signal) }));
      case "keep":
        return this.#stored((store) => store.write(effect.name, effect.at, this.#chunk ?? new Uint8Array()));
      case "read":
        return this.#stored(async (store) => ({ bytes: await store.read(effect.name, effect.at, effect.length) }));
      case "look":
        return this.#stored((store) => store.look(effect.name));
      case "create":
        return this.#stored(async (store) => ({ exists: !(await store.create(effect.name, effect.text)) }));
      case "rename":
        return this.#stored(async (store) => ({ exists: !(await store.rename(effect.name, effect.to)) }));
      case "lock":
        return this.#stored(async (store) => ({ exists: !(await store.lock(effect.name)) }));
      case "replace":
        return this.#stored((store) => store.replace(effect.name, effect.text));
      case "remove":
        return this.#stored((store) => store.remove(effect.name));
      case "truncate":
        return this.#stored((store) => store.truncate(effect.name, effect.length));
      case "sync":
        return this.#stored((store) => store.sync(effect.name));
      case "unlock":
        return this.#stored((store) => store.unlock(effect.name));
    }
  }

  /** Releases a body that was not read to its end. */
  end(): void {
    void letGo(this.#reader);
    this.#reader = undefined;
  }

  /** Does work within its time limit, and says why it failed. */
  async #within(
    { seconds, url = "" }: { seconds?: number; url?: string },
    work: (limit: Limit) => Promise<EffectResult | void>,
  ): Promise<EffectResult> {
    const limit = new Limit(this.#of.signal, seconds);
    try {
      return (await work(limit)) ?? {};
    } catch (error) {
      limit.abort();
      const failed = limit.failure(error, url);
      if (error !== limit.reason) this.#of.causes.note(failed.message, error);
      return { failed: { ...failed, hasHead: this.#reader !== undefined } };
    } finally {
      limit.end();
    }
  }

  #stored(work: (store: Store) => Promise<EffectResult | void>): Promise<EffectResult> {
    return this.#within({}, async (limit) => {
      const store = this.#of.store as Store;
      // Work that hangs is given up; but in a Node folder no work may continue once the next call starts.
      return store.ledger === undefined ? limit.race(work(store)) : work(store);
    });
  }

  /** Sends a request and reads the head of its reply. */
  async #begin(url: string, init: RequestInit, limit: Limit): Promise<EffectResult> {
    this.end();
    const { status, headers, type, redirected, body } = await limit.race(this.#fetch(url, init, limit.signal));
    if (status >>> 0 !== status || status > 999 || !(Symbol.iterator in Object(headers))) {
      throw new TypeError("`fetch` gave no Response");
    }
    this.#reader = body?.getReader();
    if (type === "opaqueredirect" || redirected) return { failed: { message: "the reply is a redirect", isRedirect: true } };
    const given: EffectResult = { status, headers: [...headers].map((pair) => pair.map(plain) as [string, string]) };
    const location = headers.get("location");
    if (location && URL.canParse(location, url)) given.location = new URL(location, url).href;
    return given;
  }

  async #fetch(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const fixed: RequestInit = { redirect: "manual", credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };
    const response = Object(await this.#of.means.fetch(url, { ...init, ...fixed, signal })) as Response;
    // A fetch that ignores the signal may answer after it was given up.
    if (signal.aborted) void letGo(response.body);
    return response;
  }

  #login(work: (signal: AbortSignal) => Promise<{ token: unknown; expiresOnTimestamp?: unknown }> | undefined): Promise<EffectResult> {
    return this.#within({ seconds: LOGIN_SECONDS }, async (limit) => {
      const { token, expiresOnTimestamp: end } = (await limit.race((async () => work(limit.signal))())) ?? { token: undefined };
      const given = { token: text(token, "token") };
      return typeof end !== "number" ? given : { ...given, expiresIn: Math.max(0, end / 1000 - this.#of.means.clock.wall()) };
    });
  }
}

/** A time limit in real seconds, for work that may not obey a signal. */
class Limit {
  readonly #outer: Signal;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  #controller: AbortController | undefined;
  /** Why the wait is over. */
  reason: Error | undefined;
  #reject: (why: Error) => void = () => undefined;
  #isLate = false;

  constructor(outer: Signal, seconds: number | undefined) {
    this.#outer = outer;
    if (seconds !== undefined) this.#timer = setTimeout(this.#late, seconds * 1000);
    // Not `AbortSignal.any`: in Node 20 the source signal leaks memory for each derived one.
    outer.addEventListener("abort", this.#giveUp);
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.reason !== undefined) this.#controller.abort(this.#outer.reason);
    return this.#controller.signal;
  }

  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      if (this.reason !== undefined) reject(this.reason);
      work.then(resolve, reject);
    });
  }

  failure(error: unknown, url: string): Failure {
    const host = URL.canParse(url) ? new URL(url).host : "";
    const said = failure(error);
    const message = host === "" || said.code === NEEDS_STREAMING ? said.message : `no answer from \`${host}\`: ${said.message}`;
    return { ...said, message, isTimeout: this.#isLate };
  }

  /** Aborts what may be in progress. Not called after success: an abort would cost as much as the rest of the call. */
  abort(): void {
    this.#controller?.abort();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener("abort", this.#giveUp);
  }

  readonly #late = (): void => {
    this.#isLate = true;
    this.#end("no answer in time");
  };

  readonly #giveUp = (): void => this.#end("it was aborted");

  #end(message: string): void {
    const given = (this.reason ??= new Error(message));
    this.#reject(given);
    this.#controller?.abort(this.#isLate ? given : this.#outer.reason);
  }
}

/** How long a caller's credential may take, in real seconds: a person may have to sign in. */
const LOGIN_SECONDS = 900;

type Reader = ReadableStreamDefaultReader<Uint8Array> | undefined;

async function whole(reader: Reader, most: number, limit: Limit): Promise<EffectResult> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = await part(reader, limit); chunk !== undefined; chunk = await part(reader, limit)) {
    length += chunk.length;
    if (length > most) return { failed: { message: `the reply has more than ${most} bytes`, isTooLarge: true } };
    chunks.push(chunk);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return { bytes: all };
}

/** The next part of a body; undefined at its end. */
async function part(reader: Reader, limit: Limit): Promise<Uint8Array | undefined> {
  while (reader !== undefined) {
    await breathe();
    const { done, value } = await limit.race(reader.read());
    if (done) return undefined;
    const chunk = bytes(value, "body");
    if (chunk.length > 0) return chunk;
  }
  return undefined;
}

/** Cancels a caller's body, which may fail. */
async function letGo(body: { cancel(): Promise<void> } | null | undefined): Promise<void> {
  try {
    await body?.cancel();
  } catch {
    // No longer needed.
  }
}

/** Turns the caller's value, which may not be a string, into a well-formed one. */
function plain(given: unknown): string {
  return String(given).toWellFormed();
}
