/** One run: reads what is missing of every scope, lands it, publishes it, and says what it has and what it lacks. */
import { Dataset, type DatasetError } from "@trunkline/dataset"
import { ApiClient, type ApiError } from "@trunkline/http"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as ExitCode from "./ExitCode.js"
import type { ExportReport } from "./ExportReport.js"
import * as Problem from "./Problem.js"
import { Progress } from "./Progress.js"
import * as AlloConversations from "./reading/AlloConversations.js"
import * as AlloDetails from "./reading/AlloDetails.js"
import * as AlloHistory from "./reading/AlloHistory.js"
import * as AlloItems from "./reading/AlloItems.js"
import * as AllomiaCalls from "./reading/AllomiaCalls.js"
import * as AllomiaDetails from "./reading/AllomiaDetails.js"
import type { Clocks, ClockSkew } from "./reading/Clocks.js"
import * as Days from "./reading/Days.js"
import type { FilterIgnored } from "./reading/FilterIgnored.js"
import * as Range from "./reading/Range.js"
import * as Run from "./reading/Run.js"
import * as Scopes from "./reading/Scopes.js"
import { type AllomiaSource, type AlloSource, type Name, Sources } from "./Sources.js"
import { Stop } from "./Stop.js"

export interface Options {
  readonly runId: string
  /** From the earliest instant ever asked for, else 90 days back. */
  readonly since: Option.Option<DateTime.Utc>
  /** Until now. */
  readonly until: Option.Option<DateTime.Utc>
  readonly full: boolean
  readonly lookback: Duration.Duration
  readonly transcripts: boolean
  readonly details: boolean
  /** Only the histories of these contacts, from version 1 of Allo; none reads everything else. */
  readonly contacts: ReadonlyArray<string>
  /** Windows of one scope that are read side by side. */
  readonly concurrency: number
}

/** What is published within this time of being asked to stop is; the rest waits, landed, for the next run. */
const lastPublish = Duration.seconds(20)

/** Never fails: what went wrong is among the problems, and in the exit code. */
export const run = (options: Options): Effect.Effect<ExportReport, never, Dataset | Sources | Stop | Progress> =>
  Effect.gen(function*() {
    const dataset = yield* Dataset
    const stop = yield* Stop
    const began = yield* Clock.currentTimeMillis
    const before = yield* requests
    const run = yield* Run.make({ id: options.runId, dataset, progress: yield* Progress })

    let checked: ExportReport["checked"] = { files: 0, bytes: 0, of: 0 }
    const work = Effect.gen(function*() {
      yield* dataset.beginRun(options.runId, yield* run.now)
      // A large dataset takes a while, which a run that is to stop does not wait for.
      const inspected = yield* Effect.raceFirst(
        Effect.map(dataset.inspect, Option.some),
        Effect.as(stop.wait, Option.none())
      )
      if (Option.isSome(inspected)) {
        checked = inspected.value.checked
        yield* run.damaged(inspected.value.findings)
      }
      // What an earlier run left landed comes first.
      yield* run.publish
      const { allo, allomia } = yield* Sources
      yield* Effect.all([
        allo === null ? Effect.void : Effect.zipRight(readAllo(run, allo, options), run.progress.phase("allo", "done")),
        allomia === null || options.contacts.length > 0
          ? Effect.void
          : Effect.zipRight(readAllomia(run, allomia, options), run.progress.phase("allomia", "done"))
      ], { concurrency: "unbounded", discard: true })
      if (!(yield* stop.requested)) {
        yield* run.publish
        return true
      }
      return Option.isSome(yield* Effect.timeoutOption(Effect.disconnect(run.publish), lastPublish))
    })
    const ended = yield* Effect.exit(work)
    if (Exit.isFailure(ended)) yield* run.problem(crashed(ended.cause))

    const { quarantined } = run.state
    if (quarantined > 0) {
      yield* run.problem({
        tag: "Quarantined",
        source: null,
        scope: null,
        message: `${quarantined} rows could not be read or did not fit, and are in quarantine with the reason; ` +
          "verify names them",
        requestId: null
      })
    }
    const interrupted = yield* stop.requested
    const exitCode = ExitCode.worst([
      ...ExitCode.ofProblems(run.state.problems, run.state),
      ...interrupted ? [130 as const] : []
    ])
    const status = exitCode === 130
      ? "interrupted"
      : exitCode === 0
      ? "certified"
      : exitCode === 4 && run.state.heard
      ? "partial"
      : "failed"
    // What has landed and is not published yet is nowhere to be seen.
    const certified = Exit.isSuccess(ended) && ended.value ? yield* certifiedUntil(run) : { allo: null, allomia: null }
    const now = yield* Clock.currentTimeMillis
    yield* Effect.ignore(dataset.endRun(options.runId, DateTime.unsafeMake(now), status))
    const rows = yield* Effect.orElseSucceed(dataset.rows, (): Readonly<Record<string, number>> => ({}))
    const after = yield* requests
    return {
      status,
      rows: {
        calls: rows["calls"] ?? 0,
        messages: rows["messages"] ?? 0,
        utterances: rows["utterances"] ?? 0,
        conversations: rows["conversations"] ?? 0
      },
      new: run.state.new,
      updated: run.state.updated,
      quarantined,
      windows: { ...run.state.windows },
      certifiedUntil: certified,
      checked,
      runId: options.runId,
      exitCode,
      requests: {
        total: after.total - before.total,
        retried: after.retried - before.retried,
        throttled: after.throttled - before.throttled
      },
      seconds: Math.round((now - began) / 100) / 10,
      out: dataset.out,
      problems: run.state.problems
    }
  })

