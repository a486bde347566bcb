import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Wire } from "@trunkline/http"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** What a schema makes of a value; a list of paths when it refuses it. */
const read = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknownEither(schema)
  return (input: unknown): A | ReadonlyArray<string> =>
    Either.getOrElse(decode(input), ({ issue }) => Wire.pathsOf(issue))
}

const refused = ["(the value itself)"]

const Company = Wire.record(Schema.Struct({ id: Wire.id, name: Wire.maybe(Schema.String) }))

const Row = Wire.record(Schema.Struct({
  id: Wire.id,
  startedAt: Wire.instant.pipe(Schema.propertySignature, Schema.fromKey("started_at")),
  alloNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("allo_number")),
  longCalls: Wire.maybe(Wire.quantity).pipe(Schema.fromKey("calls_over_1_min")),
  type: Wire.maybe(Wire.openLiteral(["CALL", "SMS"], { TEXT_MESSAGE: "SMS" })),
  duration: Wire.maybe(Wire.seconds),
  summary: Wire.maybe(Wire.said),
  tags: Wire.list(Schema.String),
  company: Wire.maybe(Company),
  companies: Wire.list(Company),
  transcript: Wire.maybeList(Schema.String)
}))

const least = { id: "cll-1", started_at: "2024-01-15T10:30:00Z" }

const empty = {
  id: "cll-1",
  startedAt: DateTime.unsafeMake("2024-01-15T10:30:00Z"),
  alloNumber: null,
  longCalls: null,
  type: null,
  duration: null,
  summary: null,
  tags: [],
  company: null,
  companies: [],
  transcript: null,
  extra: {}
}

const row = read(Row)

describe("checklist of the tolerant decoder", () => {
  it("row 1: unknown keys are kept", () =>
    assert.deepStrictEqual(row({ ...least, extracted_data: { contact: { name: "null" } } }), {
      ...empty,
      extra: { extracted_data: { contact: { name: "null" } } }
    }))

  it("row 2: a missing optional field is null", () => assert.deepStrictEqual(row(least), empty))

  it("row 2: an optional field that is null is null", () =>
    assert.deepStrictEqual(
      row({
        ...least,
        allo_number: null,
        calls_over_1_min: null,
        type: null,
        duration: null,
        summary: null,
        tags: null,
        company: null,
        companies: null,
        transcript: null
      }),
      empty
    ))

  it.each(["alloNumber", "AlloNumber", "ALLO_NUMBER", "allo-number", "allonumber"])(
    "row 2: a field in another case (%s) is found",
    (name) =>
      assert.deepStrictEqual(row({ ...least, [name]: "+33612345678" }), { ...empty, alloNumber: "+33612345678" })
  )

  it("row 2: only the id and the instant are demanded, and the refusal names both", () =>
    assert.deepStrictEqual([row({ ...least, id: null }), row({ id: "cll-1" }), row({})], [["id"], ["started_at"], [
      "id"
    ]]))

  it.each(["MISSED", "missed", "CLOSED", "TRANSFERRED_ELEVEN_LABS", "x", "__proto__", "constructor", "toString"])(
    "row 3: the word %s nobody announced is a value",
    (type) => assert.deepStrictEqual(row({ ...least, type }), { ...empty, type })
  )

  it.each([
    "cll-abc123",
    "cll_abc123",
    "call_abc123",
    "g7b8c9d0-e1f2-3456-abcd-789012345678",
    "CLL-16F950",
    "42",
    " x "
  ])(
    "row 4: the id %s is neither checked nor rewritten",
    (id) => assert.deepStrictEqual(row({ ...least, id }), { ...empty, id })
  )

  it("row 4: an id that came as a number is its digits", () =>
    assert.deepStrictEqual(row({ ...least, id: 42 }), { ...empty, id: "42" }))

  it.each(["null", "NULL", ".NULL", "N/A", "n/a", "NOT AVAILABLE", "NONE", "-", "/", ".", "", "  "])(
    "row 8: \"%s\" is no text, and is kept",
    (summary) => assert.deepStrictEqual(row({ ...least, summary }), { ...empty, extra: { summary } })
  )

  it("row 8: text that only contains such a word is text", () =>
    assert.deepStrictEqual(row({ ...least, summary: "None of them called back" }), {
      ...empty,
      summary: "None of them called back"
    }))

  it.each(["calls_over_1_min", "calls_over1_min", "callsOver1Min", "calls_over_1min"])(
    "row 13: %s is calls_over_1_min",
    (name) => assert.deepStrictEqual(row({ ...least, [name]: 90 }), { ...empty, longCalls: 90 })
  )

  it("row 16: one bad row in a good page is one failure, and the others stand", () => {
    const bad = { id: "cll-2", allo_number: "+33612345678" }
    const { rejected, rows } = Wire.rows(Row)([least, bad, { ...least, id: "cll-3" }])
    assert.deepStrictEqual(rows, [empty, { ...empty, id: "cll-3" }])
    assert.deepStrictEqual(rejected.map(({ paths, raw }) => [paths, Redacted.value(raw)]), [
      [["started_at"], JSON.stringify(bad)]
    ])
  })

  it.each([null, "row", 1, true, ["cll-1"]])("row 16: %j in place of a row is one failure, too", (bad) => {
    const { rejected, rows } = Wire.rows(Row)([bad, least])
    assert.deepStrictEqual(rows, [empty])
    assert.deepStrictEqual(rejected.map(({ paths, raw }) => [paths, Redacted.value(raw)]), [
      [refused, JSON.stringify(bad)]
    ])
  })
})

