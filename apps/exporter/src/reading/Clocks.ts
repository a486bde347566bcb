/**
 * Two clocks tell the time of a scope: the API's `Date` header and this machine. Either may be wrong, so the earlier one
 * decides what is settled, and the later one how far is asked.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Problem from "../Problem.js"
import type { Planning, Scope } from "./Run.js"

/** Clocks that are further apart than this are reported. */
const tolerated = Duration.days(1)
/** Clocks that are further apart than this tell nothing: a range between them would have no sensible length. */
const most = Duration.days(366)

export class ClockSkew extends Schema.TaggedError<ClockSkew>("@trunkline/exporter/reading/Clocks/ClockSkew")(
  "ClockSkew",
  { api: Schema.String, machine: Schema.String, days: Schema.Number, read: Schema.Boolean }
) {
  override get message(): string {
    return `The Date header of the API says ${this.api}, and the clock of this machine says ${this.machine}: ` +
      `${this.days} days apart. ` +
      (this.read
        ? "The earlier one decides what is settled, and the later one how far is asked, so more stays open than usual. "
        : "Nothing was read, since nobody can tell what is settled. ") +
      "Check the clock of this machine, with NTP for example; if it is right, report the Date header to the vendor"
  }
}

export interface Clocks {
  /** The earlier of the two clocks. What is settled, and what is due, goes by this one. */
  readonly now: DateTime.Utc
  /** The later of the two clocks. A range that is not told its end reaches up to here. */
  readonly latest: DateTime.Utc
}

type Source = Pick<Scope, "source">

const compare = (run: Planning, answeredAt: DateTime.Utc | null) =>
  Effect.map(run.now, (machine) => {
    const api = answeredAt ?? machine
    const apart = DateTime.distanceDuration(api, machine)
    const skew = (read: boolean) =>
      new ClockSkew({
        api: DateTime.formatIso(api),
        machine: DateTime.formatIso(machine),
        days: Math.round(Duration.toMillis(apart) / Duration.toMillis(Duration.days(1))),
        read
      })
    const clocks: Clocks = { now: DateTime.min(api, machine), latest: DateTime.max(api, machine) }
    return { apart, clocks, skew }
  })

/** Both clocks, as one answer shows them. Clocks that are far apart are reported once for each source. */
export const read = (run: Planning, { source }: Source, answeredAt: DateTime.Utc | null): Effect.Effect<Clocks> =>
  Effect.flatMap(compare(run, answeredAt), ({ apart, clocks, skew }) =>
    Duration.greaterThan(apart, tolerated)
      ? Effect.as(run.once(Problem.of(skew(true), { source, scope: null })), clocks)
      : Effect.succeed(clocks))

/** As `read`, for the beginning of a scope: clocks that are more than a year apart end it. */
export const begin = (
  run: Planning,
  scope: Source,
  answeredAt: DateTime.Utc | null
): Effect.Effect<Clocks, ClockSkew> =>
  Effect.flatMap(
    compare(run, answeredAt),
    ({ apart, skew }) => Duration.greaterThan(apart, most) ? skew(false) : read(run, scope, answeredAt)
  )

/** The look-back, seen from the later clock: it begins as early as if it were seen from the earlier one. */
export const back = ({ latest, now }: Clocks, lookback: Duration.Duration): Duration.Duration =>
  Duration.sum(lookback, DateTime.distanceDuration(now, latest))
