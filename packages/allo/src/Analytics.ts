/**
 * The figures of the app's own dashboard. They are reads made with POST, so they run at the pace of writes.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, Page, Read, type Wire } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { AlloClient } from "./AlloClient.js"
import type { AlloError } from "./AlloError.js"
import { OutboundCall, OutboundFigures, TeamFigures } from "./Figures.js"
import * as Allowed from "./internal/bounds.js"

/**
 * @since 0.1.0
 * @category queries
 */
export interface FiguresQuery {
  /** Whole days as YYYY-MM-DD. The API says neither whose days they are nor whether the last one is included. */
  readonly date: { readonly from: string; readonly to: string }
  /** The days that `previous` and `change` are about. */
  readonly compareDate?: { readonly from: string; readonly to: string } | undefined
  /** Not together with `alloNumbers`. */
  readonly userIds?: ReadonlyArray<string> | undefined
  readonly alloNumbers?: ReadonlyArray<string> | undefined
}

/**
 * @since 0.1.0
 * @category queries
 */
export interface OutboundQuery extends FiguresQuery {
  /** A call with one of these is a conversion. */
  readonly tags?: ReadonlyArray<string> | undefined
  /** Of the series over time. */
  readonly granularity?: Wire.Open<"DAY" | "WEEK" | "MONTH"> | undefined
}

/**
 * @since 0.1.0
 * @category queries
 */
export interface OutboundCallsQuery extends OutboundQuery {
  readonly stage: Wire.Open<"DIAL" | "CONNECTED" | "CONVERSATION" | "CONVERSION">
  /** From 1. A stream begins here. */
  readonly page?: number | undefined
  /** 1 to 100; a stream asks for 100 unless told otherwise. */
  readonly size?: number | undefined
}

/**
 * @since 0.1.0
 * @category services
 */
export class Analytics extends Context.Tag("@trunkline/allo/Analytics")<Analytics, {
  /** The team's calls, both ways, and each user's part in them. */
  readonly overview: (query: FiguresQuery) => Effect.Effect<TeamFigures, AlloError>
  /** What came of the calls that the team made. */
  readonly outbound: (query: OutboundQuery) => Effect.Effect<OutboundFigures, AlloError>
  /** The calls behind those figures that came as far as this stage. */
  readonly outboundCallsPage: (query: OutboundCallsQuery) => Effect.Effect<Page.Page<OutboundCall>, AlloError>
  readonly outboundCallsPages: (query: OutboundCallsQuery) => Stream.Stream<Page.Page<OutboundCall>, AlloError>
  readonly outboundCalls: (query: OutboundCallsQuery) => Stream.Stream<OutboundCall, AlloError>
}>() {
  static readonly layer: Layer.Layer<Analytics, never, AlloClient> = Layer.effect(this, Effect.suspend(() => make))
}

const readTeam = Read.one(["data"], TeamFigures)
const readOutbound = Read.one(["data"], OutboundFigures)
const readCalls = Read.list(["items", "data"], OutboundCall)

const boundsOf = (query: FiguresQuery): ReadonlyArray<Bounds.Bound> => [
  ...Allowed.days(query.date),
  ...Allowed.days(query.compareDate, "compare_date"),
  {
    param: "user_ids",
    code: "INVALID_REQUEST",
    advice: "user_ids and allo_numbers cannot be combined",
    holds: query.userIds === undefined || query.alloNumbers === undefined
  },
  ...(query.userIds ?? []).map((value) => Bounds.text({ param: "user_ids", value, code: "INVALID_REQUEST" })),
  ...(query.alloNumbers ?? []).map((number) => Allowed.phone("allo_numbers", number))
]

const outboundBounds = (query: OutboundQuery): ReadonlyArray<Bounds.Bound> => [
  ...boundsOf(query),
  ...(query.tags ?? []).map((value) => Bounds.text({ param: "tags", value, code: "INVALID_REQUEST" })),
  Bounds.text({ param: "granularity", value: query.granularity, code: "INVALID_GRANULARITY" })
]

// Name by name: what the API does not know it ignores without a word.
const bodyOf = ({ alloNumbers, compareDate, date, userIds }: FiguresQuery) => ({
  date: { from: date.from, to: date.to },
  compare_date: compareDate && { from: compareDate.from, to: compareDate.to },
  user_ids: userIds,
  allo_numbers: alloNumbers
})

const outboundBody = (query: OutboundQuery) => ({
  ...bodyOf(query),
  tags: query.tags,
  granularity: query.granularity
})

const post = (path: string, body: unknown) =>
  HttpClientRequest.post(`/v2/api/analytics/${path}`).pipe(HttpClientRequest.bodyUnsafeJson(body))

const make = Effect.gen(function*() {
  const { call } = yield* AlloClient

  const outboundCallsPage = (query: OutboundCallsQuery): Effect.Effect<Page.Page<OutboundCall>, AlloError> =>
    Bounds.check("Analytics.outboundCalls", [
      ...outboundBounds(query),
      Allowed.word("stage", query.stage),
      Allowed.pageNumber(query.page, 1),
      Allowed.pageSize(query.size)
    ]).pipe(Effect.andThen(() =>
      call({
        operation: "Analytics.outboundCalls",
        kind: "read",
        request: post("outbound", {
          ...outboundBody(query),
          extend: "items",
          stage: query.stage,
          page: query.page,
          size: query.size
        }),
        read: readCalls({ page: query.page ?? 1, first: 1, size: query.size ?? 20 })
      })
    ))

  const outboundCallsPages = (query: OutboundCallsQuery) =>
    Page.pages(query.page ?? 1, (page) => outboundCallsPage({ size: 100, ...query, page }))

  return {
    overview: (query) =>
      Bounds.check("Analytics.overview", boundsOf(query)).pipe(Effect.andThen(() =>
        call({
          operation: "Analytics.overview",
          kind: "read",
          request: post("overview", bodyOf(query)),
          read: readTeam
        })
      )),
    outbound: (query) =>
      Bounds.check("Analytics.outbound", outboundBounds(query)).pipe(Effect.andThen(() =>
        call({
          operation: "Analytics.outbound",
          kind: "read",
          request: post("outbound", outboundBody(query)),
          read: readOutbound
        })
      )),
    outboundCallsPage,
    outboundCallsPages,
    outboundCalls: (query) => Page.rows("Analytics.outboundCalls", outboundCallsPages(query))
  } satisfies Context.Tag.Service<Analytics>
})
