/** The tables, brought to what a push of an account says. Each is one commit, and any of them may have been made before. */
import type * as Table from "@trunkline/parquet/Table"
import * as Effect from "effect/Effect"
import type * as DeltaLog from "../../DeltaLog.js"
import type * as DeltaTable from "../../DeltaTable.js"
import { UnknownTable } from "../../LakeError.js"
import type * as State from "../../State.js"

/** All accounts share a table, and a folder that is divided by days has several files a month there. */
const byMonth = ["account", "source", "month"]
const bySource = ["account", "source"]

export interface Subject {
  readonly log: DeltaLog.Service
  readonly tables: ReadonlyArray<Pick<Table.Any, "name" | "columns">>
}

export interface Published {
  readonly table: string
  readonly version: number
  readonly added: number
  readonly removed: number
}

export type PublishError = State.ReadError | DeltaTable.CommitError | UnknownTable

/** The path of a file inside its table. */
export const pathOf = ({ key, table }: State.File): string => key.slice(table.length + 1)

const isDated = (file: State.File): boolean => file.value !== ""

const newFile = ({ account, at }: State.Manifest, file: State.File): DeltaTable.NewFile => ({
  path: pathOf(file),
  partition: {
    account,
    source: file.source,
    ...isDated(file) ? { month: file.value.slice(0, 7) } : {}
  },
  bytes: file.bytes,
  modifiedAt: at,
  rows: file.rows
})

/** The files of an account in a table, and the push that they are of; null where there is no table yet. */
export const filesOf = (log: DeltaLog.Service, table: string, account: string | null) =>
  log.snapshot(table, { account }).pipe(
    Effect.map(({ files, partitionBy, sequenceOf }) => ({ partitionBy, sequence: sequenceOf(account), files })),
    Effect.catchTag("NoTable", () => Effect.succeed({ partitionBy: null, sequence: null, files: [] }))
  )

/** Null where nothing is left to do. */
const publishTable = (
  { log, tables }: Subject,
  manifest: State.Manifest,
  name: string
): Effect.Effect<Published | null, PublishError> =>
  Effect.gen(function*() {
    const { account, number } = manifest
    const wanted = manifest.files.filter(({ table }) => table === name)
    const there = yield* filesOf(log, name, account)
    // Another machine has gone on from this push, and has published what came of it.
    if (there.sequence !== null && there.sequence >= number) return null
    const paths = new Set(wanted.map(pathOf))
    const known = new Set(there.files.map(({ path }) => path))
    const adds = wanted.filter((file) => !known.has(pathOf(file))).map((file) => newFile(manifest, file))
    const removes = there.files.flatMap(({ path }) => paths.has(path) ? [] : [path])
    if (adds.length === 0 && removes.length === 0) return null
    const table = tables.find((table) => table.name === name)
    if (table === undefined) return yield* new UnknownTable({ table: name })
    const { version } = yield* log.commit(name, {
      account,
      sequence: number,
      after: there.sequence,
      columns: table.columns,
      partitionBy: there.partitionBy ?? (wanted.some(isDated) ? byMonth : bySource),
      adds,
      removes
    })
    return { table: name, version, added: adds.length, removed: removes.length }
  }).pipe(
    // A table shows either this push, made by another process, or a later one: then nothing is left to do here.
    Effect.catchTag("Overtaken", (error) =>
      error.found !== null && error.found >= manifest.number ? Effect.succeed(null) : error)
  )

/** Tables that the push has rows of, and those that it no longer has any of. */
export const publish = (
  subject: Subject,
  manifest: State.Manifest
): Effect.Effect<ReadonlyArray<Published>, PublishError> =>
  Effect.gen(function*() {
    const names = new Set([...subject.tables.map(({ name }) => name), ...manifest.files.map(({ table }) => table)])
    const published = yield* Effect.forEach(names, (name) => publishTable(subject, manifest, name), { concurrency: 4 })
    return published.filter((one) => one !== null)
  })
