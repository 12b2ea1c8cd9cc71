/** Where packages go. */

import type { Given } from "../types.js";

/** Where packages go: files by plain names. What it cannot do it throws, with the system's own `code`. */
export interface Store {
  /** What it is called in errors and manifests. */
  readonly folder: string;
  /** The file's length, and whether it is a plain one; nothing where there is none. */
  look(name: string): Promise<Given>;
  /** Up to `length` bytes that begin at `at`; none past the end. */
  read(name: string, at: number, length: number): Promise<Uint8Array>;
  /** Writes bytes at a place of a file, which is created if need be. */
  write(name: string, at: number, bytes: Uint8Array): Promise<void>;
  /** Cuts a file; it is created if need be. */
  truncate(name: string, length: number): Promise<void>;
  /** Makes a file durable; with no name, the folder. */
  sync(name: string | null): Promise<void>;
  /** Writes a new file; false where one of the name exists. */
  create(name: string, text: string): Promise<boolean>;
  /** Replaces a file as a whole. */
  replace(name: string, text: string): Promise<void>;
  /** Renames a file; false where one of the new name exists. */
  rename(name: string, to: string): Promise<boolean>;
  /** Removes a file; none is no failure. */
  remove(name: string): Promise<void>;
  /** Takes a file for one piece of work; false where another has it. */
  lock(name: string): Promise<boolean>;
  /** Lets go of a file. */
  unlock(name: string): Promise<void>;
  /** What the caller gets of a package that is in place. */
  result(name: string): Promise<Placed>;
  /** The ledger's file, where there is one. */
  readonly ledger?: LedgerFile;
  /** Lets go of the folder; `reason` says why there is no package. */
  close(reason?: unknown): Promise<void>;
}

/** A ledger in one append-only file. */
export interface LedgerFile {
  /** Takes the file for this client, and reads it; half a line at its end, of a crash, is cut off. */
  open(): Promise<Uint8Array>;
  /** Appends; where `sync`, it is durable at the end. */
  append(text: string, sync: boolean): Promise<void>;
}

/** Where a package is. */
export interface Placed {
  /** The file's path, in a folder of Node's. */
  path?: string;
  /** The bytes, where they were kept as a Blob. */
  blob?: Blob;
  /** The custody record, where it is not a file beside the package. */
  manifest?: string;
}
