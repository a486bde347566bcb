import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { allo, allomia, at, search, type Service } from "./client.js"

const reads = (sandbox: Service, count: number) =>
  Effect.map(
    Effect.all(Array.from({ length: count }, () => allo(sandbox, "/v2/api/tags")), { concurrency: 8 }),
    (all) => all.filter((_) => _.status === 429)
  )

const world = { size: 100, movement: false } as const

it.effect("21 reads in a fixed window: exactly one is refused, and says how to wait", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    yield* TestClock.setTime(1_767_225_600_250)
    const refused = yield* reads(sandbox, 21)
    assert.strictEqual(refused.length, 1)
    const [first] = refused
    assert.strictEqual(first?.headers.get("retry-after"), "1")
    assert.strictEqual(first?.headers.get("x-ratelimit-limit"), "20")
    assert.strictEqual(first?.headers.get("x-ratelimit-remaining"), "0")
    assert.strictEqual(first?.headers.get("x-ratelimit-reset"), "1767225601")
    assert.strictEqual(at(first?.json, "error", "code"), "RATE_LIMIT_EXCEEDED")
    assert.strictEqual(at(first?.json, "error", "type"), "rate_limit_error")
    assert.strictEqual(at(first?.json, "error", "retryable"), true)
    assert.strictEqual(at(first?.json, "error", "retry_after_seconds"), 1)
    yield* TestClock.adjust("750 millis")
    assert.strictEqual((yield* reads(sandbox, 21)).length, 1)
  }).pipe(Effect.provide(Sandbox.layer(world))))

it.effect("a fixed window may begin anywhere in the second", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    yield* TestClock.setTime(1_767_225_600_000)
    assert.strictEqual((yield* reads(sandbox, 20)).length, 0)
    yield* TestClock.adjust("299 millis")
    assert.strictEqual((yield* reads(sandbox, 1)).length, 1)
    yield* TestClock.adjust("1 millis")
    assert.strictEqual((yield* reads(sandbox, 21)).length, 1)
  }).pipe(Effect.provide(Sandbox.layer({ ...world, rateLimit: { phase: 300 } }))))

it.effect("a sliding window counts the last second, whenever it began", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    assert.strictEqual((yield* reads(sandbox, 10)).length, 0)
    yield* TestClock.adjust("600 millis")
    assert.strictEqual((yield* reads(sandbox, 11)).length, 1)
    yield* TestClock.adjust("399 millis")
    assert.strictEqual((yield* reads(sandbox, 1)).length, 1)
    yield* TestClock.adjust("1 millis")
    assert.strictEqual((yield* reads(sandbox, 11)).length, 1)
  }).pipe(Effect.provide(Sandbox.layer({ ...world, rateLimit: { window: "sliding" } }))))

it.effect("a search is a POST, so five a second is its limit, beside the reads", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const all = yield* Effect.all(Array.from({ length: 6 }, () => search(sandbox, { size: 1 })))
    assert.deepStrictEqual(all.map((_) => _.status), [200, 200, 200, 200, 200, 429])
    assert.deepStrictEqual(all.map((_) => _.headers.get("x-ratelimit-remaining")), ["4", "3", "2", "1", "0", "0"])
    assert.strictEqual((yield* reads(sandbox, 20)).length, 0)
  }).pipe(Effect.provide(Sandbox.layer(world))))

it.effect("each key has a limit of its own", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    assert.strictEqual((yield* reads(sandbox, 20)).length, 0)
    const other = yield* allo(sandbox, "/v2/api/tags", { key: sandbox.keys.alloReadOnly })
    assert.strictEqual(other.headers.get("x-ratelimit-remaining"), "19")
  }).pipe(Effect.provide(Sandbox.layer(world))))

it.effect("Allomia has no limit unless given one", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const all = yield* Effect.all(Array.from({ length: 4 }, () => allomia(sandbox, "/organization")))
    assert.deepStrictEqual(all.map((_) => _.status), [200, 200, 200, 429])
    assert.strictEqual(all[3]?.headers.get("retry-after"), "1")
  }).pipe(Effect.provide(Sandbox.layer({ ...world, rateLimit: { allomia: 3 } }))))

it.effect("the older interface has a quota for the day, and says in how many seconds it ends", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const ask = allo(sandbox, "/v1/api/numbers")
    const [first, , third] = yield* Effect.all([ask, ask, ask])
    assert.strictEqual(first?.status, 200)
    assert.strictEqual(third?.status, 429)
    assert.strictEqual(at(third?.json, "code"), "API_KEY_QUOTA_EXCEEDED")
    assert.deepStrictEqual(at(third?.json, "details", 0), {
      message: "limit=2;type=DAILY;reset_in=3600",
      field: "DAILY"
    })
    assert.isNull(third?.headers.get("retry-after") ?? null)
    yield* TestClock.adjust("1 hour")
    assert.strictEqual((yield* ask).status, 200)
  }).pipe(Effect.provide(Sandbox.layer({ ...world, dailyQuota: 2, startsAt: Date.UTC(2026, 0, 1, 23) }))))
