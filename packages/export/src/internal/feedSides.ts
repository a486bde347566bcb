/** What a vendor counts of a feed, and what is held of it. Writes nothing: runs and comparisons share it. */
import { type DatasetError, Interval, Proof } from "@trunkline/dataset"
import type { HeldList, Readable } from "@trunkline/dataset/DatasetReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Ended } from "../ExportError.js"
import * as Planning from "../Planning.js"
import type { Failure, Feed, Feeds, Scope } from "../Source.js"
import * as FeedReading from "./feeds.js"

/** A feed, with all that is needed to count it. */
export interface Counted {
  readonly dataset: Readable
  readonly scope: Scope
  readonly feeds: Feeds
  readonly feed: Feed
  /** A bound that no conversation is near to: the vendor may count one that lies on it, or not. */
  readonly since: DateTime.Utc
}

/** Tries to find such a bound. */
const mostTries = 50

/** A conversation of this feed, as readings name it. */
export const key = ({ id }: Pick<Feed, "id">, published: string): string => Proof.key(id, published)

export const listOf = ({ source }: Pick<Scope, "source">, { published }: Feeds, { id }: Feed): HeldList => ({
  source,
  tables: [{ table: published.table, id: published.id, at: published.at }],
  only: { column: published.line, value: id }
})

export const quietBound = (
  { dataset, feed, feeds, scope }: Omit<Counted, "since">,
  since: DateTime.Utc
): Effect.Effect<DateTime.Utc | null, DatasetError.WriteError> =>
  Effect.gen(function*() {
    let bound = since.epochMillis
    for (let tries = 0; tries < mostTries; tries++) {
      const near = Interval.make(DateTime.unsafeMake(bound - 1000), DateTime.unsafeMake(bound + 1001))
      if ((yield* dataset.held(listOf(scope, feeds, feed), [near])) === 0) return DateTime.unsafeMake(bound)
      bound += 3000
    }
    return null
  })

/**
 * A bound may hide conversations that it should show. So the whole feed, without a bound, is asked for the page on which the first
 * one lies that is older: how many there are newer than it should be.
 */
const behind = (
  { feed, feeds, since }: Pick<Counted, "feed" | "feeds" | "since">,
  total: number,
  pageSize = feeds.pageSize
): Effect.Effect<number, Failure | Ended, Planning.Planning> =>
  Effect.gen(function*() {
    const { budget } = yield* Planning.Planning
    const cursor = feed.at(total, pageSize)
    if (cursor === null) return 0
    yield* budget.explain(feeds.lane, 1)
    const { entries, size } = yield* Planning.onePage(feeds.lane, feed.page(null, cursor))
    if (size !== pageSize && pageSize === feeds.pageSize) return yield* behind({ feed, feeds, since }, total, size)
    const newer = entries.filter(({ stamps }) => stamps.some((at) => DateTime.greaterThan(at, since)))
    const more = Math.max(0, newer.length - total % pageSize)
    // Where all of the page is newer, the next page may be as well.
    return more === 0 || newer.length < entries.length
      ? more
      : more + (yield* behind({ feed, feeds, since }, total + more, pageSize))
  })

/** What lies behind the bound, on both sides. What the vendor lists twice counts twice. */
export const sides = (
  { dataset, feed, feeds, scope, since }: Counted
): Effect.Effect<
  { readonly here: number; readonly there: number | null },
  Failure | Ended | DatasetError.WriteError,
  Planning.Planning
> =>
  Effect.gen(function*() {
    const { budget } = yield* Planning.Planning
    yield* budget.explain(feeds.lane, 1)
    const { total } = yield* Planning.onePage(feeds.lane, feed.count(since))
    const hidden = total === null ? 0 : yield* behind({ feed, feeds, since }, total)
    const after = Interval.make(since, DateTime.add(scope.latest, { days: 366 }))
    const twice = yield* FeedReading.listedTwice(scope, feed)
    return {
      here: (yield* dataset.held(listOf(scope, feeds, feed), [after])) + twice,
      there: total === null ? null : total + hidden
    }
  })
