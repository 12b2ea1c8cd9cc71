/** The scenarios of `tests/vectors/flows`, played by the package's own driver in Node against the emulator. */

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, appendFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { emulator } from "./emulator.mjs";
import { play } from "./flows/play.mjs";
import { library, openFolder, useFolders, ROOT } from "./library.mjs";

const home = mkdtempSync(join(tmpdir(), "mde-npm-flows-"));
const vectors = join(ROOT, "tests/vectors/flows");
const flows = readdirSync(vectors)
  .filter((name) => name.endsWith(".json") && name !== "schema.json")
  .flatMap((name) => JSON.parse(readFileSync(join(vectors, name), "utf8")).flows)
  .filter((flow) => flow.id.includes(process.env.FLOW ?? ""));

/** Whether who works in a folder is alive. */
const lives = new Map();
const open = async (folder, owner) => {
  const store = await openFolder(folder, owner);
  const life = lives.get(folder);
  const alive = (work) => (life.isOver ? Promise.reject(new Error("dead")) : work());
  const ledger = new Proxy(store.ledger, { get: (it, name) => (...given) => alive(() => it[name](...given)) });
  return new Proxy(store, {
    get(target, name) {
      const value = name === "ledger" ? ledger : Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...given) => (name === "close" ? value.apply(target, given) : alive(() => value.apply(target, given)));
    },
  });
};

let number = 0;
function world() {
  let last;
  return {
    library,
    open,
    newFolder: () => (last = join(home, String((number += 1)))),
    mortal: (life) => void lives.set(last, life),
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

describe("flows", { concurrency: PLAYERS }, () => {
  const idle = [];
  before(async () => {
    useFolders(open);
    const start = () => emulator(["--time-scale", "0", "--seed", "7"], { start: "2026-01-05T10:00:00Z" });
    idle.push(...(await Promise.all(Array.from({ length: PLAYERS }, start))));
  });
  after(() => {
    for (const { stop } of idle) stop();
    useFolders(openFolder);
    rmSync(home, { recursive: true, force: true });
  });
  for (const flow of flows) {
    test(flow.id, async () => {
      const running = idle.pop();
      try {
        assert.deepEqual(await play(flow, running.ready, world()), [], flow.comment);
      } finally {
        idle.push(running);
      }
    });
  }
});
