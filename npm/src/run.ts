/** What the client's runs and the engine's have in common. */

import type { Done } from "./driver.js";
import { made, type MdeError } from "./errors.js";
import type { Kind } from "./guard.js";
import type { Row, RunSaid } from "./types.js";

/** What the core is told of a run for one device. */
export const ONE = {
  comment: "text",
  key: "text",
  timeout: "amount",
  deadline: "amount",
  pollEvery: "amount",
  pick: "text",
  preflight: "flag",
  markComment: "flag",
  sendExternalId: "flag",
} as const satisfies Record<string, Kind>;

/** What the core is told of a run. */
export const SAID = { ...ONE, until: "text", concurrency: "count", downloads: "count" } as const satisfies Record<keyof RunSaid, Kind>;

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
