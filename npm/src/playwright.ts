/** Browser automation: Playwright's requests as a `fetch`, and a check of the responses that a page receives. */

import { Operation } from "./core.js";
import { known, no, text } from "./guard.js";
import type { Fetch } from "./effect-handler.js";
import { NEEDS_STREAMING } from "./failure.js";
import { InvalidInputError, isMdeError, type MdeError } from "./errors.js";

/** The part of Playwright's `APIRequestContext` in use. */
export interface RequestContext {
  fetch(
    url: string,
    options: {
      method?: string;
      headers?: Record<string, string>;
      data?: string;
      maxRedirects?: number;
      maxRetries?: number;
      failOnStatusCode?: boolean;
      timeout?: number;
    },
  ): Promise<ContextResponse>;
}

/** The part of Playwright's `APIResponse` in use. */
export interface ContextResponse {
  status(): number;
  headersArray(): { name: string; value: string }[];
  body(): Promise<Uint8Array>;
  dispose(): Promise<void>;
}

/** Options for Playwright's requests. */
export interface PlaywrightFetchOptions {
  /** Sends package downloads, since Playwright holds whole bodies in memory: the platform's `fetch`, or your own. */
  streaming?: Fetch;
}

/**
 * Returns a client's `fetch` that uses Playwright's `APIRequestContext`, with its proxy, certificates and user agent.
 *
 * It sends each request once and follows no redirect. Playwright holds a body whole in memory and cannot be aborted. The first
 * byte of a package is therefore requested first, and a package of more than 64 MiB needs a `streaming` fetch.
 */
export function playwrightFetch(context: RequestContext, options: PlaywrightFetchOptions = {}): Fetch {
  known(options, "options", ["streaming"]);
  const send = async (url: string, init: RequestInit, headers: Record<string, string>): Promise<Response> => {
    init.signal?.throwIfAborted();
    const response = await context.fetch(url, {
      method: init.method ?? "GET",
      headers,
      ...(typeof init.body === "string" && { data: init.body }),
      maxRedirects: 0,
      maxRetries: 0,
      failOnStatusCode: false,
      timeout: 0,
    });
    try {
      const given = response.headersArray().map(({ name, value }) => [name, value] as [string, string]);
      const status = response.status();
      const body = NO_BODY.has(status) ? null : new Uint8Array(await response.body());
      return new Response(body, { status, headers: given });
    } finally {
      await response.dispose();
    }
  };
  return async (url, init) => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const isPackage = (init.method ?? "GET") === "GET" && headers["authorization"] === undefined;
    if (!isPackage) return send(url, init, headers);
    if (options.streaming !== undefined) return options.streaming(url, init);
    const { "if-range": _, ...rest } = headers;
    const first = await send(url, init, { ...rest, range: "bytes=0-0" });
    // A server without range support has sent everything, or the reason why there is nothing.
    if (first.status !== 206 && first.status !== 416) return first;
    const length = /\/(\d+)$/.exec(first.headers.get("content-range") ?? "")?.[1];
    if (!(Number(length) <= MOST_BYTES)) {
      const message = `the package has ${length ?? "an unknown number of"} bytes, which Playwright would hold in memory: pass a \`streaming\` fetch`;
      throw Object.assign(new Error(message), { code: NEEDS_STREAMING });
    }
    return send(url, init, headers);
  };
}

/** The part of Playwright's `Response` in use. */
export interface PageResponse {
  url(): string;
  status(): number;
  headersArray(): Promise<{ name: string; value: string }[]>;
  body(): Promise<Uint8Array>;
  request(): { method(): string };
}

/** A page's response from the service. */
export interface Checked {
  /** The operation that was called. */
  operation: string;
  url: string;
  status: number;
  /** The parsed answer; undefined if it is an error. */
  output?: unknown;
  /** What is wrong with the answer, or what the service refused. */
  error?: MdeError;
}

/**
 * Checks the API responses that a page receives: `page.on("response", responseChecker(base, (checked) => …))`.
 *
 * Ignores responses of other hosts, and calls that this package does not know.
 */
export function responseChecker(base: string, heard: (checked: Checked) => void): (response: PageResponse) => Promise<void> {
  const prefix = text(base, "base").replace(/\/+$/, "");
  if (typeof heard !== "function") throw no("heard", "a function", heard);
  return async (response) => {
    const url = response.url();
    if (!url.startsWith(`${prefix}/`)) return;
    const operation = called(response.request().method(), new URL(url).pathname);
    if (operation === undefined) return;
    const status = response.status();
    const checked: Checked = { operation: operation.name, url: url.split("?")[0] ?? url, status };
    let headers: (readonly [string, string])[];
    let body: Uint8Array;
    try {
      headers = (await response.headersArray()).map(({ name, value }) => [name, value] as const);
      // Browsers keep no body for a redirect.
      body = status >= 300 && status < 400 ? new Uint8Array() : new Uint8Array(await response.body());
    } catch {
      // The page has navigated or closed: there is nothing to check.
      return;
    }
    try {
      checked.output = operation.response(prefix, status, headers, body);
    } catch (error) {
      if (!isMdeError(error)) throw error;
      checked.error = error;
    }
    heard(checked);
  };
}

function called(method: string, path: string): Operation | undefined {
  for (const [verb, pattern, name, field] of CALLS) {
    const found = verb === method ? pattern.exec(path) : null;
    if (found === null) continue;
    const comment = name === "collect_investigation_package" || name === "cancel_machine_action" ? { comment: "-" } : {};
    try {
      const id = decodeURIComponent(found[1] ?? "");
      return new Operation(name, { ...(field === undefined ? {} : { [field]: id }), ...comment });
    } catch (error) {
      // A page may request something that is not an id.
      if (error instanceof URIError || error instanceof InvalidInputError) return undefined;
      throw error;
    }
  }
  return undefined;
}

const CALLS: readonly (readonly [string, RegExp, string, string?])[] = [
  ["POST", /\/api\/(?:v1\.0\/)?machines\/([^/]+)\/collectInvestigationPackage$/i, "collect_investigation_package", "machine"],
  ["GET", /\/api\/(?:v1\.0\/)?machineactions\/([^/]+)\/getPackageUri$/i, "package_uri", "action"],
  ["POST", /\/api\/(?:v1\.0\/)?machineactions\/([^/]+)\/cancel$/i, "cancel_machine_action", "action"],
  ["GET", /\/api\/(?:v1\.0\/)?machineactions\/([^/]+)$/i, "get_machine_action", "action"],
  ["GET", /\/api\/(?:v1\.0\/)?machineactions$/i, "list_machine_actions"],
  ["GET", /\/api\/(?:v1\.0\/)?machines\/([^/()]+)$/i, "get_machine", "machine"],
  ["GET", /\/api\/(?:v1\.0\/)?machines$/i, "list_machines"],
];

/** The statuses without a body. */
const NO_BODY = new Set([101, 204, 205, 304]);
const MOST_BYTES = 64 << 20;

export type { Fetch } from "./effect-handler.js";
