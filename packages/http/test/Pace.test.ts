/** The pace: how much of a limit is used and refused, and whose turn it is. */
import { assert, describe, it } from "@effect/vitest"
import { Pace } from "@trunkline/http"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import {
  atPhases,
  describeUse,
  fullest,
  mean,
  paced,
  run,
  seed,
  shown,
  slow,
  three,
  usual,
  within
} from "./fixtures/pacing.js"
import { counting } from "./fixtures/waking.js"

describeUse(three)

describe.concurrent("a limit that changes", () => {
  for (const algorithm of ["fixed", "sliding"] as const) {
    for (const [name, after] of [["halved", 10], ["doubled", 40]] as const) {
      it.effect(
        `${name} after five seconds, it is followed, ${algorithm} windows, seed ${seed}`,
        () =>
          Effect.gen(function*() {
            const limit = (elapsed: number) => elapsed < 5000 ? 20 : after
            const options = { client: paced({ limit: 20 }), algorithm, oneWay: [5, 25], limit } as const
            const outcomes = yield* atPhases(three, options, seed)
            // Windows begin where they like, so a single run may see a part of one more.
            const rate = mean(outcomes, (_) => within(_, 7, 10)) / 3
            assert.closeTo(rate, after, after * 0.05)
            const most = after < 20 ? after : 0
            assert.isTrue(outcomes.every(({ refused }) => refused <= most), shown(outcomes))
          }),
        slow
      )
    }
  }
})

describe.concurrent("other clocks, other wishes, other people", () => {
  it.effect(
    "an edge seen where windows slide is found to be none: the rate recovers, seed 31",
    () =>
      Effect.gen(function*() {
        const options = { client: paced({ limit: 20 }), algorithm: "sliding", oneWay: [2, 45], seconds: 20 } as const
        const outcome = yield* run(options, 37, 31)
        // One that is believed for ever leaves half of it.
        assert.isAtLeast(within(outcome, 0, 20), 340)
        assert.strictEqual(within(outcome, 13, 18), 100)
      }),
    slow
  )

  it.effect(`a ceiling is kept although the API allows more, seed ${seed}`, () =>
    Effect.gen(function*() {
      const client = paced({ limit: 20, ceiling: 7 })
      const outcomes = yield* atPhases(three, { client, algorithm: "fixed", oneWay: [5, 90] }, seed)
      assert.isTrue(outcomes.every((outcome) => fullest(outcome) === 7 && outcome.refused === 0), shown(outcomes))
      assert.isTrue(outcomes.every((outcome) => within(outcome, 0, usual) >= 66), shown(outcomes))
      assert.isTrue(outcomes.every((outcome) => within(outcome, 0, usual) <= 77), shown(outcomes))
    }), slow)
})

/** Turns whose requests end when they are told to. */
const holding = (pace: Pace.Pace, count: number) =>
  Effect.gen(function*() {
    const started: Array<number> = []
    const end = yield* Deferred.make<void>()
    const fibers = yield* Effect.forEach(
      Array.from({ length: count }, (_, n) => n),
      (n) => Effect.fork(pace.turn(() => Effect.zipRight(Effect.sync(() => started.push(n)), Deferred.await(end))))
    )
    yield* TestClock.adjust(0)
    return { started, end: Deferred.succeed(end, undefined), fibers }
  })

const instant = (pace: Pace.Pace, count: number) =>
  Effect.flatMap(holding(pace, count), ({ end, started }) => Effect.as(end, started))

const untold = { limit: undefined, remaining: undefined }

