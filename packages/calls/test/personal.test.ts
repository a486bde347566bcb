/** Who a row speaks of, in every spelling, and what is left of it without them. */
import { assert, describe, it } from "@effect/vitest"
import { Personal, PhoneNumber, tables } from "@trunkline/calls"

const spelled = [
  "+33612345678",
  "+33 6 12 34 56 78",
  "+33 (0)6 12 34 56 78",
  "(+33) 6-12-34-56-78",
  "0033612345678",
  "011 33 6 12 34 56 78",
  "33612345678",
  "0612345678",
  "06.12.34.56.78",
  "06/12/34/56/78",
  "06\u202f12\u202f34\u202f56\u202f78",
  "06_12_34_56_78",
  "06·12·34·56·78",
  "06\u200b12\u200b34\u200b56\u200b78",
  "6 12 34 56 78"
]

const number = { callingCode: "33", national: "612345678" }
const forms = PhoneNumber.spellings(number)
const lengths = new Set(forms.map(({ length }) => length))
const without = (text: string) =>
  PhoneNumber.replace(text, { lengths, change: (digits) => forms.includes(digits) ? "…" : null })

describe("a phone number", () => {
  it("is the same in every spelling that names its country", () => {
    for (const text of ["+33612345678", "+33 6 12 34 56 78", "0033612345678", "+33 (0)6 12 34 56 78"]) {
      assert.deepStrictEqual(PhoneNumber.make(text), number, text)
    }
    assert.strictEqual(PhoneNumber.digits(number), "33612345678")
  })

  it("without its country is one of its line's", () => {
    for (const text of spelled.filter((text) => !text.startsWith("011") && !/[_·\u200b]/.test(text))) {
      assert.deepStrictEqual(PhoneNumber.make(text.replaceAll(/[()](?!0)/g, " "), "33"), number, text)
    }
    assert.deepStrictEqual(PhoneNumber.make("(415) 555-0100", "1"), { callingCode: "1", national: "4155550100" })
    assert.isNull(PhoneNumber.make("0612345678"))
    for (const text of ["anonymous", "", "3949", "cnt-1"]) assert.isNull(PhoneNumber.make(text, "33"), text)
  })

  it("is found in a longer text however it is spelled, and nothing else is", () => {
    for (const text of spelled) assert.strictEqual(without(`call ${text}, please`), "call …, please", text)
    for (const other of ["+33612345679", "16123456780", "1612345678000", "id 933612345678", "2026-06-12 34:56"]) {
      assert.strictEqual(without(other), other)
    }
    assert.strictEqual(without("0612345678 or +33 6 12 34 56 78 or 0699999999"), "… or … or 0699999999")
  })
})

describe("what a column says", () => {
  it("is declared of every table and column", () => {
    assert.deepStrictEqual(
      [...Personal.personal].map(([name, { columns }]) => [name, columns.map(([column]) => column)]),
      tables.map(({ columns, name }) => [name, columns.map(({ name }) => name)])
    )
  })

  it("names the numbers and contacts of a row, and leaves the bare fact of a call", () => {
    const calls = Personal.personal.get("calls")
    const row = {
      call_id: "cll-1",
      direction: "inbound",
      line_number: "+33100000000",
      contact_number: "+33612345678",
      contact_id: "cnt-1",
      contacts: [{ id: "cnt_1", name: "Zoé", company_id: null, company_name: null, deals: [] }],
      tags: ["vip"],
      summary: "Zoé calls"
    }
    assert.deepStrictEqual(calls?.numbers(row), ["+33612345678"])
    assert.deepStrictEqual(calls?.contacts(row), ["cnt-1", "cnt-1"])
    assert.deepInclude(calls?.bare(row), {
      call_id: "cll-1",
      direction: "inbound",
      line_number: "+33100000000",
      contact_number: null,
      contact_id: null,
      contacts: [],
      tags: [],
      summary: null
    })
    assert.isNull(Personal.personal.get("messages")?.bare({ message_id: "msg-1" }))
  })

  it("in JSON is changed wherever it stands, and nothing else is", () => {
    const text = "{\"a\":[{\"tel\":33612345678,\"0612345678\":\"x\"}],\"at\":1612345678000}"
    assert.strictEqual(Personal.json(text, without), "{\"a\":[{\"tel\":\"…\",\"…\":\"x\"}],\"at\":1612345678000}")
    assert.strictEqual(Personal.json("{ \"a\": 1 }", without), "{ \"a\": 1 }")
    const calls = Personal.personal.get("calls")
    const row = { call_id: "cll-2", summary: "Call 0612345678 back", extra: text, contacts: [], tags: [] }
    assert.deepInclude(calls?.reworded(row, without), { call_id: "cll-2", summary: "Call … back" })
    assert.strictEqual(calls?.reworded({ ...row, summary: "x", extra: null }, without)?.["summary"], "x")
  })
})
