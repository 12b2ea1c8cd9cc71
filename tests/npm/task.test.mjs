/** A task: a promise with events. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import { from } from "./library.mjs";

const { task } = await from("task.js");
const tick = () => new Promise((resolve) => setTimeout(resolve, 1));
const event = (name, index = 0) => ({ event: name, index });

test("everybody who looks at the events sees all of them", { timeout: 5_000 }, async () => {
  const work = task(undefined, async (tell) => {
    tell(event("resolved"));
    await tick();
    tell(event("accepted"));
    await tick();
    tell(event("ended"));
    return 1;
  });
  const all = async () => {
    const seen = [];
    for await (const { event } of work) seen.push(event);
    return seen;
  };
  const wanted = ["resolved", "accepted", "ended"];
  assert.deepEqual(await Promise.all([all(), all()]), [wanted, wanted]);
  assert.deepEqual(await all(), wanted, "also afterwards");
  assert.equal(await work, 1);
});

test("who begins to look late sees the end, and of progress the newest", async () => {
  const work = task(undefined, async (tell) => {
    tell(event("accepted", 0));
    for (let received = 0; received < 60_000; received += 1) for (const index of [0, 1]) tell({ event: "progress", index, received });
    for (let index = 0; index < 2; index += 1) tell(event("ended", index));
  });
  await work;
  const seen = [];
  for await (const { event, index, received = null } of work) seen.push([event, index, received]);
  assert.deepEqual(seen, [["accepted", 0, null], ["progress", 0, 59_999], ["progress", 1, 59_999], ["ended", 0, null], ["ended", 1, null]]);
});

test("who keeps up sees all progress, and who is behind no order but that of the events", async () => {
  const work = task(undefined, async (tell) => {
    for (let received = 0; received < 3; received += 1) {
      tell({ event: "progress", index: 0, received });
      await tick();
    }
    tell({ event: "progress", index: 0, received: 3 });
    tell(event("retrying", 0));
    tell({ event: "progress", index: 0, received: 4 });
  });
  const seen = [];
  for await (const it of work) seen.push(it.received ?? it.event);
  assert.deepEqual(seen, [0, 1, 2, "retrying", 4]);
});

test("who looks at the events hears of the failure, and no one else does", async () => {
  const work = task(undefined, async (tell) => {
    tell(event("resolved"));
    throw new Error("no");
  });
  const seen = [];
  await assert.rejects(async () => {
    for await (const it of work) {
      seen.push(it.event);
      await tick();
    }
  }, { message: "no" });
  assert.deepEqual(seen, ["resolved"]);
});

test("a failure that nobody awaits is not silent", () => {
  const script = `import { from } from ${JSON.stringify(new URL("library.mjs", import.meta.url).href)};
    const { task } = await from("task.js");
    task(undefined, async () => { throw new Error("nobody hears"); });`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  assert.notEqual(status, 0);
  assert.match(stderr, /nobody hears/);
});
