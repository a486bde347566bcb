/** The nights of one worker under TestClock. The table is a script here; on PostgreSQL it is tested in worlds. */
import { SqlError } from "@effect/sql/SqlError"
import { assert, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import type { Night, Outcome } from "../src/Account.js"
import * as Desk from "../src/internal/desk.js"
import type { Key, Nights } from "../src/internal/nights.js"
import * as Timing from "../src/internal/timing.js"

const done: Outcome = { end: "done", exitCode: 0, says: null, certifiedUntil: null }
const due = DateTime.unsafeMake("2026-03-10T02:00:00Z")
const key = (account: string, attempt = 1): Key => ({ account, due, attempt })
const here = () => true

/** A table in memory, and what was asked of it. */
const table = () => {
  const asked: Array<string> = []
  const owners = new Map<string, "ours" | "another's">()
  let isAway = false
  const reached = <A>(make: () => A): Effect.Effect<A, SqlError> =>
    Effect.suspend(() => isAway ? Effect.fail(new SqlError({ cause: "away", message: "away" })) : Effect.sync(make))
  const nights: Pick<Nights, "begin" | "beat" | "end" | "giveBack"> = {
    begin: ({ account, attempt }) =>
      reached(() => {
        const owner = owners.get(account)
        if (owner === "another's") return owner
        owners.set(account, "ours")
        asked.push(`begin ${account} ${attempt}`)
        return "ours"
      }),
    beat: (accounts) => reached(() => accounts.filter((account) => owners.get(account) === "ours")),
    end: ({ account }, outcome) =>
      reached(() => {
        asked.push(`${outcome.end} ${account} ${outcome.exitCode}`)
        return owners.get(account) === "ours" && owners.delete(account)
      }),
    giveBack: ({ account }) =>
      reached(() => {
        const owner = owners.get(account)
        if (owner === "another's") return owner
        asked.push(`give back ${account}`)
        owners.delete(account)
        return "ours"
      })
  }
  return {
    asked,
    nights,
    owners,
    away: (now: boolean) => {
      isAway = now
    }
  }
}

/** A night that takes a minute, unless it is asked to leave. */
const minute = ({ leave }: Night): Effect.Effect<Outcome> =>
  Effect.raceFirst(
    Effect.as(Effect.sleep("1 minute"), done),
    Effect.as(leave.wait, { ...done, end: "left", exitCode: 130 })
  )

it.scoped("runs as many nights at once as it has slots, in the order in which they came", () =>
  Effect.gen(function*() {
    const { asked, nights } = table()
    const desk = yield* Desk.make({ nights, slots: 2, night: minute })
    const all = yield* Effect.fork(
      Effect.forEach(["a", "b", "c"], (name) => desk.attend(key(name), here), { concurrency: "unbounded" })
    )
    yield* TestClock.adjust("59 seconds")
    assert.deepStrictEqual(asked, ["begin a 1", "begin b 1"])
    yield* TestClock.adjust("1 second")
    assert.sameMembers(asked.slice(2), ["done a 0", "done b 0", "begin c 1"])
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(all)
  }))

it.scoped("asks its nights to leave, gives back those that wait, and begins no other", () =>
  Effect.gen(function*() {
    const { asked, nights } = table()
    const desk = yield* Desk.make({ nights, slots: 1, night: minute })
    const all = yield* Effect.fork(
      Effect.forEach(["a", "b"], (name) => desk.attend(key(name), here), { concurrency: "unbounded" })
    )
    yield* TestClock.adjust("10 seconds")
    const closed = yield* Effect.fork(desk.close)
    yield* TestClock.adjust("1 second")
    yield* Fiber.join(closed)
    yield* Fiber.join(all)
    yield* desk.attend(key("c"), here)
    assert.sameMembers(asked, ["begin a 1", "give back a", "give back b", "give back c"])
  }))

it.scoped("asks a night that takes long to push what it has, each try later than the one before", () =>
  Effect.gen(function*() {
    const { asked, nights } = table()
    const long = ({ leave }: Night): Effect.Effect<Outcome> =>
      Effect.as(leave.wait, { ...done, end: "left", exitCode: 130 })
    assert.deepStrictEqual([1, 2, 9].map(Timing.shift).map(Duration.toMinutes), [30, 60, 270])
    const desk = yield* Desk.make({ nights, slots: 1, night: long, shift: (attempt) => Duration.seconds(10 * attempt) })
    for (const attempt of [1, 2]) {
      asked.length = 0
      const attended = yield* Effect.fork(desk.attend(key("a", attempt), here))
      yield* TestClock.adjust(`${10 * attempt - 1} seconds`)
      assert.deepStrictEqual(asked, [`begin a ${attempt}`])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(attended)
      assert.deepStrictEqual(asked, [`begin a ${attempt}`, "give back a"])
    }
  }))

it.scoped("interrupts a night that another worker took over, and writes no end of it", () =>
  Effect.gen(function*() {
    const { asked, nights, owners } = table()
    let interrupted = 0
    const desk = yield* Desk.make({
      nights,
      slots: 1,
      night: (night) => Effect.onInterrupt(minute(night), () => Effect.sync(() => interrupted++))
    })
    yield* Effect.fork(desk.attend(key("a"), here))
    yield* TestClock.adjust("10 seconds")
    owners.set("a", "another's")
    yield* TestClock.adjust("2 seconds")
    assert.strictEqual(interrupted, 1)
    yield* TestClock.adjust("5 minutes")
    assert.deepStrictEqual(asked, ["begin a 1"])
  }))

it.scoped("waits for the worker that is still at a night, and takes over when that one is silent", () =>
  Effect.gen(function*() {
    const { asked, nights, owners } = table()
    owners.set("a", "another's")
    const desk = yield* Desk.make({ nights, slots: 1, night: minute })
    yield* Effect.fork(desk.attend(key("a"), here))
    yield* TestClock.adjust("30 seconds")
    assert.deepStrictEqual(asked, [])
    owners.delete("a")
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(asked, ["begin a 1"])
  }))

it.scoped("answers for no night of a silent worker whose key moves on: it is given back, or stays with the engine", () =>
  Effect.gen(function*() {
    const { asked, nights, owners } = table()
    owners.set("a", "another's")
    const desk = yield* Desk.make({ nights, slots: 1, night: minute })
    let isHere = true
    const handler = yield* Effect.fork(desk.attend(key("a"), () => isHere))
    yield* TestClock.adjust("4 seconds")
    isHere = false
    yield* TestClock.adjust("10 seconds")
    // The night is nobody's yet, so the engine keeps its message.
    assert.isTrue(Option.isNone(yield* Fiber.poll(handler)))
    owners.delete("a")
    yield* TestClock.adjust("2 seconds")
    yield* Fiber.join(handler)
    assert.deepStrictEqual(asked, ["give back a"])
  }))

it.scoped("gives back those that wait once its last night has ended, since they would come to it again", () =>
  Effect.gen(function*() {
    const { asked, nights } = table()
    const desk = yield* Desk.make({
      nights,
      slots: 1,
      night: ({ leave }) => Effect.as(Effect.delay(leave.wait, "1 minute"), { ...done, end: "left", exitCode: 130 })
    })
    yield* Effect.fork(desk.attend(key("a"), here))
    yield* Effect.fork(desk.attend(key("b"), here))
    yield* TestClock.adjust("10 seconds")
    const closed = yield* Effect.fork(desk.close)
    yield* TestClock.adjust("1 second")
    const late = yield* Effect.fork(desk.attend(key("c"), here))
    yield* TestClock.adjust("40 seconds")
    assert.deepStrictEqual(asked, ["begin a 1"])
    yield* TestClock.adjust("20 seconds")
    yield* Fiber.join(closed)
    yield* Fiber.join(late)
    assert.sameMembers(asked, ["begin a 1", "give back a", "give back b", "give back c"])
  }))

it.scoped("gives back a few nights at once, so that a night at work still says that it is", () =>
  Effect.gen(function*() {
    const { asked, nights } = table()
    let [now, most] = [0, 0]
    const giveBack: typeof nights.giveBack = (key) =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          most = Math.max(most, ++now)
        }),
        () => Effect.zipRight(Effect.sleep("100 millis"), nights.giveBack(key)),
        () => Effect.sync(() => now--)
      )
    const desk = yield* Desk.make({ nights: { ...nights, giveBack }, slots: 1, night: minute })
    const all = yield* Effect.fork(
      Effect.forEach(Array.from({ length: 20 }, (_, index) => `${index}`), (name) => desk.attend(key(name), here), {
        concurrency: "unbounded"
      })
    )
    yield* TestClock.adjust("10 seconds")
    yield* Effect.fork(desk.close)
    yield* TestClock.adjust("2 seconds")
    yield* Fiber.join(all)
    assert.strictEqual(asked.filter((one) => one.startsWith("give back")).length, 20)
    assert.isAtMost(most, 4)
  }))

