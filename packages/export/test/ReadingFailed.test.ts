/** What becomes of a window that is in doubt, or is not read to its end. */
import { assert, describe, it } from "@effect/vitest"
import type { Listing } from "@trunkline/export/Source"
import { ApiError } from "@trunkline/http"
import { Effect } from "effect"
import * as Reading from "./fixtures/reading.js"
import * as Scope from "./fixtures/scope.js"
import type { Part } from "./fixtures/vendor.js"

/** 120 notes in eight hours, which are three pages. */
const notes = Scope.notesIn(8, 15)

const operation = "GET /notes"
const fault = new ApiError.ServerFault({ operation, status: 500 })
const refusal = new ApiError.Invalid({ operation, status: 400 })
const revoked = new ApiError.Unauthorized({ operation, status: 401 })

const hoursIn = ({ range }: Scope.Asked) => range === null ? Number.POSITIVE_INFINITY : range[1] - range[0]

/** Pages that say one row more than there is, in these requests. */
const oneMore = (when: (asked: Scope.Asked) => boolean) => (listing: Listing, asked: Scope.Asked) =>
  Effect.succeed(when(asked) ? { ...listing, total: (listing.total ?? 0) + 1 } : listing)

const hour = { range: Scope.hours(0, 1), total: null }

describe("a settled window in doubt", () => {
  it.effect("is read again as its halves, of which each is proved by itself", () =>
    Effect.gen(function*() {
      const { ended, met, problems, verdicts } = yield* Reading.window({
        notes,
        turned: oneMore((asked) => hoursIn(asked) > 4)
      })
      assert.deepStrictEqual([ended, verdicts, met, problems], [
        "whole",
        [null, "certified", "certified"],
        [60, 60],
        []
      ])
      const two = yield* Reading.window({
        notes,
        window: { range: Scope.hours(0, 2), total: null },
        turned: oneMore((asked) => hoursIn(asked) > 1)
      })
      assert.deepStrictEqual([two.ended, two.verdicts], ["whole", [null, "certified", "certified"]])
    }))

  it.effect("ends as the worst of its halves does", () =>
    Effect.gen(function*() {
      const doubtful = yield* Reading.window({
        notes,
        window: { range: Scope.hours(0, 2), total: null },
        turned: oneMore(({ range }) => range?.[0] === 0)
      })
      assert.deepStrictEqual([doubtful.ended, doubtful.verdicts], ["doubtful", [null, "uncertified", "certified"]])
      const failed = yield* Reading.window({
        notes,
        window: { range: Scope.hours(0, 2), total: null },
        turned: (listing, asked) => asked.range?.[0] === 0 ? oneMore(() => true)(listing, asked) : Effect.fail(fault)
      })
      assert.deepStrictEqual([failed.ended, failed.tags], ["failed", ["Uncertified", "ServerFault"]])
      const proved = yield* Reading.window({ notes, turned: oneMore((asked) => hoursIn(asked) > 2) })
      assert.deepStrictEqual([proved.ended, proved.met], ["whole", [30, 30, 30, 30]])
    }))

  const even: Part = (notes) => notes.filter((_, n) => n % 2 === 0)
  const odd: Part = (notes) => notes.filter((_, n) => n % 2 === 1)

  it.effect("of one unit of time is read again in the parts of its first cut", () =>
    Effect.gen(function*() {
      const { asked, ended, verdicts } = yield* Reading.window({
        notes,
        cuts: [[even, odd], [odd]],
        window: hour,
        turned: oneMore(({ page, slice }) => slice === "all" && page !== "count")
      })
      assert.deepStrictEqual([ended, verdicts], ["whole", [null, "certified"]])
      assert.deepStrictEqual(asked.map(({ slice }) => slice), ["all", "all", "all", "all 0", "all 1", "all"])
    }))

  it.effect("of one unit of time without parts is left uncertified, with the reason", () =>
    Effect.gen(function*() {
      for (const cuts of [[], [[]]]) {
        const { ended, met, pages, problems, verdicts } = yield* Reading.window({
          notes,
          cuts,
          window: hour,
          turned: oneMore(() => true)
        })
        assert.deepStrictEqual([ended, verdicts, met, pages.length], ["doubtful", ["uncertified"], [], 3])
        assert.include(problems.join(), "the API says 16 rows and showed 15 different ones")
      }
    }))

  it.effect("is read as it is where no total is told, or its doubt was known before", () =>
    Effect.gen(function*() {
      const silent = yield* Reading.window({
        notes,
        turned: (listing) => Effect.succeed({ ...listing, total: null })
      })
      assert.deepStrictEqual([silent.ended, silent.verdicts, silent.pages.length], ["doubtful", ["uncertified"], 9])
      const known = yield* Reading.window({ notes, window: { doubt: "its parts add up to others" } })
      assert.deepStrictEqual([known.ended, known.verdicts, known.pages.length], ["doubtful", ["uncertified"], 3])
      assert.include(known.problems.join(), "its parts add up to others")
    }))

  it.effect("is not read as its halves where it still grows", () =>
    Effect.gen(function*() {
      const { ended, ranges, verdicts } = yield* Reading.window({
        notes,
        window: { settled: false },
        turned: oneMore(() => true)
      })
      assert.deepStrictEqual([ended, verdicts, new Set(ranges.map(String)).size], ["doubtful", ["uncertified"], 1])
    }))
})

