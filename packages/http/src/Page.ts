/**
 * A list that comes in numbered pages, as a stream. Pages are read one after the other and only when asked for: read
 * side by side, a list that moves loses rows.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as ApiError from "./ApiError.js"
import type * as Envelope from "./Envelope.js"
import { stringify } from "./internal/json.js"
import type * as Wire from "./Wire.js"

/**
 * One page, as the API answered it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page<A> {
  readonly rows: ReadonlyArray<A>
  /** Rows that could not be read. They count, and they are not lost. */
  readonly rejected: ReadonlyArray<Wire.Rejected>
  /** The number that was asked for. */
  readonly page: number
  /** How many rows a page holds: as answered, else as asked. */
  readonly size: number
  /** How many rows there are in all, where the API says so. */
  readonly total: number | null
  readonly totalPages: number | null
  /** Whether a further page may hold rows. */
  readonly more: boolean
  readonly requestId: string | null
  /** The server's clock when it answered. */
  readonly answeredAt: DateTime.Utc | null
}

/**
 * Where an answer came from.
 *
 * @since 0.1.0
 * @category models
 */
export interface Origin {
  readonly requestId: string | null
  readonly answeredAt: DateTime.Utc | null
}

/**
 * Reads a page from its sheet. There is more if the API says so in any way; if it says nothing, as long as the page is
 * full. After a page without rows there is none, whatever the API says.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A>(options: {
  readonly sheet: Envelope.Sheet
  readonly decode: (rows: ReadonlyArray<unknown>) => {
    readonly rows: ReadonlyArray<A>
    readonly rejected: ReadonlyArray<Wire.Rejected>
  }
  readonly origin: Origin
  readonly page: number
  /** The number of the first page. */
  readonly first: number
  readonly size: number
}): Page<A> => {
  const { first, origin, page, sheet: { paging, rows } } = options
  const size = paging.size ?? options.size
  const read = page - first + 1
  const promised = paging.totalPages === null ? null : read < paging.totalPages
  // A server may cap its pages without a word, so a page is taken for as large as it came.
  const silent = paging.total === null ? rows.length >= size : read * Math.min(size, rows.length) < paging.total
  const more = paging.more === null && promised === null ? silent : paging.more === true || promised === true
  return {
    ...options.decode(rows),
    ...origin,
    page,
    size,
    total: paging.total,
    totalPages: paging.totalPages,
    more: rows.length > 0 && more
  }
}

/** What tells a page from another; nothing tells one that cannot be written. */
const mark = (page: Page<unknown>): Option.Option<string> =>
  stringify([
    page.rows.length,
    page.rejected.length,
    page.rows[0],
    page.rows.at(-1),
    ...[page.rejected[0], page.rejected.at(-1)].map((row) => row && Redacted.value(row.raw))
  ])

/** A list that answers the same page so often in a row has no end of its own. */
const mostRepeats = 3

/**
 * Every page from this one to the last. Some servers answer their last page for every page beyond it and promise more
 * for ever: such a list is left after a few repeats, with a warning. One that repeats a page before its own last has lost
 * us, and fails.
 *
 * @since 0.1.0
 * @category streams
 */
export const pages = <A, E, R>(
  first: number,
  fetch: (page: number) => Effect.Effect<Page<A>, E, R>
): Stream.Stream<Page<A>, E | ApiError.Undecodable, R> =>
  Stream.paginateChunkEffect(
    { number: first, last: Option.none<string>(), repeats: 0 },
    (state) =>
      Effect.gen(function*() {
        const page = yield* fetch(state.number)
        const last = mark(page)
        const same = Option.isSome(last) && Option.isSome(state.last) && last.value === state.last.value
        const repeats = page.more && same ? state.repeats + 1 : 0
        if (repeats >= mostRepeats) {
          if (page.totalPages !== null && state.number - first + 1 < page.totalPages) {
            return yield* new ApiError.Undecodable({
              operation: "Page.pages",
              reason: "shape",
              paths: ["(the same page, whichever is asked for)"],
              requestId: page.requestId ?? undefined
            })
          }
          yield* Effect.logWarning("a list repeats its page without end, and was left").pipe(
            Effect.annotateLogs({ page: state.number, requestId: page.requestId })
          )
          return [Chunk.empty<Page<A>>(), Option.none()] as const
        }
        const next = page.more ? Option.some({ number: state.number + 1, last, repeats }) : Option.none()
        return [Chunk.of(page), next] as const
      })
  )

const rejectedRows = Metric.counter("trunkline_rows_rejected", {
  description: "Rows an API answered that could not be read",
  incremental: true
})

/**
 * The rows of these pages. Rows that could not be read are logged, by path and not by value, and counted.
 *
 * @since 0.1.0
 * @category streams
 */
export const rows = <A, E, R>(operation: string, pages: Stream.Stream<Page<A>, E, R>): Stream.Stream<A, E, R> =>
  Stream.mapChunksEffect(pages, (chunk) =>
    Effect.as(
      Effect.forEach(chunk, (page) => report(operation, page), { discard: true }),
      Chunk.flatMap(chunk, (page) => Chunk.unsafeFromArray(page.rows))
    ))

const report = (operation: string, page: Page<unknown>): Effect.Effect<void> =>
  page.rejected.length === 0
    ? Effect.void
    : Effect.logWarning("rows could not be read").pipe(
      Effect.annotateLogs({
        operation,
        page: page.page,
        rows: page.rejected.length,
        paths: [...new Set(page.rejected.flatMap(({ paths }) => paths))].join(", "),
        requestId: page.requestId
      }),
      Effect.zipRight(Metric.incrementBy(Metric.tagged(rejectedRows, "operation", operation), page.rejected.length))
    )
