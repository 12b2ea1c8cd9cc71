/** Playwright's own requests as the `fetch`, without a browser. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { from, library, ROOT } from "./library.mjs";

const { playwrightFetch } = await from("playwright.js");
const { Emulator } = await from("testing.js");
const { request } = createRequire(join(ROOT, "npm/package.json"))("playwright-core");
const MIB = 1 << 20;
let context;
let server;
let base;
/** What a server is asked for, and how much it has sent. */
let seen;
/** The package of the server. */
let held;

before(async () => {
  context = await request.newContext();
  server = createServer(({ headers: { range } }, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(held.knowsParts ? (range ?? "") : "") ?? [];
    const [begin, end] = [Number(from ?? 0), Math.min(held.size, Number(to || held.size) + 1)];
    seen.asked.push(range);
    if (from === undefined) response.writeHead(held.status ?? 200, { "content-type": "application/zip" });
    else response.writeHead(206, { "content-range": `bytes ${begin}-${end - 1}/${held.size}`, "content-length": end - begin });
    seen.sent += end - begin;
    response.end(Buffer.alloc(end - begin, 80));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}/p.zip`;
});
beforeEach(() => (seen = { asked: [], sent: 0 }));
after(async () => {
  await context.dispose();
  server.close();
});

test("a package that Playwright cannot hold is refused before it is sent", async () => {
  held = { size: 80 * MIB, knowsParts: true };
  await assert.rejects(playwrightFetch(context)(base, { headers: {} }), (error) => error.code === "ERR_NEEDS_STREAMING" && error.message.includes("`streaming`"));
  assert.deepEqual(seen, { asked: ["bytes=0-0"], sent: 1 });
});

test("a smaller one comes whole, and its rest under the same condition", async () => {
  held = { size: MIB, knowsParts: true };
  const fetch = playwrightFetch(context);
  assert.equal((await (await fetch(base, { headers: {} })).arrayBuffer()).byteLength, MIB);
  const rest = await fetch(base, { headers: { range: "bytes=1000-", "if-range": '"1"' } });
  assert.equal(rest.headers.get("content-range"), `bytes 1000-${MIB - 1}/${MIB}`);
  assert.deepEqual(seen.asked, ["bytes=0-0", undefined, "bytes=0-0", "bytes=1000-"]);
});

test("a server that knows no parts, or has none, is asked once", async () => {
  const fetch = playwrightFetch(context);
  held = { size: 100, knowsParts: false };
  assert.equal((await (await fetch(base, { headers: {} })).arrayBuffer()).byteLength, 100);
  held = { size: 4, knowsParts: false, status: 404 };
  assert.equal((await fetch(base, { headers: {} })).status, 404);
  assert.equal(seen.asked.length, 2);
});

test("packages go by `streaming`, and all else by Playwright", async () => {
  held = { size: 10, knowsParts: true };
  const streamed = [];
  const fetch = playwrightFetch(context, { streaming: async (url) => (streamed.push(url), new Response("whole")) });
  assert.equal(await (await fetch(base, { headers: {} })).text(), "whole");
  await fetch(base, { headers: { authorization: "Bearer t" } });
  await fetch(base, { method: "POST", headers: {}, body: "{}" });
  assert.deepEqual(streamed, [base]);
  assert.deepEqual(seen.asked, [undefined, undefined]);
});

test("who collects is told to give a `streaming` fetch, and not that the connection was lost", async () => {
  const emulator = await Emulator.start({ timeScale: 1000 });
  try {
    const small = playwrightFetch(context);
    let refusals = 0;
    const fetch = async (url, init) => {
      if (new Headers(init.headers).has("authorization") || init.method === "POST") return small(url, init);
      refusals += 1;
      held = { size: 80 * MIB, knowsParts: true };
      return small(base, init);
    };
    const client = new library.Client(emulator.tenant, { ...emulator.options(), fetch });
    const collection = await client.collect("ws-042", { comment: "INC-42", pollEvery: 5 });
    const error = await collection.download(undefined, { pollEvery: 5 }).then(assert.fail, (error) => error);
    assert.equal(error.code, "too_large");
    assert.match(error.message, /^the package has 83886080 bytes, which Playwright would hold in memory/);
    assert.match(error.hint, /streaming/);
    assert.ok(refusals <= 2, `${refusals} tries`);
    assert.equal(seen.sent, refusals);
  } finally {
    await emulator.stop();
  }
});
