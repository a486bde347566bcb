/** Which feeds are read: those of every line that is listed, and of lines that were. */
import type { DatasetError } from "@trunkline/dataset"
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
    const { ledger, remember } = yield* Planning.Planning
    if (feeds.all === null) {
      yield* progress.notice(
        `The key may not list the lines, so ${feeds.stream} are read of those that calls and messages came over`
      )
      return yield* seen(scope, feeds)
    }
    const fact = yield* ledger.fact(scope.source, scope.scope, factName)
    const known = Option.getOrElse(Option.flatMap(fact, Schema.decodeOption(Lines)), (): ReadonlyArray<string> => [])
    const listed = new Set(feeds.all.map(({ id }) => id))
    const all = [...feeds.all]
    for (const id of known.filter((id) => !listed.has(id))) {
      const feed = feeds.of(id)
      const line = { source: scope.source, scope: scope.scope, name: feed.label }
      if (!(yield* Vanished.stand({ ...line, what: `Of the lines, ${feed.label}` }))) all.push(feed)
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
