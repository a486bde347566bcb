/** Datasets at work in one process share what one of them may use. */
import { assert, it } from "@effect/vitest"
import * as Session from "@trunkline/dataset/Session"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"

/** The largest number of works that ran at once. */
const atOnce = (shares: ReadonlyArray<"part" | "all">) =>
  Effect.gen(function*() {
    const { within } = yield* Session.Budget
    let running = 0
    let most = 0
    const work = Effect.acquireUseRelease(
      Effect.sync(() => {
        running++
        most = Math.max(most, running)
      }),
      () => Effect.sleep("1 second"),
      () =>
        Effect.sync(() => {
          running--
        })
    )
    const all = yield* Effect.fork(
      Effect.forEach(shares, (share) => within(share)(work), { concurrency: "unbounded", discard: true })
    )
    yield* TestClock.adjust("1 minute")
    yield* all.await
    return most
  })

it.effect("four publishes run at once, and what takes all of the memory runs alone", () =>
  Effect.gen(function*() {
    const parts = Array.from({ length: 9 }, () => "part" as const)
    assert.strictEqual(yield* Effect.provide(atOnce(parts), Session.sharing), 4)
    assert.strictEqual(yield* Effect.provide(atOnce(["all", "all", "all"]), Session.sharing), 1)
    assert.strictEqual(yield* Effect.provide(atOnce(["all", "part"]), Session.sharing), 1)
    assert.strictEqual(yield* atOnce(parts), 9)
  }))
