/** How often a list is walked, and what becomes of it. */
import { assert, describe, it } from "@effect/vitest"
import type { Listing } from "@trunkline/export/Source"
import { Effect } from "effect"
import * as Walk from "../src/internal/walk.js"
import { page } from "./fixtures/pages.js"

/** Answers these pages in this order, whichever page is asked for, and counts them. */
const scripted = (...pages: ReadonlyArray<Listing>) => {
  const asked: Array<unknown> = []
  return {
    asked,
    list: {
      page: (cursor: unknown) =>
        Effect.suspend(() => {
          const next = pages[asked.length]
          asked.push(cursor)
          return next === undefined ? Effect.die("asked for more pages than there are") : Effect.succeed(next)
        }),
      stillThere: (keys: ReadonlyArray<string>) => Effect.succeed(keys.length),
      total: Effect.succeed<number | null>(3)
    }
  }
}

const first = page("a b", { total: 3, next: 2 })
const last = page("c", { total: 3, size: 2 })

describe("a walk", () => {
  it.effect("goes from the first page to the one that names no other", () =>
    Effect.gen(function*() {
      const { asked, list } = scripted(first, last)
      const { keys } = yield* Walk.walk(list)
      assert.deepStrictEqual([...keys], ["a", "b", "c"])
      assert.deepStrictEqual(asked, [null, 2])
    }))

  it.effect("ends at the page that is said to be the last", () =>
    Effect.gen(function*() {
      const { asked, list } = scripted(first, last)
      yield* Walk.walk({ page: list.page, isLast: () => true })
      assert.strictEqual(asked.length, 1)
    }))

  it.effect("ends a list that repeats itself after three pages without a new row", () =>
    Effect.gen(function*() {
      const same = page("a b", { total: 3, next: 2 })
      const { asked, list } = scripted(same, same, same, same, same, same)
      yield* Walk.walk(list)
      assert.strictEqual(asked.length, 4)
    }))

  it.effect("ends a list that shows nothing after three pages", () =>
    Effect.gen(function*() {
      const { asked, list } = scripted(...Array.from({ length: 6 }, () => page("", { total: 3, next: 2 })))
      yield* Walk.walk(list)
      assert.strictEqual(asked.length, 3)
    }))
})

describe("a settled list", () => {
  const short = page("a b", { total: 3, size: 3 })
  it.effect("that is whole is walked once", () =>
    Effect.gen(function*() {
      const { asked, list } = scripted(first, last)
      const { doubt } = yield* Walk.settled(list)
      assert.deepStrictEqual([doubt, asked.length], [null, 2])
    }))

  it.effect("that lacks a row is walked again, and at last left uncertified", () =>
    Effect.gen(function*() {
      const { list } = scripted(...Array.from({ length: 10 }, () => short))
      const { doubt, passes } = yield* Walk.settled(list)
      assert.strictEqual(doubt, "the API says 3 rows and showed 2 different ones")
      assert.strictEqual(passes.length, 3)
    }))

  const moved = [page("a b", { total: 3, size: 3 }), page("c", { total: 3, size: 3 })]
  const after = Array.from({ length: 10 }, () => page("c", { total: 3, size: 3 }))
  it.effect("whose rows changed places is certified where all are still there", () =>
    Effect.gen(function*() {
      const { doubt } = yield* Walk.settled(scripted(...moved).list)
      assert.isNull(doubt)
    }))

  it.effect("whose rows changed places is not certified where one is gone", () =>
    Effect.gen(function*() {
      const { list } = scripted(...moved, ...after)
      const { doubt } = yield* Walk.settled({ ...list, stillThere: (keys) => Effect.succeed(keys.length - 1) })
      assert.isNotNull(doubt)
    }))

  it.effect("whose rows changed places is not certified where the total moved in the meantime", () =>
    Effect.gen(function*() {
      const { list } = scripted(...moved, ...after)
      const { doubt } = yield* Walk.settled({ ...list, total: Effect.succeed(4) })
      assert.isNotNull(doubt)
    }))
})

