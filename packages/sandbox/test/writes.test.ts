import { assert, it } from "@effect/vitest"
import { Fault, Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as TestClock from "effect/TestClock"
import { allo, at, ids, list, type Service } from "./client.js"

const world = { size: 200, movement: false, rateLimit: false } as const
const item = "/v2/api/conversations/items/cll-abc123"

const addTag = (sandbox: Service, tag: string, key: string) =>
  allo(sandbox, `${item}/tags`, { body: { tags: [tag] }, headers: { "idempotency-key": key } })

const tags = (sandbox: Service) => Effect.map(allo(sandbox, item), (_) => list(_.json, "data", "tags"))

it.effect("a tag is put on, seen, found by, and taken off", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const added = yield* allo(sandbox, `${item}/tags`, { body: { tags: ["à rappeler", "q/a"] } })
    assert.strictEqual(added.status, 200)
    assert.includeMembers([...(yield* tags(sandbox))], ["à rappeler", "q/a"])
    const found = yield* allo(sandbox, "/v2/api/conversations/items/search", { body: { tags: ["q/a"] } })
    assert.strictEqual(at(found.json, "data", 0, "id"), "cll-abc123")
    const removed = yield* allo(sandbox, `${item}/tags/q%2Fa`, { method: "DELETE" })
    assert.strictEqual(removed.status, 200)
    assert.notInclude(yield* tags(sandbox), "q/a")
  }).pipe(Effect.provide(Sandbox.layer(world))))

it.effect("a write with the same idempotency key is answered again, and not done again", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const first = yield* addTag(sandbox, "one", "k1")
    assert.strictEqual(first.headers.get("idempotency-key"), "k1")
    assert.isNull(first.headers.get("idempotency-replayed"))
    const second = yield* addTag(sandbox, "one", "k1")
    assert.strictEqual(second.status, 200)
    assert.strictEqual(second.headers.get("idempotency-replayed"), "true")
    assert.strictEqual(second.text, first.text)
  }).pipe(Effect.provide(Sandbox.layer(world))))

it.effect("an idempotency key is forgotten after an hour", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    yield* addTag(sandbox, "one", "k1")
    yield* TestClock.adjust("59 minutes")
    assert.strictEqual((yield* addTag(sandbox, "one", "k1")).headers.get("idempotency-replayed"), "true")
    yield* TestClock.adjust("1 minute")
    assert.strictEqual((yield* addTag(sandbox, "one", "k1")).status, 409)
  }).pipe(Effect.provide(Sandbox.layer(world))))

it.effect("an idempotency key of another endpoint or method is a conflict", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    yield* addTag(sandbox, "one", "k1")
    const other = yield* allo(sandbox, "/v2/api/conversations/items/batch", {
      body: { ids: ["cll-abc123"] },
      headers: { "idempotency-key": "k1" }
    })
    assert.strictEqual(other.status, 409)
    assert.strictEqual(at(other.json, "error", "code"), "IDEMPOTENCY_KEY_REUSE")
    const method = yield* allo(sandbox, `${item}/tags`, {
      method: "PUT",
      headers: { "idempotency-key": "k1" },
      body: {}
    })
    assert.strictEqual(at(method.json, "error", "code"), "IDEMPOTENCY_KEY_REUSE")
  }).pipe(Effect.provide(Sandbox.layer(world))))

it.effect("a refused write does not use its key up", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    assert.strictEqual((yield* addTag(sandbox, " ", "k1")).status, 400)
    const again = yield* addTag(sandbox, "one", "k1")
    assert.strictEqual(again.status, 200)
    assert.isNull(again.headers.get("idempotency-replayed"))
  }).pipe(Effect.provide(Sandbox.layer(world))))

it.effect("a write whose answer was lost is done once, and its replay says so", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    yield* sandbox.faults.push({ match: { method: "POST" }, fault: Fault.ResetInBody() })
    assert.isTrue(Either.isLeft(yield* Effect.either(addTag(sandbox, "one", "k1"))))
    const again = yield* addTag(sandbox, "one", "k1")
    assert.strictEqual(again.status, 200)
    assert.strictEqual(again.headers.get("idempotency-replayed"), "true")
    assert.strictEqual((yield* tags(sandbox)).filter((_) => _ === "one").length, 1)
  }).pipe(Effect.provide(Sandbox.layer(world))))

it.effect("a search with an idempotency key is served stale for an hour", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const ask = allo(sandbox, "/v2/api/conversations/items/search", {
      body: { size: 1 },
      headers: { "idempotency-key": "k2" }
    })
    const first = yield* ask
    yield* sandbox.world.arrive({ source: "allo" })
    assert.strictEqual((yield* ask).text, first.text)
    const [once, again] = yield* sandbox.history.requests
    assert.strictEqual(once?.ids.length, 1)
    assert.deepStrictEqual(again?.ids, once?.ids)
  }).pipe(Effect.provide(Sandbox.layer(world))))

it.effect("a replay of a search whose answer was lost has shown what it holds", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const ask = allo(sandbox, "/v2/api/conversations/items/search", {
      body: { size: 3 },
      headers: { "idempotency-key": "k3" }
    })
    yield* sandbox.faults.push({ fault: Fault.ResetInBody() })
    assert.isTrue(Either.isLeft(yield* Effect.either(ask)))
    assert.strictEqual((yield* sandbox.history.served("allo")).size, 0)
    const again = yield* ask
    assert.deepStrictEqual(yield* sandbox.history.served("allo"), new Set(ids(again.json, "data")))
  }).pipe(Effect.provide(Sandbox.layer(world))))
