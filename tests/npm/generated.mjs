/** Packages to open: one that the emulator invents, and what there is of a real one. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { from, library, ROOT } from "./library.mjs";

const { Emulator } = await from("testing.js");

/** The members of a real package, which are not in the repository. */
export const SAMPLE = join(ROOT, "../shared/samples/package");
export const NO_SAMPLE = existsSync(SAMPLE) ? false : "the members of a real package are not at hand";

/** So many packages of one device, as files of the same folder, and what removes them. */
export async function generated(count = 1) {
  const folder = mkdtempSync(join(tmpdir(), "mde-npm-opened-"));
  const emulator = await Emulator.start({ devices: ["ws-042.contoso.com"], timeScale: 1000 });
  try {
    const client = new library.Client(emulator.tenant, emulator.options());
    const downloads = [];
    for (let at = 0; at < count; at += 1) {
      const collection = await client.collect("ws-042", { comment: `INC-${at}`, pollEvery: 5 });
      downloads.push(await collection.download(join(folder, String(at)), { pollEvery: 5 }));
    }
    return { paths: downloads.map(({ path }) => path), downloads, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
  } finally {
    await emulator.stop();
  }
}
