/** How one device of a run ended. */

import { made, type MdeError } from "./errors.js";
import type { Row } from "./types.js";

/** Why the caller has not what was asked for, with what it takes to go on. */
export function failed(row: Row, options?: ErrorOptions): MdeError | null {
  if (row.thrown === null) return null;
  const error = made(row.thrown, options);
  if (row.resumable) error.handle = row.handle;
  error.candidates = row.candidates ?? [];
  return error;
}
