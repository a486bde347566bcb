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

const units = { d: "days", mo: "months", y: "years" } as const

/** The least, in days: what is promised begins two days later than what is kept. */
const least = 7

/**
 * The start of the day before which nothing is kept; none where all is. Undefined where the text says neither.
 *
 * @since 0.1.0
 * @category getters
 */
export const before = (keep: Keep, now: DateTime.Utc): Option.Option<DateTime.Utc> | undefined => {
  if (keep === forever) return Option.none()
  const [, count, unit] = /^([1-9]\d{0,4})(d|mo|y)$/.exec(keep) ?? []
  if (unit !== "d" && unit !== "mo" && unit !== "y") return undefined
  const ago = (some: Partial<DateTime.DateTime.PartsForMath>) => DateTime.startOf(DateTime.subtract(now, some), "day")
  const day = ago({ [units[unit]]: Number(count) })
  return DateTime.greaterThan(day, ago({ days: least })) || day.epochMillis < 0
    ? undefined
    : Option.some(day)
}

/**
 * From when on all that is kept is promised to be there: where a vendor's day is not one of UTC, the first days lack rows.
 *
 * @since 0.1.0
 * @category getters
 */
export const promised = (before: DateTime.Utc): DateTime.Utc => DateTime.add(before, { days: 2 })
