/**
 * One table of a range straight into a sink, without a dataset: each window is read and proved as in an export, and its rows are
 * handed on when it is done.
 *
 * @since 0.1.0
 */
import { Dataset, type DatasetError } from "@trunkline/dataset"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import type * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import * as ExitCode from "./ExitCode.js"
import * as AskedRange from "./internal/askedRange.js"
import * as Clocks from "./internal/clocks.js"
import * as Nowhere from "./internal/nowhere.js"
import * as Pulling from "./internal/pulling.js"
import * as Requests from "./internal/requests.js"
import * as Runs from "./internal/run.js"
import * as Scopes from "./internal/scopes.js"
import * as Trust from "./internal/trust.js"
import * as Windows from "./internal/windows.js"
import { within } from "./internal/within.js"
import * as Planning from "./Planning.js"
import * as Problem from "./Problem.js"
import type { Row, ScopeName, Source } from "./Source.js"
import { Sources } from "./Sources.js"
import { Stop } from "./Stop.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** A table that a list gives rows of. */
  readonly table: Row["table"]
  /** When left out: 90 days back. */
  readonly since?: DateTime.Utc | undefined
  /** When left out: until now. */
  readonly until?: DateTime.Utc | undefined
  /** Whether lists are asked for transcripts as well; false when left out. */
  readonly transcripts?: boolean | undefined
  /** Whether details that a list lacks are asked for by id; true when left out. */
  readonly details?: boolean | undefined
  /** Windows of one scope that are read side by side; 4 when left out. */
  readonly concurrency?: number | undefined
}

/**
 * What was proved of a range, and what was not.
 *
 * @since 0.1.0
 * @category models
 */
export const PullReport = Schema.Struct({
  /** The range that was asked for, over all scopes. Null where no scope could be asked. */
  from: Schema.NullOr(Schema.String),
  until: Schema.NullOr(Schema.String),
  /** A window is certified, open (young, and all there was when it was read), or uncertified. */
  windows: Schema.Struct({ certified: Schema.Number, open: Schema.Number, uncertified: Schema.Number }),
  requests: Schema.Struct({ total: Schema.Number, retried: Schema.Number, throttled: Schema.Number }),
  seconds: Schema.Number,
  /** 0 only where every window was proved, and every record is a row. */
  exitCode: Schema.Literal(...ExitCode.all),
  problems: Schema.Array(Problem.Problem)
})
/** @since 0.1.0 */
export interface PullReport extends Schema.Schema.Type<typeof PullReport> {}

/**
 * @since 0.1.0
 * @category models
 */
export interface Pulled<A> {
  /** What the sink made of the rows. None where nothing could be read or the run was stopped: then the sink was given up. */
  readonly result: Option.Option<A>
  readonly report: PullReport
}

/** Ends the stream, so that the sink does not finish. */
class GivenUp extends Data.TaggedError("GivenUp") {}

/** Rows that wait for the sink. */
const capacity = 1000

interface Asked extends Pulling.Options {
  readonly since: DateTime.Utc | undefined
  readonly until: DateTime.Utc | undefined
  readonly transcripts: boolean
  readonly ranges: Ref.Ref<ReadonlyArray<AskedRange.AskedRange>>
}

/**
 * Reads the range and runs the sink on its rows. Fails with what the sink fails with and nothing else: what went wrong with the
 * reading is among the problems.
 *
 * @since 0.1.0
 * @category running
 */
