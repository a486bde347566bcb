/** `trunkline report`: what the views say, as tables in the terminal and as one page for a browser. */
import type * as Report from "@trunkline/analytics/Report"
import type { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { resolve } from "node:path"
import { attempt } from "../attempt.js"
import { Process } from "../Process.js"
import { Output, printJson } from "../terminal/Output.js"
import * as Rules from "./rules.js"
import { analytics, ofQuery, over } from "./sql.js"
import type * as Subject from "./subject.js"
import { InvalidFlag } from "./values.js"

interface Flags extends Subject.OfSubject, Rules.OfReport {
  readonly html: Option.Option<string>
  readonly withNumbers: boolean
}

/** The page is there whole or not at all; one that names people is for its owner alone. */
export const write = (path: string, page: string, mode: number): Effect.Effect<void, DiskError | InvalidFlag> =>
  Effect.gen(function*() {
    // Behind a link lies what is to be written, and the link stays.
    const target = yield* Effect.orElseSucceed(Effect.tryPromise(() => fs.realpath(path)), () => path)
    const found = yield* Effect.orElseSucceed(Effect.tryPromise(() => fs.stat(target)), () => null)
    if (found?.isDirectory() === true) {
      return yield* new InvalidFlag({ flag: "--html", reason: `${path} is a folder. Name a file in it` })
    }
    // A device or a pipe is written to. Another file in its place would take it away from everybody.
    if (found?.isFile() === false) return yield* attempt(path, () => fs.writeFile(target, page))
    const partial = `${target}.${randomUUID()}.partial`
    yield* attempt(path, async () => {
      await fs.writeFile(partial, page, { mode, flag: "wx" })
      await fs.rename(partial, target)
    }).pipe(Effect.onError(() => Effect.ignore(Effect.tryPromise(() => fs.rm(partial, { force: true })))))
  }).pipe(Effect.uninterruptible)

/** Of DuckDB: a report over a million calls then takes 270 to 380 MB in all, by how many callers were missed. */
const small = { memoryLimit: "104MB", threads: 1 }

/** The library that draws takes a moment to load. */
export const page = (report: Report.Report): Effect.Effect<string> =>
  Effect.map(Effect.promise(() => import("@trunkline/analytics/ReportPage")), ({ render }) => render(report))

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const { folder, variables } = yield* Process
    const toStdout = Option.contains(flags.html, "-")
    if (toStdout && flags.json) {
      return yield* new InvalidFlag({ flag: "--html", reason: "- and --json both want stdout. Keep one of them" })
    }
    const { parameters, selection } = yield* Rules.read(flags)
    const dataset = yield* over(flags)
    const { Analytics } = yield* analytics
    const { gather } = yield* Effect.promise(() => import("@trunkline/analytics/Report"))
    const within = (limits: { readonly memoryLimit?: string; readonly threads?: number }) =>
      gather({
        ...selection,
        accounts: flags.account.length === 0 ? undefined : dataset.accounts,
        withNumbers: flags.withNumbers
      }).pipe(Effect.provide(Analytics.layer({ ...dataset, ...parameters, ...limits })))
    const report = yield* within(small).pipe(
      // Not all that DuckDB sorts and groups goes through a temporary folder.
      Effect.catchIf(
        (error) => error._tag === "QueryFailed" && error.kind === "Out of Memory Error",
        () => within({})
      ),
      ofQuery
    )
    const output = yield* Output
    if (toStdout) {
      yield* output.print(yield* page(report))
      return 0 as const
    }
    const path = Option.map(flags.html, (file) => resolve(folder, file))
    if (Option.isSome(path)) yield* write(path.value, yield* page(report), flags.withNumbers ? 0o600 : 0o666)
    if (flags.json) yield* printJson(report)
    else if (Option.isSome(path)) yield* output.print(`${path.value}\n`)
    else {
      const { render } = yield* Effect.promise(() => import("@trunkline/analytics/ReportText"))
      yield* output.print(render(report, {
        width: output.terminal ? output.columns : 80,
        color: output.terminal && (variables["NO_COLOR"] ?? "") === "" && variables["TERM"] !== "dumb"
      }))
    }
    return 0 as const
  })
