/**
 * Compares what a vendor counts of a feed with what is held of it. Where both differ, the feed is read again: from where it was
 * last read, then from its beginning.
 */
import { type DatasetError, Interval, Proof } from "@trunkline/dataset"
import type { HeldList } from "@trunkline/dataset/DatasetReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Ended } from "../ExportError.js"
import * as Planning from "../Planning.js"
import type { Failure, Feed, Feeds, Scope } from "../Source.js"
import * as FeedReading from "./feeds.js"
import * as Gone from "./gone.js"
import * as Pass from "./pass.js"
import { Run } from "./run.js"

export interface Options extends FeedReading.Options, Pick<Gone.Options, "acceptGone"> {}

type Error = Failure | Ended | DatasetError.WriteError

interface Compared {
  readonly scope: Scope
  readonly feeds: Feeds
  readonly feed: Feed
  readonly options: Options
  /** A bound that no conversation is near to: the vendor may count one that lies on it, or not. */
  readonly since: DateTime.Utc
}

/** Tries to find such a bound. */
const mostTries = 50

/** A moving feed is counted so often. */
const mostCounts = 3

const listOf = ({ source }: Pick<Scope, "source">, { published }: Feeds, { id }: Feed): HeldList => ({
  source,
  tables: [{ table: published.table, id: published.id, at: published.at }],
  only: { column: published.line, value: id }
})

const quietBound = (scope: Scope, feeds: Feeds, feed: Feed, { since }: Options) =>
  Effect.gen(function*() {
    const { dataset } = yield* Run
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
  { feed, feeds, since }: Pick<Compared, "feed" | "feeds" | "since">,
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
    return Math.max(0, newer.length - total % pageSize)
  })

/** What lies behind the bound, on both sides. */
const sides = ({ feed, feeds, scope, since }: Compared) =>
  Effect.gen(function*() {
    const { dataset } = yield* Run
    const { budget } = yield* Planning.Planning
    yield* budget.explain(feeds.lane, 1)
    const { total } = yield* Planning.onePage(feeds.lane, feed.count(since))
    const hidden = total === null ? 0 : yield* behind({ feed, feeds, since }, total)
    const after = Interval.make(since, DateTime.add(scope.latest, { days: 366 }))
    return {
      here: yield* dataset.held(listOf(scope, feeds, feed), [after]),
      there: total === null ? null : total + hidden
    }
  })

/** Conversations of which nothing is left at the vendor: a whole reading did not meet them. */
const markGone = ({ feed, feeds, options, scope, since }: Compared, passes: ReadonlyArray<Pass.Pass>) =>
  Effect.gen(function*() {
    const run = yield* Run
    const list = listOf(scope, feeds, feed)
    const after = Interval.make(since, DateTime.add(scope.latest, { days: 366 }))
    const met = Pass.keys(passes)
    const gone = (yield* run.dataset.heldIds(list, [after]))
      .flatMap(({ gone, id }) => gone || met.has(Proof.key(feed.id, id)) ? [] : [id])
    if (gone.length === 0) return
    const held = yield* run.dataset.held(list, null)
    const told = { gone: gone.length, held, list: feed.id }
    if (yield* Gone.believed(scope, told, options)) yield* run.mark({ list, ids: gone, goneAt: scope.now })
  })

const reconcileFeed = (compared: Compared) =>
  Effect.gen(function*() {
    const { feed, feeds, options, scope } = compared
    const run = yield* Run
    const read = (full: boolean) =>
      Effect.zipLeft(FeedReading.readFeed(scope, feeds, feed, { ...options, full }), run.publish)
    const first = yield* sides(compared)
    if (first.there === null) return null
    if (first.here === first.there) return true
    // Most often a conversation began in the meantime.
    yield* read(false)
    const second = yield* sides(compared)
    if (second.here === second.there) return true
    const walked = yield* read(true)
    // What was not read to its end was reported then.
    if (walked === null || !walked.certain) return false
    yield* markGone(compared, walked.passes)
    let before = second
    for (let count = 0; count < mostCounts; count++) {
      const last = yield* sides(compared)
      if (last.here === last.there) return true
      // A count that moves says nothing of what was read before it.
      if (last.there !== before.there) {
        before = last
        yield* read(false)
        continue
      }
      yield* run.problem({
        tag: "Unreconciled",
        source: scope.source,
        scope: scope.scope,
        message: `The API counts ${last.there} ${feeds.stream} of ${feed.label}, and the dataset holds ${last.here}. ` +
          "They were read again from the beginning; the next run compares them again",
        requestId: null
      })
      return false
    }
    return null
  })

/** Feeds that could not be read are left out: their problem was reported. */
export const reconcile = (
  scope: Scope,
  feeds: Feeds,
  all: ReadonlyArray<Feed>,
  options: Options
): Effect.Effect<void, Error, Planning.Planning | Run> =>
  Effect.gen(function*() {
    // Rows of a caller's own tables cannot be told apart by line.
    if (scope.list.published.tables.length === 0) return
    const run = yield* Run
    yield* run.publish
    yield* Effect.forEach(all, (feed) =>
      Effect.gen(function*() {
        const since = yield* quietBound(scope, feeds, feed, options)
        const agrees = since === null ? null : yield* reconcileFeed({ scope, feeds, feed, options, since })
        yield* run.reconciled(scope.source, agrees)
      }), { concurrency: options.concurrency, discard: true })
  }).pipe(Effect.withSpan("ReconcileFeeds"))
