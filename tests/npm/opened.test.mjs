/** Packages opened by the wasm, in Node. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { getEventListeners } from "node:events";
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, openAsBlob, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { access } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { inflateRawSync } from "node:zlib";

import { generated, NO_SAMPLE, SAMPLE } from "./generated.mjs";
import { DIST, from, ROOT } from "./library.mjs";

const run = promisify(execFile);
const { openPackage, compare, isMdeError } = await from("package-node.js");
const { tableFromIPC } = createRequire(join(ROOT, "npm/package.json"))("apache-arrow");
const TRAP = Symbol.for("mde-forensics trap");
const PROCESSES = "Processes/Processes.csv";
const { PYTHON_WITH_WHEEL } = process.env;
/** Cells that were compared with Python's. */
let ofPython = 0;
const cli = async (...args) => {
  const ended = await run(process.env.MDE_FORENSICS ?? "mde-forensics", args, { maxBuffer: 1 << 28 }).catch((error) => error);
  assert.ok(ended.code === undefined || ended.code === 1, `${args}: ${ended.stderr}`);
  return ended.stdout;
};
let made, zip, later;
const home = mkdtempSync(join(tmpdir(), "mde-npm-open-"));

before(async () => {
  made = await generated(2);
  [zip, later] = made.paths;
});
after(() => {
  made.remove();
  rmSync(home, { recursive: true, force: true });
});

/** A handle of a folder that has files without end, and how many of them were listed. */
function endlessFolder() {
  let listed = 0;
  async function* values() {
    for (;;) {
      listed += 1;
      await new Promise(setImmediate);
      yield { kind: "file", name: `${listed}.txt`, getFile: async () => new File(["x"], "x") };
    }
  }
  return { handle: { kind: "directory", name: "endless", values }, listed: () => listed };
}

/** The members of a zip, by what its central directory says: no code of ours. */
function unzip(path) {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06"));
  const members = new Map();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, size] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const local = bytes.readUInt32LE(at + 42);
    const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const data = bytes.subarray(from, from + size);
    members.set(bytes.toString("utf8", at + 46, at + 46 + name), method === 0 ? data : inflateRawSync(data));
    at += 46 + name + extra + comment;
  }
  return members;
}

describe("every way in gives the same package", () => {
  const inputs = {
    "a path": () => zip,
    "what was downloaded": () => made.downloads[0],
    "what was downloaded as a Blob": async () => ({ name: "ws-042.zip", blob: new Blob([readFileSync(zip)]) }),
    "a URL": () => pathToFileURL(zip),
    "a Blob": async () => new Blob([readFileSync(zip)]),
    "a Blob of a file": () => openAsBlob(zip),
    "a File": () => new File([readFileSync(zip)], "ws-042.zip"),
    "a File in a list": () => [new File([readFileSync(zip)], "ws-042.zip")],
    bytes: () => new Uint8Array(readFileSync(zip)),
    "a part of a buffer": () => Buffer.concat([Buffer.from("before"), readFileSync(zip)]).subarray(6),
    "a Blob that says it is smaller": () => Object.defineProperty(new Blob([readFileSync(zip)]), "size", { value: 10 }),
    "an ArrayBuffer": () => new Uint8Array(readFileSync(zip)).buffer,
  };
  for (const [what, input] of Object.entries(inputs)) {
    test(what, async () => {
      const it = await openPackage(await input());
      assert.equal(it.whole, true);
      assert.equal(it.device.toLowerCase(), "ws-042");
      assert.equal(it.size, readFileSync(zip).length);
      assert.ok(it.collection.started < it.collection.ended);
      const table = await it.table("processes");
      assert.equal(tableFromIPC(table.arrow).numRows, table.length);
      assert.ok(table.length > 50);
      await it.close();
    });
  }

  test("a folder, by its path and as the Files of a page", async () => {
    const folder = join(home, "extracted");
    const files = [];
    for (const [name, bytes] of unzip(zip)) {
      if (name.endsWith("/")) continue;
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
      const file = new File([bytes], name.split("/").at(-1));
      files.push(Object.defineProperty(file, "webkitRelativePath", { value: `extracted/${name}` }));
    }
    symlinkSync("/etc/passwd", join(folder, "link.txt"));
    mkdirSync(join(folder, ...Array(17).fill("deep")), { recursive: true });
    const fromZip = await openPackage(zip);
    const byPath = await openPackage(folder);
    const byFiles = await openPackage(files.reverse());
    for (const it of [byPath, byFiles]) {
      assert.equal(it.id, fromZip.id);
      const members = await it.members();
      assert.deepEqual(members.filter(({ name }) => !name.includes("!")).map(({ name }) => name), files.map(({ webkitRelativePath }) => webkitRelativePath.slice(10)).sort());
      assert.ok(members.some(({ name }) => name.includes("!")), "what lies in the inner archive is listed");
      const without = (rows) => rows.map(({ member, ...row }) => row);
      assert.deepEqual(without(await it.rows("services")), without(await fromZip.rows("services")));
      await it.close();
    }
    await fromZip.close();
    const again = await openPackage(folder);
    const issues = await again.issues();
    const wrapped = join(home, "wrapped");
    mkdirSync(join(wrapped, "tables"), { recursive: true });
    writeFileSync(join(wrapped, "tables/tables.json"), "{}");
    writeFileSync(join(wrapped, "tables/processes.csv"), "");
    writeFileSync(join(wrapped, "ws-042.zip"), readFileSync(zip));
    const one = await openPackage(wrapped);
    assert.deepEqual([one.whole, one.size], [true, readFileSync(zip).length], "a folder with one zip stands for that");
    assert.ok((await one.table("services")).length > 50);
    await one.close();
    writeFileSync(join(wrapped, "ws-043.zip"), readFileSync(later));
    const several = await openPackage(wrapped).catch((error) => error);
    const theirs = JSON.parse((await run(process.env.MDE_FORENSICS ?? "mde-forensics", ["open", wrapped, "--json"]).catch((error) => error)).stdout).error;
    assert.deepEqual([several.name, several.code, several.message], ["PackageError", theirs.code, theirs.message]);
    assert.equal(several.code, "several_packages");
    const empty = join(home, "empty");
    mkdirSync(empty);
    await assert.rejects(openPackage(empty), { code: "read_failed", message: /no files/, hint: /package/ });
    assert.deepEqual(issues, JSON.parse(await cli("open", folder, "--json")).report.issues);
    assert.equal(issues.filter(({ code }) => code === "left_out").length, 2);
    await again.close();
  });
});

