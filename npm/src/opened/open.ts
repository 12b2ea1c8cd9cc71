/** Opens packages, on any host. */

import { Host, type Start } from "./host.js";
import { budgetsOf, object, passwordOf, signalOf, wasmOf, type OpenOptions } from "./options.js";
import { Package } from "./package.js";
import type { Given, Opening } from "./protocol.js";

/** Opens a package with workers that are started so. */
export async function open(start: Start, input: Promise<Given>, options: OpenOptions | undefined): Promise<Package> {
  // Whatever else is wrong, what the input comes to is heard.
  const { source, label } = await input;
  const given = object(options);
  const opening: Opening = {
    key: (COUNT.opened += 1),
    label,
    source,
    budgets: budgetsOf(given),
    password: passwordOf(given),
    trapAt: trapOf(given),
  };
  const host = new Host(start, wasmOf(given));
  try {
    const { json } = await host.ask([opening], { name: "about" }, signalOf(given, "password", "budgets", "wasm", "worker"));
    return new Package(host, opening, json);
  } catch (error) {
    void host.close(error);
    throw error;
  }
}

/** Where a test wants the wasm to trap. */
function trapOf(options: object): string | undefined {
  const at: unknown = Reflect.get(options, TRAP);
  return typeof at === "string" ? at : undefined;
}

/** The option of tests, which has no name that is documented. */
const TRAP = Symbol.for("mde-forensics trap");
const COUNT = { opened: 0 };
