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

test("every code comes as its class, the same as in Python", () => {
  const python = readFileSync(join(ROOT, "python/mde_forensics/_errors.py"), "utf8");
  const table = [...python.slice(python.indexOf("_CLASSES")).matchAll(/\(\s*(\w+Error),\s*((?:"[a-z_ ]+"\s*)+),?\s*\)/g)];
  const classes = new Map(table.flatMap(([, name, codes]) => codes.match(/[a-z_]+/g).map((code) => [code, name])));
  const known = library.codes().map(({ code }) => code);
  assert.deepEqual([...classes.keys()].sort(), [...known].sort());
  // Python tells a credential that cannot be used from one that was refused.
  classes.set("invalid_credential", "CredentialError");
  for (const code of known) {
    const error = internal.wasm.raised(internal.wasm.ask("error", [code, "m"]));
    assert.equal(error.code, code);
    assert.equal(error.constructor, library[classes.get(code)], code);
    assert.equal(error.name, classes.get(code));
    assert.ok(library.isMdeError(error, code) && !library.isMdeError(error, "other"));
  }
  const unused = Object.keys(library).filter((name) => /^[A-Z]\w*Error$/.test(name) && library[name] !== library.MdeError && ![...classes.values()].includes(name));
  assert.deepEqual(unused, [], "every class has its code");
});

test("clouds are known by their names, and nothing else is", () => {
  const { numberOfTests, tests } = files.find((file) => file.kind === "clouds");
  const played = { valid: 0, invalid: 0 };
  for (const { name, error, result } of tests) {
    if (result === "valid") assert.equal(library.parse("cloud", name), name);
    else assert.throws(() => library.parse("cloud", name), (thrown) => library.isMdeError(thrown, error.code), name);
    played[result] += 1;
  }
  assert.equal(played.valid + played.invalid, numberOfTests);
  assert.ok(played.valid >= 19 && played.invalid >= 4, JSON.stringify(played));
});
