import { assert, describe, it } from "@effect/vitest"
import { type Envelope, Pace, Page, Read, Wire } from "@trunkline/http"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"

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

describe("lists that mislead", () => {
  const Only = Wire.rows(Wire.record(Schema.Struct({ id: Wire.id })))
  const silent = { page: null, size: null, total: null, totalPages: null, more: null }
  const serving = (
    paging: Partial<Envelope.Paging>,
    rowsOf: (page: number) => ReadonlyArray<unknown>
  ) =>
    Page.pages(1, (page) =>
      Effect.succeed(Page.make({
        sheet: { rows: rowsOf(page), paging: { ...silent, ...paging } },
        decode: Only,
        origin: { requestId: null, answeredAt: null },
        page,
        first: 1,
        size: 50
      })))

  it.effect("one that ignores which page is asked for fails, and does not pass for whole", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Stream.runDrain(serving({ totalPages: 10, more: true }, () => [{ id: "a" }])))
      assert.strictEqual(error._tag, "Undecodable")
    }))

  it.effect("one that caps its pages without a word and tells only a total is read to its end", () =>
    Effect.gen(function*() {
      const all = Array.from({ length: 42 }, (_, n) => ({ id: `c${n}` }))
      const pages = serving({ total: 42 }, (page) => all.slice((page - 1) * 20, page * 20))
      assert.strictEqual(
        (yield* Stream.runCollect(Stream.flatMap(pages, ({ rows }) => Stream.fromIterable(rows)))).length,
        42
      )
    }))

  it.effect("rows nested more deeply than can be written are not one page again and again", () =>
    Effect.gen(function*() {
      const deep: unknown = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`)
      const pages = serving({ totalPages: 10 }, (page) => [{ id: `c${page}`, note: deep }])
      assert.strictEqual((yield* Stream.runCollect(pages)).length, 10)
    }))
})

describe("a pace of little", () => {
  const finishes = (options: Pace.Options, told: Pace.Told, turns: number) =>
    Effect.gen(function*() {
      const pace = yield* Pace.make(options)
      const fiber = yield* Effect.fork(
        Effect.replicateEffect(pace.turn((turn) => Effect.delay(turn.answered(told), 50)), turns)
      )
      yield* TestClock.adjust("10 minutes")
      assert.isTrue(Option.isSome(yield* Fiber.poll(fiber)))
    })

  it.effect("a fraction more than two requests a second goes on", () =>
    finishes({ limit: 2.5, ceiling: 2.5 }, { limit: undefined, remaining: undefined }, 20))
  it.effect("none at all is one", () => finishes({ limit: 0 }, { limit: undefined, remaining: undefined }, 20))
  it.effect("two with a stranger on the key goes on", () =>
    finishes({ limit: 5, ceiling: 2 }, { limit: 5, remaining: 1 }, 20))
  it.effect("two after a refusal goes on", () =>
    Effect.gen(function*() {
      const pace = yield* Pace.make({ limit: 2 })
      const fiber = yield* Effect.fork(Effect.replicateEffect(
        pace.turn((turn) =>
          Effect.zipRight(turn.answered({ limit: 2, remaining: 1 }), pace.close(Duration.seconds(1)))
        ),
        5
      ))
      yield* TestClock.adjust("10 minutes")
      assert.isTrue(Option.isSome(yield* Fiber.poll(fiber)))
    }))
  it.effect("a limit of millions, most of it used by others, costs no time", () =>
    finishes({ limit: 20 }, { limit: 1_000_000_000, remaining: 0 }, 20))
})
