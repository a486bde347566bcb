/** Rows as text: what a terminal, a spreadsheet and a program may each be given. */
import { DuckDBInstance } from "@duckdb/node-api"
import { assert, it } from "@effect/vitest"
import type { Answer } from "@trunkline/analytics/Analytics"
import * as Table from "@trunkline/analytics/TextTable"
import type { Value } from "@trunkline/dataset/Value"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import * as rows from "../src/command/rows.js"
import { folder } from "./commandline.js"

const answer = (columns: Readonly<Record<string, string>>, ...values: ReadonlyArray<ReadonlyArray<Value>>): Answer => ({
  columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
  rows: Stream.fromIterable(values)
})

const text = (asked: Answer, format: rows.Format, place: Partial<rows.Place> = {}) =>
  Effect.map(
    Stream.runCollect(rows.text(asked, format, { terminal: false, space: null, spreadsheet: false, ...place })),
    (chunk) => Chunk.toReadonlyArray(chunk).join("")
  )

const hostile = "\u001b[2J\u009b31m\u0007\u202e\r\ngone\u007f"
const controls = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u202e]/

it.effect("no cell and no name of a column controls a terminal, in any format", () =>
  Effect.gen(function*() {
    const asked = answer({ [`name\u001b[1m`]: "VARCHAR", nested: "VARCHAR[]" }, [hostile, [hostile]])
    for (const format of ["table", "csv", "json"] as const) {
      const shown = yield* text(asked, format, { terminal: true, space: 200 })
      assert.notMatch(shown, controls, format)
      assert.include(shown, "\\u001b[2J\\u009b31m", format)
    }
    assert.strictEqual(
      yield* text(answer({ x: "VARCHAR" }, ["a\u001b[2J\nb,c"]), "csv", { terminal: true }),
      "x\r\n\"a\\u001b[2J\\nb,c\"\r\n"
    )
  }))

it.effect("JSON has every value as it is, and no control in its text", () =>
  Effect.gen(function*() {
    const written = yield* text(answer({ x: "VARCHAR" }, [hostile]), "json")
    assert.notMatch(written, controls)
    assert.deepStrictEqual(JSON.parse(written), [{ x: hostile }])
  }))

const cells = [
  "=HYPERLINK(\"http://x\")",
  "+cmd|' /C calc'!A0",
  "-2+3+cmd|' /C calc'!A0",
  "@SUM(1)",
  "\t=1",
  "\r=1",
  " =1",
  "\uff1d1",
  "+33 6 12 34 56 78",
  "+1 (415) 555-0100",
  "-5",
  "a;=1",
  "plain",
  "",
  "it's"
]

it.scoped("CSV off a terminal is byte for byte what stands in the rows: DuckDB reads the same back", () =>
  Effect.gen(function*() {
    const written = yield* text(
      answer({ t: "VARCHAR", n: "DOUBLE" }, ...[...cells, hostile].map((cell, index) => [cell, -(index + 1) / 1e9])),
      "csv"
    )
    const path = join(yield* folder, "rows.csv")
    yield* Effect.promise(() => fs.writeFile(path, written))
    const read = yield* Effect.promise(async () => {
      const instance = await DuckDBInstance.create()
      const connection = await instance.connect()
      const result = await connection.runAndReadAll(
        `FROM read_csv('${path}', columns = {'t': 'VARCHAR', 'n': 'DOUBLE'}, header = true, allow_quoted_nulls = false)`
      )
      connection.closeSync()
      instance.closeSync()
      return result.getRowsJS()
    })
    assert.deepStrictEqual(read, [...cells, hostile].map((cell, index) => [cell, -(index + 1) / 1e9]))
  }))

it.effect("CSV for a spreadsheet holds no formula, and leaves numbers alone", () =>
  Effect.gen(function*() {
    const asked = answer({ "=t": "VARCHAR", n: "DOUBLE" }, ...cells.map((cell) => [cell, -1e-7]))
    assert.strictEqual(
      yield* text(asked, "csv", { spreadsheet: true }),
      [
        "'=t,n",
        "\"'=HYPERLINK(\"\"http://x\"\")\",-1e-7",
        "'+cmd|' /C calc'!A0,-1e-7",
        "'-2+3+cmd|' /C calc'!A0,-1e-7",
        "'@SUM(1),-1e-7",
        "\"'\t=1\",-1e-7",
        "\"'\r=1\",-1e-7",
        "' =1,-1e-7",
        "'\uff1d1,-1e-7",
        "+33 6 12 34 56 78,-1e-7",
        "+1 (415) 555-0100,-1e-7",
        "-5,-1e-7",
        "\"a;=1\",-1e-7",
        "plain,-1e-7",
        "\"\",-1e-7",
        "it's,-1e-7",
        ""
      ].join("\r\n")
    )
  }))

it("columns that do not fit at all are counted, not forgotten", () => {
  const many = Array.from({ length: 20 }, (_, index) => ({ name: `column ${index}`, right: false }))
  const layout = Table.layout(many, [many.map(() => "some text")], 50)
  assert.deepStrictEqual(rows.hidden(layout), [
    "The first 5 of 20 columns fit. Name those you want, or use --format json"
  ])
})
