/** Folders of Node: who keeps whom out, and what a crash leaves behind. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { from, openFolder } from "./library.mjs";

const { responseChecker } = await from("playwright.js");
const home = mkdtempSync(join(tmpdir(), "mde-npm-folder-"));
after(() => rmSync(home, { recursive: true }));

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
  ["a process of this host that ended", `${ended}@${hostname()}\n`, 0, true],
  ["a process of this host that lives", `${process.ppid}@${hostname()} 1 x\n`, 9_999, false],
  ["our own number before a restart", `${process.pid}@${hostname()} 1000 x\n`, 0, true],
  ["our own number, as earlier versions wrote it", `${process.pid}@${hostname()}\n`, 0, true],
  ["another thread of this process", `${process.pid}@${hostname()} ${began} x\n`, 9_999, false],
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
        await assert.rejects(store.ledger.open(), (error) => error.code === "ledger_failed" && error.hint.includes(lock));
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
