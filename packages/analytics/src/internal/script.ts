/** The statements that make a folder a database of views. */
import * as ParquetFiles from "@trunkline/dataset/ParquetFiles"
import * as Parameters from "../Parameters.js"
import { tables } from "../Tables.js"
import { views } from "../Views.js"

/** Its own name is taken by the view that adds the local time. */
const stored = (table: string): string => table === "calls" ? "calls_stored" : table

const base = (table: string, columns: { readonly [column: string]: string }, files: string | null): string => {
  const typed = [...["source", "month", "day"].map((name) => [name, "VARCHAR"] as const), ...Object.entries(columns)]
  return [
    `CREATE OR REPLACE VIEW ${stored(table)} AS`,
    `SELECT\n  ${typed.map(([name, type]) => `NULL::${type} AS ${name}`).join(",\n  ")}\nWHERE false`,
    ...(files === null ? [] : [
      "UNION ALL BY NAME",
      `SELECT * FROM ${files}`
    ])
  ].join("\n") + ";"
}

/** Paths are relative to the folder that is current when a query runs, unless a root is given. */
export const script = (options: { readonly tables: ReadonlyArray<string>; readonly root: string | null }): string =>
  [
    "-- Days and hours of instants depend on the zone of the session; so that they do not depend on the machine:",
    "SET TimeZone = 'UTC';",
    "",
    Parameters.sql,
    "",
    "-- The tables. Each is complete in its columns even where files are older than a column, or where there are none.",
    ...Object.entries(tables).map(([table, columns]) => {
      const files = options.root === null ? ParquetFiles.here(table) : ParquetFiles.tree(options.root, table)
      return base(table, columns, options.tables.includes(table) ? files : null)
    }),
    ...Object.values(views).flatMap((view) => ["", view.sql])
  ].join("\n")
