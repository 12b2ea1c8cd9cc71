/** Plays a flow, step by step, with the package's own driver. Runs in Node and in a page. */

import * as check from "./check.mjs";
import { Crash, Stage, TENANT, VirtualClock, fleetNames } from "./stage.mjs";

/** Virtual seconds that one piece of a stepped run may take. */
export const BUDGET = 20;
export const OPTIONS = {
  key: "key", timeout: "timeout", deadline: "deadline", poll_every: "pollEvery", pick: "pick", preflight: "preflight",
  mark_comment: "markComment", send_external_id: "sendExternalId", concurrency: "concurrency", downloads: "downloads",
};

/**
 * Plays the steps of a flow; all that is not as it says. `world` has the package, and folders. Where `promises`, it is held
 * to what is promised of every flow alone, as something between the package and the service has a mind of its own. Runs are
 * those of the package's own driver, or of another `player`.
 */
export async function play(flow, ready, world, { promises = false, player = Player } = {}) {
  const stage = new Stage(flow, ready, world);
  await stage.begin();
  const runs = [];
  const complaints = [];
  let handles = [];
  for (const [number, step] of flow.steps.entries()) {
    const found = [];
    if (step.expect !== undefined) {
      const run = await new player(stage, flow, step, handles).play(found);
      await check.run(found, flow, step, run, stage);
      if (promises) found.length = 0;
      if (run.devices !== undefined) handles = run.devices.map((device) => device.handle);
      runs.push(run);
    } else {
      await between(stage, step, found);
    }
    complaints.push(...found.map((text) => `step ${number + 1}: ${text}`));
  }
  complaints.push(...(await check.whole(flow, runs, stage, promises)));
  return complaints;
}

/** An intervention between two runs. */
async function between(stage, intervention, found) {
  if (intervention.do === "advance") return stage.moveTo(stage.elapsed + intervention.seconds);
  if (intervention.do === "new_folder") return void stage.folders.push(stage.world.newFolder());
  if (intervention.do === "spoil_packages") return stage.world.spoil(stage.folder);
  return atService(stage, intervention, found);
}

/** Does what concerns the service alone. */
async function atService(stage, intervention, found) {
  switch (intervention.do) {
    case "cancel_collection": {
      const { by = "analyst@contoso.com", comment = "" } = intervention;
      return stage.control("POST", `actions/${await newest(stage, intervention.device)}/cancel`, { by, comment });
    }
    case "faults":
      return stage.control("POST", "faults", intervention.rules);
    case "no_faults": {
      const unneeded = (await stage.control("GET", "faults")).filter((fault) => fault.fired === 0);
      found.push(...unneeded.map((fault) => `the rule ${JSON.stringify(fault)} was never needed`));
      return stage.control("DELETE", "faults");
    }
    case "options":
      return stage.control("PATCH", "options", intervention.change);
    case "revoke_tokens":
      return stage.control("DELETE", "tokens");
    case "start_collection": {
      const { do: _, when: __, ...collection } = intervention;
      return stage.control("POST", "actions", collection);
    }
    case "turn":
      return stage.control("POST", `actions/${await newest(stage, intervention.device)}/transitions`, [{ status: intervention.status, in: 0 }]);
    default:
      found.push(`${JSON.stringify(intervention)} has no place here`);
  }
}

async function newest(stage, device) {
  const machine = (await stage.control("GET", `devices/${device}`)).id;
  const actions = await stage.control("GET", "actions");
  return actions.find((it) => it.machine_id === machine && it.type === "CollectInvestigationPackage").id;
}

/** One run, as a process of its own would make it. */
export class Player {
  constructor(stage, flow, step, handles) {
    Object.assign(this, { stage, flow, step, handles });
    this.settings = { ...flow.client, ...step.client };
    const during = step.during ?? [];
    this.alarms = during
      .filter((intervention) => typeof intervention.when !== "object")
      .map((intervention) => ({ at: stage.elapsed + intervention.when, intervention }))
      .sort((a, b) => a.at - b.at);
    this.awaited = during.filter((intervention) => typeof intervention.when === "object");
    this.run = { devices: undefined, error: undefined, crashed: false, events: [], began: stage.elapsed, folder: stage.folder };
    this.troubles = [];
    this.pending = [];
    this.stop = new AbortController();
    this.life = { isOver: false };
  }

  async play(found) {
    const { stage, run } = this;
    run.firstCall = (await stage.seen()) + 1;
    this.callsBefore = run.firstCall - 1;
    stage.world.mortal(this.life);
    try {
      run.devices = await this.go();
    } catch (error) {
      if (error instanceof Crash) run.crashed = true;
      else if (stage.world.library.isMdeError(error)) run.error = error;
      else throw error;
    }
    await Promise.all(this.pending);
    run.elapsed = stage.elapsed - run.began;
    found.push(...this.troubles);
    found.push(...this.alarms.map(({ intervention }) => `the run ended before ${JSON.stringify(intervention)}`));
    found.push(...this.awaited.map((intervention) => `${JSON.stringify(intervention)} waited in vain`));
    return run;
  }

