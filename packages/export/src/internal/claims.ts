/** In which stretch of time a run may say that everything is there. */
import { type Dataset, Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Grain from "../Grain.js"
import type { State } from "./run.js"

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

/** A stretch of time in which every scope of a source is proved to be there; null where there is none. */
export const certified = (
  { intervals }: Pick<Dataset["Type"], "intervals">,
  { damage, expected }: State,
  source: string
): Effect.Effect<{ readonly from: string; readonly until: string } | null> =>
  Effect.forEach(
    [...expected.values()].filter((list) => list.source === source),
    (list) =>
      Effect.map(intervals(list), (certified) => {
        if (Option.isNone(list.since)) return null
        const since = list.since.value
        const first = Grain.cover(list.grain, Interval.make(since, since)).from
        const found = certified.find(({ from, to }) =>
          DateTime.lessThanOrEqualTo(from, first) && DateTime.greaterThan(to, first)
        )
        if (found === undefined) return null
        const until = undamaged(damage, source, { since, until: Grain.promised(list.grain, found) })
        return until === null ? null : { from: since, until }
      })
  ).pipe(
    Effect.map((claims) => {
      const known = claims.flatMap((claim) => claim === null ? [] : [claim])
      return known.length === 0 || known.length < claims.length ? null : {
        from: DateTime.formatIso(known.map(({ from }) => from).reduce(DateTime.max)),
        until: DateTime.formatIso(known.map(({ until }) => until).reduce(DateTime.min))
      }
    }),
    Effect.orElseSucceed(() => null)
  )
