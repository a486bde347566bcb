/**
 * Finding out what has to be read: requests that can be stopped, and what the ledger knows. Used by runs, plans and
 * comparisons, and by the adapters of vendors. Nothing is written but what was learned of a vendor on the way.
 *
 * @since 0.1.0
 */
import { type DatasetError, Interval } from "@trunkline/dataset"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import { Handed, Retry } from "@trunkline/http"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import { type Ended, Stopped } from "./ExportError.js"
import * as Budget from "./internal/budget.js"
import type { Cursor, Failure, Listing } from "./Listing.js"
import type { Problem } from "./Problem.js"
import { type Lane, Progress } from "./Progress.js"
import { Stop } from "./Stop.js"

/**
 * @since 0.1.0
 * @category services
 */
export class Planning extends Context.Tag("@trunkline/export/Planning")<Planning, {
  /** Sends a request, unless the run is to stop. */
  readonly ask: <A, E, R>(request: Effect.Effect<A, E, R>) => Effect.Effect<A, E | Stopped, R>
  /** Fails once the run is asked to stop. */
  readonly going: Effect.Effect<void, Stopped>
  /** Ends what is in hand some time after the run was asked to stop. */
  readonly inHand: <A, E, R>(requests: Effect.Effect<A, E, R>) => Effect.Effect<A, E | Stopped, R>
  /** Records that something of the data could be read. */
  readonly heard: Effect.Effect<void>
  /** Whether something could be read. */
  readonly anyHeard: Effect.Effect<boolean>
  readonly ledger: Pick<Readable, "plan" | "fact" | "since" | "kept" | "certificates" | "again" | "spelled">
  /** Remembers something about the API of a scope. */
  readonly remember: (
    scope: { readonly source: string; readonly scope: string },
    name: string,
    value: string
  ) => Effect.Effect<void, DatasetError.WriteError>
  /** Reports a problem that all scopes of a source share, unless it is known. */
  readonly once: (problem: Problem) => Effect.Effect<void>
  /** What was asked of this scope, against what explains it. */
  readonly budget: Budget.Budget
}>() {}

/**
 * @since 0.1.0
 * @category clock
 */
export const now: Effect.Effect<DateTime.Utc> = Effect.map(
  Clock.currentTimeMillis,
  (millis) => DateTime.unsafeMake(millis)
)

/** Pages in hand get so long to arrive once the run is asked to stop. */
const grace = Duration.seconds(5)

/**
 * A ledger that may not be there yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly ledger: Option.Option<Context.Tag.Service<Planning>["ledger"]>
  readonly remember: Context.Tag.Service<Planning>["remember"]
  readonly once: Context.Tag.Service<Planning>["once"]
}): Effect.Effect<Context.Tag.Service<Planning>> =>
  Effect.gen(function*() {
    const stop = yield* Stop
    const heard = yield* Ref.make(false)
    const late = Effect.zipRight(stop.wait, Effect.delay(new Stopped(), grace))
    const inHand: Context.Tag.Service<Planning>["inHand"] = (requests) => Handed.past(requests, Effect.raceFirst(late))
    const going = Effect.flatMap(stop.requested, (requested) => requested ? new Stopped() : Effect.void)
    return {
      ask: (request) => Effect.zipRight(going, inHand(request)),
      going,
      inHand,
      heard: Ref.set(heard, true),
      anyHeard: Ref.get(heard),
      ledger: Option.getOrElse(options.ledger, () => ({
        plan: ({ since, until }) => Effect.succeed(Interval.normalise([{ from: since, to: until }])),
        fact: () => Effect.succeedNone,
        again: () => Effect.succeed([]),
        since: () => Effect.succeedNone,
        kept: Effect.succeed(null),
        certificates: Effect.succeed([]),
        spelled: (_, keys) => Effect.succeed(keys)
      })),
      remember: options.remember,
      once: options.once,
      budget: Budget.make()
    }
  })

/**
 * With a budget of its own, for the reading of one scope or one count.
 *
 * @since 0.1.0
 * @category requests
 */
