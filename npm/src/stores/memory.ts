/** A package as a Blob, which a browser may keep on disk. */

import type { EffectResult } from "../types.js";
import type { Placed, Store } from "./store.js";

/** Keeps files as Blobs. */
export class MemoryStore implements Store {
  readonly folder = "";
  readonly #files = new Map<string, Growing>();
  readonly #locks = new Set<string>();

  async look(name: string): Promise<EffectResult> {
    const file = this.#files.get(name);
    return file === undefined ? {} : { length: file.size, isFile: true };
  }

  async read(name: string, at: number, length: number): Promise<Uint8Array> {
    const blob = this.#files.get(name)?.blob() ?? new Blob();
    return new Uint8Array(await blob.slice(at, at + length).arrayBuffer());
  }

  async write(name: string, at: number, bytes: Uint8Array): Promise<void> {
    this.#file(name).write(at, bytes);
  }

  async truncate(name: string, length: number): Promise<void> {
    this.#file(name).truncate(length);
  }

  async sync(): Promise<void> {
    // Nothing outlives the page.
  }

  async create(name: string, text: string): Promise<boolean> {
    if (this.#files.has(name)) return false;
    await this.replace(name, text);
    return true;
  }

  async replace(name: string, text: string): Promise<void> {
    this.#files.set(name, new Growing(new Blob([text])));
  }

  async rename(name: string, to: string): Promise<boolean> {
    const file = this.#files.get(name);
    if (this.#files.has(to)) return false;
    if (file !== undefined) this.#files.set(to, file);
    this.#files.delete(name);
    return true;
  }

  async remove(name: string): Promise<void> {
    this.#files.delete(name);
  }

  async lock(name: string): Promise<boolean> {
    const isFree = !this.#locks.has(name);
    this.#locks.add(name);
    return isFree;
  }

  async unlock(name: string): Promise<void> {
    this.#locks.delete(name);
  }

  async result(name: string): Promise<Placed> {
    const manifest = await this.#files.get(`${name}.manifest.json`)?.blob().text();
    const blob = this.#files.get(name)?.blob();
    return { ...(blob && { blob }), ...(manifest !== undefined && { manifest }) };
  }

  async close(): Promise<void> {
    // The Blobs are the caller's.
  }

  #file(name: string): Growing {
    const file = this.#files.get(name) ?? new Growing(new Blob());
    this.#files.set(name, file);
    return file;
  }
}

/** A Blob that grows at its end. */
class Growing {
  #blob: Blob;
  #tail: Uint8Array<ArrayBuffer>[] = [];
  #held = 0;

  constructor(blob: Blob) {
    this.#blob = blob;
  }

  get size(): number {
    return this.#blob.size + this.#held;
  }

  blob(): Blob {
    if (this.#held > 0) {
      this.#blob = new Blob([this.#blob, ...this.#tail]);
      this.#tail = [];
      this.#held = 0;
    }
    return this.#blob;
  }

  write(at: number, bytes: Uint8Array): void {
    if (at !== this.size) this.truncate(at);
    this.#tail.push(new Uint8Array(bytes));
    this.#held += bytes.length;
    if (this.#held >= PIECE) this.blob();
  }

  truncate(length: number): void {
    this.#blob = this.blob().slice(0, length);
  }
}

/** The size in bytes at which the tail is moved to the Blob. */
const PIECE = 8 << 20;
