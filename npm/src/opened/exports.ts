/** What a package is on every host. */

export { compare, type Comparison, type NotCompared, type Package } from "./package.js";
export type { CallOptions, ExportOptions, ExtractOptions, OpenOptions, SearchOptions } from "./options.js";
export type { Budgets, Format, Held } from "./protocol.js";
export type { Table } from "./table.js";
export type * from "./types.js";
export { InternalError, InvalidInputError, isMdeError, MdeError, OutputError, PackageError } from "../errors.js";
