/**
 * What Allo tells when something happens: ten topics, and whatever is new.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import type * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Company, Deal } from "./Contact.js"
import { TranscriptEntry } from "./ConversationItem.js"

/**
 * A person of the address book, as events describe them.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WebhookPerson = Wire.record(Schema.Struct({
  id: Wire.maybe(Wire.id),
  name: Wire.maybe(Schema.String),
  lastName: Wire.maybe(Schema.String).pipe(Schema.fromKey("last_name")),
  email: Wire.maybe(Schema.String),
  emails: Wire.list(Schema.String),
  numbers: Wire.list(Schema.String),
  jobTitle: Wire.maybe(Schema.String).pipe(Schema.fromKey("job_title"))
}))
/** @since 0.1.0 */
export interface WebhookPerson extends Schema.Schema.Type<typeof WebhookPerson> {}

/** Both sides of a call or message, and who takes part. */
const sides = {
  fromNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("from_number")),
  toNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("to_number")),
  userEmail: Wire.maybe(Schema.String).pipe(Schema.fromKey("user_email")),
  person: Wire.maybe(WebhookPerson),
  company: Wire.maybe(Company),
  deals: Wire.list(Deal)
}

/**
 * A call: little of it while it rings, most of it once it is over. `call.triggered` has no id. Of an incoming call that
 * is over, `toNumber` is your own line.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WebhookCall = Wire.record(Schema.Struct({
  id: Wire.maybe(Wire.id),
  ...sides,
  direction: Wire.maybe(Wire.openLiteral(["INBOUND", "OUTBOUND"])).pipe(Schema.fromKey("type")),
  /** Events of one call may differ by seconds here. */
  startedAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("started_at")),
  length: Wire.maybe(Wire.minutes).pipe(Schema.fromKey("length_in_minutes")),
  result: Wire.maybe(Wire.openLiteral(["ANSWERED", "VOICEMAIL", "TRANSFERRED", "CLOSED"])),
  summary: Wire.maybe(Wire.said),
  tags: Wire.list(Schema.String),
  recordingUrl: Wire.maybe(Schema.String).pipe(Schema.fromKey("recording_url")),
  transcript: Wire.maybeList(TranscriptEntry)
}))
/** @since 0.1.0 */
export interface WebhookCall extends Schema.Schema.Type<typeof WebhookCall> {}

/**
 * A tag that was put on a call, or taken off it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WebhookTag = Wire.record(Schema.Struct({
  callId: Wire.maybe(Wire.id).pipe(Schema.fromKey("call_id")),
  tag: Wire.maybe(Schema.String),
  userEmail: Wire.maybe(Schema.String).pipe(Schema.fromKey("user_email"))
}))
/** @since 0.1.0 */
export interface WebhookTag extends Schema.Schema.Type<typeof WebhookTag> {}

/**
 * A text message.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WebhookMessage = Wire.record(Schema.Struct({
  id: Wire.maybe(Wire.id),
  ...sides,
  content: Wire.maybe(Schema.String),
  sentAt: Wire.maybe(Wire.instant).pipe(Schema.fromKey("sent_at"))
}))
/** @since 0.1.0 */
export interface WebhookMessage extends Schema.Schema.Type<typeof WebhookMessage> {}

/** What all events carry. */
interface Said {
  readonly version: string | null
  /** When the event was sent. */
  readonly timestamp: DateTime.Utc | null
}

interface Of<Tag extends string, Topic extends string, Data> extends Said {
  readonly _tag: Tag
  readonly topic: Topic
  readonly data: Data
}

/**
 * Something that happened. The fields that are known are typed, and `extra` of `data` holds the others. `Unknown` is a topic
 * that is not among the ten, or an event without data.
 *
 * @since 0.1.0
 * @category models
 */
export type WebhookEvent =
  | Of<"CallReceived", "call.received", WebhookCall>
  | Of<"CallTriggered", "call.triggered", WebhookCall>
  | Of<"CallAnswered", "call.answered", WebhookCall>
  | Of<"CallCompleted", "call.completed", WebhookCall>
  | Of<"TagAdded", "tag.added", WebhookTag>
  | Of<"TagRemoved", "tag.removed", WebhookTag>
  | Of<"SmsReceived", "sms.received", WebhookMessage>
  | Of<"SmsSent", "sms.sent", WebhookMessage>
  | Of<"ContactCreated", "contact.created", WebhookPerson>
  | Of<"ContactUpdated", "contact.updated", WebhookPerson>
  | Of<"Unknown", string, Redacted.Redacted<unknown>>

const Envelope = Wire.record(Schema.Struct({
  topic: Wire.id,
  version: Wire.maybe(Wire.id),
  timestamp: Wire.maybe(Wire.instant),
  data: Schema.optional(Schema.Unknown)
}))

const readEnvelope = ParseResult.decodeUnknownEither(Envelope)

const reads = {
  "call.received": reader("CallReceived", "call.received", WebhookCall),
  "call.triggered": reader("CallTriggered", "call.triggered", WebhookCall),
  "call.answered": reader("CallAnswered", "call.answered", WebhookCall),
  "call.completed": reader("CallCompleted", "call.completed", WebhookCall),
  "tag.added": reader("TagAdded", "tag.added", WebhookTag),
  "tag.removed": reader("TagRemoved", "tag.removed", WebhookTag),
  "sms.received": reader("SmsReceived", "sms.received", WebhookMessage),
  "sms.sent": reader("SmsSent", "sms.sent", WebhookMessage),
  "contact.created": reader("ContactCreated", "contact.created", WebhookPerson),
  "contact.updated": reader("ContactUpdated", "contact.updated", WebhookPerson)
}

function reader<Tag extends string, Topic extends string, A, I>(_tag: Tag, topic: Topic, schema: Schema.Schema<A, I>) {
  const decode = ParseResult.decodeUnknownEither(schema)
  return (data: unknown, said: Said): Either.Either<Of<Tag, Topic, A>, unknown> =>
    Either.map(decode(data), (data) => ({ _tag, topic, ...said, data }))
}

const isKnown = (topic: string): topic is keyof typeof reads => Object.hasOwn(reads, topic)

/**
 * The event of a body, or the paths where it is none.
 *
 * @since 0.1.0
 * @category readers
 */
export const readWebhookEvent = (body: unknown): Either.Either<WebhookEvent, ReadonlyArray<string>> =>
  Either.mapBoth(readEnvelope(body), {
    onLeft: Wire.pathsOf,
    onRight: ({ data, timestamp, topic, version }): WebhookEvent => {
      const said = { version, timestamp }
      const known: Either.Either<WebhookEvent, unknown> = isKnown(topic)
        ? reads[topic](data, said)
        : Either.left(undefined)
      return Either.getOrElse(known, (): WebhookEvent => ({
        _tag: "Unknown",
        topic,
        ...said,
        data: Redacted.make(data)
      }))
    }
  })
