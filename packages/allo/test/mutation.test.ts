/**
 * A page of five records of which one was changed at random: the page reads, the other four are themselves. Then error
 * bodies changed at random: each is a refusal.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import { Account, AlloClient, type AlloError, Conversations } from "@trunkline/allo"
import { ApiError } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { constantFrom, sample, tuple } from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { answering, describeChangedRows, five, type List } from "../../http/test/fixtures/changedRows.js"
import { mutate, mutations, seed, touches } from "../../http/test/fixtures/mutation.js"
import { conversations } from "./fixtures/conversations.js"
import { notFound } from "./fixtures/errors.js"
import { history } from "./fixtures/history.js"
import { item } from "./fixtures/item.js"
import { allo, key } from "./fixtures/scripted.js"

const pagination = { page: 1, size: 5, total_count: 5, total_pages: 1, has_more: false }
const [historyCall, historyMessage] = history.data.results

const lists: ReadonlyArray<List<Conversations | Account>> = [
  {
    name: "items",
    golden: five.map((n) => ({ ...item.data, id: `cll-${n}`, duration: 100 + n })),
    body: (data) => ({ data, pagination }),
    read: Effect.flatMap(Conversations, ({ search }) => search({})),
    essential: () => [["id"], ["date"]]
  },
  {
    name: "conversations",
    golden: conversations.data.flatMap((conversation) =>
      five.map((n) => ({
        ...conversation,
        contact_number: `+1415555123${n}`,
        last_item: { ...item.data, id: `cll-${n}` }
      }))
    ),
    body: (data) => ({ data, pagination }),
    read: Effect.flatMap(Conversations, ({ list }) => list({})),
    essential: () => [["contact_number"], ["last_activity"]]
  },
  {
    name: "history",
    golden: five.map((n) =>
      n % 2 === 0
        ? { ...historyCall, call: { ...historyCall?.call, id: `call_${n}`, result: "ANSWERED" } }
        : { ...historyMessage, message: { ...historyMessage?.message, content: `Hello ${n}`, sender_id: "Trunkline" } }
    ),
    body: (results) => ({ data: { results, metadata: history.data.metadata } }),
    read: Effect.flatMap(Conversations, ({ contactHistoryPage }) => contactHistoryPage({ contactId: "cnt_abc123" })),
    essential: (index) =>
      index % 2 === 0
        ? [["call"], ["call", "id"], ["call", "start_date"]]
        : [["message"], ["message", "start_date"]]
  },
  {
    name: "users",
    golden: five.map((n) => ({
      id: `usr-${n}`,
      name: "John",
      email: "john@example.com",
      role: "ADMIN",
      status: "ACTIVE",
      image_url: "https://example.com/john.png"
    })),
    body: (data) => ({ data }),
    read: Effect.flatMap(Account, ({ users }) => users({})),
    essential: () => [["id"]]
  },
  {
    name: "numbers",
    golden: five.map((n) => ({
      number: `+1415555010${n}`,
      name: "Main",
      country: "US",
      type: "NUMBER",
      capabilities: ["VOICE", "SMS"],
      users: [{ id: "usr-1", name: "John", email: "john@example.com" }]
    })),
    body: (data) => ({ data }),
    read: Effect.flatMap(Account, ({ numbers }) => numbers),
    essential: () => []
  }
]

describeChangedRows(lists, {
  answered: (body) =>
    Layer.mergeAll(Conversations.layer, Account.layer).pipe(Layer.provide(Layer.succeed(AlloClient, {
      call: answering(body),
      readsPerSecond: Effect.succeed(20),
      writesPerSecond: Effect.succeed(5)
    }))),
  scripted: allo
})

interface Refusal {
  readonly name: string
  readonly golden: unknown
  /** Where its code stands, and what that means. */
  readonly place: ReadonlyArray<string>
  readonly code: string
  readonly tag: AlloError["_tag"]
}

const refusals: ReadonlyArray<Refusal> = [
  {
    name: "the envelope of v2",
    golden: {
      error: {
        ...notFound.error,
        errors: [{ field: "date_from", code: "INVALID_DATE", message: "Must be a valid ISO 8601 date." }],
        retry_after_seconds: 1
      }
    },
    place: ["error", "code"],
    code: "CONVERSATION_ITEM_NOT_FOUND",
    tag: "NotFound"
  },
  {
    name: "the flat body of v1",
    golden: {
      code: "API_KEY_QUOTA_EXCEEDED",
      details: [{ message: "limit=1000;type=DAILY;reset_in=3600", field: "DAILY" }]
    },
    place: ["code"],
    code: "API_KEY_QUOTA_EXCEEDED",
    tag: "QuotaExceeded"
  }
]

const statuses = [400, 401, 402, 403, 404, 409, 418, 429, 500, 503]

describe.each(refusals)(`$name, changed (seed ${seed})`, ({ code, golden, place, tag }) => {
  const cases = sample(tuple(constantFrom(...statuses), mutations), { numRuns: 1000, seed })

  // A write without a key is never tried again, so that a thousand of them wait for nothing.
  const write = Effect.flatMap(AlloClient, ({ call }) =>
    call({
      operation: "Test.write",
      kind: "write",
      request: HttpClientRequest.post("/v2/api/test"),
      read: () => Either.right("answered")
    }))

  const refused = (value: unknown, status: number) =>
    Effect.flip(write).pipe(
      Effect.provide(AlloClient.layer({ apiKey: Redacted.make(key) })),
      Effect.provide(Testing.layer(() => Testing.json(value, { status })))
    )

  it.effect(
    "is a refusal by its code, or else by its status",
    () =>
      Effect.forEach(cases, ([status, all]) =>
        Effect.gen(function*() {
          const { damaged, value } = mutate(golden, all)
          const told = `${status} ${JSON.stringify(value)}`
          const error = yield* refused(value, status)
          assert.strictEqual(error.status, status, told)
          // A code in another case is an unknown one.
          const whole = !touches(damaged, [place]) && told.includes(`"${code}"`)
          assert.include(whole ? [tag] : [tag, ApiError.tagOfStatus(status)], error._tag, told)
        }), { discard: true }),
    60_000
  )
})
