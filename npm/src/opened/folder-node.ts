/** Node folders: extracted packages to read, and files to write. */

import { createHash } from "node:crypto";
import {
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  type Stats,
} from "node:fs";
import { join, sep } from "node:path";

import type { Failure } from "./protocol.js";
import { said, words, type FolderSink } from "./serve.js";
import type { LeftOut } from "./types.js";

/** A file of a folder. */
export interface Found {
  path: Buffer;
  /** Its path below the folder, with slashes. */
  name: string;
  size: number;
}

/** The contents of a folder, sorted by name. */
export interface FoundFolder {
  files: Found[];
  leftOut: LeftOut[];
}

/** Finds the files below a folder, and what is not a file; undefined if `root` is a file itself. Links are not followed. */
export function find(root: string, entries: number): FoundFolder | undefined {
  const stats = trying(root, () => statSync(root));
  if (stats.isFile()) return undefined;
  // Opening a pipe would wait for a writer.
  if (!stats.isDirectory()) throw failed(`\`${root}\` is neither a file nor a folder`);
  const found: Found[] = [];
  const leftOut: LeftOut[] = [];
  const folders = [{ path: Buffer.from(root), below: "", depth: 0 }];
  // One more than the budget, so that the package can report the excess.
  for (let folder = folders.pop(); folder !== undefined && found.length <= entries; folder = folders.pop()) {
    const { path, below, depth } = folder;
    // A name may not be valid UTF-8.
    for (const entry of trying(root, () => readdirSync(path, { withFileTypes: true, encoding: "buffer" }))) {
      const own = Buffer.concat([path, Buffer.from(sep), entry.name]);
      const name = below + entry.name.toString().replaceAll("\\", "/");
      if (entry.isFile()) found.push({ path: own, name, size: trying(root, () => lstatSync(own)).size });
      else if (!entry.isDirectory()) leftOut.push({ name, kind: entry.isSymbolicLink() ? "link" : "other" });
      else if (depth < DEEPEST) folders.push({ path: own, below: `${name}/`, depth: depth + 1 });
      else leftOut.push({ name, kind: "deep" });
      if (found.length > entries) break;
    }
  }
  const order = (one: { name: string }, other: { name: string }) => Buffer.compare(Buffer.from(one.name), Buffer.from(other.name));
  return { files: found.sort(order), leftOut: leftOut.sort(order) };
}

/** Files that get their names once all are written; until then they have unique names, which no link can have. */
export class NodeFolder implements FolderSink {
  readonly #folder: string;
  readonly #overwrites: boolean;
  readonly #part: string;
  readonly #files = new Map<string, number>();
  /** The existing record that is replaced. */
  #replaced: string | undefined;
  /** Existing files that are removed. */
  readonly #gone: string[] = [];

  /** @param part The suffix of the temporary names. */
  constructor(folder: string, overwrites: boolean, part: string) {
    this.#folder = folder;
    this.#overwrites = overwrites;
    this.#part = part;
    // Evidence must not be readable by everyone on the machine.
    writing(folder, () => mkdirSync(folder, { recursive: true, mode: 0o700 }));
  }

  has(name: string): boolean {
    const path = this.#at(name);
    const found = look(path);
    if (found === undefined) return false;
    // A link may lead anywhere, and opening a pipe blocks forever.
    if (found.isFile() && name.startsWith(writing(path, () => sha256(path)))) return true;
    const why = `it exists, and ${found.isFile() ? "its content is not what its name says" : "is not a plain file"}: find out why, and move it away`;
    throw unwritten(path, why);
  }

  read(name: string): Uint8Array | undefined {
    const path = this.#at(name);
    return writing(path, () => look(path) && readFileSync(path));
  }

  write(name: string, bytes: Uint8Array): void {
    const path = this.#at(name);
    writing(path, () => {
      let file = this.#files.get(name);
      if (file === undefined) {
        if (!this.#overwrites && look(path)) throw new Error(TAKEN);
        file = openSync(path + this.#part, "wx", 0o600);
        this.#files.set(name, file);
      }
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    });
  }

  earlier(name: string): Uint8Array | undefined {
    const found = this.#overwrites ? this.read(name) : undefined;
    if (found) this.#replaced = name;
    return found;
  }

  remove(name: string): void {
    this.#gone.push(name);
  }

  finish(): string[] {
    const files = [...this.#files.keys()].sort();
    // No record vouches for files before all have their names.
    const order = [false, true].flatMap((is) => files.filter((name) => name.endsWith(".json") === is));
    const replaced = this.#replaced;
    // It names all that may be there, for whoever replaces them next.
    if (replaced) this.write(UNFINISHED, Buffer.from(JSON.stringify({ unfinished: true, files: [...files, ...this.#gone] })));
    for (const [name, file] of this.#files) writing(this.#at(name), () => closeSync(file));
    if (replaced) this.#name(UNFINISHED, replaced);
    try {
      for (const name of this.#gone) writing(this.#at(name), () => rmSync(this.#at(name), { force: true }));
      for (const name of order) this.#name(name);
    } catch (thrown) {
      if (replaced) (thrown as Failure).message += MIXED;
      throw thrown;
    }
    return files.map((name) => this.#at(name));
  }

  /** Gives a file its name. */
  #name(name: string, as = name): void {
    const [part, path] = [this.#at(name) + this.#part, this.#at(as)];
    writing(path, () => (this.#overwrites ? renameSync(part, path) : place(part, path)));
    this.#files.delete(name);
  }

  discard(): void {
    for (const [name, file] of this.#files) {
      // It may be closed already.
      quietly(() => closeSync(file));
      quietly(() => rmSync(this.#at(name + this.#part), { force: true }));
    }
    this.#files.clear();
  }

  #at(name: string): string {
    return join(this.#folder, name);
  }
}

/** Renames a file unless the name is taken by now. */
function place(part: string, path: string): void {
  try {
    linkSync(part, path);
  } catch {
    // Not every file system has links.
    if (look(path)) throw new Error(TAKEN);
    return renameSync(part, path);
  }
  // The file is in place, whatever happens to its old name.
  quietly(() => rmSync(part));
}

/** Cleans up; an earlier error matters more than a failure here. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // Nothing is lost.
  }
}

function sha256(path: string): string {
  const sum = createHash("sha256");
  const block = new Uint8Array(BLOCK);
  const file = openSync(path, "r");
  try {
    for (let count = readSync(file, block); count > 0; count = readSync(file, block)) sum.update(block.subarray(0, count));
  } finally {
    closeSync(file);
  }
  return sum.digest("hex");
}

/** The file with this name, if any. */
function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Reads at a path; failures name it. */
export function trying<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw failed(`\`${path}\` cannot be read: ${said(cause)}`, cause);
  }
}

function writing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw unwritten(path, said(cause), cause);
  }
}

function failed(message: string, cause?: unknown): Failure {
  return { code: "read_failed", message, hint: "check the path and its permissions", cause: words(cause) };
}

function unwritten(path: string, why: string, cause?: unknown): Failure {
  const [code, message] = ["write_failed", `the output could not be written: \`${path}\`: ${why}`];
  return { code, message, hint: "check that the folder is writable, has space, and has no such files yet", cause: words(cause) };
}

const TAKEN = "it already exists: choose another folder, or set `overwrite`";
const MIXED = "; files of two runs are there now: export again with `overwrite`";
/** The record, while files get their names. */
const UNFINISHED = "unfinished";
/** How many bytes are hashed at a time. */
const BLOCK = 1 << 20;
/** How deep folders are searched; a package has two levels. */
const DEEPEST = 16;
