import { assert, describe, it } from "@effect/vitest"
import { type ApiError, type Envelope, Page, Wire } from "@trunkline/http"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const decode = Wire.rows(Wire.record(Schema.Struct({ id: Wire.id })))
const origin = { requestId: "req_1", answeredAt: DateTime.unsafeMake("2024-01-15T10:30:00Z") }
const silent: Envelope.Paging = { page: null, size: null, total: null, totalPages: null, more: null }

const ids = (...names: ReadonlyArray<string>) => names.map((id) => ({ id }))

const make = (
  rows: ReadonlyArray<unknown>,
  paging: Partial<Envelope.Paging> = {},
  asked: { readonly page: number; readonly first: number; readonly size: number } = { page: 1, first: 1, size: 2 }
) => Page.make({ sheet: { rows, paging: { ...silent, ...paging } }, decode, origin, ...asked })

describe("a page", () => {
  it("holds what was answered and what was asked", () =>
    assert.deepStrictEqual(make(ids("a", "b"), { total: 9, totalPages: 5 }), {
      rows: [{ id: "a", extra: {} }, { id: "b", extra: {} }],
      rejected: [],
      page: 1,
      size: 2,
      total: 9,
      totalPages: 5,
      more: true,
      ...origin
    }))

  it("is as large as the answer says, not as was asked", () =>
    assert.strictEqual(make(ids("a"), { size: 20 }).size, 20))

  it("keeps rows that cannot be read beside those that can", () => {
    const { rejected, rows } = make([{ id: "a" }, { name: "b" }])
    assert.deepStrictEqual(rows.map(({ id }) => id), ["a"])
    assert.deepStrictEqual(rejected.map(({ paths, raw }) => [paths, Redacted.value(raw)]), [[
      ["id"],
      "{\"name\":\"b\"}"
    ]])
  })
})

describe("there is more", () => {
  it.each<readonly [string, boolean, Page.Page<unknown>]>([
    ["if the answer says so", true, make(ids("a"), { more: true })],
    ["not if the answer says no", false, make(ids("a", "b"), { more: false })],
    ["if pages are left of the total", true, make(ids("a"), { totalPages: 2 })],
    ["not on the last page of the total", false, make(ids("a", "b"), { totalPages: 1 })],
    ["if either of the two says so: the flag", true, make(ids("a"), { more: true, totalPages: 1 })],
    ["if either of the two says so: the total", true, make(ids("a"), { more: false, totalPages: 2 })],
    ["if nothing is said and the page is full", true, make(ids("a", "b"))],
    ["not if nothing is said and the page is short", false, make(ids("a"))],
    ["not after a page without rows, whatever is said", false, make([], { more: true, totalPages: 9 })],
    ["after a page of which no row can be read", true, make([{}, {}])],
    ["if only a total is said, and not reached", true, make(ids("a", "b"), { total: 3 })],
    ["not if only a total is said, and reached", false, make(ids("a", "b"), { total: 2 })],
    [
      "not if only a total is said, and reached by this page and those before",
      false,
      make(ids("c", "d"), { total: 4 }, { page: 2, first: 1, size: 2 })
    ],
    [
      "if only a total is said, and pages are smaller than asked",
      true,
      make(ids("b"), { total: 3 }, { page: 2, first: 1, size: 50 })
    ],
    [
      "not if only a total is said, and reached by pages smaller than asked",
      false,
      make(ids("c"), { total: 3 }, { page: 3, first: 1, size: 50 })
    ],
    [
      "if a page counted from 0 is not the last",
      true,
      make(ids("a"), { totalPages: 2 }, { page: 0, first: 0, size: 2 })
    ],
    [
      "not if a page counted from 0 is the last",
      false,
      make(ids("a"), { totalPages: 2 }, { page: 1, first: 0, size: 2 })
    ],
    [
      "if a page is full by the size that was answered",
      true,
      make(ids("a"), { size: 1 }, { page: 1, first: 1, size: 50 })
    ]
  ])("%s", (_, more, page) => assert.strictEqual(page.more, more))
})

