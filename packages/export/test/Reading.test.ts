/** How one window of a list is read, what lands of it, and how it ends. */
import { assert, describe, it } from "@effect/vitest"
import type { Entry, Listing } from "@trunkline/export/Source"
import { DateTime, Effect } from "effect"
import type { Window } from "../src/internal/windows.js"
import * as Reading from "./fixtures/reading.js"
import * as Scope from "./fixtures/scope.js"
import type { Part } from "./fixtures/vendor.js"

/** 120 notes in eight hours, which are three pages. */
const notes = Scope.notesIn(8, 15)

const changed = (listing: Listing, change: (entry: Entry, place: number) => Entry) =>
  Effect.succeed({ ...listing, entries: listing.entries.map(change) })

describe("a settled window", () => {
  it.effect("is read once, from the first page to the last, and certified", () =>
    Effect.gen(function*() {
      const { ended, keysInMemory, met, pages, problems, verdicts } = yield* Reading.window({ notes })
      assert.deepStrictEqual([ended, verdicts, problems], ["whole", ["certified"], []])
      assert.deepStrictEqual(pages, ["first", 50, 100])
      // The ledger keeps its keys.
      assert.deepStrictEqual([met, keysInMemory], [[120], 0])
    }))

  it.effect("that was counted otherwise is read twice, and certified where both show the same", () =>
    Effect.gen(function*() {
      const { pages, verdicts } = yield* Reading.window({ notes, window: { total: 119 } })
      assert.deepStrictEqual([verdicts, pages.length], [["certified"], 6])
    }))

  it.effect("that two counts found empty is not read", () =>
    Effect.gen(function*() {
      const pass = { totals: [0], keys: new Set<string>(), refused: new Set<string>(), requestIds: [] }
      const empty = { total: 0, slices: [], pass: { ...pass, shown: 0, repeats: new Map(), gap: false } }
      for (const settled of [true, false]) {
        const { asked, ended, met, verdicts } = yield* Reading.window({ notes: [], window: { ...empty, settled } })
        assert.deepStrictEqual([asked, ended, verdicts, met], [[], "whole", [settled ? "certified" : "open"], [0]])
      }
    }))

  it.effect("that is empty is read all the same where nothing was counted", () =>
    Effect.gen(function*() {
      const { ended, verdicts } = yield* Reading.window({ notes: [], window: { total: null } })
      assert.deepStrictEqual([ended, verdicts], ["whole", ["certified"]])
    }))
})

describe("a window", () => {
  it.effect("that still grows is read until nothing new comes", () =>
    Effect.gen(function*() {
      const { ended, keysInMemory, pages, verdicts } = yield* Reading.window({ notes, window: { settled: false } })
      assert.deepStrictEqual([ended, verdicts, pages.length, keysInMemory], ["whole", ["open"], 6, 120])
    }))

  it.effect("announces the requests that its count did not announce", () =>
    Effect.gen(function*() {
      const announced = (window: Partial<Window>) =>
        Effect.map(Reading.window({ notes, window }), ({ announced }) => announced)
      assert.strictEqual(yield* announced({}), 0)
      assert.strictEqual(yield* announced({ total: null }), 2)
      assert.strictEqual(yield* announced({ settled: false }), 3)
    }))

  it.effect("in which a row has no time near it shows that the filter is ignored", () =>
    Effect.gen(function*() {
      const [near, far] = [Scope.at(4), Scope.at(100)]
      for (const stamps of [[far, near], [far], [far, far]]) {
        const read = yield* Reading.window({
          notes,
          turned: (listing) => changed(listing, (entry, place) => place === 7 ? { ...entry, stamps } : entry)
        })
        assert.deepStrictEqual(
          [read.ended, read.verdicts],
          stamps.includes(near) ? ["whole", ["certified"]] : ["FilterIgnored", []]
        )
      }
    }))

  it.effect("lands five thousand rows at a time", () =>
    Effect.gen(function*() {
      for (const [rows, verdicts] of [[4999, ["certified"]], [5000, [null, "certified"]]] as const) {
        const read = yield* Reading.window({ notes: Scope.notesAt(Array.from({ length: rows }, (_, n) => n / 1000)) })
        assert.deepStrictEqual(read.verdicts, [...verdicts])
      }
    }))

  it.effect("whose rows are in no table says so of its keys", () =>
    Effect.gen(function*() {
      const { list, scope } = yield* Effect.map(Reading.window({ notes }), ({ landings: [landing], scope }) => {
        assert.isTrue(landing?.keysOfRows)
        return { scope, list: { published: { ...scope.list.published, tables: [] } } }
      })
      assert.lengthOf(scope.list.published.tables, 1)
      const { landings: [landing] } = yield* Reading.window({ notes, list })
      assert.isFalse(landing?.keysOfRows)
    }))

  const now = 100_000
  const endedAt = DateTime.subtract(Scope.at(now), { minutes: 30 })
  /** Of four notes: one has its details, one lacks them, one is so old that it never gets them, and one has none. */
  const detailed = (isListed: boolean, full = false) =>
    Effect.map(
      Reading.window({
        notes: Scope.notesIn(4, 1),
        now,
        full,
        details: { listed: isListed },
        turned: (listing) =>
          changed(listing, (entry, place) => ({
            ...entry,
            detail: [
              { endedAt, finished: true },
              { endedAt, finished: false },
              { endedAt: Scope.at(0), finished: false },
              null
            ][place] ?? null
          }))
      }),
      ({ landings: [landing] }) => ({
        pending: landing?.pending?.map(({ again, dueAt, id }) => ({ id, dueAt, again })),
        postponed: landing?.postponed?.map(({ id }) => id),
        settled: landing?.settled
      })
    )

  it.effect("whose list shows no details leaves each record to be asked for at once, anew where all is read again", () =>
    Effect.gen(function*() {
      for (const full of [false, true]) {
        const pending = ["note-0", "note-1", "note-2"].map((id) => ({ id, dueAt: Scope.at(now), again: full }))
        assert.deepStrictEqual(yield* detailed(false, full), { pending, postponed: [], settled: [] })
      }
    }))

  it.effect("whose list shows details leaves those that are missing to be asked for later, as long as they may come", () =>
    Effect.gen(function*() {
      const pending = [{ id: "note-1", dueAt: DateTime.add(endedAt, { hours: 1 }), again: false }]
      for (const full of [false, true]) {
        assert.deepStrictEqual(yield* detailed(true, full), {
          pending,
          postponed: ["note-1"],
          settled: ["note-0", "note-2"]
        })
      }
    }))
})

