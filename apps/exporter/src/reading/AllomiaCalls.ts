/** Calls of one organisation: the settled past in windows that are proved, the last day in answers that are snapshots. */
import type { AllomiaError, Call } from "@trunkline/allomia"
import { FromAllomia, unreadable } from "@trunkline/calls"
import { type Certificate, type DatasetError, Interval } from "@trunkline/dataset"
import type { Page } from "@trunkline/http"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type AllomiaScope, lane, list as asked, sizes } from "./AllomiaScope.js"
import * as Budget from "./Budget.js"
import * as Clocks from "./Clocks.js"
import * as Ending from "./Ending.js"
import { FilterIgnored } from "./FilterIgnored.js"
import * as Harvest from "./Harvest.js"
import * as Outage from "./Outage.js"
import * as Pass from "./Pass.js"
import { type Ended, isApiError, isFinal, type Planning, type Run } from "./Run.js"
import { settling } from "./settling.js"
import { together } from "./together.js"
import { isRefusedHere } from "./UnusableId.js"
import * as Walk from "./Walk.js"

export interface Options {
  readonly since: DateTime.Utc
  readonly until: DateTime.Utc
  readonly lookback: Duration.Duration
  readonly full: boolean
  readonly concurrency: number
}

export const stream = "calls"

const aSecond = 1000
const day = 24 * 60 * 60 * aSecond
const mostRows = 50 * sizes.most
/** Rows of a window that gather before they land. */
const landed = 1000
/** A snapshot may hold so many. Fewer are hoped for, so that a cut is seldom cut again. */
const snapshot = { most: sizes.most, hoped: 40 }

/** Which of a call's two stamps the API's filter goes by. */
type Stamp = "callStartedAt" | "createdAt" | "unknown"

export interface Window {
  readonly stretch: Interval.Interval
  readonly settled: boolean
  /** As counted before it is read. */
  readonly total: number | null
  /** Where the count was all there is to read. */
  readonly pass: Pass.Pass | null
}

export interface Plan {
  readonly stamp: Stamp
  readonly windows: ReadonlyArray<Window>
}

const at = (millis: number): DateTime.Utc => DateTime.unsafeMake(millis)

/** The second an instant lies in. */
export const second = (instant: DateTime.Utc): DateTime.Utc => at(Math.floor(instant.epochMillis / aSecond) * aSecond)

/** Whole seconds around a stretch, since the API may know no finer ones. */
const seconds = ({ from, to }: Interval.Interval): Interval.Interval => ({
  from: second(from),
  to: at(Math.ceil(to.epochMillis / aSecond) * aSecond)
})

const length = ({ from, to }: Interval.Interval): number => to.epochMillis - from.epochMillis

const split = (stretch: Interval.Interval, pieces: number): ReadonlyArray<Interval.Interval> => {
  const { from } = stretch
  const all = length(stretch) / aSecond
  const parts = Math.min(Math.max(pieces, 2), all)
  const edge = (part: number) => at(from.epochMillis + Math.round(all * part / parts) * aSecond)
  return Array.from({ length: parts }, (_, part) => ({ from: edge(part), to: edge(part + 1) }))
}

const text = ({ from, to }: Interval.Interval): string => `${DateTime.formatIso(from)} to ${DateTime.formatIso(to)}`

/**
 * Where the API looks for the calls of a stretch. Where it goes by the time a call was written down, or may do so, that
 * is some time after the call began.
 */
const reach = ({ from, to }: Interval.Interval, stamp: Stamp): Interval.Interval => ({
  from,
  to: stamp === "callStartedAt" ? to : at(to.epochMillis + settling)
})

/** A second more at either end, since neither is documented to be included. */
const closed = ({ from, to }: Interval.Interval) => ({
  from: DateTime.subtract(from, { seconds: 1 }),
  to: DateTime.add(to, { seconds: 1 }),
  sort: "asc" as const
})

/** What the API is asked for, to hear of all calls of a stretch. */
export const question = (stretch: Interval.Interval, stamp: Stamp) => closed(reach(stretch, stamp))