describe("what is asked of a package", () => {
  let it;
  before(async () => (it = await openPackage(zip)));
  after(() => it.close());

  test("members are listed and read", async () => {
    const members = new Map((await it.members()).map((member) => [member.name, member]));
    for (const [name, bytes] of unzip(zip)) {
      if (name.endsWith("/")) continue;
      const member = members.get(name);
      assert.equal(member.size, bytes.length);
      assert.equal(member.verdict, "good");
      assert.equal(member.sha256, createHash("sha256").update(bytes).digest("hex"));
      assert.ok(bytes.equals(await it.read(name)), name);
    }
    assert.ok(unzip(zip).get(PROCESSES).equals(Buffer.from(await (await it.blob(PROCESSES)).arrayBuffer())));
    await assert.rejects(it.read("../../etc/passwd"), { name: "PackageError", code: "unreadable" });
  });

  test("members are extracted by their hash, as the command does", async () => {
    const [ours, theirs] = [join(home, "extract-ours"), join(home, "extract-theirs")];
    const extracts = await it.extract(ours);
    await cli("extract", zip, "--out", theirs);
    const names = readdirSync(theirs).sort();
    assert.deepEqual(readdirSync(ours).sort(), names);
    assert.ok(names.length > 50);
    const read = (folder, name) => readFileSync(join(folder, name));
    for (const name of names.filter((name) => name !== "members.json")) assert.ok(read(ours, name).equals(read(theirs, name)), name);
    assert.deepEqual(JSON.parse(read(ours, "members.json")), JSON.parse(read(theirs, "members.json")));
    const listed = JSON.parse(read(ours, "members.json")).packages;
    assert.deepEqual(listed, [{ package_id: it.id, members: extracts }]);
    assert.ok(extracts.some(({ size }) => size === 0), "an empty member is a file too");
    assert.deepEqual(await it.extract(ours), extracts, "what is there already is the same");
    await it.extract(ours, { members: ["PROCESSES.csv"] });
    assert.deepEqual(JSON.parse(read(ours, "members.json")).packages, listed, "what was listed stays");
    const [forged] = extracts;
    const bytes = read(ours, forged.file);
    writeFileSync(join(ours, forged.file), "something else");
    await assert.rejects(it.extract(ours), { code: "write_failed", message: /not what its name says/ });
    writeFileSync(join(ours, forged.file), bytes);
    writeFileSync(join(ours, "members.json"), "[]");
    await assert.rejects(it.extract(ours), { code: "write_failed", message: /no list of extracted members/ });
    writeFileSync(join(ours, "members.json"), JSON.stringify({ packages: listed }));
    const some = await it.extract(undefined, { members: ["PROCESSES.csv", "arp.txt"] });
    assert.deepEqual(some.map(({ member }) => member), ["Network Connections/Arp.txt", PROCESSES]);
    assert.ok(unzip(zip).get(PROCESSES).equals(Buffer.from(await some[1].blob.arrayBuffer())));
    await assert.rejects(it.extract(join(ours, "members.json", "below")), { code: "write_failed" });
  });

  test("the report is the command's", async () => {
    const report = await it.report();
    assert.equal(await it.report(), report, "it is read once");
    const { report: theirs, needs_a_look } = JSON.parse(await cli("open", zip, "--json"));
    assert.deepEqual(report.coverage, theirs.coverage);
    assert.deepEqual(report.issues, theirs.issues);
    assert.deepEqual(report.tables, theirs.tables);
    assert.deepEqual([await it.needsALook(), report.needs_a_look], [needs_a_look, needs_a_look]);
    assert.deepEqual(await it.reconciliation(), report.issues.filter(({ code }) => code === "count_mismatch"));
    assert.deepEqual(report.tables.map(({ table }) => table), it.tables().map(({ name }) => name));
  });

  test("what is kept is not the caller's to change", async () => {
    const there = structuredClone(await it.report());
    for (const change of [
      async () => (await it.coverage()).sort(() => -1),
      async () => ((await it.coverage()).length = 0),
      async () => ((await it.issues())[0].message = "nothing"),
      async () => it.tables()[0].columns.reverse(),
      async () => it.findings.push({}),
      async () => (it.collection.started = null),
    ]) await assert.rejects(change, TypeError, `${change}`);
    assert.deepEqual(await it.report(), there);
  });

  test("indicators are found", async () => {
    const { name } = (await it.rows("processes")).find(({ name }) => name?.endsWith(".exe"));
    const found = await it.search([name.toUpperCase(), "nothing.has.this.example"]);
    const { hits, total } = found;
    assert.equal(total, hits.length);
    assert.ok(hits.length > 0 && hits.every(({ indicator }) => indicator === name.toUpperCase()));
    assert.deepEqual(found.indicators, [
      { value: name.toUpperCase(), kind: "name" },
      { value: "nothing.has.this.example", kind: "domain" },
    ]);
    assert.deepEqual((await it.search(`# what we look for\n${name.toUpperCase()}\n`)).hits, hits);
    const few = await it.search(name, { limit: 1 });
    assert.deepEqual([few.hits.length, few.total, few.hits_per_indicator], [1, total, [total]]);
    assert.deepEqual(found.hits_per_indicator, [total, 0]);
    await assert.rejects(it.search(`${name}\n*.exe`), { code: "invalid_option", message: /line 2, `\*\.exe`/ });
    await assert.rejects(it.search(`${name}\n${"x".repeat(1e7)}`), { code: "invalid_option", message: /line 2, `x+.*longer than any indicator/ });
    for (const nothing of ["", "# only a remark", [], ["ab"]]) await assert.rejects(it.search(nothing), { code: "invalid_option" });
  });

  test("processes are a tree, and events a timeline", async () => {
    const { nodes, issues, is_partial } = await it.tree();
    assert.equal(nodes.length, (await it.rows("processes")).length);
    assert.equal(nodes[0].depth, 0);
    assert.deepEqual([issues, is_partial], [[], false]);
    const times = (await it.rows("timeline")).map(({ time_utc }) => Date.parse(time_utc));
    assert.ok(times.length > 100);
    assert.deepEqual(times, times.toSorted((one, other) => one - other));
    assert.equal((await it.timeline()).length, times.length);
  });

  for (const format of ["parquet", "ndjson", "csv", "arrow", "timesketch", "ocsf"]) {
    test(`an export as ${format} is the command's, byte for byte`, async () => {
      const [ours, theirs] = ["ours", "theirs"].map((whose) => join(home, `${format}-${whose}`));
      const paths = await it.export(ours, { format });
      await cli("tables", zip, "--out", theirs, "--format", format);
      const names = readdirSync(theirs).sort();
      assert.ok(names.length > 0);
      assert.deepEqual(paths, names.map((name) => join(ours, name)));
      assert.deepEqual(readdirSync(ours).sort(), names);
      const blobs = await it.export(undefined, { format });
      assert.deepEqual(blobs.map(({ name }) => name), names);
      const record = JSON.parse(readFileSync(join(ours, "tables.json"), "utf8"));
      assert.deepEqual([record.files, record.redacted], [names.filter((name) => name !== "tables.json"), false]);
      assert.equal(record.packages[0].device, it.device);
      for (const [at, name] of names.entries()) {
        // The command says more of each package in its record.
        if (name === "tables.json") continue;
        const bytes = readFileSync(join(theirs, name));
        assert.ok(bytes.equals(readFileSync(join(ours, name))), name);
        assert.ok(bytes.equals(Buffer.from(await blobs[at].blob.arrayBuffer())), name);
      }
    });
  }

  test("an export is written through no link", { skip: process.platform === "win32" && "Windows lets only some make links" }, async () => {
    const [folder, victim] = ["linked", "victim"].map((name) => join(home, name));
    mkdirSync(folder);
    writeFileSync(victim, "theirs");
    symlinkSync(victim, join(folder, "arp.csv.part"));
    await it.export(folder, { tables: ["arp"], format: "csv" });
    symlinkSync(victim, join(folder, "services.csv"));
    rmSync(join(folder, "tables.json"));
    const refused = await it.export(folder, { tables: ["services"], format: "csv" }).catch((error) => error);
    assert.match(refused.message, /already exists/);
    await it.export(folder, { tables: ["services"], format: "csv", overwrite: true });
    assert.equal(readFileSync(victim, "utf8"), "theirs");
    assert.ok(lstatSync(join(folder, "services.csv")).isFile());
    assert.deepEqual(readdirSync(folder).sort(), ["arp.csv", "arp.csv.part", "services.csv", "tables.json"]);
  });

  test("an export overwrites nothing unless it is told to", async () => {
    const folder = join(home, "kept");
    const [path] = await it.export(folder, { tables: ["processes"], format: "csv" });
    const kept = readFileSync(path, "utf8");
    assert.ok(kept.includes(it.device));
    const refused = await it.export(folder, { format: "csv" }).catch((error) => error);
    assert.equal(refused.code, "write_failed");
    assert.match(refused.message, /already exists/);
    assert.equal(readFileSync(path, "utf8"), kept);
    assert.deepEqual(readdirSync(folder).sort(), ["processes.csv", "tables.json"], "what was begun is removed");
    if (process.platform !== "win32") assert.deepEqual([folder, path].map((it) => lstatSync(it).mode & 0o777), [0o700, 0o600]);
    await it.export(folder, { tables: ["processes"], format: "csv", redact: true, overwrite: true });
    const redacted = readFileSync(path, "utf8");
    assert.ok(redacted.includes("host-1") && !redacted.includes(it.device));
    await it.export(folder, { tables: ["arp"], format: "ndjson", redact: true, overwrite: true });
    assert.deepEqual(readdirSync(folder).sort(), ["arp.ndjson", "tables.json"], "nothing of an earlier run stays");
    await it.export(folder, { tables: ["processes"], format: "csv", redact: true, overwrite: true });
    const [{ name, blob }] = await it.export(undefined, { tables: ["processes"], format: "csv", redact: true });
    assert.equal(name, "processes.csv");
    assert.equal(await blob.text(), redacted);
    await assert.rejects(it.export(folder, { tables: ["nonsense"] }), { code: "unknown_table" });
    await assert.rejects(it.export(folder, { tables: ["processes"], format: "timesketch" }), { name: "InvalidInputError", code: "no_place" });
    await assert.rejects(it.export(join(path, "below"), {}), { code: "write_failed", hint: /is writable/ });
  });

  test("an export that replaces another in part says so", async () => {
    const folder = join(home, "mixed");
    const record = () => JSON.parse(readFileSync(join(folder, "tables.json"), "utf8"));
    await it.export(folder, { tables: ["arp", "autoruns", "services"], format: "csv" });
    assert.equal(record().unfinished, undefined);
    // No file takes the place of a folder.
    rmSync(join(folder, "services.csv"));
    mkdirSync(join(folder, "services.csv"));
    const failed = await it.export(folder, { tables: ["arp", "services", "sessions"], format: "csv", overwrite: true }).catch((error) => error);
    assert.equal(failed.code, "write_failed");
    assert.match(failed.message, /services\.csv.*two runs/);
    assert.deepEqual(record(), { unfinished: true, files: ["arp.csv", "services.csv", "sessions.csv", "tables.json", "autoruns.csv"] });
    assert.deepEqual(readdirSync(folder).filter((name) => name.endsWith(".part")), [], "what was begun is removed");
    rmSync(join(folder, "services.csv"), { recursive: true });
    await it.export(folder, { tables: ["services"], format: "csv", overwrite: true });
    assert.equal(record().unfinished, undefined);
    assert.deepEqual(readdirSync(folder).sort(), ["services.csv", "tables.json"]);
  });

  test("what may not be read or written is an OutputError with the system's own code", { skip: process.platform === "win32" && "permissions are others there" }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "mde-npm-closed-"));
    const [unreadable, occupied] = [join(folder, "package.zip"), join(folder, "occupied")];
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(unreadable, readFileSync(zip), { mode: 0 });
    mkdirSync(join(occupied, "tables.json"), { recursive: true });
    const failing = (path, code, cause) => (error) => {
      assert.deepEqual([error.name, error.code, error.cause?.code], ["OutputError", code, cause], String(error));
      return error.message.includes(path) && /check/.test(error.hint);
    };
    await assert.rejects(it.export(occupied, { tables: ["arp"], overwrite: true }), failing(join(occupied, "tables.json"), "write_failed", "EISDIR"));
    assert.deepEqual(readdirSync(occupied), ["tables.json"], "what was begun is removed");
    chmodSync(folder, 0o555);
    // Root may do all.
    if (process.geteuid() === 0) process.seteuid(65_534);
    try {
      const isForAll = await access(join(DIST, "opened/worker-node.js")).then(() => true, () => false);
      if (!isForAll) return t.skip("the package may not be read by others than root here");
      await assert.rejects(openPackage(unreadable), failing(unreadable, "read_failed", "EACCES"));
      await assert.rejects(it.extract(folder), failing(folder, "write_failed", "EACCES"));
      await assert.rejects(it.export(folder), failing(folder, "write_failed", "EACCES"));
    } finally {
      if (process.getuid() === 0) process.seteuid(0);
      chmodSync(folder, 0o755);
    }
  });

  test("two packages are compared", async () => {
    const other = await openPackage(later);
    const compared = await compare(other, it);
    const theirs = JSON.parse(await cli("compare", later, zip, "--json"));
    assert.deepEqual([compared.before, compared.after, compared.wasTurned, compared.sameDevice], [theirs.before, theirs.after, theirs.was_turned, theirs.is_same_device]);
    assert.deepEqual([compared.differences, compared.noise], [theirs.differences, theirs.noise]);
    assert.equal(compared.differences, theirs.changes.filter(({ noise }) => noise === null).length);
    const changes = tableFromIPC(compared.changes.arrow).toArray().map((row) => row.toJSON());
    const own = theirs.changes.map((change) => Object.fromEntries(Object.entries(change)));
    assert.deepEqual(changes.map((row) => Object.fromEntries(Object.keys(own[0]).map((key) => [key, row[key]]))), own);
    assert.deepEqual(compared.notCompared, theirs.not_compared);
    assert.equal((await compare(it, it)).changes.length, 0);
    // What was compared is there as before.
    assert.ok((await other.table("processes")).length > 50);
    await other.close();
  });
});

