/** The tables of a dataset as DuckDB declares them. Names and types are those of calls, and the dataset's own. */
import { tables as all } from "@trunkline/calls/Tables"
import * as ColumnSql from "@trunkline/dataset/ColumnSql"
import * as OwnTables from "@trunkline/dataset/OwnTables"
import type { Column } from "./cell.js"

type Table = (typeof all)[number]

/** The columns of a table with their meanings. */
export const ofTable = (
  table: Pick<Table, "columns">,
  meanings: { readonly [column: string]: string } = {}
): ReadonlyArray<Column> =>
  table.columns.map(({ name, nullable, type }) => ({
    name,
    // As short as the documentation writes it: no name in these types needs quotes.
    type: ColumnSql.type(type).replaceAll("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ").replaceAll("\"", ""),
    nullable,
    meaning: meanings[name] ?? ""
  }))

export const tables: ReadonlyMap<string, ReadonlyArray<Column>> = new Map(
  [...all, ...OwnTables.tables].map((table) => [table.name, ofTable(table)])
)
