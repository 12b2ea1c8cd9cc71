/** The worker: opens packages in the wasm and answers requests, one at a time. */

import * as glue from "../wasm/mde_forensics_package.js";
import { ReaderHost, type Shelf, type Sink } from "./reader-host.js";
import type { Answer, Failure, Message, Opening, Source, Value, Verb } from "./protocol.js";
import { BlobSink, MemorySink } from "./sinks.js";
import type { Extract } from "./types.js";

/** Files written to a folder (Node). */
export interface FolderSink extends Sink {
  /** Whether a file of this name exists; throws if its content does not match the name, a SHA-256. */
  has(name: string): boolean;
  /** The content of an existing file. */
  read(name: string): Uint8Array | undefined;
  /** Gives the files their names and returns their paths. */
  finish(): string[];
  /** Removes unfinished files. */
  discard(): void;
}

/** What the worker's host provides. */
export interface Platform {
  /** Instantiates the wasm from this module, or from the one beside the worker. */
  initialize(wasm: WebAssembly.Module | ArrayBuffer | undefined): Promise<void>;
  /** The files of a package. */
  shelf(source: Source, entries: number): Shelf;
  /** Files in a folder. */
  folder(path: string, overwrites: boolean): FolderSink;
  post(answer: Answer, transfer: ArrayBuffer[]): void;
}

/** A package, and its counterpart in the current instance. */
interface Opened {
  host: ReaderHost;
  wasm: glue.Package | undefined;
}

/** A package that is ready for requests. */
interface Ready {
  host: ReaderHost;
  wasm: glue.Package;
}

/** Handles messages. */
export function serve(platform: Platform): (message: Message) => void {
  const openings = new Map<number, Opening>();
  const packages = new Map<number, Opened>();
  let loaded = Promise.resolve();

  const opened = (key: number): Opened => {
    const known = packages.get(key);
    if (known !== undefined) return known;
    const opening = openings.get(key);
    if (opening === undefined) throw new Error(`no package has the number ${key}`);
    const host = new ReaderHost(opening, chosen(platform.shelf(opening.source, opening.budgets.entries)));
    const made = { host, wasm: undefined };
    packages.set(key, made);
    return made;
  };

  /** Does the work. If the wasm traps on a member, retries in a new instance without that member. */
  const perform = (keys: number[], verb: Verb): Value => {
    let own: Opened[] = [];
    for (let traps = 0; ; traps += 1) {
      try {
        own = keys.map(opened);
        return carryOut(platform, own.map(ready), verb);
      } catch (thrown) {
        if (!isTrap(thrown)) throw own.map((it) => it.host.fault).reduce(caused, thrown);
        glue.__wbg_reset_state();
        for (const it of packages.values()) it.wasm = undefined;
        if (traps === TRAPS || !own.some((it) => it.host.refuse())) throw trapped(thrown);
      }
    }
  };

  const close = (key: number): void => {
    const known = packages.get(key);
    openings.delete(key);
    packages.delete(key);
    known?.wasm?.free();
    known?.host.shelf.close();
  };

  const answer = (keys: number[], verb: Verb): void => {
    try {
      const value = perform(keys, verb);
      platform.post({ value }, value.bytes === undefined ? [] : [value.bytes.buffer]);
    } catch (thrown) {
      platform.post({ failure: failure(thrown) }, []);
    }
  };

  return (message) => {
    if (message.kind === "wasm") {
      const { wasm } = message;
      loaded = platform.initialize(wasm).catch((cause: unknown) => {
        throw unloaded(wasm, cause);
      });
      // Requests report the failure.
      loaded.catch(() => undefined);
    } else if (message.kind === "open") openings.set(message.opening.key, message.opening);
    else if (message.kind === "close") loaded.then(() => close(message.key), () => undefined);
    else {
      const { keys, verb } = message;
      loaded.then(() => answer(keys, verb), (failure: Failure) => platform.post({ failure }, []));
    }
  };
}

/** The one package in a folder, which may be in a subfolder. */
function chosen(shelf: Shelf): Shelf {
  const { files, isFolder, leftOut } = shelf;
  if (!isFolder) return shelf;
  if (files.length === 0 && leftOut.length === 0) throw { code: "read_failed", message: "the folder has no files", hint: "pass the folder that a package was extracted to" } satisfies Failure;
  const one = glue.choose(JSON.stringify(files.map(({ name }) => name)));
  if (one === "") return shelf;
  const below = <T extends { name: string }>(own: T): T => ({ ...own, name: own.name === one ? "" : own.name.slice(one.length + 1) });
  const isOwn = ({ name }: { name: string }) => name === one || name.startsWith(`${one}/`);
  const indices = [...files.keys()].filter((at) => isOwn(files[at] ?? { name: "" }));
  return {
    isFolder: !files.some(({ name }) => name === one),
    files: files.filter(isOwn).map(below),
    leftOut: leftOut.filter(isOwn).map(below),
    read: (file, offset, buffer) => shelf.read(indices[file] ?? 0, offset, buffer),
    close: () => shelf.close(),
  };
}

function ready(it: Opened): Ready {
  it.host.collect(undefined);
  return { host: it.host, wasm: (it.wasm ??= open(it.host)) };
}

