/** Keeps other Node processes out of a folder. */

import { randomUUID } from "node:crypto";
import * as fs from "node:fs/promises";
import { hostname } from "node:os";

/**
 * A file beside the ledger, for Node cannot lock a file as the other faces do.
 *
 * It holds who works there (`pid@host start nonce`), and is written again every 15 seconds. It counts as left behind
 * where its process is known to have ended: no such process on this host, or one of our own number that began at another
 * time, as after the restart of a container. Of other hosts, and of a file that says nothing, only its age tells: it is
 * left behind after 2 minutes without a write, by the clock of the file system.
 */
export class FolderLock {
  readonly #file: string;
  readonly #text: string;
  readonly #handle: fs.FileHandle;
  readonly #timer: NodeJS.Timeout;

  /** Takes the lock; none where another process has it. */
  static async take(file: string): Promise<FolderLock | undefined> {
    const text = `${process.pid}@${hostname()} ${start()} ${randomUUID()}\n`;
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
      if (!(await cleared(file))) return undefined;
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
    await this.#handle.close();
    if ((await read(this.#file)) === this.#text) await fs.rm(this.#file, { force: true });
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
async function cleared(file: string): Promise<boolean> {
  const text = await read(file);
  if (text === undefined) return true;
  if (!(await isLeft(file, text))) return false;
  // Two may come to this at once: the second must not remove the first one's new lock.
  const aside = `${file}.${randomUUID()}`;
  try {
    await fs.rename(file, aside);
  } catch (error) {
    if (code(error) === "ENOENT") return true;
    throw error;
  }
  if ((await read(aside)) !== text) await fs.link(aside, file).catch(() => undefined);
  await fs.rm(aside, { force: true });
  return true;
}

async function isLeft(file: string, text: string): Promise<boolean> {
  const [, pid, host, began] = /^(\d+)@(\S+)(?: (\d+))?/.exec(text) ?? [];
  if (host !== hostname()) return (await age(file)) > LEFT;
  if (Number(pid) !== process.pid) return !isAlive(Number(pid));
  // Another thread of this process has the same start.
  return began === undefined || Math.abs(Number(began) - start()) > 2_000;
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
