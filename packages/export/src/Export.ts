/**
 * One run: reads what is missing of every scope, lands it, publishes it, and says what it has and what it lacks.
 *
 * @since 0.1.0
 */
import { Dataset, type DatasetError, Interval } from "@trunkline/dataset"
import { ApiClient } from "@trunkline/http"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import { randomUUID } from "node:crypto"
import * as ExitCode from "./ExitCode.js"
import type { ExportReport } from "./ExportReport.js"
import * as AskedRange from "./internal/askedRange.js"
import * as Claims from "./internal/claims.js"
import * as Clocks from "./internal/clocks.js"
import * as Details from "./internal/details.js"
import * as FeedCounts from "./internal/feedCounts.js"
import * as FeedReading from "./internal/feeds.js"
import * as HistoryReading from "./internal/histories.js"
import * as LastRead from "./internal/lastRead.js"
import * as Lines from "./internal/lines.js"
import * as Masked from "./internal/masked.js"
import * as Met from "./internal/met.js"
import * as Quarantine from "./internal/quarantine.js"
import * as Reading from "./internal/reading.js"
import * as Reconcile from "./internal/reconcile.js"
import * as Requests from "./internal/requests.js"
import * as Runs from "./internal/run.js"
import * as RunSummary from "./internal/runSummary.js"
import * as Scopes from "./internal/scopes.js"
import * as StandingCounts from "./internal/standingCounts.js"
import * as Trust from "./internal/trust.js"
import * as Windows from "./internal/windows.js"
import { within } from "./internal/within.js"
import * as Planning from "./Planning.js"
import * as Problem from "./Problem.js"
import { Progress } from "./Progress.js"
import type { Feeds, Scope, ScopeName, Source } from "./Source.js"
import { Sources } from "./Sources.js"
import { Stop } from "./Stop.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Names the run in the ledger; a random one when left out. */
  readonly runId?: string | undefined
  /** Of the program that runs it, for the history of runs. */
  readonly version?: string | undefined
  /** When left out: from the earliest instant ever asked for, else 90 days back. */
  readonly since?: DateTime.Utc | undefined
  /** When left out: until now. */
  readonly until?: DateTime.Utc | undefined
  /** Reads again what is certified. */
  readonly full?: boolean | undefined
  /** So far back everything is read again, since tags and summaries come late; 7 days when left out. */
  readonly lookback?: Duration.Duration | undefined
  readonly transcripts?: boolean | undefined
  /** Whether details that a list lacks are asked for by id; true when left out. */
  readonly details?: boolean | undefined
  /** Reads only the histories of these contacts, and nothing else. */
  readonly contacts?: ReadonlyArray<string> | undefined
  /** Marks rows that the vendor no longer returns as gone, however many they are. */
  readonly acceptGone?: boolean | undefined
  /** Reads what the key opens though the vendor shows none of the rows that are held, as after a purge. */
  readonly sameAccount?: boolean | undefined
  /** The settled past is read again little by little, all of it within so many runs; 30 when left out, 0 for never. */
  readonly refresh?: number | undefined
  /** Windows of one scope that are read side by side; 4 when left out. */
  readonly concurrency?: number | undefined
  /** Runs after each publish, with the rows of each table: writes what goes beside the tables. */
  readonly published?:
    | ((rows: Readonly<Record<string, number>>) => Effect.Effect<void, DatasetError.WriteError>)
    | undefined
}

/** @internal */
export const defaults = (options: Options) => ({
  since: options.since,
  until: options.until,
  full: options.full ?? false,
  lookback: options.lookback ?? Duration.days(7),
  transcripts: options.transcripts ?? false,
  details: options.details ?? true,
  contacts: options.contacts ?? [],
  acceptGone: options.acceptGone ?? false,
  refresh: options.refresh ?? 30,
  sameAccount: options.sameAccount ?? false,
  concurrency: options.concurrency ?? 4
})

type Asked = ReturnType<typeof defaults>

/** A publish that begins when the run is asked to stop may take so long. The rest waits, landed, for the next run. */
const lastPublish = Duration.seconds(20)

/**
 * Never fails: what went wrong is among the problems, and in the exit code.
 *
 * @since 0.1.0
 * @category running
 */