it.scoped("is left while the database is away: a night at work ends first, and its row is for the others", () =>
  Effect.gen(function*() {
    const { asked, away, nights } = table()
    let left = 0
    const desk = yield* Desk.make({
      nights,
      slots: 1,
      night: ({ leave }) =>
        leave.wait.pipe(
          Effect.zipRight(Effect.sleep("30 seconds")),
          Effect.zipRight(Effect.sync(() => left++)),
          Effect.as({ ...done, end: "left", exitCode: 130 })
        )
    })
    yield* Effect.fork(
      Effect.forEach(["a", "b"], (name) => desk.attend(key(name), here), { concurrency: "unbounded" })
    )
    yield* TestClock.adjust("10 seconds")
    away(true)
    const closed = yield* Effect.fork(desk.close)
    yield* TestClock.adjust("29 seconds")
    assert.isTrue(Option.isNone(yield* Fiber.poll(closed)))
    yield* TestClock.adjust("2 seconds")
    assert.isTrue(Option.isSome(yield* Fiber.poll(closed)))
    assert.deepStrictEqual([left, asked], [1, ["begin a 1"]])
  }))

it.scoped("begins no night of a key that moves: those behind the one at work are given back", () =>
  Effect.gen(function*() {
    const { asked, nights } = table()
    const desk = yield* Desk.make({ nights, slots: 2, night: minute })
    let isHere = true
    // The engine has a night of a key wait for the one before, also while the key moves.
    const all = yield* Effect.fork(
      Effect.forEach(["a", "b", "c"], (name) => desk.attend(key(name), () => isHere))
    )
    yield* TestClock.adjust("4 seconds")
    isHere = false
    yield* TestClock.adjust("20 seconds")
    assert.deepStrictEqual(asked, ["begin a 1", "give back a", "give back b", "give back c"])
    yield* Fiber.join(all)
  }))

