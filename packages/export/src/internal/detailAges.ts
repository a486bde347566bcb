/**
 * At which ages of a call its details are asked for again. While something is missing: soon at first, then ever later, and at
 * last no more. Once all is there: a few times, since what is there may be a first version.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"

const ages = [
  Duration.hours(1),
  Duration.hours(6),
  Duration.days(1),
  Duration.days(2),
  Duration.days(4),
  Duration.days(8),
  Duration.days(16),
  Duration.days(30)
]

const after = (instant: DateTime.Utc, ages: ReadonlyArray<Duration.Duration>): ReadonlyArray<DateTime.Utc> =>
  ages.map((age) => DateTime.addDuration(instant, age))

/** When they are due next, while something is missing; null for a call so old that nothing more will come. */
export const next = (endedAt: DateTime.Utc, now: DateTime.Utc): DateTime.Utc | null =>
  after(endedAt, ages).find((due) => DateTime.greaterThan(due, now)) ?? null

/**
 * When they are due next, once all is there; null where they are final. A call that is young when it is first read is asked for
 * again a day or more later.
 */
export const again = (
  endedAt: DateTime.Utc,
  now: DateTime.Utc,
  { isFirst, young }: { readonly isFirst: boolean; readonly young: Duration.Duration }
): DateTime.Utc | null => {
  const [soon, late] = [Duration.hours(6), Duration.days(2)].map((age) => DateTime.addDuration(endedAt, age))
  if (soon !== undefined && DateTime.greaterThan(soon, now)) return soon
  const isYoung = isFirst && DateTime.lessThan(now, DateTime.addDuration(endedAt, young))
  const tomorrow = isYoung ? DateTime.addDuration(now, Duration.days(1)) : null
  return late !== undefined && DateTime.greaterThan(late, now) ? DateTime.max(late, tomorrow ?? late) : tomorrow
}

/** A call that is listed, and not found by its id, is asked for by so many runs one after the other. */
const mostTries = 3

/** When they are due next, where the vendor did not find the call. One answer may be wrong. */
export const unanswered = (endedAt: DateTime.Utc, now: DateTime.Utc, asked: number): DateTime.Utc | null =>
  asked < mostTries ? DateTime.addDuration(now, Duration.hours(1)) : next(endedAt, now)
