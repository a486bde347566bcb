/**
 * One row per SMS, MMS or WhatsApp message.
 *
 * @since 0.1.0
 */
import * as Table from "@trunkline/parquet/Table"
import * as Schema from "effect/Schema"
import { Contact } from "./Contact.js"
import { gone } from "./internal/gone.js"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Row = Schema.Struct({
  message_id: Schema.String,
  direction: Schema.String,
  sent_at: Schema.DateTimeUtcFromSelf,
  line_number: Schema.NullOr(Schema.String),
  contact_number: Schema.NullOr(Schema.String),
  contact_country: Schema.NullOr(Schema.String),
  contact_id: Schema.NullOr(Schema.String),
  contact_name: Schema.NullOr(Schema.String),
  contacts: Schema.Array(Contact),
  agent_id: Schema.NullOr(Schema.String),
  agent_name: Schema.NullOr(Schema.String),
  agent_email: Schema.NullOr(Schema.String),
  content: Schema.NullOr(Schema.String),
  status: Schema.NullOr(Schema.String),
  message_type: Schema.NullOr(Schema.String),
  tags: Schema.Array(Schema.String),
  extra: Schema.NullOr(Schema.String),
  exported_at: Schema.DateTimeUtcFromSelf,
  gone_at: Schema.NullOr(Schema.DateTimeUtcFromSelf)
})
/** @since 0.1.0 */
export interface Row extends Schema.Schema.Type<typeof Row> {}

/**
 * @since 0.1.0
 * @category tables
 */
export const table = Table.make({
  name: "messages",
  row: Row,
  key: ["message_id"],
  eventTime: "sent_at",
  // A batch of Allo may leave fields out, and knows the others.
  groups: [
    {
      name: "row",
      columns: ["direction", "sent_at", "line_number", "contact_number", "contact_country", "exported_at"]
    },
    { name: "agent", columns: ["agent_id", "agent_name", "agent_email"] },
    { name: "contacts", columns: ["contact_id", "contacts"] },
    { name: "name", columns: ["contact_name"] },
    { name: "tags", columns: ["tags"] },
    { name: "content", columns: ["content", "message_type"] },
    { name: "status", columns: ["status"] },
    { name: "extra", columns: ["extra"] },
    gone
  ],
  stamps: ["exported_at"]
})
