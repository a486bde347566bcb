/**
 * Compares what a vendor counts of a feed with what is held of it. Where both differ, the feed is read again: from where it was
 * last read, then from its beginning.
 */
import { type DatasetError, Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Ended } from "../ExportError.js"
import type * as Planning from "../Planning.js"
import type { Failure, Feed, Feeds, Scope } from "../Source.js"
import * as FeedReading from "./feeds.js"
import * as FeedSides from "./feedSides.js"
import * as Gone from "./gone.js"
import * as Pass from "./pass.js"
import { Run } from "./run.js"
import * as Unreconciled from "./unreconciled.js"

export interface Options extends FeedReading.Options, Pick<Gone.Options, "acceptGone"> {}

type Error = Failure | Ended | DatasetError.WriteError

interface Compared extends FeedSides.Counted {
  readonly options: Options
}

/** A moving feed is counted so often. */
const mostCounts = 3

/** Conversations of which nothing is left at the vendor: a whole reading did not meet them. */
const markGone = ({ feed, feeds, options, scope, since }: Compared, passes: ReadonlyArray<Pass.Pass>) =>
  Effect.gen(function*() {
    const run = yield* Run
    const list = FeedSides.listOf(scope, feeds, feed)
    const after = Interval.make(since, DateTime.add(scope.latest, { days: 366 }))
    const met = Pass.keys(passes)
    const gone = (yield* run.dataset.heldIds(list, [after]))
      .flatMap(({ gone, id }) => gone || met.has(FeedSides.key(feed, id)) ? [] : [id])
    yield* Gone.mark(scope, { ids: gone, list, name: feed.id }, options)
  })

const nameOf = ({ stream }: Pick<Feeds, "stream">, { label }: Pick<Feed, "label">): string => `${stream} of ${label}`

const reconcileFeed = (compared: Compared) =>
  Effect.gen(function*() {
    const { feed, feeds, options, scope } = compared
    const run = yield* Run
    const read = (full: boolean) =>
      Effect.zipLeft(FeedReading.readFeed(scope, feeds, feed, { ...options, full }), run.publish)
    const first = yield* FeedSides.sides(compared)
    if (first.there === null) return null
    if (first.here === first.there) return true
    // Most often a conversation began in the meantime.
    yield* read(false)
    const second = yield* FeedSides.sides(compared)
    if (second.here === second.there) return true
    /** All of it, whose conversations that are gone are marked. Null where it was not read to its end, which was reported then. */
    const readAll = Effect.gen(function*() {
      const walked = yield* read(true)
      if (walked === null || !walked.certain) return null
      yield* markGone(compared, walked.passes)
      return walked.passes
    })
    let before: number | null | undefined
    let passes = yield* readAll
    for (let count = 1; passes !== null && count <= mostCounts; count++) {
      const last = yield* FeedSides.sides(compared)
      if (last.here === last.there) return true
      // A count that moves says nothing of what was read before it, and what left while all was read shows the second time.
      const stays = last.there === before
      // It stays, too, where one leaves before it is read and one comes after that. Where counts are never what pages say, the
      // last one stands.
      const isTold = count === mostCounts || Pass.toldAlike(passes.slice(-1)) === last.there
      if (stays && isTold) {
        yield* Unreconciled.stand(scope, {
          name: nameOf(feeds, feed),
          sides: last,
          what: nameOf(feeds, feed),
          tried: "They were read again from the beginning"
        })
        return false
      }
      before = last.there
      passes = yield* readAll
    }
    return passes === null ? false : null
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
    if (yield* run.isDamaged(scope.source)) return
    yield* Effect.forEach(all, (feed) =>
      Effect.gen(function*() {
        const counted = { dataset: run.dataset, scope, feeds, feed }
        const since = yield* FeedSides.quietBound(counted, options.since)
        const agrees = since === null ? null : yield* reconcileFeed({ ...counted, options, since })
        if (agrees === true) {
          yield* Unreconciled.resolve(scope, nameOf(feeds, feed))
          yield* Gone.resolve(scope, feed.id)
        }
        yield* run.reconciled(scope.source, agrees)
      }), { concurrency: options.concurrency, discard: true })
  }).pipe(Effect.withSpan("ReconcileFeeds"))
