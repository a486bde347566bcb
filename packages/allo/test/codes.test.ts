/** What each refusal of Allo means: by its code, whatever the status; by its status, when the code is unknown. */
import { assert, describe, it } from "@effect/vitest"
import { Account, type AlloError, Conversations } from "@trunkline/allo"
import * as Testing from "@trunkline/http/testing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { facts, header, later, refused } from "../../http/test/fixtures/scripted.js"
import { allo } from "./fixtures/scripted.js"

/** Each code Allo is known to answer, the status it comes with, and what it is for a caller. */
const codes: ReadonlyArray<readonly [code: string, status: number, tag: AlloError["_tag"]]> = [
  ["API_KEY_INVALID", 401, "Unauthorized"],
  ["API_KEY_REVOKED", 401, "Unauthorized"],
  ["UNAUTHORIZED", 401, "Unauthorized"],
  ["API_KEY_INSUFFICIENT_SCOPE", 403, "Forbidden"],
  ["API_KEY_TRIAL_NOT_ALLOWED", 403, "Forbidden"],
  ["FORBIDDEN", 403, "Forbidden"],
  ["A2P_NOT_ENABLED", 403, "Forbidden"],
  ["INVALID_REQUEST", 400, "Invalid"],
  ["INVALID_REQUEST_BODY", 400, "Invalid"],
  ["MISSING_PARAMETER", 400, "Invalid"],
  ["MISSING_HEADER", 400, "Invalid"],
  ["UNSUPPORTED_MEDIA_TYPE", 415, "Invalid"],
  ["INVALID_PAGE_SIZE", 400, "Invalid"],
  ["INVALID_SEARCH_QUERY", 400, "Invalid"],
  ["MISSING_ALLO_NUMBER", 400, "Invalid"],
  ["INVALID_DATE_RANGE", 400, "Invalid"],
  ["DATE_RANGE_TOO_WIDE", 400, "Invalid"],
  ["INVALID_ITEM_ID", 400, "Invalid"],
  ["BATCH_TOO_LARGE", 400, "Invalid"],
  ["TAGS_REQUIRED", 400, "Invalid"],
  ["INVALID_ACTION", 400, "Invalid"],
  ["INVALID_GRANULARITY", 400, "Invalid"],
  ["INVALID_GROUP_BY", 400, "Invalid"],
  ["UNSUPPORTED_EXTEND_VALUE", 400, "Invalid"],
  ["METHOD_NOT_ALLOWED", 405, "Invalid"],
  ["INVALID_PHONE_FORMAT", 400, "Invalid"],
  ["INVALID_TO_NUMBER", 400, "Invalid"],
  ["TO_NUMBER_COUNTRY_MISMATCH", 400, "Invalid"],
  ["NUMBER_NOT_SMS_ENABLED", 400, "Invalid"],
  ["SENDER_ID_INBOX_CANNOT_SEND_SMS", 400, "Invalid"],
  ["SENDER_ID_NOT_ACTIVE", 400, "Invalid"],
  ["MESSAGE_NOT_COMPLIANT", 400, "Invalid"],
  ["LANDLINE_NUMBER_NOT_SUPPORTED", 400, "Invalid"],
  ["SUMMARY_TEMPLATE_KEY_REQUIRED", 400, "Invalid"],
  ["CONVERSATION_ITEM_NOT_FOUND", 404, "NotFound"],
  ["MEMBER_NOT_FOUND", 404, "NotFound"],
  ["TEAM_NOT_FOUND", 404, "NotFound"],
  ["USER_NOT_FOUND", 404, "NotFound"],
  ["BUSINESS_NOT_FOUND", 404, "NotFound"],
  ["CALL_NOT_FOUND", 404, "NotFound"],
  ["TEXT_MESSAGE_NOT_FOUND", 404, "NotFound"],
  ["PHONE_NUMBER_NOT_FOUND", 404, "NotFound"],
  ["FROM_NUMBER_NOT_FOUND", 404, "NotFound"],
  ["TAG_NOT_FOUND", 404, "NotFound"],
  ["SENDER_ID_NOT_FOUND", 404, "NotFound"],
  ["SUMMARY_TEMPLATE_NOT_FOUND", 404, "NotFound"],
  ["ENDPOINT_NOT_FOUND", 404, "NotFound"],
  ["TAG_ALREADY_EXISTS", 409, "Conflict"],
  ["OTHER_TRANSACTION_IN_PROGRESS", 409, "Conflict"],
  ["NUMBER_ALREADY_ASSIGNED", 409, "Conflict"],
  ["IDEMPOTENCY_KEY_REUSE", 409, "Conflict"],
  ["PARTNER_ACCOUNT_ALREADY_EXISTS", 409, "Conflict"],
  ["NO_NUMBER_AVAILABLE", 409, "Conflict"],
  ["RATE_LIMIT_EXCEEDED", 429, "RateLimited"],
  ["TRIAL_SMS_LIMIT_REACHED", 429, "QuotaExceeded"],
  ["SMS_LIMIT_REACHED", 429, "QuotaExceeded"],
  ["DAILY_SMS_LIMIT_REACHED", 429, "QuotaExceeded"],
  ["PARTNER_SUBSCRIPTION_NOT_BILLABLE", 402, "PaymentRequired"],
  ["PARTNER_BILLING_FAILED", 402, "PaymentRequired"],
  ["INTERNAL_SERVER_ERROR", 500, "ServerFault"],
  ["PARTNER_ACCOUNT_NOT_FOUND", 404, "NotFound"],
  ["ASSIGNEE_NOT_FOUND", 404, "NotFound"],
  ["DIALING_QUEUE_NOT_FOUND", 404, "NotFound"],
  ["QUEUE_NUMBER_POSITION_NOT_FOUND", 404, "NotFound"],
  ["DIALING_QUEUE_LIMIT_REACHED", 400, "Invalid"],
  ["DIALING_QUEUE_DELETE_FILTER_REQUIRED", 400, "Invalid"],
  ["DIALING_QUEUE_DELETE_FILTER_CONFLICT", 400, "Invalid"],
  ["INVALID_PHONE_NUMBER", 400, "Invalid"],
  ["DIALING_QUEUE_APPEND_CONFLICT", 409, "Conflict"],
  ["RECORDING_ACCESS_DENIED", 403, "Forbidden"],
  ["ALLO_NUMBER_FORBIDDEN", 403, "Forbidden"],
  ["INVALID_THREAD_ENTITY_TYPE", 400, "Invalid"],
  ["EMPTY_NOTE_CONTENT", 400, "Invalid"],
  ["NOTE_CONTENT_TOO_LONG", 400, "Invalid"],
  ["MISSING_ALLO_NUMBER_OR_SENDER_ID", 400, "Invalid"],
  ["THREAD_NOT_FOUND", 404, "NotFound"],
  ["NOTE_NOT_FOUND", 404, "NotFound"],
  ["PERSON_NOT_FOUND", 404, "NotFound"],
  ["CONTACT_NOTES_UNAVAILABLE", 400, "Invalid"],
  ["THREAD_ALREADY_EXISTS", 409, "Conflict"],
  ["API_KEY_QUOTA_EXCEEDED", 429, "QuotaExceeded"],
  ["CONTACT_NOT_FOUND", 400, "NotFound"],
  ["INVALID_LENGTH", 400, "Invalid"],
  ["PROVIDER_NOT_SUPPORTED", 400, "Invalid"],
  ["INVALID_SENDER_ID", 400, "Invalid"]
]

