/** Who may begin, and when. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { counting } from "../../http/test/fixtures/waking.js"
import * as Turns from "../src/internal/turns.js"

it.effect("as many at once as there are slots, in the order in which they came, and each once", () =>
  Effect.gen(function*() {
    const turns = Turns.make(3)
    const begun: Array<number> = []
    let [now, most] = [0, 0]
    yield* Effect.forEach(
      Array.from({ length: 500 }, (_, index) => index),
      (index) =>
        turns.within(Effect.gen(function*() {
          begun.push(index)
          most = Math.max(most, ++now)
          yield* Effect.yieldNow()
          now--
        })),
      { concurrency: "unbounded", discard: true }
    )
    assert.deepStrictEqual(begun, Array.from({ length: 500 }, (_, index) => index))
    assert.strictEqual(most, 3)
  }))

it.effect("those who leave the line take no turn, and those who fail keep none", () =>
  Effect.gen(function*() {
    const turns = Turns.make(1)
    const gate = yield* Effect.makeLatch()
    const begun: Array<string> = []
    const work = (name: string) => turns.within(Effect.zipRight(Effect.sync(() => begun.push(name)), gate.await))
    const first = yield* Effect.fork(work("first"))
    yield* Effect.yieldNow()
    const [left, called, last] = yield* Effect.all(["left", "called", "last"].map((name) => Effect.fork(work(name))))
    yield* Effect.yieldNow()
    yield* Fiber.interrupt(left ?? first)
    // Its turn comes while it is interrupted.
    yield* gate.open
    yield* Effect.all([Fiber.interrupt(first), Fiber.interrupt(called ?? first)], { concurrency: 2 })
    if (last !== undefined) yield* Fiber.await(last)
    assert.strictEqual(begun.filter((name) => name === "last").length, 1)
    assert.notInclude(begun, "left")
    yield* Effect.ignore(turns.within(Effect.fail("broken")))
    yield* turns.within(Effect.sync(() => begun.push("after")))
    assert.strictEqual(begun.at(-1), "after")
  }))

it.effect("those in the line are not woken before their turn", () =>
  Effect.gen(function*() {
    const turns = Turns.make(1)
    const { scheduler, woken } = counting()
    const nights = Array.from({ length: 1000 }, () => turns.within(Effect.yieldNow()))
    yield* Effect.withScheduler(Effect.all(nights, { concurrency: "unbounded", discard: true }), scheduler)
    // Where each end wakes all who wait, half a million.
    assert.isBelow(woken(), 10_000)
  }))
