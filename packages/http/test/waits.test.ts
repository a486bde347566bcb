/** What the log says of waits: a long one to everybody, a short one to those who ask for everything. */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, it } from "@effect/vitest"
import { ApiClient, ApiError, Pace } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"

interface Line {
  readonly level: string
  readonly operation: unknown
  readonly waitMilliseconds: unknown
  readonly hasRequestId: boolean
}

/** Lines about waits while an API refuses once, for so many seconds. */
const told = (seconds: number) =>
  Effect.gen(function*() {
    const lines: Array<Line> = []
    const logger = Logger.make<unknown, void>(({ annotations, logLevel, message }) => {
      if (!String(message).includes("trying again")) return
      const of = (name: string) => Option.getOrUndefined(HashMap.get(annotations, name))
      lines.push({
        level: logLevel.label,
        operation: of("operation"),
        waitMilliseconds: of("waitMilliseconds"),
        hasRequestId: typeof of("requestId") === "string"
      })
    })
    const script: Testing.Script = (_, index) =>
      index === 0
        ? Testing.json({}, { status: 429, headers: { "retry-after": String(seconds) } })
        : Testing.json({})
    yield* Effect.gen(function*() {
      const { call } = yield* ApiClient.make({
        baseUrl: "https://api.example.com",
        authorization: Redacted.make("Api-Key key"),
        refusal: ({ told }) => new ApiError.RateLimited(told)
      })
      const pace = yield* Pace.make({ limit: 10 })
      const request = HttpClientRequest.get("/things")
      const fiber = yield* Effect.fork(
        call({ operation: "Test.get", request, pace, tells: true, repeatable: true, read: Either.right })
      )
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
    }).pipe(
      Effect.provide([
        Testing.layer(script),
        Logger.replace(Logger.defaultLogger, logger),
        Logger.minimumLogLevel(LogLevel.All)
      ])
    )
    return lines
  })

const line = { operation: "Test.get", hasRequestId: true }

it.effect("a wait of 5 seconds or more is told at Info, with its operation, request id and length", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* told(5), [{ ...line, level: "INFO", waitMilliseconds: 5000 }])
    assert.deepStrictEqual(yield* told(30), [{ ...line, level: "INFO", waitMilliseconds: 30_000 }])
  }))

it.effect("a shorter one at Debug", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* told(4), [{ ...line, level: "DEBUG", waitMilliseconds: 4000 }])
  }))
