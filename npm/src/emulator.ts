/// <reference lib="esnext.disposable" preserve="true" />

/** A local Defender for Endpoint: the binary `mde-forensics emulator`. */

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { Socket } from "node:net";
import * as path from "node:path";
import { createInterface } from "node:readline";

import { json, known, no, several } from "./guard.js";
import type { ClientOptions } from "./options.js";

/** Options for starting an emulator. */
export interface EmulatorOptions {
  /** The binary (default: `MDE_FORENSICS`, or `mde-forensics` on PATH). */
  binary?: string;
  /** The devices: names, or objects with `name`, `id`, `ip`, `life` and so on (default: `ws-042.contoso.com`). */
  devices?: (string | Record<string, unknown>)[];
  /**
   * Emulator seconds per real second (default: 300). With 0 the clock stands still until {@link Emulator.control} advances it.
   */
  timeScale?: number;
  /** Determines everything that looks random. */
  seed?: number;
  /** Faults to inject: objects such as `{ on: { endpoint: "collect" }, do: { kind: "lost_answer" } }`. */
  faults?: Record<string, unknown>[];
  /** Lets pages of any origin read the answers. */
  cors?: boolean;
  /** Any other configuration; its `fleet` and `faults` override `devices` and `faults`. */
  config?: Record<string, unknown>;
}

/** A local Defender for Endpoint in its own process, on loopback ports. */
export class Emulator {
  readonly #child: ChildProcess;
  readonly #scale: number;
  /** The binary's ready line, parsed. */
  readonly ready: Readonly<Record<string, unknown>>;

  private constructor(child: ChildProcess, ready: Record<string, unknown>, scale: number) {
    this.#child = child;
    this.ready = ready;
    this.#scale = scale;
  }

  /** Starts an emulator. It ends with {@link stop} or with this process, and does not keep this process alive. */
  static async start(options: EmulatorOptions = {}): Promise<Emulator> {
    if (typeof options !== "object" || options === null) throw no("options", "an object", options);
    known(options, "options", ["binary", "devices", "timeScale", "seed", "faults", "cors", "config"]);
    const { binary = process.env["MDE_FORENSICS"] ?? "mde-forensics", timeScale = 300, devices = ["ws-042.contoso.com"] } = options;
    const listed = several(devices, "options.devices", "names or objects", listing);
    const config = json({ fleet: { devices: listed }, faults: options.faults ?? [], ...options.config }, "options");
    const folder = await mkdtemp(path.join(tmpdir(), "mde-forensics-"));
    try {
      const file = path.join(folder, "config.json");
      await writeFile(file, config);
      const more = [...(options.seed === undefined ? [] : ["--seed", String(options.seed)]), ...(options.cors === true ? ["--cors"] : [])];
      const child = spawn(binary, ["emulator", "--until-stdin-closes", "--config", file, "--time-scale", String(timeScale), ...more]);
      const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
        let said = "";
        const no = (why: string, options?: ErrorOptions): void => {
          clearTimeout(timer);
          child.kill();
          reject(new Error(why, options));
        };
        const timer = setTimeout(() => no(`\`${binary}\` did not start in time: ${said}`), READY_WITHIN);
        child.stderr.on("data", (text) => (said = (said + String(text)).slice(-MOST_SAID)));
        child.once("error", (cause) => no(`cannot run \`${binary}\`: install the command \`mde-forensics\` on PATH, or set MDE_FORENSICS or \`binary\``, { cause }));
        child.once("exit", (code) => no(`the emulator exited with ${code}: ${said}`));
        createInterface(child.stdout).once("line", (line) => {
          clearTimeout(timer);
          try {
            resolve(JSON.parse(line) as Record<string, unknown>);
          } catch (cause) {
            no(`\`${binary}\` is not the emulator: it printed \`${line}\``, { cause });
          }
        });
      });
      child.unref();
      for (const stream of [child.stdin, child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref();
      return new Emulator(child, ready, timeScale);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The tenant's id. */
  get tenant(): string {
    return String(this.ready["tenant"]);
  }

  /** Returns the options for a client of the emulator: `new Client(emulator.tenant, emulator.options())`. */
  options(): ClientOptions {
    const { api, login, client_id: clientId, client_secret: clientSecret } = this.ready;
    return {
      baseUrl: String(api),
      loginUrl: String(login),
      clientId: String(clientId),
      clientSecret: String(clientSecret),
      ...(this.#scale > 0 && { timeScale: this.#scale }),
    };
  }

  /** Calls the control plane, such as `control("GET", "actions")`. */
  async control(method: string, call: string, body?: unknown): Promise<unknown> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "content-type": "application/json" };
    }
    const reply = await fetch(`${String(this.ready["control"])}${call}`, init);
    const answer: unknown = await reply.json();
    if (!reply.ok) throw new Error(`\`${method} ${call}\`: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Stops the emulator. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.ref();
    this.#child.kill();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function listing(device: unknown, name: string): object {
  if (typeof device === "string") return { name: device };
  if (typeof device !== "object" || device === null) throw no(name, "a name or an object", device);
  return device;
}

/** In milliseconds. A busy machine is slow; a program that stays silent is not an emulator. */
const READY_WITHIN = 60_000;
/** How much of the end of its stderr is kept. */
const MOST_SAID = 4096;
