/** The statements that make a folder a database of views. */
import * as Parameters from "../Parameters.js"
import { views } from "../Views.js"
import type { Column } from "./cell.js"
import * as hours from "./hours.js"
import * as organizations from "./organizations.js"
import * as selection from "./selection.js"
import { tables } from "./tables.js"

/** Rows that the vendor no longer returns are left out of the view that has the name of such a table. */
const hidesGone = (columns: ReadonlyArray<Column>): boolean => columns.some(({ name }) => name === "gone_at")

/** The column that says when a row of a table happened. */
const happened: { readonly [table: string]: string | undefined } = { calls: "started_at", messages: "sent_at" }

const base = (
  table: string,
  columns: ReadonlyArray<Column>,
  rows: string | null,
  narrowed: boolean
): string => {
  const path = ["source", "month", "day", "account"].filter((part) => columns.every(({ name }) => name !== part))
  const typed = [...path.map((name) => ({ name, type: "VARCHAR" })), ...columns]
  const stored = hidesGone(columns) ? `${table}_stored` : table
  const at = happened[table]
  const namesOrganization = columns.some(({ name }) => name === "organization_id")
  return [
    `CREATE OR REPLACE VIEW ${stored} AS`,
    ...(at === undefined || !narrowed ? [] : ["FROM ("]),
    `SELECT\n  ${typed.map(({ name, type }) => `NULL::${type} AS ${name}`).join(",\n  ")}\nWHERE false`,
    ...(rows === null ? [] : ["UNION ALL BY NAME", `SELECT * FROM ${rows}`]),
    ...(at === undefined || !narrowed ? [] : [`) WHERE ${selection.condition(at, namesOrganization)}`])
  ].join("\n") + ";"
}

const shown = (table: string): string =>
  `CREATE OR REPLACE VIEW ${table} AS FROM ${table}_stored WHERE gone_at IS NULL OR trunkline_gone();`

/**
 * `rows` is a relation of all published rows of a table; null for a table without files. Where it is narrowed, calls and
 * messages are those that the variables of a selection let through.
 */
export const script = (rows: (table: string) => string | null, narrowed = false): string =>
  [
    "-- Days and hours of instants depend on the zone of the session; so that they do not depend on the machine:",
    "SET TimeZone = 'UTC';",
    "",
    Parameters.sql,
    "",
    "-- The tables. Each is complete in its columns even where files are older than a column, or where there are none.",
    ...[...tables].map(([table, columns]) => base(table, columns, rows(table), narrowed)),
    "",
    "-- The same without rows that the vendor no longer returns, unless trunkline_gone() is true.",
    // The view of calls is among those below.
    ...[...tables].flatMap(([table, columns]) =>
      hidesGone(columns) && !Object.hasOwn(views, table) ? [shown(table)] : []
    ),
    "",
    organizations.sql,
    "",
    hours.sql,
    ...Object.values(views).flatMap((view) => ["", view.sql])
  ].join("\n")
