/** Stopped, refused and damaged: what a call leaves behind when it does not come to its end. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { getEventListeners } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { inspect } from "node:util";

import { library, from } from "./library.mjs";

const { Client } = library;
const { Emulator } = await from("testing.js");
const KEPT = { comment: "INC-42", pollEvery: 5 };
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
let emulator;
let network;
let client;

before(async () => {
  emulator = await Emulator.start({ devices: ["ws-042.contoso.com", "ws-043.contoso.com"], timeScale: 1000 });
  const { clientId: _, clientSecret: __, ...rest } = emulator.options();
  network = rest;
  client = new Client(emulator.tenant, emulator.options());
});
after(() => emulator.stop());

const token = async () => (await emulator.control("POST", "tokens", {})).access_token;
const never = () => new Promise(() => undefined);
const ready = async (device = "ws-042") => {
  const collection = await client.collect(device, KEPT);
  await collection.wait(KEPT);
  return collection;
};

/** A handle of a file, as a browser gives it: what is written shows when it is closed. */
function fileHandle(held) {
  const file = { kind: "file", name: "package.zip", bytes: Buffer.from(held) };
  file.getFile = async () => new Blob([file.bytes]);
  file.createWritable = async ({ keepExistingData = false } = {}) => {
    let bytes = keepExistingData ? Buffer.from(file.bytes) : Buffer.alloc(0);
    return {
      async write({ position, data }) {
        bytes = Buffer.concat([bytes.subarray(0, position), Buffer.from(data), bytes.subarray(position + data.length)]);
      },
      truncate: async (length) => void (bytes = bytes.subarray(0, length)),
      close: async () => void (file.bytes = bytes),
      abort: async () => undefined,
    };
  };
  return file;
}

/** A stream that notes how it ends. */
function sink(write = () => undefined) {
  const ended = { how: "open" };
  let over;
  const done = new Promise((resolve) => (over = resolve));
  const stream = new WritableStream({
    write,
    close: () => over((ended.how = "closed")),
    abort: (reason) => over(Object.assign(ended, { how: "aborted", reason })),
  });
  return { stream, ended, done };
}

/** A fetch that does something else with packages. */
const changing = (change) => async (url, init) => {
  const response = await fetch(url, init);
  const isPackage = new Headers(init.headers).get("authorization") === null && (init.method ?? "GET") === "GET";
  return isPackage && response.status === 200 ? change(response) : response;
};

test("a find that is given up does not hold the token back from the next one", { timeout: 20_000 }, async () => {
  let asked = 0;
  const stalled = (url, init) => ((asked += 1) === 1 ? never() : fetch(url, init));
  let waits = 0;
  const clock = {
    wall: () => Date.now() / 1000,
    mono: () => 86_400 + performance.now() / 1000,
    sleep: async () => void (waits += 1, await new Promise((resolve) => setTimeout(resolve, 20))),
  };
  const one = new Client(emulator.tenant, { ...emulator.options(), clock, fetch: stalled });
  await assert.rejects(one.find("ws-042", { signal: AbortSignal.timeout(50) }), { name: "TimeoutError" });
  assert.equal((await one.find("ws-042", { signal: AbortSignal.timeout(10_000) })).length, 1);
  assert.equal(waits, 0, "it need not wait for garbage to be collected");
});

for (const name of ["getToken", "clientAssertion"]) {
  test(`a ${name} that never settles is given up by the signal`, { timeout: 20_000 }, async () => {
    const one = new Client(emulator.tenant, { ...network, clientId: "app", [name]: never });
    await assert.rejects(one.find("ws-042", { signal: AbortSignal.timeout(50) }), { name: "TimeoutError" });
    await assert.rejects(one.collect("ws-042", { ...KEPT, signal: AbortSignal.timeout(50) }), { code: "stopped" });
  });
}

