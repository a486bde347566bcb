/**
 * One call or one message.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"
import { Contact } from "./Contact.js"

/**
 * `cll-…` for a call, `msg-…` for a message; opaque beyond that.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ConversationItemId = Wire.id.pipe(Schema.brand("@trunkline/allo/ConversationItemId"))
/** @since 0.1.0 */
export type ConversationItemId = typeof ConversationItemId.Type

/**
 * Who of the team took part.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Agent = Wire.record(Schema.Struct({
  id: Wire.maybe(Wire.id),
  name: Wire.maybe(Schema.String),
  email: Wire.maybe(Schema.String)
}))
/** @since 0.1.0 */
export interface Agent extends Schema.Schema.Type<typeof Agent> {}

/**
 * One line of a transcript. Its time stays text: there are many of them, and few are asked when.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TranscriptEntry = Wire.record(Schema.Struct({
  source: Wire.maybe(Wire.openLiteral(["USER", "EXTERNAL", "AGENT"])),
  time: Wire.maybe(Schema.String),
  text: Wire.maybe(Schema.String),
  startSeconds: Wire.maybe(Wire.quantity).pipe(Schema.fromKey("start_seconds")),
  endSeconds: Wire.maybe(Wire.quantity).pipe(Schema.fromKey("end_seconds"))
}))
/** @since 0.1.0 */
export interface TranscriptEntry extends Schema.Schema.Type<typeof TranscriptEntry> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ConversationItem = Wire.record(Schema.Struct({
  id: ConversationItemId,
  type: Wire.maybe(Wire.openLiteral(["CALL", "SMS"], { TEXT_MESSAGE: "SMS" })),
  direction: Wire.maybe(Wire.openLiteral(["INBOUND", "OUTBOUND"])),
  alloNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("allo_number")),
  contactNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("contact_number")),
  contacts: Wire.list(Contact),
  user: Wire.maybe(Agent),
  date: Wire.instant,
  duration: Wire.maybe(Wire.seconds),
  result: Wire.maybe(Wire.openLiteral(["ANSWERED", "VOICEMAIL", "TRANSFERRED", "CLOSED"])),
  /** Expires, and opens with the key only: fetch it when it is wanted, keep no link. */
  recordingUrl: Wire.maybe(Schema.String).pipe(Schema.fromKey("recording_url")),
  /** Null until it has been written, which may be hours after the call. */
  summary: Wire.maybe(Wire.said),
  tags: Wire.list(Schema.String),
  /** Null unless it was asked for, and on messages. */
  transcript: Wire.maybeList(TranscriptEntry),
  content: Wire.maybe(Schema.String),
  status: Wire.maybe(Wire.openLiteral(["PENDING", "SENT", "DELIVERED", "FAILED"])),
  messageType: Wire.maybe(Wire.openLiteral(["SMS", "MMS", "WHATSAPP"])).pipe(Schema.fromKey("message_type"))
}))
/** @since 0.1.0 */
export interface ConversationItem extends Schema.Schema.Type<typeof ConversationItem> {}
