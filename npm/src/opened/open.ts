/** Opens packages on any host. */

import { halt } from "../halt.js";
import { Host, type Start } from "./host.js";
import type { Bounds } from "./input.js";
import { budgetsOf, callOf, OPEN, passwordOf, wasmOf, type OpenOptions } from "./options.js";
import { Package } from "./package.js";
import type { Given, Opening } from "./protocol.js";

/** Opens a package with workers started by `start`. */
export async function open(start: (worker: unknown) => Start, read: (bounds: Bounds) => Promise<Given>, options: OpenOptions | undefined): Promise<Package> {
  const { budgets, password, signal, wasm, worker } = callOf(options, OPEN);
  const own = { budgets: budgetsOf(budgets), password: passwordOf(password), trapAt: trapOf(options) };
  const host = new Host(start(worker), wasmOf(wasm));
  const opening: Opening = { key: (COUNT.opened += 1), ...own, ...(await unlessAborted(read, { ...own.budgets, signal: halt(signal) })) };
  try {
    const { json } = await host.ask([opening], { name: "about" }, signal);
    return new Package(host, opening, json);
  } catch (error) {
    void host.close(error);
    throw error;
  }
}

/** The result of reading the input; an abort is heard at once, even if the input never answers. */
function unlessAborted(read: (bounds: Bounds) => Promise<Given>, bounds: Bounds): Promise<Given> {
  const { signal } = bounds;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop);
    void read(bounds).then(resolve, reject).then(() => signal.removeEventListener("abort", stop));
  });
}

/** Where a test wants the wasm to trap. */
function trapOf(options: object = {}): string | undefined {
  const at: unknown = Reflect.get(options, TRAP);
  return typeof at === "string" ? at : undefined;
}

/** The undocumented option of tests. */
const TRAP = Symbol.for("mde-forensics trap");
const COUNT = { opened: 0 };