test("a file that held more than the package holds the package alone", async () => {
  const collection = await ready();
  const file = fileHandle(Buffer.alloc(8 << 20, 1));
  const stored = await collection.download(file);
  assert.equal(stored.verdict, "whole");
  assert.equal(file.bytes.length, stored.size);
  assert.equal(sha256(file.bytes), stored.sha256);
});

test("a file stays as it was where nothing came", async () => {
  const one = new Client(emulator.tenant, { ...emulator.options(), fetch: changing(() => new Response("gone", { status: 404 })) });
  const collection = one.resume(await ready());
  const file = fileHandle("old");
  await assert.rejects(collection.download(file), { code: "link_dead" });
  assert.equal(file.bytes.toString(), "old");
});

test("only a package that is there closes the stream", async () => {
  const collection = await ready();
  const good = sink();
  await collection.download(good.stream);
  assert.equal(good.ended.how, "closed");

  const failing = new Client(emulator.tenant, { ...emulator.options(), fetch: changing(() => new Response("gone", { status: 404 })) });
  const failed = sink();
  const error = await failing.resume(collection).download(failed.stream).then(assert.fail, (error) => error);
  assert.equal(error.code, "link_dead");
  assert.equal(failed.ended.how, "aborted");
  assert.equal(failed.ended.reason, error, "who takes the bytes is told why");

  const controller = new AbortController();
  const stopped = sink(() => controller.abort());
  await assert.rejects(collection.download(stopped.stream, { signal: controller.signal }), { code: "stopped" });
  await stopped.done;
  assert.equal(stopped.ended.how, "aborted");

  const broken = sink(() => Promise.reject(new Error("the disk is full")));
  await assert.rejects(collection.download(broken.stream), (error) => error.code === "output_failed" && error.message.includes("the disk is full"));
});

test("a log says what a client and a collection are, whatever a bundler calls their classes", async () => {
  assert.match(inspect(client), /\[Client\]/);
  assert.match(inspect(client.resume((await ready()).handle)), /\[Collection\]/);
});

test("a signal that many calls get has one listener", async () => {
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 20 }, (_, at) => (at % 2 ? client.find("ws-042", { signal }) : client.collect("ws-043", { ...KEPT, signal }))));
  assert.equal(getEventListeners(signal, "abort").length, 1);
});

test("a folder that cannot be used takes nothing from the collection", async () => {
  const collection = await ready();
  await assert.rejects(collection.download(process.execPath), { code: "output_failed", handle: collection.handle });
  await assert.rejects(client.collectMany(["ws-042"], { ...KEPT, into: "" }), { code: "output_failed" });
});

test("a download whose time ended before a byte came leaves nothing in the folder", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "mde-npm-failing-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const one = new Client(emulator.tenant, { ...emulator.options(), fetch: changing(never) });
  await assert.rejects(one.resume(await ready()).download(folder, { deadline: 100 }), { name: "CollectionTimeoutError" });
  assert.deepEqual(readdirSync(folder).filter((name) => name.includes(".part")), []);
});

test("a stream that takes nothing is given up by the signal", { timeout: 20_000 }, async () => {
  const collection = await ready();
  const { stream } = sink(never);
  await assert.rejects(collection.download(stream, { signal: AbortSignal.timeout(500) }), { code: "stopped" });
});

test("a stream or a folder that hangs is given up by the signal", { timeout: 40_000 }, async () => {
  const collection = await ready();
  const closing = new AbortController();
  const stream = new WritableStream({ close: () => (closing.abort(), never()) });
  await assert.rejects(collection.download(stream, { signal: closing.signal }), { code: "stopped" });
  const missing = async () => { throw new DOMException("there is none", "NotFoundError"); };
  for (const createWritable of [never, async () => ({ write: never, truncate: never, close: never, abort: never })]) {
    const getFileHandle = async (_, { create } = {}) => (create ? { createWritable } : missing());
    const folder = { kind: "directory", name: "evidence", getFileHandle };
    await assert.rejects(collection.download(folder, { signal: AbortSignal.timeout(500) }), { code: "stopped" });
    const file = { kind: "file", name: "package.zip", createWritable, getFile: never };
    await assert.rejects(collection.download(file, { signal: AbortSignal.timeout(500) }), { code: "stopped" });
  }
});

