/** The emulator's binary, for tests. */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Starts an emulator; `stop` ends it. */
export async function emulator(options, config) {
  const binary = process.env.MDE_FORENSICS ?? "mde-forensics";
  const folder = mkdtempSync(join(tmpdir(), "mde-npm-"));
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify(config ?? {}));
  const child = spawn(binary, ["emulator", "--config", file, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  const ready = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the emulator ended with ${code}`)));
    createInterface(child.stdout).once("line", (line) => resolve(JSON.parse(line)));
  }).finally(() => rmSync(folder, { recursive: true }));
  return { ready, stop: () => child.kill() };
}
