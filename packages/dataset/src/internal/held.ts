/** Which rows of a vendor's list are published, and which of them the vendor no longer returns. */
import type * as Table from "@trunkline/parquet/Table"
import * as Array from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { Damaged, LedgerError, QueryError } from "../DatasetError.js"
import * as Elsewhere from "../Elsewhere.js"
import type { Fetching, Wanted } from "../Elsewhere.js"
import * as Finding from "../Finding.js"
import { isWord } from "../Hiding.js"
import * as Interval from "../Interval.js"
import type { Statements } from "../Ledger.js"
import * as ParquetFiles from "../ParquetFiles.js"
import type { Session } from "../Session.js"
import * as Layout from "./layout.js"
import * as Sql from "./sql.js"

/** The rows of a vendor's list, wherever they are published. */
export interface HeldList {
  readonly source: string
  readonly tables: ReadonlyArray<{ readonly table: string; readonly id: string; readonly at: string }>
  /** Only rows with this value in this column. */
  readonly only: { readonly column: string; readonly value: string } | null
}

/** To a reader beside the writer all files must be here; the writer fetches. */
export type HeldError = Damaged | LedgerError | QueryError

/** What the one writer has. */
export interface Writer {
  readonly fetching?: Fetching | undefined
  readonly tables?: ReadonlyMap<string, Table.Any> | undefined
}

export interface Folder extends Writer {
  readonly out: string
  readonly partition: Layout.Partition
  readonly session: Session
}

const Recorded = Schema.Struct({ partition: Schema.String, sha256: Schema.String })

/** Rows of these ranges stand in no other partitions. */
const mayHold = (
  { tables }: Folder,
  { at, table }: { readonly table: string; readonly at: string },
  ranges: Interval.Intervals | null
) => {
  const isByTime = ranges !== null && tables?.get(table)?.eventTime === at
  return (partition: string): boolean => {
    const whole = isByTime ? Finding.rangeOf(partition) : null
    return whole === null || ranges === null || Interval.intersect([whole], ranges).length > 0
  }
}

/** A reader without the lock fetches nothing. */
const demand = (folder: Folder, ledger: Statements, files: ReadonlyArray<Wanted>) =>
  folder.fetching === undefined ? Elsewhere.refuse(folder.out, ledger) : folder.fetching.bring(files)

const filesOf = (
  folder: Folder,
  ledger: Statements,
  table: string,
  source: string,
  isWanted: (partition: string) => boolean = () => true
) =>
  Effect.gen(function*() {
    const found = yield* ledger.all(
      Recorded,
      `SELECT partition, sha256 FROM files JOIN shelves ON shelves.id = shelf WHERE name = ? AND source = ? ORDER BY partition`,
      table,
      source
    )
    const files = found.filter(({ partition }) => isWanted(partition)).map(({ partition, sha256 }) => ({
      path: join(folder.out, Layout.published(folder.partition, table, source, partition)),
      sha256
    }))
    yield* demand(folder, ledger, files)
    return files.map(({ path }) => path)
  })

export const relation = (folder: Folder, ledger: Statements, table: string, source: string) =>
  Effect.map(
    filesOf(folder, ledger, table, source),
    (paths) => Array.isNonEmptyReadonlyArray(paths) ? ParquetFiles.rows(paths) : null
  )

const Ids = Schema.Struct({ gone: Schema.Boolean, ids: Schema.parseJson(Schema.Array(Schema.String)) })
const Count = Schema.Struct({ count: Schema.Number })

const query = <A, I>(
  folder: Folder,
  ledger: Statements,
  list: HeldList,
  options: {
    readonly ranges: Interval.Intervals | null
    readonly row: Schema.Schema<A, I>
    /** From the rows that meet the conditions. */
    readonly select: (id: string, rows: string) => string
    readonly where: string
    /** Those of the condition, after the one that `only` takes. */
    readonly parameters?: ReadonlyArray<string> | undefined
    /** Asks each file by itself. */
    readonly apart?: boolean | undefined
  }
): Effect.Effect<ReadonlyArray<A>, HeldError> =>
  Effect.map(
    Effect.forEach(list.tables, ({ at, id, table }) =>
      Effect.gen(function*() {
        const files = yield* filesOf(folder, ledger, table, list.source, mayHold(folder, { at, table }, options.ranges))
        const within = options.ranges?.map(({ from, to }) =>
          `(${Sql.name(at)} >= ${Sql.instant(from)} AND ${Sql.name(at)} < ${Sql.instant(to)})`
        ) ?? ["true"]
        const only = list.only === null ? "" : ` AND ${Sql.name(list.only.column)} = $1`
        const parameters = [...(list.only === null ? [] : [list.only.value]), ...options.parameters ?? []]
        const together = Array.isNonEmptyReadonlyArray(files) ? [files] : []
        const groups = options.apart === true ? Array.map(files, Array.of<string>) : together
        const found = yield* Effect.forEach(groups, (paths) =>
          folder.session.all(
            options.row,
            options.select(
              Sql.name(id),
              // Files of an earlier version have no such column.
              `(SELECT CAST(NULL AS TIMESTAMPTZ) AS gone_at WHERE false
                UNION ALL BY NAME SELECT * FROM ${ParquetFiles.rows(paths)})
              WHERE (${within.join(" OR ") || "false"})${only} AND ${options.where}`
            ),
            parameters
          ))
        return found.flat()
      })),
    (found) => found.flat()
  )

