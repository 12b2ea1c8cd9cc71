/** The interface of destinations for packages. */

import type { EffectResult } from "../types.js";

/** A destination for packages: files by plain names. Failures are thrown with the system's own `code`. */
export interface Store {
  /** Its name in errors and manifests. */
  readonly folder: string;
  /** Returns a file's length, and whether it is a plain file; empty if there is none. */
  look(name: string): Promise<EffectResult>;
  /** Returns up to `length` bytes from `at`; none past the end. */
  read(name: string, at: number, length: number): Promise<Uint8Array>;
  /** Writes bytes at a position of a file, created if missing. */
  write(name: string, at: number, bytes: Uint8Array): Promise<void>;
  /** Truncates a file, created if missing. */
  truncate(name: string, length: number): Promise<void>;
  /** Makes a file durable; with null, the folder. */
  sync(name: string | null): Promise<void>;
  /** Writes a new file; false if it exists. */
  create(name: string, text: string): Promise<boolean>;
  /** Replaces a file as a whole. */
  replace(name: string, text: string): Promise<void>;
  /** Renames a file; false if the new name exists. */
  rename(name: string, to: string): Promise<boolean>;
  /** Removes a file, if it exists. */
  remove(name: string): Promise<void>;
  /** Locks a file for one piece of work; false if it is locked. */
  lock(name: string): Promise<boolean>;
  /** Unlocks a file. */
  unlock(name: string): Promise<void>;
  /** Returns what the caller gets of a package that is in place. */
  result(name: string): Promise<Placed>;
  /** The ledger's file, if there is one. */
  readonly ledger?: LedgerFile;
  /** Releases the folder; `reason` says why there is no package. */
  close(reason?: unknown): Promise<void>;
}

/** A ledger in one append-only file. */
export interface LedgerFile {
  /** Locks the file for this client and reads it. Half a line at its end, left by a crash, is cut off. */
  open(): Promise<Uint8Array>;
  /** Appends; with `sync`, durably. */
  append(text: string, sync: boolean): Promise<void>;
}

/** Where a package is. */
export interface Placed {
  /** The file's path, in a folder in Node. */
  path?: string;
  /** The bytes, if they were kept as a Blob. */
  blob?: Blob;
  /** The custody record, if it is not a file beside the package. */
  manifest?: string;
}
