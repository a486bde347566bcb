/** Calls and messages of Allo: a list filtered by days, searched with POST. */
import type { ConversationItem, Conversations } from "@trunkline/allo"
import type { SearchQuery } from "@trunkline/allo/Conversations"
import { type Calls, FromAllo, Id, type RefusedRow, unreadable } from "@trunkline/calls"
import type { DatasetError } from "@trunkline/dataset"
import type { Page, Wire } from "@trunkline/http"
import type * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Ended } from "../ExportError.js"
import * as Grain from "../Grain.js"
import type * as Sightings from "../internal/sightings.js"
import * as Planning from "../Planning.js"
import type { Lane } from "../Progress.js"
import * as Settling from "../Settling.js"
import type { Connected, Cursor, DetailList, Entry, Failure, Filter, Listing, Slice, WindowedList } from "../Source.js"
import * as LastDay from "./lastDay.js"

type Part = Pick<SearchQuery, "type" | "direction" | "alloNumber">

export interface Options {
  readonly conversations: Context.Tag.Service<Conversations>
  readonly sightings: Sightings.Sightings
  readonly lane: Lane
  readonly scope: Pick<Connected, "source" | "scope">
  /** Null where the key belongs to no team. */
  readonly organizationId: string | null
  /** The number of the only line that is read; null for all. */
  readonly line: string | null
  /** The numbers of the lines, to cut days that are too large. */
  readonly lines: ReadonlyArray<string>
  readonly transcripts: boolean
}

const pageSize = 100
/** Ids that a batch may name. */
const batchSize = 100

export const grain = Grain.days

export const stream = (transcripts: boolean): string => transcripts ? "items+transcript" : "items"

/** The first page has the number 1. */
export const numberOf = (cursor: Cursor | null): number => typeof cursor === "number" ? cursor : 1

/** The page that follows, where there is one. */
export const after = ({ more, page }: Pick<Page.Page<unknown>, "more" | "page">): number | null =>
  more ? page + 1 : null

/** A call that took place gets its summary some time later. */
const detailOf = (call: Calls.Row): Entry["detail"] => ({
  endedAt: call.ended_at ?? call.started_at,
  finished: call.summary !== null || !["answered", "transferred", "voicemail"].includes(call.outcome)
})

interface Answer {
  readonly rows: ReadonlyArray<ConversationItem>
  readonly rejected: ReadonlyArray<Wire.Rejected>
}

/** Records as entries, and those that cannot be rows. */
const entriesOf = (
  { organizationId, sightings }: Pick<Options, "organizationId" | "sightings">,
  { lean = false, transcripts }: Pick<FromAllo.ItemReading, "transcripts" | "lean">
) =>
(answer: Answer) =>
  Effect.map(Planning.now, (readAt) => {
    const entries: Array<Entry> = []
    const refused: Array<RefusedRow> = answer.rejected.map((rejected) => unreadable(rejected))
    for (const item of answer.rows) {
      const mapped = FromAllo.item(item, { readAt, organizationId, transcripts, lean })
      if (Either.isLeft(mapped)) {
        refused.push(mapped.left)
        continue
      }
      const rows = mapped.right
      sightings.shown(rows._tag === "Message" ? rows.message.row : rows.call.row, organizationId, item.date)
      const isCall = rows._tag === "Call"
      entries.push({
        key: Id.key(item.id),
        id: item.id,
        stamps: [item.date],
        rows: [isCall ? rows.call : rows.message],
        lines: isCall ? rows.utterances : null,
        detail: isCall ? detailOf(rows.call.row) : null
      })
    }
    return { entries, refused }
  })

const listing = (options: Options, transcripts: boolean) => (page: Page.Page<ConversationItem>) =>
  Effect.map(entriesOf(options, { transcripts })(page), (found): Listing => ({
    ...found,
    size: page.size,
    total: page.total,
    next: after(page),
    requestId: page.requestId,
    answeredAt: page.answeredAt
  }))

/** The total of a search, and its first row that can be read. */
const first = (options: Options, query: SearchQuery, most = 1): Effect.Effect<Listing, Failure> => {
  const ask = (size: number) =>
    Effect.flatMap(options.conversations.search({ ...query, size }), listing(options, false))
  return Effect.flatMap(
    ask(most),
    (page) => page.refused.length > 0 && page.entries.length === 0 ? ask(pageSize) : Effect.succeed(page)
  )
}