const counted = (metric: Metric.Metric.Counter<number>) => Effect.map(Metric.value(metric), ({ count }) => count)

const requests = Effect.all({
  total: counted(ApiClient.requests),
  retried: counted(ApiClient.retried),
  throttled: counted(ApiClient.throttled)
})
/** Organisations that are read side by side; they share one pace. */
const sideBySide = 4

type Reading = Effect.Effect<
  void,
  ApiError.ApiError | FilterIgnored | Range.EmptyRange | ClockSkew | Run.Ended | DatasetError.WriteError
>

/** What ends the reading of a scope is a problem of this scope, and stops no other; a disk that fails stops all. */
const within = (run: Run.Run, where: { readonly source: Name; readonly scope: string | null }) =>
(
  reading: Reading
): Effect.Effect<void, DatasetError.WriteError> =>
  Effect.catchAll(reading, (error) =>
    error._tag === "Stopped"
      ? Effect.void
      : error._tag === "FilterIgnored" || error._tag === "EmptyRange" || error._tag === "ClockSkew" ||
          error._tag === "NoProgress" || Run.isApiError(error)
      ? run.ended(Problem.of(error, where))
      : Effect.fail(error))

/** The range this scope is asked for, remembered for runs that do not say. */
const ask = (run: Run.Run, scope: Run.Scope & Clocks, stream: string, options: Options) =>
  Effect.gen(function*() {
    const range = yield* Range.of(run, scope, options)
    const { earliest, since } = range
    yield* run.dataset.ask(scope.source, scope.scope, since)
    expect(run, scope, stream, Option.some(DateTime.min(since, Option.getOrElse(earliest, () => since))))
    return range
  })

/** What is to be read, whether or not it can be: nothing is certified of a source before each of its scopes is. */
const expect = (run: Run.Run, { scope, source }: Run.Scope, stream: string, since: Option.Option<DateTime.Utc>) =>
  run.state.asked.set(`${source} ${scope}`, { source, scope, stream, since })

const readAllo = (run: Run.Run, source: AlloSource, options: Options): Effect.Effect<void, DatasetError.WriteError> =>
  Effect.gen(function*() {
    const scope = yield* Scopes.allo(run, source)
    const guard = within(run, scope)
    if (options.contacts.length > 0) {
      yield* Effect.forEach(options.contacts, (contact) =>
        AlloHistory.read(run, scope, contact).pipe(
          Effect.catchTag("NotFound", (error) =>
            run.problem({ ...Problem.of(error, scope), message: `Contact ${contact}: ${error.message}` })),
          guard
        ), { discard: true })
      return
    }
    const { earliest, since, until } = yield* ask(run, scope, AlloItems.stream(options.transcripts), options)
    const conversations = (lines: ReadonlyArray<AlloConversations.Line>) =>
      AlloConversations.read(run, scope, {
        lines,
        since,
        // Asked for from earlier on than ever before, a frontier says nothing of what lies there.
        full: options.full || Option.exists(earliest, (before) => DateTime.lessThan(since, before)),
        concurrency: options.concurrency
      })
    const items = guard(AlloItems.read(run, scope, { ...options, since, until })).pipe(
      Effect.zipRight(options.details ? guard(AlloDetails.read(run, scope)) : Effect.void)
    )
    // The one is read with POST, the other with GET, and each has a pace of its own.
    yield* Effect.all([items, scope.lines === null ? Effect.void : guard(conversations(scope.lines))], {
      concurrency: 2,
      discard: true
    })
    if (scope.lines === null) {
      yield* run.progress.notice(
        "The key may not list the lines, so conversations are read of those that calls and messages came over"
      )
      yield* run.publish
      yield* guard(Effect.flatMap(Scopes.linesOfItems(run), conversations))
    }
  }).pipe(within(run, { source: "allo", scope: null }))