test("a stream that nobody reads holds back no other download of the same package", { timeout: 60_000 }, async (t) => {
  const slow = await Emulator.start({ devices: ["ws-044.contoso.com"], timeScale: 100 });
  t.after(() => slow.stop());
  const one = new Client(slow.tenant, slow.options());
  const collections = [await one.collect("ws-044", { comment: "INC-42" }), await one.collect("ws-044", { comment: "INC-43" })];
  assert.equal(collections[0].actionId, collections[1].actionId);
  await collections[0].wait();
  const stop = new AbortController();
  let stalled;
  const reached = new Promise((resolve) => (stalled = resolve));
  const held = collections[0].download(sink(() => (stalled(), never())).stream, { signal: stop.signal });
  await Promise.race([reached, held]);
  const said = [];
  const onEvent = ({ event, message }) => event === "warning" && said.push(message);
  const { verdict } = await collections[1].download(sink().stream, { onEvent, signal: AbortSignal.timeout(20_000) });
  assert.equal(verdict, "unverified");
  assert.deepEqual(said, []);
  stop.abort();
  await assert.rejects(held, { code: "stopped" });
});

test("what kept a collection whose time ran out is the cause, with its code and its own cause", { timeout: 20_000 }, async () => {
  const noRoute = new TypeError("fetch failed", { cause: Object.assign(new Error("no route"), { code: "EHOSTUNREACH" }) });
  const lost = new Client(emulator.tenant, { ...emulator.options(), fetch: () => Promise.reject(noRoute) });
  const begun = await client.collect("ws-043", KEPT);
  const error = await lost.resume(begun).wait({ deadline: 2_000 }).then(assert.fail, (error) => error);
  assert.deepEqual([error.name, error.code], ["CollectionTimeoutError", "deadline_reached"]);
  const { cause } = error;
  assert.deepEqual([cause.name, cause.code, cause.cause, cause.handle], ["TransportError", "connect_failed", noRoute, null]);
  assert.deepEqual(error.causes, [cause.message]);
  assert.ok(!("cause" in JSON.parse(JSON.stringify(error))));
});

test("an onEvent that throws stops the call, and the handle goes on", async () => {
  const bug = new Error("a bug of the caller's");
  const onEvent = ({ event }) => {
    if (event === "accepted") throw bug;
  };
  const error = await client.collect("ws-043", { ...KEPT, onEvent }).then(assert.fail, (error) => error);
  assert.equal(error, bug);
  const collection = client.resume(error.handle);
  assert.ok(collection.actionId, "what the service accepted is not lost");
  const waiting = collection.wait({ ...KEPT, onEvent: () => { throw bug; } });
  await assert.rejects(waiting, (error) => error === bug);
  assert.equal((await collection.wait(KEPT)).status, "Succeeded");
});

test("an onEvent that rejects stops the call, too", { timeout: 20_000 }, async () => {
  const bug = new Error("a bug of the caller's");
  for (const at of ["accepted", "ended"]) {
    const onEvent = async ({ event }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (event === at) throw bug;
    };
    const error = await client.collectMany(["ws-043"], { ...KEPT, onEvent }).then(assert.fail, (error) => error);
    assert.equal(error, bug);
    assert.ok(client.resume(bug.handle).actionId);
  }
});

test("a file that gets shorter while it is checked is damaged, and the check ends", { timeout: 30_000 }, async () => {
  const collection = await ready();
  const file = fileHandle("");
  file.getFile = async () => new Blob([file.bytes.subarray(0, 1000)]);
  const checked = collection.download(file, { signal: AbortSignal.timeout(20_000) });
  await assert.rejects(checked, (error) => error.code === "package_damaged" && error.message.includes("shorter"));
});

