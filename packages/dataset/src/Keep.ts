/**
 * How long rows are kept: `90d`, `24mo`, `2y`, or `forever`.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

/**
 * @since 0.1.0
 * @category models
 */
export type Keep = string

/**
 * What ends a choice that was made before.
 *
 * @since 0.1.0
 * @category constants
 */
export const forever: Keep = "forever"

const units = {
  d: { name: "days", least: 7, most: 18_250 },
  mo: { name: "months", least: 1, most: 600 },
  y: { name: "years", least: 1, most: 50 }
} as const

const parse = (keep: Keep) => {
  const [, count, unit] = /^([1-9]\d{0,4})(d|mo|y)$/.exec(keep) ?? []
  if (unit !== "d" && unit !== "mo" && unit !== "y") return null
  const { least, most, name } = units[unit]
  return Number(count) < least || Number(count) > most ? null : { [name]: Number(count) }
}

/**
 * Whether a text says how long: from a week to fifty years.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isKeep = (text: string): text is Keep => text === forever || parse(text) !== null

/**
 * The start of the day before which nothing is kept; none where all is.
 *
 * @since 0.1.0
 * @category getters
 */
export const before = (keep: Keep, now: DateTime.Utc): Option.Option<DateTime.Utc> =>
  Option.map(Option.fromNullable(parse(keep)), (ago) => DateTime.startOf(DateTime.subtract(now, ago), "day"))

/**
 * From when on all is promised to be there, a Monday. Where a vendor's day is not one of UTC, the first days that are kept lack
 * rows; and what a certificate says of time that is over and of time that is not is read again, which a week makes seldom.
 *
 * @since 0.1.0
 * @category getters
 */
export const promised = (before: DateTime.Utc): DateTime.Utc =>
  DateTime.startOf(DateTime.add(before, { days: 8 }), "week", { weekStartsOn: 1 })
