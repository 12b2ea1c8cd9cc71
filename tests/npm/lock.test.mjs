/** Who takes a folder at once with others: in whatever order what they do at its files comes, one has it. */

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import timers from "node:timers/promises";
import { after, before, test } from "node:test";

import { from } from "./library.mjs";

const { lockFolder } = await from("stores/lock.js");
const home = mkdtempSync(join(tmpdir(), "mde-npm-lock-"));
after(() => rmSync(home, { recursive: true }));

/** Who is at work. */
const one = new AsyncLocalStorage();
/** What each waits to do. */
let gates;
/** Called where one comes to a gate, or to its end. */
let arrived;

/** Does it when it is this one's turn, as another process would. */
const inTurn = (work) => async (...given) => {
  const who = one.getStore();
  if (who !== undefined) await new Promise((resolve) => (gates.set(who, resolve), arrived()));
  return work(...given);
};

const real = { ...fs };
const sleep = timers.setTimeout;
before(() => {
  for (const name of ["link", "lstat", "readFile", "readdir", "rename", "rm", "stat", "unlink", "writeFile"]) fs[name] = inTurn(real[name]);
  fs.open = inTurn(async (...given) => {
    const handle = await real.open(...given);
    for (const name of ["close", "stat", "write"]) handle[name] = inTurn(handle[name].bind(handle));
    return handle;
  });
  timers.setTimeout = inTurn(async () => undefined);
  syncBuiltinESMExports();
});
after(() => {
  Object.assign(fs, real);
  timers.setTimeout = sleep;
  syncBuiltinESMExports();
});

/** Lets all of these work, one after the other by what `choose` chooses, to their ends. */
async function play(works, choose) {
  gates = new Map();
  const goOn = async (work) => {
    const there = new Promise((resolve) => (arrived = resolve));
    void work();
    await there;
  };
  const ends = new Map();
  for (const [who, work] of works.entries()) await goOn(() => ends.set(who, one.run(who, work).finally(() => arrived())));
  while (gates.size > 0) {
    const who = choose([...gates.keys()].sort());
    const go = gates.get(who);
    gates.delete(who);
    await goOn(go);
  }
  return Promise.all(ends.values());
}

/** Numbers below a bound, the same ones for a seed (mulberry32). */
function chance(seed) {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** A lock that somebody left behind long ago, and chances for those who find it: one has to wait on the way, as the system may let a process. */
function left(seed, text) {
  const folder = mkdtempSync(join(home, "race-"));
  const file = join(folder, "ledger.lock");
  writeFileSync(file, text);
  utimesSync(file, 1, 1);
  const next = chance(seed);
  const [slow, at, long] = [next(3), next(16), next(80)];
  let [steps, rest] = [0, long];
  const choose = (all) => {
    const others = all.filter((who) => who !== slow || steps !== at || (rest -= 1) < 0);
    const who = others[next(others.length)] ?? slow;
    if (who === slow) steps += 1;
    return who;
  };
  return { folder, file, choose };
}

const LEFT = [["another host", "1@elsewhere 1 x\n"], ["nobody", ""]];

for (const [whose, text] of LEFT) {
  test(`of those who find a lock of ${whose} left behind, one has the folder`, async () => {
    for (let seed = 1; seed <= ROUNDS; seed += 1) {
      const { folder, file, choose } = left(seed, text);
      const again = async () => (await lockFolder(file)) ?? (await lockFolder(file));
      const held = (await play([again, again, again], choose)).filter((release) => release !== undefined);
      assert.equal(held.length, 1, `seed ${seed}`);
      assert.deepEqual(readdirSync(folder), ["ledger.lock"], `seed ${seed}`);
      await held[0]();
      assert.deepEqual(readdirSync(folder), [], `seed ${seed}`);
    }
  });

  test(`after a lock of ${whose} one after the other has the folder`, async () => {
    for (let seed = 1; seed <= ROUNDS; seed += 1) {
      const { folder, file, choose } = left(seed, text);
      let [holding, turns] = [0, 0];
      const inAndOut = async () => {
        for (let turn = 0; turn < 3; turn += 1) {
          const release = await lockFolder(file);
          if (release === undefined) continue;
          assert.equal((holding += 1), 1, `seed ${seed}`);
          await timers.setTimeout(0);
          holding -= 1;
          turns += 1;
          await release();
        }
      };
      await play([inAndOut, inAndOut, inAndOut], choose);
      assert.ok(turns > 0, `seed ${seed}`);
      assert.deepEqual(readdirSync(folder), [], `seed ${seed}`);
    }
  });
}

const ROUNDS = Number(process.env.ROUNDS ?? 250);
