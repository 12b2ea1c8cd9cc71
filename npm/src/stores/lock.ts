/** Keeps other processes out of a folder. */

import { randomUUID } from "node:crypto";
import * as fs from "node:fs/promises";
import { hostname } from "node:os";

/**
 * A file beside the ledger, that of the other faces: they lock it too, which Node cannot.
 *
 * It holds who works there (`pid@host start namespace nonce`; `pid@host namespace nonce os` where the system locks it for them),
 * and is written again every 15 seconds. It counts as left behind 30 seconds after the last write, by the clock of the file system,
 * where its process is known to have ended: no such process on this host, or one of our own number that began at another
 * time, as after the restart of a container. That alone proves nothing: a clock may have been put forward, and hosts may
 * share a name. Of other hosts and containers, and of a file that says nothing, it is 2 minutes. A file that is there and
 * cannot be read is held: some systems lock readers out too.
 */
export class FolderLock {
  readonly #file: string;
  readonly #text: string;
  readonly #handle: fs.FileHandle;
  readonly #timer: NodeJS.Timeout;

  /** Takes the lock; none where another process has it. */
  static async take(file: string): Promise<FolderLock | undefined> {
    const own = await namespace();
    const text = `${process.pid}@${hostname()} ${start()} ${own} ${randomUUID()}\n`;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const handle = await open(file);
      if (handle !== undefined) {
        try {
          await beat(handle, text);
          return new FolderLock(file, text, handle);
        } catch (error) {
          await handle.close();
          await fs.rm(file, { force: true });
          throw error;
        }
      }
      if (!(await cleared(file, own))) return undefined;
    }
    return undefined;
  }

  private constructor(file: string, text: string, handle: fs.FileHandle) {
    [this.#file, this.#text, this.#handle] = [file, text, handle];
    // It goes to the file that was opened, also where another process took it for left behind.
    this.#timer = setInterval(() => void beat(handle, text).catch(() => undefined), BEAT);
    this.#timer.unref();
  }

  /** Lets others in. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    try {
      await this.#handle.close();
    } finally {
      if ((await read(this.#file)) === this.#text) await fs.rm(this.#file, { force: true });
    }
  }
}

async function open(file: string): Promise<fs.FileHandle | undefined> {
  try {
    return await fs.open(file, "wx", 0o600);
  } catch (error) {
    if (code(error) === "EEXIST") return undefined;
    throw error;
  }
}

async function beat(handle: fs.FileHandle, text: string): Promise<void> {
  await handle.write(text, 0);
}

/** Removes a lock that was left behind; false where it was not. */
async function cleared(file: string, own: string): Promise<boolean> {
  const text = await read(file);
  // It is gone, or locked for readers too; then it is still there when it is to be made.
  if (text === undefined) return true;
  const limit = patience(text, own);
  if (limit === Infinity || (await age(file)) <= limit) return false;
  // Two may come to this at once: the second must not remove the first one's new lock.
  const aside = `${file}.${randomUUID()}`;
  try {
    await fs.rename(file, aside);
  } catch (error) {
    if (code(error) === "ENOENT") return true;
    throw error;
  }
  if ((await read(aside)) !== text) {
    // Where a file can have no second name, it gets its own one back.
    await fs.link(aside, file).catch((error: unknown) => (code(error) === "EEXIST" ? undefined : fs.rename(aside, file)));
  }
  await fs.rm(aside, { force: true });
  return true;
}

/** How long a lock of this text may go without a write, in milliseconds. */
function patience(text: string, own: string): number {
  const [, pid, host, began, there = own] = /^(\d+)@(\S+)(?: (\d+))?(?: (pid:\S+))?/.exec(text) ?? [];
  if (host !== hostname() || there !== own) return LEFT;
  // Another thread of this process has the same start; where the system locks, none is said.
  const lives = Number(pid) === process.pid ? Math.abs(Number(began) - start()) <= 2_000 : isAlive(Number(pid));
  return lives ? Infinity : 2 * BEAT;
}

/** Within which a number tells a process: containers have one each. */
function namespace(): Promise<string> {
  return fs.readlink("/proc/self/ns/pid").catch(() => "pid:");
}

/** How many milliseconds ago it was written, by the clock of the file system. */
async function age(file: string): Promise<number> {
  const beside = `${file}.${randomUUID()}`;
  try {
    await fs.writeFile(beside, "", { flag: "wx", mode: 0o600 });
    return (await fs.stat(beside)).mtimeMs - (await fs.stat(file)).mtimeMs;
  } catch (error) {
    if (code(error) === "ENOENT") return Infinity;
    throw error;
  } finally {
    await fs.rm(beside, { force: true });
  }
}

function read(file: string): Promise<string | undefined> {
  return fs.readFile(file, "utf8").catch(() => undefined);
}

/** When this process began, in milliseconds of the epoch. */
function start(): number {
  return Math.round(Date.now() - process.uptime() * 1000);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return code(error) === "EPERM";
  }
}

/** The system's code of a failure. */
export function code(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

const BEAT = 15_000;
const LEFT = 120_000;
