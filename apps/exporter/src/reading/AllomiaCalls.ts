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
import * as Problem from "../Problem.js"
import { type AllomiaScope, lane, list as asked, sizes } from "./AllomiaScope.js"
import { FilterIgnored } from "./FilterIgnored.js"
import * as Harvest from "./Harvest.js"
import * as Outage from "./Outage.js"
import * as Pass from "./Pass.js"
import { isApiError, isFinal, type Run, type Stopped } from "./Run.js"
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
/** A snapshot may hold so many. Fewer are hoped for, so that a cut is seldom cut again. */
const snapshot = { most: sizes.most, hoped: 40 }

/** Which of a call's two stamps the API's filter goes by. */
type Stamp = "callStartedAt" | "createdAt" | "unknown"

interface Window {
  readonly stretch: Interval.Interval
  readonly total: number | null
}

const at = (millis: number): DateTime.Utc => DateTime.unsafeMake(millis)

/** The second an instant lies in. */
export const second = (instant: DateTime.Utc): DateTime.Utc => at(Math.floor(instant.epochMillis / aSecond) * aSecond)

/** Whole seconds around a stretch, since the API may know no finer ones. */
const seconds = ({ from, to }: Interval.Interval): Interval.Interval => ({
  from: second(from),
  to: at(Math.ceil(to.epochMillis / aSecond) * aSecond)
})

const split = ({ from, to }: Interval.Interval, pieces: number): ReadonlyArray<Interval.Interval> => {
  const all = (to.epochMillis - from.epochMillis) / aSecond
  const parts = Math.min(Math.max(pieces, 2), all)
  const edge = (part: number) => at(from.epochMillis + Math.round(all * part / parts) * aSecond)
  return Array.from({ length: parts }, (_, part) => ({ from: edge(part), to: edge(part + 1) }))
}

const text = ({ from, to }: Interval.Interval): string => `${DateTime.formatIso(from)} to ${DateTime.formatIso(to)}`

/**
 * What the API is asked for: a second more at either end, since neither is documented to be included. Where it goes by
 * the time a call was written down, that may be up to a day after the call.
 */
const question = ({ from, to }: Interval.Interval, stamp: Stamp) => ({
  from: DateTime.subtract(from, { seconds: 1 }),
  to: at(to.epochMillis + aSecond + (stamp === "createdAt" ? day : 0)),
  sort: "asc" as const
})

const learnStamp = (run: Run, scope: AllomiaScope): Effect.Effect<
  Stamp,
  AllomiaError | Stopped | DatasetError.WriteError
> =>
  Effect.gen(function*() {
    const name = "filtered by"
    const known = yield* run.dataset.fact(scope.source, scope.scope, name)
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
    yield* run.land({
      window: { source: scope.source, scope: scope.scope, stream: "facts", from: scope.now, to: scope.now },
      proof: null,
      tables: [],
      facts: { [name]: stamp }
    })
    return stamp
  })

/** What has to be read: windows of the settled past, and the stretches after it. */
export const plan = (run: Run, scope: AllomiaScope, options: Options): Effect.Effect<
  {
    readonly stamp: Stamp
    readonly windows: ReadonlyArray<Window>
    readonly open: ReadonlyArray<Interval.Interval>
    readonly openTotal: number
  },
  AllomiaError | Stopped | DatasetError.WriteError
> =>
  Effect.gen(function*() {
    const range = seconds({ from: options.since, to: options.until })
    const stretches = Interval.normalise(
      (yield* run.dataset.plan({
        source: scope.source,
        scope: scope.scope,
        stream,
        since: range.from,
        until: range.to,
        now: scope.now,
        lookback: options.lookback,
        full: options.full
      })).map(seconds)
    )
    if (stretches.length === 0) return { stamp: "unknown", windows: [], open: [], openTotal: 0 }
    const stamp = yield* learnStamp(run, scope)
    const settled = at(
      Math.floor(scope.now.epochMillis / aSecond) * aSecond - day - (stamp === "createdAt" ? day : 0)
    )
    const past = [{ from: at(Math.min(range.from.epochMillis, settled.epochMillis)), to: settled }]
    const count = (stretch: Interval.Interval) =>
      Effect.zipRight(
        run.progress.expect(lane, { requests: 1, rows: 0 }),
        Effect.map(asked(run, scope, { ...question(stretch, stamp), limit: 1 }), ({ total }) => total)
      )
    const windows = (stretch: Interval.Interval): Effect.Effect<ReadonlyArray<Window>, AllomiaError | Stopped> =>
      Effect.gen(function*() {
        const total = yield* count(stretch)
        if (total !== null && total > mostRows && stretch.to.epochMillis - stretch.from.epochMillis > aSecond) {
          const pieces = split(stretch, Math.ceil(total / (mostRows * 0.9)))
          return (yield* Effect.forEach(pieces, windows, { concurrency: options.concurrency })).flat()
        }
        yield* run.progress.expect(lane, { requests: pagesOf(total), rows: total ?? 0 })
        return [{ stretch, total }]
      }).pipe(
        // It is tried once more when it is read, and then fails by itself.
        Effect.catchIf(
          (error) => error._tag !== "Stopped" && !isFinal(error),
          () => Effect.succeed([{ stretch, total: null }])
        )
      )
    const found = yield* Effect.forEach(Interval.intersect(stretches, past), windows, {
      concurrency: options.concurrency
    })
    const open = Interval.subtract(stretches, past)
    const totals = yield* Effect.forEach(open, count)
    const openTotal = totals.reduce<number>((sum, total) => sum + (total ?? 0), 0)
    yield* run.progress.expect(lane, { requests: Math.ceil(openTotal / snapshot.hoped), rows: openTotal })
    return { stamp, windows: found.flat(), open, openTotal }
  })

