/** The client for one tenant of Defender for Endpoint. */

import { now, RealClock } from "./clock.js";
import { Collection, type Package } from "./collection.js";
import { task, type Task } from "./task.js";
import { drive, performCall, type Done } from "./driver.js";
import { only, placed, rethrow } from "./ends.js";
import type { MdeError } from "./errors.js";
import { json, no, options as checked, several, text, texts, wrong } from "./guard.js";
import type { Means } from "./effect-handler.js";
import { clientOptions, clockOf, MANY, runOptions, tokenOf } from "./options.js";
import type { ClientOptions, CollectOptions, ManyOptions } from "./options.js";
import { failed } from "./run.js";
import { openStore, within } from "./stores/open.js";
import type { Store } from "./stores/store.js";
import type { Cancelled, Event, Machine, Row, Starts } from "./types.js";
import { call, fresh, instance, type Run, type WasmClient } from "./wasm.js";

export { Collection, type Package };
export { MemoryStore } from "./stores/memory.js";
export { openStore, useFolders } from "./stores/open.js";

/** How one of many devices ended. */
export interface DeviceReport extends Omit<Row, "thrown" | "trouble" | "package"> {
  /** Why the caller does not have what was asked for. */
  error: MdeError | null;
  /** The package, if it was collected. */
  package: Package | null;
}

/** The report of a run over many devices: one entry each, in the order of the call. */
export interface Report {
  devices: DeviceReport[];
}

/** A client for one tenant of Defender for Endpoint. */
export class Client {
  readonly #wasm: WasmClient;
  readonly #instance: number;
  readonly #means: Means;
  /** The tenant. */
  readonly tenant: string;
  /** The API's URL. */
  readonly baseUrl: string;