export const run = (options: Options = {}): Effect.Effect<ExportReport, never, Dataset | Sources> =>
  Effect.gen(function*() {
    const dataset = yield* Dataset
    const stop = yield* Stop
    const masked = yield* Effect.either(Masked.sources(dataset, yield* Sources))
    const sources = Either.getOrElse(masked, () => [])
    const asked = defaults(options)
    const runId = options.runId ?? randomUUID()
    const began = yield* Clock.currentTimeMillis
    const spent = yield* Requests.counting
    const before = yield* dataset.changed
    const run = yield* Runs.make({
      id: runId,
      see: Effect.forEach(sources, ({ name, seen }) =>
        Effect.gen(function*() {
          const sightings = yield* seen
          if (sightings.length > 0) yield* dataset.see({ source: name, at: yield* Planning.now, sightings })
        }), { discard: true }),
      published: options.published ?? (() => Effect.void)
    })
    const planning = yield* Planning.make({
      ledger: Option.some(dataset),
      remember: ({ scope, source }, name, value) =>
        Effect.flatMap(Planning.now, (now) =>
          run.land({
            window: { source, scope, stream: "facts", from: now, to: now },
            proof: null,
            tables: [],
            facts: { [name]: value }
          })),
      once: run.once
    })

    if (Either.isLeft(masked)) yield* run.problem(Problem.of(masked.left, { source: null, scope: null }))
    const checked = yield* Ref.make<ExportReport["checked"]>({ files: 0, bytes: 0, of: 0 })
    const work = Effect.gen(function*() {
      const { version = null } = options
      yield* dataset.beginRun({ id: runId, at: yield* Planning.now, command: "export", version })
      // A large dataset takes a while, which a run that is to stop does not wait for.
      const inspected = yield* Effect.raceFirst(
        Effect.map(dataset.inspect, Option.some),
        Effect.as(stop.wait, Option.none())
      )
      if (Option.isSome(inspected)) {
        yield* Ref.set(checked, inspected.value.checked)
        yield* run.damaged(inspected.value.findings)
      }
      // What an earlier run left landed comes first.
      yield* run.publish
      yield* Effect.forEach(
        sources.filter(({ hasHistories }) => hasHistories || asked.contacts.length === 0),
        (source) => readSource(source, asked),
        { concurrency: "unbounded", discard: true }
      )
      if (!(yield* stop.requested)) {
        yield* run.publish
        return true
      }
      return Option.isSome(yield* Effect.timeoutOption(Effect.disconnect(run.publish), lastPublish))
    }).pipe(
      ApiClient.withinQuota,
      Effect.provideService(Runs.Run, run),
      Effect.provideService(Planning.Planning, planning)
    )
    const ended = yield* Effect.exit(work)
    if (Exit.isFailure(ended)) yield* run.problem(crashed(ended.cause))

    const standing = yield* Effect.orElseSucceed(dataset.standing, () => [])
    yield* Effect.forEach(Quarantine.problem(standing), run.problem)
    const state = yield* run.state
    const changed = yield* dataset.changed
    const heard = yield* planning.anyHeard
    const exitCode = ExitCode.worst([
      ...ExitCode.ofProblems(state.problems, { heard }),
      ...(yield* stop.requested) ? [130 as const] : []
    ])
    const status = exitCode === 130
      ? "interrupted"
      : exitCode === 0
      ? "certified"
      : exitCode === 4 && heard
      ? "partial"
      : "failed"
    // A reader does not see what has landed and is not published yet.
    const certified = Exit.isSuccess(ended) && ended.value
    const now = yield* Clock.currentTimeMillis
    const claims = (yield* Claims.ofScopes(dataset, { damage: state.damage, expected: [...state.expected.values()] }))
      .map((claim) => certified ? claim : { ...claim, range: null })
    const bySource = sources.map(({ name }) => [name, Claims.ofSource(claims, name)] as const)
    const report: ExportReport = {
      status,
      rows: yield* Effect.orElseSucceed(dataset.rows, (): Readonly<Record<string, number>> => ({})),
      new: changed.new - before.new,
      updated: changed.updated - before.updated,
      quarantined: state.quarantined,
      windows: state.windows,
      certifiedFrom: Object.fromEntries(bySource.map(([name, claim]) => [name, claim?.from ?? null])),
      certifiedUntil: Object.fromEntries(bySource.map(([name, claim]) => [name, claim?.until ?? null])),
      reconciled: Object.fromEntries(sources.map(({ name }) => [name, state.reconciled.get(name) ?? null])),
      standing: StandingCounts.of(standing),
      checked: yield* Ref.get(checked),
      runId,
      exitCode,
      requests: yield* spent,
      seconds: Math.round((now - began) / 100) / 10,
      out: dataset.out,
      problems: state.problems,
      notices: state.notices
    }
    const summary = RunSummary.of(report, { claims, landed: state.landed })
    // The report stands even where the history of runs cannot be written.
    yield* Effect.ignore(dataset.endRun({ id: runId, at: DateTime.unsafeMake(now), status, summary }))
    return report
  })

const readSource = (source: Source, asked: Asked) =>
  Effect.gen(function*() {
    const { dataset } = yield* Runs.Run
    // Whatever is listed later is read as far back.
    if (asked.since !== undefined && asked.contacts.length === 0) yield* dataset.ask(source.name, null, asked.since)
    yield* Scopes.each(source, asked, (scope) => readScope(source, scope, asked))
  })

