/** Folders of Node: who keeps whom out, and what a crash leaves behind. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { from, openFolder } from "./library.mjs";

const { responseChecker } = await from("playwright.js");
const home = mkdtempSync(join(tmpdir(), "mde-npm-folder-"));
after(() => rmSync(home, { recursive: true }));

test("a folder that cannot be used is an OutputError, with the system's own error as its cause", async () => {
  const file = join(home, "file");
  writeFileSync(file, "");
  for (const [folder, code] of [[file, "EEXIST"], [join(file, "below"), "ENOTDIR"], ["", "ENOENT"], ["a\0b", "ERR_INVALID_ARG_VALUE"]]) {
    const error = await openFolder(folder, {}).then(assert.fail, (error) => error);
    assert.deepEqual([error.name, error.code, error.cause?.code], ["OutputError", "output_failed", code], folder);
  }
});

let number = 0;
/** A folder with a lock of this text, so many seconds old. */
function locked(text, age = 0) {
  const folder = mkdtempSync(join(home, `${(number += 1)}-`));
  const lock = join(folder, "mde-forensics.ledger.jsonl.lock");
  writeFileSync(lock, text);
  utimesSync(lock, Date.now() / 1000 - age, Date.now() / 1000 - age);
  return { folder, lock };
}

const began = Math.round(Date.now() - process.uptime() * 1000);
const ended = spawnSync(process.execPath, ["--version"]).pid;
const LOCKS = [
  ["a process of this host that ended", `${ended}@${hostname()}\n`, 40, true],
  ["a process of this host that ended, as it seems, just now", `${ended}@${hostname()}\n`, 0, false],
  ["a process of another container with this host's name", `${ended}@${hostname()} 1 pid:[1] x\n`, 40, false],
  ["a process of another container long ago", `${ended}@${hostname()} 1 pid:[1] x\n`, 150, true],
  ["a process of this host that lives", `${process.ppid}@${hostname()} 1 x\n`, 9_999, false],
  ["our own number before a restart", `${process.pid}@${hostname()} 1000 x\n`, 40, true],
  ["our own number before the clock was put forward", `${process.pid}@${hostname()} 1000 x\n`, 10, false],
  ["our own number, as earlier versions wrote it", `${process.pid}@${hostname()}\n`, 40, true],
  ["another thread of this process", `${process.pid}@${hostname()} ${began} x\n`, 9_999, false],
  ["a command that lives", `${process.ppid}@${hostname()} x os\n`, 9_999, false],
  ["a command that ended", `${ended}@${hostname()} x os\n`, 40, true],
  ["a command that had our own number just now", `${process.pid}@${hostname()} x os\n`, 40, true],
  ["a command on another host", "1@elsewhere x os\n", 110, false],
  ["another host just now", "1@elsewhere 1 x\n", 0, false],
  ["another host long ago", "1@elsewhere 1 x\n", 150, true],
  ["nobody just now", "", 0, false],
  ["nobody long ago", "", 150, true],
  ["nobody that can be read, long ago", "\u0000\u0000", 150, true],
];

for (const [whose, text, age, isFree] of LOCKS) {
  test(`a lock of ${whose} ${isFree ? "is taken over" : "keeps us out"}`, async () => {
    const { folder, lock } = locked(text, age);
    const store = await openFolder(folder, {});
    try {
      if (isFree) {
        await store.ledger.open();
        assert.match(readFileSync(lock, "utf8"), new RegExp(`^${process.pid}@`));
      } else {
        await assert.rejects(store.ledger.open(), (error) => error.code === "ledger_failed" && error.hint.includes(lock) && /30 seconds/.test(error.hint));
        assert.equal(readFileSync(lock, "utf8"), text);
      }
    } finally {
      await store.close();
    }
    assert.equal(existsSync(lock), !isFree);
    assert.deepEqual(readdirSync(folder).filter((name) => !name.startsWith("mde-forensics.ledger.jsonl")), []);
    assert.ok(readdirSync(folder).length <= 2, "nothing is left beside");
  });
}

