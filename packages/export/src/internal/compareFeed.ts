/** Compares a feed as a run does, and says how much of it an export would land or mark. Its keys are numbers of people: none is named. */
import { type DatasetError, Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Ended } from "../ExportError.js"
import * as Planning from "../Planning.js"
import * as Problems from "../Problem.js"
import type { Failure } from "../Source.js"
import type { Compared } from "./compareList.js"
import * as FeedReading from "./feeds.js"
import * as FeedSides from "./feedSides.js"
import { isApiError, isFinal } from "./run.js"
import * as Walk from "./walk.js"

type Counted = Omit<FeedSides.Counted, "since">

/** The feed from an instant on; null where it moved while it was listed. */
const listed = ({ feed, feeds }: Counted, from: DateTime.Utc) =>
  Effect.gen(function*() {
    const read = yield* Planning.pages(feeds.lane)
    const { doubt, passes } = yield* Walk.open({ page: (cursor) => read(cursor, feed.page(from, cursor)) })
    return doubt === null ? new Set(passes.flatMap(({ keys }) => [...keys])) : null
  })

const compare = (counted: FeedSides.Counted): Effect.Effect<
  Compared,
  Failure | Ended | DatasetError.WriteError,
  Planning.Planning
> =>
  Effect.gen(function*() {
    const { dataset, feed, feeds, scope, since } = counted
    const { here, there } = yield* FeedSides.sides(counted)
    if (there === null) return { agrees: null, sides: null, differing: [], problems: [] }
    if (here === there) return { agrees: true, sides: { here, there }, differing: [], problems: [] }
    const after = Interval.make(since, DateTime.add(scope.latest, { days: 366 }))
    const ids = yield* dataset.heldIds(FeedSides.listOf(scope, feeds, feed), [after])
    const held = new Set(ids.flatMap(({ gone, id }) => gone ? [] : [FeedSides.key(feed, id)]))
    const arrived = (keys: ReadonlySet<string> | null) => [...keys ?? []].filter((key) => !held.has(key)).length
    // Most often a conversation began in the meantime, which is young.
    const frontier = yield* FeedReading.begin(scope, feeds, feed, { full: false, refresh: 0, since })
    const young = arrived(yield* listed(counted, frontier))
    const told = { here: here + young, there }
    if (told.here === there) return { agrees: true, sides: told, differing: [], problems: [] }
    const all = yield* listed(counted, since)
    const lacks = arrived(all) - young
    const gone = [...held].filter((key) => all?.has(key) !== true).length
    // Where some are missing on either side, one number hides the other.
    const isNamed = all !== null && told.here + lacks - gone === there && (lacks === 0 || gone === 0)
    return {
      agrees: isNamed,
      sides: told,
      differing: [{
        source: scope.source,
        scope: scope.scope,
        stream: feeds.stream,
        from: DateTime.formatIso(since),
        to: DateTime.formatIso(scope.now),
        settled: true,
        ...told,
        missingHere: [],
        missingThere: [],
        unlisted: []
      }],
      problems: isNamed ? [] : [{
        tag: "Unreconciled",
        source: scope.source,
        scope: scope.scope,
        message: `The API counts ${there} ${feeds.stream} of ${feed.label}, and the dataset holds ${told.here}. ` +
          "The next export reads them again",
        requestId: null
      }]
    }
  })

/** A feed that cannot be read by itself stops no other. */
export const compareFeed = (counted: Counted, asked: DateTime.Utc) =>
  Effect.gen(function*() {
    const since = yield* FeedSides.quietBound(counted, asked)
    const unknown: Compared = { agrees: null, sides: null, differing: [], problems: [] }
    return since === null ? unknown : yield* compare({ ...counted, since })
  }).pipe(
    Effect.catchIf(
      (error): error is Failure => isApiError(error) && (!isFinal(error) || counted.feed.refusedAlone(error)),
      (error) => {
        const { feed, feeds, scope } = counted
        const message = `The ${feeds.stream} of ${feed.label} could not be compared: ${error.message}`
        return Effect.succeed<Compared>({
          agrees: null,
          sides: null,
          differing: [],
          problems: [{ ...Problems.of(error, scope), message }]
        })
      }
    ),
    Effect.withSpan("CompareFeed")
  )
