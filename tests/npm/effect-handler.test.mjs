/** What moves bytes: limits of time, and what becomes of a request that is given up. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { from } from "./library.mjs";

const { EffectHandler } = await from("effect-handler.js");
const { checkFetch } = await from("testing.js");
const clock = { wall: () => 0, mono: () => 0 };
const causes = { note: () => undefined };
const never = () => new Promise(() => undefined);
const SEND = { kind: "send", method: "GET", url: "http://h/x", headers: [], body: null, bodyLimit: 10, seconds: 300 };
const LOAD = { kind: "download", url: "http://h/x", headers: [], seconds: 60 };
const handler = (means, signal = new AbortController().signal) => new EffectHandler({ means: { clock, ...means }, store: undefined, signal, causes, tell: () => undefined });
const body = (source) => new Response(new ReadableStream(source));

/** A fetch that does not settle, and notes whether it is given up. */
function stalled() {
  const seen = { aborted: false };
  seen.fetch = (_, { signal }) => {
    signal.addEventListener("abort", () => (seen.aborted = true));
    return new Promise((resolve) => (seen.answer = resolve));
  };
  return seen;
}

describe("no answer in time", () => {
  beforeEach((t) => t.mock?.timers?.reset());

  for (const [what, effect, seconds] of [["a request", SEND, 300], ["the head of a package", LOAD, 60]]) {
    test(`${what} is given up after ${seconds} s, and not before`, async (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] });
      const seen = stalled();
      const asked = handler(seen).carryOut(effect);
      t.mock.timers.tick(seconds * 1000 - 1);
      assert.equal(seen.aborted, false);
      t.mock.timers.tick(1);
      const { failed } = await asked;
      assert.ok(failed.isTimeout, JSON.stringify(failed));
      assert.equal(seen.aborted, true);
      let cancelled = false;
      seen.answer(body({ cancel: () => void (cancelled = true) }));
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(cancelled, "a body that comes too late is let go of");
    });
  }

  test("a part of a package is given up after its time", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    let cancelled = false;
    let aborted = false;
    const fetch = async (_, { signal }) => {
      signal.addEventListener("abort", () => (aborted = true));
      return body({ pull: never, cancel: () => void (cancelled = true) });
    };
    const one = handler({ fetch });
    assert.equal((await one.carryOut(LOAD)).status, 200);
    assert.equal(aborted, false, "the head has come, and the body is wanted");
    const asked = one.carryOut({ kind: "chunk", seconds: 60 });
    t.mock.timers.tick(60_000);
    const { failed } = await asked;
    assert.ok(failed.isTimeout && failed.hasHead);
    one.end();
    assert.ok(cancelled);
  });

  for (const [kind, name] of [["credential", "credential"], ["assertion", "assertion"]]) {
    test(`a ${name} is given up after 15 minutes`, async (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] });
      const asked = handler({ [name]: never }).carryOut({ kind, scope: "s", tenant: "t", audience: "a" });
      await Promise.resolve();
      t.mock.timers.tick(900_000);
      assert.ok((await asked).failed.isTimeout);
    });
  }
});

test("what a fetch gives that is no Response, or says what none can say, is a failure of it", async () => {
  const headers = new Headers();
  for (const given of [undefined, 5, {}, { status: 200 }, { status: 200.5, headers }, { status: 70_000, headers }, { status: -1, headers }, { status: "200", headers }]) {
    const { failed, status } = await handler({ fetch: async () => given }).carryOut(SEND);
    assert.match(failed?.message ?? `${status}`, /no Response/, JSON.stringify(given));
  }
  const map = Object.assign(new Map([["a", 1]]), { get: () => undefined });
  const { headers: texts, location } = await handler({ fetch: async () => ({ status: 200, headers: map, body: null }) }).carryOut(SEND);
  assert.deepEqual([texts, location], [[["a", "1"]], undefined]);
});

