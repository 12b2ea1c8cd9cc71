/** Plays the runs of a flow with the engine alone: a driver of a few screens, with nothing of the package's own. */

import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";

import { BUDGET, OPTIONS, Player, text } from "./play.mjs";
import { Crash, HEAD_START, TENANT, landing } from "./stage.mjs";

/** Far more than any flow needs on a slow machine, in real milliseconds. */
const REAL_LIMIT = 600_000;
const LEDGER = "mde-forensics.ledger.jsonl";

/** A player for {@link play}; `core` is the module `mde-forensics/core`, and `openPackage` verifies what was downloaded. */
export const enginePlayer = (core, openPackage) =>
  class EnginePlayer extends Player {
    async go() {
      const { step, stage, settings } = this;
      this.began = Date.now();
      if (step.do === "step") return this.stepThrough();
      for (const device of this.devices()) core.parse("device", device);
      const isFromFolder = step.from === "folder";
      if (isFromFolder && !(await stage.world.hasLedger(stage.folder))) {
        throw new core.OutputError("the folder holds no ledger", { code: "ledger_failed" });
      }
      const desk = this.desk();
      const isNew = step.do === "collect";
      const handles = isNew ? [] : isFromFolder ? desk.known() : this.handles.map((it) => this.edited(it));
      const engine = this.engine(isNew ? this.devices() : [], { ...this.options(), until: settings.until ?? "collected", handles, known: desk.known() });
      return (await this.work(engine, desk, undefined)).rows;
    }

    options() {
      const { settings } = this;
      const options = { comment: text(settings.comment ?? "INC-42") };
      for (const [name, called] of Object.entries(OPTIONS)) if (settings[name] != null) options[called] = settings[name];
      return options;
    }

    desk() {
      return new CallerStage(core, openPackage, this.stage, this.settings, this.life);
    }

    engine(devices, options) {
      const { stage, settings } = this;
      return new core.Engine(settings.tenant ?? TENANT, stage.ready.api, devices, { ...options, at: this.now() });
    }

    now() {
      return [this.stage.wall(), this.stage.mono()];
    }

    async stepThrough() {
      const rows = [];
      for (const device of this.devices()) {
        let handle = this.engine([device], this.options()).handle(0);
        for (;;) {
          this.kept = undefined;
          const desk = this.desk();
          const until = this.settings.until ?? "collected";
          const engine = this.engine([], { ...this.options(), until, handles: [handle], known: desk.known() });
          const { rows: ended, later } = await this.work(engine, desk, this.stage.elapsed + (this.settings.budget ?? BUDGET));
          if (later === undefined || ended[0].outcome !== "stopped") {
            rows.push(...ended);
            break;
          }
          handle = ended[0].handle;
          await this.stage.moveTo(later);
        }
      }
      return rows;
    }

    /** Drives the engine to its report; also when there will be something to do, if the budget ran out. */
    async work(engine, desk, backBy) {
      const { stage } = this;
      this.callsBefore = await stage.seen();
      this.flying = new Map();
      this.landed = new AbortController();
      let later;
      const stop = () => engine.cancel(undefined, { ...this.stopping(), at: this.now() });
      this.stop.signal.addEventListener("abort", stop, { once: true });
      if (this.stop.signal.aborted) stop();
      try {
        for (;;) {
          const records = [];
          let command;
          for (;;) {
            command = engine.poll(this.now());
            if (command.kind === "record") records.push(command);
            else if (command.kind === "wait" || command.kind === "done") break;
            else this.carryOut(engine, desk, command);
          }
          if (command.kind === "done") return { rows: core.Engine.report(command), later };
          if (records.length > 0) {
            desk.append(records.map(({ record }) => record));
            for (const { seq } of records) engine.recorded(seq);
            continue;
          }
          const until = command.until === null ? undefined : command.until - HEAD_START;
          const isOver = backBy !== undefined && stage.elapsed >= backBy && engine.interruptible;
          const isIdle = backBy !== undefined && this.flying.size === 0 && (until ?? Infinity) > backBy;
          if (isOver || isIdle) {
            [later, backBy] = [until ?? backBy, undefined];
            engine.cancel(undefined, { at: this.now() });
            continue;
          }
          await this.wait(Math.min(until ?? Infinity, backBy !== undefined && backBy > stage.elapsed ? backBy : Infinity));
        }
      } finally {
        this.stop.signal.removeEventListener("abort", stop);
        for (const { controller } of this.flying.values()) controller.abort();
      }
    }

    /** What a stop of this flow says to the service. */
    stopping() {
      const intervention = (this.step.during ?? []).find((intervention) => intervention.do === "stop_at_service");
      return intervention === undefined ? {} : { comment: intervention.comment };
    }

    /** Until an answer lands or the time has come: time stands still for answers that come by themselves. */
    async wait(goal) {
      const { stage } = this;
      await this.ring();
      if (this.landed.signal.aborted) return this.goOn();
      if (this.flying.size === 0) {
        const to = Math.min(goal, this.nextAlarm());
        if (to === Infinity) throw new Error("it waits for nothing");
        await stage.moveTo(to);
        return this.ring();
      }
      if (Date.now() - this.began > REAL_LIMIT) throw new Error("hung: it waits for what nobody does");
      await landing(this.landed.signal, stage.stalls.length > 0 ? 2 : 1000);
      if (this.landed.signal.aborted) return this.goOn();
      if (stage.stalls.length === 0) return undefined;
      const held = await stage.heldUntil(this.callsBefore);
      if (held === undefined || this.landed.signal.aborted) return undefined;
      await stage.moveTo(Math.min(held, goal, this.nextAlarm()));
      return this.ring();
    }

    goOn() {
      this.landed = new AbortController();
    }

    carryOut(engine, desk, command) {
      const { ticket } = command;
      const launch = (work) => {
        const controller = new AbortController();
        this.flying.set(ticket, { controller });
        void work(controller.signal).then((answer) => {
          if (this.flying.get(ticket)?.controller !== controller) return;
          this.flying.delete(ticket);
          engine.answer(ticket, answer, this.now());
          this.landed.abort();
        });
      };
      switch (command.kind) {
        case "abort":
          this.flying.get(ticket)?.controller.abort();
          this.flying.delete(ticket);
          return;
        case "claim":
          return engine.answer(ticket, { kind: "claimed" }, this.now());
        case "event":
          return this.hear(command.event);
        case "fetch":
          return launch((signal) =>
            desk.fetch(command, signal, (received, total) => {
              engine.progress(ticket, received, total);
              this.landed.abort();
            }),
          );
        case "inspect":
          return launch(() => desk.inspect(command));
        case "permit":
          return engine.answer(ticket, desk.permit(command.quota), this.now());
        case "seal":
          return launch(() => desk.seal(command));
        case "send":
          return launch((signal) => desk.send(command, signal));
        case "settle":
          return desk.settle(command);
        case "token":
          return launch(() => this.token(command.rejected));
        default:
          throw new Error(`${command.kind} is no command`);
      }
    }

    /** The client's token: kept, and asked for again where it was refused. */
    async token(rejected) {
      const { stage } = this;
      const kept = this.kept;
      if (kept !== undefined && kept.token !== rejected && kept.until > stage.elapsed + 300) {
        return { kind: "token", token: kept.token, goodFor: kept.until - stage.elapsed };
      }
      const credential = this.settings.credential ?? { kind: "secret", secret: "emulator-secret" };
      let token, goodFor;
      if (credential.kind === "token") {
        const { kind: _, ...wish } = credential;
        token = (await stage.control("POST", "tokens", wish)).access_token;
        goodFor = (await stage.control("GET", "options")).token_lifetime;
      } else {
        const { login, client_id } = stage.ready;
        const grant = { client_secret: credential.secret };
        const scope = "https://api.securitycenter.microsoft.com/.default";
        const ask = new core.Operation("token", { tenant: this.settings.tenant ?? TENANT, client_id, scope, grant });
        try {
          const { url, ...request } = ask.request(login);
          const reply = await fetch(url, { ...request, redirect: "manual" });
          const got = ask.response(login, reply.status, reply.headers, await reply.arrayBuffer());
          [token, goodFor] = [got.access_token, got.expires_in];
        } catch (error) {
          if (!core.isMdeError(error)) return { kind: "tokenFailed", message: String(error), code: "connection_lost" };
          const { message, code, retryAfter } = error;
          return { kind: "tokenFailed", message, code, ...(retryAfter !== null && { retryAfter }) };
        }
      }
      if (token === rejected) return { kind: "tokenFailed", message: "the credential has no other" };
      this.kept = { token, until: stage.elapsed + goodFor };
      return { kind: "token", token, goodFor };
    }
  };

