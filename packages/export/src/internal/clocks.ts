/**
 * Two clocks tell the time of a scope: the `Date` header of the API and this machine. Either may be wrong, so the earlier
 * one decides what is settled, and the later one how far is asked.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { ClockSkew, type Ended } from "../ExportError.js"
import * as Planning from "../Planning.js"
import * as Problem from "../Problem.js"
import type { Connected, Failure, Scope, ScopeName } from "../Source.js"

export type Clocks = Pick<Scope, "now" | "latest">

/** Clocks that are further apart than this are reported. */
const tolerated = Duration.days(1)
/** Clocks that are further apart than this tell nothing: a range between them would have no sensible length. */
const most = Duration.days(366)

const compare = (answeredAt: DateTime.Utc | null) =>
  Effect.map(Planning.now, (machine) => {
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
export const read = (
  source: string,
  answeredAt: DateTime.Utc | null
): Effect.Effect<Clocks, never, Planning.Planning> =>
  Effect.gen(function*() {
    const { once } = yield* Planning.Planning
    const { apart, clocks, skew } = yield* compare(answeredAt)
    if (Duration.greaterThan(apart, tolerated)) yield* once(Problem.of(skew(true), { source, scope: null }))
    return clocks
  })

/** Connects to a scope. Clocks that are more than a year apart end it. */
export const connect = (
  { connect }: Pick<ScopeName, "connect">
): Effect.Effect<Scope, Failure | Ended | ClockSkew, Planning.Planning> =>
  Effect.gen(function*() {
    const scope: Connected = yield* connect
    const { apart, skew } = yield* compare(scope.answeredAt)
    if (Duration.greaterThan(apart, most)) return yield* skew(false)
    return { ...scope, ...(yield* read(scope.source, scope.answeredAt)) }
  })

/** The look-back, seen from the later clock: it begins as early as if it were seen from the earlier one. */
export const back = ({ latest, now }: Clocks, lookback: Duration.Duration): Duration.Duration =>
  Duration.sum(lookback, DateTime.distanceDuration(now, latest))
