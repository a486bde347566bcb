/** Of several answers about one row, the newest one that knows a column wins. */
import { assert, it } from "@effect/vitest"
import { Table } from "@trunkline/parquet"
import { Schema } from "effect"
import * as Unit from "../src/internal/unit.js"

const table = Table.make({
  name: "calls",
  row: Schema.Struct({
    id: Schema.String,
    at: Schema.NullOr(Schema.Int),
    intent: Schema.NullOr(Schema.String),
    read: Schema.Int
  }),
  key: ["id"],
  groups: [{ name: "list", columns: ["at", "read"] }, { name: "details", columns: ["intent"] }],
  stamps: ["read"]
})

const lines = Table.make({
  name: "lines",
  row: Schema.Struct({ id: Schema.String, seq: Schema.Int, text: Schema.String }),
  key: ["id", "seq"],
  replacedBy: ["id"],
  groups: [{ name: "row", columns: ["text"] }]
})

const listed = (answer: number, at: number): Unit.Reading => ({
  answer,
  groups: ["list"],
  rows: [{ id: "1", at, intent: null, read: answer }]
})
const detailed = (answer: number, intent: string): Unit.Reading => ({
  answer,
  groups: ["details"],
  rows: [{ id: "1", at: null, intent, read: answer }]
})
const all = (...readings: ReadonlyArray<Unit.Reading>) =>
  readings.reduce<Unit.Unit>((unit, one) => Unit.merge(unit, [one]), [])

it("columns come from the newest answer that knows them, and stamps from the newest of all", () => {
  const row = [{ id: "1", at: 20, intent: "b", read: 4 }]
  const readings = [listed(1, 10), detailed(2, "a"), listed(3, 20), detailed(4, "b")]
  assert.deepStrictEqual(Unit.rowsOf(table, all(...readings)), row)
  assert.deepStrictEqual(Unit.rowsOf(table, all(...readings.toReversed())), row)
})

it("what one answer says of everything stands alone", () => {
  const whole: Unit.Reading = {
    answer: 2,
    groups: ["list", "details"],
    rows: [{ id: "1", at: 1, intent: "x", read: 2 }]
  }
  assert.deepStrictEqual(all(listed(1, 10), whole), [whole])
  assert.deepStrictEqual(all(whole, listed(1, 10)), [whole])
  // What came later says less.
  assert.deepStrictEqual(all(whole, listed(3, 30)), [whole, listed(3, 30)])
  assert.strictEqual(Unit.rowsOf(table, [whole]), whole.rows)
})

it("of readings of one answer the later one wins", () => {
  assert.deepStrictEqual(all(listed(1, 10), listed(1, 20)), [listed(1, 20)])
})

it("a newer transcript replaces all lines of its call, also by none", () => {
  const reading = (answer: number, ...texts: ReadonlyArray<string>): Unit.Reading => ({
    answer,
    groups: ["row"],
    rows: texts.map((text, seq) => ({ id: "1", seq, text }))
  })
  const [first, second] = [reading(1, "a", "b"), reading(2, "c")]
  assert.deepStrictEqual(Unit.rowsOf(lines, all(first, second)), second.rows)
  assert.deepStrictEqual(Unit.rowsOf(lines, all(second, first)), second.rows)
  assert.deepStrictEqual(Unit.rowsOf(lines, all(first, reading(3))), [])
  assert.strictEqual(Unit.nameOf(lines, { id: "1", seq: 4, text: "" }), "1")
})