export const run = <A, E, R>(
  options: Options,
  sink: Sink.Sink<A, object, unknown, E, R>
): Effect.Effect<Pulled<A>, E, R | Sources> =>
  Effect.gen(function*() {
    const sources = yield* Sources
    const stop = yield* Stop
    const began = yield* Clock.currentTimeMillis
    const spent = yield* Requests.counting
    const run = yield* Runs.make({ id: randomUUID(), published: () => Effect.void }).pipe(
      Effect.provideService(Dataset, Nowhere.make())
    )
    const planning = yield* Planning.make({
      ledger: Option.none(),
      remember: () => Effect.void,
      once: run.once
    })
    const windows = yield* Ref.make<PullReport["windows"]>({ certified: 0, open: 0, uncertified: 0 })
    const refused = yield* Ref.make({ records: 0, reason: "" })
    const ranges = yield* Ref.make<ReadonlyArray<AskedRange.AskedRange>>([])

    const exitCode = Effect.gen(function*() {
      const { problems } = yield* run.state
      return ExitCode.worst([
        ...ExitCode.ofProblems(problems, { heard: yield* planning.anyHeard }),
        ...(yield* Ref.get(windows)).uncertified > 0 ? [4 as const] : [],
        ...(yield* stop.requested) ? [130 as const] : []
      ])
    })

    const reading = (take: Pulling.Options["take"]) =>
      Effect.gen(function*() {
        const asked: Asked = {
          table: options.table,
          since: options.since,
          until: options.until,
          transcripts: options.transcripts ?? false,
          details: options.details ?? true,
          concurrency: options.concurrency ?? 4,
          take,
          ranges,
          read: (found) =>
            Effect.zipRight(
              Ref.update(windows, (before) => ({
                certified: before.certified + found.windows.certified,
                open: before.open + found.windows.open,
                uncertified: before.uncertified + found.windows.uncertified
              })),
              Ref.update(refused, ({ reason, records }) => ({
                records: records + found.refused.size,
                reason: reason === "" ? [...found.refused.values()][0] ?? "" : reason
              }))
            )
        }
        yield* Effect.forEach(
          sources,
          (source) => Scopes.each(source, { ...asked, sameAccount: true }, (scope) => readScope(source, scope, asked)),
          {
            concurrency: "unbounded",
            discard: true
          }
        )
        const { reason, records } = yield* Ref.get(refused)
        if (records > 0) yield* run.problem(unreadable(records, reason))
        const isWorthKeeping = (yield* planning.anyHeard) && [0, 1, 4].includes(yield* exitCode)
        if (!isWorthKeeping) return yield* new GivenUp()
      }).pipe(
        Effect.catchIf(
          (error): error is DatasetError.WriteError => error._tag !== "GivenUp",
          (error) => Effect.zipRight(run.problem(Problem.of(error, { source: null, scope: null })), new GivenUp())
        ),
        Effect.provideService(Runs.Run, run),
        Effect.provideService(Planning.Planning, planning)
      )

    const rows = Stream.unwrapScoped(Effect.gen(function*() {
      const mailbox = yield* Mailbox.make<object, GivenUp>({ capacity })
      yield* Effect.forkScoped(Mailbox.into(reading((rows) => Effect.asVoid(mailbox.offerAll(rows))), mailbox))
      return Mailbox.toStream(mailbox)
    }))
    const result = yield* Stream.run(rows, sink).pipe(
      Effect.asSome,
      Effect.catchIf((error): error is GivenUp => error instanceof GivenUp, () => Effect.succeedNone)
    )
    const asked = yield* Ref.get(ranges)
    const [from, until] = [asked.map(({ since }) => since), asked.map(({ until }) => until)]
    return {
      result,
      report: {
        from: from.length === 0 ? null : DateTime.formatIso(from.reduce(DateTime.min)),
        until: until.length === 0 ? null : DateTime.formatIso(until.reduce(DateTime.max)),
        windows: yield* Ref.get(windows),
        requests: yield* spent,
        seconds: Math.round(((yield* Clock.currentTimeMillis) - began) / 100) / 10,
        exitCode: yield* exitCode,
        problems: (yield* run.state).problems
      }
    }
  })

const unreadable = (records: number, reason: string): Problem.Problem => ({
  tag: "UnreadableRows",
  source: null,
  scope: null,
  message: `${records === 1 ? "One record" : `${records} records`} could not be read as rows, and ${
    records === 1 ? "is" : "are"
  } left out. The first reason: ${reason}`,
  requestId: null
})

const readScope = (source: Source, name: ScopeName, asked: Asked) =>
  Effect.gen(function*() {
    const connected = yield* Clocks.connect(name)
    const range = yield* AskedRange.of(connected, asked)
    yield* Ref.update(asked.ranges, (before) => [...before, range])
    // How the vendor understands a range is found out once.
    const filter = yield* Effect.cached(connected.list.filter)
    const scope = { ...connected, list: { ...connected.list, filter } }
    const options = {
      ...asked,
      ...range,
      lookback: Duration.zero,
      full: true,
      refresh: 0,
      trust: yield* Trust.of(scope)
    }
    const { ranges } = yield* Windows.ranges(scope, options)
    const plan = yield* Windows.planned(scope, ranges, options)
    if (plan !== null) yield* Pulling.read(scope, plan, asked)
  }).pipe(Planning.budgeted, within({ source: source.name, scope: name.scope }))
