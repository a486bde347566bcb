/**
 * What was read, and what proves that nothing of it is missing.
 *
 * @since 0.1.0
 */
import * as Table from "@trunkline/parquet/Table"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import { certificates } from "./internal/layout.js"

/**
 * @since 0.1.0
 * @category models
 */
export const Verdict = Schema.Literal("certified", "open", "uncertified")
/** @since 0.1.0 */
export type Verdict = typeof Verdict.Type

/**
 * One stretch of one list. The stream's name holds what was asked, its parts joined by `+`.
 *
 * @since 0.1.0
 * @category models
 */
export const Window = Schema.Struct({
  source: Schema.String,
  /** The team or organisation; `-` where there is none. Never a key. */
  scope: Schema.String,
  stream: Schema.String,
  from: Schema.DateTimeUtcFromSelf,
  to: Schema.DateTimeUtcFromSelf
})
/** @since 0.1.0 */
export interface Window extends Schema.Schema.Type<typeof Window> {}

/**
 * A window and what its newest proof says.
 *
 * @since 0.1.0
 * @category models
 */
export const Certificate = Schema.Struct({
  ...Window.fields,
  verdict: Verdict,
  totalFirst: Schema.NullOr(Schema.Int),
  totalLast: Schema.NullOr(Schema.Int),
  distinctKeys: Schema.Int,
  quarantined: Schema.Int,
  pages: Schema.Int,
  passes: Schema.Int,
  keysSha256: Schema.NullOr(Schema.String),
  requestIds: Schema.Array(Schema.String),
  readAt: Schema.DateTimeUtcFromSelf,
  runId: Schema.String
})
/** @since 0.1.0 */
export interface Certificate extends Schema.Schema.Type<typeof Certificate> {}

const columns = {
  scope: Schema.String,
  stream: Schema.String,
  from_at: Schema.DateTimeUtcFromSelf,
  to_at: Schema.DateTimeUtcFromSelf,
  verdict: Verdict,
  total_first: Schema.NullOr(Schema.Int),
  total_last: Schema.NullOr(Schema.Int),
  distinct_keys: Schema.Int,
  quarantined: Schema.Int,
  pages: Schema.Int,
  passes: Schema.Int,
  keys_sha256: Schema.NullOr(Schema.String),
  request_ids: Schema.Array(Schema.String),
  read_at: Schema.DateTimeUtcFromSelf,
  run_id: Schema.String
}

const key = ["scope", "stream", "from_at", "to_at"] as const

/**
 * The table in which a dataset keeps them. `source` stands in the path only, as in every table.
 *
 * @since 0.1.0
 * @category tables
 */
export const table = Table.make({
  name: certificates,
  row: Schema.Struct(columns),
  key,
  eventTime: "from_at",
  groups: [{ name: "row", columns: Record.keys(columns).filter((column) => !key.some((one) => one === column)) }]
})
