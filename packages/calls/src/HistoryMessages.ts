/**
 * One row per message in the history of a contact, under an id that we make: the API gives none.
 *
 * @since 0.1.0
 */
import type { HistoryMessage } from "@trunkline/allo"
import * as Table from "@trunkline/parquet/Table"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { sha256 } from "./internal/digest.js"
import { whole } from "./internal/whole.js"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Row = Schema.Struct({
  contact_id: Schema.String,
  /** The hash of the message's fields and, behind a hyphen, how many equal ones came before it. */
  message_id: Schema.String,
  direction: Schema.String,
  sent_at: Schema.DateTimeUtcFromSelf,
  line_number: Schema.NullOr(Schema.String),
  contact_number: Schema.NullOr(Schema.String),
  contact_country: Schema.NullOr(Schema.String),
  from_number: Schema.NullOr(Schema.String),
  to_number: Schema.NullOr(Schema.String),
  sender_id: Schema.NullOr(Schema.String),
  content: Schema.NullOr(Schema.String),
  extra: Schema.NullOr(Schema.String),
  exported_at: Schema.DateTimeUtcFromSelf
})
/** @since 0.1.0 */
export interface Row extends Schema.Schema.Type<typeof Row> {}

/**
 * @since 0.1.0
 * @category tables
 */
export const table = Table.make({
  name: "history_messages",
  row: Row,
  key: ["contact_id", "message_id"],
  eventTime: "sent_at",
  groups: whole(Row.fields, ["contact_id", "message_id"]),
  stamps: ["exported_at"]
})

/**
 * SHA-256 of the declared fields, in hexadecimal. Undeclared ones are left out, so that a field the API adds one day
 * does not make every old message a new one.
 *
 * @since 0.1.0
 * @category keys
 */
export const hash = (message: HistoryMessage): Effect.Effect<string> =>
  sha256(JSON.stringify([
    message.fromNumber,
    message.senderId,
    message.toNumber,
    message.direction?.toLowerCase() ?? null,
    message.content,
    DateTime.toEpochMillis(message.startDate)
  ]))

/**
 * Ids for the messages of one reading of one history, which may hold equal messages. Make a new one for every reading:
 * equal messages cannot be told apart, so a reading that counts from 0 again gives the same ids in any order.
 *
 * @since 0.1.0
 * @category keys
 */
export const ids: Effect.Effect<(message: HistoryMessage) => Effect.Effect<string>> = Effect.sync(() => {
  const seen = new Map<string, number>()
  return (message) =>
    Effect.map(hash(message), (hashed) => {
      const before = seen.get(hashed) ?? 0
      seen.set(hashed, before + 1)
      return `${hashed}-${before}`
    })
})
