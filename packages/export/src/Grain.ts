/**
 * The units in which a vendor filters a list by time, such as days or seconds, and what is known of their edges.
 *
 * A vendor that filters by days does not say in which zone they lie. So days stand in the ledger under their own names, by
 * their midnight in UTC, and only the instants that lie in them in every zone are promised to a user.
 *
 * @since 0.1.0
 */
import * as Interval from "@trunkline/dataset/Interval"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"

/**
 * All in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Grain {
  readonly unit: number
  /** A unit may begin so long before it does in UTC. */
  readonly before: number
  /** A unit may begin so long after it does in UTC. */
  readonly after: number
  /** A row that lies further than this outside what was asked for shows that the filter is ignored. */
  readonly tolerance: { readonly before: number; readonly after: number }
}

const second = 1000
const hour = 60 * 60 * second
const day = 24 * hour

/**
 * The zones of the world reach from UTC-12 to UTC+14.
 *
 * @since 0.1.0
 * @category constructors
 */
export const days: Grain = {
  unit: day,
  before: 14 * hour,
  after: 12 * hour,
  // A day more at the end: a vendor may include the last day of a range or not.
  tolerance: { before: 14 * hour, after: 12 * hour + day }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const hours: Grain = { unit: hour, before: 0, after: 0, tolerance: { before: day, after: 2 * day } }

/**
 * @since 0.1.0
 * @category constructors
 */
export const seconds: Grain = { unit: second, before: 0, after: 0, tolerance: { before: day, after: 2 * day } }

const at = (millis: number): DateTime.Utc => DateTime.unsafeMake(millis)

const floor = ({ unit }: Grain, millis: number): DateTime.Utc => at(Math.floor(millis / unit) * unit)

const ceil = ({ unit }: Grain, millis: number): DateTime.Utc => at(Math.ceil(millis / unit) * unit)

/**
 * The units that surely hold all of a stretch of time.
 *
 * @since 0.1.0
 * @category ranges
 */
export const cover = (grain: Grain, { from, to }: Interval.Interval): Interval.Interval =>
  Interval.make(floor(grain, from.epochMillis - grain.after), ceil(grain, to.epochMillis + grain.before))

/**
 * Whole units of a stretch that stands in the ledger.
 *
 * @since 0.1.0
 * @category ranges
 */
export const whole = (grain: Grain, { from, to }: Interval.Interval): Interval.Interval =>
  Interval.make(floor(grain, from.epochMillis), ceil(grain, to.epochMillis))

/**
 * A look-back that reaches as far as asked, wherever the units begin.
 *
 * @since 0.1.0
 * @category ranges
 */
export const back = ({ after }: Grain, lookback: Duration.Duration): Duration.Duration =>
  Duration.sum(lookback, Duration.millis(after))

/**
 * Everything before this instant is there, if these units are.
 *
 * @since 0.1.0
 * @category ranges
 */
export const promised = ({ before }: Grain, { to }: Interval.Interval): DateTime.Utc => at(to.epochMillis - before)

/**
 * What surely lies in these units.
 *
 * @since 0.1.0
 * @category ranges
 */
export const inside = (grain: Grain, range: Interval.Interval): Interval.Interval =>
  Interval.make(at(range.from.epochMillis + grain.after), promised(grain, range))

/**
 * What may lie in these units.
 *
 * @since 0.1.0
 * @category ranges
 */
export const around = ({ after, before }: Grain, { from, to }: Interval.Interval): Interval.Interval =>
  Interval.make(at(from.epochMillis - before), at(to.epochMillis + after))

/** Zones differ by quarters of an hour. */
const quarter = hour / 4

/**
 * The instants at which this edge of a unit may lie.
 *
 * @since 0.1.0
 * @category ranges
 */
export const edges = ({ after, before }: Grain, edge: DateTime.Utc): Interval.Intervals =>
  Array.from({ length: (before + after) / quarter + 1 }, (_, step) => {
    const instant = edge.epochMillis - before + step * quarter
    return Interval.make(at(instant), at(instant + 1))
  })

/**
 * The first unit that is not settled, wherever it ends.
 *
 * @since 0.1.0
 * @category ranges
 */
export const unsettled = (grain: Grain, now: DateTime.Utc, settling: number): DateTime.Utc =>
  floor(grain, now.epochMillis - settling - grain.after)

/**
 * @since 0.1.0
 * @category ranges
 */
export const count = ({ unit }: Grain, { from, to }: Interval.Interval): number =>
  (to.epochMillis - from.epochMillis) / unit

/**
 * Whether an instant can lie in none of these units.
 *
 * @since 0.1.0
 * @category ranges
 */
export const isOutside = ({ tolerance }: Grain, { from, to }: Interval.Interval, instant: DateTime.Utc): boolean =>
  instant.epochMillis < from.epochMillis - tolerance.before || instant.epochMillis >= to.epochMillis + tolerance.after

/**
 * In so many pieces of nearly the same length, none shorter than a unit.
 *
 * @since 0.1.0
 * @category ranges
 */
export const split = (grain: Grain, range: Interval.Interval, pieces: number): ReadonlyArray<Interval.Interval> => {
  const all = count(grain, range)
  const parts = Math.min(Math.max(pieces, 2), all)
  const edge = (part: number) => at(range.from.epochMillis + Math.round(all * part / parts) * grain.unit)
  return Array.from({ length: parts }, (_, part) => Interval.make(edge(part), edge(part + 1)))
}

/**
 * For people: first and last day, or both instants.
 *
 * @since 0.1.0
 * @category ranges
 */
export const text = (grain: Grain, range: Interval.Interval): string => {
  if (grain.unit < day) return `${DateTime.formatIso(range.from)} to ${DateTime.formatIso(range.to)}`
  const first = DateTime.formatIsoDateUtc(range.from)
  const last = DateTime.formatIsoDateUtc(at(range.to.epochMillis - grain.unit))
  return first === last ? first : `${first} to ${last}`
}