test("whoever clears a lock away and does not go on is waited for, but not for long", async () => {
  for (const [text, age, isLeft] of [[`${process.ppid}@${hostname()} 1 x\n`, 9_999, false], ["1@elsewhere x os\n", 110, false], ["1@elsewhere x os\n", 150, true], ["", 150, true]]) {
    const { folder, lock } = locked("", 150);
    const mark = `${lock}.${randomUUID()}`;
    // What else somebody keeps there is no mark.
    writeFileSync(`${lock}.sha256`, text);
    mkdirSync(`${lock}.${randomUUID()}`);
    writeFileSync(mark, text);
    utimesSync(mark, Date.now() / 1000 - age, Date.now() / 1000 - age);
    const store = await openFolder(folder, {});
    if (isLeft) await store.ledger.open();
    else await assert.rejects(store.ledger.open(), (error) => error.code === "ledger_failed" && error.message.includes(mark));
    assert.deepEqual([existsSync(lock), existsSync(mark), existsSync(`${lock}.sha256`)], [isLeft, !isLeft, true], text);
    await store.close();
  }
});

test("a lock says in which namespace its number counts", { skip: process.platform !== "linux" }, async () => {
  const { folder, lock } = locked("", 150);
  const store = await openFolder(folder, {});
  await store.ledger.open();
  assert.equal(readFileSync(lock, "utf8").split(" ")[2], readlinkSync("/proc/self/ns/pid"));
  await store.close();
});

test("a second call in a folder takes no line from the first", async () => {
  const folder = mkdtempSync(join(home, "two-"));
  const file = join(folder, "mde-forensics.ledger.jsonl");
  writeFileSync(file, "line 0\nhalf a li");
  const owner = {};
  const [one, two] = [await openFolder(folder, owner), await openFolder(folder, owner)];
  assert.equal(Buffer.from(await one.ledger.open()).toString(), "line 0\n", "what a crash left is cut off");
  await one.ledger.append("line 1\n", true);
  const beginning = two.ledger.open();
  const written = one.ledger.append("line 2\n", true);
  await Promise.all([beginning, written]);
  await one.ledger.append("line 3\n", true);
  assert.equal(readFileSync(file, "utf8"), "line 0\nline 1\nline 2\nline 3\n");
  await Promise.all([one.close(), two.close()]);
});

test("half a line that could not be cut off does no harm later", async () => {
  const folder = mkdtempSync(join(home, "half-"));
  const file = join(folder, "mde-forensics.ledger.jsonl");
  const store = await openFolder(folder, {});
  await store.ledger.open();
  await store.ledger.append("line 0\n", true);
  writeFileSync(file, "half a li", { flag: "a" });
  await store.ledger.append("line 1\n", true);
  await store.ledger.append("line 2\n", true);
  assert.equal(readFileSync(file, "utf8"), "line 0\nline 1\nline 2\n");
  await store.close();
});

test("a ledger is cut only where half a line stands at its end", async () => {
  const folder = mkdtempSync(join(home, "cut-"));
  const real = fs.open;
  const cuts = [];
  fs.open = async (...given) => {
    const handle = await real(...given);
    const truncate = handle.truncate;
    handle.truncate = (length) => (cuts.push(length), truncate.call(handle, length));
    return handle;
  };
  syncBuiltinESMExports();
  try {
    const store = await openFolder(folder, {});
    await store.ledger.open();
    for (const line of ["line 0\n", "line 1\n"]) await store.ledger.append(line, true);
    assert.deepEqual(cuts, []);
    writeFileSync(join(folder, "mde-forensics.ledger.jsonl"), "half a li", { flag: "a" });
    await store.ledger.append("line 2\n", true);
    assert.deepEqual(cuts, [14]);
    await store.close();
  } finally {
    fs.open = real;
    syncBuiltinESMExports();
  }
});

test("nothing is made or written through a link", async () => {
  const folder = mkdtempSync(join(home, "link-"));
  const target = join(home, "elsewhere");
  for (const name of ["p.zip.part", "mde-forensics.ledger.jsonl", "p.zip.part.json.tmp", "p.zip.manifest.json.new"]) symlinkSync(target, join(folder, name));
  const store = await openFolder(folder, {});
  await assert.rejects(store.lock("p.zip.part"), { message: "not a plain file" });
  await assert.rejects(store.ledger.open(), (error) => error.code === "ledger_failed" && error.message.includes("not a plain file"));
  await store.replace("p.zip.part.json", "{}");
  assert.equal(await store.create("p.zip.manifest.json", "{}"), true);
  assert.ok(!existsSync(target));
  assert.equal(await store.lock("q.zip.part"), true);
  await store.close();
});

