/** What the caller gets from a finished run. */

import type { Done } from "./driver.js";
import { failed } from "./run.js";
import type { Placed, Store } from "./stores/store.js";
import type { Row, Stored } from "./types.js";

/** A package that is in place. */
export interface Package extends Placed, Stored {}

/** Returns the only row of a run; throws if the caller does not have what was asked for. */
export function only(done: Done): Row {
  rethrow(done);
  const [row] = done.rows as [Row];
  const error = failed(row, done);
  if (error !== null) throw error;
  return row;
}

/** Returns the package of a row as it is in the store. */
export async function placed({ package: stored }: Row, store: Store | undefined): Promise<Package | null> {
  return stored && { ...stored, ...(await store?.result(stored.name)) };
}

/** Throws what the caller's own code threw, with the handle or handles to resume from. */
export function rethrow({ rows, thrown }: Done): void {
  if (thrown === undefined) return;
  const { error } = thrown;
  // Only objects can take properties.
  if (Object.isExtensible(error) && !("handle" in (error as object))) {
    const handles = rows.map((row) => row.handle);
    Object.assign(error as object, rows.length === 1 ? { handle: handles[0] } : { handles });
  }
  throw error;
}
