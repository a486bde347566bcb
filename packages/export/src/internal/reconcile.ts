/**
 * Compares what a vendor counts of a list with what is held of it, at the end of a run. Where both differ, the windows that
 * differ are read again, and rows that the vendor no longer returns are marked.
 */
import { type Certificate, type DatasetError, Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Ended, FilterIgnored } from "../ExportError.js"
import * as Grain from "../Grain.js"
import * as Planning from "../Planning.js"
import { Progress } from "../Progress.js"
import type { Failure, Filter, Scope } from "../Source.js"
import * as Gone from "./gone.js"
import type { Met } from "./met.js"
import * as Published from "./published.js"
import * as Quarantine from "./quarantine.js"
import * as Reading from "./reading.js"
import { isApiError, Run } from "./run.js"
import * as Windows from "./windows.js"

export interface Options extends Windows.Options {
  /** Marks rows as gone however many they are. */
  readonly acceptGone: boolean
}

interface Reconciling {
  readonly scope: Scope
  readonly filter: Filter
  readonly met: Met
  /** The settled past, as far as both sides can be counted. */
  readonly range: Interval.Interval
  readonly options: Options
}

type Error = Failure | Ended | FilterIgnored | DatasetError.WriteError
type Context = Planning.Planning | Run

/** What both sides count; null where the vendor does not say. */
interface Counts {
  readonly here: number
  readonly there: number | null
}

/** Tries to find an edge between two seconds that no held row is near to. */
const mostTries = 50

/** The later edge of what is compared. Nobody can tell on which side of an edge a row counts that lies next to it. */
const quietEdge = (
  scope: Scope,
  { from, to }: Interval.Interval,
  { apart, column, edge }: NonNullable<Filter["place"]>
): Effect.Effect<DateTime.Utc | null, DatasetError.WriteError, Run> =>
  Effect.gen(function*() {
    const { dataset } = yield* Run
    const list = inColumn(scope, column)
    const around = 2 * edge + apart
    for (let tries = 0, end = to; tries < mostTries; tries++) {
      if (DateTime.lessThanOrEqualTo(end, from)) return null
      const near = Interval.make(
        DateTime.unsafeMake(end.epochMillis - around),
        DateTime.unsafeMake(end.epochMillis + around + 1)
      )
      if (around === 0 || (yield* dataset.held(list, [near])) === 0) return end
      end = DateTime.unsafeMake(end.epochMillis - 2 * around - 1000)
    }
    return null
  })

const inColumn = (scope: Scope, column: string) => {
  const list = Published.heldList(scope)
  return { ...list, tables: list.tables.map((table) => ({ ...table, at: column })) }
}

/** What is settled and certified, from the first instant that was ever asked for; null where there is nothing, or a gap. */
const settledRange = (scope: Scope, filter: Filter, met: Met, options: Options) =>
  Effect.gen(function*() {
    const { dataset } = yield* Run
    const { list: { grain, stream } } = scope
    const { from, to: end } = Grain.cover(grain, Interval.make(options.since, options.until))
    const unsettled = Grain.unsettled(grain, scope.now, filter.settling)
    const certified = (yield* dataset.intervals({ source: scope.source, scope: scope.scope, stream })).find((known) =>
      DateTime.lessThanOrEqualTo(known.from, from) && DateTime.greaterThan(known.to, from)
    )
    // A gap was reported when it came about.
    if (certified === undefined || DateTime.lessThan(certified.to, unsettled)) return null
    const range = Interval.make(from, unsettled)
    if (DateTime.lessThanOrEqualTo(unsettled, from) || DateTime.greaterThan(unsettled, end)) return null
    // Rows that are too young to be compared are told apart by what was read of them.
    if (Interval.subtract([Interval.make(unsettled, end)], met.ranges()).length > 0) return null
    if (filter.place === null) return range
    const to = yield* quietEdge(scope, range, filter.place)
    return to === null ? null : Interval.make(from, to)
  })

const count = ({ filter, range, scope }: Reconciling, met: Met): Effect.Effect<Counts, Error, Context> =>
  Effect.gen(function*() {
    const { dataset } = yield* Run
    const there = yield* countThere(scope, filter, range)
    const young = met.since(range.to)
    const aside = yield* Quarantine.unresolved(dataset, scope)
    const quarantined = aside.filter((key) => !young.refused.has(key)).length
    if (filter.place !== null) {
      return {
        here: quarantined + (yield* dataset.held(inColumn(scope, filter.place.column), [listed(filter, range)])),
        there
      }
    }
    const held = yield* dataset.held(Published.heldList(scope), null)
    return { here: held + quarantined - young.keys.size, there }
  })

