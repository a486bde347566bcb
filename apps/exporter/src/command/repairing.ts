/** Repairs a dataset, and says what was done, what came back and what did not. */
import { count, many } from "@trunkline/analytics/Words"
import type * as Dataset from "@trunkline/dataset/Repair"
import type * as Verify from "@trunkline/dataset/Verify"
import * as Problems from "@trunkline/export/Problem"
import * as Repair from "@trunkline/export/Repair"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Clients from "../Clients.js"
import * as ExitCode from "../ExitCode.js"
import * as Layers from "../Layers.js"
import * as Memory from "../Memory.js"
import type { Problem } from "../Problem.js"
import { Process } from "../Process.js"
import { printJson, printLines } from "../terminal/Output.js"
import { version } from "../Version.js"
import { writeViews } from "../writeViews.js"
import type * as Asked from "./asked.js"
import * as Document from "./document.js"
import { progress, stoppable } from "./running.js"
import { ofRun, problemLines } from "./summary.js"

/** As `trunkline repair --json` prints it. */
export interface RepairDocument extends Document.ExportDocument {
  /** By name, how many problems were found at first. */
  readonly found: Readonly<Partial<Record<Verify.Tag, number>>>
  readonly steps: ReadonlyArray<Dataset.Step>
  readonly lost: ReadonlyArray<Dataset.Lost>
}

const notReturned = ({ count, isFinal, source, table }: Repair.Report["lost"][number]): Problem => {
  const it = count === 1 ? "it" : "them"
  return {
    tag: "NotReturned",
    source,
    scope: null,
    message: `${many(count, "row")} of ${table} stood in a damaged file, and ${
      isFinal
        ? `the vendor no longer returns ${it}: only a copy of the file may still hold ${it}`
        : source === "allo-v1"
        ? `only trunkline export --contact reads ${it} again`
        : "this run did not read all of their source. Run trunkline repair again"
    }`,
    requestId: null
  }
}

/** The keys of conversations are phone numbers. */
const unnamed = ["conversations"]

export const documentOf = ({ lost, repaired, run }: Repair.Report): RepairDocument => {
  const document = Document.of(run)
  const problems: ReadonlyArray<Problem> = [
    ...repaired.beyond.map((problem) => Problems.of(problem, { source: null, scope: null })),
    ...document.problems,
    ...lost.map(notReturned)
  ]
  const found: Partial<Record<Verify.Tag, number>> = {}
  for (const { _tag } of repaired.found) found[_tag] = (found[_tag] ?? 0) + 1
  return {
    ...document,
    found,
    steps: repaired.steps,
    lost: lost.map(({ count, keys, source, table }) => ({
      source,
      table,
      count,
      keys: unnamed.includes(table) ? [] : keys
    })),
    problems,
    exitCode: ExitCode.worst([
      run.exitCode,
      ...repaired.beyond.map(({ _tag }) => ExitCode.ofTag(_tag)),
      ...lost.map(() => ExitCode.ofTag("NotReturned"))
    ])
  }
}

const mostSteps = 20

const linesOf = ({ found, lost, steps }: RepairDocument): ReadonlyArray<string> => {
  const problems = Object.entries(found).map(([tag, times]) => `${count(times)} ${tag}`)
  const more = steps.length - mostSteps
  return [
    problems.length === 0 ? "Nothing is damaged" : `Found    ${problems.join(", ")}`,
    ...steps.slice(0, mostSteps).map(({ done, to, what }) => `  ${done}: ${what}${to === null ? "" : ` is now ${to}`}`),
    ...more > 0 ? [`  and ${many(more, "more step")}; --json has all of them`] : [],
    ...lost.map(({ count: rows, keys, source, table }) =>
      `Lost     ${many(rows, "row")} of ${table} (${source})${keys.length === 0 ? "" : ": "}${
        keys.slice(0, 5).join(", ")
      }${keys.length > 5 ? ", …" : ""}`
    )
  ]
}

export const real = (flags: Asked.Common, { account, options, out, vendors, ...chosen }: Asked.Run) =>
  Effect.gen(function*() {
    const { screen } = yield* Process
    screen.say("Reading every file of the dataset")
    const report = yield* stoppable(Effect.zipRight(
      Memory.modest,
      Repair.run({ ...options, version, published: (rows) => writeViews(out, rows) }).pipe(
        Effect.provide(progress.pipe(Layer.provideMerge(Clients.sources(vendors, account)))),
        Effect.provide(Layers.dataset({ out, vendors, ...chosen, damaged: true }))
      )
    ))
    const document = documentOf(report)
    if (document.problems.length > 0) screen.say(problemLines(document.problems), "ERROR")
    if (flags.json) yield* printJson(document)
    else yield* printLines([...linesOf(document), ...ofRun(document)])
    return document.exitCode
  })