/** What a status means alone. */
const statuses: ReadonlyArray<readonly [status: number, tag: AlloError["_tag"]]> = [
  [400, "Invalid"],
  [401, "Unauthorized"],
  [402, "PaymentRequired"],
  [403, "Forbidden"],
  [404, "NotFound"],
  [405, "Invalid"],
  [406, "Invalid"],
  [409, "Conflict"],
  [410, "Invalid"],
  [413, "Invalid"],
  [415, "Invalid"],
  [418, "Invalid"],
  [422, "Invalid"],
  [429, "RateLimited"],
  [451, "Invalid"],
  [500, "ServerFault"],
  [501, "ServerFault"],
  [502, "ServerFault"],
  [503, "ServerFault"],
  [504, "ServerFault"],
  [599, "ServerFault"]
]

const v2 = (code: string) => ({ error: { code, message: "Refused.", request_id: "req_a1b2c3d4e5f6" } })
const v1 = (code: string) => ({ code, details: null })

const me = Effect.flatMap(Account, (account) => account.me)
const history = Effect.flatMap(Conversations, (all) => all.contactHistoryPage({ contactId: "cnt_abc123" }))

const answer = (reply: Testing.Reply) => Effect.provide(refused(me), allo(() => reply))
const answerV1 = (reply: Testing.Reply) => Effect.provide(refused(history), allo(() => reply))

const seen = (error: AlloError) => {
  const { status, tag } = facts(error)
  return [tag, status, error._tag === "Undecodable" ? undefined : error.code]
}

