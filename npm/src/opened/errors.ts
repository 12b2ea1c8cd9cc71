/** The errors of the package reader. */

import { InternalError, InvalidInputError, MdeError, OutputError, PackageError } from "../errors.js";
import type { Fault } from "../types.js";
import type { Failure } from "./protocol.js";

/** Its codes, which are those of the command and of Python too, and the class that each comes as. */
export const OF_PACKAGES = new Map<string, { kind: typeof MdeError; fault: Fault }>([
  ["invalid_option", { kind: InvalidInputError, fault: "build" }],
  ["no_place", { kind: InvalidInputError, fault: "build" }],
  ["not_a_zip", { kind: PackageError, fault: "package" }],
  ["over_budget", { kind: PackageError, fault: "package" }],
  ["read_failed", { kind: OutputError, fault: "package" }],
  ["several_packages", { kind: PackageError, fault: "package" }],
  ["too_many_names", { kind: PackageError, fault: "package" }],
  ["truncated", { kind: PackageError, fault: "package" }],
  ["unknown_table", { kind: InvalidInputError, fault: "build" }],
  ["unreadable", { kind: PackageError, fault: "package" }],
  ["write_failed", { kind: OutputError, fault: "package" }],
  ["wrong_password", { kind: PackageError, fault: "package" }],
]);

/** What is said of something else than the file. */
const NOT_OF_FILE = new Set(["internal", "invalid_option", "no_place", "unknown_table", "write_failed"]);

/** The error for what the worker says, of a package that people call so. */
export function raised({ code, message: own, hint, cause }: Failure, label?: string): MdeError {
  const isOfFile = label !== undefined && !NOT_OF_FILE.has(code) && !own.includes(`\`${label}\``);
  const message = isOfFile ? `\`${label}\`: ${own}` : own;
  const options = cause === undefined ? undefined : { cause: Object.assign(new Error(cause.message), cause) };
  const known = OF_PACKAGES.get(code);
  if (known === undefined) return new InternalError(message, options, { code });
  return new known.kind(message, { code, message, fault: known.fault, hint: hint ?? "" }, options);
}
