/** What is given for a wish that could not be fulfilled. */

import type { Failure } from "./types.js";

/** What a failure of a system or a library says of itself. */
export function failure(error: unknown): Failure {
  let message = "it failed without a word";
  let code: string | undefined;
  try {
    let next = error;
    for (let depth = 0; depth < 8 && typeof next === "object" && next !== null; depth += 1) {
      const { message: said, code: called, name, cause } = next as Record<string, unknown>;
      if (typeof said === "string" && said !== "") message = said;
      if (typeof called === "string") code = called;
      else if (typeof name === "string" && next instanceof Error && code === undefined && name !== "Error" && name !== "TypeError") code = name;
      next = cause;
    }
  } catch {
    // A getter of the caller's: what was found until then says enough.
  }
  if (typeof error === "string") message = error;
  // What comes behind the first line is a log, as Playwright appends one with every header.
  const [line = ""] = message.toWellFormed().split("\n", 1);
  return code === undefined ? { message: line } : { message: line, code: code.toWellFormed() };
}

/** What a `fetch` fails with that would hold a whole package in memory; the core knows it. */
export const NEEDS_STREAMING = "ERR_NEEDS_STREAMING";
