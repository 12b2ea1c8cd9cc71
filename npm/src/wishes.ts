/** What the core wishes and what it is given: see `crates/core/src/work.rs`. */

export type Wish =
  | { kind: "assertion"; audience: string }
  | { kind: "chunk"; seconds: number }
  | { kind: "create"; name: string; text: string }
  | { kind: "credential"; tenant: string; scope: string }
  | { kind: "download"; url: string; headers: [string, string][]; seconds: number }
  | { kind: "keep"; name: string; at: number }
  | { kind: "lock"; name: string }
  | { kind: "look"; name: string }
  | { kind: "progress" }
  | { kind: "read"; name: string; at: number; length: number }
  | { kind: "remove"; name: string }
  | { kind: "rename"; name: string; to: string }
  | { kind: "replace"; name: string; text: string }
  | {
      kind: "send";
      method: string;
      url: string;
      headers: [string, string][];
      body: string | null;
      bodyLimit: number;
      seconds: number;
    }
  | { kind: "sync"; name: string | null }
  | { kind: "truncate"; name: string; length: number }
  | { kind: "unlock"; name: string }
  | { kind: "wait"; until: number };

export interface Failure {
  message: string;
  code?: string;
  hasHead?: boolean;
  isTooLarge?: boolean;
  isTimeout?: boolean;
  isRedirect?: boolean;
  isUnsent?: boolean;
}

export interface Given {
  failed?: Failure;
  status?: number;
  headers?: [string, string][];
  location?: string;
  length?: number;
  isFile?: boolean;
  exists?: boolean;
  token?: string;
  expiresIn?: number;
  /** Passed beside the JSON. */
  bytes?: Uint8Array;
}

/** What a failure of a system or a library says of itself. */
export function failure(error: unknown): Failure {
  let message = "it failed without a word";
  let code: string | undefined;
  let next = error;
  for (let depth = 0; depth < 8 && typeof next === "object" && next !== null; depth += 1) {
    const { message: said, code: called, name, cause } = next as Record<string, unknown>;
    if (typeof said === "string" && said !== "") message = said;
    if (typeof called === "string") code = called;
    else if (typeof name === "string" && next instanceof Error && code === undefined && name !== "Error" && name !== "TypeError") code = name;
    next = cause;
  }
  if (typeof error === "string") message = error;
  return code === undefined ? { message } : { message, code };
}
