/** Real Parquet files of any table, whose values a seed makes, written by DuckDB. */
import { ColumnSql, ParquetFiles, type Session } from "@trunkline/dataset"
import type * as Column from "@trunkline/parquet/Column"
import { Effect } from "effect"

const hashed = (salt: number) => `hash(i, ${salt})`

const value = (type: Column.ColumnType, salt: number): string => {
  switch (type._tag) {
    case "Text":
      return `'é''%' || (${hashed(salt)} % 1000)`
    case "Boolean":
      return `${hashed(salt)} % 2 = 0`
    case "Int32":
      return `CAST(${hashed(salt)} % 100000 AS INTEGER) - 50000`
    case "Double":
      return `CAST(${hashed(salt)} % 100000 AS DOUBLE) / 8 - 1000`
    case "Instant":
      return `make_timestamptz(CAST(1793491200000000 + (${hashed(salt)} % 2000000000) * 1000 AS BIGINT))`
    case "List":
      return `CAST(CASE WHEN ${hashed(salt)} % 3 = 0 THEN [] ELSE [${value(type.element, salt + 1)}, ${
        value(type.element, salt + 2)
      }] END AS ${ColumnSql.type(type)})`
    case "Struct":
      return `struct_pack(${
        type.fields.map((field, at) => `"${field.name}" := ${cell(field, salt + 7 * (at + 1))}`).join(", ")
      })`
  }
}

const cell = ({ nullable, type }: Column.Column, salt: number): string => {
  const some = `CAST(${value(type, salt)} AS ${ColumnSql.type(type)})`
  return nullable ? `CASE WHEN ${hashed(salt + 3)} % 5 = 0 THEN NULL ELSE ${some} END` : some
}

/** Writes so many rows; another seed is other rows. The first column tells them apart. */
export const write = (
  session: Session.Connection,
  { columns, path, rows, seed }: {
    readonly columns: ReadonlyArray<Column.Column>
    readonly path: string
    readonly rows: number
    readonly seed: number
  }
) => {
  const [first] = columns
  const selected = columns.map((column, at) =>
    column === first && column.type._tag === "Text"
      ? `'row-${seed}-' || i AS "${column.name}"`
      : `${cell(column, seed * 1000 + at * 31)} AS "${column.name}"`
  )
  return Effect.asVoid(session.run(
    `COPY (SELECT ${selected.join(", ")} FROM range(${rows}) AS rows(i)) TO ${
      ParquetFiles.quoted(path)
    } (FORMAT parquet)`
  ))
}
