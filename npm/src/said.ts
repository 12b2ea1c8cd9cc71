/** What the core is told of a run: the table that checks it. */

import type { Kind } from "./guard.js";
import type { RunSaid } from "./types.js";

/** What the core is told of a run for one device. */
export const ONE = {
  comment: "text",
  key: "text",
  timeout: "seconds",
  deadline: "seconds",
  pollEvery: "seconds",
  pick: "text",
  preflight: "flag",
  markComment: "flag",
  sendExternalId: "flag",
} as const satisfies Record<string, Kind>;

/** What the core is told of a run. */
export const SAID = { ...ONE, until: "text", concurrency: "count", downloads: "count" } as const satisfies Record<keyof RunSaid, Kind>;
