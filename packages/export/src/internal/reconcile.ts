/**
 * Compares a list at the end of a run. Where both sides differ, the windows that differ are read again, and rows that the
 * vendor no longer returns are marked.
 */
import { Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Grain from "../Grain.js"
import type * as Planning from "../Planning.js"
import type { Problem } from "../Problem.js"
import { Progress } from "../Progress.js"
import type { Filter, Scope } from "../Source.js"
import * as Apart from "./apart.js"
import * as Comparing from "./comparing.js"
import * as Counts from "./counts.js"
import * as Differing from "./differing.js"
import * as Gone from "./gone.js"
import type { Met } from "./met.js"
import * as Published from "./published.js"
import * as Reading from "./reading.js"
import { Run } from "./run.js"
import * as Unreconciled from "./unreconciled.js"
import * as Windows from "./windows.js"

export interface Options extends Windows.Options {
  /** Marks rows as gone however many they are. */
  readonly acceptGone: boolean
}

/** Windows that differ are read again so often. */
const mostTurns = 2

/** A list that a run compares, and what its windows showed in this run. */
interface Compared extends Comparing.Compared {
  readonly met: Met
  readonly options: Options
}

type Error = Comparing.Error
type Context = Planning.Planning | Run

/** Null where a part was not read to its end in this run or before it. What keeps it from being compared was reported then. */
const stretchOf = (scope: Scope, filter: Filter, met: Met, options: Options) =>
  Effect.gen(function*() {
    const { dataset } = yield* Run
    const { list: { grain, stream } } = scope
    const earliest = Option.getOrElse(yield* dataset.since(scope.source, scope.scope), () => options.since)
    const { from } = Grain.cover(grain, Interval.make(earliest, options.until))
    const { to: end } = Grain.cover(grain, Interval.make(options.until, options.until))
    if (DateTime.lessThan(end, Grain.cover(grain, Interval.make(scope.latest, scope.latest)).to)) return null
    const certified = yield* dataset.intervals({ source: scope.source, scope: scope.scope, stream })
    const past = Comparing.settledPast(certified, Interval.make(from, end))
    if (past === null) return null
    // A window is young as a whole: a clock may have gone back since a part of it was certified.
    const to = met.windowsSince(past.from).reduce(
      (to, { range }) => DateTime.lessThan(to, range.to) ? DateTime.min(to, range.from) : to,
      past.to
    )
    // Rows that are too young to be compared are told apart by what was read of them.
    if (Interval.subtract([Interval.make(to, end)], met.ranges()).length > 0) return null
    return yield* Comparing.cut({ dataset, filter, scope }, Interval.make(past.from, to))
  })

/** Where the account's own count is cut off, the numbers are those of the settled past. */
const isOnlyYoung = ({ capped, moved, sides }: Comparing.Found): boolean =>
  moved && (!capped || sides.here === sides.there)

/** Reads the young windows again that differ from what was read of them, and says whether that brought anything. */
const readYoung = (compared: Compared) =>
  Effect.gen(function*() {
    const { filter, met, options, scope, stretch } = compared
    const run = yield* Run
    const list = Published.heldList(scope)
    const { grain } = scope.list
    const limits = options.trust(filter).limits()
    const found = yield* Effect.forEach(met.windowsSince(stretch.edge), ({ range, rows }) =>
      Effect.map(
        Counts.ofRange(scope, filter, filter.reach(range), limits),
        (total) => total === rows && Grain.count(grain, filter.reach(range)) <= limits.widest ? [] : [range]
      ), { concurrency: options.concurrency })
    const before = yield* run.dataset.held(list, null)
    yield* readAgain(compared, Interval.normalise(found.flat()))
    yield* run.publish
    return (yield* run.dataset.held(list, null)) > before
  })

/** Reads these stretches again, in windows that are cut and proved as in any reading. */
const readAgain = ({ filter, met, options, scope }: Compared, ranges: Interval.Intervals) =>
  Effect.gen(function*() {
    const again = { ...scope, list: { ...scope.list, filter: Effect.succeed(filter) } }
    const plan = yield* Windows.planned(again, ranges, options)
    met.forget(ranges)
    if (plan !== null) yield* Reading.read(again, plan, options, met)
  })

/** The run says that it did not see these rows: no count tells whether the vendor still has them, or its filter hides them. */
const unlistedProblem = ({ scope, source }: Scope, rows: number): Problem => ({
  tag: "Uncertified",
  source,
  scope,
  message: rows === 1
    ? "One row that is held was not listed, and is still answered by its id: what it says may be old"
    : `${rows} rows that are held were not listed, and are still answered by their ids: what they say may be old`,
  requestId: null
})

/** The run says that a part of what is young could be counted by nothing. */
const tellCut = ({ scope, source }: Scope, { isCut }: Comparing.Found) =>
  Effect.gen(function*() {
    if (!isCut) return
    const { problem } = yield* Run
    yield* problem({
      tag: "Uncertified",
      source,
      scope,
      message:
        "A part of the last days holds as many rows as the API counts at most, and what makes it up does not add up: " +
        "rows of it may be missing",
      requestId: null
    })
  })

/**
 * Whether the vendor counts what is held; null where this cannot be told. A difference that stays is reported with both
 * numbers.
 */
export const reconcile = (
  scope: Scope,
  probe: Scope["list"]["filter"],
  met: Met,
  options: Options
): Effect.Effect<boolean | null, Error, Context> =>
  Effect.gen(function*() {
    if (scope.list.published.tables.length === 0) return null
    const run = yield* Run
    const progress = yield* Progress
    yield* progress.phase(scope.source, "comparing")
    yield* run.publish
    if (yield* run.isDamaged(scope.source)) return null
    let known = yield* Apart.known(run.dataset, scope)
    const apart = (unlisted: ReadonlyArray<string>) => Comparing.apart(known, met, unlisted)
    // Rows that are listed twice are read seldom: a run that cannot compare remembers them for one that can.
    yield* Apart.remember(scope, yield* apart(known.unlisted))
    const prepare = (filter: Filter) =>
      Effect.map(
        stretchOf(scope, filter, met, options),
        (stretch): Compared | null =>
          stretch === null ? null : {
            dataset: run.dataset,
            scope,
            filter,
            met,
            stretch,
            options,
            young: () => met.since(stretch.edge),
            ahead: { settled: 0, young: 0 }
          }
      )
    const before = yield* scope.list.filter
    let compared = yield* prepare(before.exact ? before : yield* probe)
    if (compared === null) return null
    // What was read of the list may lack rows that are held: they are looked for whatever the numbers say.
    const missed = new Set(yield* Gone.find(scope, compared.filter, met, options))
    const agreed = (compared: Compared, found: Comparing.Found, remembered: Apart.Apart) =>
      Effect.gen(function*() {
        // The young part of ranges that are not exact was not counted by itself.
        if (!compared.filter.exact) yield* readYoung(compared)
        yield* Apart.remember(scope, remembered)
        yield* Unreconciled.resolve(scope, scope.list.stream)
        yield* Gone.resolve(scope, scope.list.stream)
        if (!found.capped) return true
        yield* tellCut(scope, found)
        yield* run.notice({
          source: scope.source,
          scope: scope.scope,
          message: "The API cuts its total of the whole account off, so that it could not be compared. " +
            "Windows that are small enough were compared instead"
        })
        return null
      })

    /** Rows that this run did not list, other than these. */
    const tellUnlisted = (others: Apart.Apart) =>
      Effect.gen(function*() {
        const hidden = yield* apart([...missed])
        const rows = hidden.unlisted.filter((id) => !others.unlisted.includes(id)).length
        if (rows > 0) yield* run.problem(unlistedProblem(scope, rows))
      })

    const unlisted = () => [...new Set([...missed, ...known.unlisted])]
    /** Rows that arrive all the while are read by the next run. */
    const arriving = Effect.fnUntraced(function*(found: Comparing.Found) {
      yield* tellCut(scope, found)
      yield* Apart.remember(scope, yield* apart(known.unlisted))
      return true
    })
    const { widest } = options.trust(compared.filter).limits()
    let first = yield* Comparing.compare(compared, yield* apart(known.unlisted))
    let isArriving = false
    // All was read before ranges were known to be cut.
    const isNarrower = options.trust(compared.filter).limits().widest < widest
    for (let turn = 0; first?.moved === true && turn < mostTurns; turn++) {
      isArriving = yield* readYoung(compared)
      for (const id of yield* Gone.find(scope, compared.filter, met, options)) missed.add(id)
      first = yield* Comparing.compare(compared, yield* apart(known.unlisted))
    }
    // What no reading brings is hidden.
    if (first !== null && isArriving && isOnlyYoung(first)) return yield* arriving(first)
    // Nothing but windows can be counted where ranges are cut and not exact.
    const isCut = !compared.filter.exact && Number.isFinite(options.trust(compared.filter).limits().widest)
    // What was read may lack rows that are held and counted: in this run, or in one before whose numbers differed.
    const lacks = isNarrower || isCut || [...missed].some((id) => !known.unlisted.includes(id)) ||
      (yield* Unreconciled.stands(scope, scope.list.stream))
    // A total that seems cut off may be a wrong belief about ranges, which are asked about anew.
    if (first === null && !lacks) return null
    if (first !== null && first.agrees && !lacks && !first.isNews) {
      return yield* agreed(compared, first, yield* apart(known.unlisted))
    }
    // What was found out of ranges may have been a wrong answer, or hold no more.
    yield* scope.list.forget
    compared = (yield* prepare(yield* probe)) ?? compared
    if (lacks) yield* readYoung(compared)
    let last = first
    // A row that leaves while the list is read again is found the second time.
    for (let turn = 0; turn < mostTurns; turn++) {
      const holdsMore = last === null || last.agrees || last.sides.here >= last.sides.there
      const differing = yield* Differing.windows(compared, holdsMore, met)
      yield* readAgain(compared, Interval.normalise(differing.map(({ window }) => window)))
      yield* run.publish
      for (const id of yield* Gone.find(scope, compared.filter, met, options)) missed.add(id)
      known = yield* Apart.known(run.dataset, scope)
      // A row that is held and no longer listed may count at the vendor or not.
      const remembered = known.unlisted.length > 0 ? [known.unlisted] : []
      for (const ids of [...remembered, [], unlisted()]) {
        const one = yield* apart(ids)
        // Where it cannot be told any more, what was told first stands.
        last = (yield* Comparing.compare(compared, one)) ?? last
        if (last === null) continue
        // Where no window differs any more, it is the range that counts a row at its edge twice, or not at all.
        const isEdge = last.capped && !last.moved && differing.length === 0
        if (last.agrees || isEdge) {
          // The vendor counts these, and its filter hides them: they were not read.
          yield* tellUnlisted(one)
          return yield* agreed(compared, last, one)
        }
        if (isOnlyYoung(last) && (yield* readYoung(compared))) return yield* arriving(last)
      }
      if (differing.length === 0) break
    }
    yield* Apart.remember(scope, yield* apart(last === null ? unlisted() : known.unlisted))
    if (last === null) {
      yield* tellUnlisted(known)
      return null
    }
    yield* Unreconciled.stand(scope, {
      name: scope.list.stream,
      sides: last.sides,
      what: "rows",
      tried: "Windows that differ were read again"
    })
    return false
  }).pipe(Effect.withSpan("Reconcile"))
