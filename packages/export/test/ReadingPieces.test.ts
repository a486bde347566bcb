/** How a window is read in pieces that are one answer each. */
import { assert, describe, it } from "@effect/vitest"
import { ApiError } from "@trunkline/http"
import { Effect } from "effect"
import { page } from "./fixtures/pages.js"
import * as Reading from "./fixtures/reading.js"
import * as Scope from "./fixtures/scope.js"

/** 120 notes in eight hours: an answer shows fifty, and a piece is hoped to hold forty. */
const notes = Scope.notesIn(8, 15)
const pieces: ReadonlyArray<Scope.Asked["range"]> = [[0, 8], [0, 3], [3, 5], [5, 8]]

const refusal = new ApiError.Invalid({ operation: "GET /notes", status: 400 })

/** Those that are not sorted by the time that the vendor files them by. */
const unsorted = { place: null }

const read = ({ list, ...world }: Partial<Reading.World>) =>
  Reading.window({ notes, filter: unsorted, ...world, list: { snapshots: true, ...list } })

const open = { settled: false }

describe("an open window in pieces", () => {
  it.effect("is cut until each piece is one answer, which is all there is of it", () =>
    Effect.gen(function*() {
      const { ended, met, pages, ranges, verdicts, walks } = yield* read({ window: open })
      assert.deepStrictEqual([ended, verdicts, met], ["whole", ["open"], [120]])
      assert.deepStrictEqual([ranges, pages], [pieces, ["first", "first", "first", "first"]])
      assert.deepStrictEqual(walks.map(({ totals }) => totals), [[45], [30], [45]])
    }))

  it.effect("is one answer where that shows all", () =>
    Effect.gen(function*() {
      const { pages, verdicts } = yield* read({ window: { ...open, range: Scope.hours(0, 3) } })
      assert.deepStrictEqual([pages, verdicts], [["first"], ["open"]])
    }))

  it.effect("is cut into sixteen pieces at most", () =>
    Effect.gen(function*() {
      const { pages } = yield* read({ notes: Scope.notesIn(160, 5), window: { ...open, range: Scope.hours(0, 160) } })
      assert.strictEqual(pages.length, 17)
    }))

  it.effect("is cut in three where no total is told", () =>
    Effect.gen(function*() {
      const { ranges } = yield* read({
        window: { ...open, total: null },
        turned: (listing) => Effect.succeed({ ...listing, total: null })
      })
      assert.deepStrictEqual([...new Set(ranges.map(String))], pieces.map(String))
    }))

  const full = Scope.notesIn(1, 120)
  it.effect("is walked twice where a unit of time holds more than an answer", () =>
    Effect.gen(function*() {
      const { ended, pages, ranges } = yield* read({ notes: full, window: { ...open, range: Scope.hours(0, 2) } })
      assert.strictEqual(ended, "whole")
      assert.deepStrictEqual(pages, ["first", "first", "first", 50, 100, "first", 50, 100, "first"])
      const unit: Scope.Asked["range"] = [0, 1]
      assert.deepStrictEqual(ranges, [[0, 2], ...Array.from({ length: 7 }, () => unit), [1, 2]])
    }))

  it.effect("is walked where an answer shows all that it says, and names a next page", () =>
    Effect.gen(function*() {
      const { pages } = yield* read({
        notes: Scope.notesIn(1, 10),
        window: { ...open, range: Scope.hours(0, 1) },
        turned: (listing, { page }) => Effect.succeed(page === "first" ? { ...listing, next: 50 } : listing)
      })
      assert.deepStrictEqual(pages.slice(0, 3), ["first", "first", 50])
    }))

  it.effect("is read as one list where its pieces claim far more rows than it has", () =>
    Effect.gen(function*() {
      const { ended, pages, verdicts } = yield* read({
        window: open,
        turned: (listing, { range }) =>
          Effect.succeed(range !== null && range[1] - range[0] < 8 ? { ...listing, total: 5000 } : listing)
      })
      assert.deepStrictEqual([ended, verdicts], ["whole", ["open"]])
      assert.deepStrictEqual(pages, ["first", "first", "first", 50, 100, "first", 50, 100])
    }))
})

