/**
 * One row per line and number it talks with, in its newest state.
 *
 * @since 0.1.0
 */
import * as Table from "@trunkline/parquet/Table"
import * as Schema from "effect/Schema"
import { Contact } from "./Contact.js"
import { gone } from "./internal/gone.js"
import { whole } from "./internal/whole.js"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Row = Schema.Struct({
  line_number: Schema.String,
  contact_number: Schema.String,
  contact_country: Schema.NullOr(Schema.String),
  contacts: Schema.Array(Contact),
  last_activity_at: Schema.DateTimeUtcFromSelf,
  last_item_id: Schema.NullOr(Schema.String),
  last_item_type: Schema.NullOr(Schema.String),
  extra: Schema.NullOr(Schema.String),
  exported_at: Schema.DateTimeUtcFromSelf,
  gone_at: Schema.NullOr(Schema.DateTimeUtcFromSelf)
})
/** @since 0.1.0 */
export interface Row extends Schema.Schema.Type<typeof Row> {}

/**
 * One file for all: a conversation has no month of its own.
 *
 * @since 0.1.0
 * @category tables
 */
export const table = Table.make({
  name: "conversations",
  row: Row,
  key: ["line_number", "contact_number"],
  eventTime: null,
  groups: [...whole(Row.fields, ["line_number", "contact_number", "gone_at"]), gone],
  stamps: ["exported_at"]
})
