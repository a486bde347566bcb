/** Opens everything a run or a plan needs, carries it out, and says what came of it. */
import { declaration } from "@trunkline/calls/Personal"
import { Dataset } from "@trunkline/dataset/Dataset"
import { DatasetReader } from "@trunkline/dataset/DatasetReader"
import type * as Mask from "@trunkline/dataset/Mask"
import * as Restore from "@trunkline/dataset/Restore"
import * as Export from "@trunkline/export/Export"
import * as Plan from "@trunkline/export/Plan"
import { Sources } from "@trunkline/export/Sources"
import { Stop } from "@trunkline/export/Stop"
import { Lake } from "@trunkline/lake/Lake"
import * as State from "@trunkline/lake/State"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Clients from "../Clients.js"
import * as Ending from "../Ending.js"
import * as ExitCode from "../ExitCode.js"
import * as Layers from "../Layers.js"
import * as Memory from "../Memory.js"
import { named } from "../Place.js"
import type { Problem } from "../Problem.js"
import { Process } from "../Process.js"
import { Signals } from "../Signals.js"
import { printJson, printLines } from "../terminal/Output.js"
import * as ProgressLines from "../terminal/ProgressLines.js"
import { version } from "../Version.js"
import { writeViews } from "../writeViews.js"
import * as Asked from "./asked.js"
import type { Chosen } from "./chosenLake.js"
import type { ExportDocument, PlanDocument } from "./document.js"
import * as Document from "./document.js"
import * as failed from "./failed.js"
import * as Lakes from "./lakes.js"
import * as Subject from "./subject.js"
import { ofPlan, ofRun, problemLine } from "./summary.js"

/** Progress on stderr, over the sources a run reads. */
export const progress = Layer.unwrapEffect(
  Effect.map(Process, ({ logFormat, screen }) => ProgressLines.layer({ logFormat, screen }))
)

/** The dataset of a folder for reading, where there is one. */
export const reader = (out: string, mask: Pick<Mask.Options, "file"> = {}) =>
  Layer.build(DatasetReader.layer({ out, people: declaration, mask })).pipe(
    Effect.map((services) => Option.some(Context.get(services, DatasetReader))),
    Effect.catchTag("NoDataset", () => Effect.succeedNone)
  )

/** The first signal asks what runs inside to come to an end. */
export const stoppable = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const stop = yield* Stop
    yield* Effect.flatMap(Signals, ({ onFirst }) => onFirst(stop.request))
    return yield* work
  }).pipe(Effect.scoped, Effect.provide(Stop.layer))

/** The part of a lake that a run goes on from, and pushes to. */
export interface OfLake {
  readonly lake: Lakes.Opened
  readonly account: string | null
  /** The folder does not outlive the run: what was read until it was stopped is pushed as well. */
  readonly isScratch?: boolean
}

/** A run that was stopped is pushed by the next one of its folder, and a damaged dataset by none. */
const pushes = ({ exitCode }: ExportDocument, { isScratch = false }: OfLake): boolean =>
  (exitCode !== 130 || isScratch) && exitCode !== 5

const notPushed = Ending.problem(
  "Interrupted",
  "Stopped by a signal before all was pushed. The next push goes on from here"
)

const pushed = (document: ExportDocument, ofLake: OfLake) =>
  Effect.gen(function*() {
    if (!pushes(document, ofLake)) return document
    const { account, isScratch, lake } = ofLake
    const stop = yield* Stop
    const failed = (code: ExitCode.ExitCode, problem: Problem) => ({
      ...document,
      exitCode: ExitCode.worst([document.exitCode, code]),
      problems: [...document.problems, problem]
    })
    const done = yield* Effect.exit(
      Effect.raceFirst(
        Effect.asSome(Lakes.push(account, lake)),
        isScratch === true ? Effect.never : Effect.as(stop.wait, Option.none())
      )
    )
    if (Exit.isSuccess(done)) {
      return Option.match(done.value, {
        onNone: () => failed(130, notPushed),
        onSome: (pushed) => ({ ...document, lake: { to: named(lake.place), ...pushed } })
      })
    }
    if (Cause.isInterruptedOnly(done.cause)) return yield* Effect.interrupt
    const { code, problem } = Ending.ofCause(done.cause)
    return failed(code, problem)
  })

interface Done {
  readonly document: ExportDocument
  readonly scopes: ReadonlyArray<{ readonly source: string; readonly scope: string }>
}

/** What a run has, and the scopes of its dataset, each as its source and its name. */
const exported = <R>(
  { account, options, out, vendors, ...chosen }: Asked.Run,
  after: (document: ExportDocument) => Effect.Effect<ExportDocument, never, R>
) =>
  Effect.gen(function*() {
    const { report, scopes } = yield* Effect.gen(function*() {
      yield* Asked.refusePast(yield* Dataset, { options, ...chosen })
      const report = yield* Export.run({ ...options, version, published: (rows) => writeViews(out, rows) })
      const sources = yield* Sources
      const dataset = yield* Dataset
      const scopes = yield* Effect.forEach(sources, ({ name }) =>
        Effect.map(
          Effect.orElseSucceed(dataset.scopes(name), (): ReadonlyArray<string> => []),
          (scopes) => scopes.map((scope) => ({ source: name, scope }))
        ))
      return { report, scopes: scopes.flat() }
    }).pipe(Effect.provide(progress.pipe(Layer.provideMerge(Clients.sources(vendors, account)))))
    return { document: yield* after(Document.of(report)), scopes } satisfies Done
  }).pipe(Effect.provide(Layers.dataset({ out, vendors, ...chosen })))

