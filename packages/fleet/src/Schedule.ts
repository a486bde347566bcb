/**
 * When the nights of an account begin: at some times of every day, in a time zone.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/**
 * @since 0.1.0
 * @category models
 */
export interface Schedule {
  /** Times of the day, each as `02:00`; one at least. */
  readonly at: ReadonlyArray<string>
  /** An IANA time zone. */
  readonly zone: string
}

/**
 * So many times a day at most.
 *
 * @since 0.1.0
 * @category constants
 */
export const mostTimes = 24

/**
 * What a time of the day looks like.
 *
 * @since 0.1.0
 * @category constants
 */
export const timeOfDay = /^([01]\d|2[0-3]):([0-5]\d)$/

/**
 * A text that differs where schedules do.
 *
 * @since 0.1.0
 * @category conversions
 */
export const written = ({ at, zone }: Schedule): string => `${[...new Set(at)].toSorted().join(" ")} ${zone}`

const day = Duration.days(1)

/** The instant at which a clock in the zone shows this time on this date. A time that a clock skips is read as the clock shows it an hour on. */
const instant = (date: DateTime.Zoned, time: string): Option.Option<number> => {
  const [, hours, minutes] = timeOfDay.exec(time) ?? []
  if (hours === undefined || minutes === undefined) return Option.none()
  const { day, month, year } = DateTime.toParts(date)
  return DateTime.makeZoned(
    { year, month, day, hours: Number(hours), minutes: Number(minutes) },
    { timeZone: date.zone, adjustForTimeZone: true, disambiguation: "compatible" }
  ).pipe(Option.map(({ epochMillis }) => epochMillis))
}

/**
 * The first night after an instant. A schedule that names no time or no zone that exists begins a day later.
 *
 * @since 0.1.0
 * @category getters
 */
export const next = ({ at, zone }: Schedule, after: DateTime.Utc): DateTime.Utc => {
  const here = DateTime.setZoneNamed(after, zone)
  const begins = Option.match(here, {
    onNone: () => [],
    onSome: (here) =>
      [0, 1].flatMap((days) => {
        const date = DateTime.add(here, { days })
        return at.flatMap((time) => Option.toArray(instant(date, time)))
      }).filter((millis) => millis > after.epochMillis)
  })
  return begins.length === 0
    ? DateTime.addDuration(after, day)
    : DateTime.unsafeMake(Math.min(...begins))
}
