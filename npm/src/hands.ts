/** Carries out what the core wishes: it moves bytes, waits and stores, and decides nothing. */

import type { Causes } from "./causes.js";
import { pause, type Clock } from "./clock.js";
import type { Signal } from "./halt.js";
import type { Store } from "./stores/store.js";
import type { Failure, Given, Wish } from "./types.js";
import { failure, NEEDS_STREAMING } from "./wishes.js";

/** A `fetch`. It sends each request as it is and once, follows no redirect under `redirect: "manual"`, and obeys `signal`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What a caller's own credential gives. */
export interface GivenToken {
  token: string;
  /** When it ends, in milliseconds of the epoch. */
  expiresOnTimestamp?: number;
}

/** What pieces of work use. */
export interface Means {
  clock: Clock;
  fetch: Fetch;
  credential?: (scope: string, tenant: string, signal: AbortSignal) => Promise<GivenToken>;
  assertion?: (audience: string, signal: AbortSignal) => Promise<string>;
}

/** The hands of one piece of work. */
export class Hands {
  readonly #means: Means;
  readonly #store: Store | undefined;
  readonly #signal: Signal;
  readonly #causes: Causes;
  readonly #tell: () => void;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #chunk: Uint8Array | undefined;

  constructor(means: Means, store: Store | undefined, signal: Signal, causes: Causes, tell: () => void) {
    this.#causes = causes;
    this.#tell = tell;
    this.#means = means;
    this.#store = store;
    this.#signal = signal;
  }

