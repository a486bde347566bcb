/** Runs as the command makes them, and what they left in the folder. */
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { DatasetReader, type Readable } from "@trunkline/dataset/Dataset"
import { Disk, ParquetJsLite } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import { Effect, Layer } from "effect"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join, relative } from "node:path"
import * as Export from "../src/Export.js"
import { Progress } from "../src/Progress.js"
import { Stop } from "../src/Stop.js"
import { defaults, inStep, type Keys, sources } from "./support.js"

export const day = 24 * 60 * 60 * 1000

export interface Asked extends Keys {
  readonly partition?: "month" | "day"
  /** Base URLs the dataset is told of. */
  readonly hosts?: Readonly<Record<string, string>>
  readonly progress?: Layer.Layer<Progress>
  readonly stop?: Layer.Layer<Stop>
  /** How much the clock of this machine is ahead of the world, in milliseconds; it is right when left out. */
  readonly skew?: number
}

/** Allowed so much that nobody waits, and told so, since a pace goes by what answers say. */
export const unhurried = {
  rateLimit: { reads: 100_000, writes: 100_000, allomia: 100_000 },
  dailyQuota: false
} as const

let runs = 0

/** One run into a folder. */
export const run = (out: string, options: Partial<Export.Options> = {}, asked: Asked = {}) =>
  Effect.suspend(() => Export.run({ ...defaults, runId: `run-${++runs}`, ...options })).pipe(
    Effect.provide(Layer.mergeAll(
      sources(asked),
      asked.stop ?? Stop.layer,
      asked.progress ?? Progress.layerSilent,
      Dataset.layer({ out, tables, partition: asked.partition, sources: asked.hosts ?? {} }).pipe(
        Layer.provide(Layer.merge(Disk.layer, ParquetJsLite.layer))
      )
    )),
    (run) => inStep(run, asked.skew)
  )

/** A run, and how many requests it sent, by the other side's books. */
export const counted = (out: string, options: Partial<Export.Options> = {}, asked: Asked = {}) =>
  Effect.gen(function*() {
    const { history } = yield* Sandbox
    const before = yield* history.total
    const report = yield* run(out, options, asked)
    return { report, requests: (yield* history.total) - before }
  })

/** The newest requests since so many had been sent. */
export const requestsSince = (total: number) =>
  Effect.gen(function*() {
    const { history } = yield* Sandbox
    const now = yield* history.total
    return now === total ? [] : (yield* history.requests).slice(total - now)
  })

/** The dataset as a reader beside the writer finds it. */
export const reading = <A, E, R>(out: string, use: (dataset: Readable) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(DatasetReader, use).pipe(Effect.provide(DatasetReader.layer({ out })))

type Row = Readonly<Record<string, unknown>>

/** Every row of a table, in the order of all of its columns, but for when it was exported. */
export const rowsOf = (out: string, table: string, where = "true") =>
  Effect.suspend(() =>
    existsSync(join(out, table))
      ? reading(out, ({ session }) =>
        session.rows(
          `SELECT * EXCLUDE (exported_at) FROM read_parquet('${out}/${table}/**/*.parquet', hive_partitioning = true,
            union_by_name = true) WHERE ${where} ORDER BY ALL`
        ))
      : Effect.succeed<ReadonlyArray<Row>>([])
  )

export const exported = ["calls", "messages", "utterances", "conversations"] as const

/** What was exported, as text that can be compared. `details_at` says when, not what. */
export const contents = (out: string, names: ReadonlyArray<string> = exported) =>
  Effect.map(
    Effect.forEach(names, (table) => Effect.map(rowsOf(out, table), (rows) => [table, rows] as const)),
    (found) =>
      Object.fromEntries(found.map(([table, rows]) => [
        table,
        rows.map((row) => JSON.stringify(row, (key, value) => key === "details_at" ? value !== null : value))
      ]))
  )

export const one = (rows: ReadonlyArray<Row>, column: string, value: unknown): Row =>
  rows.find((row) => row[column] === value) ?? {}

/** Every file a reader may open, with what tells whether it was written again. */
export const filesOf = (out: string) => {
  const found: Record<string, string> = {}
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.name === "_trunkline" || entry.name === "certificates") continue
      if (entry.isDirectory()) visit(path)
      else {
        const { ino, mtimeMs } = statSync(path)
        found[relative(out, path)] = `${ino} ${mtimeMs} ${
          createHash("sha256").update(readFileSync(path)).digest("hex")
        }`
      }
    }
  }
  if (existsSync(out)) visit(out)
  return found
}

export const tags = (report: { readonly problems: ReadonlyArray<{ readonly tag: string }> }) =>
  report.problems.map(({ tag }) => tag)
