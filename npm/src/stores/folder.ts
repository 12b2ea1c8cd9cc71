/** A folder in Node. */

import * as fs from "node:fs/promises";
import * as path from "node:path";

import { isMdeError, type MdeError } from "../errors.js";
import type { EffectResult } from "../types.js";
import { ask, raised } from "../wasm.js";
import { failure } from "../failure.js";
import { code, lockFolder, made } from "./lock.js";
import type { LedgerFile, Placed, Store } from "./store.js";

/** The folders in use by this process, each with its ledger and locks. */
const OPEN = new Map<string, Open>();

interface Open {
  owner: object;
  /** The name it was opened by first, used by all its users. */
  folder: string;
  users: number;
  /** The files that are locked. */
  locks: Set<string>;
  ledger?: fs.FileHandle | undefined;
  /** How many of the ledger's bytes are known to be whole lines. */
  whole: number;
  /** Admits other processes, which are kept out while the ledger is open. */
  release?: (() => Promise<void>) | undefined;
  /** Settles when the folder is free again, after its last user has left. */
  closing?: Promise<void>;
  /** The last append, so that lines keep their order. */
  last: Promise<unknown>;
}

/** Opens a folder for the client `owner`; a folder takes one client at a time. */
export async function openFolder(folder: string, owner: object): Promise<Store> {
  const real = await create(folder).catch((cause: unknown) => {
    throw failed("output_failed", folder, cause);
  });
  let open = OPEN.get(real);
  while (open?.closing !== undefined) {
    await open.closing.catch(() => undefined);
    open = OPEN.get(real);
  }
  if (open !== undefined && open.owner !== owner) throw busy(folder);
  if (open === undefined) {
    open = { owner, folder, users: 0, locks: new Set(), whole: 0, last: Promise.resolve() };
    OPEN.set(real, open);
  }
  open.users += 1;
  return new Folder(real, open);
}

class Folder implements Store {
  readonly folder: string;
  readonly ledger: LedgerFile;
  readonly #real: string;
  readonly #open: Open;
  /** The files open for writing. */
  readonly #handles = new Map<string, fs.FileHandle>();
  #isClosed = false;

  constructor(real: string, open: Open) {
    this.folder = open.folder;
    this.#real = real;
    this.#open = open;
    this.ledger = new Ledger(real, open);
  }

