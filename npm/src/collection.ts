/** One collection: refresh, wait, download, cancel. */

import type { Client } from "./client.js";
import { task, type Task } from "./task.js";
import { only, placed, type Package } from "./ends.js";
import { OutputError } from "./errors.js";
import { options as checked, text } from "./guard.js";
import { runOptions, type CallOptions } from "./options.js";
import { openStore, within, type Destination } from "./stores/open.js";
import type { Event, Row } from "./types.js";

export type { Package };

/** One collection from one device. Its state is kept in its handle, even if a call fails. */
export class Collection {
  readonly #client: Client;
  readonly #said: Record<string, unknown>;
  #handle: string;

  /** @internal */
  constructor(client: Client, said: Record<string, unknown>, from: { handle: string }) {
    this.#client = client;
    this.#said = said;
    this.#handle = from.handle;
  }

  /** The collection's state (JSON), from which a later run or another process can resume. */
  get handle(): string {
    return this.#handle;
  }

  /** The device, as the caller named it. */
  get device(): string {
    return String(this.toJSON()["device"]);
  }

  /** The machine action's id; null before the service has one. */
  get actionId(): string | null {
    return this.#action("id");
  }

  /** The action's status at the service, such as `InProgress`. */
  get status(): string | null {
    return this.#action("status");
  }

  /** Whose action it is: `own`, `foreign` or `uncertain`. */
  get adoption(): string | null {
    return this.#action("adoption");
  }

  /** The handle as plain data, so that `JSON.stringify(collection)` is the handle. */
  toJSON(): Record<string, unknown> {
    return JSON.parse(this.#handle) as Record<string, unknown>;
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Collection";
  }

  /** Asks the service once for the collection's state. A collection that ended badly does not reject; see `status`. */
  refresh(options?: CallOptions): Task<this> {
    return this.#ready(options, { refresh: true });
  }

  /** Waits until the package is ready at the service. */
  wait(options?: CallOptions): Task<this> {
    return this.#ready(options, {});
  }

  /**
   * Waits, then downloads and verifies the package and writes its custody record.
   *
   * @param to A folder's path (Node), a folder or file of a browser, or a stream. By default, a Blob.
   */
  download(to?: Destination, options?: CallOptions): Task<Package> {
    const { said, signal, onEvent } = runOptions(options);
    return task(onEvent, async (tell) => {
      try {
        const store = await openStore(to, this.#client);
        return await within(store, async () => {
          const row = await this.#run(said, "collected", signal, tell, {}, store);
          return (await placed(row, store)) as Package;
        });
      } catch (error) {
        // An unusable destination does not affect the collection.
        if (error instanceof OutputError) error.handle ??= this.#handle;
        throw error;
      }
    });
  }

  /**
   * Cancels the action at the service.
   *
   * @param comment Why.
   * @param options `foreign` also cancels an action that somebody else requested.
   */
  async cancel(comment: string, options?: { foreign?: boolean; signal?: AbortSignal }): Promise<this> {
    const why = text(comment, "comment");
    const { foreign, signal } = checked(options, "options", { foreign: "flag", signal: "signal" });
    this.#handle = (await this.#client.cancel(this.#handle, why, foreign === true, signal as AbortSignal | undefined)).handle;
    return this;
  }

  #action(name: string): string | null {
    const action = this.toJSON()["action"] as Record<string, unknown> | null | undefined;
    const found = action?.[name];
    return typeof found === "string" ? found : null;
  }

  #ready(options: CallOptions | undefined, bound: { refresh?: boolean }): Task<this> {
    const { said, signal, onEvent } = runOptions(options);
    return task(onEvent, async (tell) => {
      await this.#run(said, "ready", signal, tell, bound);
      return this;
    });
  }

  async #run(
    said: Record<string, unknown>,
    until: string,
    signal: AbortSignal | undefined,
    tell: (event: Event) => unknown,
    bound: { refresh?: boolean },
    store?: Parameters<Client["run"]>[2],
  ): Promise<Row> {
    const whole = { comment: this.toJSON()["comment"], ...this.#said, ...said, until };
    const done = await this.#client.run(whole, { handles: [this.#handle], ...bound }, store, signal, tell);
    this.#handle = done.rows[0]?.handle ?? this.#handle;
    return only(done);
  }
}
