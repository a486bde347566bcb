/** Calls of one organisation: a list filtered by instants, and the details that only a call's own answer holds. */
import type { Call, Calls as CallsService } from "@trunkline/allomia"
import type { CallsQuery } from "@trunkline/allomia/Calls"
import { FromAllomia, type RefusedRow, unreadable } from "@trunkline/calls"
import type { Interval } from "@trunkline/dataset"
import type { Page } from "@trunkline/http"
import type * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Grain from "../Grain.js"
import type * as Sightings from "../internal/sightings.js"
import * as Planning from "../Planning.js"
import type { Lane } from "../Progress.js"
import * as Settling from "../Settling.js"
import type { Connected, DetailList, Entry, Filter, Listing, WindowedList } from "../Source.js"

export interface Options {
  readonly calls: Context.Tag.Service<CallsService>
  readonly sightings: Sightings.Sightings
  readonly lane: Lane
  readonly scope: Pick<Connected, "source" | "scope">
}

/** Rows of a page, where the API allows as many as its newer documents say. */
const pageSize = 50

export const stream = "calls"

export const grain = Grain.seconds

/** Which of a call's two stamps the API's filter goes by. */
type Stamp = "callStartedAt" | "createdAt" | "unknown"

const listing = ({ scope, sightings }: Options) => (page: Page.Page<Call>) =>
  Effect.map(Planning.now, (readAt): Listing => {
    const entries: Array<Entry> = []
    const refused: Array<RefusedRow> = page.rejected.map((rejected) => unreadable(rejected, "calls"))
    for (const call of page.rows) {
      const mapped = FromAllomia.call(call, { readAt, organizationId: scope.scope })
      if (Either.isLeft(mapped)) refused.push(mapped.left)
      else {
        sightings.shown(mapped.right.row, mapped.right.row.organization_id, call.callStartedAt)
        entries.push({
          key: call.id,
          stamps: [call.callStartedAt, call.createdAt ?? call.callStartedAt],
          rows: [mapped.right],
          lines: null,
          detail: { endedAt: call.callEndedAt ?? call.callStartedAt, finished: false }
        })
      }
    }
    return {
      entries,
      refused,
      size: page.size,
      total: page.total,
      next: page.more ? page.page + 1 : null,
      requestId: page.requestId,
      answeredAt: page.answeredAt
    }
  })

/** A page of calls, as large as the API allows unless told otherwise. */
const page = ({ calls, scope }: Options, query: Omit<CallsQuery, "organizationId">) =>
  (query.limit === undefined ? calls.largest : calls.list)({ ...query, organizationId: scope.scope })

/** The total of a list, and its first call that can be read. */
const first = (options: Options, query: Omit<CallsQuery, "organizationId" | "limit">) => {
  const ask = (limit?: number) => Effect.flatMap(page(options, { ...query, limit }), listing(options))
  return Effect.flatMap(
    ask(1),
    (found) => found.refused.length > 0 && found.entries.length === 0 ? ask() : Effect.succeed(found)
  )
}

/** So much more is asked for at either end, since neither is documented to be included. */
const edge = 1000

const closed = ({ from, to }: Interval.Interval) => ({
  from: DateTime.subtract(from, { millis: edge }),
  to: DateTime.add(to, { millis: edge }),
  sort: "asc" as const
})

const factName = "filtered by"

/** Stamps that lie closer together cannot be told apart by asking. */
const telling = 10_000

const learnStamp = (options: Options) =>
  Effect.gen(function*() {
    const { ledger, remember } = yield* Planning.Planning
    const known = yield* ledger.fact(options.scope.source, options.scope.scope, factName)
    if (Option.contains(known, "callStartedAt")) return "callStartedAt"
    if (Option.contains(known, "createdAt")) return "createdAt"
    const ask = (query: Omit<CallsQuery, "organizationId">) =>
      Planning.onePage(options.lane, Effect.flatMap(page(options, query), listing(options)))
    const found = (yield* ask({ sort: "asc" })).entries.find(({ stamps: [started, created] }) =>
      started !== undefined && created !== undefined &&
      Math.abs(created.epochMillis - started.epochMillis) > telling
    )
    const started = found?.stamps[0]
    if (found === undefined || started === undefined) return "unknown"
    const around = yield* ask({
      from: DateTime.subtract(started, { seconds: 2 }),
      to: DateTime.add(started, { seconds: 2 }),
      sort: "asc"
    })
    const stamp: Stamp = around.entries.some(({ key }) => key === found.key) ? "callStartedAt" : "createdAt"
    yield* remember(options.scope, factName, stamp)
    return stamp
  })

/** A call is written down some time after it began: so much later it is looked for where the API goes by that time. */
const delay = (stamp: Stamp): number => stamp === "callStartedAt" ? 0 : Settling.usual

export const list = (options: Options): WindowedList => ({
  stream,
  lane: options.lane,
  grain,
  pageSize,
  filter: Effect.map(learnStamp(options), (stamp): Filter => ({
    reach: ({ from, to }) => ({ from, to: DateTime.unsafeMake(to.epochMillis + delay(stamp)) }),
    settling: Settling.usual + delay(stamp),
    place: {
      column: stamp === "createdAt" ? "created_at" : "started_at",
      sortedBy: stamp === "callStartedAt" ? 0 : null,
      edge,
      apart: stamp === "unknown" ? telling : 0
    },
    exact: true,
    all: {
      count: (range) => first(options, range === null ? { sort: "asc" } : closed(range)),
      page: (range, cursor) =>
        Effect.flatMap(
          page(options, { ...closed(range), page: typeof cursor === "number" ? cursor : 1 }),
          listing(options)
        ),
      cuts: []
    }
  })),
  forget: Effect.flatMap(Planning.Planning, ({ remember }) => remember(options.scope, factName, "")),
  snapshots: true,
  tooWide: () => false,
  published: {
    tables: [{ table: "calls", id: "call_id", at: "started_at" }],
    only: { column: "organization_id", value: options.scope.scope }
  }
})

/** A call with its details; without an entry where the API does not know it. */
const read = Effect.fnUntraced(
  function*({ calls, scope }: Options, id: string) {
    const call = yield* calls.get(id, { organizationId: scope.scope })
    const mapped = FromAllomia.details(call, { readAt: yield* Planning.now, organizationId: scope.scope })
    if (Either.isLeft(mapped)) return { entries: [], refused: [mapped.left] }
    const entry: Entry = {
      key: id,
      stamps: [call.callStartedAt],
      rows: [mapped.right],
      lines: null,
      detail: {
        endedAt: call.callEndedAt ?? call.callStartedAt,
        finished: call.callSummary !== null && call.userPrimaryIntent !== null
      }
    }
    return { entries: [entry], refused: [] }
  },
  Effect.catchTag("NotFound", () => Effect.succeed({ entries: [], refused: [] }))
)

/** Intents, summaries and outcomes. */
export const details = (options: Options): DetailList => ({
  lane: options.lane,
  label: "intent, summary and outcome",
  listed: false,
  atOnce: 1,
  spellings: (key) => [key],
  read: (ids) =>
    Effect.map(Effect.forEach(ids, (id) => read(options, id)), (found) => ({
      entries: found.flatMap(({ entries }) => entries),
      refused: found.flatMap(({ refused }) => refused)
    }))
})
