/**
 * Whether the vendors still hold what the dataset holds: a run's own comparison, without writing. It names what an export would
 * land or mark.
 *
 * @since 0.1.0
 */
import type { Readable } from "@trunkline/dataset/DatasetReader"
import { ApiClient } from "@trunkline/http"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as ExitCode from "./ExitCode.js"
import * as Agreement from "./internal/agreement.js"
import * as Asking from "./internal/asking.js"
import * as Certified from "./internal/certified.js"
import * as Clocks from "./internal/clocks.js"
import { compareFeed } from "./internal/compareFeed.js"
import { type Compared, compareList } from "./internal/compareList.js"
import { Difference } from "./internal/difference.js"
import * as Identity from "./internal/identity.js"
import * as Lines from "./internal/lines.js"
import * as Masked from "./internal/masked.js"
import * as Vanished from "./internal/vanished.js"
import * as Planning from "./Planning.js"
import * as Problem from "./Problem.js"
import { Progress } from "./Progress.js"
import type { Feeds, Scope, ScopeName, Source } from "./Source.js"
import { Sources } from "./Sources.js"

export { Difference } from "./internal/difference.js"

/**
 * @since 0.1.0
 * @category models
 */
export const Comparison = Schema.Struct({
  /** Certified windows of the lists that were compared. */
  windows: Schema.Number,
  differing: Schema.Array(Difference),
  /** Of each list both numbers, asked without a filter where that can be told: young rows count as the next export leaves them. */
  counted: Schema.Array(Schema.Struct({
    source: Schema.String,
    scope: Schema.String,
    stream: Schema.String,
    here: Schema.Number,
    there: Schema.Number
  })),
  /** By source: whether all that differs is named; null where this cannot be told. */
  reconciled: Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.Boolean) }),
  exitCode: Schema.Literal(...ExitCode.all),
  problems: Schema.Array(Problem.Problem)
})
/** @since 0.1.0 */
export interface Comparison extends Schema.Schema.Type<typeof Comparison> {}

/**
 * Compares every list of every scope that was exported. Writes nothing.
 *
 * @since 0.1.0
 * @category running
 */
export const compare = (dataset: Readable): Effect.Effect<Comparison, never, Sources> =>
  Effect.gen(function*() {
    const masked = yield* Effect.either(Masked.sources(dataset, yield* Sources))
    const sources = Either.getOrElse(masked, () => [])
    const progress = yield* Progress
    const { exitCodes, planning, problems, report, within } = yield* Asking.make(Option.some(dataset))
    if (Either.isLeft(masked)) yield* report(Problem.of(masked.left, { source: null, scope: null }))
    const windows = yield* Ref.make(0)
    const found = yield* Ref.make<
      ReadonlyArray<Pick<Scope, "source" | "scope"> & { readonly stream: string; readonly one: Compared }>
    >([])
    const add = ({ scope, source }: Scope, stream: string, one: Compared) =>
      Effect.zipRight(
        Ref.update(found, (before) => [...before, { source, scope, stream, one }]),
        Effect.forEach(one.problems, report, { discard: true })
      )

    const compareFeeds = (scope: Scope, feeds: Feeds) =>
      Effect.gen(function*() {
        const since = yield* dataset.since(scope.source, scope.scope)
        if (Option.isNone(since)) return
        const standing = yield* dataset.standing
        const { all, missing } = yield* Lines.compared(dataset, scope, feeds)
        const asked = [...all]
        for (const line of missing) {
          const problem = Vanished.unaccepted(standing, line)
          if (problem === null) continue
          yield* report(problem)
          asked.push(line.feed)
        }
        for (const feed of asked) {
          yield* add(scope, feeds.stream, yield* compareFeed({ dataset, scope, feeds, feed }, since.value))
        }
      })

    const compareScope = (name: ScopeName) =>
      Effect.gen(function*() {
        const scope = yield* Clocks.connect(name)
        const certificates = Certified.newest(yield* dataset.certificates, scope)
        yield* Ref.update(windows, (before) => before + certificates.length)
        yield* add(scope, scope.list.stream, yield* compareList(dataset, scope))
        if (scope.feeds !== null) yield* compareFeeds(scope, scope.feeds)
      }).pipe(Planning.budgeted)

    /** Scopes that were exported: those that the key lists, and those that it does not list any more. */
    const scopesOf = (source: Source) =>
      Effect.gen(function*() {
        const known = yield* dataset.scopes(source.name)
        if (known.length === 0) return []
        const wanted = { transcripts: false }
        const found = yield* Identity.resolve(dataset, source.name, yield* source.scopes(wanted), {
          sameAccount: false
        })
        const names = found.filter(({ scope }) => known.includes(scope))
        if (!source.listed) return names
        const standing = yield* dataset.standing
        const missing: Array<string> = []
        for (const scope of known.filter((scope) => names.every((name) => name.scope !== scope))) {
          const one = { source: source.name, scope, name: scope, what: `The organisation ${scope}` }
          const problem = Vanished.unaccepted(standing, one)
          if (problem === null || (yield* Vanished.wasDeleted(one))) continue
          yield* report(problem)
          missing.push(scope)
        }
        return missing.length === 0 ? names : [...names, ...yield* source.scopesAmong(missing, wanted)]
      })

    yield* Effect.forEach(sources, (source) =>
      Planning.budgeted(scopesOf(source)).pipe(
        Effect.tap(() => progress.phase(source.name, "comparing")),
        Effect.flatMap((names) =>
          Effect.forEach(names, (name) => within(source.name, name.scope)(compareScope(name)), { discard: true })
        ),
        within(source.name, null)
      ), { concurrency: "unbounded", discard: true }).pipe(
        ApiClient.withinQuota,
        Effect.provideService(Planning.Planning, planning)
      )

    const lists = yield* Ref.get(found)
    const differing = lists.flatMap(({ one }) => one.differing)
    return {
      windows: yield* Ref.get(windows),
      differing,
      counted: lists.flatMap(({ one: { sides }, scope, source, stream }) =>
        sides === null ? [] : [{ source, scope, stream, here: sides.here, there: sides.there }]
      ),
      reconciled: Object.fromEntries(sources.map(({ name }) => [
        name,
        Agreement.of(lists.flatMap(({ one, source }) => source === name ? [one.agrees] : []))
      ])),
      exitCode: ExitCode.worst([
        ...yield* exitCodes,
        // What was deleted over there is no fault of an archive; what is lacking here is, unless it is young.
        ...differing.some(({ here, missingHere, settled, there }) =>
            settled && (missingHere.length > 0 || (there ?? 0) > here)
          )
          ? [4 as const]
          : []
      ]),
      problems: yield* problems
    }
  })
