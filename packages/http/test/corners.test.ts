import { assert, describe, it } from "@effect/vitest"
import { Page, Read, Wire } from "@trunkline/http"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const Row = Wire.record(Schema.Struct({
  id: Wire.id,
  at: Wire.maybe(Wire.instant),
  length: Wire.maybe(Wire.seconds),
  minutes: Wire.maybe(Wire.minutes),
  tags: Wire.list(Schema.String),
  words: Wire.maybe(Wire.words)
}))
const decode = Schema.decodeUnknownSync(Row)
const instant = Schema.decodeUnknownEither(Wire.instant)

describe("instants", () => {
  it.each([8.64e15 + 1, 1768473000000000000, Number.MAX_VALUE, "2024-01-01T00:00:00+99:99"])(
    "%j is refused, and nothing is thrown",
    (sent) => assert.isTrue(Either.isLeft(instant(sent)))
  )
})

describe("what cannot be read", () => {
  it("a text in place of a list is kept", () =>
    assert.deepStrictEqual(decode({ id: "a", tags: "support" }).extra, { tags: "support" }))
  it("a word that is none is kept", () =>
    assert.deepStrictEqual(decode({ id: "a", words: ["a,b", 5] }).extra, { words: ["a,b", 5] }))
  it("a length beyond all numbers is no length", () => assert.isNull(decode({ id: "a", length: 1e306 }).length))
  it("a field of one thing that is called as its wrapper is a field", () => {
    const read = Read.one(["data"], Row)
    assert.deepStrictEqual(Either.getOrThrow(read({ data: { id: "a", data: "new" } })).extra, { data: "new" })
  })
})

describe("encoding", () => {
  it.each([
    { id: "a", at: "2024-01-15T10:30:00Z", length: "180", minutes: 5.5 },
    { id: "a", length: "2m", tags: ["x", 1] }
  ])("%j reads as the same record again, also through JSON", (sent) => {
    const typed = decode(sent)
    assert.deepStrictEqual(decode(Schema.encodeSync(Row)(typed)), typed)
    assert.deepStrictEqual(decode(JSON.parse(JSON.stringify(Schema.encodeSync(Row)(typed)))), typed)
  })
})

it.effect("pages of which no row can be read are not one page again and again", () =>
  Effect.gen(function*() {
    const rowsOf = Wire.rows(Row)
    const pages = Page.pages(1, (page) =>
      Effect.succeed(Page.make({
        sheet: {
          rows: [page < 6 ? { name: `bad ${page}` } : { id: "good" }],
          paging: { page: null, size: 1, total: null, totalPages: 6, more: null }
        },
        decode: rowsOf,
        origin: { requestId: null, answeredAt: null },
        page,
        first: 1,
        size: 1
      })))
    const all = yield* Stream.runCollect(pages)
    assert.deepStrictEqual([...all].flatMap(({ rows }) => rows.map(({ id }) => id)), ["good"])
  }))
