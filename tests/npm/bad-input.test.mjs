/** What untyped JavaScript may pass, and a `fetch` that does not behave. */

import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test } from "node:test";

import { from, internal, library, openFolder, useFolders } from "./library.mjs";

const { Client, Operation, Sha256, certificate } = { ...library, ...(await from("certificate.js")) };
const { playwrightFetch, responseChecker } = await from("playwright.js");
const { Engine } = await from("engine.js");
const { Emulator, checkFetch } = await from("testing.js");
const cyclic = {};
cyclic.self = cyclic;
const thrower = { get comment() { throw new Error("no"); } };
const detached = new ArrayBuffer(8);
structuredClone(detached, { transfer: [detached] });
const LONE = "a\ud800";
const BASE = "https://api.security.microsoft.com";
const options = { getToken: async () => "t" };
const client = () => new Client("contoso.com", { ...options, fetch: async () => { throw new Error("no network"); } });
const DER = Uint8Array.of(0x30);
const ID = "0123456789abcdef0123456789abcdef01234567";

const BAD = [
  [/`name`/, () => new Operation(undefined, {})],
  [/`name`/, () => new Operation(1n, {})],
  [/`name`/, () => new Operation(LONE, {})],
  [/`input`/, () => new Operation("get_machine", cyclic)],
  [/`input`/, () => new Operation("get_machine", { machine: 1n })],
  [/`input`/, () => new Operation("get_machine", { machine: LONE })],
  [/`input`/, () => new Operation("list_machines", { top: NaN })],
  [/`input`/, () => new Operation("get_machine", { get machine() { throw new Error("no"); } })],
  [/`base`/, () => new Operation("get_machine", { machine: ID }).request(null, "t")],
  [/`token`/, () => new Operation("get_machine", { machine: ID }).request(BASE, {})],
  [/`status`/, () => new Operation("get_machine", { machine: ID }).response(BASE, NaN, [], "")],
  [/`headers`/, () => new Operation("get_machine", { machine: ID }).response(BASE, 200, 5, "")],
  [/`headers\[0\]`/, () => new Operation("get_machine", { machine: ID }).response(BASE, 200, ["a"], "")],
  [/`body`/, () => new Operation("get_machine", { machine: ID }).response(BASE, 200, [], detached)],
  [/`body`/, () => new Operation("get_machine", { machine: ID }).response(BASE, 200, [], undefined)],
  [/`wall`/, () => new Operation("get_machine", { machine: ID }).response(BASE, 200, [], "", NaN)],
  [/`more`/, () => new Sha256().update("text")],
  [/`more`/, () => new Sha256().update(detached)],
  [/`tenant`/, () => new Client(undefined, options)],
  [/`options`/, () => new Client("contoso.com", null)],
  [/`options.clientId`/, () => new Client("contoso.com", { ...options, clientId: 5 })],
  [/`options.getToken`/, () => new Client("contoso.com", { getToken: 5 })],
  [/`clientSecret`/, () => new Client("contoso.com", {})],
  [/`options.fetch`/, () => new Client("contoso.com", { ...options, fetch: "fetch" })],
  [/`device`/, () => client().collect(undefined, { comment: "c" })],
  [/`device`/, () => client().collect(LONE, { comment: "c" })],
  [/`options.comment`/, () => client().collect("ws-042", { comment: 1n })],
  [/`options.comment`/, () => client().collect("ws-042", thrower)],
  [/`options.timeout`/, () => client().collect("ws-042", { comment: "c", timeout: NaN })],
  [/`options.deadline`/, () => client().collect("ws-042", { comment: "c", deadline: -1 })],
  [/`options.signal`/, () => client().collect("ws-042", { comment: "c", signal: {} })],
  [/`devices`/, () => client().collectMany("ws-042", { comment: "c" })],
  [/`devices` must be several strings, not null/, () => client().collectMany(null, { comment: "c" })],
  [/`devices\[1\]`/, () => client().collectMany(["ws-042", 5], { comment: "c" })],
  [/`options.concurrency`/, () => client().collectMany(["ws-042"], { comment: "c", concurrency: 0 })],
  [/`handle`/, () => client().resume(cyclic)],
  [/`handles`/, () => client().resumeMany({}, { comment: "c" })],
  [/`handles\[0\]`/, () => client().resumeMany([5n], { comment: "c" })],
  [/`options.clock`/, () => new Client("contoso.com", { ...options, clock: {} })],
  [/`options.clock`/, () => new Client("contoso.com", { ...options, clock: { wall() {}, mono() {}, sleep: 5 } })],
  [/`options`/, () => certificate()],
  [/`options.clientId`/, () => certificate({ certificate: new Uint8Array(1), privateKey: "" })],
  [/`options.certificate`/, () => certificate({ clientId: "app", certificate: 5, privateKey: "" })],
  [/`options.certificate`.*CERTIFICATE/, () => certificate({ clientId: "app", certificate: "no PEM", privateKey: "" })],
  [/`options.certificate`.*CERTIFICATE/, () => certificate({ clientId: "app", certificate: new Uint8Array(), privateKey: "" })],
  [/`options.certificate`.*base64/, () => certificate({ clientId: "app", certificate: "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----", privateKey: "" })],
  ...[5, {}, null, new Uint8Array(1), createSecretKey(new Uint8Array(1)), "no PEM"].map((privateKey) => [/`options.privateKey`/, () => certificate({ clientId: "app", certificate: DER, privateKey })]),
  [/`base`/, () => responseChecker(undefined, () => undefined)],
  [/`heard`/, () => responseChecker(BASE, undefined)],
  // What is misspelt, or of another verb, would be ignored.
  [/`options.clientID`.*clientId/, () => new Client("contoso.com", { ...options, clientID: "app" })],
  [/`options.coment`.*comment/, () => client().collect("ws-042", { coment: "x" })],
  [/`options.into`/, () => client().collect("ws-042", { comment: "c", into: "evidence" })],
  [/`options` cannot be read/, () => client().collect("ws-042", new Proxy({}, { ownKeys() { throw new Error("no"); } }))],
  [/`devices` cannot be read/, () => client().collectMany(new Proxy({}, { has() { throw new Error("no"); } }), { comment: "c" })],
  [/`devices` cannot be read/, () => client().collectMany({ get [Symbol.iterator]() { throw new Error("no"); } }, { comment: "c" })],
  [/`options.signal`/, () => client().collect("ws-042", { comment: "c", signal: Object.create(AbortSignal.prototype) })],
  ...[5, null, undefined, [], true].map((handle) => [/`handle` must be a handle/, () => client().resume(handle)]),
  [/`options.clientSecret` is empty/, () => new Client("contoso.com", { clientId: "app", clientSecret: "" })],
  ...[NaN, "5", 5n, undefined].map((time) => [/`options.clock`/, () => new Client("contoso.com", { ...options, clock: { ...fast(), wall: () => time } }).resume("{}")]),
  [/`options.into`/, () => client().resumeMany("folder", { comment: "c" })],
  [/`options.into`/, () => client().collectMany(["ws-042"], { comment: "c", until: "collected" })],
  [/`tenant`/, () => new Client("x".repeat((1 << 28) + 1), options)],
  [/`options.kye`.*key/, () => client().collectMany(["ws-042"], { comment: "c", into: "evidence", kye: "K" })],
  [/`options.sginal`.*signal/, () => client().resumeMany("folder", { comment: "c", sginal: 1 })],
  [/`options.kye`/, () => new Engine("contoso.com", BASE, ["ws-042"], { comment: "c", kye: "K" })],
  [/`options.coment`/, () => new Engine("contoso.com", BASE, ["ws-042"], { comment: "c" }).cancel(0, { coment: "x" })],
  [/`options.key`/, () => certificate({ clientId: "app", certificate: new Uint8Array(1), key: "" })],
  [/`options.stream`/, () => playwrightFetch({}, { stream: fetch })],
];
/** What says it later, for it gives a promise. */
const LATE = [
  [/`to`/, (it) => it.download(5)],
  [/`to`/, (it) => it.download(locked())],
  [/`comment`/, (it) => it.cancel(5)],
  [/`options.foreign`/, (it) => it.cancel("c", { foreign: "yes" })],
  [/`options.foriegn`/, (it) => it.cancel("c", { foriegn: true })],
  [/`options.sginal`/, () => client().find("ws-042", { sginal: 1 })],
  [/`options.until`/, (it) => it.wait({ until: "collected" })],
  [/`options.sginal`/, (it) => it.refresh({ sginal: 1 })],
  [/`options.sginal`/, (it) => it.download(undefined, { sginal: 1 })],
  [/`options.device`/, () => Emulator.start({ device: "ws-042" })],
  [/`options.devices`/, () => Emulator.start({ devices: "ws-042" })],
  [/`options.devices\[1\]`/, () => Emulator.start({ devices: ["ws-042", 5] })],
  [/`options`/, () => Emulator.start(null)],
  [/`options`/, () => Emulator.start(5)],
  [/`options`/, () => Emulator.start({ config: cyclic })],
  [/`fetch`/, () => checkFetch(5)],
];