  /** What is given for a wish; never fails but where it is given up. */
  async fulfil(wish: Wish): Promise<Given> {
    switch (wish.kind) {
      case "send":
        return this.#send(wish);
      case "download":
        return this.#download(wish);
      case "chunk":
        return this.#next(wish.seconds);
      case "wait":
        await this.#means.clock.sleep(wish.until, this.#signal, false);
        return {};
      case "progress":
        this.#tell();
        // Whoever hears of it may stop the work before the next part comes.
        await pause(0, this.#signal);
        return {};
      case "credential":
        return this.#login((signal) => this.#means.credential?.(wish.scope, wish.tenant, signal));
      case "assertion":
        return this.#login(async (signal) => {
          const token = await this.#means.assertion?.(wish.audience, signal);
          return token === undefined ? undefined : { token };
        });
      case "keep":
        return this.#stored((store) => store.write(wish.name, wish.at, this.#chunk ?? new Uint8Array(), this.#signal));
      case "read":
        return this.#stored(async (store) => ({ bytes: await store.read(wish.name, wish.at, wish.length) }));
      case "look":
        return this.#stored((store) => store.look(wish.name));
      case "create":
        return this.#stored(async (store) => ({ exists: !(await store.create(wish.name, wish.text)) }));
      case "rename":
        return this.#stored(async (store) => ({ exists: !(await store.rename(wish.name, wish.to)) }));
      case "lock":
        return this.#stored(async (store) => ({ exists: !(await store.lock(wish.name)) }));
      case "replace":
        return this.#stored((store) => store.replace(wish.name, wish.text));
      case "remove":
        return this.#stored((store) => store.remove(wish.name));
      case "truncate":
        return this.#stored((store) => store.truncate(wish.name, wish.length));
      case "sync":
        return this.#stored((store) => store.sync(wish.name));
      case "unlock":
        return this.#stored((store) => store.unlock(wish.name));
    }
  }

  /** Lets go of a body that was not read to its end. */
  end(): void {
    this.#reader?.cancel().catch(() => undefined);
    this.#reader = undefined;
  }

  async #stored(work: (store: Store) => Promise<Given | void>): Promise<Given> {
    if (this.#store === undefined) return { failed: { message: "no store" } };
    try {
      return (await work(this.#store)) ?? {};
    } catch (error) {
      const failed = failure(error);
      this.#causes.note(failed.message, error);
      return { failed };
    }
  }

  #failed(limit: Limit, error: unknown, url: string): Failure {
    const failed = limit.failure(error, url);
    if (!(error instanceof GivenUp)) this.#causes.note(failed.message, error);
    return failed;
  }

  async #send(wish: Extract<Wish, { kind: "send" }>): Promise<Given> {
    const limit = new Limit(this.#signal, wish.seconds);
    let hasHead = false;
    try {
      const init: RequestInit = { method: wish.method, headers: wish.headers };
      if (wish.body !== null) init.body = wish.body;
      const response = await limit.race(this.#fetch(wish.url, init, limit.signal));
      const head = this.#head(response, wish.url);
      if (head.failed !== undefined) return head;
      hasHead = true;
      const bytes = await limit.race(whole(response, wish.bodyLimit));
      limit.done();
      return { ...head, bytes };
    } catch (error) {
      return { failed: { ...this.#failed(limit, error, wish.url), hasHead } };
    } finally {
      limit.end();
    }
  }

  async #download(wish: Extract<Wish, { kind: "download" }>): Promise<Given> {
    this.end();
    const limit = new Limit(this.#signal, wish.seconds);
    try {
      const response = await limit.race(this.#fetch(wish.url, { headers: wish.headers }, limit.signal));
      this.#reader = response.body?.getReader();
      const head = this.#head(response, wish.url);
      limit.done();
      return head;
    } catch (error) {
      return { failed: this.#failed(limit, error, wish.url) };
    } finally {
      limit.end();
    }
  }

  async #next(seconds: number): Promise<Given> {
    this.#chunk = undefined;
    if (this.#reader === undefined) return {};
    const limit = new Limit(this.#signal, seconds);
    try {
      this.#chunk = await limit.race(part(this.#reader));
      return this.#chunk === undefined ? {} : { bytes: this.#chunk };
    } catch (error) {
      return { failed: { ...this.#failed(limit, error, ""), hasHead: true } };
    } finally {
      limit.end();
    }
  }

  async #fetch(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const fixed: RequestInit = { redirect: "manual", credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };
    const response: unknown = await this.#means.fetch(url, { ...init, ...fixed, signal });
    if (!isResponse(response)) throw new TypeError("the `fetch` gave something that is no Response");
    // Who does not obey the signal may come when nobody waits any more.
    if (signal.aborted) response.body?.cancel().catch(() => undefined);
    return response;
  }

  #head(response: Response, url: string): Given {
    if (response.type === "opaqueredirect" || response.redirected) {
      return { failed: { message: "the reply is a redirect", isRedirect: true } };
    }
    const headers = [...response.headers].map(([name, value]): [string, string] => [String(name), String(value)]);
    const given: Given = { status: response.status, headers };
    const location = response.headers.get("location");
    if (location && URL.canParse(location, url)) given.location = new URL(location, url).href;
    return given;
  }

  async #login(work: (signal: AbortSignal) => Promise<GivenToken | undefined> | undefined): Promise<Given> {
    const limit = new Limit(this.#signal, LOGIN_SECONDS);
    try {
      const given = await limit.race(called(() => work(limit.signal)));
      if (given === undefined) return {};
      const { token, expiresOnTimestamp } = given;
      if (expiresOnTimestamp === undefined) return { token };
      return { token, expiresIn: Math.max(0, expiresOnTimestamp / 1000 - this.#means.clock.wall()) };
    } catch (error) {
      return { failed: this.#failed(limit, error, "") };
    } finally {
      limit.end();
    }
  }
}

/** What a caller's function gives, as a promise also where it throws at once. */
async function called<T>(work: () => Promise<T> | undefined): Promise<T | undefined> {
  return work();
}

/** A limit of time, in seconds of the world, for what may not obey a signal. */
class Limit {
  readonly #outer: Signal;
  readonly #timer: ReturnType<typeof setTimeout>;
  #controller: AbortController | undefined;
  /** Why nothing is waited for any more. */
  #given: GivenUp | undefined;
  #reject: (why: GivenUp) => void = () => undefined;
  #isOver = false;

  constructor(outer: Signal, seconds: number) {
    this.#outer = outer;
    this.#timer = setTimeout(this.#late, seconds * 1000);
    if (outer.aborted) this.#giveUp();
    // Not by `AbortSignal.any`: in Node 20 the given signal keeps something of each that was made of it.
    else outer.addEventListener("abort", this.#giveUp);
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#given !== undefined) this.#controller.abort(this.#outer.reason);
    return this.#controller.signal;
  }

  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      if (this.#given !== undefined) reject(this.#given);
      work.then(resolve, reject);
    });
  }

  failure(error: unknown, url: string): Failure {
    const host = URL.canParse(url) ? new URL(url).host : "";
    const said: Failure = error instanceof TooLarge ? { message: error.message, isTooLarge: true } : failure(error);
    const message = host === "" || said.code === NEEDS_STREAMING ? said.message : `no answer from \`${host}\`: ${said.message}`;
    return { ...said, message, isTimeout: this.#isOver };
  }

  /** What was limited has come to its end: there is nothing to abort, which would cost as much as all else here. */
  done(): void {
    this.#controller = undefined;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener("abort", this.#giveUp);
    this.#controller?.abort(OVER);
  }

  readonly #late = (): void => {
    this.#isOver = true;
    this.#end("no answer in time");
  };

  readonly #giveUp = (): void => this.#end("it was given up");

  #end(message: string): void {
    const given = (this.#given ??= new GivenUp(message));
    this.#reject(given);
    this.#controller?.abort(this.#isOver ? given : this.#outer.reason);
  }
}

/** What a caller's credential may take, in seconds of the world: a person may have to log in. */
const LOGIN_SECONDS = 900;

class TooLarge extends Error {}
class GivenUp extends Error {}

const OVER = new GivenUp("it is over");

async function whole(response: Response, limit: number): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const value = await part(reader);
    if (value === undefined) break;
    length += value.length;
    if (length > limit) {
      reader.cancel().catch(() => undefined);
      throw new TooLarge(`the reply is larger than the ${limit} bytes that it may have`);
    }
    chunks.push(value);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** The next part of a body; none at its end. */
async function part(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
  const { done, value } = await reader.read();
  if (done) return undefined;
  if (!ArrayBuffer.isView(value)) throw new TypeError("the body gave something that is no bytes");
  return value;
}

function isResponse(value: unknown): value is Response {
  if (typeof value !== "object" || value === null) return false;
  const { status, headers } = value as Record<string, unknown>;
  const isStatus = typeof status === "number" && status >>> 0 === status && status < 1000;
  return isStatus && typeof headers === "object" && headers !== null && Symbol.iterator in headers;
}
