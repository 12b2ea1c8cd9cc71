/** Packages opened in Chromium: read by a worker from Blobs and folders, with nothing sent anywhere. Skipped where there is none. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { after, before, describe, test } from "node:test";

import { generated } from "./generated.mjs";
import { DIST, from, ROOT } from "./library.mjs";
import { serve } from "./server.mjs";

const { CHROMIUM } = process.env;
const skip = CHROMIUM === undefined ? "there is no Chromium (set CHROMIUM to its program)" : false;
const { openPackage } = await from("package-node.js");
const require = createRequire(join(ROOT, "npm/package.json"));
const dist = `/${relative(ROOT, DIST)}`;
/** What every package is asked here, in a page as in Node. */
const ask = async (it) => ({
  id: it.id,
  size: it.size,
  whole: it.whole,
  rows: await it.rows("services"),
  arrow: Array.from((await it.table("processes")).arrow),
  report: await it.report(),
  hits: await it.search("svchost.exe"),
});

describe("Chromium opens packages", { skip }, () => {
  let browser, made, page, server, sent;
  before(async () => {
    made = await generated(2);
    const { chromium } = require("playwright-core");
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
    server = await serve(ROOT);
    page = await browser.newPage();
    // A worker's requests are seen by the context alone.
    page.context().on("request", (request) => sent.push(request.url()));
    sent = [];
    await page.goto(server.url);
    await page.setContent('<!doctype html><input type="file" id="zip"><input type="file" id="folder" webkitdirectory>');
    await page.evaluate(async ([dist, text]) => {
      globalThis.library = await import(`${dist}/package-browser.js`);
      globalThis.ask = (0, eval)(text);
    }, [dist, String(ask)]);
  });
  after(async () => {
    await browser?.close();
    server?.stop();
    made?.remove();
  });

  test("importing it loads no wasm, opening does, and then nothing is sent", async () => {
    assert.ok(sent.some((url) => url.endsWith("package-browser.js")));
    assert.ok(!sent.some((url) => url.endsWith(".wasm") || url.includes("worker")), `${sent}`);
    await page.setInputFiles("#zip", made.paths[0]);
    await page.evaluate(async () => {
      globalThis.opened = await library.openPackage(document.querySelector("#zip").files);
    });
    assert.equal(sent.filter((url) => url.endsWith("mde_forensics_package_bg.wasm")).length, 1, `${sent}`);
    await page.context().setOffline(true);
    const before = sent.length;
    const found = await page.evaluate(async () => ask(opened));
    await page.context().setOffline(false);
    assert.deepEqual(sent.slice(before), []);
    const sound = await openPackage(made.paths[0]);
    assert.deepEqual(found, JSON.parse(JSON.stringify(await ask(sound))));
    await sound.close();
  });

  test("a Blob that is larger than what is kept of it, bytes, and a file of OPFS", async () => {
    const bytes = readFileSync(made.paths[0]);
    const ids = await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const root = await navigator.storage.getDirectory();
      const handle = await root.getFileHandle("package.zip", { create: true });
      const writer = await handle.createWritable();
      await writer.write(bytes);
      await writer.close();
      // What stands before a zip is a finding, and costs nothing else.
      const large = new Blob([new Uint8Array(24 << 20), bytes]);
      const ids = [];
      for (const input of [new Blob([bytes]), large, bytes, bytes.buffer, handle]) {
        const it = await library.openPackage(input);
        ids.push([it.id, (await it.rows("services")).length, it.size]);
        await it.close();
      }
      return ids;
    }, bytes.toString("base64"));
    const sound = await openPackage(made.paths[0]);
    const expected = [sound.id, (await sound.rows("services")).length];
    assert.deepEqual(ids.map(([id, rows]) => [id, rows]), ids.map(() => expected));
    assert.equal(ids[1][2], bytes.length + (24 << 20));
    await sound.close();
  });

  test("a folder that somebody chose", async () => {
    const { execFileSync } = await import("node:child_process");
    const folder = join(made.folder, "extracted");
    execFileSync("python3", ["-m", "zipfile", "-e", made.paths[0], folder]);
    await page.setInputFiles("#folder", folder);
    const found = await page.evaluate(async () => {
      const it = await library.openPackage(document.querySelector("#folder").files);
      return { members: await it.members(), rows: await it.rows("services") };
    });
    const own = await openPackage(folder);
    assert.deepEqual(found.members, JSON.parse(JSON.stringify(await own.members())));
    assert.deepEqual(found.rows, JSON.parse(JSON.stringify(await own.rows("services"))));
    assert.ok(found.rows.length > 50 && found.members.length > 50);
    await own.close();
  });

  test("a trap costs one member; a signal ends the worker; errors have their classes", async () => {
    await page.setInputFiles("#zip", made.paths[0]);
    const found = await page.evaluate(async () => {
      const { openPackage, compare, PackageError, OutputError, isMdeError } = library;
      const [file] = document.querySelector("#zip").files;
      const it = await openPackage(file, { [Symbol.for("mde-forensics trap")]: "read Processes/Processes.csv" });
      const table = await it.table("processes");
      const services = await it.table("services");
      const stop = new AbortController();
      const pending = it.report({ signal: stop.signal }).catch((error) => error.name);
      setTimeout(() => stop.abort(), 1);
      const stopped = await pending;
      const again = (await it.table("services")).length;
      const files = await it.export(undefined, { format: "csv", redact: true, tables: ["services"] });
      const compared = await compare(it, it);
      const error = await openPackage(new Blob(["<html>no</html>"])).catch((error) => error);
      const wrong = await openPackage("a/path.zip").catch((error) => error);
      const lost = await openPackage(file, { worker: () => new Worker("/nowhere.js", { type: "module" }) }).catch((error) => error);
      return {
        partial: table.partial, issues: table.issues, services: services.length, again, stopped,
        files: await Promise.all(files.map(async ({ name, blob }) => [name, (await blob.text()).split(/\r?\n/)[0].slice(0, 10)])),
        compared: compared.changes.length,
        isPackageError: error instanceof PackageError && isMdeError(error, "not_a_zip"),
        wrong: [wrong instanceof TypeError, wrong.message],
        lost: [lost.name, lost.code, lost.message],
      };
    });
    assert.equal(found.partial, true);
    assert.equal(found.issues[0].code, "reader_failed");
    assert.ok(found.services > 50);
    assert.equal(found.again, found.services);
    assert.equal(found.stopped, "AbortError");
    assert.deepEqual(found.files, [["services.csv", "package_id"], ["tables.json", "{"]]);
    assert.equal(found.compared, 0);
    assert.ok(found.isPackageError);
    assert.ok(found.wrong[0] && /`input`/.test(found.wrong[1]));
    assert.deepEqual(found.lost.slice(0, 2), ["InternalError", "internal"]);
    assert.match(found.lost[2], /could not be loaded/);
  });
});
