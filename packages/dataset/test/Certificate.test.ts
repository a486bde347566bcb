import { assert, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import * as Certificate from "../src/Certificate.js"
import * as Sql from "../src/internal/sql.js"

const page = readFileSync(new URL("../../../docs/columns.md", import.meta.url), "utf8")
const [, section = ""] = page.split(/^## certificates$/m)
const [, rows = ""] = /^\| column .*\n\|[ -|]*\n((?:\|.*\n)+)/m.exec(section) ?? []

it("the columns of certificates are documented to the last one", () => {
  assert.deepStrictEqual(
    rows.trim().split("\n").map((row) => row.split("|").slice(1, 3).map((cell) => cell.trim().replaceAll("`", ""))),
    Certificate.table.columns.map((
      column
    ) => [
      column.name,
      `${Sql.type(column.type).replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")}${column.nullable ? "?" : ""}`
    ])
  )
})
