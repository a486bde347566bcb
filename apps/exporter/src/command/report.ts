/** `trunkline report`: what the views say, as tables in the terminal and as one page for a browser. */
import type * as Report from "@trunkline/analytics/Report"
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as fs from "node:fs/promises"
import { resolve } from "node:path"
import { Process } from "../Process.js"
import { Output, printJson } from "../terminal/Output.js"
import * as Asked from "./asked.js"
import { analytics, checkFolder, ofQuery } from "./sql.js"

interface Flags extends Asked.OfDataset {
  readonly html: Option.Option<string>
  readonly zone: Option.Option<string>
  readonly withNumbers: boolean
}

/** The page is there whole or not at all; one that names people is for its owner alone. */
export const write = (path: string, page: string, mode: number): Effect.Effect<void, DiskError> => {
  const partial = `${path}.partial`
  return Effect.tryPromise({
    try: async () => {
      await fs.writeFile(partial, page, { mode })
      await fs.rename(partial, path)
    },
    catch: (cause) =>
      new DiskError({
        step: "write",
        path,
        code: Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : "UNKNOWN"
      })
  })
}

/** The library that draws takes a moment to load. */
export const page = (report: Report.Report): Effect.Effect<string> =>
  Effect.map(Effect.promise(() => import("@trunkline/analytics/ReportPage")), ({ render }) => render(report))

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const { folder, variables } = yield* Process
    const out = yield* Asked.out(flags.out)
    yield* checkFolder(out)
    const { Analytics } = yield* analytics
    const { gather } = yield* Effect.promise(() => import("@trunkline/analytics/Report"))
    const report = yield* gather({ withNumbers: flags.withNumbers }).pipe(
      Effect.provide(Analytics.layer({ folder: out, zone: Option.getOrUndefined(flags.zone) })),
      ofQuery
    )
    const path = Option.map(flags.html, (file) => resolve(folder, file))
    if (Option.isSome(path)) yield* write(path.value, yield* page(report), flags.withNumbers ? 0o600 : 0o666)
    const output = yield* Output
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