test("a file that is taken while the folder is let go of is free again", async () => {
  const folder = mkdtempSync(join(home, "leak-"));
  const owner = {};
  const [other, one] = [await openFolder(folder, owner), await openFolder(folder, owner)];
  const taking = one.lock("x.zip.part");
  await Promise.all([one.close(), assert.rejects(taking)]);
  const again = await openFolder(folder, owner);
  assert.equal(await again.lock("x.zip.part"), true);
  await Promise.all([again.close(), other.close()]);
});

test("a folder is free also where a file of it cannot be closed", async () => {
  const real = fs.open;
  // Its files, its ledger, its lock.
  for (const failing of [1, 2, 3, 4]) {
    const folder = mkdtempSync(join(home, "close-"));
    let closed = -Infinity;
    fs.open = async (...given) => {
      const handle = await real(...given);
      const close = handle.close;
      handle.close = async () => {
        await close();
        if ((closed += 1) === failing) throw Object.assign(new Error("EIO: i/o error, close"), { code: "EIO" });
      };
      return handle;
    };
    syncBuiltinESMExports();
    try {
      const store = await openFolder(folder, {});
      await store.ledger.open();
      await store.lock("x.zip.part");
      await store.lock("y.zip.part");
      closed = 0;
      await assert.rejects(store.close(), { code: "EIO" });
      assert.equal(closed, 4);
      const next = await openFolder(folder, {});
      assert.equal(await next.lock("x.zip.part"), true);
      await next.ledger.open();
      await next.close();
    } finally {
      fs.open = real;
      syncBuiltinESMExports();
    }
  }
});

test("a file that is replaced leaves nothing beside it", async () => {
  const folder = mkdtempSync(join(home, "replace-"));
  writeFileSync(join(folder, "record.tmp"), "what a crash left");
  const store = await openFolder(folder, {});
  await store.replace("record", "1");
  assert.deepEqual(readdirSync(folder), ["record"]);
  assert.equal(readFileSync(join(folder, "record"), "utf8"), "1");
  await store.close();
});

test("a lock that another took over is not removed", async () => {
  const { folder, lock } = locked("", 150);
  const store = await openFolder(folder, {});
  await store.ledger.open();
  writeFileSync(lock, "1@elsewhere 1 x\n");
  await store.close();
  assert.equal(readFileSync(lock, "utf8"), "1@elsewhere 1 x\n");
});

test("a folder is free once its last user has gone, and not before", async () => {
  const { folder, lock } = locked("", 150);
  for (let round = 0; round < 20; round += 1) {
    const first = await openFolder(folder, {});
    await first.ledger.open();
    const closing = first.close();
    const second = await openFolder(folder, {});
    await second.ledger.open();
    await closing;
    assert.ok(existsSync(lock));
    await second.close();
  }
});

test("a file is created whole, over an empty one that a crash left, and over nothing else", async () => {
  const folder = mkdtempSync(join(home, "create-"));
  writeFileSync(join(folder, "record"), "");
  writeFileSync(join(folder, "record.new"), "half of a rec");
  const store = await openFolder(folder, {});
  assert.equal(await store.create("record", "first"), true);
  assert.equal(await store.create("record", "second"), false);
  assert.equal(readFileSync(join(folder, "record"), "utf8"), "first");
  assert.deepEqual(readdirSync(folder), ["record"]);
  await store.close();
});

test("whatever a page asks for, the checker of its responses does not fail", async () => {
  const base = "https://api.security.microsoft.com";
  const heard = [];
  const check = responseChecker(base, (checked) => heard.push(checked));
  const answer = (path, more = {}) => ({
    url: () => base + path,
    status: () => 200,
    headersArray: async () => [],
    body: async () => new Uint8Array(),
    request: () => ({ method: () => "GET" }),
    ...more,
  });
  await check(answer("/api/machineactions/%zz"));
  await check(answer("/api/machineactions/%20"));
  await check(answer("/api/machines/%E0%A4%A"));
  const closed = () => Promise.reject(new Error("Target page, context or browser has been closed"));
  const good = "/api/machineactions/11111111-2222-3333-4444-555555555555";
  await check(answer(good, { headersArray: closed }));
  await check(answer(good, { body: closed }));
  assert.deepEqual(heard, []);
  await check(answer(good));
  assert.equal(heard[0].operation, "get_machine_action");
  assert.ok(heard[0].error);
});
