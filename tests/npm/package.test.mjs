/** The tarball, as those get it who install it: what is in it, how large it is, and that it works where it is used. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

import { ROOT } from "./library.mjs";

const run = promisify(execFile);
const NPM = join(ROOT, "npm");
const home = mkdtempSync(join(tmpdir(), "mde-npm-package-"));
const bin = (name) => join(NPM, "node_modules/.bin", name);
const ID = "0123456789abcdef0123456789abcdef01234567";
const USE = `const operation = new Operation("get_machine", { machine: "${ID}" });
console.log(operation.request("https://api.security.microsoft.com", "t").url);
`;
const SAID = `https://api.security.microsoft.com/api/machines/${ID}`;
let tarball;

/** A tiny project with the package in it, as npm would install it, and with our own development tools beside it. */
function project(name, files) {
  const folder = join(home, name);
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  cpSync(join(home, "package"), join(folder, "node_modules/mde-forensics"), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

const said = async (folder, file, ...flags) => (await run("node", [...flags, file], { cwd: folder })).stdout.trim();

before(async () => {
  const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", home], { cwd: NPM });
  tarball = join(home, stdout.trim().split("\n").at(-1));
  await run("tar", ["-xzf", tarball, "-C", home]);
});
after(() => rmSync(home, { recursive: true, force: true }));

describe("the tarball", () => {
  test("holds one wasm, the types, the licences, and nothing of the sources", () => {
    const files = readdirSync(join(home, "package"), { recursive: true }).map(String);
    assert.equal(files.filter((name) => name.endsWith(".wasm")).length, 1);
    for (const name of ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "dist/node.d.ts"]) assert.ok(files.includes(name), name);
    assert.deepEqual(files.filter((name) => name.startsWith("src") || name.includes("test/")), []);
  });

  test("is no larger than the README says", () => {
    const dist = join(home, "package/dist");
    const size = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
    const wasm = size("wasm/mde_forensics_bg.wasm");
    const beside = readdirSync(dist, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith(".js") && !ELSEWHERE.some((other) => name.startsWith(other)));
    const all = (names) => gzipSync(Buffer.concat(names.map((name) => readFileSync(join(dist, name)))), { level: 9 }).length;
    const [script, page] = [all(beside), all(beside.filter((name) => !NODE.includes(name)))];
    console.log(`# wasm ${wasm} bytes gzipped, JavaScript ${script}, of a page ${page}, tarball ${statSync(tarball).size}`);
    assert.ok(wasm <= WASM, `the wasm has ${wasm} bytes`);
    assert.ok(script <= SCRIPT, `the JavaScript has ${script} bytes`);
    assert.ok(page <= PAGE, `the JavaScript of a page has ${page} bytes`);
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    for (const limit of [WASM, SCRIPT, PAGE]) assert.ok(readme.includes(`${limit / 1000} kB`), `the README does not say ${limit / 1000} kB`);
  });

  test("publint and attw have nothing to say", async () => {
    const { stdout } = await run("node", [bin("publint"), "--strict", tarball], { cwd: NPM });
    assert.match(stdout, /All good/);
    const attw = ["--profile", "esm-only", "--exclude-entrypoints", "./mde_forensics_bg.wasm", "--no-emoji", tarball];
    await run("node", [bin("attw"), ...attw], { cwd: NPM });
  });
});

describe("tiny projects", { concurrency: 2 }, () => {
  test("Node, ESM", async () => {
    const folder = project("esm", { "main.mjs": `import { Operation } from "mde-forensics";\n${USE}` });
    assert.equal(await said(folder, "main.mjs"), SAID);
  });

  test("Node, require", async (t) => {
    const folder = project("require", { "main.cjs": `const { Operation } = require("mde-forensics");\n${USE}` });
    assert.equal(await said(folder, "main.cjs", "--no-warnings"), SAID);
    t.diagnostic(`Node ${process.version}`);
  });

  test("the README as it is pasted, and the example that drives Chromium", async () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    const section = readme.slice(readme.indexOf("## JavaScript"));
    const pasted = /```js\n(import[^]*?)```/.exec(section)[1];
    const folder = project("readme", { "main.mjs": pasted });
    const path = `${dirname(process.env.MDE_FORENSICS)}${delimiter}${process.env.PATH}`;
    const { stdout } = await run("node", ["main.mjs"], { cwd: folder, env: { ...process.env, PATH: path } });
    assert.match(stdout, /evidence\/ws-042\S*\.zip [0-9a-f]{64} whole/);
    if (process.env.CHROMIUM === undefined) return;
    writeFileSync(join(folder, "browser.mjs"), readFileSync(join(ROOT, "examples/browser.mjs")));
    symlinkSync(join(NPM, "node_modules/playwright-core"), join(folder, "node_modules/playwright-core"));
    const shown = await run("node", ["browser.mjs", "by-browser"], { cwd: folder });
    assert.match(shown.stdout, /\.zip: whole\nthe page called get_machine_action: HTTP 401, unauthorized/);
  });

  test("Node, the endpoints alone", async () => {
    const folder = project("core", { "main.mjs": `import { Operation } from "mde-forensics/core";\n${USE}` });
    assert.equal(await said(folder, "main.mjs"), SAID);
  });

  test("Node, slim", async () => {
    const load = `import { readFileSync } from "node:fs";
import { initializeSync, Operation } from "mde-forensics/slim";
initializeSync(readFileSync(new URL(import.meta.resolve("mde-forensics/mde_forensics_bg.wasm"))));
`;
    assert.equal(await said(project("slim", { "main.mjs": load + USE }), "main.mjs"), SAID);
  });

  test("TypeScript, nodenext and strict, with libraries checked", async () => {
    const text = `import { Client, Operation, isMdeError, type Deed, type Report } from "mde-forensics";
import { playwrightFetch } from "mde-forensics/playwright";
import { Emulator } from "mde-forensics/testing";
export async function collect(): Promise<string[]> {
  const client = new Client("contoso.com", { clientId: "app", clientSecret: "secret" });
  const run: Deed<Report> = client.collectMany(["ws-042"], { comment: "INC-42", into: "evidence" });
  for await (const event of run) if (event.event === "progress") console.log(event.received);
  try {
    return (await run).devices.map((device) => device.outcome);
  } catch (error) {
    if (isMdeError(error, "forbidden")) return [error.hint];
    throw error;
  }
}
export const used = [playwrightFetch, Emulator];
${USE}`;
    const config = { compilerOptions: { module: "nodenext", target: "es2022", strict: true, types: ["node"], lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable", "esnext.disposable"] }, files: ["main.mts"] };
    const folder = project("types", { "main.mts": text, "tsconfig.json": JSON.stringify(config) });
    symlinkSync(join(NPM, "node_modules/@types"), join(folder, "node_modules/@types"));
    symlinkSync(join(NPM, "node_modules/undici-types"), join(folder, "node_modules/undici-types"));
    await run("node", [join(NPM, "node_modules/typescript/bin/tsc"), "--project", folder]).catch(({ stdout }) => assert.fail(stdout));
    assert.equal(await said(folder, "main.mjs"), SAID);
  });

  const bundled = (name) => project(name, { "main.js": `import { Operation } from "mde-forensics";\n${USE}`, "index.html": '<script type="module" src="main.js"></script>' });
  const emitted = (folder) => readdirSync(folder, { recursive: true }).map(String).filter((name) => name.endsWith(".wasm"));

  test("Vite emits one wasm", async () => {
    const folder = bundled("vite");
    await run("node", [join(NPM, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "error"], { cwd: folder });
    assert.equal(emitted(join(folder, "dist")).length, 1);
    await inPage(join(folder, "dist"), "index.html");
  });

  test("webpack emits one wasm, and the bundle runs in Node", async () => {
    const folder = bundled("webpack");
    const webpack = createRequire(join(NPM, "package.json"))("webpack");
    const config = { context: folder, mode: "production", entry: "./main.js", output: { path: join(folder, "dist"), filename: "main.mjs", module: true, library: { type: "module" } }, experiments: { outputModule: true }, target: "node20" };
    const stats = await promisify((done) => webpack(config, done))();
    assert.ok(!stats.hasErrors(), stats.toString());
    assert.equal(emitted(join(folder, "dist")).length, 1);
    assert.equal(await said(join(folder, "dist"), "main.mjs"), SAID);
  });

  test("esbuild, with the wasm in the bundle", async () => {
    const load = `import wasm from "mde-forensics/mde_forensics_bg.wasm";
import { initializeSync, Operation } from "mde-forensics/slim";
initializeSync(wasm);
`;
    const folder = project("esbuild", { "main.js": load + USE });
    const { build } = createRequire(join(NPM, "package.json"))("esbuild");
    await build({ absWorkingDir: folder, entryPoints: ["main.js"], bundle: true, format: "esm", target: "es2022", platform: "neutral", outfile: "out.mjs", loader: { ".wasm": "binary" }, logLevel: "error" });
    assert.equal(await said(folder, "out.mjs"), SAID);
  });
});

/** Runs a built page in Chromium, where there is one. */
async function inPage(folder, file) {
  if (process.env.CHROMIUM === undefined) return;
  const { chromium } = createRequire(join(NPM, "package.json"))("playwright-core");
  const { serve } = await import("./server.mjs");
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
  const server = await serve(folder);
  try {
    const page = await browser.newPage();
    const line = new Promise((resolve) => page.on("console", (message) => message.type() === "log" && resolve(message.text())));
    await page.goto(`${server.url}/${file}`);
    assert.equal(await line, SAID);
  } finally {
    await browser.close();
    server.stop();
  }
}

/** What is no part of the client: another entry, or for tests. */
const ELSEWHERE = ["conformance", "core-", "emulator", "playwright", "testing"];
/** What a page does not load. */
const NODE = ["node.js", join("stores", "folder.js"), join("stores", "lock.js")];
/** Bytes gzipped, as the README says. */
const WASM = 350_000;
const SCRIPT = 16_500;
const PAGE = 15_000;