test("a password opens what was packed again, by AES and by ZipCrypto", async () => {
  const corpus = join(ROOT, "crates/fuzz/corpus/locked");
  for (const name of readdirSync(corpus).filter((name) => name.startsWith("seed-"))) {
    for (const password of ["infected", new TextEncoder().encode("infected")]) {
      const it = await openPackage(join(corpus, name), { password });
      assert.equal(it.whole, true, name);
      assert.ok((await it.rows("arp")).length > 0, name);
      assert.deepEqual((await it.table("arp")).issues, [], name);
      await it.close();
    }
    await assert.rejects(openPackage(join(corpus, name), { password: "other" }), { name: "PackageError", code: "wrong_password" });
    const locked = await openPackage(join(corpus, name));
    assert.deepEqual([(await locked.table("arp")).length, (await locked.table("arp")).partial], [0, true], name);
    await locked.close();
  }
});

describe("the three faces", () => {
  test("whole numbers stay what they are beyond 2^53", async () => {
    const { rows } = await from("opened/table.js");
    const raw = ',"line":12345678901234567,';
    const line = JSON.stringify({ line: 0, raw, size: 0, near: 9007199254740991 }).replace('"line":0', '"line":9223372036854775807').replace('"size":0', '"size":-9007199254740993');
    assert.deepEqual(rows(new TextEncoder().encode(`${line}\n${line}\n`)), Array(2).fill({ line: 9223372036854775807n, raw, size: -9007199254740993n, near: 9007199254740991 }));
    assert.deepEqual(rows(new Uint8Array()), []);
  });

  for (const [what, path, skip] of [["the emulator's package", () => zip, false], ["a real package", () => SAMPLE, NO_SAMPLE]]) {
    test(`${what} has the same rows by the command, in Python and here, cell by cell`, { skip }, async (t) => {
      const written = join(home, `faces-${what.length}`);
      await cli("tables", path(), "--out", written, "--format", "ndjson");
      const python = await byPython(path());
      const it = await openPackage(path());
      let cells = 0;
      for (const { name, columns } of it.tables()) {
        const file = join(written, `${name}.ndjson`);
        const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
        const table = await it.table(name);
        const arrow = tableFromIPC(table.arrow);
        assert.deepEqual(arrow.schema.fields.map((field) => field.name), columns);
        assert.deepEqual(table.columns, columns);
        assert.deepEqual([table.length, arrow.numRows], [lines.length, lines.length], name);
        const vectors = columns.map((column) => cellsOf(arrow.getChild(column)));
        const rows = await it.rows(name);
        const theirs = python?.get(name);
        if (python !== undefined) {
          assert.deepEqual(theirs.columns, columns, name);
          assert.equal(theirs.partial, table.partial, name);
          assert.deepEqual(theirs.issues, table.issues, name);
          assert.equal(theirs.rows.length, lines.length, name);
        }
        for (const [at, line] of lines.entries()) {
          const cell = cellsOfLine(line);
          assert.deepEqual([...cell.keys()], columns, `${name}:${at}`);
          for (const [column, key] of columns.entries()) {
            const theirCell = cell.get(key);
            const where = `${name}:${at}:${key}`;
            assert.equal(vectors[column](at), theirCell, where);
            assert.equal(plain(rows[at][key]), theirCell, where);
            if (theirs !== undefined) {
              assert.equal(theirs.rows[at][column], theirCell, where);
              ofPython += 1;
            }
            cells += 1;
          }
        }
      }
      t.diagnostic(`${cells} cells`);
      assert.ok(cells > 20_000);
      await it.close();
    });
  }

  test("Python was one of them", { skip: PYTHON_WITH_WHEEL === undefined && "the wheel is not at hand: the step `python` installs it" }, () => {
    assert.ok(ofPython > 20_000);
  });
});