describe("an open list", () => {
  it.effect("in one whole answer needs no second", () =>
    Effect.gen(function*() {
      const { asked, list } = scripted(page("a b", { total: 2 }))
      assert.isNull((yield* Walk.open(list)).doubt)
      assert.strictEqual(asked.length, 1)
    }))

  it.effect("of several answers is walked until nothing new comes", () =>
    Effect.gen(function*() {
      const { asked, list } = scripted(first, last, first, last)
      assert.isNull((yield* Walk.open(list)).doubt)
      assert.strictEqual(asked.length, 4)
    }))

  it.effect("that lost a row while it was read is walked once more", () =>
    Effect.gen(function*() {
      const shrinking = [page("a b", { total: 3, next: 2 }), page("c", { total: 2, size: 2 })]
      const { asked, list } = scripted(...shrinking, ...shrinking, first, last, first, last)
      assert.isNull((yield* Walk.open(list)).doubt)
      assert.isAbove(asked.length, 4)
    }))

  it.effect("without a row that says so needs no second", () =>
    Effect.gen(function*() {
      const { asked, list } = scripted(page("", { total: 0 }))
      assert.isNull((yield* Walk.open(list)).doubt)
      assert.strictEqual(asked.length, 1)
    }))

  it.effect("without a row, in two answers, is walked twice", () =>
    Effect.gen(function*() {
      const empty = [page("", { total: 0, next: 2 }), page("", { total: 0 })]
      const { asked, list } = scripted(...empty, ...empty)
      assert.isNull((yield* Walk.open(list)).doubt)
      assert.strictEqual(asked.length, 4)
    }))

  it.effect("that shows as many rows as were planned needs no second, and one that shows fewer does", () =>
    Effect.gen(function*() {
      for (const [planned, walks] of [[2, 1], [3, 2]] as const) {
        const { asked, list } = scripted(page("a b", { total: 2 }), page("a b", { total: 2 }))
        assert.isNull((yield* Walk.open(list, planned)).doubt)
        assert.strictEqual(asked.length, walks)
      }
    }))

  it.effect("that never says how many rows it has is left in doubt, once nothing new comes", () =>
    Effect.gen(function*() {
      const { asked, list } = scripted(page("a b", { total: null }), page("a b", { total: null }))
      assert.strictEqual((yield* Walk.open(list)).doubt, "the API gave no total to check against")
      assert.strictEqual(asked.length, 2)
    }))

  it.effect("whose total is cut off, and that shows each row once, is whole where the second walk shows the same", () =>
    Effect.gen(function*() {
      const long = [page("a b", { total: 2, next: 2 }), page("c", { total: 2, size: 2 })]
      const { asked, list } = scripted(...long, ...long)
      assert.isNull((yield* Walk.open(list)).doubt)
      assert.strictEqual(asked.length, 4)
    }))

  /** Walks of two pages, one for each of these totals. */
  const moving = (...totals: ReadonlyArray<number>) =>
    scripted(
      ...totals.flatMap((total, n) => [page(`a b${n}`, { total, next: 2 }), page(`c${n}`, { total, size: 2 })])
    )

  it.effect("that shows new rows in every walk is whole where each shows as many as it says", () =>
    Effect.gen(function*() {
      const { asked, list } = moving(3, 3, 3, 3, 3)
      assert.isNull((yield* Walk.open(list)).doubt)
      assert.strictEqual(asked.length, 10)
    }))

  it.effect("that shows new rows in every walk, and more than it says, is left in doubt", () =>
    Effect.gen(function*() {
      const { doubt } = yield* Walk.open(moving(2, 2, 2, 2, 2).list)
      assert.strictEqual(doubt, "the API showed 11 different rows and says 2")
      // One of the walks is enough.
      assert.isNotNull((yield* Walk.open(moving(3, 3, 2, 3, 3).list)).doubt)
    }))

  it.effect("that shows a row twice, and more than it says, is left in doubt", () =>
    Effect.map(
      Walk.open(
        scripted(
          ...Array.from({ length: 5 }, () => [
            page("a b", { total: 2, next: 2 }),
            page("b c", { total: 2, size: 3 })
          ]).flat()
        ).list
      ),
      ({ doubt }) => assert.strictEqual(doubt, "the API showed 3 different rows and says 2")
    ))

  it.effect("that never shows as many rows as it says is left in doubt", () =>
    Effect.gen(function*() {
      const short = page("a b", { total: 3, size: 3 })
      const { asked, list } = scripted(...Array.from({ length: 10 }, () => short))
      assert.strictEqual((yield* Walk.open(list)).doubt, "the API says 3 rows and showed 2 different ones")
      assert.strictEqual(asked.length, 5)
    }))
})