describe("a window in parts", () => {
  const even: Part = (notes) => notes.filter((_, n) => n % 2 === 0)
  const odd: Part = (notes) => notes.filter((_, n) => n % 2 === 1)
  const hour = { range: Scope.hours(0, 1) }
  const parts = (parts: ReadonlyArray<Part>, world: Partial<Reading.World> = {}) =>
    Reading.window({ notes: Scope.notesIn(1, 120), isInParts: true, cuts: [parts], window: hour, ...world })

  it.effect("is certified where they make up the whole, which is counted once more", () =>
    Effect.gen(function*() {
      const { asked, ended, met, verdicts } = yield* parts([even, odd])
      assert.deepStrictEqual([ended, verdicts, met], ["whole", ["certified"], [120]])
      assert.deepStrictEqual(asked.map(({ page, slice }) => [slice, page]), [
        ["all 0", "first"],
        ["all 0", 50],
        ["all 1", "first"],
        ["all 1", 50],
        ["all", "count"]
      ])
    }))

  it.effect("is not counted again where it still grows", () =>
    Effect.gen(function*() {
      const { pages, verdicts } = yield* parts([even, odd], { window: { ...hour, settled: false } })
      assert.deepStrictEqual([verdicts, pages.includes("count")], [["open"], false])
    }))

  const unproved = (why: string) =>
    `1970-01-01T00:00:00.000Z to 1970-01-01T01:00:00.000Z could not be proved complete: ${why}. ` +
    "Its rows are kept, and the next run reads it again"

  it.effect("is not certified where they make more or fewer rows than the whole, or the whole does not say", () =>
    Effect.gen(function*() {
      const fewer = yield* parts([even, (notes) => odd(notes).slice(1)])
      assert.deepStrictEqual([fewer.ended, fewer.verdicts, fewer.met], ["doubtful", ["uncertified"], []])
      assert.deepStrictEqual(fewer.problems, [
        unproved("its parts make 119 rows, and the API says 120 for the whole")
      ])
      const silent = yield* parts([even, odd], {
        turned: (listing, { page }) => Effect.succeed(page === "count" ? { ...listing, total: null } : listing)
      })
      assert.deepStrictEqual(silent.problems, [
        unproved("its parts make 120 rows, and the API says nothing for the whole")
      ])
    }))

  it.effect("is not certified where two show the same row, and another is in none", () =>
    Effect.gen(function*() {
      const { problems } = yield* parts([(notes) => notes.slice(0, 60), (notes) => notes.slice(59, 119)])
      assert.deepStrictEqual(problems, [unproved("two of its parts showed the same row")])
    }))

  it.effect("is certified where parts tell their totals on their first pages only, or not in their first walk", () =>
    Effect.gen(function*() {
      for (const silent of ["page", "walk"] as const) {
        const { ended, pages, problems } = yield* parts([even, odd], {
          turned: (listing, { page, slice }, number) =>
            Effect.succeed(
              (silent === "page" ? typeof page === "number" : slice === "all 0" && number < 2)
                ? { ...listing, total: null }
                : listing
            )
        })
        assert.deepStrictEqual([ended, problems, pages.length], ["whole", [], silent === "page" ? 11 : 7])
      }
    }))
})
