/** The vectors that every language runs. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { internal, library, ROOT } from "./library.mjs";
import * as vectors from "./vectors.mjs";

const folder = join(ROOT, "tests/vectors");
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".json") && name !== "schema.json")
  .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));

for (const file of files.filter((file) => file.kind === "endpoint")) {
  describe(file.endpoint, () => {
    for (const it of file.tests) {
      test(`${it.tcId}: ${it.comment}`, () => assert.deepEqual(vectors.endpoint(library, file, it), []));
    }
  });
}

test("every operation has its vectors", () => {
  const played = files.filter((file) => file.kind === "endpoint").map((file) => file.endpoint);
  assert.deepEqual(played.sort(), library.operations());
});

test("the codes are those of the vectors, each with its fault and its hint", () => {
  assert.deepEqual(vectors.errors(library, files.find((file) => file.kind === "errors")), []);
});

test("every code has its class, and every class its code", () => {
  const known = library.codes().map(({ code }) => code);
  const classes = internal.errors.CLASSES;
  const missing = known.filter((code) => code !== "internal" && !classes.has(code));
  assert.deepEqual(missing, []);
  const extra = [...classes.keys()].filter((code) => !known.includes(code));
  assert.deepEqual(extra, []);
  for (const code of known) {
    const error = internal.errors.made({ code, message: "m", fault: "f" });
    assert.equal(error.code, code);
    assert.notEqual(error.constructor, library.MdeError, code);
    assert.ok(library.isMdeError(error, code) && !library.isMdeError(error, "other"));
  }
});

test("clouds are known by their names", () => {
  for (const it of files.find((file) => file.kind === "clouds").tests) {
    if (it.name === undefined || it.error !== undefined) continue;
    assert.equal(library.parse("cloud", it.name), it.name);
  }
});
