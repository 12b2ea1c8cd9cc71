/** Plain data of the core; generated beside it where it comes from Rust's structs. */

export interface ErrorFields {
  code: string;
  fault: string;
  message: string;
  status: number | null;
  service_code: string | null;
  service_message: string | null;
  request_id: string | null;
  retry_after: number | null;
  retryable: boolean;
  hint: string;
  body: string | null;
  /** The texts of what caused it, the nearest first. */
  causes?: string[];
}

export interface Candidate {
  machine: string;
  name: string | null;
  last_seen: string | null;
  health: string | null;
}

/** Something that happened, for progress displays and logs. Holds no secret. */
export interface Event {
  /** Which device of the call, from 0; none when it concerns the whole run. */
  index: number | null;
  /** The device, in the caller's words. */
  device: string | null;
  /** When, by the caller's clock. */
  at: string;
  /** What happened. */
  event: string;
  [field: string]: unknown;
}

/** How one device ended, and all that is known of it. */
export interface Row {
  device: string;
  outcome: string;
  succeeded: boolean;
  resumable: boolean;
  adoption: string | null;
  machine: Record<string, unknown> | null;
  action: { id: string; status: string; [field: string]: unknown } | null;
  package: { name: string; size: number; sha256: string; verdict: string } | null;
  error: ErrorFields | null;
  thrown: ErrorFields | null;
  candidates: Candidate[] | null;
  limit: string | null;
  handle: string;
}
