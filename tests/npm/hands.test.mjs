/** What moves bytes: limits of time, and what becomes of a request that is given up. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { from } from "./library.mjs";

const { Hands } = await from("hands.js");
const { checkFetch } = await from("testing.js");
const clock = { wall: () => 0, mono: () => 0 };
const causes = { note: () => undefined };
const never = () => new Promise(() => undefined);
const SEND = { kind: "send", method: "GET", url: "http://h/x", headers: [], body: null, bodyLimit: 10, seconds: 300 };
const LOAD = { kind: "download", url: "http://h/x", headers: [], seconds: 60 };
const hands = (means, signal = new AbortController().signal) => new Hands({ clock, ...means }, undefined, signal, causes, () => undefined);
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

  for (const [what, wish, seconds] of [["a request", SEND, 300], ["the head of a package", LOAD, 60]]) {
    test(`${what} is given up after ${seconds} s, and not before`, async (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] });
      const seen = stalled();
      const asked = hands(seen).fulfil(wish);
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
    const one = hands({ fetch });
    assert.equal((await one.fulfil(LOAD)).status, 200);
    assert.equal(aborted, false, "the head has come, and the body is wanted");
    const asked = one.fulfil({ kind: "chunk", seconds: 60 });
    t.mock.timers.tick(60_000);
    const { failed } = await asked;
    assert.ok(failed.isTimeout && failed.hasHead);
    one.end();
    assert.ok(cancelled);
  });

  for (const [kind, name] of [["credential", "credential"], ["assertion", "assertion"]]) {
    test(`a ${name} is given up after 15 minutes`, async (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] });
      const asked = hands({ [name]: never }).fulfil({ kind, scope: "s", tenant: "t", audience: "a" });
      await Promise.resolve();
      t.mock.timers.tick(900_000);
      assert.ok((await asked).failed.isTimeout);
    });
  }
});

test("what a fetch gives that is no Response, or says what none can say, is a failure of it", async () => {
  const headers = new Headers();
  for (const given of [undefined, 5, {}, { status: 200 }, { status: 200.5, headers }, { status: 70_000, headers }, { status: -1, headers }, { status: "200", headers }]) {
    const { failed, status } = await hands({ fetch: async () => given }).fulfil(SEND);
    assert.match(failed?.message ?? `${status}`, /no Response/, JSON.stringify(given));
  }
  const map = Object.assign(new Map([["a", 1]]), { get: () => undefined });
  const { headers: texts, location } = await hands({ fetch: async () => ({ status: 200, headers: map, body: null }) }).fulfil(SEND);
  assert.deepEqual([texts, location], [[["a", "1"]], undefined]);
});

test("of what a fetch fails with, one line is kept, in whole characters", async () => {
  const log = new Error("apiRequestContext.fetch: connect ECONNREFUSED\nCall log:\n  - authorization: Bearer eyJ\n");
  const said = async (error) => (await hands({ fetch: async () => { throw error; } }).fulfil(SEND)).failed.message;
  assert.equal(await said(log), "no answer from `h`: apiRequestContext.fetch: connect ECONNREFUSED");
  assert.equal(await said(new Error("a\ud800")), "no answer from `h`: a\ufffd");
  assert.equal(await said({ get message() { throw new Error("no"); } }), "no answer from `h`: it failed without a word");
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
