/** Node and the command in one folder: who is at work there keeps the other out, and whoever has ended does not. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { from, library } from "./library.mjs";

const { Client } = library;
const { Emulator } = await from("testing.js");
const run = promisify(execFile);
const BINARY = process.env.MDE_FORENSICS ?? "mde-forensics";
const home = mkdtempSync(join(tmpdir(), "mde-npm-together-"));
const BUSY = /another process, or another client of this one, is working with/;
const KEPT = { comment: "INC-42", pollEvery: 5 };
let emulator;
let client;

before(async () => {
  const endless = { name: "ws-043.contoso.com", life: { end: "Never" } };
  emulator = await Emulator.start({ devices: ["ws-042.contoso.com", endless], timeScale: 1000 });
  client = new Client(emulator.tenant, emulator.options());
});
after(async () => {
  await emulator.stop();
  rmSync(home, { recursive: true, force: true });
});

/** The command's environment: nothing but the emulator. */
function surroundings() {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AZURE|MDE|IDENTITY|SSL)_|_PROXY$/i.test(name));
  const { api, login, tenant, client_id: id, client_secret: secret } = emulator.ready;
  return { ...Object.fromEntries(kept), AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: id, AZURE_CLIENT_SECRET: secret, MDE_API_URL: api, MDE_LOGIN_URL: login, MDE_TIME_SCALE: "1000" };
}

const command = (...args) => run(BINARY, args, { env: surroundings() }).then((ended) => ({ code: 0, ...ended }), (error) => error);
const collected = (device, folder) => ["collect", device, "--comment", "INC-42", "--out", folder, "--json"];
const asked = async () => (await emulator.control("GET", "actions")).length;

test("the command stays out of a folder that Node works in, and can look into it", async () => {
  const folder = join(home, "node");
  const stop = new AbortController();
  // The command waits three seconds for whoever has the folder, which the scale makes nearly an hour.
  const working = client.collectMany(["ws-043"], { ...KEPT, into: folder, signal: stop.signal, timeout: 90 * 86_400 });
  for await (const { event } of working) if (event === "accepted") break;
  const before = await asked();
  const refused = await command(...collected("ws-042", folder));
  assert.equal(refused.code, 5, refused.stderr);
  assert.equal(JSON.parse(refused.stdout).error.code, "ledger_failed");
  assert.match(JSON.parse(refused.stdout).error.message, BUSY);
  assert.equal(await asked(), before);
  assert.match((await command("status", folder)).stdout, /ws-043/);
  stop.abort();
  assert.equal((await working).devices[0].outcome, "stopped");
  const collecting = await command(...collected("ws-042", folder));
  assert.equal(collecting.code, 0, collecting.stderr);
});

test("Node stays out of a folder that the command works in, until that has ended", async (it) => {
  const folder = join(home, "command");
  const lock = join(folder, "mde-forensics.ledger.jsonl.lock");
  const before = await asked();
  const child = spawn(BINARY, [...collected("ws-043", folder), "--timeout", "90d"], { env: surroundings(), stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  it.after(() => void child.kill("SIGKILL"));
  const until = Date.now() + 60_000;
  while (!existsSync(lock) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
  await assert.rejects(client.collectMany(["ws-042"], { ...KEPT, into: folder }), (error) => error.code === "ledger_failed" && BUSY.test(error.message) && error.hint.includes(lock));
  assert.ok((await asked()) <= before + 1);
  child.kill("SIGKILL");
  await ended;
  assert.ok(existsSync(lock), "nobody was there to remove it");
  const collecting = await command(...collected("ws-042", folder));
  assert.equal(collecting.code, 0, collecting.stderr);
  assert.ok(!existsSync(lock));
  const { devices } = await client.collectMany(["ws-042"], { ...KEPT, into: folder });
  assert.equal(devices[0].outcome, "collected");
  assert.deepEqual(readdirSync(folder).filter((name) => /lock|part|tmp|new/.test(name)), []);
});
