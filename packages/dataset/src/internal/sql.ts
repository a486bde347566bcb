/** Pieces of DuckDB's SQL. */
import type * as Column from "@trunkline/parquet/Column"
import type * as Table from "@trunkline/parquet/Table"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

export const name = (identifier: string): string => `"${identifier.replaceAll("\"", "\"\"")}"`

export { quoted as text } from "../ParquetFiles.js"

export const type = (column: Column.ColumnType): string => {
  switch (column._tag) {
    case "Text":
      return "VARCHAR"
    case "Boolean":
      return "BOOLEAN"
    case "Int32":
      return "INTEGER"
    case "Double":
      return "DOUBLE"
    case "Instant":
      return "TIMESTAMP WITH TIME ZONE"
    case "List":
      return `${type(column.element)}[]`
    case "Struct":
      return `STRUCT(${column.fields.map((field) => `${name(field.name)} ${type(field.type)}`).join(", ")})`
  }
}

export const list = (names: ReadonlyArray<string>, alias?: string): string =>
  names.map((one) => alias === undefined ? name(one) : `${alias}.${name(one)}`).join(", ")

/** Columns by their names, with the types of the table. */
export const typed = (columns: Table.Any["columns"]): ReadonlyArray<string> =>
  columns.map((column) => `CAST(${name(column.name)} AS ${type(column.type)}) AS ${name(column.name)}`)

/** Names and types of columns, without values. */
export const nulls = (columns: Table.Any["columns"]): ReadonlyArray<string> =>
  columns.map((column) => `CAST(NULL AS ${type(column.type)}) AS ${name(column.name)}`)

export const same = (names: ReadonlyArray<string>, left: string, right: string): string =>
  names.map((one) => `${left}.${name(one)} = ${right}.${name(one)}`).join(" AND ")

/** Several values as one text, the same for the same values; the way keys stand in the ledger. */
export const unit = (columns: ReadonlyArray<string>, alias: string): string => {
  const texts = columns.map((column) => `CAST(${alias}.${name(column)} AS VARCHAR)`)
  return texts.length === 1 ? texts.join() : `CAST(to_json([${texts.join(", ")}]) AS VARCHAR)`
}

/** As files and databases hold a text: with a replacement for half a character. */
export const wellFormed = (text: string): string => Buffer.from(text).toString()

/** As `unit` writes it. */
export const unitOf = (values: ReadonlyArray<string>): string => {
  const [only] = values
  return only !== undefined && values.length === 1
    ? only
    // DuckDB writes control characters with capital letters.
    : JSON.stringify(values.map(wellFormed)).replaceAll(
      /\\(?:\\|u(.{4}))/g,
      (escape, digits: string | undefined) => digits === undefined ? escape : `\\u${digits.toUpperCase()}`
    )
}

const composite = Schema.decodeUnknownOption(Schema.parseJson(Schema.Array(Schema.String)))

/** The values that `unitOf` made one text of. */
export const valuesOf = (unit: string): ReadonlyArray<string> =>
  Option.getOrElse(unit.startsWith("[") ? composite(unit) : Option.none(), () => [unit])

/** An instant as DuckDB has it. */
export const instant = ({ epochMillis }: { readonly epochMillis: number }): string =>
  `make_timestamptz(${epochMillis * 1000})`

/** Statements that go to DuckDB together: each turn of its thread costs as much as a small statement. */
export const script = (statements: ReadonlyArray<string>): string => statements.join(";\n")

export const declare = (columns: Table.Any["columns"]): string =>
  columns.map((column) => `${name(column.name)} ${type(column.type)}`).join(", ")
