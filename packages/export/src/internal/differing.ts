/** Which certified windows differ from their certificates. Writes nothing. */
import { Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Grain from "../Grain.js"
import type * as Planning from "../Planning.js"
import * as Certified from "./certified.js"
import { type Counted, type Error, onBothSides } from "./comparing.js"
import * as Counts from "./counts.js"
import type * as Met from "./met.js"
import * as Published from "./published.js"

/**
 * Whether what is held of this window is what was counted when it was read last: each row that it counted is still held there,
 * and, where more is held than the vendor counts, no row is held that it did not count. A window that overlaps it may count a
 * row that came later, in the place of one that went.
 */
const isHeldAsCounted = (
  { dataset, filter: { exact, place }, scope }: Counted,
  window: Interval.Interval,
  /** With all windows that overlap it. */
  overlapping: Interval.Interval,
  holdsMore: boolean,
  met: Met.Met
) =>
  Effect.gen(function*() {
    const { list, scope: name, source } = scope
    const identity = { source, scope: name, stream: list.stream }
    const near = place === null ? Grain.around(list.grain, window) : window
    const around = yield* dataset.counted(identity, near)
    // Certificates of earlier versions do not say which rows they counted.
    if (Interval.subtract([window], around.windows).length > 0) return !holdsMore
    const column = Published.inColumn(scope, place)
    const { keys } = yield* dataset.counted(identity, window)
    // Windows that overlap this one counted some of its rows. A range that is not exact may show one unit of time more.
    const wide = place === null ? Grain.around(list.grain, overlapping) : overlapping
    const end = DateTime.add(wide.to, { millis: exact ? 0 : list.grain.unit })
    const there = yield* dataset.heldIds(column, [Interval.make(wide.from, end)])
    const still = new Set(there.flatMap(({ gone, id }) => gone ? [] : [id]))
    if (![...keys].every((key) => still.has(key))) return false
    if (!holdsMore) return true
    const inside = place === null ? Grain.inside(list.grain, window) : window
    if (DateTime.lessThan(inside.from, inside.to)) {
      const own = yield* dataset.keysOf(identity, [window])
      const inIt = yield* dataset.heldIds(column, [inside])
      if (inIt.some(({ gone, id }) => !gone && around.keys.has(id) && !own.has(id))) return false
    }
    const held = yield* dataset.heldIds(column, [near])
    const others = held.flatMap(({ gone, id }) => gone || around.keys.has(id) ? [] : [id])
    const shown = yield* met.shown(others)
    return others.every((id) => shown.has(id))
  })

/** A window that differs from its certificate. */
export interface Differing {
  readonly window: Interval.Interval
  /** What the vendor counts of it now. */
  readonly total: number | null
}

/** Windows of which the vendor counts, or the dataset holds, other rows than when they were read. */
export const windows = (
  counted: Counted,
  /** Whether rows are held that no window may have counted: each is looked for. */
  holdsMore: boolean,
  met: Met.Met
): Effect.Effect<ReadonlyArray<Differing>, Error, Planning.Planning> =>
  Effect.gen(function*() {
    const { dataset, filter, options, scope } = counted
    const limits = options.trust(filter).limits()
    const certificates = Certified.newest(yield* dataset.certificates, scope)
    const withOverlaps = (window: Interval.Interval) =>
      certificates.reduce(
        (hull, { from, to }) =>
          DateTime.lessThan(from, window.to) && DateTime.lessThan(window.from, to)
            ? Interval.make(DateTime.min(hull.from, from), DateTime.max(hull.to, to))
            : hull,
        window
      )
    const found = yield* Effect.forEach(certificates, (one) =>
      Effect.gen(function*() {
        const window = Interval.make(one.from, one.to)
        const count = Counts.noLimit()
        const total = yield* Counts.ofRange(
          scope,
          filter,
          filter.reach(window),
          limits,
          (edge) => onBothSides(counted, edge),
          count
        )
        const isSame = !count.isCut && total === (one.totalLast ?? one.distinctKeys + one.quarantined) &&
          (yield* isHeldAsCounted(counted, window, withOverlaps(window), holdsMore, met))
        return isSame ? [] : [{ window, total }]
      }), { concurrency: options.concurrency })
    return found.flat()
  })
