/** In which stretch of time a run may say that everything is there. */
import { type Dataset, Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Grain from "../Grain.js"
import type { Expected, State } from "./run.js"

/** Nothing is claimed of a damaged partition, nor of what lies behind it; null where that leaves nothing. */
const undamaged = (
  damage: State["damage"],
  source: string,
  { since, until }: { readonly since: DateTime.Utc; readonly until: DateTime.Utc }
): DateTime.Utc | null => {
  const concerned = damage.filter((finding) => finding.source === null || finding.source === source)
  if (concerned.some(({ from }) => from === null)) return null
  const end = concerned.flatMap(({ from }) => from === null ? [] : [from]).reduce(DateTime.min, until)
  return DateTime.greaterThan(end, since) ? end : null
}

/** What is proved to be there of one scope; null where nothing is. */
export interface Claim {
  readonly source: string
  readonly scope: string
  readonly range: { readonly from: DateTime.Utc; readonly until: DateTime.Utc } | null
}

/** Of every scope that was to be read. */
export const ofScopes = (
  { intervals }: Pick<Dataset["Type"], "intervals">,
  { damage, expected }: Pick<State, "damage"> & { readonly expected: ReadonlyArray<Expected> }
): Effect.Effect<ReadonlyArray<Claim>> =>
  Effect.forEach(expected, (list) =>
    Effect.map(intervals(list), (certified): Claim => {
      const range = Option.flatMap(list.since, (since) => {
        const first = Grain.cover(list.grain, Interval.make(since, since)).from
        const found = certified.find(({ from, to }) =>
          DateTime.lessThanOrEqualTo(from, first) && DateTime.greaterThan(to, first)
        )
        if (found === undefined) return Option.none()
        const until = undamaged(damage, list.source, { since, until: Grain.promised(list.grain, found) })
        return until === null ? Option.none() : Option.some({ from: since, until })
      })
      return { source: list.source, scope: list.scope, range: Option.getOrNull(range) }
    }).pipe(Effect.orElseSucceed((): Claim => ({ source: list.source, scope: list.scope, range: null }))))

/** A stretch of time in which every scope of a source is proved to be there; null where there is none. */
export const ofSource = (
  claims: ReadonlyArray<Claim>,
  source: string
): { readonly from: string; readonly until: string } | null => {
  const own = claims.filter((claim) => claim.source === source)
  const known = own.flatMap(({ range }) => range === null ? [] : [range])
  return known.length === 0 || known.length < own.length ? null : {
    from: DateTime.formatIso(known.map(({ from }) => from).reduce(DateTime.max)),
    until: DateTime.formatIso(known.map(({ until }) => until).reduce(DateTime.min))
  }
}
