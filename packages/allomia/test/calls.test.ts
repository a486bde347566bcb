import { assert, describe, it } from "@effect/vitest"
import { type AllomiaError, Calls, Organizations } from "@trunkline/allomia"
import * as Testing from "@trunkline/http/testing"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { allomia } from "./fixtures/scripted.js"

const empty = allomia(() => Testing.json({ calls: [], organizations: [] }))
const requests = Effect.flatMap(Testing.Requests, Ref.get)

type Ask = (
  calls: typeof Calls.Service,
  organizations: typeof Organizations.Service
) => Effect.Effect<unknown, AllomiaError>

const instant = (text: string) => DateTime.unsafeMake(text)
const organizationId = "a1b2c3d4"

describe("refused before a request leaves", () => {
  const bounds: ReadonlyArray<readonly [string, Ask, string]> = [
    ["no organisation", (_) => _.list({ organizationId: "" }), "organizationId"],
    ["page 0", (_) => _.list({ organizationId, page: 0 }), "page"],
    ["no rows", (_) => _.list({ organizationId, limit: 0 }), "limit"],
    ["51 rows", (_) => _.list({ organizationId, limit: 51 }), "limit"],
    ["half a row", (_) => _.list({ organizationId, limit: 0.5 }), "limit"],
    ["a call type without a word", (_) => _.list({ organizationId, callType: "" }), "callType"],
    [
      "from after to",
      (_) => _.list({ organizationId, from: instant("2026-02-01T00:00:01Z"), to: instant("2026-02-01T00:00:00Z") }),
      "from"
    ],
    ["a blank name", (_) => _.list({ organizationId, agentName: " " }), "agentName"],
    ["a call without an id", (_) => _.get(""), "id"],
    ["a call that would name another endpoint", (_) => _.get(".."), "id"],
    ["101 organisations", (_, organizations) => organizations.list({ limit: 101 }), "limit"],
    ["a stream out of bounds", (_) => Stream.runDrain(_.stream({ organizationId, limit: 500 })), "limit"]
  ]
  for (const [what, ask, param] of bounds) {
    it.effect(what, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(ask(yield* Calls, yield* Organizations))
        assert.strictEqual(error._tag, "Invalid")
        assert.strictEqual(error._tag === "Invalid" ? error.param : "", param)
        assert.include(error.message, param)
        assert.strictEqual((yield* requests).length, 0)
      }).pipe(Effect.provide(empty)))
  }
})

describe("what is sent", () => {
  it.effect("words that no document knows, for the API may know them", () =>
    Effect.gen(function*() {
      yield* (yield* Calls).list({ organizationId, callType: "Fax", sort: "agent_asc" })
      yield* (yield* Organizations).list({ sort: "-name" })
      assert.deepStrictEqual((yield* requests).map(({ query: { callType, sort } }) => [callType, sort]), [
        ["Fax", "agent_asc"],
        [undefined, "-name"]
      ])
    }).pipe(Effect.provide(empty)))

  it.effect("every filter, under its documented name", () =>
    Effect.gen(function*() {
      yield* (yield* Calls).list({
        organizationId,
        callType: "Inbound",
        agentName: "Dr. Smith & Co",
        from: instant("2025-05-01T00:00:00Z"),
        to: instant("2025-06-01T00:00:00.5Z"),
        userPrimaryIntent: "book_appointment",
        sort: "duration_desc",
        page: 2,
        limit: 50
      })
      const [request] = yield* requests
      assert.strictEqual(request?.path, "/api/calls")
      assert.strictEqual(request?.headers["authorization"], "Bearer 0123456789abcdef")
      assert.match(request?.headers["x-request-id"] ?? "", /^req_[a-z0-9]{12}$/)
      assert.deepStrictEqual(request?.query, {
        organizationId,
        callType: "Inbound",
        agentName: "Dr. Smith & Co",
        from: "2025-05-01T00:00:00Z",
        to: "2025-06-01T00:00:00.500Z",
        userPrimaryIntent: "book_appointment",
        sort: "duration_desc",
        page: "2",
        limit: "50"
      })
    }).pipe(Effect.provide(empty)))

  it.effect("the organisation with a single call, when it is known", () =>
    Effect.gen(function*() {
      yield* Effect.either((yield* Calls).get("g7b8/c9", { organizationId }))
      const [request] = yield* requests
      assert.strictEqual(request?.path, "/api/calls/g7b8%2Fc9")
      assert.deepStrictEqual(request?.query, { organizationId })
    }).pipe(Effect.provide(empty)))
})

