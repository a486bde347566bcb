/** Which feeds are read: those of every line that is listed, and of lines that were. */
import type { DatasetError } from "@trunkline/dataset"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Planning from "../Planning.js"
import { Progress } from "../Progress.js"
import type { Feed, Feeds, Scope } from "../Source.js"
import * as Published from "./published.js"
import { Run } from "./run.js"
import * as Vanished from "./vanished.js"

const factName = "lines"
const Lines = Schema.parseJson(Schema.Array(Schema.String))

/** Lines that were listed before. */
const knownOf = (
  { scope, source }: Scope
): Effect.Effect<ReadonlyArray<string>, DatasetError.LedgerError, Planning.Planning> =>
  Effect.gen(function*() {
    const { ledger } = yield* Planning.Planning
    const fact = yield* ledger.fact(source, scope, factName)
    return Option.getOrElse(Option.flatMap(fact, Schema.decodeOption(Lines)), () => [])
  })

/** The feeds that a comparison looks at, and those of lines that are not listed any more. Writes nothing. */
export const compared = (
  dataset: Readable,
  scope: Scope,
  feeds: Feeds
): Effect.Effect<
  { readonly all: ReadonlyArray<Feed>; readonly missing: ReadonlyArray<Vanished.Missing & { readonly feed: Feed }> },
  DatasetError.WriteError,
  Planning.Planning
> =>
  Effect.gen(function*() {
    const { all } = feeds
    if (all === null) return { all: (yield* Published.lines(dataset, scope)).map(feeds.of), missing: [] }
    const listed = new Set(all.map(({ id }) => id))
    const missing = (yield* knownOf(scope)).filter((id) => !listed.has(id)).map(feeds.of)
    return { all, missing: missing.map((feed) => ({ ...missingLine(scope, feed), feed })) }
  })

const missingLine = ({ scope, source }: Scope, { label }: Feed): Vanished.Missing => ({
  source,
  scope,
  name: label,
  what: `Of the lines, ${label}`
})

/** Of lines that calls and messages came over. */
const seen = (scope: Scope, feeds: Feeds) =>
  Effect.gen(function*() {
    const run = yield* Run
    yield* run.publish
    return (yield* Published.lines(run.dataset, scope)).map(feeds.of)
  })

export const feeds = (
  scope: Scope,
  feeds: Feeds
): Effect.Effect<ReadonlyArray<Feed>, DatasetError.WriteError, Planning.Planning | Run> =>
  Effect.gen(function*() {
    const progress = yield* Progress
    const { remember } = yield* Planning.Planning
    if (feeds.all === null) {
      yield* progress.notice(
        `The key may not list the lines, so ${feeds.stream} are read of those that calls and messages came over`
      )
      return yield* seen(scope, feeds)
    }
    const known = yield* knownOf(scope)
    const listed = new Set(feeds.all.map(({ id }) => id))
    const all = [...feeds.all]
    for (const id of known.filter((id) => !listed.has(id))) {
      const feed = feeds.of(id)
      if (!(yield* Vanished.stand(missingLine(scope, feed)))) all.push(feed)
    }
    for (const { id } of feeds.all) {
      if (!known.includes(id)) continue
      yield* Vanished.resolve({ source: scope.source, scope: scope.scope, name: feeds.of(id).label })
    }
    const lines = [...new Set([...known, ...listed])].toSorted()
    if (lines.length > known.length) {
      yield* remember(scope, factName, Schema.encodeSync(Lines)(lines))
    }
    // A list without a line is asked for nothing, and would hide all of them.
    return all.length > 0 ? all : yield* seen(scope, feeds)
  })
