/** At which ages of a call its details are asked for again: soon at first, then ever later, and at last no more. */
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

/** When they are due next; null for a call so old that nothing more will come. */
export const next = (endedAt: DateTime.Utc, now: DateTime.Utc): DateTime.Utc | null =>
  ages.map((age) => DateTime.addDuration(endedAt, age)).find((due) => DateTime.greaterThan(due, now)) ?? null
