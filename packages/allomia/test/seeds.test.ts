/** Every example the vendor's page prints, through the real services: what is sent, and what comes out. */
import { assert, describe, it } from "@effect/vitest"
import { CallId, Calls } from "@trunkline/allomia"
import * as Testing from "@trunkline/http/testing"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { facts, header, later, sent } from "../../http/test/fixtures/scripted.js"
import { calls, placeholders } from "./fixtures/calls.js"
import { callType, dateFormat, dateRange, fault, notFound, unauthorized } from "./fixtures/errors.js"
import { allomia, key } from "./fixtures/scripted.js"

const utc = (text: string) => DateTime.unsafeMake(text)
const idShape = /^req_[a-z0-9]{12}$/
const organizationId = "a1b2c3d4-e5f6-7890-abcd-123456789012"

const rows = [
  {
    id: CallId.make("f6a7b8c9-d0e1-2345-fabc-678901234567"),
    organizationId,
    callType: "Inbound",
    agentId: "g7b8c9d0-e1f2-3456-abcd-789012345678",
    agentName: "Dr. Smith Assistant",
    teamId: "t1e2a3m4-5678-9012-abcd-ef1234567890",
    teamName: "Front Desk",
    phoneNumber: "+15559876543",
    callStartedAt: utc("2025-05-28T14:20:15Z"),
    callEndedAt: utc("2025-05-28T14:23:15Z"),
    callDuration: Duration.seconds(180),
    userPhoneNumber: "+15551234567",
    createdAt: utc("2025-05-28T14:23:45Z"),
    extra: {}
  },
  {
    id: CallId.make("h8c9d0e1-f2a3-4567-bcde-890123456789"),
    organizationId,
    callType: "Inbound",
    agentId: "g7b8c9d0-e1f2-3456-abcd-789012345678",
    agentName: "Dr. Smith Assistant",
    teamId: null,
    teamName: null,
    phoneNumber: "+15559876543",
    callStartedAt: utc("2025-05-27T09:10:34Z"),
    callEndedAt: utc("2025-05-27T09:12:34Z"),
    callDuration: Duration.seconds(120),
    userPhoneNumber: "+15552345678",
    createdAt: utc("2025-05-27T09:12:34Z"),
    extra: {}
  }
]

describe("calls", () => {
  it.effect("a page comes out as documented", () =>
    Effect.gen(function*() {
      const { list } = yield* Calls
      assert.deepStrictEqual(yield* list({ organizationId }), {
        rows,
        rejected: [],
        page: 1,
        size: 10,
        total: 42,
        totalPages: 5,
        more: true,
        requestId: "req_my_custom_id",
        answeredAt: utc("2025-05-28T15:00:00Z")
      })
    }).pipe(
      Effect.provide(
        allomia(() =>
          Testing.json(calls, {
            headers: { "x-request-id": "req_my_custom_id", date: "Wed, 28 May 2025 15:00:00 GMT" }
          })
        )
      )
    ))

  it.effect("the documented example is sent as documented", () =>
    Effect.gen(function*() {
      const { list } = yield* Calls
      yield* list({
        organizationId,
        page: 1,
        limit: 10,
        callType: "Inbound",
        from: utc("2025-05-01T00:00:00Z"),
        to: utc("2025-06-01T00:00:00Z"),
        sort: "desc"
      })
      assert.deepStrictEqual(yield* sent, [
        {
          method: "GET",
          path: "/api/calls",
          query: {
            organizationId,
            page: "1",
            limit: "10",
            callType: "Inbound",
            from: "2025-05-01T00:00:00Z",
            to: "2025-06-01T00:00:00Z",
            sort: "desc"
          },
          body: ""
        }
      ])
    }).pipe(Effect.provide(allomia(() => Testing.json(calls)))))

  it.effect("the remaining filters are sent under their names", () =>
    Effect.gen(function*() {
      const { list } = yield* Calls
      yield* list({ organizationId, agentName: "Smith", userPrimaryIntent: "appointment", sort: "duration_desc" })
      assert.deepStrictEqual((yield* sent).map(({ query }) => query), [
        { organizationId, agentName: "Smith", userPrimaryIntent: "appointment", sort: "duration_desc" }
      ])
    }).pipe(Effect.provide(allomia(() => Testing.json(calls)))))

  it.effect("the key goes behind its scheme, and the request has an id", () =>
    Effect.gen(function*() {
      const { list } = yield* Calls
      yield* list({ organizationId })
      assert.deepStrictEqual(yield* header("authorization"), [`Bearer ${key}`])
      assert.match((yield* header("x-request-id"))[0] ?? "", idShape)
    }).pipe(Effect.provide(allomia(() => Testing.json(calls)))))

  it.effect("a stream asks for the largest pages, oldest first, and ends after a page without rows", () =>
    Effect.gen(function*() {
      const { stream } = yield* Calls
      const all = yield* Stream.runCollect(stream({ organizationId }))
      assert.deepStrictEqual([...all], rows)
      assert.deepStrictEqual((yield* sent).map(({ query }) => query), [
        { organizationId, page: "1", limit: "50", sort: "asc" },
        { organizationId, page: "2", limit: "50", sort: "asc" }
      ])
    }).pipe(
      Effect.provide(allomia((_, index) => Testing.json(index === 0 ? calls : { ...calls, calls: [] })))
    ))
})

