import { assert, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import * as Budget from "../src/internal/budget.js"
import { page as listing, type Said } from "./fixtures/pages.js"

const lane = { name: "allomia" }

/** How many requests a lane may make until it is ended; null where so many are too few to end it. */
const most = (budget: Budget.Budget, tries: number) =>
  Effect.gen(function*() {
    for (let made = 0; made < tries; made += 1) {
      if (Either.isLeft(yield* Effect.either(budget.spend(lane)))) return made
    }
    return null
  })

/** A page of a list that goes on, and where it begins. */
const page = (number: number, rows: number, total: number | null) =>
  [number === 1 ? null : number, {
    entries: Array.from({ length: rows }, (_, row) => ({
      key: String(row),
      stamps: [],
      rows: [],
      lines: null,
      detail: null
    })),
    refused: [],
    total,
    next: number + 1
  }] as const

it.effect("twice what is explained may be asked, and a few requests more, each lane by itself", () =>
  Effect.gen(function*() {
    const budget = Budget.make()
    yield* budget.explain(lane, 300)
    yield* budget.explain({ name: "allo read" }, 5000)
    assert.strictEqual(yield* most(budget, 2000), 2 * 300 + 200)
    const error = yield* Effect.flip(budget.spend(lane))
    assert.include(error.message, "the plan explains 300")
  }))

it.effect("the first page that tells a total explains the list, by the rows it holds, once a walk", () =>
  Effect.gen(function*() {
    const budget = Budget.make()
    const explain = Budget.pagesOf(budget, lane)
    for (let number = 1; number <= 10; number += 1) yield* explain(...page(number, 20, 1000))
    assert.strictEqual(yield* most(budget, 2000), 2 * 50 + 200)
    yield* explain(...page(1, 20, 1000))
    assert.strictEqual(yield* most(budget, 2000), 2 * 50)
  }))

it.effect("a page explains as many requests as pages of its size hold the list, refused rows and empty pages too", () =>
  Effect.gen(function*() {
    const explained = (keys: string, said: Said, known: Budget.Known = {}) =>
      Effect.gen(function*() {
        const budget = Budget.make()
        yield* Budget.pagesOf(budget, lane, known)(null, listing(keys, said))
        return ((yield* most(budget, 5000)) ?? 0) / 2 - 100
      })
    assert.strictEqual(yield* explained("a", { total: 50, next: 2 }), 50)
    assert.strictEqual(yield* explained("", { total: 50, next: 2 }), 50)
    assert.strictEqual(yield* explained("a b c", { total: 100, next: 2, refused: ["{}", "[]"] }), 20)
    assert.strictEqual(yield* explained("a b", { total: 100 }), 1)
    assert.strictEqual(yield* explained("a b", { total: 100, next: 2 }, { pieces: true }), 100)
    assert.strictEqual(yield* explained("a b", { total: 100, next: 2 }, { planned: 200 }), 100)
  }))

it.effect("a list without a total explains itself page by page, but not for ever", () =>
  Effect.gen(function*() {
    const budget = Budget.make()
    const explain = Budget.pagesOf(budget, lane)
    for (let number = 1; number <= 5000; number += 1) yield* explain(...page(number, 100, null))
    assert.strictEqual(yield* most(budget, 10_000), 2 * 2000 + 200)
  }))

it.effect("pieces may overlap, and not claim far more than four times the list", () =>
  Effect.gen(function*() {
    const { claim } = Budget.pieces(Budget.make(), lane, 10_000)
    for (let piece = 0; piece < 100; piece += 1) yield* claim(null)
    for (let piece = 0; piece < 42; piece += 1) yield* claim(1000)
    assert.strictEqual((yield* Effect.flip(claim(1)))._tag, "NoProgress")
    const untold = Budget.pieces(Budget.make(), lane, null)
    for (let piece = 0; piece < 100; piece += 1) yield* untold.claim(1_000_000)
  }))

it.effect("each cut explains its parts, until pieces of its depth claim far more than the list", () =>
  Effect.gen(function*() {
    const budget = Budget.make()
    const { cut } = Budget.pieces(budget, lane, 100)
    for (const depth of [0, 1, 2]) {
      for (let piece = 0; piece < 60; piece += 1) yield* cut({ depth, claimed: 10, shown: 9, parts: 2 })
    }
    // Of 100 rows, 600 may be claimed at each depth, and a piece of 10 explains two requests.
    assert.strictEqual(yield* most(budget, 2000), 2 * (3 * 60 * 2) + 200)
    for (let piece = 0; piece < 60; piece += 1) yield* cut({ depth: 2, claimed: 10, shown: 9, parts: 2 })
    assert.strictEqual(yield* most(budget, 2000), 0)
  }))

it.effect("a piece explains no cut that claims no more than it shows, or whose size is unknown, or that of its list", () =>
  Effect.gen(function*() {
    const budget = Budget.make()
    for (let piece = 0; piece < 100; piece += 1) {
      yield* Budget.pieces(budget, lane, 100).cut({ depth: 0, claimed: null, shown: 9, parts: 2 })
      yield* Budget.pieces(budget, lane, 100).cut({ depth: 0, claimed: 10, shown: 10, parts: 2 })
      yield* Budget.pieces(budget, lane, null).cut({ depth: 0, claimed: 10, shown: 9, parts: 2 })
    }
    assert.strictEqual(yield* most(budget, 2000), 200)
  }))
