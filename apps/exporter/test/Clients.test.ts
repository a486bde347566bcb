import { assert, it } from "@effect/vitest"
import { AllomiaClient } from "@trunkline/allomia/AllomiaClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Clients from "../src/Clients.js"

const settings = (key: string, requestsPerSecond?: number) => ({
  apiKey: Redacted.make(key),
  baseUrl: "https://allomia.com/api",
  requestsPerSecond,
  organizationIds: []
})

it.effect("a key keeps its client from one night to the next, for a minute and under the same ceiling", () =>
  Effect.gen(function*() {
    const { allomia } = yield* Clients.Clients
    const night = (...asked: Parameters<typeof settings>) =>
      Effect.scoped(Effect.map(allomia(settings(...asked)), (services) => Context.get(services, AllomiaClient)))
    const first = yield* night("key-1")
    assert.strictEqual(yield* night("key-1"), first)
    assert.notStrictEqual(yield* night("key-2"), first)
    yield* TestClock.adjust("59 seconds")
    assert.strictEqual(yield* night("key-1"), first)
    const slower = yield* night("key-1", 2)
    assert.notStrictEqual(slower, first)
    assert.strictEqual(yield* night("key-1", 2), slower)
    yield* TestClock.adjust("61 seconds")
    assert.notStrictEqual(yield* night("key-1", 2), slower)
  }).pipe(Effect.provide(Clients.lasting)))
