import { assert, it } from "@effect/vitest"
import { width } from "@trunkline/analytics/Text"
import * as Table from "@trunkline/analytics/TextTable"

const columns = [{ name: "name", right: false }, { name: "calls", right: true }, { name: "summary", right: false }]
const rows = [["Zoë", "12", "a long summary that goes on and on and on"], ["日本語の名前", "1234567", "short"]]

it("a table is as wide as what stands in it, and numbers stand right", () => {
  const layout = Table.layout(columns, rows, null)
  assert.deepStrictEqual([...Table.head(layout, false), ...rows.map((row) => Table.line(layout, row, false))], [
    "name            calls  summary",
    "------------  -------  -----------------------------------------",
    "Zoë                12  a long summary that goes on and on and on",
    "日本語の名前  1234567  short"
  ])
})

it("on a terminal no line is wider than it, and the widest columns give way", () => {
  for (const space of [60, 40, 30, 27]) {
    const layout = Table.layout(columns, rows, space)
    const lines = [...Table.head(layout, true), ...rows.map((row) => Table.line(layout, row, true))]
    for (const line of lines) assert.isAtMost(width(line), space)
    assert.strictEqual(layout.hidden, 0)
    assert.include(lines[3], "1234567")
  }
})
