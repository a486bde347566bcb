/** The tables that a dataset writes itself are documented to the last column. */
import { assert, it } from "@effect/vitest"
import type { Column } from "@trunkline/parquet/Column"
import { readFileSync } from "node:fs"
import * as Sql from "../src/internal/sql.js"
import * as OwnTables from "../src/OwnTables.js"

const page = readFileSync(new URL("../../../docs/columns.md", import.meta.url), "utf8")

const shown = ({ nullable, type }: Column): string => `${typeOf(type)}${nullable ? "?" : ""}`

const typeOf = (type: Column["type"]): string =>
  type._tag === "List"
    ? `${typeOf(type.element)}[]`
    : type._tag === "Struct"
    ? `STRUCT(${type.fields.map((field) => `${field.name} ${shown(field)}`).join(", ")})`
    : Sql.type(type).replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")

it.each(OwnTables.tables)("the columns of $name are documented to the last one", ({ columns, name }) => {
  const [, section = ""] = page.split(new RegExp(`^## ${name}$`, "m"))
  const [, rows = ""] = /^\| column .*\n\|[ -|]*\n((?:\|.*\n)+)/m.exec(section) ?? []
  assert.deepStrictEqual(
    rows.trim().split("\n").map((row) => row.split("|").slice(1, 3).map((cell) => cell.trim().replaceAll("`", ""))),
    columns.map((column) => [column.name, shown(column)])
  )
})
