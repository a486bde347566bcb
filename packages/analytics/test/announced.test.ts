/** Nothing about a view changes unannounced: not its columns, nor a word of its definition. */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Analytics, Parameters, Views } from "@trunkline/analytics"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { tables } from "../src/internal/tables.js"
import { page, reportFields, unformatted } from "./page.js"
import { folderOf, isName, layer, names } from "./support.js"

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8")

describe("docs/analytics.md", () => {
  it("says what the views say of themselves", () => {
    assert.deepStrictEqual(
      unformatted(read("docs/analytics.md")).split("\n"),
      unformatted(page(names.filter(isName))).split("\n"),
      "announce it: npx tsc -b && npx vite-node packages/analytics/test/writePage.ts && npm run fix"
    )
  })

  it("has a meaning and a type for every column, and a definition for every view", () => {
    for (const view of Object.values(Views.views)) {
      assert.includeMembers(view.columns.map(({ name }) => name), ["account", "source"], view.name)
      assert.isAbove(view.definition.length, 0, view.name)
      for (const column of view.columns) {
        assert.isAbove(column.meaning.length, 5, `${view.name}.${column.name}`)
        assert.match(
          column.type,
          /^(VARCHAR|INTEGER|BIGINT|DOUBLE|BOOLEAN|DATE|TIMESTAMP|TIMESTAMPTZ|STRUCT\(.*\))(\[\])?$/
        )
      }
      // The words stand beside the SQL as well.
      const comments = view.sql.split("\n").filter((line) => line.startsWith("--")).map((line) => line.slice(3)).join(
        " "
      )
      for (const sentence of view.definition) assert.include(comments, sentence)
    }
  })
})

describe("the report", () => {
  it("has a meaning for every field", () => {
    assert.isAbove(reportFields.length, 150)
    for (const [field = "", , meaning = ""] of reportFields) assert.isAbove(meaning.length, 5, field)
  })
})

describe("columns", () => {
  it.scoped("of every view are those that are documented, in name, order and type, with files and without", () =>
    Effect.gen(function*() {
      const call = {
        source: "allo",
        call_id: "1",
        started_at: "2026-05-05T10:00:00Z",
        exported_at: "2026-05-05T10:00:00Z"
      }
      for (const folder of [yield* folderOf({}), yield* folderOf({ calls: [call] })]) {
        yield* Effect.provide(
          Effect.gen(function*() {
            const analytics = yield* Analytics
            for (const view of Object.values(Views.views)) {
              const { columns } = yield* analytics.query(`FROM ${view.name}`)
              assert.deepStrictEqual(
                columns.map(({ name, type }) =>
                  `${name} ${type.replaceAll("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ").replaceAll("\"", "")}`
                ),
                view.columns.map(({ name, type }) => `${name} ${type}`),
                view.name
              )
            }
          }),
          layer({ folder })
        )
      }
    }).pipe(Effect.provide(NodeContext.layer)))

  it("of every table are those of docs/columns.md", () => {
    const documented = Object.fromEntries(
      read("docs/columns.md").split(/^## /m).slice(1).map((section) => {
        const [name = ""] = section.split("\n")
        const [rows = ""] = section.split(/^### /m)
        return [
          name.trim(),
          Object.fromEntries(
            [...rows.matchAll(/^\| `(\w+)`\s*\| `([^`]+)`\s*\|/gm)].map(([, column = "", type = ""]) => [
              column,
              type.replaceAll("?", "")
            ])
          )
        ]
      })
    )
    for (const [table, columns] of tables) {
      assert.deepStrictEqual(
        Object.entries(documented[table] ?? {}),
        columns.map(({ name, type }) => [name, type]),
        table
      )
    }
  })

  it.scoped("answer to every parameter, and its default is the documented one", () =>
    Effect.gen(function*() {
      const analytics = yield* Analytics
      for (const { name, standard, type } of Parameters.parameters) {
        const { columns } = yield* analytics.query(`SELECT ${name}() AS value WHERE ${name}() = ${standard}`)
        assert.strictEqual(columns[0]?.type, type)
      }
    }).pipe(Effect.provide(layer({ folder: "." }))))
})