  async look(name: string): Promise<EffectResult> {
    try {
      const found = await fs.lstat(this.#at(name));
      return { length: found.size, isFile: found.isFile() };
    } catch (error) {
      if (isMissing(error)) return {};
      throw error;
    }
  }

  async read(name: string, at: number, length: number): Promise<Uint8Array> {
    const open = this.#handles.get(name);
    const handle = open ?? (await fs.open(this.#at(name), "r"));
    try {
      const bytes = new Uint8Array(Math.min(length, Math.max(0, (await handle.stat()).size - at)));
      let read = 0;
      while (read < bytes.length) {
        const { bytesRead } = await handle.read(bytes, read, bytes.length - read, at + read);
        if (bytesRead === 0) break;
        read += bytesRead;
      }
      return bytes.subarray(0, read);
    } finally {
      if (open === undefined) await handle.close();
    }
  }

  async write(name: string, at: number, bytes: Uint8Array): Promise<void> {
    return put(await this.#writable(name), at, bytes);
  }

  async truncate(name: string, length: number): Promise<void> {
    await (await this.#writable(name)).truncate(length);
  }

  async sync(name: string | null): Promise<void> {
    if (name === null) return syncFolder(this.#real);
    await (await this.#writable(name)).sync();
  }

  create(name: string, text: string): Promise<boolean> {
    return created(this.#at(name), text);
  }

  async replace(name: string, text: string): Promise<void> {
    // A fixed name, so that the remains of a crash are replaced; no two calls write the same file.
    const beside = this.#at(`${name}.tmp`);
    await fs.rm(beside, { force: true });
    await written(beside, text);
    await fs.rename(beside, this.#at(name)).catch(async (error: unknown) => {
      await fs.rm(beside, { force: true });
      throw error;
    });
  }

  async rename(name: string, to: string): Promise<boolean> {
    await this.#closed(name);
    return moved(this.#at(name), this.#at(to));
  }

  async remove(name: string): Promise<void> {
    await this.#closed(name);
    await fs.rm(this.#at(name), { force: true });
  }

  async lock(name: string): Promise<boolean> {
    const { locks } = this.#open;
    if (locks.has(name)) return false;
    locks.add(name);
    await this.#writable(name).catch((error: unknown) => {
      locks.delete(name);
      throw error;
    });
    return true;
  }

  async unlock(name: string): Promise<void> {
    try {
      await this.#closed(name);
    } finally {
      this.#open.locks.delete(name);
    }
  }

  async result(name: string): Promise<Placed> {
    return { path: path.join(this.folder, name) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = await Promise.allSettled([...this.#handles.keys()].map((name) => this.#left(name)));
    this.#open.users -= 1;
    if (this.#open.users === 0) await (this.#open.closing = this.#leave());
    for (const it of closed) if (it.status === "rejected") throw it.reason;
  }

  async #left(name: string): Promise<void> {
    try {
      // An empty file is nothing to resume from.
      if ((await this.look(name)).length === 0) await this.remove(name);
    } finally {
      await this.unlock(name);
    }
  }

  /** Admits others only after everything is released. */
  async #leave(): Promise<void> {
    try {
      await this.#open.last.catch(() => undefined);
      await this.#open.ledger?.close();
    } finally {
      try {
        await this.#open.release?.();
      } finally {
        OPEN.delete(this.#real);
      }
    }
  }

  #at(name: string): string {
    return path.join(this.#real, name);
  }

  async #writable(name: string): Promise<fs.FileHandle> {
    let handle = this.#handles.get(name);
    if (handle === undefined) {
      handle = await opened(this.#at(name));
      if (this.#isClosed) {
        await handle.close();
        throw new Error("the folder was closed");
      }
      this.#handles.set(name, handle);
    }
    return handle;
  }

  async #closed(name: string): Promise<void> {
    const handle = this.#handles.get(name);
    this.#handles.delete(name);
    await handle?.close();
  }
}

class Ledger implements LedgerFile {
  readonly #real: string;
  readonly #open: Open;

  constructor(real: string, open: Open) {
    this.#real = real;
    this.#open = open;
  }

  open(): Promise<Uint8Array> {
    return this.#next(() => this.#read()).catch((cause: unknown) => {
      throw isMdeError(cause) ? cause : failed("ledger_failed", path.join(this.#open.folder, LEDGER), cause);
    });
  }

  append(text: string, sync: boolean): Promise<void> {
    return this.#next(async () => {
      const ledger = this.#open.ledger;
      if (ledger === undefined) throw new Error("the ledger is not open");
      // Half a line of a failed write would count as damage once more is appended.
      const { size } = await ledger.stat();
      const end = Math.min(this.#open.whole, size);
      if (size > end) await ledger.truncate(end);
      const bytes = new TextEncoder().encode(text);
      await put(ledger, end, bytes);
      if (sync) await ledger.datasync();
      this.#open.whole = end + bytes.length;
    });
  }

  async #read(): Promise<Uint8Array> {
    const file = path.join(this.#real, LEDGER);
    if (this.#open.ledger === undefined) {
      this.#open.release ??= await lockFolder(path.join(this.#real, LOCK));
      if (this.#open.release === undefined) throw busy(this.#open.folder);
      const ledger = await opened(file);
      try {
        await syncFolder(this.#real);
        const found = await ledger.readFile();
        const whole = found.lastIndexOf("\n") + 1;
        // Only on opening: later it may be a line that another call is writing.
        if (whole < found.length) await ledger.truncate(whole);
        this.#open.ledger = ledger;
        this.#open.whole = whole;
        return found.subarray(0, whole);
      } catch (error) {
        await ledger.close();
        throw error;
      }
    }
    return fs.readFile(file);
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#open.last.then(work, work);
    this.#open.last = next;
    next.catch(() => undefined);
    return next;
  }
}

/** Writes all bytes at a position. */
async function put(handle: fs.FileHandle, at: number, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += (await handle.write(bytes, written, null, at + written)).bytesWritten;
}

/**
 * Creates the folder and its parents durably and returns its real path. Evidence must not be readable by everyone on the
 * machine.
 */
async function create(folder: string): Promise<string> {
  const first = await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  if (first !== undefined) {
    for (let made = path.resolve(folder); made.length >= first.length; made = path.dirname(made)) {
      await syncFolder(path.dirname(made));
    }
  }
  return fs.realpath(folder);
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await fs.open(folder, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some network shares cannot sync a folder; evidence is kept there anyway.
    if (!["EINVAL", "ENOTSUP"].includes(code(error))) throw error;
  } finally {
    await handle.close();
  }
}

/** Opens a file for writing, created if missing; never through a link. */
async function opened(file: string): Promise<fs.FileHandle> {
  try {
    return await fs.open(file, fs.constants.O_RDWR | fs.constants.O_CREAT | (fs.constants.O_NOFOLLOW ?? 0), 0o600);
  } catch (error) {
    if (code(error) !== "ELOOP") throw error;
    throw new Error("not a plain file");
  }
}

/** Writes and syncs a new file as a whole; false if there is one that is not empty. */
async function created(file: string, text: string): Promise<boolean> {
  const found = await fs.lstat(file).catch(() => undefined);
  // Left by a crash during a rename.
  if (found?.isFile() === true && found.size === 0) await fs.rm(file, { force: true });
  const beside = `${file}.new`;
  await fs.rm(beside, { force: true });
  await written(beside, text);
  let isPlaced = false;
  try {
    isPlaced = await moved(beside, file);
  } finally {
    if (!isPlaced) await fs.rm(beside, { force: true });
  }
  return isPlaced;
}

/** Writes and syncs a new file; false if it exists. */
async function written(file: string, text: string): Promise<boolean> {
  const handle = await made(file);
  if (handle === undefined) return false;
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await fs.rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return true;
}

/** Renames without overwriting: with a hard link or, where there are none, over an empty file of our own. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await fs.link(from, to);
    // The file is in place; its old name is found and removed later.
    await fs.unlink(from).catch(() => undefined);
    return true;
  } catch (error) {
    if (code(error) === "EEXIST") return false;
    if (isMissing(error)) throw error;
  }
  if (!(await written(to, ""))) return false;
  await fs.rename(from, to).catch(async (error: unknown) => {
    await fs.rm(to, { force: true });
    throw error;
  });
  return true;
}

function failed(code: string, what: string, cause: unknown): MdeError {
  return raised(ask("error", [code, `\`${what}\`: ${failure(cause).message}`]), { of: () => ({ cause }) });
}

function busy(folder: string): MdeError {
  return raised(ask("busy", [path.join(folder, LEDGER), path.join(folder, LOCK)]));
}

function isMissing(error: unknown): boolean {
  return code(error) === "ENOENT";
}

const LEDGER = "mde-forensics.ledger.jsonl";
const LOCK = `${LEDGER}.lock`;
