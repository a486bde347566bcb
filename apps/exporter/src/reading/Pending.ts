/** When the details of a call are asked for again: soon at first, then ever later, and not for ever. */
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

/** The next age of the call that lies ahead; null once it is too old for anything to come. */
export const next = (endedAt: DateTime.Utc, now: DateTime.Utc): DateTime.Utc | null =>
  ages.map((age) => DateTime.addDuration(endedAt, age)).find((due) => DateTime.greaterThan(due, now)) ?? null
