/** The answers to effects that failed. */

import type { Failure } from "./types.js";

/** Describes a failure of a system or a library. */
export function failure(error: unknown): Failure {
  let message = "it gave no reason";
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
    // A throwing getter; what was found until then is enough.
  }
  if (typeof error === "string") message = error;
  // The lines after the first are a log: Playwright appends one with every header.
  const [line = ""] = message.toWellFormed().split("\n", 1);
  return code === undefined ? { message: line } : { message: line, code: code.toWellFormed() };
}

/** The code of a `fetch` that would hold a whole package in memory; the core knows it. */
export const NEEDS_STREAMING = "ERR_NEEDS_STREAMING";