const readScope = (source: Source, name: ScopeName, asked: Asked) =>
  Effect.gen(function*() {
    const run = yield* Runs.Run
    const { grain, scope: id, stream } = name
    if (asked.contacts.length > 0) return yield* readHistories(yield* Clocks.connect(name), asked.contacts)
    // A scope that cannot be connected to was to be read all the same.
    yield* run.expect({
      source: source.name,
      scope: id,
      stream,
      grain,
      since: yield* run.dataset.since(source.name, id)
    })
    const scope = yield* Clocks.connect(name)
    const range = yield* AskedRange.of(scope, asked)
    const { earliest, since } = range
    yield* run.dataset.ask(scope.source, scope.scope, since)
    yield* run.expect({
      source: scope.source,
      scope: scope.scope,
      stream,
      grain,
      since: Option.some(DateTime.min(since, Option.getOrElse(earliest, () => since)))
    })
    const guard = within(scope)
    const reading = scope.feeds === null ? Effect.void : guard(readFeeds(scope, scope.feeds, {
      ...AskedRange.ofFeeds(range, asked),
      refresh: asked.refresh,
      acceptGone: asked.acceptGone,
      concurrency: asked.concurrency
    }))
    // The list and the feeds have a pace of their own each. Feeds that cannot be listed are found in the rows of the list.
    yield* Effect.all([readList(scope, { ...asked, ...range }), reading], {
      concurrency: scope.feeds?.all?.length === 0 || scope.feeds?.all === null ? 1 : 2,
      discard: true
    })
    if (DateTime.lessThan(range.until, scope.latest)) yield* tellHole(scope, range)
  }).pipe(Planning.budgeted, within({ source: source.name, scope: name.scope }))

/** A run of a range that ends in the past leaves out what was asked for before and is still missing. */
const tellHole = ({ list, scope, source }: Scope, { earliest, since }: AskedRange.AskedRange) =>
  Effect.gen(function*() {
    const { dataset, notice } = yield* Runs.Run
    const kept = yield* dataset.kept
    const asked = Option.getOrElse(earliest, () => since)
    const from = kept === null ? asked : DateTime.max(asked, kept.since)
    if (DateTime.greaterThanOrEqualTo(from, since)) return
    const certified = yield* dataset.intervals({ source, scope, stream: list.stream })
    const [missing] = Interval.subtract([Interval.make(from, since)], certified)
    if (missing === undefined) return
    const [begin, end] = [missing.from, missing.to].map(DateTime.formatIso)
    yield* notice({
      source,
      scope,
      message: `This run left out what is missing before its range: ${begin} to ${end}. A run without --until reads it`
    })
  })

const readList = (
  connected: Scope,
  asked: Asked & AskedRange.AskedRange
) =>
  Effect.gen(function*() {
    const run = yield* Runs.Run
    const progress = yield* Progress
    const { lane } = connected.details
    // How the vendor understands a range is found out once a run.
    const filter = yield* Effect.cached(connected.list.filter)
    const scope = { ...connected, list: { ...connected.list, filter } }
    const guard = within(scope)
    const identity = { source: scope.source, scope: scope.scope, stream: scope.list.stream }
    const met = Met.make({ inLedger: (windows) => run.dataset.keysOf(identity, windows) })
    const options = { ...asked, trust: yield* Trust.of(scope) }
    let announced = 0
    yield* guard(Effect.gen(function*() {
      const { done, ranges } = yield* Windows.ranges(scope, asked)
      const plan = yield* Windows.planned(scope, ranges, options)
      if (asked.details) {
        announced = yield* Details.ahead(Option.some(run.dataset), scope, {
          windows: plan?.windows ?? [],
          full: asked.full
        })
        yield* progress.expect(lane, { requests: announced, rows: 0 })
      }
      if (plan !== null && !(yield* Reading.read(scope, plan, asked, met))) return
      yield* LastRead.remember(scope)
      yield* done
    }))
    if (asked.details) yield* guard(Details.read(scope, { announced, young: asked.lookback }))
    yield* guard(Effect.gen(function*() {
      yield* run.reconciled(scope.source, yield* Reconcile.reconcile(scope, connected.list.filter, met, options))
    }))
  })

const readFeeds = (scope: Scope, feeds: Feeds, options: FeedCounts.Options) =>
  Effect.gen(function*() {
    const read = yield* FeedReading.read(scope, feeds, yield* Lines.feeds(scope, feeds), options)
    yield* FeedCounts.reconcile(scope, feeds, read, options)
  })

const readHistories = (scope: Scope, contacts: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { histories } = scope
    if (histories === null) return
    const { problem } = yield* Runs.Run
    yield* Effect.forEach(contacts, (contact) =>
      HistoryReading.read(scope, histories, contact).pipe(
        Effect.catchTag(
          "NotFound",
          (error) => problem({ ...Problem.of(error, scope), message: `Contact ${contact}: ${error.message}` })
        ),
        within(scope)
      ), { discard: true })
  })

/** What ended the whole run: a disk or ledger that failed, or a bug. */
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
