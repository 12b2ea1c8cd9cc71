/** The same vectors and flows in Chromium, OPFS, and Playwright's requests; skipped where there is no Chromium. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, test } from "node:test";

import { emulator } from "./emulator.mjs";
import { flows } from "./flows/node.mjs";
import { faults } from "./flows/stage.mjs";
import { DIST, from, library, ROOT } from "./library.mjs";
import { serve } from "./server.mjs";

const { CHROMIUM } = process.env;
const skip = CHROMIUM === undefined ? "there is no Chromium (set CHROMIUM to its program)" : false;
const read = (folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".json") && name !== "schema.json")
    .map((name) => JSON.parse(readFileSync(join(ROOT, folder, name), "utf8")));
/**
 * Chromium itself repeats a request, a POST too, whose connection broke or that was answered with 408, if the connection had
 * been used before; it hides redirects, does not say why a body could not be decoded, and throws away what it had received
 * and nobody had read yet when a connection ends in the middle of a body. There the promises count alone.
 */
const OWN_MIND = new Set(["redirect", "lost_answer", "lost_request", "reset", "bad_gzip", "truncate"]);
const hasOwnMind = (flow) => faults(flow).some(({ kind, code }) => OWN_MIND.has(kind) || (kind === "status" && code === 408));
/** So many pages play at a time, each with an emulator of its own. */
const PAGES = 3;

describe("Chromium", { skip, concurrency: PAGES }, () => {
  let browser, page, server;
  const idle = [];
  before(async () => {
    const require = createRequire(join(ROOT, "npm/package.json"));
    const { chromium } = require("playwright-core");
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
    server = await serve(ROOT);
    const dist = `/${relative(ROOT, DIST)}`;
    const begin = async () => {
      const page = await browser.newPage();
      await page.goto(server.url);
      await page.evaluate(async (dist) => {
        const library = await import(`${dist}/browser.js`);
        const parts = await import(`${dist}/client.js`);
        const vectors = await import("/tests/npm/vectors.mjs");
        const { play } = await import("/tests/npm/flows/play.mjs");
        const { memoryWorld } = await import("/tests/npm/flows/memory.mjs");
        Object.assign(globalThis, { library, vectors, play, world: memoryWorld(library, parts) });
      }, dist);
      return { page, running: await emulator(["--time-scale", "0", "--seed", "7", "--cors"], { start: "2026-01-05T10:00:00Z" }) };
    };
    idle.push(...(await Promise.all(Array.from({ length: PAGES }, begin))));
    [{ page }] = idle;
  });
  after(async () => {
    for (const { running } of idle) running.stop();
    await browser?.close();
    server?.stop();
  });

  for (const file of read("tests/vectors").filter((file) => file.kind === "endpoint")) {
    test(`vectors of ${file.endpoint}`, async () => {
      const found = await page.evaluate((file) => {
        return file.tests.flatMap((test) => vectors.endpoint(library, file, test).map((wrong) => `${test.tcId}: ${wrong}`));
      }, file);
      assert.deepEqual(found, []);
    });
  }

  test("codes", async () => {
    const file = read("tests/vectors").find((file) => file.kind === "errors");
    assert.deepEqual(await page.evaluate((file) => vectors.errors(library, file), file), []);
  });

  for (const flow of flows) {
    test(flow.id, async () => {
      const slot = idle.pop();
      const promises = hasOwnMind(flow);
      try {
        const complaints = await slot.page.evaluate(([flow, ready, promises]) => play(flow, ready, world, { promises }), [flow, slot.running.ready, promises]);
        assert.deepEqual(complaints, [], flow.comment);
      } finally {
        idle.push(slot);
      }
    });
  }

  test("most flows are held to all that they say", () => {
    const count = flows.filter((flow) => !hasOwnMind(flow)).length;
    if (process.env.FLOW === undefined) assert.ok(count >= 240, `${count} of ${flows.length}`);
  });
});