/** A range with what is listed beside it. */
const listed = ({ place }: Filter, { from, to }: Interval.Interval): Interval.Interval =>
  place === null ? Interval.make(from, to) : Interval.make(
    DateTime.unsafeMake(from.epochMillis - place.edge),
    DateTime.unsafeMake(to.epochMillis + place.edge + 1)
  )

/** What the vendor counts, in as many parts as it answers. */
const countThere = (
  scope: Scope,
  filter: Filter,
  range: Interval.Interval
): Effect.Effect<number | null, Failure | Ended, Planning.Planning> =>
  Effect.gen(function*() {
    const { list } = scope
    const { budget } = yield* Planning.Planning
    yield* budget.explain(list.lane, 1)
    return (yield* Planning.onePage(list.lane, filter.all.count(range))).total
  }).pipe(
    Effect.catchIf(
      (error) => isApiError(error) && scope.list.tooWide(error) && Grain.count(scope.list.grain, range) > 1,
      () =>
        Effect.map(
          Effect.forEach(Grain.split(scope.list.grain, range, 2), (half) => countThere(scope, filter, half)),
          (totals) => totals.reduce((sum, total) => sum === null || total === null ? null : sum + total, 0)
        )
    )
  )

/** Without those that newer ones cover. */
export const newest = (
  certificates: ReadonlyArray<Certificate.Certificate>
): ReadonlyArray<Certificate.Certificate> => {
  let covered: Interval.Intervals = []
  return certificates.toSorted((left, right) => right.readAt.epochMillis - left.readAt.epochMillis).filter((one) => {
    const own = [Interval.make(one.from, one.to)]
    if (Interval.subtract(own, covered).length === 0) return false
    covered = Interval.union(covered, own)
    return true
  })
}

/** The windows whose count differs from their certificates. */
const differing = ({ filter, options, range, scope }: Reconciling) =>
  Effect.gen(function*() {
    const { dataset } = yield* Run
    const certificates = newest((yield* dataset.certificates).filter((one) =>
      one.source === scope.source && one.scope === scope.scope && one.verdict === "certified" &&
      Interval.satisfies(one.stream, scope.list.stream) && DateTime.lessThan(one.from, range.to)
    ))
    const found = yield* Effect.forEach(certificates, (one) =>
      Effect.map(
        countThere(scope, filter, filter.reach(Interval.make(one.from, one.to))),
        (total) =>
          total === one.distinctKeys + one.quarantined ? [] : [Interval.make(one.from, one.to)]
      ), { concurrency: options.concurrency })
    return Interval.normalise(found.flat())
  })

/** Reads these stretches again, in windows that are cut and proved as in any reading. */
const readAgain = ({ met, options, scope }: Reconciling, ranges: Interval.Intervals) =>
  Effect.forEach(ranges, ({ from, to }) =>
    Effect.gen(function*() {
      const plan = yield* Windows.planned(scope, [Interval.make(from, to)], options)
      if (plan !== null) yield* Reading.read(scope, plan, options, met)
    }), { discard: true })

/**
 * Whether the vendor counts what is held; null where this cannot be told. A difference that stays is reported with both
 * numbers.
 */
export const reconcile = (
  scope: Scope,
  filter: Filter,
  met: Met,
  options: Options
): Effect.Effect<boolean | null, Error, Context> =>
  Effect.gen(function*() {
    if (scope.list.published.tables.length === 0) return null
    const run = yield* Run
    const progress = yield* Progress
    yield* progress.phase(scope.source, "comparing")
    yield* run.publish
    const range = yield* settledRange(scope, filter, met, options)
    if (range === null) return null
    const reconciling: Reconciling = { scope, filter, met, range, options }
    const agrees = Effect.gen(function*() {
      const first = yield* count(reconciling, met)
      if (first.there === null || first.here === first.there) return first
      // One answer may be wrong. Two that agree are believed.
      const second = yield* count(reconciling, met)
      return second.there === first.there || second.here === second.there ? second : yield* count(reconciling, met)
    })

    const before = yield* agrees
    if (before.there === null) return null
    if (before.here === before.there) return true
    yield* readAgain(reconciling, yield* differing(reconciling))
    yield* run.publish
    yield* Gone.find(scope, filter, met, options)
    const after = yield* agrees
    if (after.there === null) return null
    if (after.here === after.there) return true
    yield* run.problem({
      tag: "Unreconciled",
      source: scope.source,
      scope: scope.scope,
      message: `${Grain.text(scope.list.grain, range)}: the API counts ${after.there} rows, and the dataset holds ` +
        `${after.here}. Windows that differ were read again; the next run compares them again`,
      requestId: null
    })
    return false
  }).pipe(Effect.withSpan("Reconcile"))
