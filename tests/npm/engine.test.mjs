/** The engine of `mde-forensics/core` alone: the scenarios of `tests/vectors/flows`, by a driver that is not the package's. */

import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { emulator } from "./emulator.mjs";
import { enginePlayer } from "./flows/engine.mjs";
import { play } from "./flows/play.mjs";
import { from, ROOT } from "./library.mjs";

const core = await from("core-node.js");
const { openPackage } = await from("package-node.js");

/** What asks for a hint that only the package's own driver gives. */
const NOT_HERE = new Set(["download-a-page-with-403"]);

const home = mkdtempSync(join(tmpdir(), "mde-npm-engine-"));
const vectors = join(ROOT, "tests/vectors/flows");
const flows = readdirSync(vectors)
  .filter((name) => name.endsWith(".json") && name !== "schema.json")
  .flatMap((name) => JSON.parse(readFileSync(join(vectors, name), "utf8")).flows)
  .filter((flow) => flow.id.includes(process.env.FLOW ?? "") && !NOT_HERE.has(flow.id));

let number = 0;
function world() {
  return {
    library: core,
    newFolder: () => join(home, String((number += 1))),
    mortal: () => undefined,
    spoil(folder) {
      for (const name of readdirSync(folder)) if (name.endsWith(".zip")) appendFileSync(join(folder, name), "!");
    },
    hasLedger: async (folder) => existsSync(join(folder, "mde-forensics.ledger.jsonl")),
    bytes: async (folder, name) => readFileSync(join(folder, name)),
    files: async (folder) => (existsSync(folder) ? readdirSync(folder) : []),
  };
}

/** So many flows are played at a time, each with an emulator of its own. */
const PLAYERS = 3;

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
  for (const flow of flows) {
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
