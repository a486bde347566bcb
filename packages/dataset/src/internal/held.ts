/** Which rows of a vendor's list are published, and which of them the vendor no longer returns. */
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { LedgerError, QueryError } from "../DatasetError.js"
import type * as Interval from "../Interval.js"
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

export interface Folder {
  readonly out: string
  readonly partition: Layout.Partition
  readonly session: Session
}

const Partition = Schema.Struct({ partition: Schema.String })

export const relation = (folder: Folder, ledger: Statements, table: string, source: string) =>
  Effect.map(
    ledger.all(
      Partition,
      `SELECT partition FROM files JOIN shelves ON shelves.id = shelf WHERE name = ? AND source = ? ORDER BY partition`,
      table,
      source
    ),
    (found) => {
      const paths = found.map(({ partition }) =>
        join(folder.out, Layout.published(folder.partition, table, source, partition))
      )
      return Array.isNonEmptyReadonlyArray(paths) ? ParquetFiles.rows(paths) : null
    }
  )

const Id = Schema.Struct({ id: Schema.String, gone: Schema.Boolean })
const Count = Schema.Struct({ count: Schema.Number })

const instant = (epochMillis: number): string => `make_timestamptz(${epochMillis * 1000})`

const query = <A, I>(
  folder: Folder,
  ledger: Statements,
  list: HeldList,
  options: {
    readonly ranges: Interval.Intervals | null
    readonly row: Schema.Schema<A, I>
    readonly select: (id: string) => string
    readonly where: string
    /** What follows the conditions. */
    readonly end?: string | undefined
  }
): Effect.Effect<ReadonlyArray<A>, LedgerError | QueryError> =>
  Effect.map(
    Effect.forEach(list.tables, ({ at, id, table }) =>
      Effect.gen(function*() {
        const files = yield* relation(folder, ledger, table, list.source)
        if (files === null) return []
        const within = options.ranges?.map(({ from, to }) =>
          `(${Sql.name(at)} >= ${instant(from.epochMillis)} AND ${Sql.name(at)} < ${instant(to.epochMillis)})`
        ) ?? ["true"]
        const only = list.only === null ? "" : ` AND ${Sql.name(list.only.column)} = $1`
        return yield* folder.session.all(
          options.row,
          // Files of an earlier version have no such column.
          `SELECT ${options.select(Sql.name(id))}
            FROM (SELECT CAST(NULL AS TIMESTAMPTZ) AS gone_at WHERE false UNION ALL BY NAME SELECT * FROM ${files})
            WHERE (${within.join(" OR ") || "false"})${only} AND ${options.where} ${options.end ?? ""}`,
          list.only === null ? [] : [list.only.value]
        )
      })),
    (found) => found.flat()
  )

/** How many rows the vendor still returned when they were last compared. */
export const count = (folder: Folder, ledger: Statements, list: HeldList, ranges: Interval.Intervals | null) =>
  Effect.map(
    query(folder, ledger, list, {
      ranges,
      row: Count,
      select: () => "count(*)::DOUBLE AS count",
      where: "gone_at IS NULL"
    }),
    (rows) => rows.reduce((sum, { count }) => sum + count, 0)
  )

const Value = Schema.Struct({ value: Schema.String })

export const values = (folder: Folder, ledger: Statements, list: HeldList, column: string) =>
  Effect.map(
    query(folder, ledger, list, {
      ranges: null,
      row: Value,
      select: () => `DISTINCT CAST(${Sql.name(column)} AS VARCHAR) AS value`,
      where: `${Sql.name(column)} IS NOT NULL`
    }),
    (rows) => [...new Set(rows.map(({ value }) => value))]
  )

export const ids = (
  folder: Folder,
  ledger: Statements,
  list: HeldList,
  ranges: Interval.Intervals | null,
  sample?: number
) =>
  query(folder, ledger, list, {
    ranges,
    end: sample === undefined ? "" : `ORDER BY hash(id) LIMIT ${sample}`,
    row: Id,
    select: (id) => `${id} AS id, gone_at IS NOT NULL AS gone`,
    where: "true"
  })
