/**
 * Records of Allo as rows.
 *
 * @since 0.1.0
 */
import { Conversation, ConversationItem, HistoryEntry } from "@trunkline/allo"
import type { HistoryCall, HistoryMessage, TranscriptEntry } from "@trunkline/allo"
import type * as Wire from "@trunkline/http/Wire"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Calls from "./Calls.js"
import * as Conversations from "./Conversations.js"
import * as HistoryCalls from "./HistoryCalls.js"
import * as HistoryMessages from "./HistoryMessages.js"
import * as Id from "./Id.js"
import { checking, refusing } from "./internal/checked.js"
import * as Extra from "./internal/extra.js"
import * as ItemGroups from "./internal/itemGroups.js"
import { text } from "./internal/json.js"
import { after, contacts, instant, linked, wholeSeconds, word } from "./internal/values.js"
import { check, type Mapped } from "./Mapped.js"
import * as Messages from "./Messages.js"
import * as Outcome from "./Outcome.js"
import * as Phone from "./Phone.js"
import type { RefusedRow } from "./Refused.js"
import * as Utterances from "./Utterances.js"

/**
 * How items were read.
 *
 * @since 0.1.0
 * @category models
 */
export interface ItemReading {
  readonly readAt: DateTime.Utc
  /** The team of the key; null where it has none. */
  readonly organizationId: string | null
  /** Whether transcripts were asked for: only then does their absence say anything. */
  readonly transcripts: boolean
  /** Whether the answer may leave out what a search tells: a field that is empty then says nothing. False when left out. */
  readonly lean?: boolean | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export type ItemRows =
  | {
    readonly _tag: "Call"
    readonly call: Mapped<Calls.Row>
    /** Null where nothing is known of them, which removes none; empty where there are none. */
    readonly utterances: ReadonlyArray<Mapped<Utterances.Row>> | null
  }
  | { readonly _tag: "Message"; readonly message: Mapped<Messages.Row> }

const checkCall = checking(Calls.table)
const checkMessage = checking(Messages.table)
const checkUtterance = check(Utterances.table)
const checkConversation = checking(Conversations.table)
const checkHistoryCall = checking(HistoryCalls.table)
const checkHistoryMessage = checking(HistoryMessages.table)

const refuseItem = refusing(ConversationItem)
const refuseConversation = refusing(Conversation)
const refuseEntry = refusing(HistoryEntry)

/**
 * A call or a message of version 2. An item that says to be neither is refused: its columns would be guesswork.
 *
 * @since 0.1.0
 * @category mapping
 */
export const item = (item: ConversationItem, reading: ItemReading): Either.Either<ItemRows, RefusedRow> => {
  const refuse = (table: string | null, reason: string) => refuseItem(item, table, reason)
  if (item.type === "CALL") {
    const lines = reading.transcripts ? transcriptOf(item) : null
    return Either.flatMap(
      checkCall({ row: callRow(item, reading, lines), groups: ItemGroups.ofCall(item, reading), refuse }),
      (call) =>
        Either.map(
          lines === null ? nothing : utterancesOf(item, lines, reading),
          (utterances) => ({ _tag: "Call", call, utterances })
        )
    )
  }
  if (item.type === "SMS") {
    return Either.map(
      checkMessage({ row: messageRow(item, reading), groups: ItemGroups.ofMessage(item, reading), refuse }),
      (message) => ({ _tag: "Message", message })
    )
  }
  return Either.left(refuse(null, item.type === null ? "type is missing" : "type is neither a call nor a message"))
}

const idOf = (id: string | null | undefined): string | null => id === null || id === undefined ? null : Id.key(id)

const nothing = Either.right(null)

const itemExtra = (item: ConversationItem): Either.Either<string | null, string> => {
  if (Extra.isNothing(item.extra) && Extra.isNothing(item.user?.extra) && Extra.areNothing(item.contacts)) {
    return nothing
  }
  // A transcript that cannot be read as one becomes lines all the same. Here it would come and go with the question.
  const { transcript: _, ...rest } = item.extra
  return Extra.column(
    Extra.within(rest, { contacts: Extra.ofContacts(item.contacts), user: item.user?.extra ?? {} })
  )
}

const callRow = (
  item: ConversationItem,
  reading: ItemReading,
  lines: ReadonlyArray<Line> | null
): Either.Either<Calls.Row, string> =>
  // Rows are written out column by column: a spread makes them slow and large, and there is one for each record.
  Either.map(itemExtra(item), (extra) => {
    const seconds = wholeSeconds(item.duration)
    const { contacts: [first], user } = item
    return {
      call_id: Id.key(item.id),
      organization_id: reading.organizationId,
      direction: word(item.direction),
      started_at: item.date,
      ended_at: after(item.date, seconds),
      duration_seconds: seconds,
      outcome: Outcome.fromAllo(item.result),
      outcome_raw: item.result,
      business_outcome: null,
      agent_id: idOf(user?.id),
      agent_name: user?.name ?? null,
      agent_email: user?.email ?? null,
      team_id: null,
      team_name: null,
      line_number: item.alloNumber,
      contact_number: item.contactNumber,
      contact_country: Phone.country(item.contactNumber, item.alloNumber),
      contact_id: idOf(first?.id),
      contact_name: first?.name ?? null,
      company_id: first?.company?.id ?? null,
      company_name: first?.company?.name ?? null,
      contacts: contacts(item.contacts),
      primary_intent: null,
      sentiment: null,
      summary: item.summary,
      tags: item.tags,
      has_recording: linked(item.recordingUrl),
      has_transcript: reading.transcripts ? lines !== null && lines.length > 0 : null,
      details_at: null,
      created_at: null,
      extra,
      exported_at: reading.readAt,
      gone_at: null
    }
  })

const messageRow = (item: ConversationItem, reading: ItemReading): Either.Either<Messages.Row, string> =>
  Either.map(itemExtra(item), (extra) => {
    const { contacts: [first], user } = item
    return {
      message_id: Id.key(item.id),
      direction: word(item.direction),
      sent_at: item.date,
      line_number: item.alloNumber,
      contact_number: item.contactNumber,
      contact_country: Phone.country(item.contactNumber, item.alloNumber),
      contact_id: idOf(first?.id),
      contact_name: first?.name ?? null,
      contacts: contacts(item.contacts),
      agent_id: idOf(user?.id),
      agent_name: user?.name ?? null,
      agent_email: user?.email ?? null,
      content: item.content,
      status: item.status,
      message_type: item.messageType,
      tags: item.tags,
      extra,
      exported_at: reading.readAt,
      gone_at: null
    }
  })

type Line = Pick<TranscriptEntry, "source" | "time" | "text" | "startSeconds" | "endSeconds">

const plain = (text: string): Line => ({ source: null, time: null, text, startSeconds: null, endSeconds: null })

/**
 * Null where there is none. Some answers hold one text instead of lines, or lines that are text only: what could not be
 * read stands raw in `extra`, whole and in its order.
 */
const transcriptOf = (item: ConversationItem): ReadonlyArray<Line> | null => {
  const raw = item.extra["transcript"]
  if (typeof raw === "string") return [plain(raw)]
  if (!Array.isArray(raw)) return item.transcript
  const read = (item.transcript ?? []).values()
  return raw.flatMap((element: unknown) => {
    if (!Predicate.isRecord(element)) {
      return element === null
        ? []
        : [plain(typeof element === "string" ? element : Either.getOrElse(text(element), () => ""))]
    }
    const line = read.next()
    return line.done === true ? [] : [line.value]
  })
}

const utteranceGroups = ["row"]

/** There are many for each call, so each is one object and no more. */
const utterancesOf = (
  item: ConversationItem,
  lines: ReadonlyArray<Line>,
  reading: ItemReading
): Either.Either<ReadonlyArray<Mapped<Utterances.Row>>, RefusedRow> => {
  const utterances: Array<Mapped<Utterances.Row>> = []
  for (const [seq, line] of lines.entries()) {
    const checked = checkUtterance(utteranceRow(item.id, seq, line, reading))
    if (Either.isLeft(checked)) return Either.left(refuseItem(item, Utterances.table.name, checked.left))
    utterances.push({ table: Utterances.table, row: checked.right, groups: utteranceGroups })
  }
  return Either.right(utterances)
}

const utteranceRow = (id: string, seq: number, line: Line, reading: ItemReading): Utterances.Row => ({
  call_id: Id.key(id),
  seq,
  speaker: line.source === null ? null : word(line.source),
  spoken_at: instant(line.time),
  start_seconds: line.startSeconds,
  end_seconds: line.endSeconds,
  text: line.text,
  exported_at: reading.readAt
})

/**
 * What a line last said to a number and heard from it. The record does not say whose line it is: that is known from
 * the question.
 *
 * @since 0.1.0
 * @category mapping
 */
export const conversation = (
  conversation: Conversation,
  reading: { readonly readAt: DateTime.Utc; readonly line: string | null }
): Either.Either<Mapped<Conversations.Row>, RefusedRow> => {
  const refuse = (table: string, reason: string) => refuseConversation(conversation, table, reason)
  const { line } = reading
  if (line === null || line === "") return Either.left(refuse(Conversations.table.name, "line_number is missing"))
  if (conversation.contactNumber === "") {
    return Either.left(refuse(Conversations.table.name, "contact_number is missing"))
  }
  return checkConversation({
    row: Either.map(
      Extra.column(Extra.within(conversation.extra, { contacts: Extra.ofContacts(conversation.contacts) })),
      (extra) => ({
        line_number: line,
        contact_number: conversation.contactNumber,
        contact_country: Phone.country(conversation.contactNumber, line),
        contacts: contacts(conversation.contacts),
        last_activity_at: conversation.lastActivity,
        last_item_id: idOf(conversation.lastItem?.id),
        last_item_type: conversation.lastItem?.type ?? null,
        extra,
        exported_at: reading.readAt,
        gone_at: null
      })
    ),
    groups: ["row", "gone"],
    refuse
  })
}

/**
 * @since 0.1.0
 * @category models
 */
export interface HistoryReading {
  readonly readAt: DateTime.Utc
  /** Whose history it is. */
  readonly contactId: string
}

/**
 * @since 0.1.0
 * @category models
 */
export type HistoryRow =
  | { readonly _tag: "HistoryCall"; readonly call: Mapped<HistoryCalls.Row> }
  | { readonly _tag: "HistoryMessage"; readonly message: Mapped<HistoryMessages.Row> }

/**
 * One reading of one history of version 1, from its first page to its last: make a new one for each, since it counts
 * equal messages.
 *
 * @since 0.1.0
 * @category mapping
 */
export const history = (
  reading: HistoryReading
): Effect.Effect<(entry: HistoryEntry) => Effect.Effect<Either.Either<HistoryRow, RefusedRow>>> =>
  Effect.map(HistoryMessages.ids, (identify) => (entry) => {
    const refuse = (table: string | null, reason: string) => refuseEntry(entry, table, reason)
    const { call, message, type } = entry
    const refused = (reason: string) => Effect.succeed(Either.left(refuse(null, reason)))
    if (call !== null && message !== null) return refused("holds both a call and a message")
    if (call !== null && (type === null || type === "CALL")) {
      return Effect.succeed(Either.map(
        checkHistoryCall({ row: historyCallRow(entry, call, reading), groups: ["row"], refuse }),
        (mapped) => ({ _tag: "HistoryCall", call: mapped })
      ))
    }
    if (message !== null && (type === null || type === "TEXT_MESSAGE")) {
      return Effect.map(identify(message), (id) =>
        Either.map(
          checkHistoryMessage({ row: historyMessageRow(entry, message, id, reading), groups: ["row"], refuse }),
          (mapped) => ({ _tag: "HistoryMessage", message: mapped })
        ))
    }
    return refused("type does not say what is in it")
  })

/** Who called whom, in the words of the other tables. Without a direction nobody knows which number is the line. */
const numbersOf = ({ direction, fromNumber, toNumber }: HistoryCall | HistoryMessage) => {
  const [line, contact] = direction === "INBOUND"
    ? [toNumber, fromNumber]
    : direction === "OUTBOUND"
    ? [fromNumber, toNumber]
    : [null, null]
  return {
    line_number: line,
    contact_number: contact,
    contact_country: Phone.country(contact, line),
    from_number: fromNumber,
    to_number: toNumber
  }
}

const entryExtra = (entry: HistoryEntry, extra: Wire.Extra) => Extra.column(Extra.within(extra, { entry: entry.extra }))

const historyCallRow = (
  entry: HistoryEntry,
  call: HistoryCall,
  reading: HistoryReading
): Either.Either<HistoryCalls.Row, string> =>
  Either.map(entryExtra(entry, call.extra), (extra) => {
    const seconds = wholeSeconds(call.length)
    return {
      contact_id: Id.key(reading.contactId),
      call_id: Id.key(call.id),
      direction: word(call.direction),
      started_at: call.startDate,
      ended_at: after(call.startDate, seconds),
      duration_seconds: seconds,
      outcome: Outcome.fromAllo(call.result),
      outcome_raw: call.result,
      ...numbersOf(call),
      summary: call.summary,
      // The older field holds one of them, and is there when the newer is not.
      tags: call.tag === null || call.tag === "" || call.tags.includes(call.tag) ? call.tags : [call.tag, ...call.tags],
      has_recording: linked(call.recordingUrl),
      has_transcript: call.transcript !== null && call.transcript.length > 0,
      extra,
      exported_at: reading.readAt
    }
  })

const historyMessageRow = (
  entry: HistoryEntry,
  message: HistoryMessage,
  id: string,
  reading: HistoryReading
): Either.Either<HistoryMessages.Row, string> =>
  Either.map(entryExtra(entry, message.extra), (extra) => ({
    contact_id: Id.key(reading.contactId),
    message_id: id,
    direction: word(message.direction),
    sent_at: message.startDate,
    ...numbersOf(message),
    sender_id: message.senderId,
    content: message.content,
    extra,
    exported_at: reading.readAt
  }))