/** The list, or the part of it that a filter selects. */
const sliceOf = (
  options: Options,
  lastDay: LastDay.LastDay,
  part: Part,
  cuts: ReadonlyArray<(part: Part) => ReadonlyArray<Part>>
): Slice => ({
  count: (range) => first(options, range === null ? part : { ...part, date: LastDay.dates(range, lastDay) }),
  page: (range, cursor) =>
    Effect.flatMap(
      options.conversations.search({
        ...part,
        date: LastDay.dates(range, lastDay),
        page: numberOf(cursor),
        size: pageSize,
        extend: options.transcripts ? "transcript" : undefined
      }),
      listing(options, options.transcripts)
    ),
  cuts: cuts.map((cut, position) => () =>
    cut(part).map((piece) => sliceOf(options, lastDay, piece, cuts.slice(position + 1)))
  )
})

const cuts = ({ lines }: Options) => [
  (part: Part) => (["CALL", "SMS"] as const).map((type) => ({ ...part, type })),
  (part: Part) => (["INBOUND", "OUTBOUND"] as const).map((direction) => ({ ...part, direction })),
  (part: Part) => part.alloNumber === undefined ? lines.map((alloNumber) => ({ ...part, alloNumber })) : [part]
]

/** How the day of the oldest row was named, so that the next run tries this name first. Nothing else follows from it. */
const hintName = "name of the oldest day"

/** Asked about the day of the oldest row, and if that does not tell, about the day of one that is not at the edge of a day. */
const lastDayOf = (
  options: Options
): Effect.Effect<LastDay.LastDay, Failure | Ended | DatasetError.WriteError, Planning.Planning> => {
  const search = (query: SearchQuery, size?: number) => Planning.onePage(options.lane, first(options, query, size))
  const learn = (row: DateTime.Utc, hint: LastDay.Name, size?: number) =>
    LastDay.learn(
      (from, to) =>
        search({ date: { from: DateTime.formatIsoDateUtc(from), to: DateTime.formatIsoDateUtc(to) } }, size),
      row,
      hint
    )
  return Effect.gen(function*() {
    const { ledger, remember } = yield* Planning.Planning
    const { scope, source } = options.scope
    const all = yield* search({})
    const oldest = all.entries[0]?.stamps[0]
    if (oldest === undefined) return { is: "excluded", exact: all.refused.length === 0 }
    const known = Option.getOrElse(yield* ledger.fact(source, scope, hintName), () => "0")
    const hint = LastDay.names.find((name) => String(name) === known) ?? 0
    const { learned, name } = yield* learn(oldest, hint)
    if (name !== hint) yield* remember(options.scope, hintName, String(name))
    if (learned.exact) return learned
    const rows = (yield* search({}, pageSize)).entries.flatMap(({ stamps }) => stamps)
    const other = rows.find((row) => !LastDay.isOnEdge(row))
    return other === undefined ? learned : (yield* learn(other, 0, pageSize)).learned
  })
}

export const list = (options: Options): WindowedList => ({
  stream: stream(options.transcripts),
  lane: options.lane,
  grain,
  pageSize,
  filter: Effect.map(lastDayOf(options), (lastDay): Filter => ({
    reach: (range) => range,
    place: null,
    exact: lastDay.exact,
    // Where the end is excluded, a range is asked for with the day after it, which has to be settled as well.
    settling: Settling.usual + (lastDay.is === "included" ? 0 : Grain.days.unit),
    all: sliceOf(options, lastDay, options.line === null ? {} : { alloNumber: options.line }, cuts(options))
  })),
  // Asked anew by every run.
  forget: Effect.void,
  snapshots: false,
  tooWide: (error: Failure) => error._tag === "Invalid" && error.code === "DATE_RANGE_TOO_WIDE",
  published: {
    tables: [
      { table: "calls", id: "call_id", at: "started_at" },
      { table: "messages", id: "message_id", at: "sent_at" }
    ],
    only: options.line === null ? null : { column: "line_number", value: options.line }
  }
})

/** The records of these ids. One that the API does not know may fail the whole batch, so it is looked for by halves. */
const batch = (
  options: Options,
  ids: ReadonlyArray<string>
): Effect.Effect<Answer, Failure> =>
  Effect.catchTag(options.conversations.batch(ids), "NotFound", () => {
    const half = Math.ceil(ids.length / 2)
    return ids.length === 1 ? Effect.succeed({ rows: [], rejected: [] }) : Effect.zipWith(
      Effect.suspend(() => batch(options, ids.slice(0, half))),
      Effect.suspend(() => batch(options, ids.slice(half))),
      (left, right) => ({ rows: [...left.rows, ...right.rows], rejected: [...left.rejected, ...right.rejected] })
    )
  })

/** Summaries. The list holds them too, so only calls without one are asked for by their ids. */
export const details = (options: Options): DetailList => ({
  lane: options.lane,
  label: "late summaries",
  listed: true,
  atOnce: batchSize,
  spellings: Id.spellings,
  read: (ids) => Effect.flatMap(batch(options, ids), entriesOf(options, { transcripts: false, lean: true }))
})
