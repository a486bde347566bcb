/**
 * One call or one message of a contact's history, as version 1 of the API answers it.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"
import { TranscriptEntry } from "./ConversationItem.js"

/**
 * @since 0.1.0
 * @category schemas
 */
export const HistoryCall = Wire.record(Schema.Struct({
  id: Wire.id,
  fromNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("from_number")),
  toNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("to_number")),
  /** Sent as minutes and their fractions. */
  length: Wire.maybe(Wire.minutes).pipe(Schema.fromKey("length_in_minutes")),
  direction: Wire.maybe(Wire.openLiteral(["INBOUND", "OUTBOUND"])).pipe(Schema.fromKey("type")),
  result: Wire.maybe(
    Wire.openLiteral([
      "ANSWERED",
      "VOICEMAIL",
      "TRANSFERRED_AI",
      "TRANSFERRED_EXTERNAL",
      "BLOCKED",
      "FAILED",
      "FAILED_EXTERNAL",
      "RECEIVED",
      "CLOSED"
    ])
  ),
  summary: Wire.maybe(Wire.said),
  tag: Wire.maybe(Schema.String),
  tags: Wire.list(Schema.String),
  recordingUrl: Wire.maybe(Schema.String).pipe(Schema.fromKey("recording_url")),
  startDate: Wire.instant.pipe(Schema.propertySignature, Schema.fromKey("start_date")),
  transcript: Wire.maybeList(TranscriptEntry)
}))
/** @since 0.1.0 */
export interface HistoryCall extends Schema.Schema.Type<typeof HistoryCall> {}

/**
 * It has no id.
 *
 * @since 0.1.0
 * @category schemas
 */
export const HistoryMessage = Wire.record(Schema.Struct({
  fromNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("from_number")),
  senderId: Wire.maybe(Schema.String).pipe(Schema.fromKey("sender_id")),
  toNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("to_number")),
  direction: Wire.maybe(Wire.openLiteral(["INBOUND", "OUTBOUND"])).pipe(Schema.fromKey("type")),
  content: Wire.maybe(Schema.String),
  startDate: Wire.instant.pipe(Schema.propertySignature, Schema.fromKey("start_date"))
}))
/** @since 0.1.0 */
export interface HistoryMessage extends Schema.Schema.Type<typeof HistoryMessage> {}

/**
 * Either of the two; the other is null.
 *
 * @since 0.1.0
 * @category schemas
 */
export const HistoryEntry = Wire.record(
  Schema.Struct({
    type: Wire.maybe(Wire.openLiteral(["CALL", "TEXT_MESSAGE"], { SMS: "TEXT_MESSAGE" })),
    call: Wire.maybe(HistoryCall),
    message: Wire.maybe(HistoryMessage)
  }),
  ({ call, message }) => call === null && message === null ? "call" : undefined
)
/** @since 0.1.0 */
export interface HistoryEntry extends Schema.Schema.Type<typeof HistoryEntry> {}
