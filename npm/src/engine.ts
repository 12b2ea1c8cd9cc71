/** The engine alone: every decision of a collection, with no clock and no I/O. */

import type { MdeError } from "./errors.js";
import { bytes, json, no, options as checked, read, text, texts } from "./guard.js";
import { SAID } from "./options.js";
import { failed } from "./row.js";
import type { Answer, Command, EngineStarts, Row, RunSaid } from "./types.js";
import { call, fresh, instance, type WasmEngine } from "./wasm.js";

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
export interface EngineReport extends Omit<Row, "thrown" | "error"> {
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
  readonly #wasm: WasmEngine;
  readonly #instance: number;

  /**
   * @param tenant The tenant's id or domain.
   * @param base The API's URL.
   * @param devices Names, ids or addresses.
   * @throws InvalidInputError if something cannot be used; a handle that belongs elsewhere is `handle_mismatch`.
   */
  constructor(tenant: string, base: string, devices: Iterable<string>, options: EngineOptions) {
    const [of, at] = [text(tenant, "tenant"), text(base, "base")];
    const said = json(checked(options, "options", SAID), "options");
    const several = (name: "handles" | "known"): string[] => texts(read(options, name, `options.${name}`) ?? [], `options.${name}`);
    const starts = { devices: texts(devices, "devices"), handles: several("handles"), known: several("known") };
    const entropy = read(options, "entropy", "options.entropy");
    const seed = entropy === undefined ? crypto.getRandomValues(new Uint8Array(16)) : bytes(entropy, "options.entropy");
    const [wall, mono] = time(read(options, "at", "options.at"), "options.at");
    const wasm = fresh();
    this.#instance = instance();
    this.#wasm = call(this.#instance, () => new wasm.Engine(of, at, said, JSON.stringify(starts satisfies EngineStarts), seed, wall, mono));
  }

  /** The next thing to do. Call it until it gives `wait` or `done`. */
  poll(at?: Now): Command {
    const [wall, mono] = time(at);
    return JSON.parse(this.#call((engine) => engine.poll(wall, mono))) as Command;
  }

  /**
   * Brings the answer to a ticket. One that was aborted, or that nobody has, is ignored.
   *
   * @throws InvalidInputError if it is no answer.
   */
  answer(ticket: number, answer: Answer, at?: Now): void {
    const number = count(ticket, "ticket");
    if (typeof answer !== "object" || answer === null) throw no("answer", "an object", answer);
    const [wall, mono] = time(at);
    let [given, body]: [Answer | Omit<Answer, "body">, Uint8Array | undefined] = [answer, undefined];
    if (answer.kind === "reply") {
      const { body: whole, ...rest } = answer;
      body = typeof whole === "string" ? new TextEncoder().encode(text(whole, "answer.body")) : bytes(whole, "answer.body");
      given = rest;
    }
    const written = json(given, "answer");
    this.#call((engine) => engine.answer(number, written, body, wall, mono));
  }

  /** The record of this number is durable. */
  recorded(seq: number): void {
    const number = count(seq, "seq");
    this.#call((engine) => engine.recorded(number));
  }

  /** The record of this number could not be made durable. */
  recordFailed(seq: number, message: string): void {
    const [number, why] = [count(seq, "seq"), text(message, "message")];
    this.#call((engine) => engine.recordFailed(number, why));
  }

  /** Bytes of a `fetch` have arrived: so many so far, of so many in all. */
  progress(ticket: number, received: number, total: number | null = null): void {
    const [number, so] = [count(ticket, "ticket"), count(received, "received")];
    const all = total === null ? undefined : count(total, "total");
    this.#call((engine) => engine.progress(number, so, all));
  }

  /** Stops one device (its place in the call) or all of them; with a comment, our actions at the service too. */
  cancel(device?: number, options: { comment?: string; at?: Now } = {}): void {
    const index = device === undefined ? undefined : count(device, "device");
    const comment = read(options, "comment", "options.comment");
    const why = comment === undefined ? undefined : text(comment, "options.comment");
    const [wall, mono] = time(read(options, "at", "options.at"), "options.at");
    this.#call((engine) => engine.cancel(index, why, wall, mono));
  }

  /**
   * Whether stopping now would waste nothing that cannot be gone on with: no request for a collection waits for its
   * answer, and no package is being read through, downloaded or sealed.
   */
  get interruptible(): boolean {
    return this.#call((engine) => engine.interruptible());
  }

  /** The handle (JSON) of one device as it is now, by its place in the call. */
  handle(index = 0): string | null {
    const place = count(index, "index");
    return this.#call((engine) => engine.handle(place)) ?? null;
  }

  /** The report of a run that is over: one row for each device, in the order of the call. */
  static report({ rows }: Extract<Command, { kind: "done" }>): EngineReport[] {
    return rows.map((row) => {
      const { thrown: _, ...rest } = row;
      return { ...rest, error: failed(row) };
    });
  }

  #call<T>(work: (engine: WasmEngine) => T): T {
    return call(this.#instance, () => work(this.#wasm));
  }
}

/**
 * The handles (JSON) of the collections that records tell of: what `record` commands carried, in their order.
 *
 * @throws InvalidInputError if one is no record.
 */
export function handles(records: Iterable<string>): string[] {
  const written = JSON.stringify(texts(records, "records"));
  const wasm = fresh();
  return JSON.parse(call(instance(), () => wasm.handles(written))) as string[];
}

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