test("a body that gives nothing without an end, or always at once, keeps no timer from its turn", { timeout: 20_000 }, async () => {
  for (const chunk of [0, 1]) {
    const fetch = async () => body({ pull: (it) => it.enqueue(new Uint8Array(chunk)) });
    const { failed } = await handler({ fetch }).carryOut({ ...SEND, seconds: 0.2, bodyLimit: 1e12 });
    assert.ok(failed.isTimeout && failed.hasHead, `${chunk}`);
  }
  const one = handler({ fetch: async () => body({ pull: (it) => it.enqueue(new Uint8Array(0)) }) });
  await one.carryOut(LOAD);
  assert.ok((await one.carryOut({ kind: "chunk", seconds: 0.2 })).failed.isTimeout);
  one.end();
});

test("a body whose parts are other views of bytes is counted in bytes", async () => {
  const views = () => body({ start: (it) => (it.enqueue(new Uint16Array([0x4241, 0x4443])), it.enqueue(new DataView(new ArrayBuffer(2))), it.close()) });
  const { bytes } = await handler({ fetch: async () => views() }).carryOut(SEND);
  assert.deepEqual([...bytes], [0x41, 0x42, 0x43, 0x44, 0, 0]);
  assert.ok((await handler({ fetch: async () => views() }).carryOut({ ...SEND, bodyLimit: 5 })).failed.isTooLarge);
});

test("what is odd about an answer or a credential fails the effect alone", async () => {
  const headers = new Headers();
  const part = new Uint8Array(100);
  for (const cancel of [{}, { cancel: () => undefined }, { cancel: () => { throw new Error("no"); } }]) {
    const read = async () => ({ done: false, value: part });
    const one = handler({ fetch: async () => ({ status: 200, headers, body: { getReader: () => ({ read, ...cancel }) } }) });
    assert.ok((await one.carryOut(SEND)).failed.isTooLarge);
    assert.equal((await one.carryOut(LOAD)).status, 200);
    one.end();
  }
  const detached = new Uint8Array(8);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  const gone = await handler({ fetch: async () => body({ start: (it) => (it.enqueue(detached.subarray()), it.close()) }) }).carryOut(SEND);
  assert.match(gone.failed?.message ?? "", /detached|transferred/);
  let reads = 0;
  const changing = { get status() { return (reads += 1) > 1 ? 5n : 200; }, headers, body: null };
  assert.equal((await handler({ fetch: async () => changing }).carryOut(SEND)).status, 200);
  const hostile = new Proxy({}, { get() { throw new Error("no"); }, getPrototypeOf() { throw new Error("no"); } });
  assert.match((await handler({ fetch: () => Promise.reject(hostile) }).carryOut(SEND)).failed.message, /no reason/);
  const signed = (given) => handler({ assertion: async () => given }).carryOut({ kind: "assertion", audience: "a" });
  for (const given of [5n, "a\ud800", undefined]) assert.match((await signed(given)).failed?.message ?? "", /`token`/);
  const lone = Object.assign(new Map([["a", "\ud800"]]), { get: () => undefined });
  assert.deepEqual((await handler({ fetch: async () => ({ status: 200, headers: lone, body: null }) }).carryOut(SEND)).headers, [["a", "\ufffd"]]);
});

test("of what a fetch fails with, one line is kept, in whole characters", async () => {
  const log = new Error("apiRequestContext.fetch: connect ECONNREFUSED\nCall log:\n  - authorization: Bearer eyJ\n");
  const said = async (error) => (await handler({ fetch: async () => { throw error; } }).carryOut(SEND)).failed.message;
  assert.equal(await said(log), "no answer from `h`: apiRequestContext.fetch: connect ECONNREFUSED");
  assert.equal(await said(new Error("a\ud800")), "no answer from `h`: a\ufffd");
  assert.equal(await said({ get message() { throw new Error("no"); } }), "no answer from `h`: it gave no reason");
});

// Here and not beside other checks of a fetch: the time that passes is also that of the platform's own requests.
test("a fetch that never settles is found out, in time", { timeout: 60_000 }, async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let isOver = false;
  const checking = checkFetch(() => new Promise(() => undefined)).finally(() => (isOver = true));
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    t.mock.timers.tick(10_000);
  }
  const found = await checking;
  assert.ok(found.some((text) => text.includes("no answer in time")), found.join("\n"));
});

test("progress waits for no timer: a page in the background has one a second, or a minute", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  assert.deepEqual(await handler({}).carryOut({ kind: "progress" }), {});
});
