/** Holds what happened against what a flow says, and against what is promised of every flow. */

/** Whether a value is as a pattern says. */
export function fits(pattern, value) {
  if (typeof pattern === "object" && pattern !== null && !Array.isArray(pattern)) {
    if (typeof value === "string") return Object.keys(pattern).join() === "contains" && value.includes(pattern.contains);
    if (typeof value === "number") return within(pattern, value);
    if (typeof value !== "object" || value === null) return false;
    return Object.entries(pattern).every(([key, wanted]) => key in value && fits(wanted, value[key]));
  }
  if (typeof pattern === "number") return typeof value === "number" && within(pattern, value);
  return same_(pattern, value);
}

/** Exactly so much, or a range. */
function within(wanted, value) {
  if (typeof wanted === "number") return Math.abs(value - wanted) < 1e-6;
  if (Object.keys(wanted).some((key) => key !== "at_least" && key !== "at_most")) return false;
  return value >= (wanted.at_least ?? value) - 1e-6 && value <= (wanted.at_most ?? value) + 1e-6;
}

/** What one run came to. */
export async function run(found, flow, step, played, stage) {
  const { expect } = step;
  same(found, "crashed", expect.crashed ?? false, played.crashed);
  same(found, `the run's error (${played.error})`, expect.error ?? null, played.error?.code ?? null);
  if (played.devices !== undefined) devices(found, step, played.devices);
  let at = 0;
  for (const pattern of expect.events ?? []) {
    const next = played.events.findIndex((event, index) => index >= at && fits(pattern, event));
    if (next < 0) {
      found.push(`no event ${JSON.stringify(pattern)}, at least not there`);
      break;
    }
    at = next + 1;
  }
  for (const pattern of expect.never ?? []) {
    const event = played.events.find((event) => fits(pattern, event));
    if (event !== undefined) found.push(`event ${JSON.stringify(event)}`);
  }
  if (expect.elapsed !== undefined && !within(expect.elapsed, played.elapsed)) {
    found.push(`it took ${played.elapsed} virtual seconds, where ${JSON.stringify(expect.elapsed)} was expected`);
  }
  const calls = (await stage.calls()).filter((call) => call.number >= played.firstCall);
  for (const [endpoint, wanted] of Object.entries(expect.calls ?? {})) {
    const count = calls.filter((call) => call.endpoint === endpoint).length;
    if (!within(wanted, count)) found.push(`${count} calls of ${endpoint}, where ${JSON.stringify(wanted)} was expected`);
  }
  for (const [endpoint, wanted] of Object.entries(expect.answers ?? {})) {
    same(found, endpoint, wanted, calls.filter((call) => call.endpoint === endpoint).map((call) => call.status));
  }
  for (const row of collected(played)) await packaged(found, row, played.folder, stage);
}

function devices(found, step, rows) {
  const { expect } = step;
  if (expect.each !== undefined) {
    if (rows.length === 0) found.push("not one device was reported");
    for (const row of rows) device(found, expect.each, row);
    return;
  }
  same(found, "devices", (expect.devices ?? []).length, rows.length);
  for (const [index, wanted] of (expect.devices ?? []).entries()) if (rows[index]) device(found, wanted, rows[index]);
}

const WITH_ERROR = ["failed", "not_found", "not_supported", "refused"];

function device(found, wanted, row) {
  const of = ` of \`${row.device}\``;
  // Where time ran out the error is of that, and has what kept it for its cause.
  const error = row.outcome === "deadline_reached" ? row.error.cause : WITH_ERROR.includes(row.outcome) ? row.error : null;
  same(found, `outcome${of}`, wanted.outcome, row.outcome);
  same(found, `code${of}`, wanted.code ?? null, error?.code ?? null);
  if (wanted.status !== undefined) same(found, `status${of}`, wanted.status, error?.status);
  same(found, `adoption${of}`, wanted.adoption ?? null, row.adoption);
  same(found, `limit${of}`, wanted.limit ?? null, row.limit);
  same(found, `candidates${of}`, wanted.candidates ?? [], (row.candidates ?? []).map((it) => it.machine));
  if (wanted.machine !== undefined) same(found, `machine${of}`, wanted.machine, row.machine?.id);
  if (wanted.hint !== undefined && !error?.hint.includes(wanted.hint)) found.push(`the hint${of} is \`${error?.hint}\``);
  if (error && wanted.code !== error.code) found.push(`it failed so: ${error}`);
}

function collected(played) {
  return (played.devices ?? []).filter((row) => row.outcome === "collected");
}

