/** The statements that make a folder a database of views. */
import * as Parameters from "../Parameters.js"
import { views } from "../Views.js"
import type { Column } from "./cell.js"
import { tables } from "./tables.js"

/** Its own name is taken by the view that adds the local time. */
const stored = (table: string): string => table === "calls" ? "calls_stored" : table

const base = (
  table: string,
  columns: ReadonlyArray<Column>,
  rows: string | null
): string => {
  const typed = [...["source", "month", "day"].map((name) => ({ name, type: "VARCHAR" })), ...columns]
  return [
    `CREATE OR REPLACE VIEW ${stored(table)} AS`,
    `SELECT\n  ${typed.map(({ name, type }) => `NULL::${type} AS ${name}`).join(",\n  ")}\nWHERE false`,
    ...(rows === null ? [] : ["UNION ALL BY NAME", `SELECT * FROM ${rows}`])
  ].join("\n") + ";"
}

/** `rows` is a relation of all published rows of a table; null for a table without files. */
export const script = (rows: (table: string) => string | null): string =>
  [
    "-- Days and hours of instants depend on the zone of the session; so that they do not depend on the machine:",
    "SET TimeZone = 'UTC';",
    "",
    Parameters.sql,
    "",
    "-- The tables. Each is complete in its columns even where files are older than a column, or where there are none.",
    ...[...tables].map(([table, columns]) => base(table, columns, rows(table))),
    ...Object.values(views).flatMap((view) => ["", view.sql])
  ].join("\n")
