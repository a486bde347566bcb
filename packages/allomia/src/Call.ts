/**
 * One call, as lists answer it and as it is answered alone.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"

/**
 * Opaque: documented examples are not even UUIDs.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CallId = Wire.id.pipe(Schema.brand("@trunkline/allomia/CallId"))
/** @since 0.1.0 */
export type CallId = typeof CallId.Type

const row = {
  id: CallId,
  organizationId: Wire.maybe(Wire.id),
  callType: Wire.maybe(Wire.openLiteral(["Inbound", "Outbound", "Web"])),
  agentId: Wire.maybe(Wire.id),
  agentName: Wire.maybe(Schema.String),
  teamId: Wire.maybe(Wire.id),
  teamName: Wire.maybe(Schema.String),
  phoneNumber: Wire.maybe(Schema.String),
  callStartedAt: Wire.instant,
  callEndedAt: Wire.maybe(Wire.instant),
  /** Sent as text in lists. */
  callDuration: Wire.maybe(Wire.seconds).pipe(Schema.fromKey("callDurationSeconds")),
  userPhoneNumber: Wire.maybe(Schema.String),
  createdAt: Wire.maybe(Wire.instant)
}

/**
 * What a list knows of a call: nothing of intent, outcome or summary.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Call = Wire.record(Schema.Struct(row))
/** @since 0.1.0 */
export interface Call extends Schema.Schema.Type<typeof Call> {}

/**
 * A call with what was made of it afterwards. A language model wrote most of that, so its words for "nothing" are null.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CallDetails = Wire.record(Schema.Struct({
  ...row,
  callEndedReason: Wire.maybe(Schema.String),
  userName: Wire.maybe(Wire.said),
  userPrimaryIntent: Wire.maybe(Wire.said),
  userSentiment: Wire.maybe(Wire.said),
  outcome: Wire.maybe(Wire.said),
  callSummary: Wire.maybe(Wire.said),
  /** These two links open without a key and expire after an hour: fetch the call again for new ones, keep none. */
  transcriptUrl: Wire.maybe(Schema.String),
  recordingUrl: Wire.maybe(Schema.String)
}))
/** @since 0.1.0 */
export interface CallDetails extends Schema.Schema.Type<typeof CallDetails> {}