  /**
   * Creates a client. Nothing is sent yet.
   *
   * @param tenant The tenant's id or a verified domain.
   * @param options Credential, cloud and network.
   * @throws InvalidInputError or CredentialError if a value cannot be used.
   */
  constructor(tenant: string, options: ClientOptions) {
    const { fetch, clientAssertion, getToken, clock: given, ...said } = clientOptions(options);
    const [credential, clock] = [tokenOf(getToken), clockOf(given)];
    const proofs = [said.clientSecret, clientAssertion, credential].filter((proof) => proof !== undefined);
    if (proofs.length !== 1) throw wrong("give one of `clientSecret`, `clientAssertion` and `getToken`");
    if (said.clientSecret === "") throw wrong("`options.clientSecret` is empty");
    const whole = JSON.stringify({ ...said, tenant: text(tenant, "tenant"), signsAssertions: clientAssertion !== undefined });
    const wasm = fresh();
    this.#instance = instance();
    const seed = crypto.getRandomValues(new Uint8Array(24));
    this.#wasm = call(this.#instance, () => new wasm.Client(whole, seed));
    const about = JSON.parse(call(this.#instance, () => this.#wasm.about())) as [string, string, number];
    [this.tenant, this.baseUrl] = about;
    this.#means = {
      clock: clock ?? new RealClock(about[2], said.timeScale ?? 1),
      fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)),
      ...(credential && { credential }),
      ...(clientAssertion && { assertion: clientAssertion }),
    };
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Client";
  }

  /**
   * Requests a package from one device, or adopts a running collection; resolves once the action is accepted.
   *
   * @param device The device's name (full, or its first label), id, or internal IP address.
   */
  collect(device: string, options: CollectOptions): Task<Collection> {
    const { said, signal, onEvent } = runOptions(options);
    const devices = [text(device, "device")];
    return task(onEvent, async (tell) => {
      const done = await this.run({ ...said, until: "requested" }, { devices }, undefined, signal, tell);
      return new Collection(this, said, only(done));
    });
  }

  /** Returns the collection of a handle: the text of `JSON.stringify(collection)`, or that parsed. Nothing is sent yet. */
  resume(handle: string | object): Collection {
    const row = this.#look({ comment: "resumed" }, { handles: [written(handle, "handle")] });
    return new Collection(this, {}, row);
  }

  /** Collects from many devices at once. Each ends in exactly one outcome, and no failure stops the others. */
  collectMany(devices: Iterable<string>, options: ManyOptions): Task<Report> {
    return this.#many({ devices: texts(devices, "devices") }, options);
  }

  /** Resumes collections from their handles; with `"folder"`, all that the ledger in the folder `into` knows. */
  resumeMany(handles: "folder", options: ManyOptions & { into: string }): Task<Report>;
  resumeMany(handles: Iterable<string | object>, options: ManyOptions): Task<Report>;
  resumeMany(handles: Iterable<string | object> | "folder", options: ManyOptions): Task<Report> {
    if (handles === "folder") return this.#many({ fromLedger: true }, options);
    return this.#many({ handles: several(handles, "handles", "handles", written) }, options);
  }

  /**
   * Returns the devices that match a name, an id or an internal IP address, the most recently seen first.
   *
   * @throws NotFoundError for an id that the service does not know.
   */
  async find(device: string, options?: { signal?: AbortSignal }): Promise<Machine[]> {
    const { signal } = checked(options, "options", { signal: "signal" });
    return (await this.#perform([text(device, "device")], signal as AbortSignal | undefined)) as Machine[];
  }

  /** @internal */
  async cancel(handle: string, comment: string, foreign: boolean, signal: AbortSignal | undefined): Promise<Cancelled> {
    return (await this.#perform([handle, comment, ...(foreign ? ["foreign"] : [])], signal)) as Cancelled;
  }

  /** @internal */
  async run(
    said: Record<string, unknown>,
    starts: Starts,
    store: Store | undefined,
    signal: AbortSignal | undefined,
    onEvent: (event: Event) => unknown,
  ): Promise<Done> {
    const { into: _, cancelComment, ...options } = said;
    const folder = store === undefined ? {} : { folder: store.folder };
    const ledger = await store?.ledger?.open();
    const run = this.#begin(options, { ...starts, ...folder }, ledger, now(this.#means.clock));
    const stopComment = cancelComment as string | undefined;
    return drive({ run, instance: this.#instance, means: this.#means, store, signal, stopComment, onEvent });
  }

  #many(starts: Starts, options: ManyOptions): Task<Report> {
    const { said, signal, onEvent } = runOptions(options, MANY);
    // Checked before a device is asked for a package that has nowhere to go, or for a ledger that does not exist.
    if (said["into"] === undefined && (starts.fromLedger || said["until"] === "collected")) throw no("options.into", "a folder", undefined);
    return task(onEvent, async (tell) => {
      const store = said["into"] === undefined ? undefined : await openStore(said["into"], this, "options.into");
      return within(store, async () => {
        const done = await this.run(said, starts, store, signal, tell);
        rethrow(done);
        return { devices: await Promise.all(done.rows.map((row) => reported(row, done, store))) };
      });
    });
  }

  #perform(given: string[], signal: AbortSignal | undefined): Promise<unknown> {
    return performCall(this.#wasm, given, this.#instance, this.#means, signal);
  }

  /** Parses a handle with the engine; sends nothing. */
  #look(said: Record<string, unknown>, starts: Starts): { handle: string } {
    const time = now(this.#means.clock);
    const run = this.#begin(said, starts, undefined, time);
    return call(this.#instance, () => {
      const handle = run.handle(0) ?? "";
      run.tell("end", undefined, ...time);
      run.free();
      return { handle };
    });
  }

  #begin(said: Record<string, unknown>, starts: Starts, ledger: Uint8Array | undefined, time: [number, number]): Run {
    const [options, begin, wasm] = [JSON.stringify(said), JSON.stringify(starts), fresh()];
    return call(this.#instance, () => new wasm.Run(this.#wasm, options, begin, ledger, ...time));
  }
}

async function reported(row: Row, done: Done, store: Store | undefined): Promise<DeviceReport> {
  const { thrown: _, trouble: __, ...rest } = row;
  return { ...rest, error: failed(row, done), package: await placed(row, store) };
}

/** Returns a handle as JSON. */
function written(handle: unknown, name: string): string {
  if (typeof handle === "string") return text(handle, name);
  if (typeof handle !== "object" || handle === null || Array.isArray(handle)) throw no(name, "a handle, or its JSON", handle);
  return json(handle, name);
}
