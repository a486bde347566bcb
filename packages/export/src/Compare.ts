/**
 * Whether the vendors still hold what the dataset holds: totals are compared, and windows that differ are listed again.
 *
 * @since 0.1.0
 */
import { type Certificate, Interval } from "@trunkline/dataset"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as ExitCode from "./ExitCode.js"
import * as Grain from "./Grain.js"
import * as Asking from "./internal/asking.js"
import * as Certified from "./internal/certified.js"
import * as Clocks from "./internal/clocks.js"
import * as Published from "./internal/published.js"
import * as Walk from "./internal/walk.js"
import * as Planning from "./Planning.js"
import * as Problem from "./Problem.js"
import type { Filter, Scope, ScopeName } from "./Source.js"
import { Sources } from "./Sources.js"

/**
 * @since 0.1.0
 * @category models
 */
export const Difference = Schema.Struct({
  source: Schema.String,
  scope: Schema.String,
  stream: Schema.String,
  from: Schema.String,
  to: Schema.String,
  /** Rows the dataset holds of it, and rows the API says there are. */
  here: Schema.Number,
  there: Schema.NullOr(Schema.Number),
  /** Ids the API lists and the dataset lacks. */
  missingHere: Schema.Array(Schema.String),
  /** Ids the dataset holds and the API no longer lists: an archive keeps what was deleted. */
  missingThere: Schema.Array(Schema.String)
})
/** @since 0.1.0 */
export interface Difference extends Schema.Schema.Type<typeof Difference> {}

/**
 * @since 0.1.0
 * @category models
 */
export const Comparison = Schema.Struct({
  windows: Schema.Number,
  differing: Schema.Array(Difference),
  exitCode: Schema.Literal(...ExitCode.all),
  problems: Schema.Array(Problem.Problem)
})
/** @since 0.1.0 */
export interface Comparison extends Schema.Schema.Type<typeof Comparison> {}

/** Windows that are compared side by side. */
const sideBySide = 4

/**
 * Asks about every certified window. Writes nothing.
 *
 * @since 0.1.0
 * @category running
 */
export const compare = (dataset: Readable): Effect.Effect<Comparison, never, Sources> =>
  Effect.gen(function*() {
    const sources = yield* Sources
    const { exitCodes, planning, problems, within } = yield* Asking.make(Option.some(dataset))
    const compared = yield* Ref.make(0)
    const differing = yield* Ref.make<ReadonlyArray<Difference>>([])

    const compareScope = (name: ScopeName, certificates: ReadonlyArray<Certificate.Certificate>) =>
      Effect.gen(function*() {
        const scope = yield* Clocks.connect(name)
        const filter = yield* scope.list.filter
        yield* Effect.forEach(Certified.newest(certificates, scope), (certificate) =>
          Effect.gen(function*() {
            yield* Ref.update(compared, (windows) => windows + 1)
            const found = yield* compareWindow(dataset, { ...scope, filter }, certificate)
            if (found !== null) yield* Ref.update(differing, (before) => [...before, found])
          }), { concurrency: sideBySide, discard: true })
      }).pipe(Planning.budgeted)

    yield* Effect.gen(function*() {
      const certificates = yield* dataset.certificates
      yield* Effect.forEach(sources, (source) => {
        const own = certificates.filter((one) => one.source === source.name)
        const known = [...new Set(own.map(({ scope }) => scope))]
        return Planning.budgeted(source.scopesAmong(known, { transcripts: false })).pipe(
          Effect.flatMap((scopes) =>
            Effect.forEach(scopes, (name) =>
              within(source.name, name.scope)(
                compareScope(
                  name,
                  own
                )
              ), { discard: true })
          ),
          within(source.name, null)
        )
      }, { concurrency: "unbounded", discard: true })
    }).pipe(within(null, null), Effect.provideService(Planning.Planning, planning))

    const found = yield* Ref.get(differing)
    return {
      windows: yield* Ref.get(compared),
      differing: found,
      exitCode: ExitCode.worst([
        ...yield* exitCodes,
        // What was deleted over there is no fault of an archive; what is lacking here is.
        ...found.some(({ missingHere }) => missingHere.length > 0) ? [4 as const] : []
      ]),
      problems: yield* problems
    }
  })

/** Null where the vendor counts as many rows as are held. */
const compareWindow = (
  dataset: Readable,
  { filter, list, source }: Pick<Scope, "list" | "source"> & { readonly filter: Filter },
  certificate: Certificate.Certificate
) =>
  Effect.gen(function*() {
    const window = Interval.make(certificate.from, certificate.to)
    const here = certificate.distinctKeys + certificate.quarantined
    const reach = filter.reach(window)
    const { total } = yield* Planning.onePage(list.lane, filter.all.count(reach))
    if (total === here) return null
    const read = yield* Planning.pages(list.lane)
    const { keys } = yield* Walk.walk({ page: (cursor) => read(cursor, filter.all.page(reach, cursor)) })
    const heldList = Published.heldList({ list, source })
    const held = new Set((yield* dataset.heldIds(heldList, [around(window)])).map(({ id }) => id))
    const certain = (yield* dataset.heldIds(heldList, [Grain.inside(list.grain, window)])).flatMap(({ gone, id }) =>
      gone ? [] : [id]
    )
    return {
      source: certificate.source,
      scope: certificate.scope,
      stream: certificate.stream,
      from: DateTime.formatIso(window.from),
      to: DateTime.formatIso(window.to),
      here,
      there: total,
      missingHere: [...keys].filter((id) => !held.has(id)),
      missingThere: certain.filter((id) => !keys.has(id))
    }
  })

/** A vendor may file a row a little outside the window that lists it. */
const around = ({ from, to }: Interval.Interval): Interval.Interval =>
  Interval.make(DateTime.subtract(from, { days: 3 }), DateTime.add(to, { days: 3 }))
