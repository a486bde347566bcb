/**
 * What a run has, and what it lacks.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ExitCode from "./ExitCode.js"
import { Problem } from "./Problem.js"

/**
 * What is worth knowing of a list, and no problem.
 *
 * @since 0.1.0
 * @category models
 */
export const Notice = Schema.Struct({ source: Schema.String, scope: Schema.String, message: Schema.String })
/** @since 0.1.0 */
export interface Notice extends Schema.Schema.Type<typeof Notice> {}

/**
 * @since 0.1.0
 * @category models
 */
export const ExportReport = Schema.Struct({
  status: Schema.Literal("certified", "partial", "failed", "interrupted"),
  /** Rows of the dataset after the run, by table. */
  rows: Schema.Record({ key: Schema.String, value: Schema.Number }),
  /** Of this run. */
  new: Schema.Number,
  updated: Schema.Number,
  quarantined: Schema.Number,
  windows: Schema.Struct({ certified: Schema.Number, open: Schema.Number, uncertified: Schema.Number }),
  /** By source: everything from this instant on is proved to be there. Null where nothing is. */
  certifiedFrom: Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.String) }),
  /** By source: everything before this instant. */
  certifiedUntil: Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.String) }),
  /** By source: whether the vendor counts as many rows of the settled past as are held. Null where this cannot be told. */
  reconciled: Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.Boolean) }),
  /** What stands and no run could mend: how much of each kind is not accepted, and how much is. */
  standing: Schema.Struct({
    quarantine: Schema.Number,
    vanished: Schema.Number,
    differences: Schema.Number,
    accepted: Schema.Number
  }),
  /** How much of the dataset was inspected: names and sizes of all files, and the content of so many of them. */
  checked: Schema.Struct({ files: Schema.Number, bytes: Schema.Number, of: Schema.Number }),
  runId: Schema.String,
  exitCode: Schema.Literal(...ExitCode.all),
  requests: Schema.Struct({ total: Schema.Number, retried: Schema.Number, throttled: Schema.Number }),
  seconds: Schema.Number,
  /** Absolute. */
  out: Schema.String,
  problems: Schema.Array(Problem),
  notices: Schema.Array(Notice)
})
/** @since 0.1.0 */
export interface ExportReport extends Schema.Schema.Type<typeof ExportReport> {}