/** Everything an effect logs, beside its result. */
const listening = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const logged: Array<unknown> = []
    const logger = Logger.make(({ annotations, logLevel, message }) => {
      logged.push([logLevel.label, message, Object.fromEntries(HashMap.toEntries(annotations))])
    })
    return Effect.map(Effect.provide(effect, Logger.add(logger)), (got) => ({ got, logged }))
  })

/** Reads every page of a list; the numbers that were asked for, and what was logged. */
const walk = (
  first: number,
  list: (page: number) => Page.Page<{ readonly id: string }>,
  use: (
    pages: Stream.Stream<Page.Page<{ readonly id: string }>, ApiError.Undecodable>
  ) => Stream.Stream<unknown, ApiError.Undecodable> = (pages) => pages
) =>
  Effect.gen(function*() {
    const asked = yield* Ref.make<ReadonlyArray<number>>([])
    const pages = Page.pages(first, (page) => Effect.as(Ref.update(asked, (all) => [...all, page]), list(page)))
    const { got, logged } = yield* listening(Stream.runCollect(use(pages)))
    return { got: [...got], asked: yield* Ref.get(asked), logged }
  })

const numbered = (page: number) => ids(`${page}a`, `${page}b`)

describe("pages", () => {
  it.effect("are read one after the other to the last", () =>
    Effect.gen(function*() {
      const { asked, got } = yield* walk(1, (page) =>
        make(numbered(page), { totalPages: 4 }, { page, first: 1, size: 2 }))
      assert.deepStrictEqual(asked, [1, 2, 3, 4])
      assert.strictEqual(got.length, 4)
    }))

  it.effect("counted from 0 are read from 0", () =>
    Effect.gen(function*() {
      const { asked } = yield* walk(0, (page) => make(numbered(page), { totalPages: 4 }, { page, first: 0, size: 2 }))
      assert.deepStrictEqual(asked, [0, 1, 2, 3])
    }))

  it.effect("are read from the one that was asked for", () =>
    Effect.gen(function*() {
      const { asked } = yield* walk(3, (page) => make(numbered(page), { totalPages: 4 }, { page, first: 1, size: 2 }))
      assert.deepStrictEqual(asked, [3, 4])
    }))

  it.effect("end at a page without rows, even if it promises more", () =>
    Effect.gen(function*() {
      const { asked } = yield* walk(1, (page) => make(page < 4 ? numbered(page) : [], { more: true }))
      assert.deepStrictEqual(asked, [1, 2, 3, 4])
    }))

  it.effect("row 9: without any total go on until a page is short", () =>
    Effect.gen(function*() {
      const { asked } = yield* walk(1, (page) => make(page < 7 ? numbered(page) : ids("z")))
      assert.deepStrictEqual(asked, [1, 2, 3, 4, 5, 6, 7])
    }))

  it.effect("row 9: without any total go on until a page is empty", () =>
    Effect.gen(function*() {
      const { asked } = yield* walk(1, (page) => make(page < 7 ? numbered(page) : []))
      assert.deepStrictEqual(asked, [1, 2, 3, 4, 5, 6, 7])
    }))

  it.effect("are asked for as they are taken: three rows are one request", () =>
    Effect.gen(function*() {
      const five = (page: number) => ids(...["a", "b", "c", "d", "e"].map((name) => `${page}${name}`))
      const { asked, got } = yield* walk(
        1,
        (page) => make(five(page), { more: true }),
        (pages) => Stream.take(Page.rows("Test.stream", pages), 3)
      )
      assert.strictEqual(got.length, 3)
      assert.deepStrictEqual(asked, [1])
    }))

  it.effect("row 10: shifted and repeated rows are handed on as they come", () =>
    Effect.gen(function*() {
      const shifted = [ids("a", "b"), ids("b", "c"), ids("c", "d"), ids("d")]
      const { got } = yield* walk(
        1,
        (page) => make(shifted[page - 1] ?? []),
        (pages) => Page.rows("Test.stream", pages)
      )
      assert.deepStrictEqual(got, ids("a", "b", "b", "c", "c", "d", "d").map((row) => ({ ...row, extra: {} })))
    }))

  it.effect("row 10: a list that answers the same page for ever is left after three repeats", () =>
    Effect.gen(function*() {
      const { asked } = yield* walk(1, () => make(ids("a", "b"), { more: true }))
      assert.deepStrictEqual(asked, [1, 2, 3, 4])
    }))

  it.effect("row 10: and with a warning that names the page", () =>
    Effect.gen(function*() {
      const { logged } = yield* walk(1, () => make(ids("a", "b"), { more: true }))
      assert.deepStrictEqual(logged, [
        ["WARN", ["a list repeats its page without end, and was left"], { page: 4, requestId: "req_1" }]
      ])
    }))

  it.effect.each<readonly [string, number, number, boolean]>([
    ["on its last page is left", 1, 4, false],
    ["before its last page fails", 1, 5, true],
    ["counted from 0, on its last page is left", 0, 4, false],
    ["counted from 0, before its last page fails", 0, 5, true]
  ])("row 10: a list that repeats %s", ([, first, totalPages, fails]) =>
    Effect.gen(function*() {
      const walked = yield* Effect.either(
        walk(first, (page) => make(ids("a", "b"), { more: true, totalPages }, { page, first, size: 2 }))
      )
      assert.strictEqual(Either.isLeft(walked), fails)
    }))

  it.effect("row 10: a page that repeats once or twice is not the end", () =>
    Effect.gen(function*() {
      const names = ["a", "b", "b", "b", "c", "c", "d"]
      const { asked, logged } = yield* walk(1, (page) =>
        make(ids(names[page - 1] ?? "", "z"), { totalPages: 7 }, {
          page,
          first: 1,
          size: 2
        }))
      assert.deepStrictEqual(asked, [1, 2, 3, 4, 5, 6, 7])
      assert.deepStrictEqual(logged, [])
    }))

  it.effect("row 10: pages that differ only within are different pages to whoever counts their rows", () =>
    Effect.gen(function*() {
      const { asked } = yield* walk(1, (page) =>
        make([...numbered(page), ...ids("z")], { totalPages: 9 }, {
          page,
          first: 1,
          size: 3
        }))
      assert.strictEqual(asked.length, 9)
    }))
})