/** The package agrees with its report, its manifest, and what the service has. */
async function packaged(found, row, folder, stage) {
  const { name, size, sha256 } = row.package;
  const truth = await stage.control("GET", `actions/${row.action.id}/package`);
  same(found, "reported size", truth.length, size);
  same(found, "reported sha256", truth.sha256, sha256);
  const bytes = await stage.world.bytes(folder, name);
  const sum = new stage.world.library.Sha256().update(bytes).digest();
  same(found, "sha256 of the file", truth.sha256, sum);
  const manifest = JSON.parse(new TextDecoder().decode(await stage.world.bytes(folder, `${name}.manifest.json`)));
  same(found, "sha256 in the manifest", truth.sha256, manifest.package.sha256);
  same(found, "action in the manifest", row.action.id, manifest.custody.action);
  if (manifest.members.length === 0) found.push("the manifest names no member");
  if ((await stage.world.files(folder)).includes(`${name}.part`)) found.push(`${name}.part was left behind`);
}

/** What the whole flow came to, and what is promised of every flow. */
export async function whole(flow, runs, stage, promises) {
  const found = [];
  const expect = flow.expect ?? {};
  const files = [];
  for (const folder of stage.folders) files.push(...(await stage.world.files(folder)).map((name) => ({ folder, name })));
  const count = (ending) => files.filter(({ name }) => name.endsWith(ending)).length;
  if (!promises) {
    same(found, "damaged packages", expect.damaged ?? 0, count(".damaged.zip"));
    same(found, "unfinished downloads", expect.parts ?? 0, count(".part"));
  }
  const reported = new Set(runs.flatMap((played) => collected(played).map((row) => `${played.folder} ${row.package.name}`)));
  const there = files.filter(({ name }) => name.endsWith(".zip") && !name.endsWith(".damaged.zip"));
  same(found, "packages", [...reported].sort(), there.map(({ folder, name }) => `${folder} ${name}`).sort());

  const started = {};
  const actions = await stage.control("GET", "actions");
  for (const action of actions.filter((it) => it.source === "PublicApi")) {
    const label = action.device.split(".")[0];
    started[label] = (started[label] ?? 0) + 1;
  }
  const wanted = { ...expect.collections };
  if (expect.collections_each !== undefined) {
    for (let at = 1; at <= flow.service.fleet.count; at += 1) wanted[`ws-${String(at).padStart(3, "0")}`] = expect.collections_each;
  }
  const some = Object.fromEntries(Object.entries(wanted).filter(([, count]) => count > 0));
  if (promises) {
    const twice = Object.entries(started).filter(([label, count]) => count > Math.max(1, wanted[label] ?? 0));
    same(found, "collections that were started twice", [], twice);
  } else {
    same(found, "collections that we started", sorted(some), sorted(started));
  }

  const calls = await stage.calls();
  same(found, "calls that are remembered", await stage.seen(), calls.length);
  const revokes = flow.steps.some((step) => [step, ...(step.during ?? [])].some((intervention) => intervention.do === "revoke_tokens"));
  for (const call of calls) {
    if (call.bearer !== (call.site === "api" && call.endpoint !== null)) found.push(`${call.method} ${call.path} with a token, or without one`);
    const unasked = call.site === "api" && call.fault === null;
    if (unasked && call.status === 429 && !expect.over_quota) found.push(`${call.path} was over the quota`);
    if (unasked && call.status === 401 && !revokes) found.push(`${call.path} came with a token that had ended`);
    if (call.endpoint === "link") {
      const due = actions.some((it) => call.path.includes(it.id) && it.status === "Succeeded" && Date.parse(it.updated) <= Date.parse(call.time));
      if (!due) found.push(`${call.path} was called before the action had succeeded`);
    }
  }
  for (const rule of await stage.control("GET", "faults")) {
    if (rule.fired === 0 && !promises) found.push(`the rule ${JSON.stringify(rule)} was never needed`);
  }
  await secrets(found, runs, files, stage);
  return found;
}

/** No secret, token or link in anything that is shown or kept. */
async function secrets(found, runs, files, stage) {
  const shown = runs.flatMap((played) => [
    ...played.events.map((event) => JSON.stringify(event)),
    `${played.error} ${JSON.stringify(played.error)}`,
    ...(played.devices ?? []).flatMap((row) => [JSON.stringify(row), `${row.error}`, row.handle]),
  ]);
  for (const { folder, name } of files) {
    if (/\.jsonl?$/.test(name)) shown.push(new TextDecoder().decode(await stage.world.bytes(folder, name)));
  }
  for (const secret of ["emulator-secret", "eyJ", "?token="]) {
    const text = shown.find((text) => text.includes(secret));
    if (text !== undefined) found.push(`\`${secret}\` is in ${text.slice(0, 300)}`);
  }
}

function sorted(counts) {
  return Object.fromEntries(Object.entries(counts).sort());
}

function same(found, what, wanted, have) {
  if (!same_(wanted, have)) found.push(`${what}: ${JSON.stringify(have)}, where ${JSON.stringify(wanted)} was expected`);
}

function same_(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