function open(host: ReaderHost): glue.Package {
  const { budgets, password } = host.opening;
  const { files, isFolder, leftOut } = host.shelf;
  return new glue.Package(host, JSON.stringify(files), JSON.stringify(leftOut), isFolder, JSON.stringify(budgets), password);
}

function carryOut(platform: Platform, own: Ready[], verb: Verb): Value {
  const [first, second] = own;
  if (first === undefined) throw new Error("there is no package");
  const { host, wasm } = first;
  switch (verb.name) {
    case "about":
      return { json: `{"about":${wasm.about()},"schemas":${glue.schemas()}}` };
    case "compare":
      // A package is never compared with itself by mistake.
      if (second === undefined) throw new Error("there is no package");
      return held(second.host, () => glue.compare(wasm, second.wasm));
    case "export":
      return written(platform, verb.folder, verb.overwrite, (sink) => {
        host.collect(sink);
        wasm.export(verb.format, JSON.stringify(verb.tables), verb.redact);
      });
    case "blob":
      return written(platform, undefined, false, (sink) => {
        host.collect(sink);
        wasm.extract(wasm.locate(verb.member), false);
      });
    case "extract":
      return extract(platform, host, wasm, verb.members, verb.folder);
    case "read":
      return held(host, () => wasm.extract(wasm.locate(verb.member), true));
    case "report":
      return { json: wasm.report() };
    case "search":
      return { json: wasm.search(verb.indicators, verb.limit) };
    case "table":
      return held(host, () => wasm.table(verb.table, verb.format));
    case "tree":
      return { json: wasm.tree() };
  }
}

/** The work's result, and the bytes it wrote. */
function held(host: ReaderHost, work: () => string | void): Value {
  const sink = new MemorySink();
  host.collect(sink);
  return { json: work() ?? "null", bytes: sink.bytes() };
}

/** The work's result, and the files it wrote: to a folder, otherwise to Blobs. */
function written(platform: Platform, path: string | undefined, overwrites: boolean, work: (sink: Sink, folder?: FolderSink) => string | void): Value {
  const folder = path === undefined ? undefined : platform.folder(path, overwrites);
  const blobs = new BlobSink();
  try {
    const json = work(folder ?? blobs, folder) ?? "null";
    return folder === undefined ? { json, files: blobs.files() } : { json, paths: folder.finish() };
  } catch (thrown) {
    folder?.discard();
    throw thrown;
  }
}

/** Writes members as files named by their SHA-256. No file is ever named after a member. */
function extract(platform: Platform, host: ReaderHost, wasm: glue.Package, texts: string[], path: string | undefined): Value {
  const wanted = texts.map((text) => text.toLowerCase());
  const isWanted = ({ member }: Extract) => wanted.length === 0 || wanted.some((text) => member.toLowerCase().includes(text));
  const all = JSON.parse(wasm.extracts()) as Extract[];
  const members = all.filter(isWanted).sort((one, other) => (one.member === other.member ? one.index - other.index : one.member < other.member ? -1 : 1));
  const places = JSON.stringify(members.map(({ index }) => index));
  return written(platform, path, true, (sink, folder) => {
    const list = () => folder && wasm.list_extracts(places, folder.read(LIST));
    // Fails before anything is written if the list cannot be continued.
    list();
    for (const [file, { index }] of new Map(members.map((member) => [member.file, member]))) {
      if (folder?.has(file) === true) continue;
      // A member may be empty.
      sink.write(file, new Uint8Array());
      host.collect({ write: (_, bytes) => sink.write(file, bytes) });
      wasm.extract(index, false);
    }
    folder?.write(LIST, new TextEncoder().encode(list()));
    return JSON.stringify(members);
  });
}

/** The wasm throws strings; these errors mean that its instance is lost. */
function isTrap(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError;
}

function unloaded(given: unknown, cause: unknown): Failure {
  if (given === undefined) return { code: "internal", message: `the wasm could not be loaded: ${said(cause)}` };
  return { code: "invalid_option", message: `\`options.wasm\` is not this version's \`mde_forensics_package_bg.wasm\`: ${said(cause)}` };
}

function trapped(thrown: unknown): Failure {
  const message =
    "the package reader failed outside any member, or ran out of memory (4 GiB): lower the budgets, " +
    `or report this: ${said(thrown)}`;
  return { code: "internal", message };
}

/** Adds what JavaScript threw as the failure's cause; a failure that explains itself is kept as it is. */
function caused(thrown: unknown, fault: unknown): unknown {
  if (fault === undefined || typeof thrown !== "string") return thrown;
  if (!(fault instanceof Error)) return fault;
  return { ...(JSON.parse(thrown) as Failure), cause: words(fault) } satisfies Failure;
}

function failure(thrown: unknown): Failure {
  if (typeof thrown === "string") return JSON.parse(thrown) as Failure;
  return thrown instanceof Error ? { code: "internal", message: thrown.message, cause: words(thrown) } : (thrown as Failure);
}

/** An error as plain data, which can be sent to another thread. */
export function words(error: unknown): Failure["cause"] {
  if (error === undefined) return undefined;
  const name = error instanceof Error ? error.name : typeof error;
  const own = typeof error === "object" && error !== null && "code" in error ? { code: String(error.code) } : {};
  return { name, message: said(error), ...own };
}

/** What was thrown, as text. */
export function said(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The file that says which extracted file is which member. */
const LIST = "members.json";
/** How many members may make the wasm trap before the request fails. */
const TRAPS = 64;
