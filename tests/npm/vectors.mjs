/** The vectors of `tests/vectors`, for Node and for a page alike. */

const WALL = 1_767_607_200;

/** All that is not as a test of an endpoint's file says. */
export function endpoint(library, file, test) {
  const found = [];
  const login = file.endpoint === "token" || file.endpoint === "device_code";
  const base = test.base ?? (login ? "https://login.microsoftonline.com" : "https://api.security.microsoft.com");
  const token = test.token ?? "ey.to.ken";
  const hold = (what, wanted, have) => {
    if (!contains(have, wanted)) found.push(`${what}: ${JSON.stringify(have)} and not ${JSON.stringify(wanted)}`);
  };
  try {
    const subject = operation(library, file, test, base);
    if (subject.properties !== null) hold("properties", file.properties, subject.properties);
    if (test.request !== undefined) {
      const { method, url, headers, body } = subject.request(base, token);
      const { body: json, form, ...head } = test.request;
      hold("request", head, { method, url, headers: Object.fromEntries(headers) });
      hold("header names", Object.keys(head.headers).sort(), headers.map(([name]) => name).sort());
      if (json !== undefined) hold("body", json, JSON.parse(body));
      else hold("form", form ?? null, body);
    }
    const output = test.response === undefined ? (subject.request(base, token), null) : subject.response(base, ...answer(test.response), WALL);
    if (test.error !== undefined) found.push(`it did not fail, and gave ${JSON.stringify(output)}`);
    else if (test.output !== undefined) hold("output", test.output, output);
  } catch (error) {
    if (!library.isMdeError(error)) throw error;
    failed(found, test.error, error);
  }
  return found;
}

function operation(library, file, test, base) {
  const { next_of: page, ...fields } = test.input;
  if (page !== undefined) {
    const body = JSON.stringify({ ...page, value: [] });
    const given = new library.Operation(file.endpoint, fields).response(base, 200, [["content-type", "application/json"]], body);
    fields.next = given.next;
  }
  return new library.Operation(file.endpoint, fields);
}

function answer(vector) {
  const headers = { ...vector.headers };
  headers["content-type"] ??= "application/json; odata.metadata=minimal; charset=utf-8";
  let body = JSON.stringify(vector.body ?? null);
  if (vector.bodyText !== undefined) body = vector.bodyText;
  else if (vector.bodyRepeat !== undefined) body = vector.bodyRepeat.before + vector.bodyRepeat.text.repeat(vector.bodyRepeat.times) + vector.bodyRepeat.after;
  return [vector.status, Object.entries(headers), body];
}

const FIELDS = { service_code: "serviceCode", service_message: "serviceMessage", request_id: "requestId", retry_after: "retryAfter" };

function failed(found, wanted, error) {
  if (wanted === undefined) return void found.push(`it failed: ${error.code}: ${error.message}`);
  for (const [name, value] of Object.entries(wanted)) {
    if (name === "message" || name === "hint") {
      if (!error[name].includes(value)) found.push(`${name}: ${error[name]} and not ${value}`);
    } else if (name === "absent") {
      const everywhere = `${error} ${error.stack} ${JSON.stringify(error)}`;
      for (const secret of value) if (everywhere.includes(secret)) found.push(`${secret} is in ${everywhere}`);
    } else if (!contains(error[FIELDS[name] ?? name], value)) {
      found.push(`${name}: ${JSON.stringify(error[FIELDS[name] ?? name])} and not ${JSON.stringify(value)}`);
    }
  }
}

/** Of objects, what is named must be there; all else must be equal. */
function contains(have, wanted) {
  if (Array.isArray(wanted)) return Array.isArray(have) && have.length === wanted.length && wanted.every((it, at) => contains(have[at], it));
  if (typeof wanted === "object" && wanted !== null) {
    return typeof have === "object" && have !== null && Object.entries(wanted).every(([key, it]) => key in have && contains(have[key], it));
  }
  return have === wanted;
}

/** All that is not as the file of errors says. */
export function errors(library, file) {
  const codes = library.codes();
  const found = [];
  const named = file.tests.map((test) => test.code);
  if (named.join() !== codes.map(({ code }) => code).join()) found.push("the vectors name other codes than the core has");
  for (const test of file.tests) {
    const { fault, retryable, hint } = codes.find(({ code }) => code === test.code) ?? {};
    if (fault !== test.fault || retryable !== test.retryable || hint !== test.hint) found.push(`${test.code} is not as its vector says`);
    const { parse, text } = test.example;
    if (parse === undefined || parse === "handle") continue;
    try {
      library.parse(parse === "base_url" ? "baseUrl" : parse, text);
      found.push(`\`${text}\` was taken for a ${parse}`);
    } catch (error) {
      if (!library.isMdeError(error, test.code)) found.push(`${test.code}: ${error}`);
    }
  }
  return found;
}