export const learnStamp = (run: Planning, scope: AllomiaScope): Effect.Effect<
  Stamp,
  AllomiaError | Ended | DatasetError.WriteError
> =>
  Effect.gen(function*() {
    const name = "filtered by"
    const known = yield* run.ledger.fact(scope.source, scope.scope, name)
    if (Option.contains(known, "callStartedAt")) return "callStartedAt"
    if (Option.contains(known, "createdAt")) return "createdAt"
    yield* run.progress.expect(lane, { requests: 1, rows: 0 })
    const page = yield* asked(run, scope, { sort: "asc" })
    const telling = page.rows.find(({ callStartedAt, createdAt }) =>
      createdAt !== null && Math.abs(createdAt.epochMillis - callStartedAt.epochMillis) > 10 * aSecond
    )
    if (telling === undefined) return "unknown"
    yield* run.progress.expect(lane, { requests: 1, rows: 0 })
    const around = yield* asked(run, scope, {
      from: DateTime.subtract(telling.callStartedAt, { seconds: 2 }),
      to: DateTime.add(telling.callStartedAt, { seconds: 2 }),
      sort: "asc"
    })
    const stamp = around.rows.some(({ id }) => id === telling.id) ? "callStartedAt" : "createdAt"
    yield* run.remember(scope, name, stamp)
    return stamp
  })

/** What has to be read, cut where the past is settled. */
export const plan = (run: Planning, scope: AllomiaScope, options: Options): Effect.Effect<
  Plan,
  AllomiaError | Ended | DatasetError.WriteError
> =>
  Effect.gen(function*() {
    yield* run.progress.phase("allomia", "counting")
    const range = seconds({ from: options.since, to: options.until })
    const stretches = Interval.normalise(
      (yield* run.ledger.plan({
        source: scope.source,
        scope: scope.scope,
        stream,
        since: range.from,
        until: range.to,
        now: scope.latest,
        lookback: Clocks.back(scope, options.lookback),
        full: options.full
      })).map(seconds)
    )
    if (stretches.length === 0) return { stamp: "unknown", windows: [] }
    const stamp = yield* learnStamp(run, scope)
    const unsettled = at(second(scope.now).epochMillis - settling - (stamp === "callStartedAt" ? 0 : settling))

    const halves = (stretch: Interval.Interval) => {
      const past = Interval.intersect([stretch], [{ from: stretch.from, to: unsettled }])
      return { past, rest: Interval.subtract([stretch], past) }
    }
    /** Where counting failed or came to nothing. Reading tries once more, and then fails by itself. */
    const uncounted = (stretch: Interval.Interval): ReadonlyArray<Window> => {
      const { past, rest } = halves(stretch)
      return [
        ...past.map((stretch) => ({ stretch, settled: true, total: null, pass: null })),
        ...rest.map((stretch) => ({ stretch, settled: false, total: null, pass: null }))
      ]
    }
    // A piece that is shorter than what it is read beyond its end holds hardly less than what it was cut from.
    const shortest = Math.max(aSecond, stamp === "callStartedAt" ? 0 : settling)
    const windows =
      (budget: Budget.Budget) =>
      (stretch: Interval.Interval): Effect.Effect<ReadonlyArray<Window>, AllomiaError | Ended> => {
        const { past, rest } = halves(stretch)
        const each = counted(windows(budget))
        return Effect.gen(function*() {
          yield* run.progress.expect(lane, { requests: 1, rows: 0 })
          const page = yield* asked(run, { ...scope, budget }, { ...question(stretch, stamp), limit: 1 })
          const { total } = page
          // Nothing at all, in one answer: that is known of all of it.
          if (total === 0 && page.rows.length + page.rejected.length === 0) {
            const recorder = Pass.recorder()
            recorder.page(page, { keys: [], refused: [] })
            const empty = { total, pass: recorder.pass() }
            return [
              ...past.map((stretch) => ({ stretch, settled: true, ...empty })),
              ...rest.map((stretch) => ({ stretch, settled: false, ...empty }))
            ]
          }
          if (past.length > 0 && rest.length > 0) return yield* each([...past, ...rest])
          const settled = past.length > 0
          if (settled && total !== null && total > mostRows) {
            const most = Math.floor(length(stretch) / shortest)
            if (most > 1) return yield* each(split(stretch, Math.min(most, Math.ceil(total / (mostRows * 0.9)))))
          } else if (total !== 0) yield* budget.explain(lane, 1)
          yield* run.progress.expect(lane, { requests: pagesOf({ settled, total }), rows: total ?? 0 })
          return [{ stretch, settled, total, pass: null }]
        }).pipe(
          Effect.catchIf(
            (error) => isApiError(error) && !isFinal(error),
            () => Effect.succeed(uncounted(stretch))
          )
        )
      }
    const counted =
      <E>(count: (stretch: Interval.Interval) => Effect.Effect<ReadonlyArray<Window>, E>) =>
      (pieces: ReadonlyArray<Interval.Interval>) =>
        Effect.map(Effect.forEach(pieces, count, { concurrency: options.concurrency }), (found) => found.flat())
    // Counts have a budget of their own: where cutting comes to no end, the stretch is read as it is.
    const whole = (stretch: Interval.Interval) =>
      Effect.catchTag(Effect.suspend(() => windows(Budget.make())(stretch)), "NoProgress", () =>
        Effect.succeed(uncounted(stretch)))

    return { stamp, windows: yield* counted(whole)(stretches) }
  })

