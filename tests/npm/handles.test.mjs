/** Folders of a browser that are not as they were left: with handles as a browser gives them. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { from } from "./library.mjs";

const { DirectoryStore } = await from("stores/handles.js");

/** A folder of a browser: a name is there at once, and its bytes when the writer is closed. */
function directory() {
  const files = new Map();
  return {
    files,
    kind: "directory",
    name: "evidence",
    async getFileHandle(name, { create = false } = {}) {
      if (!files.has(name)) {
        if (!create) throw new DOMException("there is none", "NotFoundError");
        files.set(name, "");
      }
      return {
        getFile: async () => new Blob([files.get(name)]),
        async createWritable() {
          let text = "";
          return { write: async (more) => void (text += more), close: async () => void files.set(name, text) };
        },
      };
    },
  };
}

test("a record that a closed page left empty is written, and one that says something is kept", async () => {
  const folder = directory();
  await folder.getFileHandle("p.zip.manifest.json", { create: true });
  const store = new DirectoryStore(folder);
  assert.equal(await store.create("p.zip.manifest.json", "first"), true);
  assert.equal(folder.files.get("p.zip.manifest.json"), "first");
  assert.equal(await store.create("p.zip.manifest.json", "second"), false);
  assert.equal(folder.files.get("p.zip.manifest.json"), "first");
});