test("what is of the wrong type throws a TypeError that names the argument", () => {
  for (const [name, call] of BAD) {
    assert.throws(call, (error) => error instanceof TypeError && name.test(error.message), `${call}`);
  }
});

test("a share of the quota is above 0 and at most 1", () => {
  const message = /is no share of a quota: it is above 0 and at most 1$/;
  for (const quotaShare of [0, 1.5]) assert.throws(() => new Client("contoso.com", { ...options, quotaShare }), { code: "invalid_option", message });
  assert.equal(new Client("contoso.com", { ...options, quotaShare: 0.25 }).tenant, "contoso.com");
});

test("a number of the wrong size is told what it may be", () => {
  for (const name of ["timeScale", "quotaShare"]) {
    assert.throws(() => new Client("contoso.com", { ...options, [name]: "1" }), { name: "TypeError", message: `\`options.${name}\` must be a finite number from 0, not a string` });
  }
  const many = (concurrency) => client().collectMany(["ws-042"], { comment: "c", concurrency });
  for (const count of [0, 1.5, 2_000_000]) assert.throws(() => many(count), { name: "TypeError", message: `\`options.concurrency\` must be a whole number from 1 to 1,000,000, not ${count}` });
});

test("where there are no folders, it is `into` that cannot be", async () => {
  useFolders(undefined);
  try {
    await assert.rejects(client().collectMany(["ws-042"], { comment: "c", into: "evidence" }), { name: "TypeError", message: /^`options\.into` must be / });
  } finally {
    useFolders(openFolder);
  }
});