describe.concurrent("a known code", () => {
  it("is one of 85", () => assert.strictEqual(new Set(codes.map(([code]) => code)).size, 85))

  it.effect.each(codes)(
    "%s (%d) is %s under the envelope of v2, and comes with advice",
    ([code, status, tag]) =>
      Effect.gen(function*() {
        const error = yield* answer(Testing.json(v2(code), { status }))
        assert.deepStrictEqual(seen(error), [tag, status, code])
        assert.isAbove("advice" in error ? error.advice?.length ?? 0 : 0, 10)
      })
  )

  it.effect.each(codes)("%s (%d) is %s in the flat body of v1", ([code, status, tag]) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(seen(yield* answerV1(Testing.json(v1(code), { status }))), [tag, status, code])
    }))

  it.effect.each(codes)("%s (%d) is %s even if the status says otherwise", ([code, , tag]) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(seen(yield* answer(Testing.json(v2(code), { status: 400 }))), [tag, 400, code])
      assert.deepStrictEqual(seen(yield* answer(Testing.json(v2(code), { status: 500 }))), [tag, 500, code])
      assert.deepStrictEqual(seen(yield* answerV1(Testing.json(v1(code), { status: 400 }))), [tag, 400, code])
      assert.deepStrictEqual(seen(yield* answerV1(Testing.json(v1(code), { status: 500 }))), [tag, 500, code])
    }))
})

describe.concurrent("an unknown code", () => {
  it.effect.each(statuses)("with status %d is %s, and is kept", ([status, tag]) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(seen(yield* answer(Testing.json(v2("SOMETHING_NEW"), { status }))), [
        tag,
        status,
        "SOMETHING_NEW"
      ])
    }))

  it.effect.each(statuses)(
    "in the flat body of v1 with status %d is %s, and is kept",
    ([status, tag]) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(seen(yield* answerV1(Testing.json(v1("SOMETHING_NEW"), { status }))), [
          tag,
          status,
          "SOMETHING_NEW"
        ])
      })
  )
})

describe.concurrent("what is no refusal", () => {
  it.effect.each([[408, "time"], [425, "connection"]] as const)(
    "%d is Unreachable, reason %s",
    ([status, reason]) =>
      Effect.gen(function*() {
        const error = yield* answer(Testing.json(v2("API_KEY_INVALID"), { status }))
        assert.deepStrictEqual(
          error._tag === "Unreachable" ? [error.reason, error.status] : [error._tag],
          [reason, status]
        )
      })
  )

  it.effect.each([300, 301, 302, 303, 307, 308])(
    "%d is Undecodable, reason status",
    (status) =>
      Effect.gen(function*() {
        const error = yield* answer(Testing.json(v2("API_KEY_INVALID"), { status }))
        assert.deepStrictEqual(
          error._tag === "Undecodable" ? [error.reason, error.status] : [error._tag],
          ["status", status]
        )
      })
  )
})

const bodies = {
  "HTML": "<!doctype html><html><head><title>502 Bad Gateway</title></head></html>",
  "nothing": "",
  "truncated JSON": "{\"error\":{\"type\":\"not_found_error\",\"code\":\"CONVERSATION_ITEM_NO",
  "a list": "[{\"code\":\"API_KEY_INVALID\"}]",
  "a text": "\"API_KEY_INVALID\"",
  "null": "null",
  "a number": "500",
  "an envelope around null": "{\"error\":null}",
  "an envelope around a text": "{\"error\":\"refused\"}",
  "an empty envelope": "{\"error\":{}}"
}

describe.concurrent("a refusal without a readable body", () => {
  const head = { headers: { "x-request-id": "req_fromheader01" } }
  const few = statuses.filter(([status]) => [400, 401, 403, 404, 409, 429, 503].includes(status))

  it.effect.each(Object.entries(bodies))(
    "but %s goes by its status, and keeps its request id",
    ([, body]) =>
      Effect.gen(function*() {
        const errors = yield* Effect.forEach(few, ([status]) => answer(Testing.text(body, { ...head, status })))
        assert.deepStrictEqual(
          errors.map((error) => [...seen(error), error.requestId]),
          few.map(([status, tag]) => [tag, status, undefined, "req_fromheader01"])
        )
      })
  )
})

