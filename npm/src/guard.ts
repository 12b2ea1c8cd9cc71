/** Checks of what untyped JavaScript may pass: a `TypeError` names the argument before anything else happens. */

/** What an argument must be. */
export type Kind = "text" | "amount" | "count" | "flag" | "function" | "signal" | "other";

/** Returns the string if UTF-8 can represent it. */
export function text(value: unknown, name: string): string {
  if (typeof value !== "string") throw no(name, "a string", value);
  // Far longer than any valid text: too long to be copied.
  if (value.length > 1 << 28) throw wrong(`\`${name}\` is too long`);
  if (!value.isWellFormed()) throw wrong(`\`${name}\` holds a lone surrogate`);
  return value;
}

/** Returns the options, each checked as the table says; the table lists all names. Getters are called once. */
export function options(value: unknown, name: string, table: Record<string, Kind>): Record<string, unknown> {
  const checked: Record<string, unknown> = {};
  if (value === undefined) return checked;
  if (typeof value !== "object" || value === null) throw no(name, "an object", value);
  known(value, name, Object.keys(table));
  for (const [key, kind] of Object.entries(table)) {
    const given = read(value, key, `${name}.${key}`);
    if (given === undefined) continue;
    checked[key] = check(given, `${name}.${key}`, kind);
  }
  return checked;
}

/** Refuses unknown options: a misspelt one would have no effect. */
export function known(value: object, name: string, names: string[]): void {
  for (const key of asked(name, () => Object.keys(value))) {
    if (!names.includes(key)) throw wrong(`\`${name}.${key}\` is unknown: choose from ${names.join(", ")}`);
  }
}

/** Reads one property. */
export function read(value: object, key: string, name: string): unknown {
  return asked(name, () => (value as Record<string, unknown>)[key]);
}

/** Runs the caller's own code, such as a getter; what it throws becomes the cause of a `TypeError`. */
function asked<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw wrong(`\`${name}\` cannot be read`, { cause });
  }
}

/** Returns the strings of an iterable. */
export function texts(value: unknown, name: string): string[] {
  return several(value, name, "strings", text);
}

/** Returns the checked items of an iterable that is not a string. */
export function several<T>(value: unknown, name: string, of: string, check: (value: unknown, name: string) => T): T[] {
  if (typeof value !== "object" || value === null) throw no(name, `several ${of}`, value);
  return asked(name, () => [...(value as Iterable<unknown>)]).map((it, index) => check(it, `${name}[${index}]`));
}

/** Returns plain data as JSON. */
export function json(value: unknown, name: string): string {
  const plain = (key: string, item: unknown): unknown => {
    if (typeof item === "number" && !Number.isFinite(item)) throw no(key || name, "a finite number", item);
    return typeof item === "string" ? text(item, key || name) : item;
  };
  const written = asked(name, () => JSON.stringify(value, plain)) as string | undefined;
  if (written === undefined) throw no(name, "plain data", value);
  return written;
}

/** Returns a view of the bytes. */
export function bytes(value: unknown, name: string): Uint8Array {
  if (!(value instanceof ArrayBuffer) && !ArrayBuffer.isView(value)) throw no(name, "bytes", value);
  // A detached buffer throws.
  return asked(name, () => (value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
}

/** The error for an argument of the wrong type. */
export function no(name: string, wanted: string, value: unknown): TypeError {
  return wrong(`\`${name}\` must be ${wanted}, not ${called(value)}`);
}

/** The error for a caller's mistake. Created here, where lines are short: Node prints the line that created it. */
export function wrong(message: string, options?: ErrorOptions): TypeError {
  return new TypeError(message, options);
}

function check(value: unknown, name: string, kind: Kind): unknown {
  switch (kind) {
    case "text":
      return text(value, name);
    case "flag":
      if (typeof value !== "boolean") throw no(name, "true or false", value);
      return value;
    case "function":
      if (typeof value !== "function") throw no(name, "a function", value);
      return value;
    case "amount":
      if (!Number.isFinite(value) || Number(value) < 0) throw no(name, "a finite number from 0", value);
      return value;
    case "count":
      if (!Number.isInteger(value) || Number(value) < 1 || Number(value) > 1_000_000) throw no(name, "a whole number from 1 to 1,000,000", value);
      return value;
    case "signal":
      if (!(value instanceof AbortSignal)) throw no(name, "an AbortSignal", value);
      // An object that only has the prototype throws here.
      read(value, "aborted", name);
      return value;
    case "other":
      return value;
  }
}

function called(value: unknown): string {
  if (value === null || value === undefined || typeof value === "number") return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return Array.isArray(value) ? "an array" : "an object";
}
