/**
 * Reads feeds: lists sorted by last activity, the newest first. What moves while a feed is read moves to its head, past the
 * reader, so the head is read again until nothing moved in the meantime. A long call moves its conversation when it ends, and
 * to where it began, so the head reaches back as far as anything may still appear.
 */
import type { DatasetError } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import type { Ended } from "../ExportError.js"
import * as Planning from "../Planning.js"
import * as Problem from "../Problem.js"
import { Progress } from "../Progress.js"
import * as Settling from "../Settling.js"
import type { Cursor, Failure, Feed, Feeds, Scope } from "../Source.js"
import * as Clocks from "./clocks.js"
import * as Harvest from "./harvest.js"
import * as Pass from "./pass.js"
import { landAfter } from "./reading.js"
import { isApiError, isFinal, Run } from "./run.js"
import { together } from "./together.js"
import * as Walk from "./walk.js"

export interface Options {
  /** From when on conversations are asked for that were never read. */
  readonly since: DateTime.Utc
  /** Asks for everything since then once more. */
  readonly full: boolean
  /** Once in so many runs a feed is read again from its beginning; 0 for never. */
  readonly refresh: number
  readonly concurrency: number
}

export type Identity = Pick<Scope, "source" | "scope" | "now" | "list">

/** A feed is walked so often at most: less often where its total moves. */
const mostPasses = { moving: 5, still: 10 }

/** Nothing that appears after an instant is older than this before it. Clocks and indexes may lag a little. */
const overlap = Duration.sum(Duration.millis(Settling.usual), Duration.minutes(5))

export interface Walked {
  readonly certain: boolean
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
  readonly passes: ReadonlyArray<Pass.Pass>
}

/** Reads every feed, each from where it was last read to its end. Returns those that could be read. */
export const read = (
  scope: Identity,
  feeds: Pick<Feeds, "lane" | "stream">,
  all: ReadonlyArray<Feed>,
  options: Options
): Effect.Effect<ReadonlyArray<Feed>, Failure | Ended | DatasetError.WriteError, Planning.Planning | Run> =>
  Effect.gen(function*() {
    const run = yield* Run
    const walked = yield* together(all, (feed) => readFeed(scope, feeds, feed, options), options)
    const read = walked.flatMap((one) => one === null ? [] : [one])
    if (read.length === 0) return []
    const certain = read.length === walked.length && read.every((one) => one.certain)
    yield* run.land({
      window: {
        source: scope.source,
        scope: scope.scope,
        stream: feeds.stream,
        from: read.map(({ from }) => from).reduce(DateTime.min),
        to: read.map(({ to }) => to).reduce(DateTime.min)
      },
      proof: {
        verdict: certain ? "certified" : "uncertified",
        lists: read.map(({ passes }) => ({ kind: "feed", walks: passes }))
      },
      keysOfRows: scope.list.published.tables.length > 0,
      tables: []
    })
    return all.filter((_, index) => walked[index] !== null)
  })

/** Facts whose names begin so say how far a feed was read. */
export const frontier = "frontier "

const factOf = ({ id }: Pick<Feed, "id">): string => `${frontier}${id}`

const twiceOf = ({ id }: Pick<Feed, "id">): string => `listed twice ${id}`

/** How many rows more the vendor lists than a whole reading found keys. */
export const listedTwice = (
  scope: Identity,
  feed: Pick<Feed, "id">
): Effect.Effect<number, DatasetError.LedgerError, Planning.Planning> =>
  Effect.gen(function*() {
    const { ledger } = yield* Planning.Planning
    return Option.match(yield* ledger.fact(scope.source, scope.scope, twiceOf(feed)), {
      onNone: () => 0,
      onSome: Number
    })
  })

const turnOf = ({ id }: Pick<Feed, "id">): string => `runs since all was read ${id}`

/** How many runs ago a feed was read from its beginning. Those that are new to this begin at different numbers. */
const turn = (scope: Identity, feed: Pick<Feed, "id">, { refresh }: Pick<Options, "refresh">) =>
  Effect.gen(function*() {
    const { ledger } = yield* Planning.Planning
    const known = yield* ledger.fact(scope.source, scope.scope, turnOf(feed))
    return Option.match(known, { onNone: () => Math.abs(Hash.string(feed.id)) % Math.max(1, refresh), onSome: Number })
  })

/** From when on a feed is read: from where it last came to its end, or before its rows in quarantine. */
export const begin = (
  scope: Identity,
  { stream }: Pick<Feeds, "stream">,
  feed: Pick<Feed, "id">,
  options: Pick<Options, "full" | "refresh" | "since">
): Effect.Effect<DateTime.Utc, DatasetError.LedgerError, Planning.Planning> =>
  Effect.gen(function*() {
    if (options.full) return options.since
    if (options.refresh > 0 && (yield* turn(scope, feed, options)) + 1 >= options.refresh) return options.since
    const { ledger } = yield* Planning.Planning
    const known = yield* ledger.fact(scope.source, scope.scope, factOf(feed))
    const again = yield* ledger.again({ source: scope.source, scope: scope.scope, stream }, scope.now)
    return Option.match(Option.flatMap(known, DateTime.make), {
      onNone: () => options.since,
      onSome: (frontier) =>
        [
          // A frontier of the future was written while a clock was wrong, and hides what happens until then.
          DateTime.subtractDuration(scope.now, overlap),
          ...again.map(({ from }) => from)
        ].reduce(DateTime.min, DateTime.toUtc(frontier))
    })
  })