/** A folder that is new or empty, or half restored, is restored first, where the lake knows the account. False if that was stopped. */
const begun = (out: string, account: string | null) =>
  Effect.gen(function*() {
    if ((yield* Subject.isDataset(out)) && !(yield* Restore.isUnfinished(out))) {
      // A lake that cannot be reached now may be there when the run is done.
      yield* State.refuseOther({ account, out }).pipe(
        Effect.catchIf(({ _tag }) => _tag !== "OtherLake" && _tag !== "PushOvertaken" && _tag !== "Damaged", () =>
          Effect.void)
      )
      return true
    }
    const lake = yield* Lake
    const stop = yield* Stop
    // What would refuse the push at the end of a long first run is said before it.
    const restored = lake.restore({ account, out }).pipe(Effect.catchTag("NoState", () =>
      Lakes.prove))
    return yield* Effect.raceFirst(Effect.as(restored, true), Effect.as(stop.wait, false))
  })

export const carriedOut = (asked: Asked.Run, ofLake: OfLake | null = null) =>
  ofLake === null ? exported(asked, Effect.succeed) : Lakes.using(ofLake.lake, (shown) =>
    Effect.gen(function*() {
      const { options: { runId }, out } = asked
      if (yield* shown(begun(out, ofLake.account))) {
        return yield* exported(asked, (document) => shown(pushed(document, ofLake)))
      }
      const document = failed.report({ out, runId, seconds: 0, exitCode: 130, problems: [Ending.notBegun] })
      return { document, scopes: [] } satisfies Done
    }))

/** Reads, lands and publishes; the first signal asks it to come to an end. */
export const perform = (asked: Asked.Run, ofLake: OfLake | null = null) =>
  stoppable(Effect.zipRight(Memory.modest, Effect.map(carriedOut(asked, ofLake), ({ document }) => document)))

const print = (flags: Asked.Common, document: PlanDocument | ExportDocument, lines: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { screen } = yield* Process
    if (document.problems.length > 0) screen.say(document.problems.map(problemLine).join("\n"), "ERROR")
    if (flags.json) yield* printJson(document)
    else yield* printLines(lines)
    return document.exitCode
  })

const told = {
  code: Metric.gauge("trunkline_export_exit_code", { description: "How the run ended" }),
  seconds: Metric.gauge("trunkline_export_seconds", { description: "How long the run took" }),
  fresh: Metric.gauge("trunkline_export_rows_new", { description: "Rows the run added" }),
  updated: Metric.gauge("trunkline_export_rows_updated", { description: "Rows the run replaced" }),
  quarantined: Metric.gauge("trunkline_export_rows_quarantined", { description: "Rows the run could not read" }),
  rows: Metric.gauge("trunkline_rows", { description: "Rows of the dataset" })
}

/** For whoever watches the job from afar. */
export const measure = (report: ExportDocument) =>
  Effect.all([
    Metric.set(told.code, report.exitCode),
    Metric.set(told.seconds, report.seconds),
    Metric.set(told.fresh, report.new),
    Metric.set(told.updated, report.updated),
    Metric.set(told.quarantined, report.quarantined),
    ...Object.entries(report.rows).map(([table, rows]) => Metric.set(Metric.tagged(told.rows, "table", table), rows))
  ], { discard: true })

export const real = (flags: Asked.Common, asked: Asked.Run, lake: Chosen | null) =>
  Effect.gen(function*() {
    const opened = lake === null ? null : { lake: yield* Lakes.open(lake), account: yield* Lakes.accountOf(asked.out) }
    const report = yield* perform(asked, opened)
    yield* measure(report)
    return yield* print(flags, report, ofRun(report))
  }).pipe(Effect.scoped)

export const planned = ({ isSinceTyped, mask, options, out, vendors }: Asked.Run) =>
  Effect.gen(function*() {
    const dataset = yield* reader(out, mask)
    if (Option.isSome(dataset)) yield* Asked.refusePast(dataset.value, { isSinceTyped, options })
    return yield* Plan.make({ ...options, out, dataset })
  }).pipe(
    Effect.map((report): PlanDocument => report),
    Effect.provide(progress.pipe(Layer.provideMerge(Clients.sources(vendors)))),
    Effect.scoped
  )

/** What a run would read. Nothing is written, not even the folder. */
export const plan = (flags: Asked.Common, asked: Asked.Run) =>
  Effect.flatMap(Effect.provide(planned(asked), Stop.layer), (report) => print(flags, report, ofPlan(report)))
