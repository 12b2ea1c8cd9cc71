/** The client against the emulator: where packages go, credentials, stopping, and going on. */

import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { library, from, openFolder, useFolders } from "./library.mjs";

const { Client } = library;
const { certificate } = await from("certificate.js");
const { Emulator, checkFetch } = await from("testing.js");
const home = mkdtempSync(join(tmpdir(), "mde-npm-client-"));
const KEPT = { comment: "INC-42", pollEvery: 5 };
let emulator;
let client;

before(async () => {
  emulator = await Emulator.start({ devices: ["ws-042.contoso.com", "ws-043.contoso.com", "ws-044.contoso.com"], timeScale: 1000 });
  client = new Client(emulator.tenant, emulator.options());
});
after(async () => {
  await emulator.stop();
  rmSync(home, { recursive: true, force: true });
});

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

test("from a name to a package in a folder, with events on the way", async () => {
  const collecting = client.collect("ws-042", KEPT);
  const events = [];
  for await (const { event } of collecting) events.push(event);
  assert.deepEqual(events.filter((event) => event !== "warning"), ["resolved", "accepted", "ended"]);
  const collection = await collecting;
  assert.equal(collection.adoption, "own");
  assert.equal((await collection.refresh()).actionId, collection.actionId);
  assert.equal((await collection.wait(KEPT)).status, "Succeeded");
  const folder = join(home, "evidence");
  const stored = await collection.download(folder);
  assert.equal(stored.verdict, "whole");
  assert.equal(sha256(readFileSync(stored.path)), stored.sha256);
  assert.equal(statSync(stored.path).mode & 0o077, 0, "evidence is for us alone");
  const manifest = JSON.parse(readFileSync(`${stored.path}.manifest.json`, "utf8"));
  assert.equal(manifest.custody.action, collection.actionId);
  assert.ok(manifest.members.length > 50);
  assert.deepEqual(readdirSync(folder).filter((name) => name.includes(".part")), []);
  assert.ok(!existsSync(join(folder, "mde-forensics.ledger.jsonl.lock")));

  const again = await client.resume(JSON.stringify(collection)).download(folder);
  assert.deepEqual(again, stored, "running again where manifest and hash agree is success");
  const blob = await collection.download();
  assert.equal(sha256(new Uint8Array(await blob.blob.arrayBuffer())), stored.sha256);
  assert.equal(JSON.parse(blob.manifest).package.sha256, stored.sha256);
  const chunks = [];
  const stream = await collection.download(new WritableStream({ write: (chunk) => void chunks.push(chunk) }));
  assert.equal(sha256(Buffer.concat(chunks)), stored.sha256);
  assert.equal(stream.verdict, "unverified", "what cannot be read again cannot be verified");
});

test("a package is never put over another file", async () => {
  const collection = await client.collect("ws-042", KEPT);
  await collection.wait(KEPT);
  const folder = join(home, "taken");
  const stored = await collection.download(folder);
  rmSync(`${stored.path}.manifest.json`);
  await assert.rejects(collection.download(folder), { code: "file_exists", name: "OutputError" });
  assert.equal(sha256(readFileSync(stored.path)), stored.sha256);
});