describe("a window that fails", () => {
  it.effect("lands what it has read without a proof of it, and says how far it came", () =>
    Effect.gen(function*() {
      const { ended, met, problems, walks, verdicts } = yield* Reading.window({
        notes,
        turned: (listing, { page }) => page === 100 ? Effect.fail(fault) : Effect.succeed(listing)
      })
      assert.deepStrictEqual([ended, verdicts, met], ["failed", ["uncertified"], []])
      assert.deepStrictEqual(walks.map(({ keys, totals, unfinished }) => [keys.size, totals.length, unfinished]), [
        [100, 3, true]
      ])
      assert.include(
        problems.join(),
        "1970-01-01T00:00:00.000Z to 1970-01-01T08:00:00.000Z could not be read to its end"
      )
    }))

  it.effect("with the key of its scope ends the scope, and keeps what it has read", () =>
    Effect.gen(function*() {
      const { ended, problems, verdicts } = yield* Reading.window({
        notes,
        turned: (listing, { page }) => page === 100 ? Effect.fail(revoked) : Effect.succeed(listing)
      })
      assert.deepStrictEqual([ended, verdicts, problems], ["Unauthorized", [null], []])
    }))

  const refusing = (
    error: typeof fault | typeof refusal,
    when: (asked: Scope.Asked) => boolean,
    world: Partial<Reading.World> = {}
  ) =>
    Reading.window({
      notes,
      turned: (listing, asked) => when(asked) ? Effect.fail(error) : Effect.succeed(listing),
      ...world
    })
  const isDeep = ({ page }: Scope.Asked) => page === 100
  const isWide = (asked: Scope.Asked) => hoursIn(asked) > 4
  const tooWide = { tooWide: () => true }

  it.effect("by the refusal of a page behind the first is read as its halves", () =>
    Effect.gen(function*() {
      const { ended, pages, verdicts } = yield* refusing(refusal, isDeep)
      assert.deepStrictEqual([ended, verdicts], ["whole", [null, "certified", "certified"]])
      assert.deepStrictEqual(pages, ["first", 50, 100, "first", 50, "first", 50])
      const second = yield* refusing(refusal, ({ page }) => page === 50)
      assert.deepStrictEqual([second.ended, second.met], ["whole", [30, 30, 30, 30]])
    }))

  it.effect("by the refusal of its range as too wide is read as its halves", () =>
    Effect.gen(function*() {
      const { ended, verdicts } = yield* refusing(refusal, isWide, { list: tooWide })
      assert.deepStrictEqual([ended, verdicts], ["whole", [null, "certified", "certified"]])
      const two = yield* refusing(refusal, (asked) => hoursIn(asked) > 1, {
        list: tooWide,
        window: { range: Scope.hours(0, 2), total: null }
      })
      assert.deepStrictEqual([two.ended, two.verdicts], ["whole", [null, "certified", "certified"]])
    }))

  it.effect("is not read as its halves where they would be refused as well", () =>
    Effect.gen(function*() {
      const others = [
        yield* refusing(refusal, isWide),
        yield* refusing(fault, isDeep),
        yield* refusing(fault, isWide, { list: tooWide }),
        yield* refusing(refusal, () => true, { list: tooWide, window: hour })
      ]
      for (const { ended, verdicts } of others) {
        assert.deepStrictEqual([ended, verdicts], ["failed", ["uncertified"]])
      }
    }))

  it.effect("in its half keeps the doubt that was known of it", () =>
    Effect.gen(function*() {
      const { ended, verdicts } = yield* refusing(refusal, isDeep, { window: { doubt: "why" } })
      assert.deepStrictEqual([ended, verdicts], ["doubtful", [null, "uncertified", "uncertified"]])
    }))
})

describe("windows", () => {
  const four = [0, 2, 4, 6].map((from) => Scope.hours(from, from + 2))
  it.effect("are all proved where each of them is", () =>
    Effect.gen(function*() {
      const all = yield* Reading.windows({ notes }, four)
      assert.deepStrictEqual([all.ended, all.verdicts.length], ["all", 4])
      const some = yield* Reading.windows({ notes, window: { doubt: "why" } }, four.slice(0, 1))
      assert.strictEqual(some.ended, "not all")
      const one = yield* Reading.windows({ notes, turned: oneMore(({ range }) => range?.[1] === 4) }, four)
      assert.strictEqual(one.ended, "not all")
    }))

  it.effect("are left for the next run after three failed in a row", () =>
    Effect.gen(function*() {
      const { asked, ended, problems } = yield* Reading.windows({ notes, turned: () => Effect.fail(fault) }, four)
      assert.deepStrictEqual([asked.length, ended, problems.length], [3, "not all", 4])
    }))
})