/** Null where it could not be read. Other feeds go on. */
export const readFeed = (
  scope: Identity,
  { lane, stream }: Pick<Feeds, "lane" | "stream">,
  feed: Feed,
  options: Options
): Effect.Effect<Walked | null, Failure | Ended | DatasetError.WriteError, Planning.Planning | Run> =>
  Effect.gen(function*() {
    const run = yield* Run
    const progress = yield* Progress
    const from = yield* begin(scope, { stream }, feed, options)
    const harvest = Harvest.make()
    const land = (facts: Readonly<Record<string, string>>) =>
      run.land({
        window: { source: scope.source, scope: scope.scope, stream, from, to: scope.now },
        proof: null,
        ...harvest.take(),
        facts
      })

    const begun: Array<DateTime.Utc> = []
    /** From the head to the end, or to what was quiet since a pass before began; and whether nothing moved past it. */
    const walk = (quietSince: DateTime.Utc | null) =>
      Effect.gen(function*() {
        const read = yield* Planning.pages(lane)
        let pages = 0
        let announced = 0
        let quiet = false
        const readPage = (cursor: Cursor | null) =>
          Effect.gen(function*() {
            pages += 1
            const page = yield* read(cursor, feed.page(from, cursor), pages <= announced)
            if (pages === 1) begun.push((yield* Clocks.read(scope.source, page.answeredAt)).now)
            if (pages === 1 && quietSince === null) {
              announced = Math.max(1, Math.ceil((page.total ?? 0) / page.size))
              yield* progress.expect(lane, { requests: announced - 1, rows: page.total ?? 0 })
            }
            harvest.add(page, yield* run.dataset.answer)
            if (harvest.size() >= landAfter) yield* land({})
            const last = page.entries.at(-1)?.stamps[0]
            quiet = quietSince !== null && last !== undefined && DateTime.lessThan(last, quietSince)
            return page
          })
        const pass = yield* Walk.walk({ page: readPage, isLast: () => quiet })
        // What moves past the reader pushes a row it has read onto the next page.
        const held = pass.totals.length === 1 || (Pass.held(pass) && !Pass.moved([pass]))
        return { pass, held: held && (quiet || Pass.full([pass]) || (pass.shown === 0 && Pass.silent([pass]))) }
      }).pipe(
        // What was read is kept, whatever ended it.
        Effect.tapError(() => land({}))
      )

    const first = yield* walk(null)
    const passes = [first.pass]
    let certain = first.held && first.pass.totals.length === 1 && Pass.full(passes)
    while (!certain && passes.length < (Pass.toldAlike(passes) === null ? mostPasses.moving : mostPasses.still)) {
      // What left the list moved what was behind it past the reader, and only the whole list shows which.
      const whole = passes.slice(-1).some(Pass.shrank) || !Pass.full(passes)
      const began = begun.at(-1)
      const { held, pass } = yield* walk(
        whole || began === undefined ? null : DateTime.subtractDuration(began, overlap)
      )
      passes.push(pass)
      certain = held && Pass.full(passes)
    }
    const to = begun[0] ?? scope.now
    // The next run begins later only if this reading is certain.
    const isWhole = DateTime.Equivalence(from, options.since)
    const runs = isWhole ? 0 : (yield* turn(scope, feed, options)) + 1
    const frontier = DateTime.formatIso(DateTime.subtractDuration(to, overlap))
    const before = yield* listedTwice(scope, feed)
    const twice = isWhole ? Pass.metTwice(passes) - Pass.met(passes) : before
    yield* land(
      certain
        ? {
          [factOf(feed)]: frontier,
          [turnOf(feed)]: String(runs),
          ...twice === before ? {} : { [twiceOf(feed)]: String(twice) }
        }
        : {}
    )
    if (!certain) {
      yield* run.problem({
        tag: "Uncertified",
        source: scope.source,
        scope: scope.scope,
        message: `The ${stream} of ${feed.label} moved while they were read, ${passes.length} times over. ` +
          "What was read is kept, and the next run reads them again",
        requestId: passes.at(-1)?.requestIds.at(-1) ?? null
      })
    }
    return { certain, from, to, passes }
  }).pipe(
    Effect.catchIf(
      (error): error is Failure => isApiError(error) && (!isFinal(error) || feed.refusedAlone(error)),
      (error) =>
        Effect.gen(function*() {
          const { problem } = yield* Run
          yield* problem({
            ...Problem.of(error, scope),
            message: `The ${stream} of ${feed.label} could not be read to their end: ${error.message}`
          })
          return null
        })
    )
  )
