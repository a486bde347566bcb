/**
 * Whether the API takes the last day of a range as a part of it. It documents neither that nor the zone of its days, and may
 * treat a range of one day unlike others. So every run asks anew, about days that have rows.
 */
import type { Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Ended } from "../ExportError.js"
import * as Grain from "../Grain.js"
import type { Planning } from "../Planning.js"
import type { Failure, Listing } from "../Source.js"

/** `excluded` is the safe belief: where it is wrong, a range shows one day more than was asked for, and never one less. */
export interface LastDay {
  readonly is: "included" | "excluded"
  /** Whether a range shows just its own days. */
  readonly exact: boolean
}

export const unclear: LastDay = { is: "excluded", exact: false }

const day = Grain.days.unit

type Asked<A> = Effect.Effect<A, Failure | Ended, Planning>

/** First and last day, as the API is told them. */
type Search = (first: DateTime.Utc, last: DateTime.Utc) => Asked<Listing>

/** Midnights lie on a quarter of an hour in every zone. A row elsewhere is in a day, and not just at its edge. */
export const isOnEdge = (at: DateTime.Utc): boolean => at.epochMillis % (15 * 60 * 1000) === 0

const later = (midnight: number, days: number): DateTime.Utc => DateTime.unsafeMake(midnight + days * day)

const shows = ({ entries }: Listing, row: DateTime.Utc): boolean =>
  entries.some(({ stamps }) => stamps.some((stamp) => DateTime.Equivalence(stamp, row)))

/** What the answers about one day tell; null where the day of the row is another one. */
const tells = (search: Search, row: DateTime.Utc, midnight: number): Asked<LastDay | null> => {
  const once = (first: number, last: number) => search(later(midnight, first), later(midnight, last))
  /** One answer may be wrong: that there is nothing is believed the second time. */
  const ask = (first: number, last: number) =>
    Effect.flatMap(once(first, last), (found) => found.total === 0 ? once(first, last) : Effect.succeed(found))
  return Effect.gen(function*() {
    const after = yield* ask(0, 1)
    if (!shows(after, row)) return null
    const before = yield* ask(-1, 0)
    // Three days may be more than the API allows in one range.
    const both = yield* ask(-1, 1).pipe(Effect.catchTag("Invalid", () => Effect.succeed(null)))
    if (after.total === null || before.total === null || both === null || both.total === null) return unclear
    // Two ranges that meet in a day count it twice where the last day is included.
    const twice = after.total + before.total - both.total
    if (twice > 0) {
      const alone = yield* ask(0, 0).pipe(Effect.catchTag("Invalid", () => Effect.succeed(null)))
      // Both ranges have a day in common, which is not the one of this row.
      if (alone !== null && !shows(alone, row)) return null
      // An API that compares instants shows a range of one day what lies at its midnight.
      const inside = alone?.entries.flatMap(({ stamps }) => stamps).some((stamp) => !isOnEdge(stamp)) ?? false
      return inside && alone?.total === twice ? { is: "included", exact: true } : unclear
    }
    // A range is no less than its parts.
    if (twice < 0) return unclear
    // Nothing is counted twice where the day has no rows: then its row is of the next day, which is included.
    return shows(yield* ask(1, 2), row) ? null : { is: "excluded", exact: true }
  })
}

/** Names that the day of a row may have, in days before or after its name in UTC. */
export const names = [0, -1, 1] as const
export type Name = (typeof names)[number]

/** Learns it from the day of a row, which has one of three names. The one that it had before is tried first. */
export const learn = (
  search: Search,
  row: DateTime.Utc,
  hint: Name
): Asked<{ readonly learned: LastDay; readonly name: Name }> =>
  Effect.gen(function*() {
    const midnight = Grain.whole(Grain.days, { from: row, to: row }).from.epochMillis
    for (const name of [hint, ...names.filter((name) => name !== hint)]) {
      const learned = yield* tells(search, row, midnight + name * day)
      if (learned !== null) return { learned, name }
    }
    return { learned: unclear, name: hint }
  })

/** A range of whole days, as the API is told it. */
export const dates = ({ from, to }: Interval.Interval, lastDay: LastDay) => ({
  from: DateTime.formatIsoDateUtc(from),
  to: DateTime.formatIsoDateUtc(lastDay.is === "included" ? DateTime.unsafeMake(to.epochMillis - day) : to)
})
