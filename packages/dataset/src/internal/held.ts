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
import * as HeldCounts from "./heldCounts.js"
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

const Recorded = Schema.Struct({ shelf: Schema.Number, partition: Schema.String, sha256: Schema.String })

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

/** Whether all rows of a partition are of these ranges. */
const isWithin = (
  { tables }: Folder,
  { at, table }: { readonly table: string; readonly at: string },
  ranges: Interval.Intervals | null
) =>
(partition: string): boolean => {
  if (ranges === null) return true
  const whole = tables?.get(table)?.eventTime === at ? Finding.rangeOf(partition) : null
  return whole !== null && Interval.subtract([whole], ranges).length === 0
}

/** A reader without the lock fetches nothing. */
const demand = (folder: Folder, ledger: Statements, files: ReadonlyArray<Wanted>) =>
  folder.fetching === undefined ? Elsewhere.refuse(folder.out, ledger) : folder.fetching.bring(files)

const recorded = (folder: Folder, ledger: Statements, table: string, source: string) =>
  Effect.map(
    ledger.all(
      Recorded,
      `SELECT shelf, partition, sha256 FROM files JOIN shelves ON shelves.id = shelf WHERE name = ? AND source = ? ORDER BY partition`,
      table,
      source
    ),
    (found) =>
      found.map((file) => ({
        ...file,
        path: join(folder.out, Layout.published(folder.partition, table, source, file.partition))
      }))
  )

const filesOf = (
  folder: Folder,
  ledger: Statements,
  table: string,
  source: string,
  isWanted: (partition: string) => boolean = () => true
) =>
  Effect.gen(function*() {
    const files = (yield* recorded(folder, ledger, table, source)).filter(({ partition }) => isWanted(partition))
    yield* demand(folder, ledger, files)
    return files.map(({ path }) => path)
  })

