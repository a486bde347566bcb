/**
 * The calls of one line, the newest first, from version 1 of the API and on its daily quota. Summary, recording and
 * transcript come with them. There is no filter by time: a search of `Conversations` has one.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, Page, Read } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { AlloClient } from "./AlloClient.js"
import type { AlloError } from "./AlloError.js"
import { HistoryCall } from "./HistoryEntry.js"
import * as Allowed from "./internal/bounds.js"

/**
 * @since 0.1.0
 * @category queries
 */
export interface LineCallsQuery {
  readonly alloNumber: string
  readonly contactNumber?: string | undefined
  /** From 0, in this version of the API. A stream begins here. */
  readonly page?: number | undefined
  /** 1 to 100; a stream asks for 100 unless told otherwise. */
  readonly size?: number | undefined
}

/**
 * @since 0.1.0
 * @category services
 */
export class LineCalls extends Context.Tag("@trunkline/allo/LineCalls")<LineCalls, {
  readonly list: (query: LineCallsQuery) => Effect.Effect<Page.Page<HistoryCall>, AlloError>
  readonly pages: (query: LineCallsQuery) => Stream.Stream<Page.Page<HistoryCall>, AlloError>
  readonly stream: (query: LineCallsQuery) => Stream.Stream<HistoryCall, AlloError>
}>() {
  static readonly layer: Layer.Layer<LineCalls, never, AlloClient> = Layer.effect(this, Effect.suspend(() => make))
}

const readCalls = Read.list(["data", "results", "calls"], HistoryCall)

const make = Effect.gen(function*() {
  const { call } = yield* AlloClient

  const list = (query: LineCallsQuery): Effect.Effect<Page.Page<HistoryCall>, AlloError> =>
    Bounds.check("LineCalls.list", [
      Allowed.phone("allo_number", query.alloNumber),
      ...(query.contactNumber === "anonymous" ? [] : [Allowed.phone("contact_number", query.contactNumber)]),
      Allowed.pageNumber(query.page, 0),
      Allowed.pageSize(query.size)
    ]).pipe(Effect.andThen(() =>
      call({
        operation: "LineCalls.list",
        kind: "read",
        request: HttpClientRequest.get("/v1/api/calls", {
          urlParams: {
            allo_number: query.alloNumber,
            contact_number: query.contactNumber,
            size: query.size,
            page: query.page
          }
        }),
        read: readCalls({ page: query.page ?? 0, first: 0, size: query.size ?? 10 })
      })
    ))

  const pages = (query: LineCallsQuery) => Page.pages(query.page ?? 0, (page) => list({ size: 100, ...query, page }))

  return {
    list,
    pages,
    stream: (query) => Page.rows("LineCalls.stream", pages(query))
  } satisfies Context.Tag.Service<LineCalls>
})
