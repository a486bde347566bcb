/** What each refusal of Allomia means: it has no codes, so its status decides. */
import { assert, describe, it } from "@effect/vitest"
import { type AllomiaError, Calls } from "@trunkline/allomia"
import * as Testing from "@trunkline/http/testing"
import * as Effect from "effect/Effect"
import { facts, header, refused } from "../../http/test/fixtures/scripted.js"
import { allomia } from "./fixtures/scripted.js"

const statuses: ReadonlyArray<readonly [status: number, tag: AllomiaError["_tag"]]> = [
  [400, "Invalid"],
  [401, "Unauthorized"],
  [402, "PaymentRequired"],
  [403, "Forbidden"],
  [404, "NotFound"],
  [405, "Invalid"],
  [409, "Conflict"],
  [410, "Invalid"],
  [413, "Invalid"],
  [415, "Invalid"],
  [418, "Invalid"],
  [422, "Invalid"],
  [429, "RateLimited"],
  [451, "Invalid"],
  [500, "ServerFault"],
  [502, "ServerFault"],
  [503, "ServerFault"],
  [504, "ServerFault"]
]

const bodies = {
  "a sentence": "{\"error\":\"Refused\"}",
  "a sentence and fields":
    "{\"error\":\"Refused\",\"details\":[{\"field\":\"limit\",\"message\":\"m\",\"code\":\"custom\"}]}",
  "fields of another kind": "{\"error\":\"Refused\",\"details\":{\"limit\":[\"too large\"]}}",
  "an envelope of the other vendor": "{\"error\":{\"code\":\"API_KEY_INVALID\"}}",
  "HTML": "<!doctype html><html><head><title>502 Bad Gateway</title></head></html>",
  "nothing": "",
  "truncated JSON": "{\"error\":\"Organization not fo",
  "a list": "[{\"error\":\"Refused\"}]",
  "null": "null"
}

const refusal = refused(Effect.flatMap(Calls, ({ list }) => list({ organizationId: "org-1" })))

const answer = (reply: Testing.Reply) => Effect.provide(refusal, allomia(() => reply))

describe.concurrent("a refusal", () => {
  it.effect.each(statuses)("with status %d is %s, and comes with advice", ([status, tag]) =>
    Effect.gen(function*() {
      const error = yield* answer(Testing.json({ error: "Refused" }, { status }))
      assert.deepStrictEqual([error._tag, error.status], [tag, status])
      assert.isAbove("advice" in error ? error.advice?.length ?? 0 : 0, 10)
    }))

  it.effect.each(Object.entries(bodies))(
    "whose body is %s goes by its status, and keeps its request id",
    ([, body]) =>
      Effect.gen(function*() {
        const few = statuses.filter(([status]) => [400, 401, 404, 429, 503].includes(status))
        const errors = yield* Effect.forEach(
          few,
          ([status]) => answer(Testing.text(body, { status, headers: { "x-request-id": "req_fromheader01" } }))
        )
        assert.deepStrictEqual(
          errors.map((error) => [error._tag, error.status, error.requestId]),
          few.map(([status, tag]) => [tag, status, "req_fromheader01"])
        )
      })
  )

  it.effect("without a request id has the one that was sent", () =>
    Effect.gen(function*() {
      const error = yield* refusal
      assert.deepStrictEqual(yield* header("x-request-id"), [error.requestId])
    }).pipe(Effect.provide(allomia(() => Testing.text("", { status: 404 })))))

  it.effect("about several fields names them all, and the first as the parameter", () =>
    Effect.gen(function*() {
      const details = [
        { field: "from", message: "one", code: "custom" },
        { field: "callType", message: "two", code: "invalid_enum_value" },
        "not a field"
      ]
      const error = facts(yield* answer(Testing.json({ error: "Invalid request data", details }, { status: 400 })))
      assert.deepStrictEqual(
        "param" in error ? [error.param, error.code, error.fieldErrors] : [],
        ["from", "custom", [
          { field: "from", code: "custom", detail: "one" },
          { field: "callType", code: "invalid_enum_value", detail: "two" }
        ]]
      )
    }))
})

describe.concurrent("what is no refusal", () => {
  it.effect.each([[408, "time"], [425, "connection"]] as const)(
    "%d is Unreachable, reason %s",
    ([status, reason]) =>
      Effect.gen(function*() {
        const error = yield* answer(Testing.json({ error: "Refused" }, { status }))
        assert.deepStrictEqual(
          error._tag === "Unreachable" ? [error.reason, error.status] : [error._tag],
          [reason, status]
        )
      })
  )

  it.effect.each([301, 302, 307, 308])("%d is Undecodable, reason status", (status) =>
    Effect.gen(function*() {
      const error = yield* answer(Testing.text("", { status }))
      assert.deepStrictEqual(
        error._tag === "Undecodable" ? [error.reason, error.status] : [error._tag],
        ["status", status]
      )
    }))
})
