/** The rows of a dataset one by one, in files and landings, with what is theirs: instants, and a number in their file. */
import type * as Table from "@trunkline/parquet/Table"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Damaged, LedgerError, QueryError } from "../DatasetError.js"
import type { Row } from "../Hiding.js"
import * as ParquetFiles from "../ParquetFiles.js"
import type { Connection } from "../Session.js"
import { rowsIn, textOf } from "./jobs.js"
import * as LandedRows from "./landedRows.js"
import * as Layout from "./layout.js"
import { contentOf, oldFile, type Opened, ownPath } from "./opened.js"
import * as Sql from "./sql.js"

type Failure = Damaged | LedgerError | QueryError

/** Rows of a table in one file. */
export interface Place {
  readonly source: string
  readonly table: Table.Any
  /** With the column `$place`, which numbers the rows. */
  readonly relation: string
}

/** Rows that are looked at at a time: as many as together have so many letters, if each was as long as the longest one. */
const atOnce = { rows: 2000, letters: 16 * 1024 * 1024 }

const Longest = Schema.Struct({ longest: Schema.Number })

const nameOf = ({ name }: { readonly name: string }) => name

/** A file of an earlier version lacks columns. */
const filled = (table: Table.Any, rows: string): string =>
  `(SELECT ${
    table.columns.map(({ name, type }) => `CAST(NULL AS ${Sql.type(type)}) AS ${Sql.name(name)}`).join(", ")
  } WHERE false UNION ALL BY NAME SELECT * FROM ${rows})`

export const ofFile = (source: string, table: Table.Any, path: string): Place => ({
  source,
  table,
  relation: filled(
    table,
    `(SELECT * EXCLUDE (file_row_number), file_row_number AS "$place" FROM ${
      ParquetFiles.rows([path], { numbered: true })
    })`
  )
})

export const ofLanding = (source: string, table: Table.Any, file: LandedRows.File): Place => ({
  source,
  table,
  relation: filled(table, `(SELECT * EXCLUDE ("$seq"), "$seq" AS "$place" FROM ${LandedRows.relation(file)})`)
})

/** Hands each row over, some at a time, with its number. Instants are what they are elsewhere. */
export const scan = <E>(
  connection: Connection,
  { relation, table }: Place,
  take: (rows: ReadonlyArray<{ readonly place: number; readonly row: Row }>) => Effect.Effect<void, E>
) =>
  Effect.gen(function*() {
    const instants = table.columns.flatMap(({ name, type }) => type._tag === "Instant" ? [name] : [])
    yield* connection.run(
      `CREATE OR REPLACE TEMP TABLE scanned AS SELECT "$place", ${Sql.list(table.columns.map(nameOf))} FROM ${relation}`
    )
    const count = yield* rowsIn(connection, "scanned")
    const lengths = table.columns.flatMap(({ name, type }) =>
      type._tag === "Text" ? [`coalesce(strlen(${Sql.name(name)}), 0)`] : []
    )
    const [found] = yield* connection.all(
      Longest,
      `SELECT coalesce(max(${["1000", ...lengths].join(" + ")}), 1)::DOUBLE AS longest FROM scanned`
    )
    const some = Math.max(1, Math.min(atOnce.rows, Math.floor(atOnce.letters / (found?.longest ?? 1))))
    const fields = table.columns.map(({ name }) =>
      `${Sql.text(name)}: ${instants.includes(name) ? `epoch_ms(${Sql.name(name)})` : Sql.name(name)}`
    )
    for (let from = 0; from < count; from += some) {
      const text = yield* textOf(
        connection,
        `SELECT CAST(to_json(list({'$place': "$place", ${fields.join(", ")}})) AS VARCHAR) AS text FROM scanned
          WHERE rowid >= ${from} AND rowid < ${from + some}`
      )
      const rows: ReadonlyArray<Row> = JSON.parse(text)
      yield* take(rows.map(({ $place, ...row }) => ({
        place: Number($place),
        row: {
          ...row,
          ...Object.fromEntries(instants.flatMap((name) => {
            const at = row[name]
            return typeof at === "number" ? [[name, DateTime.unsafeMake(at)] as const] : []
          }))
        }
      })))
    }
    yield* connection.run("DROP TABLE IF EXISTS scanned")
  })

export const FileRow = Schema.Struct({
  id: Schema.Number,
  table: Schema.String,
  source: Schema.String,
  partition: Schema.String
})

export const files = ({ ledger }: Opened) =>
  ledger.all(
    FileRow,
    `SELECT shelves.id AS id, shelves.name AS "table", source, partition FROM files JOIN shelves ON shelves.id = shelf
      ORDER BY 1, 4`
  )

type Look = (source: string, table: Table.Any, row: Row, file: string) => void

const lookAt = (connection: Connection, place: Place, file: string, look: Look) =>
  scan(connection, place, (rows) =>
    Effect.sync(() => {
      for (const { row } of rows) look(place.source, place.table, row, file)
    }))

export const nameOfFile = ({ id, partition }: Pick<typeof FileRow.Type, "id" | "partition">): string =>
  `${id} ${partition}`

/** In the place of the name of a published file. */
const anyLanding = ""

export const isPublished = (file: string): boolean => file !== anyLanding

export const isParent = (opened: Opened, { table }: { readonly table: string }): boolean =>
  opened.tables.get(table)?.parent === null

/**
 * Looks at each row that says itself who it is of, in files and landings. Returns the names of the files that are damaged, which are
 * left out.
 */
export const eachRow = (
  opened: Opened,
  connection: Connection,
  look: Look
): Effect.Effect<ReadonlySet<string>, Failure> =>
  Effect.gen(function*() {
    const damaged = new Set<string>()
    yield* opened.fetching.bringAll
    for (const file of yield* files(opened)) {
      const table = opened.tables.get(file.table)
      if (table === undefined || !isParent(opened, file)) continue
      const old = yield* Effect.catchTag(oldFile(opened, file, file.partition), "Damaged", () =>
        Effect.sync(() => {
          damaged.add(nameOfFile(file))
          return null
        }))
      if (old !== null) yield* lookAt(connection, ofFile(file.source, table, old.path), nameOfFile(file), look)
    }
    for (const landing of yield* LandedRows.waiting(opened.ledger)) {
      const table = opened.tables.get(landing.table)
      const path = ownPath(opened, Layout.landing, landing.file)
      if (table === undefined || !isParent(opened, landing) || landing.rows === 0) continue
      if ((yield* contentOf(path)) !== landing.sha256) continue
      const place = ofLanding(landing.source, table, { path, lines: landing.lines })
      yield* lookAt(connection, place, anyLanding, look)
    }
    return damaged
  })
