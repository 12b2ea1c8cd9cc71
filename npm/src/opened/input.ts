/** Turns what the caller gives into the bytes of a package. */

import { bytes, no, read } from "../guard.js";
import type { Signal } from "../halt.js";
import type { Bytes, Given, Limits } from "./protocol.js";
import type { LeftOut } from "./types.js";

/** A file, its bytes, the files of a folder (`<input webkitdirectory>`), a handle of either, or what `download` returned. */
export type PageInput =
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | Iterable<File>
  | FileSystemFileHandle
  | FileSystemDirectoryHandle
  | { blob?: Blob; name?: string };

/** What ends the reading of an input. */
export type Bounds = Limits & { signal: Signal };

/** Keeps bytes so that a worker can read them. */
export type Keep = (blob: Blob | Uint8Array) => Promise<Bytes> | Bytes;

/** Returns the package's source; undefined if the input is something else. */
export async function sourceOf(input: unknown, keep: Keep, bounds: Bounds): Promise<Given | undefined> {
  if (input instanceof Blob) return ofBlob(input, keep);
  if (input instanceof ArrayBuffer || ArrayBuffer.isView(input)) return { source: { kind: "zip", bytes: await keep(bytes(input, "input")) } };
  if (typeof input !== "object" || input === null) return undefined;
  if (isFile(input)) return ofBlob(await input.getFile(), keep);
  if (isFolder(input)) {
    const [found, leftOut]: [FolderFile[], LeftOut[]] = [[], []];
    await walk(input, found, leftOut, bounds);
    return folder(found, leftOut, keep);
  }
  const blob = property(input, "blob");
  if (blob instanceof Blob) return ofBlob(blob, keep, input);
  if (Symbol.iterator in input) return ofList(input as Iterable<unknown>, keep, bounds);
  return undefined;
}

async function ofBlob(blob: Blob, keep: Keep, named: object = blob): Promise<Given> {
  const name = property(named, "name");
  return { source: { kind: "zip", bytes: await keep(blob) }, label: typeof name === "string" ? name.toWellFormed() : undefined };
}

/** The files of a folder; a single file without a folder is the zip. */
async function ofList(input: Iterable<unknown>, keep: Keep, bounds: Bounds): Promise<Given> {
  const list: unknown[] = [];
  // One more than the budget, so that the package can report the excess.
  for (const file of input) if (list.push(file) > bounds.entries) break;
  const files = list.map((file, at) => {
    if (!(file instanceof Blob)) throw no(`input[${at}]`, "a File", file);
    return { name: pathOf(file, at), blob: file };
  });
  const [only, second] = files;
  if (only !== undefined && second === undefined && !only.name.includes("/")) return ofBlob(only.blob, keep);
  // A page prefixes each with the folder's own name.
  const roots = new Set(files.map(({ name }) => name.split("/", 1)[0]));
  const isBelow = roots.size === 1 && files.every(({ name }) => name.includes("/"));
  return folder(isBelow ? files.map(({ name, blob }) => ({ name: name.slice(name.indexOf("/") + 1), blob })) : files, [], keep);
}

async function folder(files: FolderFile[], leftOut: LeftOut[], keep: Keep): Promise<Given> {
  const order = (one: { name: string }, other: { name: string }) => compare(one.name, other.name);
  const kept = [];
  for (const { name, blob } of files.sort(order)) kept.push({ name, bytes: await keep(blob) });
  return { source: { kind: "folder", files: kept, leftOut: leftOut.sort(order) } };
}

/** Compares bytewise, as the other languages do. */
function compare(one: string, other: string): number {
  const encoder = new TextEncoder();
  const [left, right] = [encoder.encode(one), encoder.encode(other)];
  const at = left.findIndex((byte, at) => byte !== right[at]);
  return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
}

function pathOf(file: Blob, at: number): string {
  const name = property(file, "webkitRelativePath") || property(file, "name");
  if (typeof name !== "string" || name === "") throw no(`input[${at}]`, "a File with a name", file);
  return name.toWellFormed();
}

interface FolderFile {
  name: string;
  blob: Blob;
}

interface Folder {
  values(): AsyncIterable<FileSystemFileHandle | (Folder & { kind: "directory"; name: string })>;
}

async function walk(root: Folder, found: FolderFile[], leftOut: LeftOut[], bounds: Bounds, below = "", depth = 0): Promise<void> {
  for await (const entry of root.values()) {
    goOn(bounds.signal);
    const name = below + entry.name;
    if (entry.kind === "file") found.push({ name, blob: await entry.getFile() });
    else if (depth < DEEPEST) await walk(entry, found, leftOut, bounds, `${name}/`, depth + 1);
    else leftOut.push({ name, kind: "deep" });
    if (found.length > bounds.entries) break;
  }
}

function isFile(value: object): value is FileSystemFileHandle {
  return property(value, "kind") === "file" && typeof property(value, "getFile") === "function";
}

function isFolder(value: object): value is Folder {
  return property(value, "kind") === "directory" && typeof property(value, "values") === "function";
}

/** Throws if it was aborted. */
export function goOn({ aborted, reason }: Signal): void {
  if (aborted) throw reason;
}

/** Reads one property of the input. */
export function property(input: object, key: string): unknown {
  return read(input, key, `input.${key}`);
}

/** How deep folders are searched; a package has two levels. */
const DEEPEST = 16;