it.scoped("goes on with a night while the database is away, and writes its end when it is back", () =>
  Effect.gen(function*() {
    const { asked, away, nights } = table()
    const desk = yield* Desk.make({ nights, slots: 1, night: minute })
    const all = yield* Effect.fork(desk.attend(key("a"), here))
    yield* TestClock.adjust("10 seconds")
    away(true)
    yield* TestClock.adjust("2 minutes")
    assert.deepStrictEqual(asked, ["begin a 1"])
    away(false)
    yield* TestClock.adjust("2 seconds")
    yield* Fiber.join(all)
    assert.deepStrictEqual(asked, ["begin a 1", "done a 0"])
  }))

it.scoped("joins a night at work when its key comes back, and asks it to leave when the key stays away", () =>
  Effect.gen(function*() {
    const { asked, nights } = table()
    const desk = yield* Desk.make({ nights, slots: 1, night: minute })
    let isHere = true
    const first = yield* Effect.fork(desk.attend(key("a"), () => isHere))
    yield* TestClock.adjust("4 seconds")
    yield* Fiber.interrupt(first)
    isHere = false
    yield* TestClock.adjust("4 seconds")
    const second = yield* Effect.fork(desk.attend(key("a"), () => isHere))
    isHere = true
    yield* TestClock.adjust("20 seconds")
    assert.deepStrictEqual(asked, ["begin a 1"])
    isHere = false
    yield* TestClock.adjust("20 seconds")
    yield* Fiber.join(second)
    assert.deepStrictEqual(asked, ["begin a 1", "give back a"])
  }))

it.scoped("runs a night that waited when its key went away and came back at once", () =>
  Effect.gen(function*() {
    const { asked, nights } = table()
    const desk = yield* Desk.make({ nights, slots: 1, night: minute })
    yield* Effect.fork(desk.attend(key("a"), here))
    const first = yield* Effect.fork(desk.attend(key("b"), here))
    yield* TestClock.adjust("4 seconds")
    // The engine may deliver it anew before it is done with the first delivery.
    const second = yield* Effect.fork(desk.attend(key("b"), here))
    yield* Effect.yieldNow()
    yield* Fiber.interrupt(first)
    yield* TestClock.adjust("2 minutes")
    yield* Fiber.join(second)
    assert.deepStrictEqual(asked, ["begin a 1", "done a 0", "begin b 1", "done b 0"])
  }))

it.scoped("a night that breaks ends with 1, and is tried again; the desk lives on", () =>
  Effect.gen(function*() {
    const { asked, nights } = table()
    const desk = yield* Desk.make({
      nights,
      slots: 1,
      night: (night) => night.account === "a" ? Effect.dieMessage("broken") : minute(night)
    })
    yield* desk.attend(key("a"), here)
    const other = yield* Effect.fork(desk.attend(key("b"), here))
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(other)
    assert.deepStrictEqual(asked, ["begin a 1", "again a 1", "begin b 1", "done b 0"])
  }))
