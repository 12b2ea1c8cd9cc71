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

let life = { isOver: false };
const opened = new Set();
const open = async (folder, owner) => {
  const store = await openFolder(folder, owner);
  const mine = life;
  opened.add({ store, mine });
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      const dead = () => mine.isOver && name !== "close";
      if (name === "ledger") return new Proxy(value, { get: (it, name) => (...given) => (dead() ? Promise.reject(new Error("dead")) : it[name](...given)) });
      if (typeof value !== "function") return value;
      return (...given) => (dead() ? Promise.reject(new Error("dead")) : value.apply(target, given));
    },
  });
};

let number = 0;
const world = {
  library,
  open,
  newFolder: () => join(home, String((number += 1))),
  mortal: (its) => void (life = its),
  async died() {
    opened.clear();
  },
  spoil(folder) {
    for (const name of readdirSync(folder)) if (name.endsWith(".zip")) appendFileSync(join(folder, name), "!");
  },
  hasLedger: async (folder) => existsSync(join(folder, "mde-forensics.ledger.jsonl")),
  bytes: async (folder, name) => readFileSync(join(folder, name)),
  files: async (folder) => (existsSync(folder) ? readdirSync(folder) : []),
};

describe("flows", { concurrency: false }, () => {
  let running;
  before(async () => {
    useFolders(open);
    running = await emulator(["--time-scale", "0", "--seed", "7"], { start: "2026-01-05T10:00:00Z" });
  });
  after(() => {
    running.stop();
    useFolders(openFolder);
    rmSync(home, { recursive: true, force: true });
  });
  for (const flow of flows) {
    test(flow.id, async () => {
      const complaints = await play(flow, running.ready, world);
      assert.deepEqual(complaints, [], flow.comment);
    });
  }
});