/** Records, quotas, requests and files of one run. */
class CallerStage {
  constructor(core, openPackage, stage, settings, life) {
    Object.assign(this, { core, openPackage, stage, life, folder: stage.folder });
    this.share = settings.quota_share ?? 1;
    this.isOfApp = settings.quota_scope === "app";
    this.permits = [];
    this.serial = 0;
    for (const line of this.lines()) if ("quota" in line) this.permits.push({ ...line, number: -1 });
  }

  /** The handles that the ledger knows. */
  known() {
    return this.core.handles(this.lines().flatMap((line) => ("record" in line ? [line.record] : [])));
  }

  append(records) {
    this.#write(records.map((record) => ({ record })));
  }

  lines() {
    const path = join(this.folder, LEDGER);
    if (!fs.existsSync(path)) return [];
    return fs.readFileSync(path, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  #write(lines) {
    if (this.life.isOver) throw new Crash();
    fs.mkdirSync(this.folder, { recursive: true });
    fs.appendFileSync(join(this.folder, LEDGER), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }

  permit(quota) {
    const now = this.stage.elapsed;
    const isOf = (other) => this.isOfApp || other === quota;
    const throttled = this.permits.filter((it) => isOf(it.quota) && it.until > now).map((it) => it.until);
    if (throttled.length > 0) return this.#until(Math.max(...throttled));
    const sets = [[quota, (it) => it.quota === quota], ...(this.isOfApp ? [["get_machine", () => true]] : [])];
    for (const [limited, counts] of sets) {
      for (const [calls, window] of this.#limits(limited)) {
        const most = Math.max(1, Math.floor(calls * this.share));
        const used = this.permits.filter((it) => counts(it) && (it.at === undefined || it.at + window + 1 > now));
        if (used.length < most) continue;
        const ends = used.flatMap((it) => (it.at === undefined ? [] : [it.at + window + 1])).sort((a, b) => a - b);
        return this.#until(ends[used.length - most] ?? now + 1);
      }
    }
    const number = (this.serial += 1);
    this.permits.push({ quota, number, at: undefined, until: 0 });
    return { kind: "granted", permit: number };
  }

  settle({ permit, settlement, seconds }) {
    const at = this.permits.findIndex((it) => it.number === permit);
    if (at < 0) return;
    if (settlement === "unused") return void this.permits.splice(at, 1);
    const settled = this.permits[at];
    settled.at = this.stage.elapsed;
    if (settlement === "throttled") settled.until = this.stage.elapsed + seconds;
    this.#write([{ quota: settled.quota, at: settled.at, until: settled.until }]);
  }

  #until(elapsed) {
    return { kind: "until", monotonic: HEAD_START + elapsed };
  }

  #limits(quota) {
    const action = quota === "package_uri" || quota === "get_machine_action";
    const input = action ? { action: "a" } : { machine: "a" };
    if (quota !== "package_uri") return new this.core.Operation("get_machine", { machine: "a" }).properties.limits;
    return new this.core.Operation(quota, input).properties.limits;
  }

