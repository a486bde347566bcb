/** A row becomes the text that says the same, or is refused by name. */
import { assert, describe, it } from "@effect/vitest"
import { Column, RowText, Utf8 } from "@trunkline/parquet"
import * as FastCheck from "effect/FastCheck"
import { instant, Row } from "./support.js"

const columns = Column.fromSchema(Row)
const rowText = RowText.make(columns)

const textIn = ({ append, refusal }: RowText.RowText) => (row: unknown): string => {
  assert.isUndefined(refusal(row))
  const written = new Utf8(8)
  append(row, written)
  return Buffer.from(written.bytes.subarray(0, written.length)).toString()
}
const write = textIn(rowText)

const row = {
  id: 1,
  text: "half \ud83d \u0000 \" 😀",
  maybe_text: null,
  flag: true,
  maybe_flag: null,
  whole: -0,
  maybe_whole: null,
  number: 1e308,
  maybe_number: -0,
  happened_at: instant("2026-11-05T10:00:00.120Z"),
  maybe_at: null,
  tags: [],
  maybe_tags: null,
  times: [instant("2026-11-05T10:00:00.120Z"), instant("1900-01-01T00:00:00.000Z")],
  table: [[], [1, 2]],
  place: { city: null, rooms: [3] },
  contacts: [{ id: null, name: "", deals: [{ id: "d", name: null, worth: 0.1 }] }]
}

describe("RowText", () => {
  it("writes each value as it is, well-formed, without minus zero and without nulls", () => {
    const text = write(row)
    const there = Object.entries(row).filter(([, value]) => value !== null)
    assert.deepStrictEqual(JSON.parse(text), {
      ...Object.fromEntries(there),
      text: "half \ufffd \u0000 \" 😀",
      whole: 0,
      maybe_number: 0,
      happened_at: "2026-11-05T10:00:00.120Z",
      times: ["2026-11-05T10:00:00.120Z", "1900-01-01T00:00:00.000Z"],
      place: { rooms: [3] },
      contacts: [{ name: "", deals: [{ id: "d", worth: 0.1 }] }]
    })
    assert.notInclude(text, "\n")
  })

  it("writes years beyond four digits and before the first as DuckDB does", () => {
    const at = textIn(RowText.make([{ name: "at", type: Column.Instant, nullable: false }]))
    for (
      const [iso, text] of [
        ["+275760-09-13T00:00:00.000Z", "275760-09-13T00:00:00.000Z"],
        ["-000001-06-01T00:00:00.001Z", "0002-06-01 (BC)T00:00:00.001Z"],
        ["-271821-04-20T00:00:00.000Z", "271822-04-20 (BC)T00:00:00.000Z"]
      ] as const
    ) {
      assert.strictEqual(at({ at: instant(iso) }), `{"at":"${text}"}`)
      const column = { name: "at", type: Column.Instant, nullable: false }
      assert.deepStrictEqual(RowText.rowOf([column], { at: text }), { at: instant(iso) })
    }
  })

  it("writes any text as a reader of JSON reads it, wherever its pieces end", () => {
    const texts = textIn(RowText.make([{ name: "text", type: Column.Text, nullable: false }]))
    const seed = 20_263
    const units = FastCheck.oneof(
      FastCheck.string16bits({ maxLength: 300 }),
      FastCheck.fullUnicodeString({ maxLength: 300 }),
      FastCheck.ascii()
    )
    const found = FastCheck.check(
      FastCheck.property(FastCheck.array(units, { maxLength: 4 }), FastCheck.nat(4200), (parts, before) => {
        const text = "a".repeat(before) + parts.join("")
        const read: unknown = JSON.parse(texts({ text }))
        assert.deepStrictEqual(read, { text: text.toWellFormed() })
      }),
      { seed, numRuns: 300 }
    )
    assert.isFalse(found.failed, `seed ${seed}, path ${found.counterexamplePath}: ${String(found.errorInstance)}`)
    for (const before of [4094, 4095, 4096, 8191]) {
      const text = `${"x".repeat(before)}\u{1f600}\ud83d\u0000"\\\u2028é\udc00`
      assert.deepStrictEqual(JSON.parse(texts({ text })), { text: text.toWellFormed() }, String(before))
    }
  })

  it("writes each instant of a day, whichever came before", () => {
    const at = textIn(RowText.make([{ name: "at", type: Column.Instant, nullable: false }]))
    for (
      const iso of [
        "2026-11-05T00:00:00.000Z",
        "2026-11-05T23:59:59.999Z",
        "2026-11-05T09:08:07.006Z",
        "2026-11-06T00:00:00.001Z",
        "1969-12-31T23:59:59.990Z",
        "1969-12-31T00:00:00.000Z",
        "0000-01-01T00:00:00.100Z",
        "9999-12-31T10:20:30.045Z"
      ]
    ) assert.strictEqual(at({ at: instant(iso) }), `{"at":"${iso}"}`)
  })

  it("makes the row again of its text", () => {
    const read = RowText.rowOf(columns, JSON.parse(write(row)))
    assert.deepStrictEqual(read, { ...row, text: "half \ufffd \u0000 \" 😀", whole: 0, maybe_number: 0 })
  })

  for (
    const [what, change, column, found] of [
      ["an infinite number", { number: Infinity }, "number", "a number that is not finite"],
      ["no number", { number: "1" }, "number", "a string"],
      ["a fraction", { whole: 12.7 }, "whole", "a fraction"],
      ["too large a number", { whole: 2 ** 31 }, "whole", "a number beyond 32 bits"],
      ["a boolean as a number", { whole: true }, "whole", "a boolean"],
      ["a number as text", { text: 12.5 }, "text", "a number"],
      ["null", { text: null }, "text", "null"],
      ["an absent column", { text: undefined }, "text", "nothing"],
      ["a text as an instant", { happened_at: "2026-11-05" }, "happened_at", "a string"],
      ["a Date", { happened_at: new Date(0) }, "happened_at", "a Date"],
      ["a hole in a list", { tags: Array.from<string>({ length: 1 }) }, "tags[0]", "nothing"],
      ["null deep inside", { contacts: [{ id: "1", name: null, deals: [] }] }, "contacts[0].name", "null"],
      ["an unknown key", { Number: 1 }, "", "keys that are no columns"],
      [
        "an unknown key deep inside",
        { place: { city: null, rooms: [], City: "" } },
        "place",
        "keys that are no columns"
      ]
    ] as const
  ) {
    it(`refuses ${what}`, () => {
      const refused = rowText.refusal({ ...row, ...change })
      assert.deepStrictEqual([refused?.column, refused?.found], [column, found])
    })
  }

  it("refuses what is no row", () => {
    for (const value of [null, undefined, 1, "a", [], new Date(0)]) assert.isDefined(rowText.refusal(value))
  })
})
