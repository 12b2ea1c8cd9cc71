/** The package under test: the one that was built. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const DIST = process.env.MDE_FORENSICS_DIST ?? join(ROOT, "npm/dist");

/** A module of the package; one that is bundled into another is compiled by itself, over the modules that are there. */
export const from = async (file) => import(pathToFileURL(existsSync(join(DIST, file)) ? join(DIST, file) : await compiled(file)).href);

async function compiled(file) {
  const { build } = createRequire(join(ROOT, "npm/package.json"))("esbuild");
  const source = join(ROOT, "npm/src");
  const home = mkdtempSync(join(tmpdir(), "mde-npm-part-"));
  process.once("exit", () => rmSync(home, { recursive: true, force: true }));
  const outfile = join(home, `${file.replaceAll("/", "-")}.mjs`);
  const setup = (build) =>
    build.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const there = join(DIST, relative(source, join(resolveDir, path)));
      return existsSync(there) ? { path: pathToFileURL(there).href, external: true } : undefined;
    });
  await build({ plugins: [{ name: "beside", setup }], entryPoints: [join(source, file.replace(/js$/, "ts"))], outfile, bundle: true, format: "esm", logLevel: "error" });
  return outfile;
}

export const library = await from("node.js");
export const { openFolder } = await from("stores/folder.js");
export const { useFolders } = await from("client.js");
export const internal = { wasm: await from("wasm.js"), errors: await from("errors.js") };
