/**
 * Calls of one organisation: listed, and fetched one by one with what was made of them.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, Page, Read, Wire } from "@trunkline/http"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { AllomiaClient } from "./AllomiaClient.js"
import type { AllomiaError } from "./AllomiaError.js"
import { Call, CallDetails } from "./Call.js"

/**
 * @since 0.1.0
 * @category queries
 */
export interface CallsQuery {
  /** Needed with a tenant key and with an organisation's own key alike. */
  readonly organizationId: string
  readonly callType?: "Inbound" | "Outbound" | "Web" | undefined
  /** A part of the name is enough. */
  readonly agentName?: string | undefined
  readonly from?: DateTime.Utc | undefined
  readonly to?: DateTime.Utc | undefined
  /** Filters by an intent that the rows themselves do not carry. */
  readonly userPrimaryIntent?: string | undefined
  /** Oldest first (`asc`) is the order in which a list that grows loses nothing. */
  readonly sort?: "asc" | "desc" | "duration_desc" | "duration_asc" | undefined
  /** From 1. A stream begins here. */
  readonly page?: number | undefined
  /** 1 to 50; a stream asks for 50 unless told otherwise. */
  readonly limit?: number | undefined
}

/**
 * A list comes three ways: one page, a stream of pages, a stream of rows. Lists move while they are read: a stream may
 * repeat a row, and is no snapshot.
 *
 * @since 0.1.0
 * @category services
 */
export class Calls extends Context.Tag("@trunkline/allomia/Calls")<Calls, {
  /** Oldest first unless told otherwise. */
  readonly list: (query: CallsQuery) => Effect.Effect<Page.Page<Call>, AllomiaError>
  readonly pages: (query: CallsQuery) => Stream.Stream<Page.Page<Call>, AllomiaError>
  readonly stream: (query: CallsQuery) => Stream.Stream<Call, AllomiaError>
  /** One call with its intent, sentiment, summary and links. */
  readonly get: (
    id: string,
    options?: { readonly organizationId?: string | undefined }
  ) => Effect.Effect<CallDetails, AllomiaError>
}>() {
  static readonly layer: Layer.Layer<Calls, never, AllomiaClient> = Layer.effect(this, Effect.suspend(() => make))
}

const readCalls = Read.list(["calls", "data"], Call)
const readCall = Read.one(["call", "data"], CallDetails)

const usualSize = 20
const largestSize = 50

const make = Effect.gen(function*() {
  const { call } = yield* AllomiaClient

  const list = (query: CallsQuery): Effect.Effect<Page.Page<Call>, AllomiaError> =>
    Bounds.check("Calls.list", [
      Bounds.text({ param: "organizationId", value: query.organizationId, code: "custom" }),
      Bounds.oneOf({
        param: "callType",
        value: query.callType,
        words: ["Inbound", "Outbound", "Web"],
        code: "invalid_enum_value"
      }),
      Bounds.text({ param: "agentName", value: query.agentName, code: "custom" }),
      Bounds.text({ param: "userPrimaryIntent", value: query.userPrimaryIntent, code: "custom" }),
      Bounds.oneOf({
        param: "sort",
        value: query.sort,
        words: ["asc", "desc", "duration_desc", "duration_asc"],
        code: "invalid_enum_value"
      }),
      Bounds.inOrder({ param: "from", from: query.from, to: query.to, code: "custom" }),
      Bounds.whole({ param: "page", value: query.page, from: 1, code: "custom" }),
      Bounds.whole({ param: "limit", value: query.limit, from: 1, to: largestSize, code: "custom" })
    ]).pipe(Effect.andThen(() =>
      call({
        operation: "Calls.list",
        request: HttpClientRequest.get("/calls", {
          urlParams: {
            organizationId: query.organizationId,
            page: query.page,
            limit: query.limit,
            callType: query.callType,
            agentName: query.agentName,
            from: query.from && Wire.iso(query.from),
            to: query.to && Wire.iso(query.to),
            userPrimaryIntent: query.userPrimaryIntent,
            sort: query.sort ?? "asc"
          }
        }),
        read: readCalls({ page: query.page ?? 1, first: 1, size: query.limit ?? usualSize })
      })
    ))

  /** Older documents allow 20 rows a page. Where the API refuses more, a stream goes on with as many. */
  const pages = (query: CallsQuery) =>
    Stream.unwrap(
      Effect.map(Ref.make(query.limit ?? largestSize), (size) =>
        Page.pages(query.page ?? 1, (page) =>
          Effect.flatMap(Ref.get(size), (limit) =>
            list({ ...query, page, limit })).pipe(
              Effect.catchIf(
                (error) =>
                  error._tag === "Invalid" && error.status === 400 && query.limit === undefined &&
                  error.fieldErrors.some(({ field }) =>
                    field === "limit"
                  ),
                () => Effect.zipRight(Ref.set(size, usualSize), list({ ...query, page, limit: usualSize }))
              )
            )))
    )

  return {
    list,
    pages,
    stream: (query) => Page.rows("Calls.stream", pages(query)),
    get: (id, options = {}) =>
      Bounds.check("Calls.get", [
        Bounds.segment("id", id, "custom"),
        Bounds.text({ param: "organizationId", value: options.organizationId, code: "custom" })
      ]).pipe(Effect.andThen(() =>
        call({
          operation: "Calls.get",
          request: HttpClientRequest.get(`/calls/${encodeURIComponent(id)}`, {
            urlParams: { organizationId: options.organizationId }
          }),
          read: readCall
        })
      ))
  } satisfies Context.Tag.Service<Calls>
})
