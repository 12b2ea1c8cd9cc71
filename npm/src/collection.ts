/** One collection as a thing to hold: look, wait, download, cancel. */

import type { Client } from "./client.js";
import { deed, type Deed } from "./deed.js";
import { only, placed, type Package } from "./ends.js";
import { OutputError } from "./errors.js";
import { options as checked, text } from "./guard.js";
import { runOptions, type CallOptions } from "./options.js";
import { openStore, within, type Destination } from "./stores/open.js";
import type { Event, Row } from "./types.js";

export type { Package };

/** One collection from one device. What it knows it keeps in its handle, also where a call fails. */
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

  /** All that is known of it: what a later run, or another process, goes on from. */
  get handle(): string {
    return this.#handle;
  }

  /** The device, in the caller's words. */
  get device(): string {
    return String(this.toJSON()["device"]);
  }

  /** The machine action's id, once the service has one. */
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

  /** The handle as plain data, so that `JSON.stringify(collection)` keeps it. */
  toJSON(): Record<string, unknown> {
    return JSON.parse(this.#handle) as Record<string, unknown>;
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Collection";
  }

  /** Asks the service once where the collection stands; that it ended badly is no failure here, but its status. */
  refresh(options?: CallOptions): Deed<this> {
    return this.#ready(options, { refresh: true });
  }

  /** Waits until the package is ready at the service. */
  wait(options?: CallOptions): Deed<this> {
    return this.#ready(options, {});
  }

  /**
   * Waits, then downloads the package, verified and with its custody record.
   *
   * @param to A folder's path (Node), a folder or file of a browser, or a stream; left out, a Blob.
   */
  download(to?: Destination, options?: CallOptions): Deed<Package> {
    const { said, signal, onEvent } = runOptions(options);
    return deed(onEvent, async (tell) => {
      try {
        const store = await openStore(to, this.#client);
        return await within(store, async () => {
          const row = await this.#run(said, "collected", signal, tell, {}, store);
          return (await placed(row, store)) as Package;
        });
      } catch (error) {
        // A place that cannot be used takes nothing from the collection.
        if (error instanceof OutputError) error.handle ??= this.#handle;
        throw error;
      }
    });
  }

  /**
   * Cancels the action at the service.
   *
   * @param comment Why.
   * @param options `foreign` insists where somebody else asked for it.
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

  #ready(options: CallOptions | undefined, bound: { refresh?: boolean }): Deed<this> {
    const { said, signal, onEvent } = runOptions(options);
    return deed(onEvent, async (tell) => {
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