describe("a settled window in pieces", () => {
  it.effect("is cut until each piece is one answer, where it is not sorted by the time that files it", () =>
    Effect.gen(function*() {
      const { ended, pages, ranges, verdicts } = yield* read({})
      assert.deepStrictEqual([ended, verdicts, pages.length, ranges], ["whole", ["certified"], 4, pieces])
    }))

  const sorted = (turned?: NonNullable<Reading.World["turned"]>) =>
    Reading.window({ notes, list: { snapshots: true }, ...turned === undefined ? {} : { turned } })

  it.effect("is read one answer after the other where it is sorted by that time", () =>
    Effect.gen(function*() {
      const { pages, ranges, verdicts } = yield* sorted()
      assert.deepStrictEqual([verdicts, pages], [["certified"], ["first", "first", "first"]])
      assert.deepStrictEqual(ranges.map((range) => range?.[1]), [8, 8, 8])
    }))

  it.effect("is cut all the same where its answers come in another order", () =>
    Effect.gen(function*() {
      const { pages, ranges, verdicts } = yield* sorted((listing) =>
        Effect.succeed({ ...listing, entries: listing.entries.toReversed() })
      )
      assert.deepStrictEqual([verdicts, pages.length, ranges], [["certified"], 5, [[0, 8], ...pieces]])
    }))

  it.effect("is walked once where a unit of time holds more than an answer", () =>
    Effect.gen(function*() {
      const { pages, verdicts } = yield* read({
        notes: Scope.notesIn(1, 120),
        window: { range: Scope.hours(0, 1) }
      })
      assert.deepStrictEqual([verdicts, pages], [["certified"], ["first", "first", 50, 100]])
    }))

  it.effect("is given up where its pieces claim far more rows than it has", () =>
    Effect.gen(function*() {
      const { ended, verdicts } = yield* read({ turned: (listing) => Effect.succeed({ ...listing, total: 5000 }) })
      assert.deepStrictEqual([ended, verdicts], ["NoProgress", [null]])
    }))
})

describe("pieces without end", () => {
  it.effect("are given up after a few hundred requests, where answers name a next page and show all that they say", () =>
    Effect.gen(function*() {
      const refused = Array.from({ length: 5 }, (_, n) => `{"id":"${n}"}`)
      const answer = page("a b c d e", { total: 10, next: 50, refused })
      const { asked, ended } = yield* read({
        notes: [],
        window: { range: Scope.hours(0, 1000), total: null },
        turned: (_, { range }) =>
          Effect.succeed({
            ...answer,
            entries: answer.entries.map((entry) => ({ ...entry, stamps: [Scope.at(range?.[0] ?? 0)] }))
          })
      })
      assert.strictEqual(ended, "NoProgress")
      assert.isBelow(asked.length, 400)
    }))
})

it.effect("a refused page behind the first makes a window shorter, whatever is read beside it", () =>
  Effect.gen(function*() {
    const later = (yields: number) => Effect.repeatN(Effect.yieldNow(), yields)
    const { ended, verdicts } = yield* read({
      notes: [...Scope.notesIn(1, 120), ...Scope.notesAt([1.5, 2.5])],
      window: { ...open, range: Scope.hours(0, 3) },
      concurrency: 2,
      turned: (listing, { page, range }) =>
        range?.[0] === 1
          ? Effect.as(later(20), listing)
          : page === 50
          ? Effect.zipRight(later(100), refusal)
          : Effect.succeed(listing)
    })
    assert.deepStrictEqual([ended, verdicts], ["failed", [null, null, "uncertified", "open", "open"]])
  }))