export const budgeted = <A, E, R>(reading: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Planning> =>
  Effect.flatMap(
    Planning,
    (planning) => Effect.provideService(reading, Planning, { ...planning, budget: Budget.make() })
  )

/**
 * Many small requests, sent side by side. Each is sent unless the run is to stop. Those in hand end together, since
 * watching each of them costs as much as its answer.
 *
 * @since 0.1.0
 * @category requests
 */
export const many = <A, E, R>(requests: Effect.Effect<A, E, R>): Effect.Effect<A, E | Stopped, R | Planning> =>
  Effect.flatMap(Planning, (planning) =>
    planning.inHand(Effect.provideService(requests, Planning, {
      ...planning,
      ask: (request) => Effect.zipRight(planning.going, request)
    })))

/** Asks what the budget of the scope allows. */
const spend = <A>(lane: Lane, request: Effect.Effect<A, Failure>): Effect.Effect<A, Failure | Ended, Planning> =>
  Effect.flatMap(Planning, ({ ask, budget }) => Effect.zipRight(budget.spend(lane), ask(request)))

/** An answer, reported to `Progress` with so many rows. */
const answer = Effect.fnUntraced(
  function*<A>(lane: Lane, request: Effect.Effect<A, Failure>, rows: (answer: A) => number) {
    const { heard } = yield* Planning
    const progress = yield* Progress
    const found = yield* spend(lane, request)
    yield* heard
    yield* progress.answered(lane, rows(found))
    return found
  }
)

/**
 * A page of a list that was not announced before. No total explains it.
 *
 * @since 0.1.0
 * @category requests
 */
export const onePage = (
  lane: Lane,
  request: Effect.Effect<Listing, Failure>
): Effect.Effect<Listing, Failure | Ended, Planning> =>
  Effect.zipRight(
    Effect.flatMap(Progress, ({ expect }) => expect(lane, { requests: 1, rows: 0 })),
    answer(lane, request, ({ entries }) => entries.length)
  )

/**
 * Reads the pages of one list. The total of the list explains them.
 *
 * @since 0.1.0
 * @category requests
 */
export const pages = (lane: Lane, known?: Budget.Known): Effect.Effect<
  (
    cursor: Cursor | null,
    request: Effect.Effect<Listing, Failure>,
    /** Whether the request was announced before, for example with the count of its window. */
    announced?: boolean
  ) => Effect.Effect<Listing, Failure | Ended, Planning>,
  never,
  Planning
> =>
  Effect.map(Planning, ({ budget }) => {
    const explain = Budget.pagesOf(budget, lane, known)
    return (cursor, request, announced = false) =>
      Effect.tap(
        announced ? answer(lane, request, ({ entries }) => entries.length) : onePage(lane, request),
        (page) => explain(cursor, page)
      )
  })

/**
 * Reads the pages of a list that names what can be read. It is no data, so nothing was heard.
 *
 * @since 0.1.0
 * @category requests
 */
export const names = (lane: Lane): Effect.Effect<
  (
    cursor: Cursor | null,
    request: Effect.Effect<Listing, Failure>
  ) => Effect.Effect<Listing, Failure | Ended, Planning>,
  never,
  Planning
> =>
  Effect.map(Planning, ({ budget }) => {
    const explain = Budget.pagesOf(budget, lane)
    return (cursor, request) =>
      Effect.tap(spend(lane, cursor === null ? quickly(request) : request), (page) => explain(cursor, page))
  })

/**
 * Records that are asked for by their ids. The ids explain the request. A list showed the records already, so they are no
 * further rows.
 *
 * @since 0.1.0
 * @category requests
 */
export const details = (
  lane: Lane,
  request: Effect.Effect<Pick<Listing, "entries" | "refused">, Failure>
): Effect.Effect<Pick<Listing, "entries" | "refused">, Failure | Ended, Planning> =>
  Effect.flatMap(Planning, ({ budget }) => Effect.zipRight(budget.explain(lane, 1), answer(lane, request, () => 0)))

/**
 * For the first request of a run, which has nothing to lose yet: a failed try is soon the last, and no answer is hurried.
 *
 * @since 0.1.0
 * @category requests
 */
export const quickly = Retry.atMost({ tries: 3, wait: Duration.seconds(10), time: Duration.seconds(10) })

/**
 * The first request of a run, unless it is to stop.
 *
 * @since 0.1.0
 * @category requests
 */
export const first = <A, E, R>(request: Effect.Effect<A, E, R>): Effect.Effect<A, E | Stopped, R | Planning> =>
  Effect.flatMap(Planning, ({ ask }) => ask(quickly(request)))

/**
 * A request that finds a scope, unless the run is to stop.
 *
 * @since 0.1.0
 * @category requests
 */
export const connect = <A, E, R>(request: Effect.Effect<A, E, R>): Effect.Effect<A, E | Stopped, R | Planning> =>
  Effect.flatMap(Planning, ({ ask }) => ask(request))
