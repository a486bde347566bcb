/**
 * Stretches of time, from an instant up to another, and sets of them: what is certified, and what is still to be read.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

/**
 * `from` belongs to it, `to` does not.
 *
 * @since 0.1.0
 * @category models
 */
export const Interval = Schema.Struct({ from: Schema.DateTimeUtcFromSelf, to: Schema.DateTimeUtcFromSelf })
/** @since 0.1.0 */
export interface Interval extends Schema.Schema.Type<typeof Interval> {}

/**
 * In order, none empty, none touching the next.
 *
 * @since 0.1.0
 * @category models
 */
export type Intervals = ReadonlyArray<Interval>

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (from: DateTime.Utc, to: DateTime.Utc): Interval => ({ from, to })

const isEmpty = ({ from, to }: Interval): boolean => DateTime.greaterThanOrEqualTo(from, to)

/**
 * Any stretches as a set.
 *
 * @since 0.1.0
 * @category combinators
 */
export const normalise = (intervals: Iterable<Interval>): Intervals => {
  const sorted = [...intervals].filter((interval) => !isEmpty(interval)).toSorted((left, right) =>
    left.from.epochMillis - right.from.epochMillis
  )
  const result: Array<Interval> = []
  for (const interval of sorted) {
    const last = result.at(-1)
    if (last !== undefined && DateTime.lessThanOrEqualTo(interval.from, last.to)) {
      result[result.length - 1] = make(last.from, DateTime.max(last.to, interval.to))
    } else {
      result.push(interval)
    }
  }
  return result
}

/**
 * @since 0.1.0
 * @category combinators
 */
export const union = (left: Iterable<Interval>, right: Iterable<Interval>): Intervals => normalise([...left, ...right])

/**
 * What of the first is not in the second.
 *
 * @since 0.1.0
 * @category combinators
 */
export const subtract = (from: Iterable<Interval>, taken: Iterable<Interval>): Intervals => {
  const holes = normalise(taken)
  return normalise(from).flatMap((interval) => {
    const rest: Array<Interval> = []
    let start = interval.from
    for (const hole of holes) {
      rest.push(make(start, DateTime.min(hole.from, interval.to)))
      start = DateTime.max(start, hole.to)
    }
    rest.push(make(start, interval.to))
    return rest.filter((piece) => !isEmpty(piece))
  })
}

/**
 * @since 0.1.0
 * @category combinators
 */
export const intersect = (left: Iterable<Interval>, right: Iterable<Interval>): Intervals => {
  const others = normalise(right)
  return normalise(left).flatMap((one) =>
    others.map((other) => make(DateTime.max(one.from, other.from), DateTime.min(one.to, other.to)))
      .filter((piece) => !isEmpty(piece))
  )
}

/**
 * Whether what was asked for under one name holds all that is asked for under another. A name holds its parts, joined by
 * `+`: `items+transcript` satisfies `items`, and not the reverse.
 *
 * @since 0.1.0
 * @category predicates
 */
export const satisfies = (stream: string, asked: string): boolean => {
  const parts = new Set(stream.split("+"))
  return asked.split("+").every((part) => parts.has(part))
}
