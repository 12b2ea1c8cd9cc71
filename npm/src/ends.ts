/** What the caller gets of a run that is over. */

import type { Done } from "./driver.js";
import { failed } from "./run.js";
import type { Placed, Store } from "./stores/store.js";
import type { Row, Stored } from "./types.js";

/** A package that is in place. */
export interface Package extends Placed, Stored {}

/** The only row of a run; throws why the caller has not what was asked for. */
export function only(done: Done): Row {
  rethrow(done);
  const [row] = done.rows as [Row];
  const error = failed(row, done);
  if (error !== null) throw error;
  return row;
}

/** The package of a row, as it lies in the store. */
export async function placed({ package: stored }: Row, store: Store | undefined): Promise<Package | null> {
  return stored && { ...stored, ...(await store?.result(stored.name)) };
}

/** Throws what the caller's own code threw, with what it takes to go on. */
export function rethrow({ rows, thrown }: Done): void {
  if (thrown === undefined) return;
  const { error } = thrown;
  // What is no object cannot be extended.
  if (Object.isExtensible(error) && !("handle" in (error as object))) {
    const handles = rows.map((row) => row.handle);
    Object.assign(error as object, rows.length === 1 ? { handle: handles[0] } : { handles });
  }
  throw error;
}
