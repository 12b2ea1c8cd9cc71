/**
 * What `cargo xtask bench npm` measures of the npm package: `npm.mjs PACKAGE start`, `npm.mjs PACKAGE calls`, `npm.mjs
 * PACKAGE serve READY`.
 *
 * PACKAGE is the folder of the built package, and READY the ready line of an emulator in another process.
 */

import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { createInterface } from "node:readline";
import { join } from "node:path";

const [folder, what, ready] = process.argv.slice(2);
const entry = (name) => pathToFileURL(join(folder, "dist", name)).href;

/** Seconds from the loaded modules to a client that can be called: compiling the wasm, and one client. */
async function start() {
  const { readFileSync } = await import("node:fs");
  const { initializeSync } = await import(entry("slim.js"));
  const { Client } = await import(entry("slim.js"));
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  initializeSync(readFileSync(join(folder, "dist/wasm/mde_forensics_bg.wasm")));
  new Client("contoso.com", { getToken: () => "token" });
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - began) / 1e3, cpu_seconds: (used.user + used.system) / 1e6 };
}

/** Seconds of one request that is made and one answer that is read, by many of them. */
async function calls() {
  const { Operation } = await import(entry("core-node.js"));
  const base = "https://api.security.microsoft.com";
  const headers = [["content-type", "application/json; charset=utf-8"], ["date", "Mon, 05 Jan 2026 10:00:00 GMT"]];
  const body = new TextEncoder().encode(JSON.stringify(ACTION));
  const operation = new Operation("get_machine_action", { action: ACTION.id });
  const once = () => {
    operation.request(base, "token");
    return operation.response(base, 200, headers, body, 1767607200);
  };
  // Until the machine code is there that will be: an engine writes it while others wait for it.
  for (let warm = 0; warm < TURNS; warm += 1) once();
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  for (let turn = 0; turn < TURNS; turn += 1) once();
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - began) / 1e3 / TURNS, cpu_seconds: (used.user + used.system) / 1e6 / TURNS };
}

/**
 * Collects devices by the package's client or by a bare loop, as the lines that come in say. The first line that it says
 * is which calls a collection makes: those of both must be the same.
 */
async function serve() {
  const { Client } = await import(entry("node.js"));
  const { Operation } = await import(entry("core-node.js"));
  const service = JSON.parse(ready);
  /** A client that has a token, a connection and a whole quota. */
  const made = async () => {
    const client = new Client(service.tenant, {
      clientId: service.client_id,
      clientSecret: service.client_secret,
      baseUrl: service.api,
      loginUrl: service.login,
    });
    await client.find("nobody");
    return client;
  };
  let client = await made();
  const token = (await control(service, "tokens", { lifetime: 315_360_000 })).access_token;

  const call = async (name, input) => {
    const operation = new Operation(name, input);
    const { method, url, headers, body } = operation.request(service.api, token);
    const reply = await fetch(url, { method, headers, body, redirect: "manual" });
    return operation.response(service.api, reply.status, reply.headers, new Uint8Array(await reply.arrayBuffer()));
  };
  const bare = async (machine) => {
    await call("get_machine", { machine });
    await call("available_actions", { machine });
    await call("list_machine_actions", { filter: { machine, kind: "CollectInvestigationPackage" } });
    let action = await call("collect_investigation_package", { machine, comment: "measured" });
    while (action.status !== "Succeeded") action = await call("get_machine_action", { action: action.id });
  };
  const ours = async (device) => {
    const collection = await client.collect(device, { comment: "measured" });
    await collection.wait();
  };
  const hows = { ours, bare };
  const devices = (await control(service, "devices")).map(({ id }) => id);
  const [warm, one, other] = devices.splice(0, 3);
  await ours(warm);
  const calls = await callsOf(service, () => ours(one));
  const theirs = await callsOf(service, () => bare(other));
  if (calls.join() !== theirs.join()) {
    console.error(`the bare loop made other calls: ${theirs.join(", ")}, not ${calls.join(", ")}`);
    process.exit(1);
  }
  console.log(JSON.stringify({ calls, devices }));
  for await (const line of createInterface(process.stdin)) {
    const [how, ...named] = line.split(" ");
    client = await made();
    const [cpu, began] = [process.cpuUsage(), performance.now()];
    for (const device of named) await hows[how](device);
    const used = process.cpuUsage(cpu);
    console.log(JSON.stringify({ seconds: (performance.now() - began) / 1e3, cpu_seconds: (used.user + used.system) / 1e6 }));
  }
  process.exit();
}

/** The calls to the API that some work makes. */
async function callsOf(service, work) {
  await control(service, "calls", undefined, "DELETE");
  await work();
  const { calls } = await control(service, "calls");
  return calls.filter(({ site }) => site === "api").map(({ endpoint, status }) => `${endpoint} ${status}`);
}

async function control(service, path, body, method = body === undefined ? "GET" : "POST") {
  const reply = await fetch(service.control + path, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return reply.json();
}

const TURNS = 20_000;
const ACTION = {
  id: "5382f7ea-7557-4ab7-9782-d50480024a4e",
  type: "CollectInvestigationPackage",
  title: null,
  requestor: "analyst@contoso.com",
  requestorComment: "INC-42",
  status: "Succeeded",
  machineId: "7b1f4967d9728e5aa3c06a9e617a22a4a5a17378",
  computerDnsName: "ws-042.contoso.com",
  creationDateTimeUtc: "2026-01-05T09:50:00.1234567Z",
  lastUpdateDateTimeUtc: "2026-01-05T10:00:00.1234567Z",
  cancellationRequestor: null,
  cancellationComment: null,
  cancellationDateTimeUtc: null,
  errorHResult: 0,
  scope: null,
  externalId: "mdef-0123456789abcdef0123",
  requestSource: "PublicApi",
  relatedFileInfo: null,
  commands: [],
  troubleshootInfo: null,
};

const answer = await { start, calls, serve }[what]();
if (answer !== undefined) console.log(JSON.stringify(answer));
