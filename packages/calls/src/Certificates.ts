/**
 * One row per window of time that was read, with the proof that nothing of it is missing.
 *
 * @since 0.1.0
 */
import * as Table from "@trunkline/parquet/Table"
import * as Schema from "effect/Schema"
import { whole } from "./internal/whole.js"

/**
 * `source` stands in the path only, as in every table.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Row = Schema.Struct({
  scope: Schema.String,
  stream: Schema.String,
  from_at: Schema.DateTimeUtcFromSelf,
  to_at: Schema.DateTimeUtcFromSelf,
  verdict: Schema.Literal("certified", "open", "uncertified"),
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
})
/** @since 0.1.0 */
export interface Row extends Schema.Schema.Type<typeof Row> {}

/**
 * @since 0.1.0
 * @category tables
 */
export const table = Table.make({
  name: "certificates",
  row: Row,
  key: ["scope", "stream", "from_at", "to_at"],
  eventTime: "from_at",
  groups: whole(Row.fields, ["scope", "stream", "from_at", "to_at"])
})