describe("the example of placeholders", () => {
  it.effect("has no row: its start is no instant", () =>
    Effect.gen(function*() {
      const { list } = yield* Calls
      const page = yield* list({ organizationId })
      assert.deepStrictEqual(page.rows, [])
      assert.deepStrictEqual(page.rejected.map(({ paths }) => paths), [["callStartedAt"]])
    }).pipe(Effect.provide(allomia(() => Testing.json(placeholders)))))

  it.effect("keeps the row as it was sent", () =>
    Effect.gen(function*() {
      const { list } = yield* Calls
      const { rejected } = yield* list({ organizationId })
      assert.deepStrictEqual(
        rejected.map(({ raw }) => Redacted.value(raw)),
        placeholders.calls.map((row) => JSON.stringify(row))
      )
    }).pipe(Effect.provide(allomia(() => Testing.json(placeholders)))))

  it.effect("still tells of its pages", () =>
    Effect.gen(function*() {
      const { list } = yield* Calls
      const { more, page, size, total, totalPages } = yield* list({ organizationId, page: 123 })
      assert.deepStrictEqual(
        { more, page, size, total, totalPages },
        { more: true, page: 123, size: 123, total: 123, totalPages: 123 }
      )
    }).pipe(Effect.provide(allomia(() => Testing.json(placeholders)))))
})

const bare = {
  operation: "Calls.list",
  type: undefined,
  code: undefined,
  retryable: undefined,
  docUrl: undefined,
  param: undefined,
  suggestion: undefined,
  fieldErrors: [],
  retryAfter: undefined
}

const refusal = Effect.map(Effect.flip(Effect.flatMap(Calls, ({ list }) => list({ organizationId }))), facts)

describe("errors", () => {
  it.effect("a call type that is none", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* refusal, {
        ...bare,
        tag: "Invalid",
        status: 400,
        code: "invalid_enum_value",
        detail: "Invalid request data",
        requestId: (yield* header("x-request-id"))[0],
        param: "callType",
        fieldErrors: [
          {
            field: "callType",
            code: "invalid_enum_value",
            detail: "Invalid enum value. Expected 'Inbound' | 'Outbound' | 'Web', received 'fax'"
          }
        ]
      })
    }).pipe(Effect.provide(allomia(() => Testing.json(callType, { status: 400 })))))

  it.effect("a date that is none", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* refusal, {
        ...bare,
        tag: "Invalid",
        status: 400,
        code: "custom",
        detail: "Invalid request data",
        requestId: (yield* header("x-request-id"))[0],
        param: "from",
        fieldErrors: [
          {
            field: "from",
            code: "custom",
            detail: "Invalid date format. Expected ISO 8601 format (e.g., 2025-05-01T00:00:00Z)"
          }
        ]
      })
    }).pipe(Effect.provide(allomia(() => Testing.json(dateFormat, { status: 400 })))))

  it.effect("a range that ends before it begins", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* refusal, {
        ...bare,
        tag: "Invalid",
        status: 400,
        code: "custom",
        detail: "Invalid request data",
        requestId: (yield* header("x-request-id"))[0],
        param: "from",
        fieldErrors: [
          { field: "from", code: "custom", detail: "The 'from' date must be before or equal to the 'to' date" }
        ]
      })
    }).pipe(Effect.provide(allomia(() => Testing.json(dateRange, { status: 400 })))))

  it.effect("a range that ends before it begins is refused as documented, before a request", () =>
    Effect.gen(function*() {
      const { list } = yield* Calls
      const error = facts(
        yield* Effect.flip(
          list({ organizationId, from: utc("2025-06-01T00:00:00Z"), to: utc("2025-05-01T00:00:00Z") })
        )
      )
      assert.deepStrictEqual(error, {
        ...bare,
        tag: "Invalid",
        status: undefined,
        code: "custom",
        detail: undefined,
        requestId: undefined,
        param: "from",
        fieldErrors: [{ field: "from", code: "custom", detail: undefined }]
      })
      assert.deepStrictEqual(yield* sent, [])
    }).pipe(Effect.provide(allomia(() => Testing.json(calls)))))

  it.effect("a key that is none", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* refusal, {
        ...bare,
        tag: "Unauthorized",
        status: 401,
        detail: "Invalid or missing API key",
        requestId: (yield* header("x-request-id"))[0]
      })
    }).pipe(Effect.provide(allomia(() => Testing.json(unauthorized, { status: 401 })))))

  it.effect("an organisation that is not there", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* refusal, {
        ...bare,
        tag: "NotFound",
        status: 404,
        detail: "Organization not found",
        requestId: (yield* header("x-request-id"))[0]
      })
    }).pipe(Effect.provide(allomia(() => Testing.json(notFound, { status: 404 })))))

  it.effect("a fault, tried six times", () =>
    Effect.gen(function*() {
      const error = yield* later(refusal)
      const requestIds = yield* header("x-request-id")
      assert.strictEqual(requestIds.length, 6)
      assert.deepStrictEqual(error, {
        ...bare,
        tag: "ServerFault",
        status: 500,
        detail: "Internal server error occurred",
        requestId: requestIds.at(-1)
      })
    }).pipe(Effect.provide(allomia(() => Testing.json(fault, { status: 500 })))))
})
