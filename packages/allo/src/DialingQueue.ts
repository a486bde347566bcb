/**
 * A queue of numbers that somebody means to call, and what came of each.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"

/**
 * A queue without its numbers.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DialingQueue = Wire.record(Schema.Struct({
  id: Wire.id,
  name: Wire.maybe(Schema.String),
  creatorId: Wire.maybe(Wire.id).pipe(Schema.fromKey("creator_id")),
  assigneeId: Wire.maybe(Wire.id).pipe(Schema.fromKey("assignee_id")),
  voicemailHandling: Wire.maybe(Wire.openLiteral(["SKIP", "NO_SKIP"])).pipe(Schema.fromKey("voicemail_handling")),
  doNotDisturb: Wire.maybe(Wire.openLiteral(["ENABLED", "DISABLED"])).pipe(Schema.fromKey("do_not_disturb")),
  createdAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("created_at")),
  updatedAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("updated_at"))
}))
/** @since 0.1.0 */
export interface DialingQueue extends Schema.Schema.Type<typeof DialingQueue> {}

/**
 * A number in the queue. Of all records it tells most about how a call ended.
 *
 * @since 0.1.0
 * @category schemas
 */
export const QueuedNumber = Wire.record(Schema.Struct({
  number: Wire.phone.pipe(Schema.propertySignature, Schema.fromKey("number_to")),
  /** From 0. */
  position: Wire.maybe(Wire.quantity),
  createdAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("created_at")),
  updatedAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("updated_at")),
  /** Null as long as nobody called. */
  callStartedAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("call_start_date")),
  callId: Wire.maybe(Wire.id).pipe(Schema.fromKey("call_id")),
  routingResult: Wire.maybe(
    Wire.openLiteral([
      "FAILED",
      "RECEIVED",
      "BLOCKED",
      "ANSWERED",
      "TRANSFERRED_BLAND",
      "TRANSFERRED_ELEVEN_LABS",
      "TRANSFERRED_EXTERNAL",
      "FAILED_EXTERNAL",
      "VOICEMAIL",
      "CLOSED"
    ])
  ).pipe(Schema.fromKey("routing_result")),
  syncStatus: Wire.maybe(Wire.openLiteral(["NOT_SYNCED", "PROCESSING", "SYNCED"])).pipe(Schema.fromKey("sync_status")),
  reachedVoicemail: Wire.maybe(Wire.flag).pipe(Schema.fromKey("detected_outbound_voicemail")),
  notReachedReason: Wire.maybe(
    Wire.openLiteral([
      "BUSY",
      "CALLEE_TEMPORARILY_UNAVAILABLE",
      "RING_TIMEOUT",
      "NOT_IN_SERVICE",
      "DECLINED",
      "NETWORK_ERROR"
    ])
  ).pipe(Schema.fromKey("not_reached_destination_reason")),
  voicemailLeft: Wire.maybe(Wire.flag).pipe(Schema.fromKey("voicemail_left"))
}))
/** @since 0.1.0 */
export interface QueuedNumber extends Schema.Schema.Type<typeof QueuedNumber> {}