/** What Python has, by table; nothing where the wheel is not at hand. */
async function byPython(path) {
  if (PYTHON_WITH_WHEEL === undefined) return undefined;
  const { stdout } = await run(PYTHON_WITH_WHEEL, [join(ROOT, "tests/npm/faces.py"), path], { maxBuffer: 1 << 28, env: { ...process.env, PYTHONPATH: "" } });
  return new Map(stdout.trimEnd().split("\n").map((line) => JSON.parse(line)).map((table) => [table.name, table]));
}

/** A cell as a text that says its kind; a number as it stands. */
function plain(value) {
  if (value === null) return "null";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The cells of a line of NDJSON, each as it stands. */
function cellsOfLine(line) {
  const cells = new Map();
  for (const [, key, value] of line.matchAll(/[{,]"(\w+)":("(?:[^"\\]|\\.)*"|[^,}]+)/gy)) cells.set(key, value.startsWith('"') ? JSON.stringify(JSON.parse(value)) : value);
  return cells;
}

/** The cells of a vector of Arrow's. */
function cellsOf(vector) {
  const type = String(vector.type);
  assert.match(type, /^(?:Utf8|Int64|Bool|Timestamp<MICROSECOND, UTC>)$/);
  if (!type.startsWith("Timestamp")) return (at) => plain(vector.get(at));
  const chunks = vector.data.flatMap((data) => Array.from({ length: data.length }, (_, at) => (data.getValid(at) ? data.values[at] : null)));
  return (at) => (chunks[at] === null ? "null" : time(chunks[at]));
}

/** Microseconds as RFC 3339; what the calendar does not have is null. */
function time(micros) {
  const seconds = micros >= 0n ? micros / 1_000_000n : -((-micros + 999_999n) / 1_000_000n);
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 || date.getUTCFullYear() < 0) return "null";
  const part = String(micros - seconds * 1_000_000n).padStart(6, "0").replace(/0+$/, "");
  return JSON.stringify(`${date.toISOString().slice(0, 19)}${part === "" ? "" : `.${part}`}Z`);
}

describe("a trap of the wasm", () => {
  const at = (what) => openPackage(zip, { [TRAP]: what });
  const sees = (issues) => issues.filter(({ code, member, message }) => code === "reader_failed" && member === PROCESSES && message.includes("please report it"));

  test("costs the member that it was in, and no other", async () => {
    const sound = await openPackage(zip);
    const it = await at(`read ${PROCESSES}`);
    const table = await it.table("processes");
    assert.deepEqual([table.length, table.partial], [0, true]);
    assert.equal(sees(table.issues).length, 1);
    for (const name of ["services", "scheduled_tasks", "security_events", "prefetch_files"]) {
      assert.deepEqual(await it.rows(name), await sound.rows(name));
      assert.ok((await it.rows(name)).length > 0, name);
    }
    const report = await it.report();
    assert.equal(sees(report.issues).length, 1);
    assert.ok(report.needs_a_look);
    assert.equal(report.tables.find(({ table }) => table === "processes").is_partial, true);
    const counted = (counts) => counts.filter(({ table }) => !["processes", "issues", "timeline"].includes(table)).map(({ table, rows }) => [table, rows]);
    assert.deepEqual(counted(report.tables), counted((await sound.report()).tables));
    // The bytes that the reader failed on can be had all the same.
    assert.ok(unzip(zip).get(PROCESSES).equals(await it.read(PROCESSES)));
    await Promise.all([sound.close(), it.close()]);
  });

  test("where the member is checked, looked at, or opened as an archive", async () => {
    for (const work of ["check", "survey", "extract"]) {
      const it = await at(`${work} ${PROCESSES}`);
      if (work === "check") {
        assert.deepEqual([it.whole, await it.needsALook()], [null, true]);
        assert.ok(it.findings.some(({ code }) => code === "reader_failed"));
      }
      if (work === "survey") assert.ok((await it.issues()).some(({ member, code }) => member === PROCESSES && code === "reader_failed"));
      if (work === "extract") await assert.rejects(it.read(PROCESSES), { name: "InternalError", code: "reader_failed", message: /please report it/ });
      assert.ok((await it.table("services")).length > 50);
      await it.close();
    }
    const archive = (await at("").then((it) => it.members())).find(({ name }) => name.includes("!")).name.split("!")[0];
    const it = await at(`open ${archive}`);
    assert.ok(!(await it.members()).some(({ name }) => name.includes("!")));
    assert.ok((await it.issues()).some(({ member, code }) => member === archive && code === "reader_failed"));
    await it.close();
  });

  test("while two are compared or tables are written", async () => {
    const [one, other] = [await at(`read ${PROCESSES}`), await openPackage(later)];
    assert.ok((await compare(one, other)).changes.length > 0);
    const folder = join(home, "trapped");
    const paths = await one.export(folder, { format: "csv" });
    assert.ok(paths.length > 20);
    assert.match(readFileSync(join(folder, "processes.csv"), "utf8"), /^package_id,.*\r\n$/, "its columns alone");
    assert.deepEqual(readdirSync(folder).filter((name) => name.endsWith(".part")), []);
    await Promise.all([one.close(), other.close()]);
  });
});

describe("bad input", () => {
  test("what is of the wrong type throws a TypeError that names the argument", async () => {
    const it = await openPackage(zip);
    const detached = new ArrayBuffer(8);
    structuredClone(detached, { transfer: [detached] });
    const cyclic = {};
    cyclic.self = cyclic;
    const bad = [
      [/`input`/, () => openPackage()],
      [/`input`/, () => openPackage(null)],
      [/`input`/, () => openPackage(7)],
      [/`input`/, () => openPackage(10n)],
      [/`input`/, () => openPackage(cyclic)],
      [/`input`/, () => openPackage("a\ud800")],
      [/`input`/, () => openPackage(detached)],
      [/`input`/, () => openPackage(new URL("https://example.com/a.zip"))],
      [/`input`/, () => openPackage({ kind: "file" })],
      [/`input`/, () => openPackage({ kind: "directory" })],
      [/`input.path` cannot be read/, () => openPackage({ get path() { throw new Error("no"); } })],
      [/`input.kind` cannot be read/, () => openPackage({ get kind() { throw new Error("no"); } })],
      // Both are wrong, and no promise is left that nobody waits for.
      [/`options`/, () => openPackage(undefined, null)],
      [/`input\[1\]`/, () => openPackage([new File([], "a"), "b"])],
      [/`input\[0\]`/, () => openPackage([new Blob([])])],
      [/`options`/, () => openPackage(zip, 5)],
      [/`options.password`/, () => openPackage(zip, { password: 5 })],
      [/`options.budgets`/, () => openPackage(zip, { budgets: "small" })],
      [/`options.budgets.entries`/, () => openPackage(zip, { budgets: { entries: NaN } })],
      [/`options.budgets.ratio`/, () => openPackage(zip, { budgets: { ratio: 1n } })],
      [/`options.budgets.ratio`/, () => openPackage(zip, { budgets: { get ratio() { throw new Error("no"); } } })],
      [/`options.signal`/, () => openPackage(zip, { signal: {} })],
      [/`options.signal`/, () => openPackage(zip, { signal: Object.create(AbortSignal.prototype) })],
      [/`options.worker`/, () => openPackage(zip, { worker: "worker.js" })],
      [/`options.wasm`/, () => openPackage(zip, { wasm: "a.wasm" })],
      [/`name`/, () => it.table()],
      [/`name`/, () => it.table(5)],
      [/`name`/, () => it.rows("a\ud800")],
      [/`options`/, () => it.table("processes", null)],
      [/`options.signal`/, () => it.report({ signal: "now" })],
      [/`indicators`/, () => it.search()],
      [/`indicators`/, () => it.search(5)],
      [/`indicators\[1\]`/, () => it.search(["evil.exe", 5])],
      [/`options.limit`/, () => it.search("evil.exe", { limit: 0 })],
      [/`options.limit`/, () => it.search("evil.exe", { limit: NaN })],
      [/`member`/, () => it.read(Symbol("x"))],
      [/`to`/, () => it.export(5)],
      [/`to`/, () => it.extract(5)],
      [/`options.members`/, () => it.extract(undefined, { members: "processes" })],
      [/`options.format`/, () => it.export(undefined, { format: 5 })],
      [/`options.tables`/, () => it.export(undefined, { tables: "processes" })],
      [/`options.tables\[0\]`/, () => it.export(undefined, { tables: [5] })],
      [/`options.redact`/, () => it.export(undefined, { redact: 1 })],
      [/`options.overwrite`/, () => it.export(home, { overwrite: "yes" })],
      [/`options.pasword`.*password/, () => openPackage(zip, { pasword: "infected" })],
      [/`options.sginal`.*signal/, () => it.table("processes", { sginal: 1 })],
      [/`options.sginal`/, () => it.report({ sginal: 1 })],
      [/`options.limt`/, () => it.search("evil.exe", { limt: 1 })],
      [/`options.member`/, () => it.extract(undefined, { member: ["processes"] })],
      [/`options.fromat`/, () => it.export(undefined, { fromat: "csv" })],
      [/`options.limit`/, () => it.tree({ limit: 5 })],
      [/`options.sginal`/, () => compare(it, it, { sginal: 1 })],
      [/`before`/, () => compare(zip, it)],
      [/`after`/, () => compare(it, {})],
    ];
    for (const [name, call] of bad) await assert.rejects(call, (error) => error instanceof TypeError && name.test(error.message), `${call}`);
    // What cannot be is the caller's fault, too, and no TypeError.
    for (const call of [
      () => openPackage(zip, { budgets: { nonsense: 1 } }),
      () => openPackage(zip, { budgets: { entries: -1 } }),
      () => openPackage(zip, { budgets: { nameBytes: 1 << 20 } }),
      () => it.export(undefined, { format: "excel" }),
    ]) await assert.rejects(call, { name: "InvalidInputError", code: "invalid_option" }, `${call}`);
    assert.ok((await it.table("processes")).length > 50, "and the package is as before");
    await it.close();
  });

  test("what is no package says so", async () => {
    const bytes = (text) => new TextEncoder().encode(text);
    for (const [code, input] of [
      ["not_a_zip", bytes("<html>an error page</html>")],
      ["not_a_zip", new Uint8Array()],
      ["not_a_zip", new Blob([])],
      ["truncated", readFileSync(zip).subarray(0, 5_000)],
    ]) {
      const error = await openPackage(input).catch((error) => error);
      assert.deepEqual([error.name, error.code, error.fault], ["PackageError", code, "package"], `${error}`);
      assert.ok(isMdeError(error, code));
    }
    await assert.rejects(openPackage(new File(["<html>"], "page.zip")), { message: /^`page\.zip`: these 6 bytes/ });
    // No wasm, an empty one, and that of the client.
    for (const wasm of [new Uint8Array(8), Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0), new WebAssembly.Module(readFileSync(join(DIST, "wasm/mde_forensics_bg.wasm")))]) {
      const wanted = { name: "InvalidInputError", code: "invalid_option", message: /^`options\.wasm` is not this version.s `mde_forensics_package_bg\.wasm`/ };
      await assert.rejects(openPackage(zip, { wasm }), wanted);
    }
    const missing = await openPackage(join(home, "nothing.zip")).catch((error) => error);
    assert.deepEqual([missing.name, missing.code, missing.cause.code], ["OutputError", "read_failed", "ENOENT"]);
    assert.match(missing.message, /nothing\.zip/);
    assert.match(missing.hint, /path/);
    const device = await openPackage("/dev/null").catch((error) => error);
    assert.equal(device.code, "read_failed");
    assert.match(device.message, /neither a file nor a folder/);
  });

  test("a zip that is cut at every 64th of its length gives a package or a typed error", async () => {
    const whole = readFileSync(zip);
    const codes = new Map();
    for (let part = 0; part < 64; part += 1) {
      const cut = whole.subarray(0, Math.floor((whole.length * part) / 64));
      const code = await openPackage(cut).then((it) => it.report().then(() => it.close()).then(() => "opened"), ({ code }) => code);
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    assert.deepEqual([...codes.keys()].sort(), ["not_a_zip", "truncated"]);
    assert.equal(codes.get("truncated"), 63);
  });

  test("a member that is damaged costs no other, and one byte anywhere no more than its member", async () => {
    const whole = readFileSync(zip);
    const at = whole.indexOf(Buffer.from("Services/Services.csv"));
    const damaged = Buffer.from(whole);
    damaged[at + 200] ^= 0xff;
    const it = await openPackage(damaged);
    assert.equal(it.whole, false);
    assert.ok((await it.table("services")).partial);
    assert.ok((await it.issues()).some(({ code, member }) => code === "damaged_member" && member === "Services/Services.csv"));
    assert.ok((await it.table("processes")).length > 50);
    await it.close();
  });

  test("what fuzzing has found becomes the same rows and errors as natively", async (t) => {
    const corpus = join(ROOT, "crates/fuzz/corpus");
    const folder = join(home, "hostile");
    // One list says for fuzzing and here which member each belongs to.
    const targets = readFileSync(join(ROOT, "crates/fuzz/src/targets.rs"), "utf8");
    let files = 0;
    for (const [, target, member] of targets.matchAll(/\(\s*"(\w+)",\s*"([^"]+)",?\s*\)/g)) {
      // Folders that have each member once: several of a kind would be several packages.
      for (const [at, name] of readdirSync(join(corpus, target)).entries()) {
        const file = join(folder, String(at), member);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, readFileSync(join(corpus, target, name)));
        files += 1;
      }
    }
    assert.ok(files > 300);
    await assert.rejects(openPackage(folder), { name: "PackageError", code: "several_packages" });
    for (const at of readdirSync(folder)) {
      const [ours, theirs] = ["ours", "theirs"].map((whose) => join(home, `hostile-${whose}`, at));
      const it = await openPackage(join(folder, at));
      await it.export(ours, { format: "ndjson" });
      await cli("tables", join(folder, at), "--out", theirs, "--format", "ndjson");
      const names = readdirSync(ours).filter((name) => name !== "tables.json");
      assert.deepEqual(readdirSync(ours), readdirSync(theirs));
      assert.ok(names.length > 25);
      for (const name of names) assert.ok(readFileSync(join(ours, name)).equals(readFileSync(join(theirs, name))), `${at}/${name}`);
      await it.close();
    }
    const codes = new Set();
    for (const name of readdirSync(join(corpus, "zip"))) {
      const path = join(corpus, "zip", name);
      const native = await run(process.env.MDE_FORENSICS ?? "mde-forensics", ["open", path, "--json"]).catch((error) => error);
      const own = await openPackage(path).then(async (it) => ({ findings: it.findings, report: await it.report(), end: await it.close() }), (error) => error);
      const theirs = JSON.parse(native.stdout);
      if (theirs.error === undefined) {
        assert.deepEqual(own.findings, theirs.findings, name);
        assert.deepEqual(own.report.issues, theirs.report.issues, name);
        assert.deepEqual(own.report.tables, theirs.report.tables, name);
      } else {
        assert.deepEqual([own.name, own.code, own.message], ["PackageError", theirs.error.code, theirs.error.message]);
      }
      codes.add(own.code ?? "opened");
    }
    t.diagnostic(`${files} members, zips ${[...codes].join(", ")}`);
  });

  test("a budget that runs out leaves a table that is partial, and an issue", async () => {
    const it = await openPackage(zip, { budgets: { tableRows: 10, heldBytes: 1_000 } });
    const table = await it.table("services");
    assert.deepEqual([table.length, table.partial], [10, true]);
    assert.ok(table.issues.some(({ code }) => code === "over_budget"));
    await assert.rejects(it.read(PROCESSES), { code: "over_budget" });
    assert.ok((await it.blob(PROCESSES)).size > 1_000);
    await it.close();
  });
});

describe("a worker", () => {
  test("listens once to a signal that many calls get", async () => {
    const it = await openPackage(zip);
    const stop = new AbortController();
    const calls = it.tables().map(({ name }) => it.rows(name, { signal: stop.signal }).catch((error) => error));
    assert.ok(calls.length > 11);
    assert.equal(getEventListeners(stop.signal, "abort").length, 1);
    const reason = new Error("enough");
    stop.abort(reason);
    for (const call of calls) assert.equal(await call, reason);
    await it.close();
  });

  test("that compares says nothing of one package that is wrong about the other, and reads it anew", async () => {
    const path = join(home, "replaced.zip");
    const put = (bytes) => {
      writeFileSync(`${path}.new`, bytes);
      renameSync(`${path}.new`, path);
    };
    put(readFileSync(zip));
    const [one, other] = [await openPackage(path), await openPackage(later)];
    put("<html>");
    const wrong = (error) => error.code === "not_a_zip" && error.message.includes("replaced.zip") && !error.message.includes(later);
    await assert.rejects(compare(one, other), wrong);
    await one.close();
    await assert.rejects(compare(other, one), wrong);
    put(readFileSync(zip));
    assert.ok((await compare(one, other)).changes.length > 0);
    await Promise.all([one.close(), other.close()]);
  });

  test("is stopped by a signal, and the next call has another", async () => {
    const it = await openPackage(zip);
    const reason = new Error("enough");
    await assert.rejects(it.report({ signal: AbortSignal.abort(reason) }), reason);
    const stop = new AbortController();
    const asked = [it.report({ signal: stop.signal }), it.rows("services", { signal: stop.signal })];
    setImmediate(() => stop.abort(reason));
    for (const one of asked) await assert.rejects(one, reason);
    const calls = await Promise.all([it.table("services"), it.table("processes"), it.report()]);
    assert.ok(calls[0].length > 50 && calls[1].length > 50);
    await it.close();
    assert.equal((await it.table("services")).length, calls[0].length, "it is opened again");
    const pending = it.report().catch((error) => error);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await it.close();
    assert.ok(["stopped", undefined].includes((await pending).code));
    await assert.rejects(openPackage(zip, { signal: AbortSignal.abort(reason) }), reason);
  });

  test("is stopped by a signal while the input is read", { timeout: 60_000 }, async () => {
    const reason = new Error("enough");
    const never = () => new Promise(() => undefined);
    const silent = Object.defineProperty(new Blob(["PK"]), "stream", { value: () => new ReadableStream({ pull: never }) });
    const endless = endlessFolder();
    const inputs = [silent, { blob: silent }, [new File(["x"], "a/x"), silent], { kind: "file", getFile: never }, endless.handle];
    Object.defineProperty(silent, "name", { value: "a/silent" });
    for (const input of inputs) {
      const stop = new AbortController();
      const opened = openPackage(input, { signal: stop.signal, budgets: { entries: 1e9 } });
      setTimeout(() => stop.abort(reason), 20);
      await assert.rejects(opened, (error) => error === reason);
      assert.equal(getEventListeners(stop.signal, "abort").length, 1);
    }
    const listed = endless.listed();
    assert.ok(listed > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(endless.listed() <= listed + 1, "nobody goes on listing it");
  });

  test("reads no more of a folder in a page than its budgets allow", { timeout: 60_000 }, async () => {
    const endless = endlessFolder();
    const list = (function* () {
      for (let at = 0; ; at += 1) yield new File(["x"], `${at}.txt`);
    })();
    for (const input of [endless.handle, list]) {
      const it = await openPackage(input, { budgets: { entries: 10 } });
      assert.equal((await it.members()).length, 10);
      assert.ok((await it.issues()).some(({ code, message }) => code === "over_budget" && message.includes("10 are read")));
      await it.close();
    }
    assert.equal(endless.listed(), 11);
    for (const input of [[new File(["12345"], "a/x"), new File(["123456"], "a/y")], new Blob(["12345678901"]), new Uint8Array(11)]) {
      await assert.rejects(openPackage(input, { budgets: { totalBytes: 10 } }), { name: "PackageError", code: "over_budget", hint: /totalBytes/ });
    }
  });

  test("is ended by a close, and with it all that was asked until then", async () => {
    const it = await openPackage(zip);
    const isClosed = (error) => error.name === "CollectionError" && error.code === "stopped" && /was closed/.test(error.message);
    const soon = it.rows("members");
    await it.close();
    await assert.rejects(soon, isClosed);
    const asked = [it.report(), it.rows("services"), it.export(join(home, "closed"))].map((one) => one.catch((error) => error));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const after = (async () => {
      await it.close();
      return "closed";
    })();
    for (const one of asked) assert.ok(isClosed(await one));
    assert.equal(await after, "closed");
    assert.ok(!existsSync(join(home, "closed")), "what waited was never begun");
    assert.ok((await it.rows("services")).length > 50, "it is opened again");
    await it.close();
  });

  test("leaves nothing of what it was writing when it is ended", async () => {
    const it = await openPackage(zip);
    const reason = new Error("enough");
    for (const work of ["export", "extract"]) {
      for (const how of ["abort", "close"]) {
        const folder = join(home, `${work}-${how}`);
        const stop = new AbortController();
        let isOver = false;
        const writing = it[work](folder, { signal: stop.signal }).catch((error) => error).finally(() => (isOver = true));
        while (!isOver && (!existsSync(folder) || readdirSync(folder).length === 0)) await new Promise((resolve) => setImmediate(resolve));
        if (how === "abort") stop.abort(reason);
        else await it.close();
        const error = await writing;
        assert.ok(error === reason || error.code === "stopped", `${work} was not ended in time: ${error}`);
        assert.deepEqual(readdirSync(folder).filter((name) => name.endsWith(".part")), [], `${work}, ${how}`);
      }
    }
    await it.close();
  });

  test("lets the program end that does not close a package", async () => {
    const text = `import { openPackage } from ${JSON.stringify(pathToFileURL(join(DIST, "package-node.js")).href)};
const it = await openPackage(process.argv[2]);
console.log((await it.table("processes")).length);`;
    writeFileSync(join(home, "ends.mjs"), text);
    const { stdout } = await run("node", [join(home, "ends.mjs"), zip], { timeout: 20_000 });
    assert.ok(Number(stdout) > 50);
  });

  test("is what loads the wasm, which no import does", () => {
    const seen = new Set();
    const follow = (file) => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = readFileSync(join(DIST, file), "utf8");
      for (const [, path] of text.matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)) follow(join(dirname(file), path));
    };
    for (const entry of ["node.js", "browser.js"]) follow(entry);
    assert.ok(![...seen].some((file) => file.startsWith("opened") || file.includes("package")), "the client knows nothing of it");
    seen.clear();
    for (const entry of ["package-node.js", "package-browser.js"]) follow(entry);
    assert.ok([...seen].some((file) => file.startsWith("opened")));
    assert.ok(![...seen].some((file) => file.startsWith("wasm")), "and what opens packages loads no wasm");
  });
});
