/** `trunkline pull`: one table of a range straight into one Parquet file. */
import { tables } from "@trunkline/calls/Tables"
import * as Folder from "@trunkline/dataset/Folder"
import * as Pull from "@trunkline/export/Pull"
import { Disk } from "@trunkline/parquet/Disk"
import * as ParquetFile from "@trunkline/parquet/ParquetFile"
import * as ParquetJsLite from "@trunkline/parquet/ParquetJsLite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as fs from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import * as Clients from "../Clients.js"
import * as Memory from "../Memory.js"
import { Process } from "../Process.js"
import * as Settings from "../Settings.js"
import { printJson, printLines } from "../terminal/Output.js"
import { version } from "../Version.js"
import * as Asked from "./asked.js"
import type { PullDocument } from "./document.js"
import { progress } from "./running.js"
import * as Subject from "./subject.js"
import { ofPull, problemLine } from "./summary.js"
import { InvalidFlag } from "./values.js"
import * as values from "./values.js"

interface Flags extends Asked.Common, Asked.OfKeys, Asked.OfRange, Pick<Subject.OfSubject, "config" | "account"> {
  readonly table: Option.Option<PullDocument["table"]>
  readonly source: Option.Option<PullDocument["source"]>
  readonly to: Option.Option<string>
  readonly umask: Option.Option<string>
  readonly noDetails: boolean
}

const needed = <A>(name: "table" | "source" | "to", given: Option.Option<A>, reason: string) =>
  Effect.mapError(given, () => new InvalidFlag({ flag: `--${name}`, reason: `is missing. ${reason}` }))

/** What writes Parquet files. */
const files = Layer.merge(Disk.layer, ParquetJsLite.layer)

const refuse = (reason: string) => new InvalidFlag({ flag: "--to", reason })

/** What stands at a path; null where nothing does. */
const standsAt = (ask: typeof fs.stat, path: string) =>
  Effect.map(Effect.option(Effect.tryPromise(() => ask(path))), Option.getOrNull)

/** The dataset that a folder is or lies in; null where there is none. */
const datasetOf = (folder: string): Effect.Effect<string | null> =>
  Effect.gen(function*() {
    const ledger = yield* standsAt(fs.stat, join(folder, Folder.own, Folder.ledger))
    if (ledger !== null) return folder
    return dirname(folder) === folder ? null : yield* datasetOf(dirname(folder))
  })

/** Before anything is asked for, the file has to have a place. */
const checkPlace = (path: string) =>
  Effect.gen(function*() {
    const folder = yield* standsAt(fs.stat, dirname(path))
    if (folder?.isDirectory() !== true) return yield* refuse(`there is no folder ${dirname(path)}. Make it first`)
    // A reader of a table takes every file below its folder for a part of it.
    const real = yield* Effect.tryPromise({
      try: () => fs.realpath(dirname(path)),
      catch: () => refuse(`there is no folder ${dirname(path)}. Make it first`)
    })
    const dataset = yield* datasetOf(real)
    if (dataset !== null) return yield* refuse(`${path} lies in the dataset ${dataset}. Name a file elsewhere`)
    const found = yield* standsAt(fs.lstat, path)
    if (found?.isDirectory() === true) return yield* refuse(`${path} is a folder. Name a file in it`)
    if (found?.isFile() === false) return yield* refuse(`${path} is a link or a device. Name a file`)
  })

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const { folder, screen } = yield* Process
    const name = yield* needed("table", flags.table, "Name calls, messages or utterances")
    const account = yield* Subject.picked(flags)
    const source = account === null
      ? yield* needed("source", flags.source, "Name allo or allomia")
      : account.settings.source
    if (account !== null && Option.isSome(flags.source) && flags.source.value !== source) {
      return yield* new InvalidFlag({ flag: "--source", reason: `the account ${account.name} is one of ${source}` })
    }
    const to = yield* needed("to", flags.to, "Name the Parquet file to write")
    if (source === "allomia" && name !== "calls") {
      return yield* new InvalidFlag({ flag: "--table", reason: `Allomia has no ${name}. Name calls` })
    }
    const range = yield* Asked.range(flags)
    const umask = yield* values.maybe(flags.umask, (text) => values.umask("--umask", text))
    const path = resolve(folder, to)
    yield* checkPlace(path)
    const vendors = account === null
      ? yield* Asked.vendors(Option.some(source), flags)
      : yield* Settings.ofAccount(account, yield* Asked.environment, { http: flags.allowHttp })
    const table = tables.find((table) => table.name === name)
    if (table === undefined) return yield* new InvalidFlag({ flag: "--table", reason: `there is no table ${name}` })

    yield* Memory.modest
    // It is the one file that this process writes, and it holds texts and numbers.
    process.umask(Option.getOrElse(umask, () => 0o077))
    const { report, result } = yield* Pull.run(
      { ...range, table, details: !flags.noDetails, transcripts: name === "utterances" },
      ParquetFile.sinkColumns(table.columns, {
        path,
        // A row group is in memory as a whole.
        groupRows: 5000,
        metadata: { producer: `trunkline ${version}`, "trunkline.table": name, "trunkline.source": source }
      })
    ).pipe(Effect.provide(Layer.merge(progress.pipe(Layer.provideMerge(Clients.sources(vendors))), files)))
    const { bytes, rows, sha256 } = Option.getOrElse(result, () => ({ rows: 0, bytes: null, sha256: null }))
    const document: PullDocument = { table: name, source, to: path, rows, bytes, sha256, ...report }
    if (report.problems.length > 0) screen.say(report.problems.map(problemLine).join("\n"), "ERROR")
    if (flags.json) yield* printJson(document)
    else yield* printLines(ofPull(document))
    return report.exitCode
  })