const Left = Schema.Struct({ id: Schema.String, gone: Schema.Number, at: Schema.NullOr(Schema.Number) })

/** Rows of erased people that left their tables: each is still one row of the list, under a word that stands for it. */
const left = (
  ledger: Statements,
  { only, source, tables }: HeldList,
  ranges: Interval.Intervals | null
): Effect.Effect<ReadonlyArray<typeof Left.Type>, LedgerError> =>
  Effect.map(
    Effect.forEach(tables, ({ at, table }) =>
      Effect.map(
        ledger.all(
          Left,
          `SELECT id, gone_at IS NOT NULL AS gone, says ->> ?1 AS at FROM erased_rows
            WHERE says IS NOT NULL AND shelf = (SELECT id FROM shelves WHERE name = ?2 AND source = ?3)
              AND (?4 IS NULL OR says ->> ?4 = ?5)`,
          at,
          table,
          source,
          only?.column ?? null,
          only?.value ?? null
        ),
        (found) =>
          found.filter((one) =>
            ranges === null ||
            ranges.some(({ from, to }) => one.at !== null && one.at >= from.epochMillis && one.at < to.epochMillis)
          )
      )),
    (found) => found.flat()
  )

/** How many rows the vendor still returned when they were last compared. */
export const count = (folder: Folder, ledger: Statements, list: HeldList, ranges: Interval.Intervals | null) =>
  Effect.zipWith(
    query(folder, ledger, list, {
      ranges,
      row: Count,
      select: (_, rows) => `SELECT count(*)::DOUBLE AS count FROM ${rows}`,
      where: "gone_at IS NULL"
    }),
    left(ledger, list, ranges),
    (rows, left) => rows.reduce((sum, { count }) => sum + count, left.filter(({ gone }) => gone === 0).length)
  )

const Value = Schema.Struct({ value: Schema.String })

export const values = (folder: Folder, ledger: Statements, list: HeldList, column: string) =>
  Effect.map(
    query(folder, ledger, list, {
      ranges: null,
      row: Value,
      select: (_, rows) => `SELECT DISTINCT CAST(${Sql.name(column)} AS VARCHAR) AS value FROM ${rows}`,
      where: `${Sql.name(column)} IS NOT NULL`
    }),
    (rows) => [...new Set(rows.map(({ value }) => value))]
  )

/** As one text: rows of a result are objects, and a file may hold hundreds of thousands. */
const texts = (id: string, rows: string): string =>
  `SELECT gone, CAST(to_json(list(id)) AS VARCHAR) AS ids
    FROM (SELECT ${id} AS id, gone_at IS NOT NULL AS gone FROM ${rows}) GROUP BY gone`

const read = (found: ReadonlyArray<typeof Ids.Type>) =>
  found.flatMap(({ gone, ids }) => ids.map((id) => ({ id, gone })))

/** All of them file by file, and those of a few ranges in one query, which most files have nothing to say to. */
export const ids = (
  folder: Folder,
  ledger: Statements,
  list: HeldList,
  ranges: Interval.Intervals | null,
  sample?: number
) =>
  Effect.zipWith(
    query(folder, ledger, list, {
      ranges,
      row: Ids,
      select: (id, rows) => texts(id, `${rows}${sample === undefined ? "" : ` ORDER BY hash(${id}) LIMIT ${sample}`}`),
      where: "true",
      apart: ranges === null && sample === undefined
    }),
    // A sample is asked for by its ids.
    sample === undefined ? left(ledger, list, ranges) : Effect.succeed([]),
    (found, left) => [...read(found), ...left.map(({ gone, id }) => ({ id, gone: gone === 1 }))]
  )

const Among = Schema.Struct({
  id: Schema.String,
  gone: Schema.Boolean,
  at: Schema.NullOr(Schema.DateTimeUtcFromNumber)
})
const Rows = Schema.Struct({ rows: Schema.NullOr(Schema.parseJson(Schema.Array(Among))) })

/** Those of these ids that are published, and when each is held to be. */
export const among = (folder: Folder, ledger: Statements, list: HeldList, ids: ReadonlyArray<string>) =>
  ids.length === 0 ? Effect.succeed([]) : Effect.zipWith(
    Effect.forEach(list.tables, (table) =>
      query(folder, ledger, { ...list, tables: [table] }, {
        ranges: null,
        row: Rows,
        select: (id, rows) =>
          `SELECT CAST(to_json(list({'id': ${id}, 'gone': gone_at IS NOT NULL, 'at': epoch_ms(${
            Sql.name(table.at)
          })})) AS VARCHAR)
            AS rows FROM ${rows}`,
        where: `${Sql.name(table.id)} IN (SELECT unnest(from_json($${list.only === null ? 1 : 2}, '["VARCHAR"]')))`,
        parameters: [JSON.stringify(ids)]
      })),
    ids.some(isWord) ? left(ledger, list, null) : Effect.succeed([]),
    (found, left) => [
      ...found.flat().flatMap(({ rows }) => rows ?? []),
      ...left.filter(({ id }) => ids.includes(id)).map(({ at, gone, id }) => ({
        id,
        gone: gone === 1,
        at: at === null ? null : DateTime.unsafeMake(at)
      }))
    ]
  )
