import { assert, it } from "@effect/vitest"
import { Progress } from "@trunkline/export/Progress"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as Clients from "../src/Clients.js"
import * as ProgressLines from "../src/terminal/ProgressLines.js"
import * as Screen from "../src/terminal/Screen.js"

const told: Array<string> = []

const progress = (isTTY: boolean, logFormat: "text" | "json" = "text") => {
  told.length = 0
  const screen = Screen.make({ isTTY, columns: 120, write: (text: string) => told.push(text) }, {})
  return ProgressLines.layer({ screen, logFormat }).pipe(
    Layer.provide(Clients.sources({
      allo: null,
      // It is never asked: all that progress wants of it is its pace.
      allomia: {
        apiKey: Redacted.make("unused"),
        baseUrl: "http://127.0.0.1:9",
        requestsPerSecond: 10,
        organizationIds: []
      }
    }))
  )
}

const lane = { name: "allomia", perSecond: Effect.succeed(10) }

/** Nine answers a second, for as long as there is work. */
const work = (requests: number) =>
  Effect.gen(function*() {
    const { answered, expect, phase } = yield* Progress
    yield* phase("allomia", "reading calls")
    yield* expect(lane, { requests, rows: requests * 50 })
    yield* Effect.repeat(answered(lane, 50).pipe(Effect.delay("111 millis")), Schedule.recurs(requests - 1))
  })

it.effect("on a pipe a line comes every five seconds, without escape codes, with an ETA that is right", () =>
  Effect.gen(function*() {
    const running = yield* Effect.fork(work(540))
    yield* TestClock.adjust("30 seconds")
    const lines = told.join("").trimEnd().split("\n")
    assert.strictEqual(lines.length, 6)
    for (const [index, line] of lines.entries()) {
      assert.notInclude(line, "\u001b")
      assert.match(line, /^allomia: reading calls, [\d,]+ of 27,000 rows, /)
      const left = Number(/, (\d+) s left/.exec(line)?.[1])
      // 540 requests take a minute.
      assert.closeTo(left, 60 - (index + 1) * 5, 4)
    }
    assert.match(lines.at(-1) ?? "", /9 requests\/s, 90 % of 10$/)
    yield* Fiber.interrupt(running)
  }).pipe(Effect.provide(progress(false))))

it.effect("nothing is said while nothing changes", () =>
  Effect.gen(function*() {
    const running = yield* Effect.fork(work(18))
    yield* TestClock.adjust("10 seconds")
    const lines = told.length
    yield* TestClock.adjust("10 minutes")
    assert.strictEqual(told.length, lines)
    yield* Fiber.interrupt(running)
  }).pipe(Effect.provide(progress(false))))

it.effect("work that stops being answered says for how long", () =>
  Effect.gen(function*() {
    const { answered, expect } = yield* Progress
    yield* expect(lane, { requests: 100, rows: 0 })
    yield* answered(lane, 0)
    yield* TestClock.adjust("5 seconds")
    yield* TestClock.adjust("10 seconds")
    yield* expect(lane, { requests: 1, rows: 0 })
    yield* TestClock.adjust("5 seconds")
    assert.include(told.at(-1), "no answer for 20 s")
  }).pipe(Effect.provide(progress(false))))

it.effect("on a terminal one line per source is drawn again in place, and is gone at the end", () =>
  Effect.gen(function*() {
    yield* Effect.gen(function*() {
      const running = yield* Effect.fork(work(90))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.interrupt(running)
    }).pipe(Effect.provide(progress(true)))
    const frames = told.filter((text) => text.includes("allomia"))
    assert.isAbove(frames.length, 10)
    assert.isTrue(frames.slice(1).every((text) => text.startsWith("\r\u001b[1A\u001b[0J")))
    assert.strictEqual(told.at(-1), "\r\u001b[1A\u001b[0J")
  }))

it.effect("who wants only warnings is told nothing of progress", () =>
  Effect.gen(function*() {
    const running = yield* Effect.fork(work(90))
    yield* Effect.flatMap(Progress, ({ notice }) => notice("a notice"))
    yield* TestClock.adjust("20 seconds")
    assert.deepStrictEqual(told, [])
    yield* Fiber.interrupt(running)
  }).pipe(Effect.provide(progress(false)), Logger.withMinimumLogLevel(LogLevel.Warning)))
