/** Opens packages on any host. */

import { Host, type Start } from "./host.js";
import { budgetsOf, callOf, OPEN, passwordOf, wasmOf, type OpenOptions } from "./options.js";
import { Package } from "./package.js";
import type { Given, Opening } from "./protocol.js";

/** Opens a package with workers started by `start`. */
export async function open(start: (worker: unknown) => Start, read: () => Promise<Given>, options: OpenOptions | undefined): Promise<Package> {
  const { budgets, password, signal, wasm, worker } = callOf(options, OPEN);
  const own = { budgets: budgetsOf(budgets), password: passwordOf(password), trapAt: trapOf(options) };
  const host = new Host(start(worker), wasmOf(wasm));
  const opening: Opening = { key: (COUNT.opened += 1), ...own, ...(await read()) };
  try {
    const { json } = await host.ask([opening], { name: "about" }, signal);
    return new Package(host, opening, json);
  } catch (error) {
    void host.close(error);
    throw error;
  }
}

/** Where a test wants the wasm to trap. */
function trapOf(options: object = {}): string | undefined {
  const at: unknown = Reflect.get(options, TRAP);
  return typeof at === "string" ? at : undefined;
}

/** The undocumented option of tests. */
const TRAP = Symbol.for("mde-forensics trap");
const COUNT = { opened: 0 };
