/**
 * One row per call in the history of a contact. Apart from `calls`, which holds most of them as well.
 *
 * @since 0.1.0
 */
import * as Table from "@trunkline/parquet/Table"
import * as Schema from "effect/Schema"
import { whole } from "./internal/whole.js"
import { Outcome } from "./Outcome.js"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Row = Schema.Struct({
  contact_id: Schema.String,
  call_id: Schema.String,
  direction: Schema.String,
  started_at: Schema.DateTimeUtcFromSelf,
  ended_at: Schema.NullOr(Schema.DateTimeUtcFromSelf),
  duration_seconds: Schema.NullOr(Schema.Int),
  outcome: Outcome,
  outcome_raw: Schema.NullOr(Schema.String),
  line_number: Schema.NullOr(Schema.String),
  contact_number: Schema.NullOr(Schema.String),
  contact_country: Schema.NullOr(Schema.String),
  from_number: Schema.NullOr(Schema.String),
  to_number: Schema.NullOr(Schema.String),
  summary: Schema.NullOr(Schema.String),
  tags: Schema.Array(Schema.String),
  has_recording: Schema.Boolean,
  has_transcript: Schema.Boolean,
  extra: Schema.NullOr(Schema.String),
  exported_at: Schema.DateTimeUtcFromSelf
})
/** @since 0.1.0 */
export interface Row extends Schema.Schema.Type<typeof Row> {}

/**
 * Two contacts that share a number share its calls: each has them in its own history.
 *
 * @since 0.1.0
 * @category tables
 */
export const table = Table.make({
  name: "history_calls",
  row: Row,
  key: ["contact_id", "call_id"],
  eventTime: "started_at",
  groups: whole(Row.fields, ["contact_id", "call_id"]),
  stamps: ["exported_at"]
})
