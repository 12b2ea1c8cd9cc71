/** A conformance check for a caller's own `fetch`. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { no } from "./guard.js";
import type { Fetch } from "./effect-handler.js";

/**
 * Checks that a `fetch` does what a client needs: each request goes out once and unchanged, no redirect is followed, bodies
 * arrive whole, and an abort ends the wait. Runs a server on the loopback interface meanwhile.
 *
 * @returns The violations, in plain words; empty if there are none.
 */
export async function checkFetch(fetch: Fetch): Promise<string[]> {
  if (typeof fetch !== "function") throw no("fetch", "a function", fetch);
  const seen: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (text) => (body += String(text)));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      seen.push({ method, url, headers, body });
      answer(url, request, response);
    });
  });
  const base = await listening(server);
  try {
    const found: string[] = [];
    for (const check of CHECKS) {
      seen.length = 0;
      try {
        await inTime(check(fetch, base, seen, found));
      } catch (error) {
        found.push(`it failed: ${String(error)}`);
      }
    }
    return found;
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

type Check = (fetch: Fetch, base: string, seen: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[], found: string[]) => Promise<void>;

const CHECKS: readonly Check[] = [
  async (fetch, base, seen, found) => {
    const headers: [string, string][] = [["authorization", "Bearer t"], ["content-type", "application/json"]];
    const reply = await fetch(`${base}/echo?a=%2b%3D`, init({ method: "POST", headers, body: "{}" }));
    const [request] = seen;
    if (request?.method !== "POST" || request.body !== "{}") found.push("a POST arrives changed");
    if (request?.url !== "/echo?a=%2b%3D") found.push("a URL arrives changed");
    if (request?.headers.authorization !== "Bearer t") found.push("a header is lost");
    if (reply.status !== 201 || reply.headers.get("etag") !== '"1"') found.push("a reply's status or headers are lost");
    if ((await reply.text()) !== "whole") found.push("a reply's body is changed");
  },
  async (fetch, base, seen, found) => {
    const reply = await fetch(`${base}/redirect`, init({}));
    if (seen.length !== 1 || reply.redirected) found.push("it follows redirects under `redirect: \"manual\"`");
    if (reply.status !== 302 && reply.type !== "opaqueredirect") found.push("it hides a redirect");
  },
  async (fetch, base, seen, found) => {
    const reply = await fetch(`${base}/busy`, init({}));
    if (seen.length !== 1) found.push("it retries after a 503");
    if (reply.status !== 503) found.push("it hides a 503");
  },
  async (fetch, base, seen, found) => {
    const gone = await fetch(`${base}/drop`, init({ method: "POST", body: "{}" })).then(
      () => false,
      () => true,
    );
    if (!gone) found.push("it hides a broken connection");
    if (seen.length !== 1) found.push("it retries a POST whose connection broke");
  },
  async (fetch, base, _, found) => {
    const controller = new AbortController();
    const aborted = fetch(`${base}/never`, { ...init({}), signal: controller.signal }).then(
      () => false,
      () => true,
    );
    setTimeout(() => controller.abort(), 50);
    if ((await Promise.race([aborted, late()])) !== true) found.push("an abort does not end the wait");
  },
  async (fetch, base, _, found) => {
    const controller = new AbortController();
    const reply = await fetch(`${base}/slow`, { ...init({}), signal: controller.signal });
    const ended = reply.arrayBuffer().then(
      () => true,
      () => true,
    );
    controller.abort();
    if ((await Promise.race([ended, late()])) !== true) found.push("an abort does not end a body");
  },
];

function late(): Promise<"late"> {
  return new Promise((resolve) => setTimeout(() => resolve("late"), 2_000));
}

/** The work, rejected if it does not end in time. */
function inTime(work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no answer in time")), 10_000);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function answer(url: string, request: IncomingMessage, response: ServerResponse): void {
  if (url.startsWith("/echo")) response.writeHead(201, { etag: '"1"' }).end("whole");
  else if (url === "/redirect") response.writeHead(302, { location: "/echo" }).end();
  else if (url === "/busy") response.writeHead(503, { "retry-after": "0" }).end();
  else if (url === "/drop") request.socket.destroy();
  else if (url === "/slow") response.writeHead(200).write("the start of a body");
}

function init(more: RequestInit): RequestInit {
  return { redirect: "manual", credentials: "omit", cache: "no-store", ...more };
}

function listening(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