const readAllomia = (
  run: Run.Run,
  source: AllomiaSource,
  options: Options
): Effect.Effect<void, DatasetError.WriteError> =>
  Effect.gen(function*() {
    const ids = yield* Scopes.allomia(run, source)
    yield* Effect.forEach(ids, (id) =>
      Effect.gen(function*() {
        expect(run, { source: "allomia", scope: id }, AllomiaCalls.stream, yield* run.dataset.since("allomia", id))
        const scope = yield* Scopes.organization(run, source, id)
        const { since, until } = yield* ask(run, scope, AllomiaCalls.stream, options)
        const windows = yield* AllomiaCalls.plan(run, scope, { ...options, since, until })
        const details = yield* AllomiaDetails.ahead(Option.some(run.dataset), scope, {
          windows: windows.windows,
          full: options.full
        })
        if (options.details) yield* run.progress.expect("allomia", { requests: details, rows: 0 })
        yield* AllomiaCalls.read(run, scope, { ...options, ...windows })
        if (options.details) yield* AllomiaDetails.read(run, scope, details)
      }).pipe(within(run, { source: "allomia", scope: id })), { concurrency: sideBySide, discard: true })
  }).pipe(
    Effect.catchTags({ Forbidden: mayNotList(run, source), Unauthorized: mayNotList(run, source) }),
    within(run, { source: "allomia", scope: null })
  )

/** Nothing is claimed of a damaged partition, nor of what lies behind it; null where that leaves nothing. */
const undamaged = (
  run: Run.Run,
  source: Name,
  { since, until }: { readonly since: DateTime.Utc; readonly until: DateTime.Utc }
): DateTime.Utc | null => {
  const concerned = run.state.damage.filter((finding) => finding.source === null || finding.source === source)
  if (concerned.some(({ from }) => from === null)) return null
  const end = concerned.flatMap(({ from }) => from === null ? [] : [from]).reduce(DateTime.min, until)
  return DateTime.greaterThan(end, since) ? end : null
}

/** A key that may not list organisations reads those that are named. */
const mayNotList =
  (run: Run.Run, source: AllomiaSource) => <E extends ApiError.Unauthorized | ApiError.Forbidden>(error: E) =>
    source.organizationIds.length > 0
      ? Effect.fail(error)
      : run.problem({
        ...Problem.of(error, { source: "allomia", scope: null }),
        message: `${error.message}. Only the key of a tenant may list organisations: with another, name yours in ` +
          "ALLOMIA_ORGANIZATION_IDS"
      })

/** Of each source, the instant before which every scope is proved to be there. */
const certifiedUntil = (run: Run.Run) =>
  Effect.gen(function*() {
    const ends = yield* Effect.forEach(run.state.asked.values(), ({ scope, since, source, stream }) =>
      Effect.map(run.dataset.intervals({ source, scope, stream }), (intervals) => {
        if (Option.isNone(since)) {
          return { source, since: null, until: null }
        }
        const from = since.value
        const first = source === "allo" ? Days.around({ from, to: from }).from : AllomiaCalls.second(from)
        const found = intervals.find(({ from, to }) =>
          DateTime.lessThanOrEqualTo(from, first) && DateTime.greaterThan(to, first)
        )
        return {
          source,
          since: from,
          until: found === undefined ? null : source === "allo" ? Days.until(found) : found.to
        }
      }))
    const earliest = (name: Name) => {
      const untils = ends.flatMap(({ since, source, until }) =>
        source === name ? [until === null ? null : undamaged(run, source, { since, until })] : []
      )
      return untils.length === 0 || untils.includes(null)
        ? null
        : DateTime.formatIso(
          untils.flatMap((until) =>
            until === null ? [] : [until]
          ).reduce(DateTime.min)
        )
    }
    return { allo: earliest("allo"), allomia: earliest("allomia") }
  }).pipe(Effect.orElseSucceed(() => ({ allo: null, allomia: null })))

/** What ended the whole run: a disk or ledger that failed, or something nobody thought of. */
const crashed = (cause: Cause.Cause<DatasetError.WriteError>): Problem.Problem => {
  const failure = Option.getOrNull(Cause.failureOption(cause))
  return failure === null
    ? {
      tag: "Unexpected",
      source: null,
      scope: null,
      message: "Something unexpected happened; run with --log-level debug and report it. What was read is kept",
      requestId: null
    }
    : Problem.of(failure, { source: null, scope: null })
}
