/**
 * One row per line of a transcript.
 *
 * @since 0.1.0
 */
import * as Table from "@trunkline/parquet/Table"
import * as Schema from "effect/Schema"
import { whole } from "./internal/whole.js"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Row = Schema.Struct({
  call_id: Schema.String,
  /** From 0, in the order of the transcript. */
  seq: Schema.Int,
  speaker: Schema.NullOr(Schema.String),
  spoken_at: Schema.NullOr(Schema.DateTimeUtcFromSelf),
  start_seconds: Schema.NullOr(Schema.Number),
  end_seconds: Schema.NullOr(Schema.Number),
  text: Schema.NullOr(Schema.String),
  exported_at: Schema.DateTimeUtcFromSelf
})
/** @since 0.1.0 */
export interface Row extends Schema.Schema.Type<typeof Row> {}

/**
 * A newer transcript replaces all lines of its call, never one of them: it may be shorter. The lines live where their
 * call lives, since most of them say no time of their own.
 *
 * @since 0.1.0
 * @category tables
 */
export const table = Table.make({
  name: "utterances",
  row: Row,
  key: ["call_id", "seq"],
  eventTime: null,
  groups: whole(Row.fields, ["call_id", "seq"]),
  replacedBy: ["call_id"],
  parent: { table: "calls", by: "call_id" },
  stamps: ["exported_at"]
})