/** About as many as it takes to read a window. */
export const pagesOf = ({ settled, total }: Pick<Window, "settled" | "total">): number =>
  Math.max(1, Math.ceil((total ?? 0) / (settled ? sizes.most : snapshot.hoped)))

type Failure = AllomiaError | Ended | FilterIgnored | DatasetError.WriteError

/** Reads what was planned. */
export const read = (
  run: Run,
  scope: AllomiaScope,
  { concurrency, full, stamp, windows }: Plan & Pick<Options, "concurrency" | "full">
): Effect.Effect<void, Failure> =>
  Effect.gen(function*() {
    yield* run.progress.phase("allomia", "reading calls")
    const outage = Outage.make(run, scope)
    yield* together(
      windows,
      (window) => outage.guard(readWindow({ run, scope, stamp, window, again: full, concurrency })),
      { concurrency }
    )
    yield* outage.report
  })

/** Whether it was read to its end; if not, what is known of it is kept, and the problem told. */
const readWindow = ({ again, concurrency, run, scope, stamp, window: { pass, settled, stretch, total } }: {
  readonly run: Run
  readonly scope: AllomiaScope
  readonly stamp: Stamp
  readonly window: Window
  /** Whether details are asked for again that are known. */
  readonly again: boolean
  readonly concurrency: number
}): Effect.Effect<boolean, Failure> =>
  Effect.gen(function*() {
    const harvest = Harvest.make()
    const waiting = new Map<string, DateTime.Utc>()
    const seen = new Set<string>()
    const land = (proof: Certificate.Proof | null) =>
      Effect.suspend(() => {
        const pending = [...waiting].map(([id, endedAt]) => ({ id, endedAt, dueAt: scope.now, again }))
        waiting.clear()
        return run.land({
          window: { source: scope.source, scope: scope.scope, stream, from: stretch.from, to: stretch.to },
          proof,
          ...harvest.take(),
          pending
        })
      })

    const keep = (page: Page.Page<Call>) =>
      Effect.gen(function*() {
        if (page.rows.some((call) => isOutside(stretch, call))) {
          return yield* new FilterIgnored({ asked: text(stretch), requestId: page.requestId })
        }
        const answer = yield* run.dataset.answer
        const reading = { readAt: yield* run.now, organizationId: scope.scope }
        const keys: Array<string> = []
        const refused = page.rejected.map((rejected) => unreadable(rejected, "calls"))
        for (const call of page.rows) {
          const mapped = FromAllomia.call(call, reading)
          if (Either.isLeft(mapped)) {
            refused.push(mapped.left)
            continue
          }
          keys.push(call.id)
          seen.add(call.id)
          harvest.add(call.id, answer, mapped.right)
          waiting.set(call.id, call.callEndedAt ?? call.callStartedAt)
        }
        for (const row of refused) harvest.refuse(row)
        if (harvest.size() >= landed) yield* land(null)
        return { keys, refused: refused.map(({ raw }) => raw) }
      })

    const plain = (planned: number | null = null) => Budget.pagesOf(scope.budget, lane, { first: 1, planned })
    const list = (part: Interval.Interval, explain = plain(total)): Walk.List<Call, Failure> => ({
      first: 1,
      page: (page) => Effect.tap(asked(run, scope, { ...closed(part), page }), explain),
      keep,
      stillThere: (keys) =>
        Effect.map(
          Effect.forEach(
            keys,
            (id) =>
              Effect.as(run.ask(scope.services.calls.get(id, { organizationId: scope.scope })), 1).pipe(
                Effect.catchIf((error) => error._tag === "NotFound" || isRefusedHere(error), () => Effect.succeed(0))
              ),
            { concurrency }
          ),
          (found) => found.reduce((sum, one) => sum + one, 0)
        ),
      total: Effect.map(asked(run, scope, { ...closed(part), limit: 1 }), ({ total }) => total)
    })

    /** The first total explains all pieces that a window is cut into. Time cuts it, so that many are half empty. */
    const explainCuts = Budget.pagesOf(scope.budget, lane, { first: 0, planned: total, times: 2 })
    let claim: ReturnType<typeof Budget.pieces> | null = null
    /** Pieces small enough for one answer each: nothing can move inside of one. */
    const snapshots = (part: Interval.Interval): Effect.Effect<ReadonlyArray<Walk.Outcome>, Failure> =>
      Effect.gen(function*() {
        const page = yield* list(part, explainCuts).page(1)
        claim ??= Budget.pieces(total ?? page.total)
        const kept = yield* keep(page)
        if (page.more && length(part) > aSecond) {
          const pieces = split(part, Math.min(16, Math.ceil((page.total ?? snapshot.most * 2) / snapshot.hoped)))
          return (yield* together(pieces, snapshots, { concurrency })).flat()
        }
        yield* claim(page.total)
        const recorder = Pass.recorder()
        recorder.page(page, kept)
        const passes = [recorder.pass()]
        // An answer that says more than it shows is no snapshot.
        return [
          page.more || !Pass.full(passes)
            ? yield* Walk.open(list(part, plain()))
            : { verdict: "open", passes, doubt: null }
        ]
      })

    const ending = { run, scope, name: text(stretch), land }
    return yield* Effect.gen(function*() {
      const outcomes = pass !== null
        ? [{ verdict: "certified", passes: [pass], doubt: null } as const]
        : settled
        ? [yield* Walk.settled(list(reach(stretch, stamp)))]
        // Where the totals of pieces cannot be true, the window is read as one list.
        : yield* Effect.catchTag(snapshots(reach(stretch, stamp)), "NoProgress", () =>
          Effect.map(Walk.open(list(reach(stretch, stamp))), (outcome) => [outcome]))
      const doubt = outcomes.find((outcome) =>
        outcome.doubt !== null
      )?.doubt ?? null
      return yield* Ending.finish(ending, outcomes, { settled, doubt })
    }).pipe(
      Effect.catchAll((error) =>
        !isApiError(error) || isFinal(error)
          ? Ending.leave(ending, error)
          : Ending.fail(ending, error, { keys: seen.size, pages: 0 })
      )
    )
  })

/** By more than the API could mean, whichever of the stamps it goes by. */
const isOutside = ({ from, to }: Interval.Interval, { callStartedAt, createdAt }: Call): boolean =>
  [callStartedAt, createdAt ?? callStartedAt].every((stamp) =>
    stamp.epochMillis < from.epochMillis - day || stamp.epochMillis > to.epochMillis + 2 * day
  )
