/** Each try of a client has the same time, and one fiber watches them all. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Supervisor from "effect/Supervisor"
import * as TestClock from "effect/TestClock"
import * as TestServices from "effect/TestServices"
import * as Deadline from "../src/internal/deadline.js"

const late = () => "late" as const

describe("the time limit of a client", () => {
  it.effect("is counted from the begin of each try", () =>
    Effect.gen(function*() {
      const within = Deadline.make("10 seconds")
      const first = yield* Effect.fork(within(Effect.never, late))
      yield* TestClock.adjust("6 seconds")
      const second = yield* Effect.fork(within(Effect.never, late))
      const third = yield* Effect.fork(within(Effect.delay(Effect.succeed(3), "9 seconds"), late))
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(yield* Effect.exit(Fiber.join(first)), Exit.fail("late"))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* Fiber.join(third), 3)
      assert.isNull(second.unsafePoll())
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Effect.exit(Fiber.join(second)), Exit.fail("late"))
    }))

  it.effect("is watched until the last try ended, so that a program can end", () =>
    Effect.gen(function*() {
      const within = Deadline.make("10 seconds")
      const supervisor = yield* Supervisor.track
      const answer = yield* Deferred.make<number>()
      const running = Effect.zipRight(TestClock.adjust("1 second"), Effect.map(supervisor.value, (all) => all.length))
      yield* Effect.gen(function*() {
        const first = yield* Effect.fork(within(Deferred.await(answer), late))
        assert.strictEqual(yield* within(Effect.succeed(2), late), 2)
        // The one that asks, the try, and the one that watches.
        assert.strictEqual(yield* running, 3)
        yield* Deferred.succeed(answer, 1)
        assert.strictEqual(yield* Fiber.join(first), 1)
      }).pipe(Effect.supervised(supervisor))
      assert.strictEqual(yield* running, 0)
    }))

  it.effect("counts for those that begin while a late one takes its time to end", () =>
    Effect.gen(function*() {
      const within = Deadline.make("10 seconds")
      const slow = within(Effect.onInterrupt(Effect.never, () => Effect.sleep("60 seconds")), late)
      const first = yield* Effect.fork(slow)
      yield* TestClock.adjust("11 seconds")
      assert.isNull(first.unsafePoll())
      const second = yield* Effect.fork(within(Effect.never, late))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* Effect.exit(Fiber.join(second)), Exit.fail("late"))
      yield* TestClock.adjust("50 seconds")
      assert.deepStrictEqual(yield* Effect.exit(Fiber.join(first)), Exit.fail("late"))
    }))

  it.effect("may be nothing at all, and counts for the next try as well", () =>
    Effect.gen(function*() {
      const within = Deadline.make(0)
      for (const _ of [1, 2]) {
        assert.deepStrictEqual(yield* Effect.exit(within(Effect.never, late)), Exit.fail("late"))
      }
    }))

  it.effect("goes by the clock of each try", () =>
    Effect.gen(function*() {
      const within = Deadline.make("20 millis")
      const first = yield* Effect.fork(within(Effect.never, late))
      yield* Effect.yieldNow()
      const live = TestServices.provideLive(within(Effect.never, late))
      assert.deepStrictEqual(yield* Effect.exit(live), Exit.fail("late"))
      assert.isNull(first.unsafePoll())
      yield* TestClock.adjust("20 millis")
      assert.deepStrictEqual(yield* Effect.exit(Fiber.join(first)), Exit.fail("late"))
    }))
})

describe("the scope of a try", () => {
  /** How the scope ended, if it did. */
  const watched = Effect.gen(function*() {
    const ended = yield* Deferred.make<Exit.Exit<unknown, unknown>>()
    const open = Effect.flatMap(
      Effect.scope,
      (scope) => Scope.addFinalizerExit(scope, (exit) => Effect.asVoid(Deferred.succeed(ended, exit)))
    )
    return { ended, open }
  })

  it.effect("is closed where the try fails, is late, or is interrupted, and stays open behind an answer", () =>
    Effect.gen(function*() {
      const within = Deadline.make("10 seconds")

      const failed = yield* watched
      yield* Effect.exit(within(Effect.zipRight(failed.open, Effect.fail("why")), late))
      assert.deepStrictEqual(yield* Deferred.await(failed.ended), Exit.fail("why"))

      const tooLate = yield* watched
      const waiting = yield* Effect.fork(within(Effect.zipRight(tooLate.open, Effect.never), late))
      yield* TestClock.adjust("10 seconds")
      yield* Effect.exit(Fiber.join(waiting))
      assert.isTrue(Exit.isInterrupted(yield* Deferred.await(tooLate.ended)))

      const left = yield* watched
      const asked = yield* Effect.fork(within(Effect.zipRight(left.open, Effect.never), late))
      yield* Effect.yieldNow()
      const exit = yield* Fiber.interrupt(asked)
      assert.isTrue(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause))
      assert.isTrue(Exit.isInterrupted(yield* Deferred.await(left.ended)))

      const whole = yield* watched
      assert.strictEqual(yield* within(Effect.as(whole.open, 1), late), 1)
      assert.isFalse(yield* Deferred.isDone(whole.ended))
    }))

  it.effect("is the try's own, and a try that interrupts itself is not late", () =>
    Effect.gen(function*() {
      const within = Deadline.make("10 seconds")
      const exit = yield* Effect.exit(within(Effect.interrupt, late))
      assert.isTrue(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause))
    }))
})
