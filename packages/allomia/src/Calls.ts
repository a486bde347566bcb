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
import type * as Stream from "effect/Stream"
import { AllomiaClient } from "./AllomiaClient.js"
import type { AllomiaError } from "./AllomiaError.js"
import { Call, CallDetails } from "./Call.js"
import * as Allowed from "./internal/bounds.js"

/**
 * @since 0.1.0
 * @category queries
 */
export interface CallsQuery {
  /** Needed with a tenant key and with an organisation's own key alike. */
  readonly organizationId: string
  readonly callType?: Wire.Open<"Inbound" | "Outbound" | "Web"> | undefined
  /** A part of the name is enough. */
  readonly agentName?: string | undefined
  readonly from?: DateTime.Utc | undefined
  readonly to?: DateTime.Utc | undefined
  /** Filters by an intent that the rows themselves do not carry. */
  readonly userPrimaryIntent?: string | undefined
  /** Oldest first (`asc`) is the order in which a list that grows loses nothing. */
  readonly sort?: Wire.Open<"asc" | "desc" | "duration_desc" | "duration_asc"> | undefined
  /** From 1. A stream begins here. */
  readonly page?: number | undefined
  /** 1 to 50. A stream asks for the largest pages unless told otherwise. */
  readonly limit?: number | undefined
}

/**
 * A list comes as one page, as a stream of pages and as a stream of rows. Lists move while they are read, so a stream may
 * repeat a row and is not a snapshot.
 *
 * @since 0.1.0
 * @category services
 */
export class Calls extends Context.Tag("@trunkline/allomia/Calls")<Calls, {
  /** Oldest first unless told otherwise. */
  readonly list: (query: CallsQuery) => Effect.Effect<Page.Page<Call>, AllomiaError>
  /** The same with as many rows as the API allows: 50, or 20 by older documents. */
  readonly largest: (query: CallsQuery) => Effect.Effect<Page.Page<Call>, AllomiaError>
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

/** A refusal that was cut on its way names no field. */
const mayBeTooLarge = (error: AllomiaError): boolean =>
  error._tag === "Invalid" && error.status === 400 &&
  (error.fieldErrors.length === 0 || error.fieldErrors.some(({ field }) => field === "limit"))

const make = Effect.gen(function*() {
  const { call } = yield* AllomiaClient
  const size = yield* Ref.make(largestSize)

  const list = (query: CallsQuery): Effect.Effect<Page.Page<Call>, AllomiaError> =>
    Bounds.check("Calls.list", [
      Allowed.text("organizationId", query.organizationId),
      Allowed.word("callType", query.callType),
      Allowed.text("agentName", query.agentName),
      Allowed.text("userPrimaryIntent", query.userPrimaryIntent),
      Allowed.word("sort", query.sort),
      Bounds.inOrder({ param: "from", from: query.from, to: query.to, code: "custom" }),
      Allowed.whole("page", query.page),
      Allowed.whole("limit", query.limit, largestSize)
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

  /** Where the API refuses pages of 50 rows, this page and all that follow are asked for with 20. */
  const largest = (query: CallsQuery) =>
    Effect.flatMap(Ref.get(size), (limit) =>
      Effect.catchIf(
        list({ ...query, limit }),
        (error) => limit > usualSize && mayBeTooLarge(error),
        () => Effect.tap(list({ ...query, limit: usualSize }), () => Ref.set(size, usualSize))
      ))

  const pages = (query: CallsQuery) =>
    Page.pages(
      query.page ?? 1,
      (page) => query.limit === undefined ? largest({ ...query, page }) : list({ ...query, page })
    )

  return {
    list,
    largest,
    pages,
    stream: (query) => Page.rows("Calls.stream", pages(query)),
    get: (id, options = {}) =>
      Bounds.check("Calls.get", [
        Bounds.segment("id", id, "custom"),
        Allowed.text("organizationId", options.organizationId)
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
