/** The engine alone: every decision of a collection, without clock or I/O. */

import type { MdeError } from "./errors.js";
import { bytes, json, no, options as checked, text, texts, type Kind } from "./guard.js";
import { failed, SETTINGS } from "./run.js";
import type { Answer, Command, EngineStarts, Row, RunSettings } from "./types.js";
import { ask, call, instance } from "./wasm.js";

/** Seconds since the epoch, and of a monotonic clock. */
export type Now = readonly [wall: number, monotonic: number];

/** Options for a run of the engine. */
export interface EngineOptions extends Omit<RunSettings, "comment">, Required<Pick<RunSettings, "comment">>, Omit<EngineStarts, "devices"> {
  /** Sixteen random bytes (default: from the platform). */
  entropy?: Uint8Array;
  /** The start of the run (default: {@link now}). */
  at?: Now;
}

/** How one device of a run ended, and everything known about it. */
export interface EngineReport extends Omit<Row, "thrown" | "trouble"> {
  /** Why the caller does not have what was asked for. */
  error: MdeError | null;
}

/** Returns this machine's time as the engine takes it. */
export function now(): Now {
  return [Date.now() / 1000, performance.now() / 1000];
}

/**
 * The collection engine: one state machine for any number of devices. It reads no clock and sends nothing.
 *
 * A driver calls {@link poll} until it returns `wait` or `done`, carries out each command, and passes the answer back with its
 * ticket.
 */
export class Engine {
  readonly #number: string;
  readonly #instance: number;

  /**
   * @param tenant The tenant's id or domain.
   * @param base The API's URL.
   * @param devices Names, ids or addresses.
   * @throws InvalidInputError if an argument cannot be used; `handle_mismatch` for a handle of another tenant or API.
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

  /** Returns the next command. Call it until it returns `wait` or `done`. */
  poll(at?: Now): Command {
    return JSON.parse(this.#ask("poll", [], time(at))) as Command;
  }

  /**
   * Passes in the answer to a ticket. Answers to aborted or unknown tickets are ignored.
   *
   * @throws InvalidInputError if it is not an answer.
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

  /** Reports that the record with this number is durable. */
  recorded(seq: number): void {
    this.#ask("recorded", [count(seq, "seq")]);
  }

  /** Reports that the record with this number could not be made durable. */
  recordFailed(seq: number, message: string): void {
    this.#ask("recorded", [count(seq, "seq"), text(message, "message")]);
  }

  /** Reports the bytes of a `fetch` received so far, and the total if known. */
  progress(ticket: number, received: number, total: number | null = null): void {
    const [number, so] = [count(ticket, "ticket"), count(received, "received")];
    this.#ask("progress", total === null ? [number, so] : [number, so, count(total, "total")]);
  }

  /** Stops one device (its position in the call) or all; with a comment, also cancels our actions at the service. */
  cancel(device?: number, options: { comment?: string; at?: Now } = {}): void {
    const index = device === undefined ? "all" : count(device, "device");
    const { comment, at } = checked(options, "options", { comment: "text", at: "other" });
    this.#ask("cancel", [index, ...(comment === undefined ? [] : [comment])], time(at, "options.at"));
  }

  /**
   * Whether stopping now would lose no work: no collection request is waiting for its answer, and no package is being read,
   * downloaded or sealed.
   */
  get interruptible(): boolean {
    return this.#ask("interruptible") === "true";
  }

  /** Returns the current handle (JSON) of one device, by its position in the call. */
  handle(index = 0): string | null {
    return this.#ask("handle", [count(index, "index")]) || null;
  }

  /** Returns the report of a finished run: one entry per device, in the order of the call. */
  static report({ rows }: Extract<Command, { kind: "done" }>): EngineReport[] {
    return rows.map((row) => {
      const { thrown: _, trouble: __, ...rest } = row;
      return { ...rest, error: failed(row) };
    });
  }

  #ask(what: string, given: readonly unknown[] = [], [wall, mono]: Now = [0, 0], body?: Uint8Array): string {
    // The number belongs to one instance; after a trap there is another, which does not know it.
    call(this.#instance, () => undefined);
    return ask(what, [this.#number, ...given], body, wall, mono);
  }
}

/**
 * Returns the handles (JSON) of the collections in records: the payloads of `record` commands, in order.
 *
 * @throws InvalidInputError if one is not a record.
 */
export function handles(records: Iterable<string>): string[] {
  return JSON.parse(ask("handles", texts(records, "records"))) as string[];
}

const OPTIONS = { ...SETTINGS, handles: "other", known: "other", entropy: "other", at: "other" } as const satisfies Record<keyof EngineOptions, Kind>;

/** Frees engines that are no longer referenced. */
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
  if (!isTime) throw no(name, "a pair of seconds, as `now` returns", given);
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