const instants: ReadonlyArray<readonly [sent: unknown, meant: string]> = [
  ["2024-01-15T10:30:00Z", "2024-01-15T10:30:00.000Z"],
  ["2024-01-15T10:30:00z", "2024-01-15T10:30:00.000Z"],
  ["2024-01-15t10:30:00z", "2024-01-15T10:30:00.000Z"],
  ["2024-01-15T10:30Z", "2024-01-15T10:30:00.000Z"],
  [" 2024-01-15T10:30:00Z ", "2024-01-15T10:30:00.000Z"],
  // Without a zone: UTC, also within an hour that a zone skips or repeats.
  ["2024-01-15T10:30:00", "2024-01-15T10:30:00.000Z"],
  ["2024-01-15 10:30:00", "2024-01-15T10:30:00.000Z"],
  ["2024-03-10T02:30:00", "2024-03-10T02:30:00.000Z"],
  ["2024-11-03T01:30:00", "2024-11-03T01:30:00.000Z"],
  ["2024-01-15", "2024-01-15T00:00:00.000Z"],
  // An offset.
  ["2024-01-15T10:30:00+05:30", "2024-01-15T05:00:00.000Z"],
  ["2024-01-15T10:30:00+0530", "2024-01-15T05:00:00.000Z"],
  ["2024-01-15T10:30:00-03", "2024-01-15T13:30:00.000Z"],
  ["2024-01-15 10:30:00 +0000", "2024-01-15T10:30:00.000Z"],
  ["2024-01-15T23:30:00-05:00", "2024-01-16T04:30:00.000Z"],
  // A fraction: to the millisecond, and not rounded into the next one.
  ["2024-01-15T10:30:00.1Z", "2024-01-15T10:30:00.100Z"],
  ["2024-01-15T10:30:00.123Z", "2024-01-15T10:30:00.123Z"],
  ["2024-01-15T10:30:00.123456", "2024-01-15T10:30:00.123Z"],
  ["2024-01-15T10:30:00,5+01:00", "2024-01-15T09:30:00.500Z"],
  ["2024-01-15T10:30:00.999999999Z", "2024-01-15T10:30:00.999Z"],
  // An epoch.
  [1705314600, "2024-01-15T10:30:00.000Z"],
  [1705314600.5, "2024-01-15T10:30:00.500Z"],
  [1705314600123, "2024-01-15T10:30:00.123Z"],
  ["1705314600", "2024-01-15T10:30:00.000Z"],
  ["1705314600123", "2024-01-15T10:30:00.123Z"],
  // The edges of the calendar.
  ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
  ["2024-01-15T24:00:00Z", "2024-01-16T00:00:00.000Z"],
  ["2999-12-31T23:59:59Z", "2999-12-31T23:59:59.000Z"],
  ["1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000Z"]
]