test("what the caller's own code threw is the cause", async () => {
  const options = emulator.options();
  const noLogin = new Error("no login", { cause: new Error("the broker is away") });
  const foreign = new Client(emulator.tenant, { ...network, getToken: () => Promise.reject(noLogin) });
  await assert.rejects(foreign.find("ws-042"), (error) => error.code === "credential_failed" && error.cause === noLogin);
  await assert.rejects(foreign.collect("ws-042", KEPT), (error) => error.code === "credential_failed" && error.cause === noLogin);
  const { devices } = await foreign.collectMany(["ws-042", "ws-043"], KEPT);
  assert.deepEqual(devices.map(({ error }) => error.cause), [noLogin, noLogin]);

  const noRoute = new TypeError("fetch failed", { cause: Object.assign(new Error("no route"), { code: "EHOSTUNREACH" }) });
  const lost = new Client(emulator.tenant, { ...options, fetch: () => Promise.reject(noRoute) });
  await assert.rejects(lost.find("ws-042"), (error) => error.code === "connect_failed" && error.cause === noRoute);
  await assert.rejects(client.find("id:ffffffffffffffffffffffffffffffffffffffff"), (error) => error.cause === undefined && Array.isArray(error.causes));

  const full = new Error("the disk is full");
  const collection = await ready();
  await assert.rejects(collection.download(sink(() => Promise.reject(full)).stream), (error) => error.cause === full);
});

test("an error that is written out as JSON holds nothing of the caller's own error", async () => {
  const axios = Object.assign(new Error("Network Error"), { config: { headers: { Authorization: "Bearer eyJ.secret" } } });
  const one = new Client(emulator.tenant, { ...emulator.options(), fetch: () => Promise.reject(axios) });
  const found = await one.find("ws-042").then(assert.fail, (error) => error);
  const ran = await one.collect("ws-042", KEPT).then(assert.fail, (error) => error);
  for (const error of [found, ran]) {
    assert.equal(error.cause, axios);
    assert.doesNotMatch(JSON.stringify(error), /secret/);
    const { name, message, code, hint } = JSON.parse(JSON.stringify({ error })).error;
    assert.deepEqual([name, message, code, hint], [error.name, error.message, error.code, error.hint]);
    assert.ok(!Object.keys(error).includes("cause"));
  }
});

test("a file that was damaged and then not there again does not hold the damaged one", async () => {
  let loads = 0;
  const spoilt = async (response) => {
    if ((loads += 1) > 1) return new Response("gone", { status: 404 });
    const bytes = new Uint8Array(await response.arrayBuffer());
    bytes.fill(0, bytes.length >> 1);
    return new Response(bytes, { headers: response.headers });
  };
  const one = new Client(emulator.tenant, { ...emulator.options(), fetch: changing(spoilt) });
  const file = fileHandle("old");
  await assert.rejects(one.resume(await ready()).download(file), { code: "link_dead" });
  assert.ok(loads > 1);
  assert.equal(file.bytes.length, 0);
});

test("calls that are given up leave their place in the quota", { timeout: 30_000 }, async () => {
  const stalled = (url, init) => (url.includes("/api/") ? never() : fetch(url, init));
  let waits = 0;
  const clock = {
    wall: () => Date.now() / 1000,
    mono: () => 86_400 + performance.now(),
    sleep: async () => void (waits += 1, await new Promise((resolve) => setTimeout(resolve, 5))),
  };
  let isStalled = true;
  const one = new Client(emulator.tenant, { ...emulator.options(), clock, fetch: (...given) => (isStalled ? stalled : fetch)(...given) });
  for (let call = 0; call < 120; call += 1) {
    const controller = new AbortController();
    const finding = one.find("ws-042", { signal: controller.signal });
    setTimeout(() => controller.abort(), call === 0 ? 200 : 2);
    await assert.rejects(finding, { name: "AbortError" });
  }
  isStalled = false;
  // A minute of this clock passes in 60 ms; places that were never settled would not come free again.
  await new Promise((resolve) => setTimeout(resolve, 100));
  waits = 0;
  assert.equal((await one.find("ws-042")).length, 1);
  assert.equal(waits, 0);
});
