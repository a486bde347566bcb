/** Datasets at work in one process share what one of them may use. */
import { assert, it } from "@effect/vitest"
import * as Session from "@trunkline/dataset/Session"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { folder } from "./support.js"
import { call, landing, ofCalls, read, within } from "./tables.js"

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

it.scopedLive(
  "rows that need more than a part of the memory are published with all of it",
  () =>
    Effect.gen(function*() {
      const out = yield* folder
      const shares: Array<"part" | "all"> = []
      const counted = Layer.succeed(Session.Budget, {
        within: (share) => (work) =>
          Effect.suspend(() => {
            shares.push(share)
            return work
          })
      })
      const agent = "long ".repeat(1_000_000)
      const long = Array.from({ length: 80 }, (_, index) => call(`long ${index}`, { agent }))
      const short = Array.from({ length: 10 }, (_, index) => call(`short ${index}`))
      const found = yield* Effect.provide(
        within(out, (dataset) =>
          Effect.gen(function*() {
            yield* dataset.land(landing([ofCalls(read(1, ...short))]))
            yield* dataset.land(landing([ofCalls(read(1, ...long))]))
            const before = shares.length
            const { files, new: published } = yield* dataset.publish
            return { published, files, shares: shares.slice(before) }
          }), { mergeAtMost: 80 }),
        counted
      )
      // The short ones are published before memory does not suffice, and count all the same.
      assert.deepStrictEqual(found, { published: 90, files: 2, shares: ["part", "all", "all"] })
    }),
  120_000
)
