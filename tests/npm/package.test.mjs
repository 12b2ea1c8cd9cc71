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
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const NO_CHROMIUM = "there is no Chromium (set CHROMIUM to its program)";
let tarball;

/** A tiny project with the package in it, as npm installs it, and with our own development tools beside it. */
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
  test("holds one wasm for each module, the types, the licences, and nothing of the sources", () => {
    const files = readdirSync(join(home, "package"), { recursive: true }).map(String);
    assert.deepEqual(files.filter((name) => name.endsWith(".wasm")).sort(), [join("dist/wasm", CLIENT_WASM), join("dist/wasm", PACKAGE_WASM)]);
    for (const name of ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "dist/node.d.ts"]) assert.ok(files.includes(name), name);
    assert.deepEqual(files.filter((name) => name.startsWith("src") || name.includes("test/")), []);
  });

  test("is no larger than the README says", () => {
    const dist = join(home, "package/dist");
    const size = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
    const wasm = size(join("wasm", CLIENT_WASM));
    const reader = size(join("wasm", PACKAGE_WASM));
    const beside = readdirSync(dist, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith(".js") && !ELSEWHERE.some((other) => name.startsWith(other)));
    const all = (names) => gzipSync(Buffer.concat(names.map((name) => readFileSync(join(dist, name)))), { level: 9 }).length;
    const [script, page] = [all(beside), all(beside.filter((name) => !NODE.includes(name)))];
    const opening = all(readdirSync(dist, { recursive: true }).map(String).filter((name) => name.endsWith(".js") && READER.some((own) => name.startsWith(own))));
    console.log(`# wasm ${wasm} bytes gzipped, JavaScript ${script}, of a page ${page}; reader ${reader}, ${opening}; tarball ${statSync(tarball).size}`);
    assert.ok(wasm <= WASM, `the wasm has ${wasm} bytes`);
    assert.ok(script <= SCRIPT, `the JavaScript has ${script} bytes`);
    assert.ok(page <= PAGE, `the JavaScript of a page has ${page} bytes`);
    assert.ok(reader <= READER_WASM, `the wasm of the package reader has ${reader} bytes`);
    assert.ok(opening <= OPENING, `the JavaScript of the package reader has ${opening} bytes`);
    for (const limit of [WASM, SCRIPT, PAGE, READER_WASM, OPENING]) assert.ok(README.includes(`${limit / 1000} kB`), `the README does not say ${limit / 1000} kB`);
  });

  test("publint and attw have nothing to say", async () => {
    const { stdout } = await run("node", [bin("publint"), "--strict", tarball], { cwd: NPM });
    assert.match(stdout, /All good/);
    const attw = ["--profile", "esm-only", "--exclude-entrypoints", "./mde_forensics_bg.wasm", "./mde_forensics_package_bg.wasm", "--no-emoji", tarball];
    await run("node", [bin("attw"), ...attw], { cwd: NPM });
  });
});

