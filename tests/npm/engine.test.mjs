/** The engine of `mde-forensics/core` alone: the scenarios of `tests/vectors/flows`, by a driver that is not the package's. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { emulator } from "./emulator.mjs";
import { enginePlayer } from "./flows/engine.mjs";
import { flows, folders, PLAYERS } from "./flows/node.mjs";
import { play } from "./flows/play.mjs";
import { from } from "./library.mjs";

const core = await from("core-node.js");
const { openPackage } = await from("package-node.js");

/** What asks for a hint that only the package's own driver gives. */
const NOT_HERE = new Set(["download-a-page-with-403"]);

const home = mkdtempSync(join(tmpdir(), "mde-npm-engine-"));
const played = flows.filter((flow) => !NOT_HERE.has(flow.id));
const world = () => ({ ...folders(home), library: core, mortal: () => undefined });

test("what is no argument is named, and the engine goes on", () => {
  const base = "https://api.security.microsoft.com";
  const make = (devices, options) => new core.Engine("contoso.com", base, devices, options);
  const at = [1_767_607_200, 1];
  const engine = make(["ws-042"], { comment: "INC-42", at });
  const throwing = Object.defineProperty({}, "comment", { enumerable: true, get: () => assert.fail("a getter") });
  const cyclic = { kind: "token" };
  cyclic.token = cyclic;
  const wrong = [
    [() => make("ws-042", { comment: "c" }), "devices"],
    [() => make([42], { comment: "c" }), "devices[0]"],
    [() => make(["ws"], { comment: "c", handles: "h" }), "options.handles"],
    [() => make(["ws"], { comment: "c", at: [Number.NaN, 0] }), "options.at"],
    [() => make(["ws"], { comment: "c", entropy: "sixteen" }), "options.entropy"],
    [() => make(["ws"], throwing), "options.comment"],
    [() => make(["ws"], null), "options"],
    [() => engine.poll([1]), "at"],
    [() => engine.poll(1n), "at"],
    [() => engine.answer("1", { kind: "claimed" }), "ticket"],
    [() => engine.answer(1, null), "answer"],
    [() => engine.answer(1, cyclic), "answer"],
    [() => engine.answer(1, { kind: "reply", status: 200, headers: [], body: 7 }), "answer.body"],
    [() => engine.answer(1, { kind: "unknown", message: "\ud800" }), "message"],
    [() => engine.recorded(-1), "seq"],
    [() => engine.recordFailed(1), "message"],
    [() => engine.progress(1, 1.5), "received"],
    [() => engine.cancel(0, { comment: 1 }), "options.comment"],
    [() => engine.handle(1.5), "index"],
    [() => core.handles("records"), "records"],
  ];
  for (const [call, name] of wrong) {
    const chain = (error) => (error === undefined ? "" : `${error.message} ${chain(error.cause)}`);
    assert.throws(call, (error) => error instanceof TypeError && chain(error).includes(`\`${name}\``), name);
  }
  const refused = [
    [() => engine.answer(1, {}), "kind"],
    [() => engine.answer(1, { kind: "other" }), "other"],
    [() => engine.answer(1, { kind: "reply", status: "200", headers: [], body: "" }), "status"],
    [() => engine.answer(1, { kind: "broken", message: "m", code: "no_code" }), "code"],
    [() => engine.answer(1, { kind: "held", size: 1 }), "conflict"],
    [() => engine.answer(1, { kind: "notFetched", reason: "other", message: "m" }), "reason"],
    [() => core.handles(["{}"]), "records"],
    [() => make(["ws"], { comment: "c", until: "never" }), "until"],
  ];
  for (const [call, word] of refused) {
    assert.throws(call, (error) => error instanceof core.InvalidInputError && error.message.includes(word), word);
  }
  assert.throws(() => make(["ws"], { comment: "c", handles: ["{}"] }), (error) => core.isMdeError(error, "invalid_handle"));
  const next = () => {
    const command = engine.poll(at);
    if (command.kind === "record") engine.recorded(command.seq);
    return command;
  };
  const kinds = [];
  for (let turn = 0; turn < 100 && kinds.at(-1) !== "wait"; turn += 1) kinds.push(next().kind);
  assert.ok(kinds.includes("token"), kinds.join());
  engine.cancel(undefined, { at });
  let command = next();
  for (let turn = 0; turn < 100 && command.kind !== "done"; turn += 1) command = next();
  const [row] = core.Engine.report(command);
  assert.equal(row.outcome, "stopped");
  assert.equal(row.error.code, "stopped");
  assert.equal(row.error.handle, row.handle);
  assert.deepEqual(JSON.parse(engine.handle(0)), JSON.parse(row.handle));
});

describe("flows by the engine alone", { concurrency: PLAYERS }, () => {
  const idle = [];
  before(async () => {
    const start = () => emulator(["--time-scale", "0", "--seed", "7"], { start: "2026-01-05T10:00:00Z" });
    idle.push(...(await Promise.all(Array.from({ length: PLAYERS }, start))));
  });
  after(() => {
    for (const { stop } of idle) stop();
    rmSync(home, { recursive: true, force: true });
  });
  for (const flow of played) {
    test(flow.id, async () => {
      const running = idle.pop();
      try {
        const player = enginePlayer(core, openPackage);
        assert.deepEqual(await play(flow, running.ready, world(), { player }), [], flow.comment);
      } finally {
        idle.push(running);
      }
    });
  }
});