describe("a stream of calls", () => {
  const calls = Array.from({ length: 45 }, (_, n) => ({ id: `c${n}`, callStartedAt: "2026-01-01T00:00:00Z" }))
  const serving = (largest: number, strict: boolean): Testing.Script => ({ query }) => {
    const asked = Number(query["limit"])
    if (strict && asked > largest) {
      return Testing.json({ error: "Invalid request data", details: [{ field: "limit", code: "too_big" }] }, {
        status: 400
      })
    }
    const limit = Math.min(asked, largest)
    const first = (Number(query["page"]) - 1) * limit
    const totalPages = Math.ceil(calls.length / limit)
    return Testing.json({
      calls: calls.slice(first, first + limit),
      pagination: {
        page: Number(query["page"]),
        limit,
        total: calls.length,
        totalPages,
        hasNextPage: Number(query["page"]) < totalPages
      }
    })
  }
  const whole = Effect.gen(function*() {
    const rows = yield* Effect.flatMap(Calls, (_) => Stream.runCollect(_.stream({ organizationId })))
    assert.deepStrictEqual([...rows].map(({ id }): string => id), calls.map(({ id }) => id))
    return (yield* requests).map(({ query }) => query["limit"])
  })

  it.effect("asks for 50 at a time", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* whole, ["50"])
    }).pipe(Effect.provide(allomia(serving(50, false)))))

  it.effect("believes the limit of the answer where the API gives fewer", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* whole, ["50", "50", "50"])
    }).pipe(Effect.provide(allomia(serving(20, false)))))

  it.effect("goes on with 20 at a time where the API refuses 50", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* whole, ["50", "20", "20", "20"])
    }).pipe(Effect.provide(allomia(serving(20, true)))))

  it.effect("asks for 20 at once after a refusal of 50", () =>
    Effect.gen(function*() {
      yield* whole
      const { largest } = yield* Calls
      assert.strictEqual((yield* largest({ organizationId, page: 2 })).rows.length, 20)
      assert.deepStrictEqual((yield* requests).map(({ query }) => query["limit"]), ["50", "20", "20", "20", "20"])
    }).pipe(Effect.provide(allomia(serving(20, true)))))

  const refusing = (answers: ReadonlyArray<Testing.Reply>): Testing.Script => (request, index) =>
    answers[index] ?? serving(50, false)(request, index)

  it.effect("takes a refusal that was cut on its way for one of the limit", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* whole, ["50", "20", "20", "20"])
    }).pipe(Effect.provide(allomia(refusing([Testing.text("", { status: 400 })])))))

  it.effect("goes on with 50 where 20 are refused, too, and fails where another field is named", () =>
    Effect.gen(function*() {
      const { largest } = yield* Calls
      const ask = Effect.exit(largest({ organizationId }))
      const ends = [yield* ask, yield* ask, yield* ask].map(Exit.isSuccess)
      assert.deepStrictEqual(ends, [false, false, true])
      assert.deepStrictEqual((yield* requests).map(({ query }) => query["limit"]), ["50", "20", "50", "50"])
    }).pipe(Effect.provide(allomia(refusing([
      Testing.text("", { status: 400 }),
      Testing.text("", { status: 400 }),
      Testing.json({ error: "Invalid request data", details: [{ field: "from" }] }, { status: 400 })
    ])))))
})
