/**
 * One run of a command that writes: when, how it ended, and what it did. It names no phone number and holds no prose.
 *
 * @since 0.1.0
 */
import * as Table from "@trunkline/parquet/Table"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"

/**
 * How a run stands: `running` until it ends. A run that never said how it ended is `killed` once the next one begins.
 *
 * @since 0.1.0
 * @category models
 */
export const Status = Schema.Literal("running", "certified", "partial", "failed", "interrupted", "killed")
/** @since 0.1.0 */
export type Status = typeof Status.Type

/**
 * Rows of one table.
 *
 * @since 0.1.0
 * @category models
 */
export const TableRows = Schema.Struct({ table_name: Schema.String, rows: Schema.Int })

/**
 * A scope that a run read: from when to when all of it is certified, whether the vendor counts the same rows, and whether this
 * run met no problem with it.
 *
 * @since 0.1.0
 * @category models
 */
export const RunScope = Schema.Struct({
  source: Schema.String,
  scope: Schema.String,
  from_at: Schema.NullOr(Schema.DateTimeUtc),
  until_at: Schema.NullOr(Schema.DateTimeUtc),
  reconciled: Schema.NullOr(Schema.Boolean),
  proved: Schema.Boolean
})
/** @since 0.1.0 */
export interface RunScope extends Schema.Schema.Type<typeof RunScope> {}

/**
 * How often a problem was met with one scope, without its message.
 *
 * @since 0.1.0
 * @category models
 */
export const RunProblem = Schema.Struct({
  tag: Schema.String,
  source: Schema.NullOr(Schema.String),
  scope: Schema.NullOr(Schema.String),
  count: Schema.Int
})

const count = Schema.NullOr(Schema.Int)

/**
 * What a run says of itself when it ends.
 *
 * @since 0.1.0
 * @category models
 */
export const Summary = Schema.Struct({
  exit_code: count,
  /** Rows that the run added, replaced, and could not read. */
  rows_new: count,
  rows_updated: count,
  rows_quarantined: count,
  /** Rows that the run read into each table. */
  rows_landed: Schema.Array(TableRows),
  /** Rows of each table after the run. */
  rows_held: Schema.Array(TableRows),
  windows_certified: count,
  windows_open: count,
  windows_uncertified: count,
  scopes: Schema.Array(RunScope),
  problems: Schema.Array(RunProblem),
  /** What stood after the run, not accepted and accepted. */
  standing_quarantine: count,
  standing_vanished: count,
  standing_differences: count,
  standing_accepted: count,
  requests: count,
  retried: count,
  throttled: count
})
/** @since 0.1.0 */
export interface Summary extends Schema.Schema.Type<typeof Summary> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Row = Schema.Struct({
  run_id: Schema.String,
  command: Schema.String,
  /** Of Trunkline; null for a run of a version that did not say so. */
  version: Schema.NullOr(Schema.String),
  started_at: Schema.DateTimeUtc,
  ended_at: Schema.NullOr(Schema.DateTimeUtc),
  status: Status,
  ...Summary.fields
})
/** @since 0.1.0 */
export interface Row extends Schema.Schema.Type<typeof Row> {}

/**
 * A run that has said nothing yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const silent: Summary = {
  exit_code: null,
  rows_new: null,
  rows_updated: null,
  rows_quarantined: null,
  rows_landed: [],
  rows_held: [],
  windows_certified: null,
  windows_open: null,
  windows_uncertified: null,
  scopes: [],
  problems: [],
  standing_quarantine: null,
  standing_vanished: null,
  standing_differences: null,
  standing_accepted: null,
  requests: null,
  retried: null,
  throttled: null
}

/**
 * The table in which a dataset keeps them. A run reads several sources, so all of them stand under the source `trunkline`.
 *
 * @since 0.1.0
 * @category tables
 */
export const table = Table.make({
  name: "runs",
  row: Row,
  key: ["run_id"],
  eventTime: "started_at",
  groups: [{ name: "row", columns: Record.keys(Row.fields).filter((name) => name !== "run_id") }]
})