test("what gives a promise rejects with the same", async () => {
  const asked = client();
  const [handle] = await new Promise((resolve) => {
    const run = asked.collectMany(["ws-042"], { comment: "c", signal: AbortSignal.abort() });
    run.then(({ devices }) => resolve(devices.map(({ handle }) => handle)));
  });
  for (const [name, call] of LATE) await assert.rejects(async () => call(asked.resume(handle)), (error) => error instanceof TypeError && name.test(error.message), `${call}`);
});

test("what a caller's clock throws is no trap", async () => {
  const other = client();
  const broken = { wall: () => { throw new RangeError("a clock that is broken"); }, mono: () => 86_400, sleep: async () => undefined };
  const one = new Client("contoso.com", { ...options, clock: broken });
  assert.throws(() => one.resume("{}"), { message: "a clock that is broken" });
  await assert.rejects(one.find("ws-042"), { message: "a clock that is broken" });
  await assert.rejects(one.collect("ws-042", { comment: "c" }), { message: "a clock that is broken" });
  const sleepless = { ...fast(), sleep: () => Promise.reject(new Error("no sleep")) };
  const two = new Client("contoso.com", { ...options, clock: sleepless, fetch: () => new Promise(() => undefined) });
  await assert.rejects(two.collectMany(["ws-042"], { comment: "c" }), { message: "no sleep" });
  assert.equal(other.tenant, "contoso.com");
});

test("a secret needs the id of its app", () => {
  assert.throws(() => new Client("contoso.com", { clientSecret: "s" }), { code: "invalid_credential", name: "CredentialError" });
});

test("a trap ends the runs that wait, and an abort after it does not end the process", { timeout: 20_000 }, async () => {
  const never = () => new Promise(() => undefined);
  const waiting = new Client("contoso.com", { ...options, fetch: never });
  const controller = new AbortController();
  const asked = deferred();
  const one = new Client("contoso.com", { ...options, fetch: () => (asked.resolve(), never()) });
  const runs = [one.collectMany(["ws-042"], { comment: "c", signal: controller.signal }), waiting.collectMany(["ws-042"], { comment: "c" })];
  await asked.promise;
  const { ask } = internal.wasm;
  assert.throws(() => ask("trap"), library.InternalError);
  // What a listener throws comes to light here.
  controller.abort();
  for (const run of runs) await assert.rejects(run, library.InternalError);
});

function deferred() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}

test("100,000 bad calls in a row, then a good one", () => {
  for (let at = 0; at < 100_000; at += 1) {
    // Every tenth goes as far as the core.
    if (at % 10 === 0) assert.throws(() => new Operation("list_machines", { top: "x" }), library.InvalidInputError);
    else assert.throws(BAD[at % 23][1], TypeError);
  }
  const request = new Operation("get_machine", { machine: ID }).request(BASE, "t");
  assert.equal(request.url, `${BASE}/api/machines/${ID}`);
});