describe("rows that cannot be read", () => {
  const pages = Stream.make(make([{ id: "a" }, { name: "+33612345678" }]), make([{ id: "b" }]))

  it.effect("row 16: do not stop the others", () =>
    Effect.gen(function*() {
      const rows = yield* Stream.runCollect(Page.rows("Test.others", pages))
      assert.deepStrictEqual([...rows].map(({ id }) => id), ["a", "b"])
    }))

  it.effect("row 16: are logged by path, never by value", () =>
    Effect.gen(function*() {
      const { logged } = yield* listening(Stream.runDrain(Page.rows("Test.logged", pages)))
      assert.deepStrictEqual(logged, [
        ["WARN", ["rows could not be read"], {
          operation: "Test.logged",
          page: 1,
          rows: 1,
          paths: "id",
          requestId: "req_1"
        }]
      ])
    }))

  it.effect("row 16: are counted", () =>
    Effect.gen(function*() {
      yield* Stream.runDrain(Page.rows("Test.counted", pages))
      const counter = Metric.counter("trunkline_rows_rejected", {
        description: "Rows an API answered that could not be read",
        incremental: true
      })
      const { count } = yield* Metric.value(Metric.tagged(counter, "operation", "Test.counted"))
      assert.strictEqual(count, 1)
    }))
})