const pagesOf = (total: number | null): number => Math.max(1, Math.ceil((total ?? 0) / sizes.most))

type Failure = AllomiaError | Stopped | FilterIgnored | DatasetError.WriteError

/** Reads what is missing of the range, and what of it is recent. */
export const read = (run: Run, scope: AllomiaScope, options: Options): Effect.Effect<void, Failure> =>
  Effect.gen(function*() {
    yield* run.progress.phase("allomia", "counting")
    const { open, stamp, windows } = yield* plan(run, scope, options)
    yield* run.progress.phase("allomia", "reading calls")
    const outage = Outage.make(run, scope)
    const each = (stretch: Interval.Interval, settled: boolean) =>
      outage.guard(
        readStretch({ run, scope, stamp, stretch, settled, again: options.full, concurrency: options.concurrency })
      )
    yield* Effect.forEach(windows, ({ stretch }) => each(stretch, true), {
      concurrency: options.concurrency,
      discard: true
    })
    yield* Effect.forEach(open, (stretch) => each(stretch, false), { discard: true })
    yield* outage.report
  })

/** Whether it was read to its end; if not, what is known of it is kept, and the problem told. */
const readStretch = ({ again, concurrency, run, scope, settled, stamp, stretch }: {
  readonly run: Run
  readonly scope: AllomiaScope
  readonly stamp: Stamp
  readonly stretch: Interval.Interval
  readonly settled: boolean
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
        if (harvest.size() > mostRows) yield* land(null)
        return { keys, refused: refused.map(({ raw }) => raw) }
      })

    const list = (part: Interval.Interval): Walk.List<Call, Failure> => ({
      first: 1,
      page: (page) => asked(run, scope, { ...question(part, stamp), page }),
      keep,
      stillThere: (keys) =>
        Effect.map(
          Effect.forEach(
            keys,
            (id) =>
              Effect.as(run.ask(scope.services.calls.get(id, { organizationId: scope.scope })), 1).pipe(
                Effect.catchTag("NotFound", () => Effect.succeed(0))
              ),
            { concurrency }
          ),
          (found) => found.reduce((sum, one) => sum + one, 0)
        ),
      total: Effect.map(asked(run, scope, { ...question(part, stamp), limit: 1 }), ({ total }) => total)
    })

    /** Pieces small enough for one answer each: nothing can move inside of one. */
    const snapshots = (part: Interval.Interval): Effect.Effect<ReadonlyArray<Walk.Outcome>, Failure> =>
      Effect.gen(function*() {
        const page = yield* list(part).page(1)
        const kept = yield* keep(page)
        const millis = part.to.epochMillis - part.from.epochMillis
        if (page.more && millis > aSecond) {
          const pieces = split(part, Math.min(16, Math.ceil((page.total ?? snapshot.most * 2) / snapshot.hoped)))
          return (yield* Effect.forEach(pieces, snapshots, { concurrency })).flat()
        }
        if (page.more) return [yield* Walk.open(list(part))]
        const recorder = Pass.recorder()
        recorder.page(page, kept)
        return [{ verdict: "open", passes: [recorder.pass()], doubt: null }]
      })

    return yield* Effect.gen(function*() {
      const outcomes = settled ? [yield* Walk.settled(list(stretch))] : yield* snapshots(stretch)
      const doubt = outcomes.find((outcome) => outcome.doubt !== null)?.doubt ?? null
      const verdict = !settled ? "open" : doubt === null ? "certified" : "uncertified"
      yield* land(Walk.proof(outcomes, { verdict, readAt: yield* run.now, runId: run.id }))
      yield* run.verdict(verdict)
      if (doubt !== null) {
        yield* run.problem({
          tag: "Uncertified",
          source: scope.source,
          scope: scope.scope,
          message: `${
            text(stretch)
          } could not be proved complete: ${doubt}. Its rows are kept, and the next run reads it again`,
          requestId: outcomes.flatMap(({ passes }) => passes).at(-1)?.requestIds.at(-1) ?? null
        })
      }
      return true
    }).pipe(
      Effect.catchAll((error) =>
        Effect.gen(function*() {
          // Nobody has an answer that was not given: what was known of this window before still holds.
          if (error._tag === "Stopped" || error._tag === "FilterIgnored" || !isApiError(error) || isFinal(error)) {
            if (error._tag === "Stopped") yield* land(null)
            return yield* error
          }
          yield* land({
            verdict: "uncertified",
            totalFirst: null,
            totalLast: null,
            distinctKeys: seen.size,
            quarantined: 0,
            pages: 0,
            passes: 0,
            keysSha256: null,
            requestIds: [],
            readAt: yield* run.now,
            runId: run.id
          })
          yield* run.verdict("uncertified")
          yield* run.problem({
            ...Problem.of(error, scope),
            message: `${text(stretch)} could not be read to its end: ${error.message}`
          })
          return false
        })
      )
    )
  })

/** By more than the API could mean, whichever of the stamps it goes by. */
const isOutside = ({ from, to }: Interval.Interval, { callStartedAt, createdAt }: Call): boolean =>
  [callStartedAt, createdAt ?? callStartedAt].every((stamp) =>
    stamp.epochMillis < from.epochMillis - day || stamp.epochMillis > to.epochMillis + 2 * day
  )
