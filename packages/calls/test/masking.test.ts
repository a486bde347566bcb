/** A number becomes one token wherever it stands, and nothing else changes. */
import { assert, describe, it } from "@effect/vitest"
import { Masking, Phone } from "@trunkline/calls"
import { createHmac } from "node:crypto"

const hashWith = (key: string) => (text: string) => createHmac("sha256", key).update(text).digest("hex")
const masking = Masking.make({ hashes: [hashWith("one key")], lines: ["+33755550167"] })

const line = "+33155550142"
const person = "+33612345678"
const token = masking.number(person)
const other = masking.number("+442079460000")

const json = (value: unknown) => JSON.stringify(value)
const row = (more: Readonly<Record<string, unknown>>) => ({
  line_number: line,
  contact_number: person,
  contact_country: "FR",
  contact_id: "cnt-1",
  contact_name: "Camille",
  contacts: [],
  tags: [],
  extra: null,
  ...more
})
const extraOf = (extra: unknown): unknown => {
  const masked = masking.row("calls", row({ extra: json(extra) }))["extra"]
  return typeof masked === "string" ? JSON.parse(masked) : masked
}

describe("a token", () => {
  it("is of letters behind a prefix, and is not masked again", () => {
    assert.match(token, /^masked-[a-p]{24}$/)
    assert.isTrue(Masking.isToken(token))
    assert.strictEqual(masking.number(token), token)
    assert.isNull(Phone.digits(token))
  })

  it("is one for all spellings of a number, and another with another key", () => {
    for (const spelling of ["0033 6 12 34 56 78", "+33 (0)6.12.34.56.78", "tel:+33612345678", "33612345678"]) {
      assert.strictEqual(masking.number(spelling), token, spelling)
    }
    assert.strictEqual(masking.number("06 12 34 56 78", line), token)
    assert.notStrictEqual(other, token)
    assert.notStrictEqual(Masking.make({ hashes: [hashWith("another key")] }).number(person), token)
  })

  it("stands for numbers alone", () => {
    for (const word of ["anonymous", "", "private"]) assert.strictEqual(masking.number(word), word)
  })
})

describe("a masked row", () => {
  it("keeps our number, the country and the words of people", () => {
    const before = row({ summary: `Call ${person} back`, agent_name: "Alex", agent_email: "a@example.com" })
    assert.deepStrictEqual(masking.row("calls", before), { ...before, contact_number: token })
  })

  it("holds no number in names, ids and tags", () => {
    const contact = {
      id: "cnt-2",
      name: "06 12 34 56 78",
      company_id: null,
      company_name: "Acme +44 20 7946 0000",
      deals: []
    }
    assert.deepStrictEqual(
      masking.row(
        "calls",
        row({
          contact_id: person,
          contact_name: "+33 6 12 34 56 78",
          contacts: [contact],
          tags: ["vip", `back ${person}`]
        })
      ),
      row({
        contact_number: token,
        contact_id: token,
        contact_name: token,
        contacts: [{ ...contact, name: token, company_name: `Acme ${other}` }],
        tags: ["vip", `back ${token}`]
      })
    )
  })

  it("holds no number in its extra, in any spelling, as a text, a number or a name of a field", () => {
    assert.deepStrictEqual(
      extraOf({
        callback: "0612345678",
        caller: 33612345678,
        deep: [{ [person]: "x", whatsapp: "33612345678@s.whatsapp.net", joined: "tel_33612345678_x" }],
        link: "https://wa.me/33612345678?text=x",
        others: "(+44) 20-7946-0000 / ＋３３６１２３４５６７８"
      }),
      {
        callback: token,
        caller: token,
        deep: [{ [token]: "x", whatsapp: `${token}@s.whatsapp.net`, joined: `tel_${token}_x` }],
        link: `https://wa.me/${token}?text=x`,
        others: `(${other} / ${token}`
      }
    )
  })

  it("keeps what is no number in its extra: ids, times, lengths, our lines", () => {
    const extra = {
      id: 123456789012,
      call_id: "cll-1234567890",
      uuid: "12345678-1234-1234-1234-123456789012",
      hash: "a1234567890b",
      at: "2026-11-29T10:00:00.123456789Z",
      day: "2026-11-29",
      epoch: 1764410000,
      millis: 1764410000123,
      seconds: 123456,
      latitude: "48.8566140",
      line,
      other_line: "+33 7 55 55 01 67"
    }
    assert.deepStrictEqual(extraOf(extra), extra)
  })

  it("of a history says who called without their number, and its id is no hash of it", () => {
    const id = `${"ab".repeat(32)}-0`
    const masked = masking.row("history_messages", {
      contact_id: "cnt-1",
      message_id: id,
      line_number: line,
      contact_number: person,
      contact_country: "FR",
      from_number: person,
      to_number: line,
      sender_id: "+33612345678",
      content: `It is ${person}`,
      extra: null
    })
    assert.match(String(masked["message_id"]), /^masked-[\da-f]{64}-0$/)
    assert.notStrictEqual(masked["message_id"], id)
    assert.deepStrictEqual([masked["from_number"], masked["to_number"], masked["sender_id"]], [token, line, token])
    assert.strictEqual(masked["content"], `It is ${person}`)
  })
})

describe("a second key", () => {
  const both = Masking.make({ hashes: [hashWith("one key"), hashWith("another key")] })
  const history = {
    contact_id: person,
    message_id: `${"ab".repeat(32)}-0`,
    line_number: line,
    contact_number: person,
    contact_country: null,
    from_number: person,
    to_number: line,
    sender_id: person,
    content: "",
    extra: json({ back: `call ${person}` })
  }

  it("makes of each token what it makes of the number, and leaves its own as they are", () => {
    const [first, second] = [masking.row("history_messages", history), both.row("history_messages", history)]
    assert.match(both.number(person), /^masked-b-[a-p]{24}$/)
    assert.deepStrictEqual(both.row("history_messages", first), second)
    assert.deepStrictEqual(both.row("history_messages", second), second)
    assert.notStrictEqual(second["message_id"], first["message_id"])
    assert.deepStrictEqual([first["contact_country"], second["contact_country"]], ["FR", "FR"])
    assert.strictEqual(
      both.record(masking.record(json({ contact_number: person }))),
      both.record(json({ contact_number: person }))
    )
  })
})

describe("a masked record in quarantine", () => {
  it("keeps its id and our number, and holds no other", () => {
    const record = {
      id: "cll-1234567890",
      allo_number: line,
      contact_number: "06 12 34 56 78",
      contacts: [{ id: "cnt-1", name: person, phones: ["+44 20 7946 0000"] }]
    }
    assert.deepStrictEqual(JSON.parse(masking.record(json(record))), {
      ...record,
      contact_number: token,
      contacts: [{ id: "cnt-1", name: token, phones: [other] }]
    })
  })

  it("that is no JSON is masked as one text", () => {
    assert.strictEqual(masking.record(`{"broken: ${person}`), `{"broken: ${token}`)
  })
})