describe("turns", () => {
  it.effect("come in order of asking, however long each takes", () =>
    Effect.gen(function*() {
      const pace = yield* Pace.make({ limit: 3 })
      const began: Array<number> = []
      yield* Effect.forEach(Array.from({ length: 30 }, (_, n) => n), (n) =>
        Effect.fork(pace.turn(() =>
          Effect.zipRight(Effect.sync(() => began.push(n)), Effect.sleep((n * 37) % 200))
        )))
      yield* TestClock.adjust("15 seconds")
      assert.deepStrictEqual(began, Array.from({ length: 30 }, (_, n) => n))
    }))

  it.effect("without an answer weigh like the others, since the server may have counted them", () =>
    Effect.gen(function*() {
      const pace = yield* Pace.make({ limit: 5 })
      const lost = yield* Effect.forEach(
        Array.from({ length: 5 }),
        () => Effect.exit(pace.turn(() => Effect.fail("cut")))
      )
      assert.isTrue(lost.every(Exit.isFailure))
      const { started } = yield* holding(pace, 5)
      yield* TestClock.adjust("990 millis")
      assert.strictEqual(started.length, 0)
      yield* TestClock.adjust("20 millis")
      assert.strictEqual(started.length, 5)
    }))

  it.effect("weigh until a period after the answer, not after the body", () =>
    Effect.gen(function*() {
      const pace = yield* Pace.make({ limit: 1 })
      yield* Effect.fork(pace.turn((turn) => Effect.zipRight(turn.answered(untold), Effect.never)))
      const { started } = yield* holding(pace, 1)
      yield* TestClock.adjust("990 millis")
      assert.strictEqual(started.length, 0)
      yield* TestClock.adjust("20 millis")
      assert.strictEqual(started.length, 1)
    }))

  it.effect("interrupted by the thousand, waiting or under way, leave their places to a full window at once", () =>
    Effect.gen(function*() {
      const pace = yield* Pace.make({ limit: 20 })
      const { fibers, started } = yield* holding(pace, 1000)
      assert.strictEqual(started.length, 20)
      yield* Fiber.interruptAll(fibers)
      assert.strictEqual(started.length, 20)
      yield* TestClock.adjust("1010 millis")
      assert.strictEqual((yield* instant(pace, 21)).length, 20)
    }))

  it.effect("an interrupted waiter lets the one behind it go", () =>
    Effect.gen(function*() {
      const pace = yield* Pace.make({ limit: 1 })
      const { end, fibers, started } = yield* holding(pace, 3)
      assert.deepStrictEqual(started, [0])
      yield* Effect.forEach(fibers.slice(1, 2), Fiber.interrupt)
      yield* end
      yield* TestClock.adjust("1010 millis")
      assert.deepStrictEqual(started, [0, 2])
    }))

  it.effect("that wait by the thousand are not woken before they come", () =>
    Effect.gen(function*() {
      const pace = yield* Pace.make({ limit: 20 })
      const { scheduler, woken } = counting()
      let came = 0
      const turn = pace.turn(() => Effect.sync(() => came++))
      const all = Effect.all(Array.from({ length: 2000 }, () => turn), { concurrency: "unbounded", discard: true })
      yield* Effect.fork(Effect.withScheduler(all, scheduler))
      yield* TestClock.adjust("1 second")
      const before = woken()
      yield* TestClock.adjust("10 seconds")
      assert.isAtLeast(came, 190)
      // Some for each that came, and none for the others.
      assert.isBelow(woken() - before, 4000)
    }))

  it.effect("are not paced at all by an infinite limit", () =>
    Effect.gen(function*() {
      const pace = yield* Pace.make({ limit: Number.POSITIVE_INFINITY })
      assert.strictEqual((yield* instant(pace, 1000)).length, 1000)
      assert.strictEqual(yield* pace.limit, Number.POSITIVE_INFINITY)
    }))

  it.effect("are paced by a ceiling alone, too", () =>
    Effect.gen(function*() {
      const pace = yield* Pace.make({ limit: Number.POSITIVE_INFINITY, ceiling: 4 })
      assert.strictEqual((yield* instant(pace, 10)).length, 4)
      assert.strictEqual(yield* pace.limit, 4)
    }))
})

describe("what answers tell", () => {
  it.effect("a new limit is taken, and never above the ceiling", () =>
    Effect.gen(function*() {
      const pace = yield* Pace.make({ limit: 20, ceiling: 30 })
      const tell = (limit: number) =>
        Effect.zipRight(pace.turn((turn) => turn.answered({ limit, remaining: undefined })), pace.limit)
      assert.strictEqual(yield* tell(12), 12)
      assert.strictEqual(yield* tell(50), 30)
    }))

  it.effect("with nothing remaining nobody starts, though we made one request only", () =>
    Effect.gen(function*() {
      const pace = yield* Pace.make({ limit: 20 })
      yield* pace.turn((turn) => turn.answered({ limit: 20, remaining: 0 }))
      const { started } = yield* holding(pace, 20)
      yield* TestClock.adjust("990 millis")
      assert.strictEqual(started.length, 0)
      yield* TestClock.adjust("20 millis")
      assert.isAtLeast(started.length, 9)
    }))
})

describe("closing", () => {
  it.effect("stops everybody for as long as asked, those who already wait included", () =>
    Effect.gen(function*() {
      const pace = yield* Pace.make({ limit: 2 })
      const { end, started } = yield* holding(pace, 4)
      yield* end
      yield* pace.close(Duration.seconds(30))
      const late = yield* holding(pace, 4)
      yield* TestClock.adjust("29999 millis")
      assert.deepStrictEqual([started.length, late.started.length], [2, 0])
      yield* late.end
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual([started.length, late.started.length], [4, 4])
    }))

  it.effect("lasts a period at least, and a shorter wait does not cut a longer one", () =>
    Effect.gen(function*() {
      const pace = yield* Pace.make({ limit: 20 })
      yield* pace.close(Duration.zero)
      const first = yield* holding(pace, 1)
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(first.started.length, 0)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(first.started.length, 1)
      yield* pace.close(Duration.seconds(20))
      yield* pace.close(Duration.seconds(2))
      const second = yield* holding(pace, 1)
      yield* TestClock.adjust("19999 millis")
      assert.strictEqual(second.started.length, 0)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(second.started.length, 1)
    }))
})
