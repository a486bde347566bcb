/** The published files of a dataset as they lie in its folder, whatever a ledger knows of them. */
import type { DiskError } from "@trunkline/parquet"
import type * as Table from "@trunkline/parquet/Table"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { QueryError } from "../DatasetError.js"
import * as OwnTables from "../OwnTables.js"
import * as ParquetFiles from "../ParquetFiles.js"
import type { Session } from "../Session.js"
import * as Layout from "./layout.js"
import * as Places from "./places.js"
import * as Sql from "./sql.js"

export interface FoundFile {
  readonly table: Pick<Table.Any, "name" | "key" | "replacedBy" | "eventTime" | "parent" | "columns">
  readonly source: string
  /** Empty for a table without event times. */
  readonly partition: string
  readonly path: string
}

/** The rows of a file, with all columns of its table: one that an earlier version did not write is null. */
export const relation = ({ path, table }: Pick<FoundFile, "path" | "table">): string =>
  `(SELECT ${
    table.columns.map(({ name, type }) => `CAST(NULL AS ${Sql.type(type)}) AS ${Sql.name(name)}`).join(", ")
  } WHERE false UNION ALL BY NAME SELECT * FROM ${ParquetFiles.rows([path])})`

const file = "data.parquet"

const folders = (path: string) =>
  Effect.map(
    Places.entriesOf(path),
    (entries) => entries.flatMap(({ kind, name }) => kind === "folder" ? [name] : []).toSorted()
  )

const ofSource = (root: string, table: FoundFile["table"], source: string) =>
  Effect.gen(function*() {
    const found: Array<FoundFile & { readonly by: Layout.Partition | null }> = []
    const add = (folder: string, partition: string, by: Layout.Partition | null) =>
      Effect.gen(function*() {
        const path = join(folder, file)
        if ((yield* Places.kindOf(path)) === "file") found.push({ table, source, partition, path, by })
      })
    yield* add(root, "", null)
    for (const name of yield* folders(root)) {
      const [, by, value] = /^(month|day)=(\d{4}-\d{2}(?:-\d{2})?)$/.exec(name) ?? []
      if (by === "month" && value?.length === 7) yield* add(join(root, name), value, by)
      if (by === "day" && value?.length === 10) yield* add(join(root, name), value, by)
    }
    return found
  })

/** Those that lie where a file of one of these tables would, and by what most of them are cut. */
export const of = (
  { out, tables }: { readonly out: string; readonly tables: ReadonlyArray<Table.Any> }
): Effect.Effect<
  { readonly files: ReadonlyArray<FoundFile>; readonly partition: Layout.Partition | null },
  DiskError
> =>
  Effect.gen(function*() {
    const all: Array<Effect.Effect.Success<ReturnType<typeof ofSource>>[number]> = []
    for (const table of [...tables, ...OwnTables.tables]) {
      for (const name of yield* folders(join(out, table.name))) {
        const source = /^source=(.*)$/.exec(name)?.[1] ?? ""
        if (Layout.isSource(source)) all.push(...yield* ofSource(join(out, table.name, name), table, source))
      }
    }
    const times = (by: Layout.Partition) => all.filter((found) => found.by === by).length
    const partition = times("day") > times("month") ? "day" : times("month") > 0 ? "month" : null
    return {
      partition,
      files: all.filter(({ by, table }) =>
        (by === null) === (table.eventTime === null && table.parent === null) && (by === null || by === partition)
      )
    }
  })

const Entry = Schema.Struct({ key: Schema.String, value: Schema.String })

/** The dataset and the table for which a file was written, where it says so; null where it cannot be read. */
const labelOf = (session: Session, path: string) =>
  session.all(Entry, `SELECT decode(key) AS key, decode(value) AS value FROM ${ParquetFiles.metadata([path])}`).pipe(
    Effect.map((entries) => new Map(entries.map(({ key, value }) => [key, value]))),
    Effect.catchTag("DatasetQueryFailed", () => Effect.succeed(null))
  )

/** The dataset that most of these files were written for. */
export const owner = (
  session: Session,
  files: ReadonlyArray<FoundFile>
): Effect.Effect<Option.Option<string>, QueryError> =>
  Effect.gen(function*() {
    const times = new Map<string, number>()
    for (const { path } of files) {
      const id = (yield* labelOf(session, path))?.get("trunkline.dataset")
      if (id !== undefined) times.set(id, (times.get(id) ?? 0) + 1)
    }
    const [most] = [...times].toSorted(([, left], [, right]) => right - left)
    return Option.map(Option.fromNullable(most), ([id]) => id)
  })

const Counted = Schema.Struct({ rows: Schema.Number, nameless: Schema.Number, misfiled: Schema.Number })

/** How many rows a file has; null where it is not the file of this partition, or cannot be read to its end. */
export const rowsIn = (
  session: Session,
  { id, partition: by }: { readonly id: string; readonly partition: Layout.Partition },
  { partition, path, table }: FoundFile
): Effect.Effect<number | null, QueryError> =>
  Effect.gen(function*() {
    const label = yield* labelOf(session, path)
    const says = (name: string, expected: string) => (label?.get(`trunkline.${name}`) ?? expected) === expected
    if (label === null || !says("dataset", id) || !says("table", table.name)) return null
    const rows = ParquetFiles.rows([path])
    yield* session.run(`SELECT count(COLUMNS(*)) FROM ${rows}`)
    const misfiled = table.eventTime === null || table.parent !== null
      ? "false"
      : `strftime(${Sql.name(table.eventTime)}, ${Sql.text(Layout.format(by))}) IS DISTINCT FROM ${Sql.text(partition)}`
    const [counted] = yield* session.all(
      Counted,
      `SELECT count(*)::DOUBLE AS rows,
        (count(*) FILTER (WHERE ${
        table.key.map((column) => `${Sql.name(column)} IS NULL`).join(" OR ")
      }))::DOUBLE AS nameless,
        (count(*) FILTER (WHERE ${misfiled}))::DOUBLE AS misfiled FROM ${rows}`
    )
    return counted === undefined || counted.nameless + counted.misfiled > 0 ? null : counted.rows
  }).pipe(Effect.catchTag("DatasetQueryFailed", () => Effect.succeed(null)))
