/**
 * The numbers that the key's owner, or a teammate, is about to call.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Bounds, Page, Read } from "@trunkline/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { AlloClient } from "./AlloClient.js"
import type { AlloError } from "./AlloError.js"
import { DialingQueue, QueuedNumber } from "./DialingQueue.js"
import * as Allowed from "./internal/bounds.js"

/**
 * @since 0.1.0
 * @category queries
 */
export interface QueueQuery {
  /** Whose queue; that of the key's owner unless told otherwise. The id wins over the address. */
  readonly userId?: string | undefined
  readonly email?: string | undefined
  /** From 1. A stream begins here. */
  readonly page?: number | undefined
  /** 1 to 100; a stream asks for 100 unless told otherwise. */
  readonly size?: number | undefined
}

/**
 * A page of numbers by their position, and the queue they are in.
 *
 * @since 0.1.0
 * @category models
 */
export interface QueuePage extends Page.Page<QueuedNumber> {
  /** Null where the user has none: then there are no rows either. */
  readonly queue: DialingQueue | null
}

/**
 * @since 0.1.0
 * @category services
 */
export class DialingQueues extends Context.Tag("@trunkline/allo/DialingQueues")<DialingQueues, {
  readonly current: (query?: QueueQuery) => Effect.Effect<QueuePage, AlloError>
  readonly pages: (query?: QueueQuery) => Stream.Stream<Page.Page<QueuedNumber>, AlloError>
  readonly numbers: (query?: QueueQuery) => Stream.Stream<QueuedNumber, AlloError>
}>() {
  static readonly layer: Layer.Layer<DialingQueues, never, AlloClient> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

const readNumbers = Read.list(["data"], QueuedNumber)
const readQueue = Read.one(["queue"], DialingQueue)

const make = Effect.gen(function*() {
  const { call } = yield* AlloClient

  const current = (query: QueueQuery = {}): Effect.Effect<QueuePage, AlloError> =>
    Bounds.check("DialingQueues.current", [
      Bounds.text({ param: "user_id", value: query.userId, code: "INVALID_REQUEST" }),
      Allowed.email("email", query.email),
      Allowed.pageNumber(query.page, 1),
      Allowed.pageSize(query.size)
    ]).pipe(Effect.andThen(() =>
      call({
        operation: "DialingQueues.current",
        kind: "read",
        request: HttpClientRequest.get("/v2/api/dialing-queues/current", {
          urlParams: { user_id: query.userId, email: query.email, page: query.page, size: query.size }
        }),
        read: (body, head) =>
          Either.map(
            readNumbers({ page: query.page ?? 1, first: 1, size: query.size ?? 20 })(body, head),
            (page) => ({ ...page, queue: Either.getOrElse(readQueue(body), () => null) })
          )
      })
    ))

  const pages = (query: QueueQuery = {}) =>
    Page.pages(query.page ?? 1, (page) => current({ size: 100, ...query, page }))

  return {
    current,
    pages,
    numbers: (query) => Page.rows("DialingQueues.numbers", pages(query))
  } satisfies Context.Tag.Service<DialingQueues>
})