const nonsense: ReadonlyArray<unknown> = [
  "2024-02-30T00:00:00Z",
  "2023-02-29T00:00:00Z",
  "2024-04-31",
  "2024-13-01T00:00:00Z",
  "2024-00-10T00:00:00Z",
  "2024-01-00T00:00:00Z",
  "2024-01-15T25:00:00Z",
  "2024-01-15T24:00:01Z",
  "2024-01-15T10:60:00Z",
  "2024-01-15T10:30:61Z",
  "2024-01-15T10",
  "2024-01",
  "2024",
  "20240115",
  "15/01/2024",
  "Mon, 15 Jan 2024 10:30:00 GMT",
  "yesterday",
  "<string>",
  "",
  " ",
  "0",
  "-1705314600",
  0,
  -1,
  true,
  null,
  undefined,
  [],
  ["2024-01-15T10:30:00Z"],
  {},
  { date: "2024-01-15" }
]

const zones = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"]

describe.each(zones)("instants on a machine in %s", (zone) => {
  const before = process.env["TZ"]
  beforeAll(() => {
    process.env["TZ"] = zone
  })
  afterAll(() => {
    if (before === undefined) delete process.env["TZ"]
    else process.env["TZ"] = before
  })

  it("the zone is that one", () =>
    assert.strictEqual(new Date(1705314600000).getTimezoneOffset(), [0, 300, -330, -840][zones.indexOf(zone)]))

  it.each(instants)(
    "row 5: %j is %s",
    (sent, meant) => assert.deepStrictEqual(read(Wire.instant)(sent), DateTime.unsafeMake(meant))
  )

  it.each(nonsense)("row 5: %j is refused", (sent) => assert.deepStrictEqual(read(Wire.instant)(sent), refused))
})

describe("quantity", () => {
  it.each([[0, 0], [8.5, 8.5], ["180", 180], [" 180 ", 180], ["5.5", 5.5]])(
    "row 6: %j is %d",
    (sent, meant) => assert.strictEqual(read(Wire.quantity)(sent), meant)
  )

  it.each([
    -1,
    "-1",
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "NaN",
    "Infinity",
    "",
    " ",
    "1 min",
    "1,5",
    null,
    true,
    [1],
    {}
  ])(
    "row 6: %j is refused",
    (sent) => assert.deepStrictEqual(read(Wire.quantity)(sent), refused)
  )
})

describe("lengths", () => {
  it.each([[180, 180], ["180", 180], [0, 0], [0.5, 0.5]])(
    "row 6: %j seconds are %d",
    (sent, meant) => assert.deepStrictEqual(read(Wire.seconds)(sent), Duration.seconds(meant))
  )

  it.each([[5.5, 330], ["5.5", 330], [0, 0], [0.0166, 1], [2.4333, 146]])(
    "row 6: %j minutes are %d seconds",
    (sent, meant) => assert.deepStrictEqual(read(Wire.minutes)(sent), Duration.seconds(meant))
  )

  it.each([-1, "-0.5", "two minutes", "2m 30s", Number.NaN, null, {}])(
    "row 6: %j is no length",
    (sent) => assert.deepStrictEqual([read(Wire.seconds)(sent), read(Wire.minutes)(sent)], [refused, refused])
  )
})

describe("openLiteral", () => {
  const word = read(Wire.openLiteral(["CALL", "SMS"], { TEXT_MESSAGE: "SMS" }))

  it.each(["CALL", "call", "Call"])("%s comes in its documented case", (sent) => assert.strictEqual(word(sent), "CALL"))

  it.each(["TEXT_MESSAGE", "text_message"])("%s is translated", (sent) => assert.strictEqual(word(sent), "SMS"))

  it.each(["fax", "FAX", "Call me"])("%s stays as it was sent", (sent) => assert.strictEqual(word(sent), sent))

  it.each(["", null, 1, true, ["CALL"], {}])("%j is no word", (sent) => assert.deepStrictEqual(word(sent), refused))
})

describe("flag", () => {
  it.each([[true, true], [false, false], ["true", true], ["False", false], [" TRUE ", true]])(
    "%j is %s",
    (sent, meant) => assert.strictEqual(read(Wire.flag)(sent), meant)
  )

  it.each(["yes", "", 1, 0, null, [true]])(
    "%j is neither yes nor no",
    (sent) => assert.deepStrictEqual(read(Wire.flag)(sent), refused)
  )
})

describe("id", () => {
  it.each(["", null, 1.5, 1e21, true, ["x"], {}])(
    "%j is none",
    (sent) => assert.deepStrictEqual(read(Wire.id)(sent), refused)
  )
})