describe("tiny projects", { concurrency: 2 }, () => {
  test("npm installs it, from the tarball and from the folder", async () => {
    for (const [name, what] of [["installed", tarball], ["linked", NPM]]) {
      const folder = join(home, name);
      mkdirSync(folder);
      writeFileSync(join(folder, "package.json"), JSON.stringify({ name, private: true }));
      writeFileSync(join(folder, "main.mjs"), `import { Operation } from "mde-forensics";\n${USE}`);
      await run("npm", ["install", "--offline", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", what], { cwd: folder });
      assert.equal(await said(folder, "main.mjs"), SAID);
    }
  });

  test("Node, ESM", async () => {
    const folder = project("esm", { "main.mjs": `import { Operation } from "mde-forensics";\n${USE}` });
    assert.equal(await said(folder, "main.mjs"), SAID);
  });

  test("Node, require", async (t) => {
    const folder = project("require", { "main.cjs": `const { Operation } = require("mde-forensics");\n${USE}` });
    assert.equal(await said(folder, "main.cjs", "--no-warnings"), SAID);
    t.diagnostic(`Node ${process.version}`);
  });

  test("the README's block for a tenant, with an emulator's", async () => {
    const section = README.slice(README.indexOf("## JavaScript"));
    const [, block] = /```js\n(const client[^]*?)```/.exec(section);
    const begin = `import { Client } from "mde-forensics";
import { Emulator } from "mde-forensics/testing";
const emulator = await Emulator.start({ devices: ["ws-042.contoso.com", "ws-043.contoso.com"], timeScale: 1000 });
`;
    const ours = block.replace(/new Client\(.*\);/, "new Client(emulator.tenant, emulator.options());");
    assert.notEqual(ours, block);
    const folder = project("readme-tenant", { "main.mjs": `${begin}${ours}await emulator.stop();\n` });
    const said = (await run("node", ["main.mjs"], { cwd: folder })).stdout;
    assert.match(said, /ws-042 accepted\n/);
    for (const device of ["ws-042", "ws-043"]) assert.ok(said.includes(`${device} collected undefined\n`), said);
  });

  test("the README as it is pasted, and the example that drives Chromium", async (t) => {
    const section = README.slice(README.indexOf("## JavaScript"));
    const [[, pasted], [, opening]] = section.matchAll(/```js\n(import[^]*?)```/g);
    const folder = project("readme", { "main.mjs": pasted + opening });
    for (const own of ["apache-arrow", "flatbuffers", "json-with-bigint", "tslib"]) symlinkSync(join(NPM, "node_modules", own), join(folder, "node_modules", own));
    const path = `${dirname(process.env.MDE_FORENSICS)}${delimiter}${process.env.PATH}`;
    const { stdout } = await run("node", ["main.mjs"], { cwd: folder, env: { ...process.env, PATH: path } });
    assert.match(stdout, /evidence\/ws-042\S*\.zip [0-9a-f]{64} whole\nws-042 \d+ processes, \d+ issues, \d+ files\n/i);
    if (process.env.CHROMIUM === undefined) return t.skip(NO_CHROMIUM);
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
try {
  new Operation("get_machine", {});
} catch ({ name, message }) {
  console.log(name, message);
}
initializeSync(readFileSync(new URL(import.meta.resolve("mde-forensics/mde_forensics_bg.wasm"))));
`;
    const early = "TypeError the wasm is not loaded: call `initialize` of `mde-forensics/slim` first";
    assert.equal(await said(project("slim", { "main.mjs": load + USE }), "main.mjs"), `${early}\n${SAID}`);
  });

  test("an error that nobody caught is not buried in code", async () => {
    for (const [at, [use, name]] of [
      ['parse("tenant", "no tenant")', "CredentialError"],
      ['new Client("contoso.com", {})', "TypeError"],
      ['new Client("contoso.com", { getToken: () => "t" }).find(1)', "TypeError"],
    ].entries()) {
      const text = `import { Client, parse } from "mde-forensics";\n${use};\n`;
      const { stderr } = await run("node", ["main.mjs"], { cwd: project(`uncaught-${at}`, { "main.mjs": text }) }).then(assert.fail, (error) => error);
      const before = stderr.slice(0, stderr.indexOf(`${name}: `));
      assert.ok(before.length > 0 && before.length < 1_000, `${use}: ${before}`);
    }
  });

  test("TypeScript, nodenext and strict, with libraries checked", async () => {
    const text = `import { Client, Operation, isMdeError, type Task, type Report } from "mde-forensics";
import { certificate } from "mde-forensics/certificate";
import { playwrightFetch } from "mde-forensics/playwright";
import { Emulator } from "mde-forensics/testing";
export async function collect(): Promise<string[]> {
  const client = new Client("contoso.com", { clientId: "app", clientSecret: "secret" });
  const run: Task<Report> = client.collectMany(["ws-042"], { comment: "INC-42", into: "evidence" });
  for await (const event of run) if (event.event === "progress") console.log(event.received);
  try {
    return (await run).devices.map((device) => device.outcome);
  } catch (error) {
    if (isMdeError(error, "forbidden")) return [error.hint];
    throw error;
  }
}
export const used = [certificate, playwrightFetch, Emulator];
${USE}`;
    const config = { compilerOptions: { module: "nodenext", target: "es2022", strict: true, types: ["node"], lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable"] }, files: ["main.mts"] };
    const folder = project("types", { "main.mts": text, "tsconfig.json": JSON.stringify(config) });
    symlinkSync(join(NPM, "node_modules/@types"), join(folder, "node_modules/@types"));
    symlinkSync(join(NPM, "node_modules/undici-types"), join(folder, "node_modules/undici-types"));
    await run("node", [join(NPM, "node_modules/typescript/bin/tsc"), "--project", folder]).catch(({ stdout }) => assert.fail(stdout));
    assert.equal(await said(folder, "main.mjs"), SAID);
  });

  test("TypeScript of a page, strict, with no types of Node's and no disposables, with libraries checked", async () => {
    const text = `import { Client, type Report } from "mde-forensics";
import { Engine } from "mde-forensics/core";
import { openPackage } from "mde-forensics/package";
import { initialize } from "mde-forensics/slim";
import type { PlaywrightFetchOptions } from "mde-forensics/playwright";
import type { CertificateOptions } from "mde-forensics/certificate";
import "mde-forensics/package/worker";
export type Options = PlaywrightFetchOptions | CertificateOptions;
export const used = [Engine, initialize, openPackage];
export async function collect(signal: AbortSignal): Promise<Report> {
  return new Client("contoso.com", { getToken: async () => "token" }).collectMany(["ws-042"], { comment: "INC-42", signal });
}
`;
    for (const moduleResolution of ["bundler", "nodenext"]) {
      const module = moduleResolution === "bundler" ? "esnext" : moduleResolution;
      const config = { compilerOptions: { module, moduleResolution, target: "es2022", strict: true, types: [], lib: ["es2022", "dom"], noEmit: true }, files: ["main.mts"] };
      const folder = project(`types-${moduleResolution}`, { "main.mts": text, "tsconfig.json": JSON.stringify(config) });
      await run("node", [join(NPM, "node_modules/typescript/bin/tsc"), "--project", folder]).catch(({ stdout }) => assert.fail(stdout));
    }
    // Any entry alone must do: each brings what its own types need.
    for (const entry of ["", "/core", "/package", "/package/worker", "/slim", "/playwright", "/certificate", "/testing"]) {
      const config = { compilerOptions: { module: "nodenext", target: "es2022", strict: true, types: [], lib: ["es2022", "dom"], noEmit: true }, files: ["main.mts"] };
      const folder = project(`types-of${entry.replaceAll("/", "-")}`, { "main.mts": `import "mde-forensics${entry}";\n`, "tsconfig.json": JSON.stringify(config) });
      for (const compiler of ["typescript", "typescript-oldest"]) {
        await run("node", [join(NPM, "node_modules", compiler, "bin/tsc"), "--project", folder]).catch(({ stdout }) => assert.fail(`${entry}, ${compiler}: ${stdout}`));
      }
    }
    const { version } = JSON.parse(readFileSync(join(NPM, "node_modules/typescript-oldest/package.json"), "utf8"));
    assert.ok(README.includes(`TypeScript ${version.split(".", 2).join(".")} or later`), "the README says with which TypeScript it works");
  });

  const bundled = (name) => project(name, { "main.js": `import { Operation } from "mde-forensics";\n${USE}`, "index.html": '<script type="module" src="main.js"></script>' });
  const emitted = (folder) => readdirSync(folder, { recursive: true }).map(String).filter((name) => name.endsWith(".wasm"));

  test("Vite emits one wasm", async (t) => {
    const folder = bundled("vite");
    await run("node", [join(NPM, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "error"], { cwd: folder });
    assert.equal(emitted(join(folder, "dist")).length, 1);
    await inPage(t, join(folder, "dist"), "index.html");
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

describe("tiny projects that open packages", { concurrency: 2 }, () => {
  const OPEN = `import { openPackage } from "mde-forensics/package";
export async function open(input) {
  const it = await openPackage(input);
  const [table, { coverage }] = [await it.table("services"), await it.report()];
  await it.close();
  return [it.device, it.whole, table.length > 50, coverage.length > 20].join(" ");
}
`;
  const OPENED = /^ws-042 true true true$/i;
  let made;
  before(async () => (made = await (await import("./generated.mjs")).generated()));
  after(() => made.remove());
  const emitted = (folder) => readdirSync(folder, { recursive: true }).map(String).filter((name) => name.endsWith(".wasm"));
  const main = () => `${OPEN}console.log(await open(${JSON.stringify(made.paths[0])}));\n`;

  test("Node, ESM and require", async () => {
    const required = `const { openPackage } = require("mde-forensics/package");\nopenPackage(${JSON.stringify(made.paths[0])}).then((it) => console.log(it.device, it.whole, true, true));\n`;
    const folder = project("open-node", { "main.mjs": main(), "main.cjs": required });
    assert.match(await said(folder, "main.mjs"), OPENED);
    assert.match(await said(folder, "main.cjs", "--no-warnings"), OPENED);
  });

  test("TypeScript, nodenext and strict, with libraries checked", async () => {
    const text = `import { compare, isMdeError, openPackage, type Comparison, type OpenOptions, type Package, type Row, type Table } from "mde-forensics/package";
import type { Cell, Collection, Coverage, Extract, Finding, Hit, Issue, Member, NotCompared, ProcessNode, Report, Search, TableCount, TableSchema } from "mde-forensics/package";
export type All = Cell | Collection | Coverage | Extract | Finding | Hit | Issue | Member | NotCompared | ProcessNode | Report | Search | TableCount | TableSchema;
const options: OpenOptions = { password: "infected", budgets: { tableRows: 1_000_000 }, signal: AbortSignal.timeout(60_000) };
export async function rows(before: string, after: URL | Blob): Promise<Row[]> {
  const one: Package = await openPackage(before, options);
  try {
    const table: Table = await one.table("processes");
    const compared: Comparison = await compare(one, await openPackage(after));
    const paths: string[] = await one.export("tables", { format: "parquet", redact: true });
    const blobs: Blob[] = (await one.export(undefined, { tables: ["services"] })).map(({ blob }) => blob);
    console.log(table.partial, compared.changes.arrow.byteLength, paths.length, blobs.length);
    const grave: string[] = one.findings.filter(({ severity }) => severity === "damage").map(({ code, message }) => \`\${code}: \${message}\`);
    const covered: number = (await one.coverage()).reduce((sum, { status, rows, detail }) => (status === "present" && detail.length === 0 ? sum + rows : sum), 0);
    // @ts-expect-error No issue has this code.
    const none = (await one.issues()).filter(({ code }) => code === "damaged_members");
    // @ts-expect-error What a zip says of its members may be beyond 2^53, or no number at all.
    const sizes: number[] = (await one.members()).map(({ size }) => size);
    console.log(grave, covered, none, sizes);
    return await one.rows("timeline");
  } catch (error) {
    if (isMdeError(error, "unknown_table")) return [];
    throw error;
  }
}
`;
    // A page's project has no types of Node's, and may not know of disposables.
    for (const [name, types, lib] of [["open-types", ["node"], ["es2023", "dom", "dom.iterable", "dom.asynciterable"]], ["open-types-page", [], ["es2022", "dom"]]]) {
      const page = name.endsWith("page");
      const config = { compilerOptions: { module: page ? "esnext" : "nodenext", moduleResolution: page ? "bundler" : "nodenext", target: "es2022", strict: true, types, lib, noEmit: true }, files: ["main.mts"] };
      const folder = project(name, { "main.mts": text.replaceAll("before: string", page ? "before: File" : "before: string").replace("URL | Blob", page ? "Blob" : "URL | Blob"), "tsconfig.json": JSON.stringify(config) });
      for (const own of ["@types", "undici-types"]) symlinkSync(join(NPM, "node_modules", own), join(folder, "node_modules", own));
      await run("node", [join(NPM, "node_modules/typescript/bin/tsc"), "--project", folder]).catch(({ stdout }) => assert.fail(stdout));
    }
  });

  test("webpack, and the bundle runs in Node", async () => {
    const folder = project("open-webpack", { "main.js": main() });
    const webpack = createRequire(join(NPM, "package.json"))("webpack");
    const config = { context: folder, mode: "production", entry: "./main.js", output: { path: join(folder, "dist") }, target: "node20" };
    const stats = await promisify((done) => webpack(config, done))();
    assert.ok(!stats.hasErrors(), stats.toString());
    assert.equal(emitted(join(folder, "dist")).length, 1);
    assert.match(await said(join(folder, "dist"), "main.js"), OPENED);
  });

  test("Vite, with the page of the README", async (t) => {
    const [, page] = /```html\n([^]*?)```/.exec(README.slice(README.indexOf("## JavaScript")));
    const folder = project("open-vite", { "index.html": `<!doctype html>\n<body>\n${page}</body>\n` });
    await run("node", [join(NPM, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "error"], { cwd: folder });
    assert.equal(emitted(join(folder, "dist")).length, 1);
    await withPage(t, join(folder, "dist"), async (page) => {
      await page.setInputFiles("input", made.paths[0]);
      await page.waitForFunction(() => document.querySelectorAll("li").length > 20);
      assert.match(await page.textContent("body"), /processes/);
    });
  });

  test("esbuild, with the worker as an entry of its own", async (t) => {
    const text = `${OPEN.replace("openPackage(input)", 'openPackage(input, { worker: () => new Worker("worker.js", { type: "module" }), wasm })')}
const wasm = await (await fetch("reader.wasm")).arrayBuffer();
document.querySelector("input").addEventListener("change", async ({ target }) => console.log(await open(target.files[0])));
document.body.dataset.listens = "";
`;
    const folder = project("open-esbuild", { "main.js": text });
    const { build } = createRequire(join(NPM, "package.json"))("esbuild");
    const entryPoints = { main: "main.js", worker: "mde-forensics/package/worker" };
    await build({ absWorkingDir: folder, entryPoints, bundle: true, format: "esm", target: "es2022", platform: "browser", outdir: "dist", logLevel: "error" });
    cpSync(join(folder, "node_modules/mde-forensics/dist/wasm", PACKAGE_WASM), join(folder, "dist/reader.wasm"));
    writeFileSync(join(folder, "dist/index.html"), '<!doctype html><input type="file"><script type="module" src="main.js"></script>');
    await withPage(t, join(folder, "dist"), async (page) => {
      const line = firstLine(page);
      // The page is loaded before its script has the wasm and listens.
      await page.waitForSelector("body[data-listens]");
      await page.setInputFiles("input", made.paths[0]);
      assert.match(await line, OPENED);
    });
  });
});

/** Runs a built page in Chromium, where there is one. */
async function inPage(t, folder, file) {
  await withPage(t, folder, async (page, url) => {
    const line = firstLine(page);
    await page.goto(`${url}/${file}`);
    assert.equal(await line, SAID);
  });
}

/** The first line that a page prints; fails where an error keeps the page from printing one. */
function firstLine(page) {
  const line = new Promise((resolve, reject) => {
    page.on("console", (message) => message.type() === "log" && resolve(message.text()));
    page.on("pageerror", reject);
    page.on("crash", () => reject(new Error("the page crashed")));
  });
  // It is waited for later.
  line.catch(() => undefined);
  return line;
}

/** A page of what was built, in Chromium, where there is one. */
async function withPage(t, folder, use) {
  if (process.env.CHROMIUM === undefined) return t.skip(NO_CHROMIUM);
  const { chromium } = createRequire(join(NPM, "package.json"))("playwright-core");
  const { serve } = await import("./server.mjs");
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
  const server = await serve(folder);
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}/index.html`);
    await use(page, server.url);
  } finally {
    await browser.close();
    server.stop();
  }
}

/** What is no part of the client: another entry, or for tests. */
const ELSEWHERE = ["certificate", "conformance", "core-", "emulator", "engine", "opened", "package-", "playwright", "testing", join("wasm", "mde_forensics_package")];
/** What opens packages. */
const READER = ["opened", "package-", join("wasm", "mde_forensics_package")];
const CLIENT_WASM = "mde_forensics_bg.wasm";
const PACKAGE_WASM = "mde_forensics_package_bg.wasm";
/** What a page does not load. */
const NODE = ["node.js", join("stores", "folder.js"), join("stores", "lock.js")];
/** Bytes gzipped, as the README says. */
const WASM = 366_000;
const SCRIPT = 15_000;
const PAGE = 13_000;
const READER_WASM = 1_060_000;
const OPENING = 12_300;