test("bytes beyond the wasm's memory are hashed in parts, and too large for an answer", (t) => {
  const bytes = new Uint8Array(2 ** 31 + 1);
  const asked = client();
  const operation = new Operation("get_machine", { machine: ID });
  assert.throws(() => operation.response(BASE, 200, [["content-type", "application/json"]], bytes), { code: "too_large" });
  assert.equal(asked.tenant, "contoso.com");
  assert.throws(() => asked.resume("{}"), library.InvalidInputError);
  const parts = [];
  t.mock.method(internal.wasm.fresh().Sha256.prototype, "update", (part) => parts.push([part.byteOffset, part.length]));
  new Sha256().update(bytes);
  const ends = parts.map(([at, length]) => at + length);
  assert.deepEqual(parts.map(([at]) => at), [0, ...ends.slice(0, -1)]);
  assert.equal(ends.at(-1), bytes.length);
  assert.ok(Math.max(...parts.map(([, length]) => length)) < 2 ** 30);
});

test("a trap is an InternalError, and the next client gets a fresh instance", () => {
  const before = client();
  const { ask } = internal.wasm;
  assert.throws(() => ask("trap"), (error) => error instanceof library.InternalError && error.cause instanceof WebAssembly.RuntimeError);
  assert.throws(() => before.resume("{}"), library.InternalError);
  const after = client();
  assert.equal(after.tenant, "contoso.com");
  assert.throws(() => before.resume("{}"), library.InternalError);
  assert.throws(() => after.resume("{}"), library.InvalidInputError);
});

async function failure(fetch, more = {}) {
  const asked = new Client("contoso.com", { ...options, fetch, timeScale: undefined, ...more });
  try {
    return await asked.find(`id:${ID}`, { signal: AbortSignal.timeout(5_000) });
  } catch (error) {
    return error;
  }
}

test("a fetch that rejects, and what else it may do", async () => {
  const clock = fast();
  const calls = { count: 0 };
  const lost = await failure(() => { calls.count += 1; return Promise.reject(new TypeError("fetch failed")); }, { clock });
  assert.equal(lost.code, "connection_lost");
  assert.equal(calls.count, 4, "a call that is harmless is repeated, and not for ever");
  assert.equal((await failure(async () => undefined, { clock })).code, "connection_lost");
  assert.equal((await failure(async () => Response.error(), { clock })).code, "connection_lost");
  const redirect = new Response(null, { status: 302, headers: { location: "https://evil.example" } });
  assert.equal((await failure(async () => redirect.clone(), { clock })).code, "unexpected_redirect");
  const followed = Object.defineProperty(new Response("{}"), "redirected", { value: true });
  assert.equal((await failure(async () => followed, { clock })).code, "unexpected_redirect");
  const opaque = Object.defineProperty(new Response(null), "type", { value: "opaqueredirect" });
  assert.equal((await failure(async () => opaque, { clock })).code, "unexpected_redirect");
  const hidden = { status: 0, type: "opaque", redirected: false, headers: new Headers(), body: null };
  assert.match((await failure(async () => hidden, { clock })).hint, /CORS/);
  const chunk = new Uint8Array(1 << 16).fill(32);
  const endless = () => new Response(new ReadableStream({ pull: (it) => it.enqueue(chunk) }), { headers: { "content-type": "application/json" } });
  assert.equal((await failure(async () => endless(), { clock })).code, "too_large");
});

test("one answer that is odd ends no run of others", async () => {
  const odd = () => ({ status: 200, headers: Object.assign(new Map([[5, "\ud800"]]), { get: () => undefined }), body: null });
  const lone = () => { throw Object.assign(new Error("a\ud800"), { code: "b\ud800" }); };
  const getter = () => { throw { get message() { throw new Error("no"); } }; };
  const hostile = () => { throw new Proxy({}, { get: getter, getPrototypeOf: getter }); };
  const reading = () => ({ ...odd(), body: { getReader: () => ({ read: async () => ({ done: false, value: "text" }) }) } });
  const big = () => ({ ...odd(), get status() { return 5n; } });
  for (const given of [odd, lone, getter, hostile, reading, big, () => ({ ...odd(), status: 200.5 }), () => ({ ...odd(), status: 70_000 })]) {
    const asked = new Client("contoso.com", { ...options, fetch: async () => given(), clock: fast() });
    const { devices } = await asked.collectMany([`id:${ID}`, `id:${ID.replace("0", "1")}`], { comment: "c" });
    assert.deepEqual(devices.map(({ handle }) => typeof handle), ["string", "string"]);
    for (const { error } of devices) assert.notEqual(error.code, "invalid_option");
  }
});