  async go() {
    const { step, stage, settings } = this;
    const stopping = (step.during ?? []).find((intervention) => intervention.do === "stop_at_service");
    const options = { comment: text(settings.comment ?? "INC-42"), signal: this.stop.signal, onEvent: (event) => this.hear(event) };
    if (settings.until !== undefined) options.until = settings.until;
    for (const [name, called] of Object.entries(OPTIONS)) if (settings[name] != null) options[called] = settings[name];
    if (stopping !== undefined) options.cancelComment = stopping.comment;
    options.into = stage.folder;
    if (step.do === "step") return this.stepThrough(options);
    if (step.do === "collect") return (await this.client().collectMany(this.devices(), options)).devices;
    if (step.from === "folder") {
      if (!(await stage.world.hasLedger(stage.folder))) {
        throw new stage.world.library.OutputError("the folder holds no ledger", { code: "ledger_failed" });
      }
      return (await this.client().resumeMany("folder", options)).devices;
    }
    return (await this.client().resumeMany(this.handles.map((it) => this.edited(it)), options)).devices;
  }

  devices() {
    const { devices = [] } = this.step;
    return devices === "fleet" ? fleetNames(this.flow.service.fleet) : devices.map(text);
  }

  edited(handle) {
    if (this.step.edit === undefined) return handle;
    const edited = JSON.parse(handle);
    for (const [key, value] of Object.entries(this.step.edit)) {
      if (!key.startsWith("/")) {
        edited[key] = value;
        continue;
      }
      const path = key.slice(1).split("/");
      const last = path.pop();
      path.reduce((at, part) => at[part], edited)[last] = value;
    }
    return JSON.stringify(edited);
  }

  client() {
    const { settings, stage } = this;
    const { credential = { kind: "secret", secret: "emulator-secret" } } = settings;
    const { ready } = stage;
    const options = { baseUrl: ready.api, loginUrl: ready.login, clock: new VirtualClock(stage, this), fetch: this.fetch() };
    if (settings.quota_scope !== undefined) options.quotaScope = settings.quota_scope;
    if (settings.quota_share !== undefined) options.quotaShare = settings.quota_share;
    if (credential.kind === "secret") {
      Object.assign(options, { clientId: ready.client_id, clientSecret: credential.secret });
    } else {
      options.getToken = async () => {
        const { kind: _, ...wish } = credential;
        const { access_token: token } = await stage.control("POST", "tokens", wish);
        const { token_lifetime: lifetime } = await stage.control("GET", "options");
        return { token, expiresOnTimestamp: (stage.wall() + lifetime) * 1000 };
      };
    }
    return new stage.world.library.Client(settings.tenant ?? TENANT, options);
  }

  /** Who is dead sends nothing more. */
  fetch() {
    return (url, init) => (this.life.isOver ? Promise.reject(new Error("dead")) : fetch(url, init));
  }

  /** As a playbook that may not block does: each piece is a process of its own. */
  async stepThrough(options) {
    const { stage } = this;
    const { onEvent, signal, into, ...said } = options;
    const rows = [];
    for (const device of this.devices()) {
      const { rows: prepared } = await this.client().run({ ...said, until: "collected" }, { devices: [device], budget: 0, noWaiting: true }, undefined, signal, () => undefined);
      let handle = prepared[0].handle;
      for (;;) {
        const client = this.client();
        const store = await stage.world.open(into, client);
        const starts = { handles: [handle], budget: this.settings.budget ?? BUDGET };
        const { rows: ended, next } = await client.run({ ...said, until: said.until ?? "collected" }, starts, store, signal, onEvent);
        const placed = ended[0].package && (await store.result(ended[0].package.name));
        await store.close();
        if (next === null || ended[0].outcome !== "stopped") {
          const [row] = ended;
          const { thrown, trouble } = row;
          const error = thrown && Object.assign(new Error(thrown.error.message), thrown.error, { cause: trouble?.error });
          rows.push({ ...row, package: row.package && { ...row.package, ...placed }, error });
          break;
        }
        handle = ended[0].handle;
        await stage.moveTo(next - 86_400);
      }
    }
    return rows;
  }

  hear(event) {
    this.run.events.push(event);
    const due = this.awaited.filter((intervention) => check.fits(intervention.when, event));
    this.awaited = this.awaited.filter((intervention) => !due.includes(intervention));
    for (const intervention of due) this.pending.push(this.act(intervention));
    if (this.life.isOver) throw new Crash();
  }

  nextAlarm() {
    return this.alarms[0]?.at ?? Infinity;
  }

  async ring() {
    await Promise.all(this.pending);
    while (this.alarms.length > 0 && this.alarms[0].at <= this.stage.elapsed) {
      await this.act(this.alarms.shift().intervention);
    }
    if (this.life.isOver) throw new Crash();
  }

  act(intervention) {
    if (intervention.do === "crash") {
      this.life.isOver = true;
      return undefined;
    }
    if (intervention.do === "stop" || intervention.do === "stop_at_service") return void this.stop.abort();
    return atService(this.stage, intervention, this.troubles);
  }
}

/** A text, or a long one in few words. */
export function text(given) {
  return typeof given === "object" ? given.repeat.repeat(given.times) : String(given);
}