  async send({ request, bodyLimit }, signal) {
    const { url, ...init } = request;
    let hasHead = false;
    try {
      const reply = await this.#fetch(url, { ...init, redirect: "manual", signal });
      hasHead = true;
      const body = await reply.arrayBuffer();
      if (body.byteLength > bodyLimit) return { kind: "broken", message: "the reply is too large", code: "too_large" };
      return { kind: "reply", status: reply.status, headers: [...reply.headers], body };
    } catch (error) {
      const code = error.cause?.code ?? error.code;
      if (hasHead) return { kind: "broken", message: String(error), code: /^Z_|FORMAT/.test(code) ? "invalid_encoding" : "connection_lost" };
      return { kind: code === "ECONNREFUSED" ? "notSent" : "unknown", message: String(error) };
    }
  }

  /** Who is dead sends nothing more. */
  #fetch(url, init) {
    return this.life.isOver ? Promise.reject(new Error("dead")) : fetch(url, init);
  }

  async inspect({ name }) {
    const [path, part] = [join(this.folder, name), join(this.folder, `${name}.part`)];
    if (!fs.existsSync(path)) {
      if (!fs.existsSync(part) || fs.statSync(part).size === 0) return { kind: "held" };
      const { validator, total } = JSON.parse(fs.readFileSync(`${part}.json`, "utf8"));
      return { kind: "held", received: fs.statSync(part).size, ...(validator && { validator }), ...(total && { total }) };
    }
    if (!fs.existsSync(`${path}.manifest.json`)) return { kind: "held", conflict: `\`${path}\` exists and has no manifest` };
    const { package: its } = JSON.parse(fs.readFileSync(`${path}.manifest.json`, "utf8"));
    const { size, sha256 } = summed(fs.readFileSync(path));
    if (sha256 !== its.sha256) return { kind: "held", conflict: `\`${path}\` is not what its manifest describes`, code: "manifest_mismatch" };
    return { kind: "held", size, sha256, verdict: "whole" };
  }

  async fetch({ link, name, resume }, signal, tell) {
    const part = join(this.folder, `${name}.part`);
    let received = resume?.validator && fs.existsSync(part) ? fs.statSync(part).size : 0;
    let { validator, total } = received > 0 ? resume : {};
    const not = (reason, message, code) => {
      if (received === 0) for (const path of [part, `${part}.json`]) fs.rmSync(path, { force: true });
      const kept = { received, validator: validator ?? null, total: total ?? null };
      return { kind: "notFetched", reason, message, ...(code && { code }), ...(received > 0 && { part: kept }) };
    };
    const changed = () => {
      received = 0;
      return not("interrupted", "another range comes than was asked for", "package_changed");
    };
    const headers = { "accept-encoding": "identity" };
    if (received > 0) Object.assign(headers, { range: `bytes=${received}-`, "if-range": validator });
    try {
      let reply;
      for (let to = link, hops = 0; ; hops += 1) {
        reply = await this.#fetch(to, { headers, redirect: "manual", signal });
        if (reply.status < 300 || reply.status > 399) break;
        if (hops === 3) return not("refused", "it goes round in circles", "unexpected_redirect");
        to = new URL(reply.headers.get("location"), to).href;
        if (!/^https:|^http:..127[.]0[.]0[.]1[:/]/.test(to)) return not("refused", "it leads to where it may not", "foreign_link");
      }
      if (reply.status >= 500 || reply.status === 429) return not("interrupted", `status ${reply.status}`);
      if (reply.status === 416) return received === total ? complete(part) : changed();
      if (reply.status === 403 && reply.headers.get("content-type")?.startsWith("text/html")) return not("refused", "a page from a proxy");
      if ([403, 404, 410].includes(reply.status)) return not("dead", `status ${reply.status}`);
      if (reply.status !== 200 && reply.status !== 206) return not("refused", `status ${reply.status}`);
      if (reply.status === 206) {
        const [, first, , all] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(reply.headers.get("content-range") ?? "") ?? [];
        const tag = reply.headers.get("etag");
        if (Number(first) !== received || (total && Number(all) !== total) || (tag && tag !== validator)) {
          return changed();
        }
        total = Number(all);
      } else {
        received = 0;
        const tag = reply.headers.get("etag");
        validator = tag?.startsWith('"') ? tag : undefined;
        total = Number(reply.headers.get("content-length")) || undefined;
      }
      for await (const chunk of reply.body) {
        if (this.life.isOver) return not("interrupted", "dead");
        if (received === 0) {
          if (Buffer.from(chunk).toString("utf8").replace(/^\ufeff/, "").trimStart().startsWith("<")) return not("dead", "a page in place of the package");
          fs.mkdirSync(this.folder, { recursive: true });
          fs.writeFileSync(part, "");
          fs.writeFileSync(`${part}.json`, JSON.stringify({ validator, total }));
        }
        fs.appendFileSync(part, chunk);
        received += chunk.length;
        tell(received, total ?? null);
      }
      if (received === 0) return not("dead", "the link gave nothing");
      if (total !== undefined && total !== received) return not("interrupted", `it ended after ${received} bytes`);
      return complete(part);
    } catch (error) {
      return not("interrupted", String(error));
    }
  }

  async seal({ name, custody, size, sha256, keepDamaged }) {
    const part = join(this.folder, `${name}.part`);
    if (!VERIFIED.has(sha256)) VERIFIED.set(sha256, verified(this.openPackage, part));
    const { isWhole, members, findings } = await VERIFIED.get(sha256);
    if (!isWhole && !keepDamaged) {
      for (const path of [part, `${part}.json`]) fs.rmSync(path, { force: true });
      return { kind: "notSealed", message: "the package is damaged", damaged: true };
    }
    const place = isWhole ? name : name.replace(/\.zip$/, ".damaged.zip");
    const path = join(this.folder, place);
    if (fs.existsSync(path)) return { kind: "notSealed", message: `\`${path}\` exists`, damaged: false };
    const manifest = { package: { name: place, size, sha256 }, custody: JSON.parse(custody), members };
    fs.writeFileSync(`${path}.manifest.json`, JSON.stringify(manifest));
    fs.renameSync(part, path);
    fs.rmSync(`${part}.json`, { force: true });
    if (!isWhole) return { kind: "notSealed", message: `the package is damaged; it is kept as \`${path}\``, damaged: true };
    const isVerified = members.every(({ name, verdict }) => name.includes("!") || verdict === "good");
    return { kind: "sealed", members: members.length, findings: findings.length, ...(!isVerified && { unverified: findings.join("; ") }) };
  }
}

/** What verifying a package came to, by its sum: many flows collect the same. */
const VERIFIED = new Map();

async function verified(openPackage, path) {
  const opened = await openPackage(path).catch(() => undefined);
  if (opened === undefined) return { isWhole: false, members: [], findings: [] };
  try {
    const notable = opened.findings.filter(({ severity }) => severity !== "notice");
    return { isWhole: opened.whole !== false, members: await opened.members(), findings: notable.map(({ message }) => message) };
  } finally {
    await opened.close();
  }
}

function complete(part) {
  return { kind: "fetched", ...summed(fs.readFileSync(part)) };
}

function summed(bytes) {
  return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}
