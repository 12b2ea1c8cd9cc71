/** How one device of a run ended. */

import type { Done } from "./driver.js";
import { made, type MdeError } from "./errors.js";
import type { Row } from "./types.js";

/** Why the caller has not what was asked for, with what it takes to go on. */
export function failed(row: Row, done?: Pick<Done, "causes" | "signal">): MdeError | null {
  if (row.thrown === null) return null;
  const { code, message } = row.thrown.error;
  const signal = code === "stopped" ? done?.signal : undefined;
  const error = made(row.thrown, signal?.aborted ? { cause: signal.reason } : done?.causes.of(message));
  if (row.resumable) error.handle = row.handle;
  error.candidates = row.candidates ?? [];
  return error;
}
