/** The CRM of Allo, read by our client: found by filters, page by page, and alone. */
import { assert, describe, it } from "@effect/vitest"
import { Companies, Deals, People } from "@trunkline/allo"
import { Sandbox } from "@trunkline/sandbox"
import { Effect, Layer, Option, Stream } from "effect"
import { allo as plain, at, list } from "./client.js"
import { allo as vendor, world } from "./vendors.js"

describe("people", () => {
  it.effect("all come through, the first made first, and one alone is as listed", () =>
    Effect.gen(function*() {
      const { get, search, stream } = yield* People
      const all = Array.from(yield* Stream.runCollect(stream({ size: 25 })))
      assert.isAbove(all.length, 50)
      assert.strictEqual(new Set(all.map(({ id }) => id)).size, all.length)
      assert.strictEqual((yield* search({ size: 1 })).total, all.length)
      const made = all.map(({ createdAt }) => createdAt?.epochMillis ?? 0)
      assert.deepStrictEqual(made, made.toSorted((one, other) => one - other))
      const example = yield* get("per-abc123")
      assert.deepStrictEqual(example, all.find(({ id }) => id === "per-abc123"))
      assert.isAbove(example.interactions ?? 0, 0)
      assert.isNotNull(example.lastActivity)
      assert.strictEqual((yield* Effect.flip(get("per-nobody")))._tag, "NotFound")
    }).pipe(Effect.provide(world)))

  it.effect("a number is asked for whole, a name in part", () =>
    Effect.gen(function*() {
      const { get, search } = yield* People
      const { lastName, numbers } = yield* get("per-abc123")
      const byNumber = yield* search({ phoneNumber: numbers[0] })
      assert.isTrue(byNumber.rows.length > 0 && byNumber.rows.every((_) => _.numbers[0] === numbers[0]))
      assert.strictEqual((yield* search({ phoneNumber: numbers[0]?.slice(0, -1) })).rows.length, 0)
      const byName = yield* search({ lastName: lastName?.slice(0, 3) })
      assert.include(byName.rows.map(({ id }) => id), "per-abc123")
      const none = yield* search({ lastName: lastName?.slice(0, 3), phoneNumber: "+1" })
      assert.strictEqual(none.rows.length, 0)
    }).pipe(Effect.provide(world)))
})

describe("companies and deals", () => {
  it.effect("a company counts its people", () =>
    Effect.gen(function*() {
      const companies = yield* Companies
      const first = Option.getOrThrow(yield* Stream.runHead(companies.stream({ sort: "NAME_ASC" })))
      const people = yield* Stream.runCollect((yield* People).stream({ company: first.name ?? "" }))
      assert.strictEqual(Array.from(people).filter(({ company }) => company?.id === first.id).length, first.personCount)
      assert.deepStrictEqual(yield* companies.get(first.id), first)
      const found = yield* companies.search({ name: first.name ?? "" })
      assert.include(found.rows.map(({ id }) => id), first.id)
    }).pipe(Effect.provide(world)))

  it.effect("a deal has its stage, and a closed one says when", () =>
    Effect.gen(function*() {
      const { get, search, stream } = yield* Deals
      const all = Array.from(yield* Stream.runCollect(stream()))
      const won = yield* search({ stage: "won", size: 100 })
      assert.isAbove(won.rows.length, 0)
      assert.strictEqual(won.rows.length, all.filter(({ status }) => status === "won").length)
      assert.isTrue(all.every(({ closedAt, status }) => (closedAt === null) === (status === "negotiation")))
      assert.deepStrictEqual(won.rows[0] && (yield* get(won.rows[0].id)), won.rows[0])
    }).pipe(Effect.provide(world)))
})

it.effect("a bad field is refused with 422, by field, and our client reads that", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const body = { size: 101, page: 0 }
    const refused = yield* plain(sandbox, "/v2/api/crm/people/search", { body })
    assert.strictEqual(refused.status, 422)
    assert.deepStrictEqual(list(refused.json, "error", "errors").map((_) => at(_, "field")), ["page", "size"])
    const error = yield* Effect.flip((yield* People).search({ sort: "SHOE_SIZE" }))
    assert.deepStrictEqual([error._tag, "status" in error ? error.status : 0], ["Invalid", 422])
  }).pipe(Effect.provide(world)))

it.effect("a key without the scope reads none of it", () =>
  Effect.gen(function*() {
    assert.strictEqual((yield* Effect.flip((yield* Deals).search()))._tag, "Forbidden")
    assert.strictEqual((yield* Effect.flip((yield* Companies).get("com-xyz789")))._tag, "Forbidden")
  }).pipe(
    Effect.provide(Layer.provideMerge(vendor((keys) => keys.alloConversationsOnly), Sandbox.layerTest({ size: 100 })))
  ))
