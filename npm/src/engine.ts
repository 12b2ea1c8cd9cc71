/** The engine alone: every decision of a collection, with no clock and no I/O. */

import type { MdeError } from "./errors.js";
import { bytes, json, no, options as checked, text, texts, type Kind } from "./guard.js";
import { failed, SAID } from "./run.js";
import type { Answer, Command, EngineStarts, Row, RunSaid } from "./types.js";
import { ask, call, instance } from "./wasm.js";

/** Seconds of the epoch, and of a clock that never runs backwards. */
export type Now = readonly [wall: number, monotonic: number];

/** How the engine goes about a run. */
export interface EngineOptions extends Omit<RunSaid, "comment">, Required<Pick<RunSaid, "comment">>, Omit<EngineStarts, "devices"> {
  /** Sixteen random bytes (default: the platform's). */
  entropy?: Uint8Array;
  /** The start of the run (default: {@link now}). */
  at?: Now;
}

/** How one device of a run ended, and all that is known of it. */
export interface EngineReport extends Omit<Row, "thrown" | "trouble"> {
  /** Why the caller has not what was asked for. */
  error: MdeError | null;
}

/** This machine's time, as the engine is told it. */
export function now(): Now {
  return [Date.now() / 1000, performance.now() / 1000];
}

/**
 * The collection engine: one state machine for one device or ten thousand. It reads no clock and sends nothing.
 *
 * A driver calls {@link poll} until it gives `wait` or `done`, carries each command out, and brings the answer back with
 * its ticket.
 */
export class Engine {
  readonly #number: string;
  readonly #instance: number;

  /**
   * @param tenant The tenant's id or domain.
   * @param base The API's URL.
   * @param devices Names, ids or addresses.
   * @throws InvalidInputError if something cannot be used; a handle that belongs elsewhere is `handle_mismatch`.
   */
  constructor(tenant: string, base: string, devices: Iterable<string>, options: EngineOptions) {
    const [of, at] = [text(tenant, "tenant"), text(base, "base")];
    const { handles = [], known = [], entropy, at: begin, ...own } = checked(options, "options", OPTIONS);
    const said = json(own, "options");
    const starts = { devices: texts(devices, "devices"), handles: texts(handles, "options.handles"), known: texts(known, "options.known") };
    const seed = entropy === undefined ? crypto.getRandomValues(new Uint8Array(16)) : bytes(entropy, "options.entropy");
    const [wall, mono] = time(begin, "options.at");
    this.#number = ask("begin", [of, at, said, JSON.stringify(starts satisfies EngineStarts)], seed, wall, mono);
    this.#instance = instance();
    ENDED.register(this, [this.#instance, this.#number]);
  }

  /** The next thing to do. Call it until it gives `wait` or `done`. */
  poll(at?: Now): Command {
    return JSON.parse(this.#ask("poll", [], time(at))) as Command;
  }

  /**
   * Brings the answer to a ticket. One that was aborted, or that nobody has, is ignored.
   *
   * @throws InvalidInputError if it is no answer.
   */
  answer(ticket: number, answer: Answer, at?: Now): void {
    const number = count(ticket, "ticket");
    if (typeof answer !== "object" || answer === null) throw no("answer", "an object", answer);
    const now = time(at);
    let [given, body]: [Answer | Omit<Answer, "body">, Uint8Array | undefined] = [answer, undefined];
    if (answer.kind === "reply") {
      const { body: whole, ...rest } = answer;
      body = typeof whole === "string" ? new TextEncoder().encode(text(whole, "answer.body")) : bytes(whole, "answer.body");
      given = rest;
    }
    this.#ask("answer", [number, json(given, "answer")], now, body);
  }

  /** The record of this number is durable. */
  recorded(seq: number): void {
    this.#ask("recorded", [count(seq, "seq")]);
  }

  /** The record of this number could not be made durable. */
  recordFailed(seq: number, message: string): void {
    this.#ask("recorded", [count(seq, "seq"), text(message, "message")]);
  }

  /** Bytes of a `fetch` have arrived: so many so far, of so many in all. */
  progress(ticket: number, received: number, total: number | null = null): void {
    const [number, so] = [count(ticket, "ticket"), count(received, "received")];
    this.#ask("progress", total === null ? [number, so] : [number, so, count(total, "total")]);
  }

  /** Stops one device (its place in the call) or all of them; with a comment, our actions at the service too. */
  cancel(device?: number, options: { comment?: string; at?: Now } = {}): void {
    const index = device === undefined ? "all" : count(device, "device");
    const { comment, at } = checked(options, "options", { comment: "text", at: "other" });
    this.#ask("cancel", [index, ...(comment === undefined ? [] : [comment])], time(at, "options.at"));
  }

  /**
   * Whether stopping now would waste nothing that cannot be gone on with: no request for a collection waits for its
   * answer, and no package is being read through, downloaded or sealed.
   */
  get interruptible(): boolean {
    return this.#ask("interruptible") === "true";
  }

  /** The handle (JSON) of one device as it is now, by its place in the call. */
  handle(index = 0): string | null {
    return this.#ask("handle", [count(index, "index")]) || null;
  }

  /** The report of a run that is over: one row for each device, in the order of the call. */
  static report({ rows }: Extract<Command, { kind: "done" }>): EngineReport[] {
    return rows.map((row) => {
      const { thrown: _, trouble: __, ...rest } = row;
      return { ...rest, error: failed(row) };
    });
  }

  #ask(what: string, given: readonly unknown[] = [], [wall, mono]: Now = [0, 0], body?: Uint8Array): string {
    // It is of one instance: after a trap there is another, in which its number is of nobody.
    call(this.#instance, () => undefined);
    return ask(what, [this.#number, ...given], body, wall, mono);
  }
}

/**
 * The handles (JSON) of the collections that records tell of: what `record` commands carried, in their order.
 *
 * @throws InvalidInputError if one is no record.
 */
export function handles(records: Iterable<string>): string[] {
  return JSON.parse(ask("handles", texts(records, "records"))) as string[];
}

const OPTIONS = { ...SAID, handles: "other", known: "other", entropy: "other", at: "other" } as const satisfies Record<keyof EngineOptions, Kind>;

/** Lets go of engines that nobody has any more. */
const ENDED = new FinalizationRegistry<[instance: number, number: string]>(([of, number]) => {
  if (of === instance()) ask("end", [number]);
});

function count(given: unknown, name: string): number {
  if (typeof given !== "number" || !Number.isSafeInteger(given) || given < 0) throw no(name, "a whole number from 0", given);
  return given;
}

function time(given: unknown, name = "at"): Now {
  if (given === undefined) return now();
  const isTime = Array.isArray(given) && given.length === 2 && given.every((it) => Number.isFinite(it));
  if (!isTime) throw no(name, "a pair of seconds, as `now` gives it", given);
  return given as unknown as Now;
}

export type {
  ActionOfHandle,
  Answer,
  Command,
  Limit,
  MachineOfHandle,
  Part,
  Row,
  Settled,
  Stored,
  Verdict,
} from "./types.js";
