/** Keeps other processes out of a folder. */

import * as fs from "node:fs/promises";
import { hostname } from "node:os";
import * as path from "node:path";
import * as timers from "node:timers/promises";

/**
 * Takes a folder, and gives what lets others in; nothing where another process has it.
 *
 * The lock is a file beside the ledger, that of the other faces: they lock it at the system too, which Node cannot.
 *
 * It holds who works there (`pid@host start namespace nonce`; `pid@host namespace nonce os` where the system locks it for them),
 * and is written again every 15 seconds. It counts as left behind 30 seconds after the last write, by the clock of the file system,
 * where its process is known to have ended: no such process on this host, or one of our own number that began at another
 * time, as after the restart of a container. That alone proves nothing: a clock may have been put forward, and hosts may
 * share a name. Of other hosts and containers, and of a file that says nothing, it is 2 minutes. A file that is there and
 * cannot be read is held: some systems lock readers out too.
 *
 * No system removes a file only where it is still the one that was looked at. So whoever would clear one away first makes a
 * mark beside it, and looks then; and whoever has made the lock, or taken it over in its place, waits for the marks that are
 * there by then, and has it only if it is still there once they are gone. Who marks later sees the new one. A holder makes none
 * at its end: what is its own can be another's only once it has stood still for minutes, as its mark would have.
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
  // It goes to the file that was opened, also where another process took it for left behind.
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

/** A new file to write; none where one of the name exists. */
export async function made(file: string): Promise<fs.FileHandle | undefined> {
  try {
    return await fs.open(file, "wx", 0o600);
  } catch (error) {
    if (code(error) === "EEXIST") return undefined;
    throw error;
  }
}

/** Removes a lock of which this is so; false where it is not. The age is in milliseconds, by the clock of the file system. */
async function cleared(file: string, text: string, isLeft: (said: string, age: number) => boolean): Promise<boolean> {
  const mark = `${file}.${crypto.randomUUID()}`;
  try {
    // On a full disk it is empty, and a mark all the same.
    const handle = await made(mark);
    await handle?.write(text, 0).catch(() => undefined);
    await handle?.close();
    const said = await read(file);
    // It is gone, or locked for readers too; then it is still there when it is to be made.
    if (said === undefined) return true;
    const is = isLeft(said, (await written(mark)) - (await written(file)));
    if (is) await fs.rm(file, { force: true });
    return is;
  } finally {
    // Windows removes nothing that another has open; what stays is judged by its age.
    await fs.rm(mark, { force: true }).catch(() => undefined);
  }
}

/** Waits for those who may have looked at what was there before this lock, which was written `now`. */
async function outwait(file: string, now: number, own: string): Promise<void> {
  const folder = path.dirname(file);
  for (const found of await fs.readdir(folder, { withFileTypes: true })) {
    const mark = path.join(folder, found.name);
    // What else somebody keeps beside it is not ours to read, nor to remove.
    if (!found.isFile() || mark.slice(0, -37) !== file || !GUID.test(mark)) continue;
    for (let wait = 0; now - (await written(mark)) <= patience((await read(mark)) ?? "", own); wait += 1) {
      if (wait === WAITS) throw new Error(`remove \`${mark}\` if its process has ended`);
      await timers.setTimeout(10);
    }
    // A crash left it, if it is there.
    await fs.rm(mark, { force: true }).catch(() => undefined);
  }
}

/** When it was written, by the clock of the file system; long ago where it is gone. */
async function written(file: string): Promise<number> {
  const found = await fs.stat(file).catch(() => undefined);
  return found?.mtimeMs ?? 0;
}

/** How long a lock or a mark of this text may go without a write, in milliseconds. */
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
const TRIES = 10;
/** Three seconds: to look and to remove takes far less. */
const WAITS = 300;
const GUID = /\.[\da-f-]{36}$/;
