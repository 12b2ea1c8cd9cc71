/** What the client's and the engine's runs have in common. */

import type { Done } from "./driver.js";
import { made, type MdeError } from "./errors.js";
import type { Kind } from "./guard.js";
import type { Row, RunSettings } from "./types.js";

/** The options of a run for one device that go to the core. */
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

/** The options of a run that go to the core. */
export const SETTINGS = { ...ONE, until: "text", concurrency: "count", downloads: "count" } as const satisfies Record<keyof RunSettings, Kind>;

/**
 * Returns why the caller does not have what was asked for, with the handle to resume from. Its cause is what stopped the run,
 * or what held it up until its time ran out.
 */
export function failed({ thrown, trouble, ...row }: Row, done?: Pick<Done, "causes" | "signal">): MdeError | null {
  if (thrown === null) return null;
  const { code, message } = (trouble ?? thrown).error;
  const given = done?.causes.of(message);
  const signal = code === "stopped" ? done?.signal : undefined;
  const kept = trouble ? { cause: made(trouble, given) } : given;
  const error = made(thrown, signal?.aborted ? { cause: signal.reason } : kept);
  if (row.resumable) error.handle = row.handle;
  error.candidates = row.candidates ?? [];
  return error;
}