export const relation = (
  folder: Folder,
  ledger: Statements,
  table: string,
  source: string,
  isWanted?: ((partition: string) => boolean) | undefined
) =>
  Effect.map(
    filesOf(folder, ledger, table, source, isWanted),
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
    /** Leaves out files of a table. */
    readonly isLeft?: ((table: string, partition: string) => boolean) | undefined
  }
): Effect.Effect<ReadonlyArray<A>, HeldError> =>
  Effect.map(
    Effect.forEach(list.tables, ({ at, id, table }) =>
      Effect.gen(function*() {
        const { isLeft = () => true, ranges } = options
        const isMeant = mayHold(folder, { at, table }, ranges)
        const files = yield* filesOf(
          folder,
          ledger,
          table,
          list.source,
          (partition) => isMeant(partition) && isLeft(table, partition)
        )
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

/**
 * Counts of the files of which all rows are meant, by the values of a column. Other files are left, and so are all of a reader, which
 * writes down nothing.
 */
const countsOf = (
  folder: Folder,
  ledger: Statements,
  list: HeldList,
  { column, ranges }: { readonly ranges: Interval.Intervals | null; readonly column: string | null }
) =>
  Effect.gen(function*() {
    const counts: Array<HeldCounts.Counts[number]> = []
    const counted = new Set<string>()
    const isLeft = (table: string, partition: string) => !counted.has(`${table} ${partition}`)
    const { fetching, session } = folder
    if (fetching === undefined) return { counts, isLeft }
    for (const one of list.tables) {
      const isMeant = isWithin(folder, one, ranges)
      const files = (yield* recorded(folder, ledger, one.table, list.source)).filter(({ partition }) =>
        isMeant(partition)
      )
      const known = yield* HeldCounts.recall(ledger, files, column)
      const unknown = files.filter((file) => !known.has(file))
      yield* fetching.bring(unknown)
      for (const some of known.values()) counts.push(...some)
      counts.push(...(yield* HeldCounts.take({ ledger, session }, unknown, column)))
      for (const { partition } of files) counted.add(`${one.table} ${partition}`)
    }
    return { counts, isLeft }
  })

/** How many rows the vendor still returned when they were last compared. */
export const count = (folder: Folder, ledger: Statements, list: HeldList, ranges: Interval.Intervals | null) =>
  Effect.gen(function*() {
    const { only } = list
    const { counts, isLeft } = yield* countsOf(folder, ledger, list, { ranges, column: only?.column ?? null })
    const rows = yield* query(folder, ledger, list, {
      ranges,
      row: Count,
      select: (_, rows) => `SELECT count(*)::DOUBLE AS count FROM ${rows}`,
      where: "gone_at IS NULL",
      isLeft
    })
    const erased = yield* left(ledger, list, ranges)
    return rows.reduce((sum, { count }) => sum + count, 0) +
      counts.reduce((sum, { there, value }) => only === null || value === only.value ? sum + there : sum, 0) +
      erased.filter(({ gone }) => gone === 0).length
  })

const Value = Schema.Struct({ value: Schema.String })

export const values = (folder: Folder, ledger: Statements, list: HeldList, column: string) =>
  Effect.gen(function*() {
    // What is counted is counted without the condition.
    const { counts, isLeft } = list.only === null
      ? yield* countsOf(folder, ledger, list, { ranges: null, column })
      : { counts: [], isLeft: undefined }
    const rows = yield* query(folder, ledger, list, {
      ranges: null,
      row: Value,
      select: (_, rows) => `SELECT DISTINCT CAST(${Sql.name(column)} AS VARCHAR) AS value FROM ${rows}`,
      where: `${Sql.name(column)} IS NOT NULL`,
      isLeft
    })
    const known = counts.flatMap(({ value }) => value === null ? [] : [value])
    return [...new Set([...rows.map(({ value }) => value), ...known])]
  })

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

const Partition = Schema.Struct({ partition: Schema.String })

/** Where the ledger has these ids, if they are the keys of a table. A dataset that was restored fetches no other file. */
export const placesOf = (
  { fetching, tables }: Folder,
  ledger: Statements,
  { id, table }: Pick<HeldList["tables"][number], "id" | "table">,
  { ids, source }: { readonly source: string; readonly ids: ReadonlyArray<string> }
) =>
  Effect.gen(function*() {
    const { key, replacedBy } = tables?.get(table) ?? { key: [], replacedBy: [] }
    const isKey = key.length === 1 && key[0] === id && replacedBy.length === 1 && replacedBy[0] === id
    if (fetching?.isRestored !== true || !isKey) return undefined
    const found = yield* ledger.all(
      Partition,
      `SELECT DISTINCT keys.partition AS partition FROM json_each(?) AS wanted CROSS JOIN keys
        WHERE keys.shelf = (SELECT id FROM shelves WHERE name = ? AND source = ?) AND keys.unit = wanted.value`,
      JSON.stringify(ids),
      table,
      source
    )
    const partitions = new Set(found.map(({ partition }) => partition))
    return (partition: string) => partitions.has(partition)
  })

/** Those of these ids that are published, and when each is held to be. */
export const among = (folder: Folder, ledger: Statements, list: HeldList, ids: ReadonlyArray<string>) =>
  ids.length === 0 ? Effect.succeed([]) : Effect.zipWith(
    Effect.forEach(
      list.tables,
      (table) =>
        Effect.flatMap(
          placesOf(folder, ledger, table, { ids, source: list.source }),
          (isWanted) =>
            query(folder, ledger, { ...list, tables: [table] }, {
              isLeft: (_, partition) => isWanted?.(partition) ?? true,
              ranges: null,
              row: Rows,
              select: (id, rows) =>
                `SELECT CAST(to_json(list({'id': ${id}, 'gone': gone_at IS NOT NULL, 'at': epoch_ms(${
                  Sql.name(table.at)
                })})) AS VARCHAR)
            AS rows FROM ${rows}`,
              where: `${Sql.name(table.id)} IN (SELECT unnest(from_json($${
                list.only === null ? 1 : 2
              }, '["VARCHAR"]')))`,
              parameters: [JSON.stringify(ids)]
            })
        )
    ),
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
