/** The emulator, the time and the folders that one flow plays with. Runs in Node and in a page. */

export const TENANT = "contoso.onmicrosoft.com";
const BEGAN = Date.parse("2026-01-05T10:00:00Z") / 1000;
/** The client waits for no answer longer than this, in virtual seconds. */
const GIVEN_UP = 360;
export const HEAD_START = 86_400;
/** Parts of a second. */
const TICKS = 512;
/** Far more than any flow needs on a slow machine, in real milliseconds. */
const REAL_LIMIT = 600_000;

export class Crash extends Error {}

/** One virtual time for both sides: it moves only where the client waits, and the emulator's with it. */
export class Stage {
  constructor(flow, ready, world) {
    this.flow = flow;
    this.ready = ready;
    this.world = world;
    this.folders = [world.newFolder()];
    this.elapsed = 0;
    this.stalls = [...new Set(stalls(flow))].sort((a, b) => a - b);
    this.alarms = [];
    this.troubles = [];
    this.player = undefined;
  }

  async begin() {
    const service = this.flow.service ?? {};
    await this.control("POST", "reset", { seed: service.seed ?? 7 });
    await this.setTime();
    await this.control("PATCH", "options", service.options ?? {});
    const devices = [...(service.devices ?? [])];
    if (service.fleet) devices.push(...fleetNames(service.fleet).map((name) => ({ name, life: service.fleet.life ?? {} })));
    if (devices.length === 0) devices.push({ name: "ws-042.contoso.com" });
    await this.control("POST", "devices", devices);
    if (service.faults?.length > 0) await this.control("POST", "faults", service.faults);
  }

  get folder() {
    return this.folders.at(-1);
  }

  async control(method, path, body) {
    const init = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "content-type": "application/json" };
    }
    const reply = await fetch(`${this.ready.api}/_emulator/${path}`, init);
    const answer = await reply.json();
    if (!reply.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  async calls() {
    return (await this.control("GET", "calls")).calls;
  }

  async seen() {
    return (await this.control("GET", "calls")).seen;
  }

  wall() {
    return BEGAN + this.elapsed;
  }

  mono() {
    return HEAD_START + this.elapsed;
  }

  async setTime() {
    const whole = Math.floor(this.elapsed);
    const nanos = String(Math.round((this.elapsed - whole) * 1e9)).padStart(9, "0");
    const at = new Date((BEGAN + whole) * 1000).toISOString().slice(0, 19);
    await this.control("POST", "clock/set", { time: `${at}.${nanos}Z` });
  }

  async moveTo(elapsed) {
    // In steps that a float holds exactly beside the seconds of the epoch: else a window of the quota ends too early.
    const to = Math.ceil(elapsed * TICKS) / TICKS;
    if (to <= this.elapsed) return;
    this.elapsed = to;
    await this.setTime();
  }

  /** When the emulator lets go of the first answer that it holds back, or the client gives it up. */
  async heldUntil(callsBefore) {
    const ends = (await this.calls())
      .filter((call) => call.number > callsBefore && call.fault === "stall")
      .flatMap((call) => this.stalls.map((stall) => Date.parse(call.time) / 1000 - BEGAN + Math.min(stall, GIVEN_UP)));
    const ahead = ends.filter((end) => end > this.elapsed);
    return ahead.length > 0 ? Math.min(...ahead) : undefined;
  }
}

/** The clock that a client gets. */
export class VirtualClock {
  constructor(stage, player) {
    this.stage = stage;
    this.player = player;
    this.callsBefore = undefined;
  }

  wall() {
    return this.stage.wall();
  }

  mono() {
    return this.stage.mono();
  }

  async sleep(until, signal, busy) {
    const { stage, player } = this;
    const goal = until - HEAD_START;
    player.began ??= Date.now();
    await player.ring();
    if (!busy) {
      const to = Math.min(goal, player.nextAlarm());
      if (to === Infinity) throw new Error("it waits for nothing");
      if (signal.aborted) return;
      await stage.moveTo(to);
      await player.ring();
      return;
    }
    while (!signal.aborted) {
      if (Date.now() - player.began > REAL_LIMIT) throw new Error("hung: it waits for what nobody does");
      await landing(signal, stage.stalls.length > 0 ? 2 : 1000);
      if (signal.aborted || stage.stalls.length === 0) continue;
      const held = await stage.heldUntil(player.callsBefore);
      if (held === undefined || signal.aborted) continue;
      await stage.moveTo(Math.min(held, goal, player.nextAlarm()));
      await player.ring();
      return;
    }
  }
}

/** Until something lands, or so many milliseconds have passed. */
export function landing(signal, milliseconds) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}

export function fleetNames(fleet) {
  return Array.from({ length: fleet.count }, (_, at) => `ws-${String(at + 1).padStart(3, "0")}.contoso.com`);
}

/** What a flow makes the service do wrong, from its beginning or from one of its steps on. */
export function faults(flow) {
  const rules = [...(flow.service?.faults ?? [])];
  for (const step of flow.steps) {
    for (const intervention of [step, ...(step.during ?? [])]) if (intervention.do === "faults") rules.push(...intervention.rules);
  }
  return rules.map((rule) => rule.do);
}

function stalls(flow) {
  return faults(flow).filter((fault) => fault.kind === "stall").map((fault) => fault.seconds);
}
