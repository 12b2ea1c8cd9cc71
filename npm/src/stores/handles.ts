/** Folders and files of a browser: OPFS and File System Access. */

import { bounded } from "../clock.js";
import type { EffectResult } from "../types.js";
import { MemoryStore } from "./memory.js";
import type { Placed, Store } from "./store.js";

/** A folder of a browser. */
export class DirectoryStore implements Store {
  readonly folder: string;
  readonly #directory: FileSystemDirectoryHandle;
  readonly #writers = new Map<string, FileSystemWritableFileStream>();
  /** Releases each lock, by name. */
  readonly #locks = new Map<string, () => void>();

  #isClosed = false;

  constructor(directory: FileSystemDirectoryHandle) {
    this.#directory = directory;
    this.folder = directory.name;
  }

  async look(name: string): Promise<EffectResult> {
    const file = await this.#file(name);
    return file === undefined ? {} : { length: Number(file.size), isFile: true };
  }

  async read(name: string, at: number, length: number): Promise<Uint8Array> {
    const file = await this.#file(name);
    return new Uint8Array((await file?.slice(at, at + length).arrayBuffer()) ?? []);
  }

  async write(name: string, at: number, bytes: Uint8Array): Promise<void> {
    const writer = await this.#writer(name);
    await writer.write({ type: "write", position: at, data: new Uint8Array(bytes) });
  }

