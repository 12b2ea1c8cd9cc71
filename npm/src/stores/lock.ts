/** Keeps other processes out of a folder. */

import * as fs from "node:fs/promises";
import { hostname } from "node:os";
import * as path from "node:path";
import * as timers from "node:timers/promises";

/**
 * Locks a folder and returns what unlocks it; undefined if another process has it.
 *
 * The lock is a file beside the ledger, shared with the command and Python. They also lock it through the operating system,
 * which Node cannot do.
 *
 * It names its holder (`pid@host start namespace nonce`; with an operating system lock, `pid@host namespace nonce os`) and is
 * rewritten every 15 seconds. It counts as abandoned 30 seconds after the last write, by the file system's clock, if its
 * process is known to have ended: there is no such process on this host, or ours has the same id but started at another time,
 * as after the restart of a container. The age alone proves nothing: a clock may have been set forward, and hosts may share a
 * name. For other hosts and containers, and for a file without a name, it is 2 minutes. A file that exists but cannot be read
 * counts as held: some systems lock out readers too.
 *
 * No system removes a file only if it is still the one that was inspected. So a process first makes a mark beside a lock that
 * it wants to remove, then inspects the lock. A process that has made the lock, or taken it over, waits for the marks that
 * exist by then, and holds the lock only if it still exists once they are gone. Later marks are made by processes that see the
 * new lock. A holder makes no mark when it unlocks: its lock can be another's only after it has stood still for minutes, as its
 * mark would have.
 */
export async function lockFolder(file: string): Promise<(() => Promise<void>) | undefined> {
  const own = await namespace();
  const text = `${process.pid}@${hostname()} ${start()} ${own} ${crypto.randomUUID()}\n`;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const handle = await made(file);
    if (handle === undefined) {
      if (await cleared(file, text, (said, age) => age > patience(said, own))) continue;
      return undefined;
    }
    try {
      await handle.write(text, 0);
      await outwait(file, (await handle.stat()).mtimeMs, own);
      if ((await read(file)) === text) return held(file, text, handle);
    } catch (error) {
      await handle.close();
      await cleared(file, text, (said) => text.startsWith(said)).catch(() => fs.rm(file, { force: true }));
      throw error;
    }
    await handle.close();
  }
  return undefined;
}

function held(file: string, text: string, handle: fs.FileHandle): () => Promise<void> {
  // Writes to the file that was opened, even if another process has taken the lock over.
  const timer = setInterval(() => void handle.write(text, 0).catch(() => undefined), BEAT);
  timer.unref();
  return async () => {
    clearInterval(timer);
    try {
      await handle.close();
    } finally {
      if ((await read(file)) === text) await fs.rm(file, { force: true });
    }
  };
}

/** Creates a file for writing; undefined if it exists. */
export async function made(file: string): Promise<fs.FileHandle | undefined> {
  try {
    return await fs.open(file, "wx", 0o600);
  } catch (error) {
    if (code(error) === "EEXIST") return undefined;
    throw error;
  }
}

/** Removes a lock if `isLeft` says so; false if not. The age is in milliseconds, by the file system's clock. */
async function cleared(file: string, text: string, isLeft: (said: string, age: number) => boolean): Promise<boolean> {
  const mark = `${file}.${crypto.randomUUID()}`;
  try {
    // On a full disk it is empty, but still a mark.
    const handle = await made(mark);
    await handle?.write(text, 0).catch(() => undefined);
    await handle?.close();
    const said = await read(file);
    // The lock is gone, or locked for readers too; creating it then fails again.
    if (said === undefined) return true;
    const is = isLeft(said, (await written(mark)) - (await written(file)));
    if (is) await fs.rm(file, { force: true });
    return is;
  } finally {
    // Windows does not remove a file that another process has open; a remaining mark is judged by its age.
    await fs.rm(mark, { force: true }).catch(() => undefined);
  }
}

/** Waits for processes that may have inspected the lock before this one, which was written at `now`. */
async function outwait(file: string, now: number, own: string): Promise<void> {
  const folder = path.dirname(file);
  for (const found of await fs.readdir(folder, { withFileTypes: true })) {
    const mark = path.join(folder, found.name);
    // Other files beside the lock must not be read or removed.
    if (!found.isFile() || mark.slice(0, -37) !== file || !GUID.test(mark)) continue;
    for (let wait = 0; now - (await written(mark)) <= patience((await read(mark)) ?? "", own); wait += 1) {
      if (wait === WAITS) throw new Error(`remove \`${mark}\` if its process has ended`);
      await timers.setTimeout(10);
    }
    // Left by a crash, if it still exists.
    await fs.rm(mark, { force: true }).catch(() => undefined);
  }
}

/** When a file was written, by the file system's clock; 0 if it is gone. */
async function written(file: string): Promise<number> {
  const found = await fs.stat(file).catch(() => undefined);
  return found?.mtimeMs ?? 0;
}

/** How long a lock or mark with this text may go unwritten, in milliseconds. */
function patience(text: string, own: string): number {
  const [, pid, host, began, there = own] = /^(\d+)@(\S+)(?: (\d+))?(?: (pid:\S+))?/.exec(text) ?? [];
  if (host !== hostname() || there !== own) return LEFT;
  // Another thread of this process has the same start; a lock of the operating system names none.
  const lives = Number(pid) === process.pid ? Math.abs(Number(began) - start()) <= 2_000 : isAlive(Number(pid));
  return lives ? Infinity : 2 * BEAT;
}

/** The namespace of process ids: each container has its own. */
function namespace(): Promise<string> {
  return fs.readlink("/proc/self/ns/pid").catch(() => "pid:");
}

function read(file: string): Promise<string | undefined> {
  return fs.readFile(file, "utf8").catch(() => undefined);
}

/** When this process started, in milliseconds since the epoch. */
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

/** The operating system's code of a failure. */
export function code(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

const BEAT = 15_000;
const LEFT = 120_000;
const TRIES = 10;
/** Three seconds: inspecting and removing takes far less. */
const WAITS = 300;
const GUID = /\.[\da-f-]{36}$/;
