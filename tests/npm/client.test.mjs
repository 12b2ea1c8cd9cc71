/** The client against the emulator: where packages go, credentials, stopping, and going on. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createHash, createPrivateKey, generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { DIST, library, from, openFolder, useFolders } from "./library.mjs";
import { selfSigned } from "./x509.mjs";

const { Client } = library;
const { certificate } = await from("certificate.js");
const { Emulator, checkFetch } = await from("testing.js");
const home = mkdtempSync(join(tmpdir(), "mde-npm-client-"));
const KEPT = { comment: "INC-42", pollEvery: 5 };
const SIZE = 256 << 20;
let emulator;
let client;

before(async () => {
  const busy = { name: "ws-045.contoso.com", life: { pending: 1, running: 86_400 } };
  emulator = await Emulator.start({ devices: ["ws-042.contoso.com", "ws-043.contoso.com", "ws-044.contoso.com", busy], timeScale: 1000 });
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
  // At this scale a machine that is busy makes a call late: then it is made again.
  assert.deepEqual(events.filter((event) => event !== "warning" && event !== "retrying"), ["resolved", "accepted", "ended"]);
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

test("two calls at once in a folder ask for one package of a device, and lose no line", async (t) => {
  const folder = join(home, "both");
  const said = { ...KEPT, into: folder, key: "INC-7", markComment: false, sendExternalId: false };
  // Links that live long enough for a busy machine.
  const slow = await Emulator.start({ devices: ["ws-044.contoso.com"], timeScale: 100 });
  t.after(() => slow.stop());
  const one = new Client(slow.tenant, slow.options());
  const runs = await Promise.all(["ws-044", "ws-044.contoso.com"].map((device) => one.collectMany([device], said)));
  assert.deepEqual(runs.map(({ devices }) => devices[0].outcome), ["collected", "collected"]);
  assert.equal((await slow.control("GET", "actions")).length, 1, "what the first has recorded the second knows");
  const lines = readFileSync(join(folder, "mde-forensics.ledger.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const of = (fact) => lines.filter(({ record }) => record?.fact === fact).length;
  assert.equal(of("ended"), 2);
  assert.equal(of("begun"), 2);
});

test("calls at once into several folders ask for one package, and each folder has it", async (t) => {
  const slow = await Emulator.start({ devices: ["ws-044.contoso.com"], timeScale: 100 });
  t.after(() => slow.stop());
  const one = new Client(slow.tenant, slow.options());
  const folders = [join(home, "first"), join(home, "second"), `${home}/first/../second`];
  const warnings = [];
  const onEvent = ({ event, message }) => event === "warning" && warnings.push(message);
  const runs = await Promise.all(folders.map((into) => one.collectMany(["ws-044"], { ...KEPT, into, onEvent })));
  assert.equal((await slow.control("GET", "actions")).length, 1);
  const names = new Set(runs.map(({ devices }) => devices[0].package.name));
  assert.deepEqual(runs.map(({ devices }) => devices[0].outcome), ["collected", "collected", "collected"]);
  assert.equal(names.size, 1);
  for (const folder of folders) assert.ok(readFileSync(join(folder, [...names][0])).length > 0);
  for (const said of ["is at work on this device", "is downloading this package"]) {
    assert.ok(warnings.some((warning) => warning.includes(said)), `${said}: ${warnings.join("; ")}`);
  }
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
  for await (const { event } of first) if (event === "resolved") break;
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
  const collection = await client.collect("ws-045", KEPT);
  const waiting = collection.wait({ ...KEPT, signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, (error) => error.code === "stopped" && error.handle !== null);
  const why = new Error("enough");
  await assert.rejects(client.resume(collection.toJSON()).cancel("no longer needed", { signal: AbortSignal.abort(why) }), why);
  await client.resume(collection.toJSON()).cancel("no longer needed");
  await collection.refresh();
  assert.equal(collection.status, "Cancelled");
  const folder = join(home, "stopped");
  const { devices } = await client.collectMany(["ws-044"], { ...KEPT, into: folder, signal: AbortSignal.abort() });
  assert.equal(devices[0].outcome, "stopped");
  assert.deepEqual(readdirSync(folder), ["mde-forensics.ledger.jsonl"], "who comes next need not wait");
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
  const sign = certificate({ clientId: "app", certificate: new Uint8Array([0x30, 2]), privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) });
  const jwt = await sign("https://login.example/token");
  const [header, claims, signature] = jwt.split(".");
  assert.equal(JSON.parse(Buffer.from(claims, "base64url")).aud, "https://login.example/token");
  assert.equal(JSON.parse(Buffer.from(header, "base64url"))["x5t#S256"], createHash("sha256").update(new Uint8Array([0x30, 2])).digest("base64url"));
  const key = await crypto.subtle.importKey("spki", publicKey.export({ type: "spki", format: "der" }), { name: "RSA-PSS", hash: "SHA-256" }, false, ["verify"]);
  const signed = new TextEncoder().encode(`${header}.${claims}`);
  assert.ok(await crypto.subtle.verify({ name: "RSA-PSS", saltLength: 32 }, key, Buffer.from(signature, "base64url"), signed));
});

test("a key that cannot sign so is named", async () => {
  const { certificate: pem } = selfSigned();
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const wanted = { name: "TypeError", message: /`options\.privateKey` must be an RSA key/ };
  const sign = certificate({ clientId: "app", certificate: pem, privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) });
  await assert.rejects(sign("https://login.example/token"), wanted);
  for (const [algorithm, usages] of [
    [{ name: "ECDSA", namedCurve: "P-256" }, ["sign"]],
    [{ name: "RSA-PSS", hash: "SHA-512", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }, ["sign", "verify"]],
  ]) {
    const pair = await crypto.subtle.generateKey(algorithm, false, usages);
    assert.throws(() => certificate({ clientId: "app", certificate: pem, privateKey: pair.privateKey }), wanted);
  }
});

test("a certificate logs in", async () => {
  const { certificate: pem, privateKey } = selfSigned();
  const apps = [{ client_id: "app", certificates: [pem], secrets: [] }];
  const one = await Emulator.start({ timeScale: 1, config: { tenant: { apps } } });
  try {
    const { clientId: _, clientSecret: __, ...network } = one.options();
    const der = Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ""), "base64");
    const key = await crypto.subtle.importKey("pkcs8", createPrivateKey(privateKey).export({ type: "pkcs8", format: "der" }), { name: "RSA-PSS", hash: "SHA-256" }, false, ["sign"]);
    for (const [form, own] of [[pem, privateKey], [Buffer.from(pem), privateKey], [der, key]]) {
      const asked = new Client(one.tenant, { ...network, clientId: "app", clientAssertion: certificate({ clientId: "app", certificate: form, privateKey: own }) });
      assert.equal((await asked.find("ws-042")).length, 1);
    }
    const other = new Client(one.tenant, { ...network, clientId: "app", clientAssertion: certificate({ clientId: "app", ...selfSigned() }) });
    await assert.rejects(other.find("ws-042"), { code: "token_refused", name: "CredentialError" });
  } finally {
    await one.stop();
  }
});

test("a cloud is known by its name", async () => {
  const asked = [];
  const fetch = async (url) => (asked.push(url), Response.json({ error: { code: "Forbidden" } }, { status: 403 }));
  const one = new Client("contoso.com", { cloud: "gcc-high", clientId: "app", clientSecret: "s", fetch });
  assert.equal(one.baseUrl, "https://api-gov.securitycenter.microsoft.us");
  await assert.rejects(one.find("ws-042"));
  assert.match(asked[0], /^https:\/\/login\.microsoftonline\.us\//);
});

test("a download takes no more memory for a larger package", { timeout: 300_000 }, async () => {
  // Time runs nearly as in the world: a busy machine is slow, and a package that comes too slowly is given up.
  const one = await Emulator.start({ timeScale: 10, devices: [{ name: "ws-042", life: { pending: 1, running: 1, package: { size: SIZE } } }] });
  try {
    const script = `import { Client } from ${JSON.stringify(new URL(`file://${join(DIST, "node.js")}`).href)};
      const client = new Client(${JSON.stringify(one.tenant)}, ${JSON.stringify(one.options())});
      const collection = await client.collect("ws-042", { comment: "INC-42" });
      await collection.wait({ pollEvery: 5 });
      const before = process.memoryUsage().rss;
      let most = 0;
      const onEvent = () => (most = Math.max(most, process.memoryUsage().rss));
      const { size, verdict } = await collection.download(${JSON.stringify(join(home, "large"))}, { onEvent });
      console.log(JSON.stringify([verdict, size, most - before]));`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
    assert.equal(stderr, "");
    const [verdict, size, more] = JSON.parse(stdout);
    assert.equal(verdict, "whole");
    assert.ok(size >= SIZE);
    assert.ok(more < SIZE / 2, `${more} bytes more for ${size}`);
  } finally {
    await one.stop();
  }
});

test("an emulator ends with the process that started it, however that ends", { timeout: 60_000 }, async () => {
  const start = `import { Emulator } from ${JSON.stringify(new URL(`file://${join(DIST, "testing.js")}`).href)};
    const { ready } = await Emulator.start();
    console.log(ready.api);`;
  const script = (more) => spawn(process.execPath, ["--input-type=module", "--eval", `${start}${more}`], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = async (api) => {
    // Half a minute, at least.
    for (let look = 0; look < 1_500; look += 1) {
      const isThere = await fetch(api).then(() => true, () => false);
      if (!isThere) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.fail(`the emulator at ${api} is still there`);
  };
  for (const signal of ["SIGTERM", "SIGKILL"]) {
    const held = script("setInterval(() => undefined, 1000);");
    const api = String(await new Promise((resolve) => held.stdout.once("data", resolve))).trim();
    assert.equal(typeof (await fetch(api)).status, "number");
    held.kill(signal);
    await gone(api);
  }
  const forgets = script("");
  const [api, code] = await Promise.all([new Promise((resolve) => forgets.stdout.once("data", resolve)), new Promise((resolve) => forgets.once("exit", resolve))]);
  assert.equal(code, 0, "a script that forgets to stop it ends");
  await gone(String(api).trim());
});

test("an emulator without its program says what to do", async () => {
  const what = { message: /^cannot run `no-such-program`: install the command `mde-forensics`.*MDE_FORENSICS.*`binary`/ };
  await assert.rejects(Emulator.start({ binary: "no-such-program" }), what);
});

test("the platform's fetch keeps what is needed of one", async () => assert.deepEqual(await checkFetch(fetch), []));

const again = async (times, url, init) => {
  for (let at = 1; at < times; at += 1) await fetch(url, init).catch(() => undefined);
  return fetch(url, init);
};
const BAD_FETCHES = [
  ["follows", "it follows redirects", (url, { redirect: _, ...init }) => fetch(url, init)],
  ["hides redirects", "it hides a redirect", async (url, init) => {
    const reply = await fetch(url, init);
    return reply.status === 302 ? new Response(null, { status: 200 }) : reply;
  }],
  ["repeats what is answered with 503", "it retries after a 503", async (url, init) => {
    const reply = await fetch(url, init);
    return reply.status === 503 ? fetch(url, init) : reply;
  }],
  ["hides a 503", "it hides a 503", async (url, init) => {
    const reply = await fetch(url, init);
    return reply.status === 503 ? new Response("") : reply;
  }],
  ["repeats a POST that broke", "it retries a POST whose connection broke", (url, init) => fetch(url, init).catch(() => fetch(url, init))],
  ["hides a failure", "it hides a broken connection", (url, init) => fetch(url, init).catch(() => new Response("", { status: 502 }))],
  ["sends all twice", "it retries", (url, init) => again(2, url, init)],
  ["drops headers", "a header is lost", (url, { headers: _, ...init }) => fetch(url, init)],
  ["drops bodies", "a POST arrives changed", (url, { body: _, ...init }) => fetch(url, init)],
  ["decodes URLs", "a URL arrives changed", (url, init) => fetch(decodeURIComponent(url), init)],
  ["loses the reply's headers", "a reply's status or headers are lost", async (url, init) => {
    const { status, body, type } = await fetch(url, init);
    return Object.defineProperty(new Response(body, { status }), "type", { value: type });
  }],
  ["cuts bodies", "a reply's body is changed", async (url, init) => {
    const reply = await fetch(url, init);
    if (reply.status !== 201) return reply;
    return new Response((await reply.text()).slice(1), reply);
  }],
  ["knows no signal", "an abort does not end the wait", (url, { signal: _, ...init }) => fetch(url, init)],
  ["forgets the signal once the head has come", "an abort does not end a body", async (url, { signal, ...init }) => {
    const own = new AbortController();
    const give = () => own.abort();
    signal?.addEventListener("abort", give);
    const reply = await fetch(url, { ...init, signal: own.signal });
    signal?.removeEventListener("abort", give);
    return reply;
  }],
  ["fails", "it failed: ", () => Promise.reject(new Error("no"))],
];
for (const [what, wanted, bad] of BAD_FETCHES) {
  test(`a fetch that ${what} is found out`, { timeout: 20_000 }, async () => {
    const found = await checkFetch(bad);
    assert.ok(found.some((text) => text.includes(wanted)), found.join("\n"));
  });
}
