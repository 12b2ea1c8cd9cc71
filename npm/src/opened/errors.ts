/** The errors of the package reader. */

import { InternalError, InvalidInputError, MdeError, OutputError, PackageError } from "../errors.js";
import type { Failure } from "./protocol.js";

/** Its codes, shared with the command and Python, and the class of each. */
const OF_PACKAGES = new Map<string, typeof MdeError>([
  ["invalid_option", InvalidInputError],
  ["no_place", InvalidInputError],
  ["not_a_zip", PackageError],
  ["over_budget", PackageError],
  ["read_failed", OutputError],
  ["several_packages", PackageError],
  ["too_many_names", PackageError],
  ["truncated", PackageError],
  ["unknown_table", InvalidInputError],
  ["unreadable", PackageError],
  ["write_failed", OutputError],
  ["wrong_password", PackageError],
]);

/** Creates the error that the worker describes; `label` is what the caller calls the package. */
export function raised({ code, message: own, hint, cause }: Failure, label?: string): MdeError {
  const Known = OF_PACKAGES.get(code);
  const isOfFile = label !== undefined && Known !== InvalidInputError && code !== "internal" && code !== "write_failed" && !own.includes(`\`${label}\``);
  const message = isOfFile ? `\`${label}\`: ${own}` : own;
  const options = cause === undefined ? undefined : { cause: Object.assign(new Error(cause.message), cause) };
  if (Known === undefined) return new InternalError(message, { code }, options);
  const fault = Known === InvalidInputError ? "build" : "package";
  return new Known(message, { code, message, fault, hint: hint ?? "" }, options);
}