  async truncate(name: string, length: number): Promise<void> {
    await (await this.#writer(name)).truncate(length);
  }

  async sync(name: string | null): Promise<void> {
    if (name !== null) await this.#closed(name);
  }

  async create(name: string, text: string): Promise<boolean> {
    // The file exists before its text does: an empty one was left by a page that closed in between.
    if ((await this.#file(name))?.size) return false;
    await this.replace(name, text);
    return true;
  }

  async replace(name: string, text: string): Promise<void> {
    await this.#closed(name);
    const handle = await this.#directory.getFileHandle(name, { create: true });
    const writer = await handle.createWritable();
    await writer.write(text);
    await writer.close();
  }

  async rename(name: string, to: string): Promise<boolean> {
    if ((await this.#file(to)) !== undefined) return false;
    const handle: Movable = await this.#directory.getFileHandle(name);
    if (handle.move !== undefined) {
      await handle.move(to);
      return true;
    }
    const writer = await (await this.#directory.getFileHandle(to, { create: true })).createWritable();
    await (await handle.getFile()).stream().pipeTo(writer);
    await this.#directory.removeEntry(name);
    return true;
  }

  async remove(name: string): Promise<void> {
    if ((await this.#file(name)) !== undefined) await this.#directory.removeEntry(name);
  }

  /** Locks a name for all pages and workers of the origin. */
  lock(name: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const held = (lock: Lock | null): Promise<void> | null => {
        resolve(lock !== null);
        return lock && new Promise((release) => this.#locks.set(name, release));
      };
      // Pages with folders have locks; libraries that bring such folders to Node do not.
      const locks = (globalThis.navigator as Navigator | undefined)?.locks;
      if (locks === undefined) return resolve(true);
      locks.request(`mde-forensics ${this.folder}/${name}`, { ifAvailable: true }, held).catch(reject);
    });
  }

  async unlock(name: string): Promise<void> {
    try {
      await this.#closed(name);
    } finally {
      this.#locks.get(name)?.();
      this.#locks.delete(name);
    }
  }

  async result(name: string): Promise<Placed> {
    const blob = await this.#file(name);
    const manifest = await (await this.#file(`${name}.manifest.json`))?.text();
    return { ...(blob && { blob }), ...(manifest !== undefined && { manifest }) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const names = [...this.#writers.keys(), ...this.#locks.keys()];
    await bounded(Promise.allSettled(names.map((name) => this.unlock(name))));
  }

  /** Returns the current file. An open writer is closed first, since its data is invisible until then. */
  async #file(name: string): Promise<File | undefined> {
    await this.#closed(name);
    try {
      return await (await this.#directory.getFileHandle(name)).getFile();
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotFoundError") return undefined;
      throw error;
    }
  }

  async #writer(name: string): Promise<FileSystemWritableFileStream> {
    let writer = this.#writers.get(name);
    if (writer === undefined) {
      const handle = await this.#directory.getFileHandle(name, { create: true });
      writer = await handle.createWritable({ keepExistingData: true });
      if (this.#isClosed) {
        await writer.abort();
        throw new Error("the folder was closed");
      }
      this.#writers.set(name, writer);
    }
    return writer;
  }

  async #closed(name: string): Promise<void> {
    const writer = this.#writers.get(name);
    this.#writers.delete(name);
    await writer?.close();
  }
}

type Movable = FileSystemFileHandle & { move?: (name: string) => Promise<void> };

/** One file that the caller chose, or one stream: the package goes there, and the custody record to the caller. */
export class SingleStore extends MemoryStore {
  readonly #target: Target;
  #package: string | undefined;
  #received = 0;
  #isSealed = false;

  constructor(target: Target) {
    super();
    this.#target = target;
  }

  override async look(name: string): Promise<EffectResult> {
    return name === this.#package ? { length: this.#received, isFile: true } : super.look(name);
  }

  override async read(name: string, at: number, length: number): Promise<Uint8Array> {
    return name === this.#package ? this.#target.read(at, Math.min(length, this.#received - at)) : super.read(name, at, length);
  }

  override async write(name: string, at: number, bytes: Uint8Array): Promise<void> {
    this.#package = name;
    // The receiver of the bytes may take their memory.
    const received = at + bytes.length;
    await this.#target.write(at, bytes);
    this.#received = received;
  }

  override async truncate(name: string, length: number): Promise<void> {
    this.#package = name;
    if (length !== this.#received) await this.#target.truncate(length);
    this.#received = length;
  }

  override async rename(name: string, to: string): Promise<boolean> {
    if (name !== this.#package) return super.rename(name, to);
    // A damaged package that is kept must not look complete to a reader of the stream.
    if (!to.endsWith(DAMAGED)) {
      await this.#target.finish();
      this.#isSealed = true;
    }
    this.#package = to;
    return true;
  }

  override async remove(name: string): Promise<void> {
    if (name !== this.#package) return super.remove(name);
    if (this.#received > 0) await this.#target.truncate(0);
    this.#received = 0;
    this.#package = undefined;
  }

  override async result(name: string): Promise<Placed> {
    const { manifest } = await super.result(name);
    return manifest === undefined ? {} : { manifest };
  }

  override async close(reason?: unknown): Promise<void> {
    if (!this.#isSealed) this.#target.abandon(reason);
  }
}

/** The core's suffix for a damaged package that is kept: see `crates/core/src/download/files.rs`. */
const DAMAGED = ".damaged.zip";

/** Where the bytes of one package go. */
export interface Target {
  write(at: number, bytes: Uint8Array): Promise<void>;
  read(at: number, length: number): Promise<Uint8Array>;
  truncate(length: number): Promise<void>;
  finish(): Promise<void>;
  /** Reports that there will be no package. Does not wait: the receiver may hang. */
  abandon(reason: unknown): void;
}

/** A file that the caller chose. */
export class FileTarget implements Target {
  readonly #handle: FileSystemFileHandle;
  #writer: FileSystemWritableFileStream | undefined;
  /** Whether the file's content is ours. */
  #isOurs = false;
  /** Whether others can see it. */
  #shows = false;

  constructor(handle: FileSystemFileHandle) {
    this.#handle = handle;
  }

  async write(at: number, bytes: Uint8Array): Promise<void> {
    await (await this.#open()).write({ type: "write", position: at, data: new Uint8Array(bytes) });
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    await this.finish();
    const file = await this.#handle.getFile();
    return new Uint8Array(await file.slice(at, at + length).arrayBuffer());
  }

  async truncate(length: number): Promise<void> {
    await (await this.#open()).truncate(length);
    // What was read back is already visible: so its removal must be.
    if (length === 0 && this.#shows) await this.finish();
  }

  async finish(): Promise<void> {
    await this.#taken()?.close();
    this.#shows = this.#isOurs;
  }

  abandon(reason: unknown): void {
    this.#taken()?.abort(reason).catch(() => undefined);
  }

  #taken(): FileSystemWritableFileStream | undefined {
    const writer = this.#writer;
    this.#writer = undefined;
    return writer;
  }

  async #open(): Promise<FileSystemWritableFileStream> {
    this.#writer ??= await this.#handle.createWritable({ keepExistingData: this.#isOurs });
    this.#isOurs = true;
    return this.#writer;
  }
}

/** The error of a store that can only be written to. */
class WriteOnly extends Error {
  readonly code = "EWRITEONLY";
}

/** A stream that the caller gave: it can only be written once, from the start. */
export class StreamTarget implements Target {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #written = 0;
  #isClosed = false;

  constructor(stream: WritableStream<Uint8Array>) {
    this.#writer = stream.getWriter();
  }

  async write(at: number, bytes: Uint8Array): Promise<void> {
    if (at !== this.#written) throw new WriteOnly("the stream has bytes that cannot be taken back");
    // A write that was given up may still arrive, so nothing can be written after it.
    this.#written += bytes.length;
    await this.#writer.ready;
    await this.#writer.write(bytes);
  }

  read(): Promise<Uint8Array> {
    return Promise.reject(new WriteOnly("a stream cannot be read again"));
  }

  async truncate(length: number): Promise<void> {
    if (length !== this.#written) throw new WriteOnly("the stream has bytes that cannot be taken back");
  }

  async finish(): Promise<void> {
    if (this.#isClosed) return;
    await this.#writer.close();
    this.#isClosed = true;
  }

  abandon(reason: unknown): void {
    if (!this.#isClosed) this.#writer.abort(reason).catch(() => undefined);
  }
}