test("a body that is no bytes is no answer", async () => {
  const text = () => ({ status: 200, headers: new Headers(), body: new ReadableStream({ start: (it) => (it.enqueue("text"), it.close()) }) });
  const error = await failure(async () => text(), { clock: fast() });
  assert.match(error.message, /`body` must be bytes/);
});

test("a fetch that never settles is given up by the signal", async () => {
  const asked = new Client("contoso.com", { ...options, fetch: () => new Promise(() => undefined) });
  await assert.rejects(asked.find(`id:${ID}`, { signal: AbortSignal.timeout(50) }), { name: "TimeoutError" });
  const stopped = asked.collect("ws-042", { comment: "c", signal: AbortSignal.timeout(50) });
  await assert.rejects(stopped, (error) => error.code === "stopped" && typeof error.handle === "string");
});

test("what an abort stops has its reason as the cause, and gives the handle", async () => {
  const asked = () => new Client("contoso.com", { ...options, fetch: () => new Promise(() => undefined) });
  const why = new Error("enough");
  const said = () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(why), 20);
    return { comment: "c", signal: stop.signal };
  };
  const isStopped = (error) => error instanceof library.CollectionError && error.code === "stopped" && error.cause === why && typeof error.handle === "string";
  await assert.rejects(asked().collect("ws-042", said()), isStopped);
  const { devices } = await asked().collectMany(["ws-042", "ws-043"], said());
  assert.deepEqual(devices.map(({ outcome }) => outcome), ["stopped", "stopped"]);
  for (const { error } of devices) assert.ok(isStopped(error));
  for (const verb of ["wait", "refresh"]) {
    const { comment: _, signal } = said();
    await assert.rejects(asked().resume(devices[0].handle)[verb]({ signal }), isStopped, verb);
  }
  await assert.rejects(asked().resume(devices[0].handle).download(undefined, said()), isStopped);
  await assert.rejects(asked().find("ws-042", { signal: said().signal }), why);
  assert.ok(!JSON.stringify(devices).includes("enough"), "a log of it has not what the caller's reason holds");
});

test("a fetch is told why it is given up", async () => {
  const reasons = [];
  const fetch = (_, { signal }) => new Promise(() => signal.addEventListener("abort", () => reasons.push(signal.reason)));
  const asked = new Client("contoso.com", { ...options, fetch });
  const why = new Error("enough");
  const stop = new AbortController();
  setTimeout(() => stop.abort(why), 20);
  await assert.rejects(asked.find(`id:${ID}`, { signal: stop.signal }), why);
  assert.deepEqual(reasons, [why]);
  await assert.rejects(asked.collect("ws-042", { comment: "c", signal: AbortSignal.timeout(20) }), { code: "stopped" });
  assert.equal(reasons[1].name, "AbortError");
});

test("a POST whose fetch rejects is in doubt, and never sent twice unseen", async () => {
  const posts = [];
  const answer = (value) => Response.json(value);
  const fetch = async (url, init) => {
    if (init.method === "POST") {
      posts.push(url);
      throw new TypeError("fetch failed");
    }
    if (url.includes("/machines/")) return answer({ id: ID, computerDnsName: "ws-042.contoso.com", healthStatus: "Active" });
    return answer({ value: [] });
  };
  const asked = new Client("contoso.com", { ...options, fetch, clock: fast() });
  const events = [];
  const collecting = asked.collect(`id:${ID}`, { comment: "c", preflight: false, onEvent: (event) => events.push(event.event) });
  await assert.rejects(collecting, { code: "collection_uncertain" });
  assert.ok(events.includes("doubtful"));
  assert.equal(posts.length, 2, "once more with the same marker after looking, and then no more");
});

/** A stream that somebody else writes to. */
function locked() {
  const stream = new WritableStream();
  stream.getWriter();
  return stream;
}

/** A clock on which waiting takes no time. */
function fast() {
  let elapsed = 0;
  return {
    wall: () => 1_767_607_200 + elapsed,
    mono: () => 86_400 + elapsed,
    async sleep(until, signal, busy) {
      if (busy) return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      elapsed = Math.max(elapsed, until - 86_400);
    },
  };
}