describe("a page against an emulator that runs", { skip, concurrency: false }, () => {
  let browser, page, server, running;
  before(async () => {
    const { chromium } = createRequire(join(ROOT, "npm/package.json"))("playwright-core");
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
    server = await serve(ROOT);
    page = await browser.newPage();
    await page.goto(server.url);
    running = await emulator(["--time-scale", "100", "--generate", "2", "--cors"]);
  });
  after(async () => {
    await browser?.close();
    server?.stop();
    running?.stop();
  });

  test("a package goes to OPFS, to a file of it, and to a Blob", async () => {
    const found = await page.evaluate(async ([dist, ready]) => {
      const { Client, Sha256 } = await import(`${dist}/browser.js`);
      const { api: baseUrl, login: loginUrl, client_id: clientId, client_secret: clientSecret } = ready;
      const client = new Client(ready.tenant, { baseUrl, loginUrl, clientId, clientSecret, timeScale: 100 });
      const collection = await client.collect("ws-001", { comment: "INC-42", pollEvery: 5 });
      await collection.wait({ pollEvery: 5 });
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle("evidence", { create: true });
      const sum = async (file) => new Sha256().update(await file.arrayBuffer()).digest();
      const first = await collection.download(folder);
      const names = [];
      for await (const name of folder.keys()) names.push(name);
      const again = await collection.download(folder);
      const handle = await root.getFileHandle("package.zip", { create: true });
      const before = await handle.createWritable();
      await before.write(new Uint8Array(8 << 20));
      await before.close();
      const single = await collection.download(handle);
      const blob = await collection.download();
      return {
        verdicts: [first, again, single, blob].map((it) => it.verdict),
        sums: [await sum(first.blob), await sum(await handle.getFile()), await sum(blob.blob)].every((it) => it === first.sha256),
        names: names.sort(),
        name: first.name,
        members: JSON.parse(single.manifest).members.length,
      };
    }, [`/${relative(ROOT, DIST)}`, running.ready]);
    assert.deepEqual(found.verdicts, ["whole", "whole", "whole", "whole"]);
    assert.ok(found.sums && found.members > 50);
    assert.deepEqual(found.names, [found.name, `${found.name}.manifest.json`]);
  });

  test("two downloads of one package into a folder are kept apart, also of two pages", async () => {
    const context = await browser.newContext();
    const [one, other] = [await context.newPage(), await context.newPage()];
    for (const it of [one, other]) await it.goto(server.url);
    const open = (it, name) =>
      it.evaluate(async ([dist, name]) => {
        const { openStore } = await import(`${dist}/client.js`);
        globalThis.store = await openStore(await (await navigator.storage.getDirectory()).getDirectoryHandle("locks", { create: true }), {});
        return store.lock(name);
      }, [`/${relative(ROOT, DIST)}`, name]);
    assert.equal(await open(one, "p.zip.part"), true);
    assert.equal(await open(other, "p.zip.part"), false);
    assert.equal(await open(other, "q.zip.part"), true);
    await one.evaluate(() => store.unlock("p.zip.part"));
    assert.equal(await other.evaluate(() => store.lock("p.zip.part")), true);
    assert.equal(await one.evaluate(() => store.lock("p.zip.part")), false);
    await other.close();
    await one.waitForFunction(() => store.lock("p.zip.part"));
    await context.close();
  });

  test("Playwright's requests are a fetch, and its pages are watched", async () => {
    const { playwrightFetch, responseChecker } = await from("playwright.js");
    const context = await browser.newContext();
    const fetch = playwrightFetch(context.request);
    const { api: baseUrl, login: loginUrl, client_id: clientId, client_secret: clientSecret } = running.ready;
    const client = new library.Client(running.ready.tenant, { baseUrl, loginUrl, clientId, clientSecret, timeScale: 100, fetch });
    const home = mkdtempSync(join(tmpdir(), "mde-npm-playwright-"));
    const collection = await client.collect("ws-002", { comment: "INC-42", pollEvery: 5 });
    const stored = await collection.download(home, { pollEvery: 5 });
    assert.equal(stored.verdict, "whole");
    rmSync(home, { recursive: true });

    const seen = [];
    const watched = await context.newPage();
    let both;
    const heard = new Promise((resolve) => (both = resolve));
    watched.on("response", responseChecker(baseUrl, (checked) => seen.push(checked) === 2 && both()));
    await watched.goto(server.url);
    const reply = await running.ready;
    const token = await (await globalThis.fetch(`${reply.control}tokens`, { method: "POST", body: "{}", headers: { "content-type": "application/json" } })).json();
    await watched.evaluate(async ([baseUrl, token, id]) => {
      const headers = { authorization: `Bearer ${token}` };
      await fetch(`${baseUrl}/api/machineactions/${id}`, { headers });
      await fetch(`${baseUrl}/api/machineactions/${id}`);
      await fetch(`${baseUrl}/_emulator/clock`);
    }, [baseUrl, token.access_token, collection.actionId]);
    await heard;
    assert.deepEqual(seen.map(({ operation, status }) => [operation, status]), [["get_machine_action", 200], ["get_machine_action", 401]]);
    assert.equal(seen[0].output.id, collection.actionId);
    assert.equal(seen[1].error.code, "unauthorized");
    await context.close();
  });
});