describe("the request id of a refusal", () => {
  const head = { status: 404, headers: { "x-request-id": "req_fromheader01" } }

  it.effect("is that of the body, if it has one", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* answer(Testing.json(v2("TAG_NOT_FOUND"), head))).requestId, "req_a1b2c3d4e5f6")
    }))

  it.effect("else that of the head", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* answer(Testing.json(v1("TAG_NOT_FOUND"), head))).requestId, "req_fromheader01")
    }))

  it.effect("else the one that was sent", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(me)
      assert.deepStrictEqual(yield* header("x-request-id"), [error.requestId])
    }).pipe(Effect.provide(allo(() => Testing.text("", { status: 404 })))))
})

describe("the quota of v1", () => {
  const spent = {
    code: "API_KEY_QUOTA_EXCEEDED",
    details: [{ message: "limit=1000;type=DAILY;reset_in=3600", field: "DAILY" }]
  }

  it.effect("tells when it renews", () =>
    Effect.gen(function*() {
      const error = facts(yield* answerV1(Testing.json(spent, { status: 429 })))
      assert.deepStrictEqual(
        [error.tag, "retryAfter" in error ? error.retryAfter : undefined],
        ["QuotaExceeded", Duration.hours(1)]
      )
    }))

  it.effect("is not asked for again", () =>
    Effect.gen(function*() {
      yield* later(Effect.flip(history))
      assert.strictEqual((yield* header("x-request-id")).length, 1)
    }).pipe(Effect.provide(allo(() => Testing.json(spent, { status: 429 })))))

  it.effect("is not asked for again even if the body says to", () =>
    Effect.gen(function*() {
      yield* later(Effect.flip(history))
      assert.strictEqual((yield* header("x-request-id")).length, 1)
    }).pipe(Effect.provide(allo(() => Testing.json({ ...spent, retryable: true }, { status: 429 })))))

  it.effect.each(["TRIAL_SMS_LIMIT_REACHED", "SMS_LIMIT_REACHED", "DAILY_SMS_LIMIT_REACHED"])(
    "%s of v2 is not asked for again either",
    (code) =>
      Effect.gen(function*() {
        yield* later(Effect.flip(me))
        assert.strictEqual((yield* header("x-request-id")).length, 1)
      }).pipe(Effect.provide(allo(() => Testing.json({ error: { code, retryable: true } }, { status: 429 }))))
  )

  it.effect.each(["reset_in=soon", "reset_in", "limit=1000"])(
    "without a number to wait for (%s) has no wait",
    (message) =>
      Effect.gen(function*() {
        const details = [{ message, field: "DAILY" }]
        const error = facts(yield* answerV1(Testing.json({ ...spent, details }, { status: 429 })))
        assert.deepStrictEqual(
          [error.tag, "retryAfter" in error ? error.retryAfter : "none"],
          ["QuotaExceeded", undefined]
        )
      })
  )
})

describe("the rate limit of v2", () => {
  it.effect("tells how long to wait in its body", () =>
    Effect.gen(function*() {
      const body = { error: { code: "RATE_LIMIT_EXCEEDED", retryable: true, retry_after_seconds: 7 } }
      const error = facts(yield* answer(Testing.json(body, { status: 429 })))
      assert.deepStrictEqual("retryAfter" in error ? error.retryAfter : undefined, Duration.seconds(7))
    }))

  it.effect("tells it in its head first", () =>
    Effect.gen(function*() {
      const body = { error: { code: "RATE_LIMIT_EXCEEDED", retryable: true, retry_after_seconds: 7 } }
      const error = facts(yield* answer(Testing.json(body, { status: 429, headers: { "retry-after": "9" } })))
      assert.deepStrictEqual("retryAfter" in error ? error.retryAfter : undefined, Duration.seconds(9))
    }))
})

describe("a missing scope", () => {
  it.effect("of v1 is named", () =>
    Effect.gen(function*() {
      const error = yield* answerV1(
        Testing.json({
          code: "API_KEY_INSUFFICIENT_SCOPE",
          details: [{ message: "required=CONTACTS_READ", field: "scope" }]
        }, { status: 403 })
      )
      assert.deepStrictEqual(
        error._tag === "Forbidden" ? [error.advice, error.fieldErrors.map(({ field }) => field)] : [error._tag],
        ["Give the key the scope CONTACTS_READ", ["scope"]]
      )
    }))

  it.effect("that nobody names is still asked for", () =>
    Effect.gen(function*() {
      const error = yield* answer(Testing.json(v2("API_KEY_INSUFFICIENT_SCOPE"), { status: 403 }))
      assert.strictEqual("advice" in error ? error.advice : undefined, "Give the key the scope of this endpoint")
    }))
})
