/** Whether the APIs still hold what the dataset holds: totals are compared, and windows that differ are listed again. */
import type { AlloError } from "@trunkline/allo"
import type { AllomiaError } from "@trunkline/allomia"
import { FromAllo, FromAllomia } from "@trunkline/calls"
import { type Certificate, type DatasetError, Interval } from "@trunkline/dataset"
import type { Readable } from "@trunkline/dataset/Dataset"
import type { Page } from "@trunkline/http"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as ExitCode from "./ExitCode.js"
import * as Problem from "./Problem.js"
import { type Lane, Progress } from "./Progress.js"
import * as AlloItems from "./reading/AlloItems.js"
import * as AllomiaCalls from "./reading/AllomiaCalls.js"
import * as Budget from "./reading/Budget.js"
import type { ClockSkew } from "./reading/Clocks.js"
import * as Days from "./reading/Days.js"
import * as Run from "./reading/Run.js"
import * as Scopes from "./reading/Scopes.js"
import { type AllomiaSource, type AlloSource, type Name, Sources } from "./Sources.js"
import type { Stop } from "./Stop.js"

export const RemoteWindow = Schema.Struct({
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

export const RemoteReport = Schema.Struct({
  windows: Schema.Number,
  differing: Schema.Array(RemoteWindow),
  exitCode: Schema.Literal(0, 1, 2, 3, 4, 5, 130),
  problems: Schema.Array(Problem.Problem)
})
export interface RemoteReport extends Schema.Schema.Type<typeof RemoteReport> {}

type RemoteWindow = typeof RemoteWindow.Type

/** Windows that are compared side by side. */
const sideBySide = 4

type Failure = AlloError | AllomiaError | ClockSkew | Run.Ended | DatasetError.WriteError

/** How the API is asked about one window. */
interface Remote {
  readonly total: (window: Interval.Interval) => Effect.Effect<number | null, Failure>
  readonly ids: (window: Interval.Interval) => Effect.Effect<ReadonlySet<string>, Failure>
  /** What of a window lies in it however the API understands its ends. */
  readonly inside: (window: Interval.Interval) => Interval.Interval
  readonly ours: (
    stretch: Interval.Interval
  ) => Effect.Effect<ReadonlyArray<string>, DatasetError.QueryError | DatasetError.LedgerError>
}

export const compare = (dataset: Readable): Effect.Effect<RemoteReport, never, Sources | Stop | Progress> =>
  Effect.gen(function*() {
    const { allo, allomia } = yield* Sources
    const problems: Array<Problem.Problem> = []
    const differing: Array<RemoteWindow> = []
    let windows = 0
    let heard = false
    const run = yield* Run.planning({
      dataset: Option.some(dataset),
      progress: yield* Progress,
      heard: Effect.sync(() => {
        heard = true
      }),
      problems
    })
    const within = (source: Name, scope: string | null) => (comparing: Effect.Effect<void, Failure>) =>
      Effect.catchAll(comparing, (error) =>
        Effect.sync(() => {
          if (error._tag !== "Stopped") problems.push(Problem.of(error, { source, scope }))
        }))
    const compareAll = (known: ReadonlyArray<Certificate.Certificate>, remote: Remote) =>
      Effect.forEach(known, (certificate) =>
        Effect.gen(function*() {
          const window = Interval.make(certificate.from, certificate.to)
          windows += 1
          const here = certificate.distinctKeys + certificate.quarantined
          const there = yield* Effect.zipLeft(remote.total(window), run.heard)
          if (there === here) return
          const ids = yield* remote.ids(window)
          const held = new Set(yield* remote.ours(around(window)))
          const certain = yield* remote.ours(remote.inside(window))
          differing.push({
            source: certificate.source,
            scope: certificate.scope,
            stream: certificate.stream,
            from: DateTime.formatIso(window.from),
            to: DateTime.formatIso(window.to),
            here,
            there,
            missingHere: [...ids].filter((id) => !held.has(id)),
            missingThere: certain.filter((id) => !ids.has(id))
          })
        }), { concurrency: sideBySide, discard: true })

    yield* Effect.gen(function*() {
      const certificates = yield* dataset.certificates
      const of = (source: Name, scope: string) =>
        newest(
          certificates.filter((one) =>
            one.source === source && one.scope === scope && one.verdict === "certified" &&
            (source === "allomia" || one.stream.split("+").includes("items"))
          )
        )
      const organizations = [
        ...new Set(certificates.flatMap(({ scope, source }) => source === "allomia" ? [scope] : []))
      ]
      yield* Effect.all([
        allo === null ? Effect.void : within("allo", null)(
          Effect.flatMap(
            remoteAllo(run, dataset, allo),
            ({ remote, scope }) => compareAll(of("allo", scope), remote)
          )
        ),
        allomia === null ? Effect.void : Effect.forEach(
          organizations,
          (id) =>
            within("allomia", id)(
              Effect.flatMap(
                remoteAllomia(run, dataset, allomia, id),
                (remote) => compareAll(of("allomia", id), remote)
              )
            ),
          { discard: true }
        )
      ], { concurrency: "unbounded", discard: true })
    }).pipe(
      Effect.catchAll((error) => Effect.sync(() => problems.push(Problem.of(error, { source: null, scope: null }))))
    )

    return {
      windows,
      differing,
      exitCode: ExitCode.worst([
        ...ExitCode.ofProblems(problems, { heard }),
        // What was deleted over there is no fault of an archive; what is lacking here is.
        ...differing.some(({ missingHere }) => missingHere.length > 0) ? [4 as const] : []
      ]),
      problems
    }
  })

/** Without those that newer ones cover. */
const newest = (certificates: ReadonlyArray<Certificate.Certificate>): ReadonlyArray<Certificate.Certificate> => {
  let covered: Interval.Intervals = []
  return certificates.toSorted((left, right) => right.readAt.epochMillis - left.readAt.epochMillis).filter((one) => {
    const own = [Interval.make(one.from, one.to)]
    if (Interval.subtract(own, covered).length === 0) return false
    covered = Interval.union(covered, own)
    return true
  })
}

const around = ({ from, to }: Interval.Interval): Interval.Interval =>
  Interval.make(DateTime.subtract(from, { days: 3 }), DateTime.add(to, { days: 3 }))

const Id = Schema.Struct({ id: Schema.String })

/** Ids of what was published, by the time it happened. */
const published = (dataset: Readable, options: {
  readonly table: "calls" | "messages"
  readonly source: Name
  readonly organization: string | null
}) =>
(stretch: Interval.Interval) =>
  Effect.gen(function*() {
    const [id, at] = options.table === "calls" ? ["call_id", "started_at"] : ["message_id", "sent_at"]
    const files = yield* dataset.published(options.table, options.source)
    if (Option.isNone(files)) return []
    const found = yield* dataset.session.all(
      Id,
      `SELECT ${id} AS id FROM ${files.value}
        WHERE ${at} >= make_timestamptz($1::BIGINT) AND ${at} < make_timestamptz($2::BIGINT)
          ${options.organization === null ? "" : "AND organization_id = $3"}`,
      [
        stretch.from.epochMillis * 1000,
        stretch.to.epochMillis * 1000,
        ...options.organization === null ? [] : [options.organization]
      ]
    )
    return found.map(({ id }) => id)
  })

/** Ids of what can be a row; what cannot is in quarantine, and not missing. */
const idsOf = <A extends { readonly id: string }, E>(
  run: Run.Planning,
  { budget, lane }: { readonly budget: Budget.Budget; readonly lane: Lane },
  pages: Stream.Stream<Page.Page<A>, E>,
  fits: (row: A) => boolean
): Effect.Effect<ReadonlySet<string>, E | Run.Ended> => {
  const explain = Budget.pagesOf(budget, lane, { first: 1, planned: null })
  return Stream.runFold(
    Stream.mapEffect(
      pages,
      (page) => run.ask(Effect.as(Effect.zipRight(explain(page), budget.spend(lane)), page.rows))
    ),
    new Set<string>(),
    (ids, rows) => {
      for (const row of rows) if (fits(row)) ids.add(row.id)
      return ids
    }
  )
}

const remoteAllo = (run: Run.Planning, dataset: Readable, source: AlloSource) =>
  Effect.gen(function*() {
    const scope = yield* Scopes.allo(run, source)
    const end = yield* AlloItems.learnEnd(run, scope)
    const calls = published(dataset, { table: "calls", source: "allo", organization: null })
    const messages = published(dataset, { table: "messages", source: "allo", organization: null })
    const remote: Remote = {
      total: (days) =>
        Effect.map(
          run.ask(source.conversations.search({ date: Days.asked(days, end), size: 1 })),
          ({ total }) => total
        ),
      ids: (days) =>
        Effect.map(run.now, (readAt) => ({ readAt, organizationId: scope.organizationId, transcripts: false })).pipe(
          Effect.flatMap((reading) =>
            idsOf(
              run,
              { ...scope, lane: "allo search" },
              source.conversations.itemPages({ date: Days.asked(days, end) }),
              (item) => Either.isRight(FromAllo.item(item, reading))
            )
          )
        ),
      inside: (days) => Days.inside(days),
      ours: (stretch) =>
        Effect.map(Effect.all([calls(stretch), messages(stretch)]), ([left, right]) => [...left, ...right])
    }
    return { remote, scope: scope.scope }
  })

const remoteAllomia = (run: Run.Planning, dataset: Readable, source: AllomiaSource, id: string) =>
  Effect.gen(function*() {
    const scope = yield* Scopes.organization(run, source, id)
    const stamp = yield* AllomiaCalls.learnStamp(run, scope)
    const remote: Remote = {
      total: (stretch) =>
        Effect.map(
          run.ask(source.calls.list({
            ...AllomiaCalls.question(stretch, stamp),
            organizationId: id,
            limit: 1
          })),
          ({ total }) => total
        ),
      ids: (stretch) =>
        Effect.map(run.now, (readAt) => ({ readAt, organizationId: id })).pipe(
          Effect.flatMap((reading) =>
            idsOf(
              run,
              { ...scope, lane: "allomia" },
              source.calls.pages({ ...AllomiaCalls.question(stretch, stamp), organizationId: id }),
              (call) => Either.isRight(FromAllomia.call(call, reading))
            )
          )
        ),
      inside: (stretch) => stretch,
      ours: published(dataset, { table: "calls", source: "allomia", organization: id })
    }
    return remote
  })