describe("words", () => {
  it.each<readonly [unknown, ReadonlyArray<string>]>([
    ["a@x.fr, b@x.fr", ["a@x.fr", "b@x.fr"]],
    [["a@x.fr, b@x.fr"], ["a@x.fr", "b@x.fr"]],
    [["a@x.fr", "b@x.fr"], ["a@x.fr", "b@x.fr"]],
    [["a", null, " ", "b"], ["a", "b"]],
    ["", []],
    [[], []]
  ])("row 7: %j are the words %j", (sent, meant) => assert.deepStrictEqual(read(Wire.words)(sent), meant))

  it.each([null, 1, {}])("row 7: %j are none", (sent) => assert.deepStrictEqual(read(Wire.words)(sent), refused))
})

describe("lists", () => {
  it.each([undefined, null, []])(
    "row 7: a list that is %j is empty",
    (tags) => assert.deepStrictEqual(row({ ...least, ...(tags === undefined ? {} : { tags }) }), empty)
  )

  it("row 7: a list that distinguishes is null when absent or null, and empty when empty", () =>
    assert.deepStrictEqual(
      [row(least), row({ ...least, transcript: null }), row({ ...least, transcript: [] })],
      [empty, empty, { ...empty, transcript: [] }]
    ))

  it("an element that cannot be read is left out, and the whole list is kept", () =>
    assert.deepStrictEqual(row({ ...least, tags: ["a", 1, null, "b"] }), {
      ...empty,
      tags: ["a", "b"],
      extra: { tags: ["a", 1, null, "b"] }
    }))

  it("a list whose elements are all unreadable is empty, and is kept", () =>
    assert.deepStrictEqual(row({ ...least, companies: [{ name: "Acme" }] }), {
      ...empty,
      extra: { companies: [{ name: "Acme" }] }
    }))

  it.each([1, true, { 0: "a" }])(
    "%j in place of a list is no list, and is kept",
    (tags) => assert.deepStrictEqual(row({ ...least, tags }), { ...empty, extra: { tags } })
  )

  it("a text in place of a transcript is no transcript, and is kept", () =>
    assert.deepStrictEqual(row({ ...least, transcript: "Hello?" }), { ...empty, extra: { transcript: "Hello?" } }))
})

describe("what cannot be read", () => {
  it.each<readonly [string, unknown]>([
    ["allo_number", 33612345678],
    ["allo_number", ["+33612345678"]],
    ["calls_over_1_min", -1],
    ["calls_over_1_min", "many"],
    ["type", 7],
    ["duration", "2m 30s"],
    ["duration", -3],
    ["duration", { seconds: 3 }],
    ["summary", false],
    ["company", "Acme"],
    ["company", { name: "Acme" }]
  ])(
    "in %s (%j) is kept under the name it was sent under",
    (name, value) => assert.deepStrictEqual(row({ ...least, [name]: value }), { ...empty, extra: { [name]: value } })
  )

  it("in a nested record is kept there", () =>
    assert.deepStrictEqual(row({ ...least, company: { id: "com-1", name: 7, size: 12 } }), {
      ...empty,
      company: { id: "com-1", name: null, extra: { name: 7, size: 12 } }
    }))
})

describe("names of fields", () => {
  it("a field that came under both spellings is read under its own, and the other is kept", () =>
    assert.deepStrictEqual(row({ alloNumber: "+2", ...least, allo_number: "+1" }), {
      ...empty,
      alloNumber: "+1",
      extra: { alloNumber: "+2" }
    }))

  it("of two other spellings the first is read, and the second is kept", () =>
    assert.deepStrictEqual(row({ ...least, alloNumber: "+1", ALLO_NUMBER: "+2" }), {
      ...empty,
      alloNumber: "+1",
      extra: { ALLO_NUMBER: "+2" }
    }))

  it.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "extra", "", "then"])(
    "\"%s\" is a name like any other",
    (name) => {
      const sent: unknown = JSON.parse(
        JSON.stringify(least).replace("{", `{${JSON.stringify(name)}:{"polluted":true},`)
      )
      const extra: Wire.Extra = JSON.parse(`{${JSON.stringify(name)}:{"polluted":true}}`)
      const got = row(sent)
      assert.deepStrictEqual(got, { ...empty, extra })
      assert.deepStrictEqual("extra" in got ? Object.keys(got.extra) : [], [name])
      assert.notProperty({}, "polluted")
    }
  )

  it("a record without anything undeclared has an extra without anything", () => {
    const got = row(least)
    assert.deepStrictEqual("extra" in got ? Object.keys(got.extra) : ["refused"], [])
  })
})

