/** The scenarios of `tests/vectors/flows`, played by the package's own driver in Node against the emulator. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { emulator } from "./emulator.mjs";
import { flows, folders, PLAYERS } from "./flows/node.mjs";
import { play } from "./flows/play.mjs";
import { library, openFolder, useFolders } from "./library.mjs";

const home = mkdtempSync(join(tmpdir(), "mde-npm-flows-"));
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

function world() {
  const own = folders(home);
  let last;
  return { ...own, library, open, newFolder: () => (last = own.newFolder()), mortal: (life) => void lives.set(last, life) };
}

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
