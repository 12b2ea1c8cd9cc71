/** The package API common to all hosts. */

export { compare, type Comparison, type Member, type Package } from "./package.js";
export type { CallOptions, ExportOptions, ExtractOptions, OpenOptions, SearchOptions } from "./options.js";
export type { Budgets, Format, Held } from "./protocol.js";
export type { Cell, Row, Table } from "./table.js";
export type {
  Collection,
  Coverage,
  CoverageStatus,
  DateOrderSource,
  Extract,
  Finding,
  FindingKind,
  Hit,
  Indicator,
  IndicatorKind,
  Issue,
  IssueKind,
  NotCompared,
  NotSearched,
  ProcessNode,
  ProcessTree,
  ProcessParent,
  Report,
  Search,
  Severity,
  TableCount,
  TableSaid,
  TableSchema,
} from "./types.js";
export { InternalError, InvalidInputError, isMdeError, MdeError, OutputError, PackageError } from "../errors.js";