describe("paths of a refusal", () => {
  it("name fields as they are sent, and never what stood there", () => {
    const { rejected } = Wire.rows(Row)([{ id: "cll-1", started_at: "+33612345678" }])
    assert.deepStrictEqual(rejected.map(({ paths }) => paths), [["started_at"]])
  })

  it("the raw row is not rendered", () => {
    const { rejected } = Wire.rows(Row)([{ id: "cll-1", allo_number: "+33612345678" }])
    assert.notInclude(JSON.stringify(rejected) + String(rejected[0]?.raw), "33612345678")
  })
})

describe("encoding", () => {
  const Text = Wire.record(Schema.Struct({
    id: Wire.id,
    alloNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("allo_number")),
    type: Wire.maybe(Wire.openLiteral(["CALL", "SMS"])),
    tags: Wire.list(Schema.String),
    transcript: Wire.maybeList(Schema.String),
    company: Wire.maybe(Company)
  }))

  it("gives a record back as the API sends it, extra fields included", () => {
    const sent = {
      id: "cll-1",
      allo_number: "+33612345678",
      type: "CALL",
      tags: ["a"],
      transcript: ["Hello?"],
      company: { id: "com-1", name: "Acme", size: 12 },
      data_collected: { a: [1] }
    }
    const typed = Schema.decodeUnknownSync(Text)(sent)
    assert.deepStrictEqual(Schema.encodeSync(Text)(typed), sent)
  })

  it("what is encoded reads as the same record again", () => {
    const typed = Schema.decodeUnknownSync(Text)({ ID: "cll-1", alloNumber: "+1", type: "fax", unknown: null })
    assert.deepStrictEqual(Schema.decodeUnknownSync(Text)(Schema.encodeSync(Text)(typed)), typed)
  })

  it("gives back what could not be read, as it was sent", () => {
    const sent = {
      id: "cll-1",
      allo_number: 12,
      type: "CALL",
      tags: ["a", 5],
      transcript: { text: "Hello?" },
      company: { id: "com-1", name: ["Acme"] }
    }
    assert.deepStrictEqual(Schema.encodeSync(Text)(Schema.decodeUnknownSync(Text)(sent)), sent)
  })
})

describe("far instants", () => {
  const instant = read(Wire.instant)
  const at = (text: string) => DateTime.unsafeMake(new Date(text))

  it("of the first century stay in it", () => {
    assert.deepStrictEqual(instant("0001-01-01T00:00:00Z"), at("0001-01-01T00:00:00.000Z"))
    assert.deepStrictEqual(instant("0096-02-29T23:59:59+01:00"), at("0096-02-29T22:59:59.000Z"))
    assert.deepStrictEqual(instant("0097-02-29"), refused)
  })

  it("beyond what a clock can show are refused, and their row with them only", () => {
    assert.deepStrictEqual(instant(8.64e15), at("+275760-09-13T00:00:00.000Z"))
    assert.deepStrictEqual(instant(8.64e15 + 1), refused)
    assert.deepStrictEqual(instant(Number.MAX_VALUE), refused)
    const { rejected, rows } = Wire.rows(Row)([{ ...least, started_at: 8.65e15 }, least])
    assert.strictEqual(rows.length, 1)
    assert.deepStrictEqual(rejected.map(({ paths }) => paths), [["started_at"]])
  })

  it("at the end of a year, in an offset, are in the next one", () => {
    assert.deepStrictEqual(instant("2025-12-31T23:30:00-01:00"), at("2026-01-01T00:30:00.000Z"))
    assert.deepStrictEqual(instant("2024-02-29T24:00:00Z"), at("2024-03-01T00:00:00.000Z"))
  })
})

describe("a row nested deeper than can be written", () => {
  it("costs no other row", () => {
    const depth = 100_000
    const deep: unknown = JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`)
    const { rejected, rows } = Wire.rows(Row)([{ note: deep }, { ...least, note: deep }, least])
    assert.strictEqual(rejected.length, 1)
    assert.strictEqual(rows.length, 2)
  })
})
