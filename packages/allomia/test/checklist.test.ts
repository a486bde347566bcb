/** The rows of the tolerant decoder's checklist that only Allomia shows; the general ones stand in `packages/http/test`. */
import { assert, describe, it } from "@effect/vitest"
import { Calls, Organizations } from "@trunkline/allomia"
import * as Testing from "@trunkline/http/testing"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { sent } from "../../http/test/fixtures/scripted.js"
import { calls } from "./fixtures/calls.js"
import { allomia } from "./fixtures/scripted.js"

const organizationId = "a1b2c3d4-e5f6-7890-abcd-123456789012"
const documented = calls.calls.slice(0, 1)

const list = Effect.flatMap(Calls, (service) => service.list({ organizationId }))

/** The first documented call, but for these fields. */
const callWith = (fields: object) =>
  Effect.map(
    Effect.provide(list, allomia(() => Testing.json({ calls: documented.map((call) => ({ ...call, ...fields })) }))),
    ({ rejected, rows }) => ({ call: rows[0], rejected: rejected.map(({ paths }) => paths) })
  )

describe("checklist of the tolerant decoder", () => {
  it.effect("row 1: fields no document names are kept", () =>
    Effect.map(
      callWith({ callSummaryFr: "Bonjour", score: 7 }),
      ({ call }) => assert.deepStrictEqual(call?.extra, { callSummaryFr: "Bonjour", score: 7 })
    ))

  it.effect("row 2: fields in the case of the other vendor are found", () =>
    Effect.map(
      Effect.provide(
        list,
        allomia(() =>
          Testing.json({ calls: [{ id: "a", call_started_at: "2025-05-28T14:20:15Z", agent_name: "Smith" }] })
        )
      ),
      ({ rows }) => assert.deepStrictEqual(rows.map(({ agentName, id }) => [id, agentName]), [["a", "Smith"]])
    ))

  it.effect("row 2: only the id and the start are demanded", () =>
    Effect.map(
      Effect.provide(
        list,
        allomia(() => Testing.json({ calls: [{ id: "a", callStartedAt: "2025-05-28T14:20:15Z" }] }))
      ),
      ({ rejected, rows }) => assert.deepStrictEqual([rows.length, rejected], [1, []])
    ))

  it.effect.each([["inbound", "Inbound"], ["WEB", "Web"], ["Fax", "Fax"]])(
    "row 3: the call type %s is %s",
    ([sent, read]) => Effect.map(callWith({ callType: sent }), ({ call }) => assert.strictEqual(call?.callType, read))
  )

  it.effect.each(["f6a7b8c9-d0e1-2345-fabc-678901234567", "h8c9d0e1", "call_1"])(
    "row 4: the id %s is an id",
    (id) => Effect.map(callWith({ id }), ({ call }) => assert.strictEqual(call?.id, id))
  )

  it.effect.each([["180", 180], [180, 180], ["0", 0], ["12.5", 12.5], [" 7 ", 7]])(
    "row 6: a duration of %j is %d seconds",
    ([sent, read]) =>
      Effect.map(
        callWith({ callDurationSeconds: sent }),
        ({ call }) => assert.deepStrictEqual([call?.callDuration, call?.extra], [Duration.seconds(Number(read)), {}])
      )
  )

  it.effect.each(["-1", "NaN", "", "<string>", "3m", -180, true])(
    "row 6: a duration of %j is none, and is kept",
    (callDurationSeconds) =>
      Effect.map(
        callWith({ callDurationSeconds }),
        ({ call }) => assert.deepStrictEqual([call?.callDuration, call?.extra], [null, { callDurationSeconds }])
      )
  )

  it.effect("row 5: an end that is no instant is none, is kept, and does not refuse the row", () =>
    Effect.map(
      callWith({ callEndedAt: "<string>" }),
      ({ call, rejected }) =>
        assert.deepStrictEqual([call?.callEndedAt, call?.extra, rejected], [null, { callEndedAt: "<string>" }, []])
    ))

  it.effect("row 8: a language model's words for nothing are null in the details, and kept", () =>
    Effect.gen(function*() {
      const { get } = yield* Calls
      const { callSummary, extra, outcome, userName, userPrimaryIntent, userSentiment } = yield* get("a")
      assert.deepStrictEqual(
        { callSummary, outcome, userName, userPrimaryIntent, userSentiment },
        { callSummary: null, outcome: null, userName: null, userPrimaryIntent: "reschedule", userSentiment: null }
      )
      assert.deepStrictEqual(extra, { callSummary: "N/A", outcome: "none", userName: "null", userSentiment: "-" })
    }).pipe(
      Effect.provide(
        allomia(() =>
          Testing.json({
            id: "a",
            callStartedAt: "2025-05-28T14:20:15Z",
            callSummary: "N/A",
            outcome: "none",
            userName: "null",
            userSentiment: "-",
            userPrimaryIntent: "reschedule"
          })
        )
      )
    ))

  it.effect.each(
    [
      ["{calls}", { calls: documented }],
      ["{data}", { data: documented }],
      ["{data:{calls}}", { data: { calls: documented } }],
      ["a bare list", documented]
    ] as const
  )(
    "row 9: calls are read in %s",
    ([, body]) =>
      Effect.map(
        Effect.provide(list, allomia(() => Testing.json(body))),
        ({ rows }) => assert.deepStrictEqual(rows.map(({ id }) => id), documented.map(({ id }) => id))
      )
  )

  it.effect.each(["organizations", "data"])("row 9: organisations are read in {%s}", (name) =>
    Effect.gen(function*() {
      const { list } = yield* Organizations
      assert.deepStrictEqual((yield* list({})).rows.map(({ id }) => id), ["org-1"])
    }).pipe(Effect.provide(allomia(() => Testing.json({ [name]: [{ id: "org-1" }] })))))

  it.effect("row 9: without a total, calls are read until a page is short", () =>
    Effect.gen(function*() {
      const { stream } = yield* Calls
      const rows = yield* Stream.runCollect(stream({ organizationId, limit: 1 }))
      assert.deepStrictEqual([...rows].map(({ id }) => id), ["0", "1", "2"])
      assert.deepStrictEqual((yield* sent).map(({ query }) => query["page"]), ["1", "2", "3", "4"])
    }).pipe(
      Effect.provide(
        allomia((_, index) =>
          Testing.json({ calls: index < 3 ? documented.map((call) => ({ ...call, id: String(index) })) : [] })
        )
      )
    ))

  it.effect("row 11: an error that is one sentence refuses with status and request id", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(list)
      assert.deepStrictEqual([error._tag, error.status, error.requestId], ["NotFound", 404, "req_1"])
    }).pipe(
      Effect.provide(
        allomia(() =>
          Testing.json({ error: "Organization not found" }, { status: 404, headers: { "x-request-id": "req_1" } })
        )
      )
    ))

  it.effect("row 14: calls outside of what was asked for are handed on, not dropped", () =>
    Effect.gen(function*() {
      const service = yield* Calls
      const { rows } = yield* service.list({
        organizationId,
        callType: "Web",
        from: DateTime.unsafeMake("2026-01-01T00:00:00Z"),
        to: DateTime.unsafeMake("2026-02-01T00:00:00Z")
      })
      assert.deepStrictEqual(rows.map(({ id }) => id), calls.calls.map(({ id }) => id))
    }).pipe(Effect.provide(allomia(() => Testing.json(calls)))))

  it.effect("row 16: one bad row in a good page is one failure, with its path and its text", () =>
    Effect.gen(function*() {
      const { rejected, rows } = yield* list
      assert.deepStrictEqual(rows.map(({ id }) => id), ["a", "c"])
      assert.deepStrictEqual(rejected.map(({ paths, raw }) => [paths, Redacted.value(raw)]), [
        [["id"], "{\"id\":null,\"callStartedAt\":\"2025-05-28T14:20:15Z\"}"]
      ])
    }).pipe(
      Effect.provide(
        allomia(() =>
          Testing.json({ calls: ["a", null, "c"].map((id) => ({ id, callStartedAt: "2025-05-28T14:20:15Z" })) })
        )
      )
    ))
})
