/** Landed rows as relations of DuckDB, whichever kind of file they are in: lines of JSON, or Parquet. */
import * as Column from "@trunkline/parquet/Column"
import type * as Table from "@trunkline/parquet/Table"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { basename } from "node:path"
import type { LedgerError } from "../DatasetError.js"
import type { Statements } from "../Ledger.js"
import * as ParquetFiles from "../ParquetFiles.js"
import * as Sql from "./sql.js"

/** How a file of lines is read. */
export interface Lines {
  /** What DuckDB calls the type of a row. The reader takes any type for any other, so it is that of the rows that were written. */
  readonly row: string
  /** No line has more bytes. */
  readonly longest: number
}

export const linesOf = (columns: Table.Any["columns"], longest: number): Lines => ({
  row: Sql.type(Column.Struct(columns)),
  longest
})

/** The row, the number of its answer, and its place in the file: no reader counts lines reliably. */
export const line = {
  beforeRow: (answer: number, seq: number): string => `{"answer":${answer},"seq":${seq},"row":`,
  afterRow: "}\n"
}

/** In Parquet files: the number of the answer a row was read from. */
export const answerColumn = "_trunkline_answer"

export interface File {
  readonly path: string
  /** Null for a Parquet file. */
  readonly lines: Lines | null
}

const inLines = (paths: Array.NonEmptyReadonlyArray<string>, { longest, row }: Lines, file?: string): string =>
  ParquetFiles.lines(paths, { columns: { answer: "BIGINT", seq: "BIGINT", row }, longest, file })

const ofLines = `SELECT "row".*, answer AS "$answer", seq AS "$seq"`

/** The rows of a landing, with the columns `$answer` and `$seq`. */
export const relation = ({ lines, path }: File): string =>
  lines === null
    ? `(SELECT * EXCLUDE (${Sql.name(answerColumn)}, file_row_number), ${Sql.name(answerColumn)}::BIGINT AS "$answer",
        file_row_number AS "$seq" FROM ${ParquetFiles.rows([path], { numbered: true })})`
    : `(${ofLines} FROM ${inLines([path], lines)})`

/**
 * The rows of several landings, with their name in `$file` besides. Files of the same lines are read by one reader, since each
 * reader holds megabytes.
 */
export const relations = (files: ReadonlyArray<File>): ReadonlyArray<string> =>
  Object.values(Array.groupBy(files, ({ lines, path }) => lines === null ? `file ${path}` : `lines ${lines.row}`)).map(
    (some) => {
      const [{ lines, path }] = some
      if (lines === null) return `(SELECT *, ${Sql.text(basename(path))} AS "$file" FROM ${relation({ lines, path })})`
      const longest = Math.max(...some.map((file) => file.lines?.longest ?? 0))
      const found = inLines(Array.map(some, (file) => file.path), { ...lines, longest }, "$file")
      return `(${ofLines}, parse_filename("$file") AS "$file" FROM ${found})`
    }
  )

export const record = (
  statements: Statements,
  file: string,
  { longest, row }: Lines
): Effect.Effect<void, LedgerError> =>
  statements.run("INSERT INTO landed_lines SELECT id, ?, ? FROM landings WHERE file = ?", row, longest, file)

const Row = Schema.Struct({
  id: Schema.Number,
  shelf: Schema.Number,
  table: Schema.String,
  source: Schema.String,
  file: Schema.String,
  sha256: Schema.String,
  rows: Schema.Number,
  bytes: Schema.Number,
  groups: Schema.parseJson(Schema.Array(Schema.String)),
  emptied: Schema.parseJson(Schema.Array(Schema.Tuple(Schema.String, Schema.Number))),
  /** Where its window ends; null where it landed before the end of the window was reached. */
  until: Schema.NullOr(Schema.Number),
  row: Schema.NullOr(Schema.String),
  longest: Schema.NullOr(Schema.Number)
})

/** A landing as the ledger knows it. */
export interface Landing extends Omit<typeof Row.Type, "row" | "longest"> {
  readonly lines: Lines | null
}

const Count = Schema.Struct({ count: Schema.Number })

/** Landings that wait to be published, in the order they were landed; of one shelf, or of all. */
export const waiting = (
  statements: Pick<Statements, "all">,
  shelf: number | null = null
): Effect.Effect<ReadonlyArray<Landing>, LedgerError> =>
  Effect.gen(function*() {
    const [known] = yield* statements.all(
      Count,
      "SELECT count(*) AS count FROM sqlite_master WHERE name = 'landed_lines'"
    )
    // A reader leaves the ledger of an earlier version as it is, which knows Parquet files only.
    const lines = known?.count === 1 ? "landed_lines" : "(SELECT NULL AS landing, NULL AS row, NULL AS longest)"
    const rows = yield* statements.all(
      Row,
      `SELECT landings.id AS id, shelf, shelves.name AS "table", source, file, sha256, rows, bytes, groups, emptied,
          (SELECT to_at FROM windows WHERE windows.id = "window") AS until, row, longest
        FROM landings JOIN shelves ON shelves.id = shelf LEFT JOIN ${lines} AS lines ON lines.landing = landings.id
        WHERE published = 0 AND shelf = coalesce(?, shelf) ORDER BY landings.id`,
      shelf
    )
    return rows.map(({ longest, row, ...landing }) => ({
      ...landing,
      lines: row === null || longest === null ? null : { row, longest }
    }))
  })
