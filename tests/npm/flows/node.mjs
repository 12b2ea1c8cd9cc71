/** What both players of the flows in Node have: the scenarios, and folders on a disk. */

import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../library.mjs";

const vectors = join(ROOT, "tests/vectors/flows");

/** The scenarios; with `FLOW` in the environment, those whose id has it. */
export const flows = readdirSync(vectors)
  .filter((name) => name.endsWith(".json") && name !== "schema.json")
  .flatMap((name) => JSON.parse(readFileSync(join(vectors, name), "utf8")).flows)
  .filter((flow) => flow.id.includes(process.env.FLOW ?? ""));

if (flows.length === 0) throw new Error(`no flow has \`${process.env.FLOW ?? ""}\` in its id`);

/** So many are played at a time, each with an emulator of its own. */
export const PLAYERS = 3;

let number = 0;
/** Folders of a flow, below `home`. */
export function folders(home) {
  return {
    newFolder: () => join(home, String((number += 1))),
    spoil(folder) {
      for (const name of readdirSync(folder)) if (name.endsWith(".zip")) appendFileSync(join(folder, name), "!");
    },
    hasLedger: async (folder) => existsSync(join(folder, "mde-forensics.ledger.jsonl")),
    bytes: async (folder, name) => readFileSync(join(folder, name)),
    files: async (folder) => (existsSync(folder) ? readdirSync(folder) : []),
  };
}