test("two calls at once in a folder ask for one package of a device, and lose no line", async () => {
  const folder = join(home, "both");
  const said = { ...KEPT, into: folder, key: "INC-7", markComment: false, sendExternalId: false };
  const before = (await emulator.control("GET", "actions")).length;
  const runs = await Promise.all(["ws-044", "ws-044.contoso.com"].map((device) => client.collectMany([device], said)));
  assert.deepEqual(runs.map(({ devices }) => devices[0].outcome), ["collected", "collected"]);
  assert.equal((await emulator.control("GET", "actions")).length, before + 1, "what the first has recorded the second knows");
  const lines = readFileSync(join(folder, "mde-forensics.ledger.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const of = (fact) => lines.filter(({ record }) => record?.fact === fact).length;
  assert.equal(of("ended"), 2);
  assert.equal(of("begun"), 2);
});

test("a folder that cannot be let go of takes no report away", async () => {
  const failing = async (folder, owner) => {
    const store = await openFolder(folder, owner);
    return new Proxy(store, {
      get(it, name) {
        const value = Reflect.get(it, name, it);
        if (name === "close") return async () => (await it.close(), Promise.reject(new Error("EIO: i/o error, close")));
        return typeof value === "function" ? value.bind(it) : value;
      },
    });
  };
  useFolders(failing);
  try {
    const { devices } = await client.collectMany(["ws-042"], { ...KEPT, into: join(home, "close") });
    assert.equal(devices[0].outcome, "collected");
    const cut = AbortSignal.abort(new Error("no more"));
    await assert.rejects(client.resume(devices[0].handle).download(join(home, "close2"), { signal: cut }), { code: "stopped" });
  } finally {
    useFolders(openFolder);
  }
});

test("a folder is for one client at a time", async () => {
  const folder = join(home, "busy");
  const other = new Client(emulator.tenant, emulator.options());
  const first = client.collectMany(["ws-043"], { ...KEPT, into: folder });
  await new Promise((resolve) => setTimeout(resolve, 30));
  await assert.rejects(other.collectMany(["ws-044"], { ...KEPT, into: folder }), { code: "ledger_failed" });
  assert.equal((await first).devices[0].outcome, "collected");
});

test("many devices, each with its outcome", async () => {
  const folder = join(home, "many");
  const { devices } = await client.collectMany(["ws-042", "nobody", "ws-044"], { ...KEPT, into: folder });
  assert.deepEqual(devices.map(({ outcome }) => outcome), ["collected", "not_found", "collected"]);
  assert.equal(devices[1].error.code, "device_not_found");
  assert.ok(existsSync(devices[2].package.path));
});

test("a stop leaves a handle to go on with, and a cancel asks the service", async () => {
  const controller = new AbortController();
  const collection = await client.collect("ws-043", KEPT);
  const waiting = collection.wait({ ...KEPT, signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, (error) => error.code === "stopped" && error.handle !== null);
  await client.resume(collection.toJSON()).cancel("no longer needed");
  await collection.refresh();
  assert.equal(collection.status, "Cancelled");
});

test("devices are found", async () => {
  const [machine] = await client.find("ws-044");
  assert.equal(machine.computerDnsName, "ws-044.contoso.com");
  await assert.rejects(client.find("id:ffffffffffffffffffffffffffffffffffffffff"), { name: "NotFoundError" });
});

test("a TokenCredential fits, and a function, and a certificate", async () => {
  const { clientId: _, clientSecret: __, ...network } = emulator.options();
  const asked = [];
  const getToken = async (scope) => {
    asked.push(scope);
    return { token: (await emulator.control("POST", "tokens", {})).access_token, expiresOnTimestamp: Date.now() + 3_600_000 };
  };
  for (const credential of [getToken, { getToken }]) {
    assert.equal((await new Client(emulator.tenant, { ...network, getToken: credential }).find("ws-042")).length, 1);
  }
  assert.deepEqual(asked, Array(2).fill("https://api.securitycenter.microsoft.com/.default"));
  const failing = new Client(emulator.tenant, { ...network, getToken: () => Promise.reject(new Error("no login")) });
  await assert.rejects(failing.find("ws-042"), (error) => error.code === "credential_failed" && error.message.includes("no login"));

  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const sign = certificate({ clientId: "app", certificate: new Uint8Array([1, 2]), privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) });
  const jwt = await sign("https://login.example/token");
  const [header, claims, signature] = jwt.split(".");
  assert.equal(JSON.parse(Buffer.from(claims, "base64url")).aud, "https://login.example/token");
  assert.equal(JSON.parse(Buffer.from(header, "base64url"))["x5t#S256"], createHash("sha256").update(new Uint8Array([1, 2])).digest("base64url"));
  const key = await crypto.subtle.importKey("spki", publicKey.export({ type: "spki", format: "der" }), { name: "RSA-PSS", hash: "SHA-256" }, false, ["verify"]);
  const signed = new TextEncoder().encode(`${header}.${claims}`);
  assert.ok(await crypto.subtle.verify({ name: "RSA-PSS", saltLength: 32 }, key, Buffer.from(signature, "base64url"), signed));
});

test("the platform's fetch keeps what is needed of one, and a bad one is found out", async () => {
  assert.deepEqual(await checkFetch(fetch), []);
  const bad = (url, { redirect: _, signal: __, ...init }) => fetch(url, init);
  const found = await checkFetch(bad);
  assert.ok(found.some((text) => text.includes("redirect")) && found.some((text) => text.includes("abort")), found.join("\n"));
});
