/** Every example the vendor's pages print, through the real services: what is sent, and what comes out. */
import { assert, describe, it } from "@effect/vitest"
import { ConversationItemId, Conversations } from "@trunkline/allo"
import * as Testing from "@trunkline/http/testing"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { facts, header, sent } from "../../http/test/fixtures/scripted.js"
import { conversations } from "./fixtures/conversations.js"
import { manyFields, notFound, phoneFormat, tags } from "./fixtures/errors.js"
import { history } from "./fixtures/history.js"
import { item } from "./fixtures/item.js"
import { allo, key } from "./fixtures/scripted.js"

const utc = (text: string) => DateTime.unsafeMake(text)
const idShape = /^req_[a-z0-9]{12}$/
const answered = { headers: { "x-request-id": "req_my_custom_id", date: "Tue, 21 Apr 2026 14:31:00 GMT" } }

const contact = {
  id: "cnt-abc123",
  name: "Sarah Johnson",
  company: { id: "com-xyz789", name: "Acme Corp", extra: {} },
  deals: [{ id: "dea-def456", name: "Enterprise Plan", status: "OPEN", extra: {} }],
  extra: {}
}

const itemId = ConversationItemId.make("cll-abc123")

const oneItem = {
  id: itemId,
  type: "CALL",
  direction: "INBOUND",
  alloNumber: "+14155550100",
  contactNumber: "+14155551234",
  contacts: [contact],
  user: { id: "usr-abc123", name: "John", email: "[email protected]", extra: {} },
  date: utc("2023-11-07T05:31:56Z"),
  duration: Duration.seconds(123),
  result: "ANSWERED",
  recordingUrl: "<string>",
  summary: "<string>",
  tags: ["<string>"],
  transcript: [
    { source: "USER", time: "2023-11-07T05:31:56Z", text: "<string>", startSeconds: null, endSeconds: null, extra: {} }
  ],
  content: "<string>",
  status: "PENDING",
  messageType: "SMS",
  extra: {}
}

const oneConversation = {
  contactNumber: "+14155551234",
  contacts: [contact],
  lastActivity: utc("2026-04-21T14:30:00Z"),
  lastItem: {
    id: itemId,
    type: "CALL",
    direction: "INBOUND",
    alloNumber: null,
    contactNumber: null,
    contacts: [],
    user: null,
    date: utc("2026-04-21T14:30:00Z"),
    duration: Duration.seconds(145),
    result: "ANSWERED",
    recordingUrl: null,
    summary: "Customer called about upgrading their plan.",
    tags: [],
    transcript: null,
    content: null,
    status: null,
    messageType: null,
    extra: {}
  },
  extra: {}
}

const historyCall = {
  type: "CALL",
  call: {
    id: "call_abc123",
    fromNumber: "+1234567890",
    toNumber: "+0987654321",
    length: Duration.seconds(330),
    direction: "INBOUND",
    result: null,
    summary: "Customer called about order status.",
    tag: "support",
    tags: ["support", "order"],
    recordingUrl: "https://storage.withallo.com/recordings/abc123.mp3",
    startDate: utc("2024-01-15T10:30:00Z"),
    transcript: [
      {
        source: "AGENT",
        time: "2024-01-15T10:30:05",
        text: "Hello, how can I help you today?",
        startSeconds: 5,
        endSeconds: 8.5,
        extra: {}
      }
    ],
    extra: {}
  },
  message: null,
  extra: {}
}

const historyMessage = {
  type: "TEXT_MESSAGE",
  call: null,
  message: {
    fromNumber: "+1234567890",
    senderId: null,
    toNumber: "+0987654321",
    direction: "OUTBOUND",
    content: "Thank you for contacting us!",
    startDate: utc("2024-01-15T11:00:00Z"),
    extra: {}
  },
  extra: {}
}

const bare = {
  type: undefined,
  code: undefined,
  detail: undefined,
  retryable: undefined,
  docUrl: undefined,
  param: undefined,
  suggestion: undefined,
  fieldErrors: [],
  retryAfter: undefined
}

describe("conversations", () => {
  it.effect("a page comes out as documented", () =>
    Effect.gen(function*() {
      const { list } = yield* Conversations
      assert.deepStrictEqual(yield* list({}), {
        rows: [oneConversation],
        rejected: [],
        page: 1,
        size: 20,
        total: 156,
        totalPages: 8,
        more: true,
        requestId: "req_my_custom_id",
        answeredAt: utc("2026-04-21T14:31:00Z")
      })
    }).pipe(Effect.provide(allo(() => Testing.json(conversations, answered)))))

  it.effect("the documented parameters are sent, under their names", () =>
    Effect.gen(function*() {
      const { list } = yield* Conversations
      yield* list({
        alloNumber: "+14155550100",
        lastActivitySince: utc("2026-04-20T10:00:00Z"),
        unread: true,
        page: 1,
        size: 20,
        extend: "transcript"
      })
      assert.deepStrictEqual(yield* sent, [
        {
          method: "GET",
          path: "/v2/api/conversations",
          query: {
            allo_number: "+14155550100",
            last_activity_since: "2026-04-20T10:00:00Z",
            unread: "true",
            page: "1",
            size: "20",
            extend: "transcript"
          },
          body: ""
        }
      ])
    }).pipe(Effect.provide(allo(() => Testing.json(conversations)))))

  it.effect("nothing is sent that was not asked for", () =>
    Effect.gen(function*() {
      const { list } = yield* Conversations
      yield* list({})
      assert.deepStrictEqual(yield* sent, [{ method: "GET", path: "/v2/api/conversations", query: {}, body: "" }])
    }).pipe(Effect.provide(allo(() => Testing.json(conversations)))))

  it.effect("the key goes behind its scheme", () =>
    Effect.gen(function*() {
      const { list } = yield* Conversations
      yield* list({})
      assert.deepStrictEqual(yield* header("authorization"), [`Api-Key ${key}`])
    }).pipe(Effect.provide(allo(() => Testing.json(conversations)))))

  it.effect("each request has an id of its own, as the page spells them", () =>
    Effect.gen(function*() {
      const { list } = yield* Conversations
      yield* list({})
      yield* list({})
      const [one = "", other = ""] = yield* header("x-request-id")
      assert.match(one, idShape)
      assert.match(other, idShape)
      assert.notStrictEqual(one, other)
    }).pipe(Effect.provide(allo(() => Testing.json(conversations)))))

  it.effect("a stream asks for the largest pages, and ends after a page without rows", () =>
    Effect.gen(function*() {
      const { stream } = yield* Conversations
      const rows = yield* Stream.runCollect(stream({}))
      assert.deepStrictEqual([...rows], [oneConversation])
      assert.deepStrictEqual((yield* sent).map(({ query }) => query), [{ page: "1", size: "100" }, {
        page: "2",
        size: "100"
      }])
    }).pipe(
      Effect.provide(
        allo((_, index) => Testing.json(index === 0 ? conversations : { ...conversations, data: [] }))
      )
    ))
})

describe("one item", () => {
  it.effect("comes out as documented", () =>
    Effect.gen(function*() {
      const conversation = yield* Conversations
      assert.deepStrictEqual(yield* conversation.item("cll-abc123"), oneItem)
    }).pipe(Effect.provide(allo(() => Testing.json(item)))))

  it.effect("is asked for by id, with what it should be extended by", () =>
    Effect.gen(function*() {
      const conversation = yield* Conversations
      yield* conversation.item("cll-abc123", { extend: "transcript" })
      assert.deepStrictEqual(yield* sent, [
        {
          method: "GET",
          path: "/v2/api/conversations/items/cll-abc123",
          query: { extend: "transcript" },
          body: ""
        }
      ])
      assert.deepStrictEqual(yield* header("authorization"), [`Api-Key ${key}`])
      assert.match((yield* header("x-request-id"))[0] ?? "", idShape)
    }).pipe(Effect.provide(allo(() => Testing.json(item)))))
})

describe("a contact's history", () => {
  it.effect("comes out as documented, zone-less times as UTC", () =>
    Effect.gen(function*() {
      const { contactHistoryPage } = yield* Conversations
      assert.deepStrictEqual(yield* contactHistoryPage({ contactId: "cnt_abc123" }), {
        rows: [historyCall, historyMessage],
        rejected: [],
        page: 0,
        size: 10,
        total: null,
        totalPages: 5,
        more: true,
        requestId: "req_my_custom_id",
        answeredAt: utc("2026-04-21T14:31:00Z")
      })
    }).pipe(Effect.provide(allo(() => Testing.json(history, answered)))))

  it.effect("the documented parameters are sent, under their names", () =>
    Effect.gen(function*() {
      const { contactHistoryPage } = yield* Conversations
      yield* contactHistoryPage({ contactId: "cnt_abc123", size: 10, page: 0, alloNumber: "+1234567890" })
      assert.deepStrictEqual(yield* sent, [
        {
          method: "GET",
          path: "/v1/api/contact/cnt_abc123/conversation",
          query: { size: "10", page: "0", allo_number: "+1234567890" },
          body: ""
        }
      ])
      assert.deepStrictEqual(yield* header("authorization"), [`Api-Key ${key}`])
      assert.match((yield* header("x-request-id"))[0] ?? "", idShape)
    }).pipe(Effect.provide(allo(() => Testing.json(history)))))

  it.effect("its pages are read from 0 to the last that is promised", () =>
    Effect.gen(function*() {
      const { contactHistoryPages } = yield* Conversations
      const pages = yield* Stream.runCollect(contactHistoryPages({ contactId: "cnt_abc123" }))
      assert.deepStrictEqual([...pages].map(({ page }) => page), [0, 1, 2, 3, 4])
    }).pipe(
      Effect.provide(
        // Other rows each time: a page that repeats itself would be left.
        allo((_, index) => {
          const [call, message] = history.data.results
          const results = [{ ...call, position: index }, message]
          return Testing.json({ data: { ...history.data, results } })
        })
      )
    ))
})

describe("errors", () => {
  it.effect("an item that is not there", () =>
    Effect.gen(function*() {
      const conversation = yield* Conversations
      assert.deepStrictEqual(facts(yield* Effect.flip(conversation.item("cll_abc123"))), {
        tag: "NotFound",
        operation: "Conversations.item",
        status: 404,
        type: "not_found_error",
        code: "CONVERSATION_ITEM_NOT_FOUND",
        detail: "No call or message found with ID 'cll_abc123'.",
        retryable: false,
        requestId: "req_a1b2c3d4e5f6",
        docUrl: "https://help.withallo.com/en/v2/api-reference/guides/error-handling#CONVERSATION_ITEM_NOT_FOUND",
        param: "id",
        suggestion: "Search for the item using POST /v2/api/conversations/items/search.",
        fieldErrors: [],
        retryAfter: undefined
      })
    }).pipe(Effect.provide(allo(() => Testing.json(notFound, { status: 404 })))))

  it.effect("many fields at once", () =>
    Effect.gen(function*() {
      const { search } = yield* Conversations
      const error = facts(yield* Effect.flip(search({})))
      assert.deepStrictEqual(error, {
        ...bare,
        tag: "Invalid",
        operation: "Conversations.search",
        status: 400,
        type: "validation_error",
        code: "INVALID_REQUEST",
        detail: "Request validation failed.",
        // The body has none: it is the one that was sent.
        requestId: (yield* header("x-request-id"))[0],
        fieldErrors: [
          { field: "date_from", code: "INVALID_DATE", detail: "Must be a valid ISO 8601 date." },
          {
            field: "allo_number",
            code: "INVALID_PHONE_FORMAT",
            detail: "Must be E.164 format (e.g. +14155551234)."
          }
        ]
      })
    }).pipe(Effect.provide(allo(() => Testing.json(manyFields, { status: 400 })))))

  it.effect("a phone number that is none", () =>
    Effect.gen(function*() {
      const { list } = yield* Conversations
      const error = facts(yield* Effect.flip(list({})))
      assert.deepStrictEqual(error, {
        ...bare,
        tag: "Invalid",
        operation: "Conversations.list",
        status: 400,
        type: "validation_error",
        code: "INVALID_PHONE_FORMAT",
        detail: "'+33 6 12 34' is not a valid E.164 phone number.",
        requestId: (yield* header("x-request-id"))[0],
        suggestion: "Use E.164 format: +14155551234 (no spaces, with country code)."
      })
    }).pipe(Effect.provide(allo(() => Testing.json(phoneFormat, { status: 400 })))))

  it.effect("the phone numbers the page calls wrong are refused as the page says, before a request", () =>
    Effect.gen(function*() {
      const { list } = yield* Conversations
      const errors = yield* Effect.forEach(
        ["0612345678", "+33 6 12 34 56", "+33 6 12 34"],
        (alloNumber) => Effect.flip(list({ alloNumber }))
      )
      assert.deepStrictEqual(
        errors.map((error) => error._tag === "Invalid" ? [error.status, error.code, error.param] : []),
        Array.from({ length: 3 }, () => [undefined, "INVALID_PHONE_FORMAT", "allo_number"])
      )
      assert.deepStrictEqual(yield* sent, [])
    }).pipe(Effect.provide(allo(() => Testing.json(conversations)))))
})

describe("a write", () => {
  it.effect("is sent as on the page", () =>
    Effect.gen(function*() {
      const { addTags } = yield* Conversations
      yield* addTags({
        id: "cll-abc123",
        tags: tags.tags,
        idempotencyKey: "550e8400-e29b-41d4-a716-446655440000"
      })
      assert.deepStrictEqual(yield* sent, [
        {
          method: "POST",
          path: "/v2/api/conversations/items/cll-abc123/tags",
          query: {},
          body: JSON.stringify(tags)
        }
      ])
      assert.deepStrictEqual(yield* header("authorization"), [`Api-Key ${key}`])
      assert.deepStrictEqual(yield* header("idempotency-key"), ["550e8400-e29b-41d4-a716-446655440000"])
      assert.match((yield* header("x-request-id"))[0] ?? "", idShape)
    }).pipe(Effect.provide(allo(() => Testing.json({})))))

  it.effect("done anew, says so", () =>
    Effect.gen(function*() {
      const { addTags } = yield* Conversations
      assert.deepStrictEqual(yield* addTags({ id: "cll-abc123", tags: tags.tags, idempotencyKey: "550e8400" }), {
        replayed: false,
        idempotencyKey: "550e8400",
        requestId: "req_my_custom_id"
      })
    }).pipe(Effect.provide(allo(() => Testing.json({}, answered)))))

  it.effect("answered from memory, says so", () =>
    Effect.gen(function*() {
      const { addTags } = yield* Conversations
      assert.deepStrictEqual(yield* addTags({ id: "cll-abc123", tags: tags.tags, idempotencyKey: "550e8400" }), {
        replayed: true,
        idempotencyKey: "550e8400",
        requestId: "req_my_custom_id"
      })
    }).pipe(
      Effect.provide(
        allo(() => Testing.json({}, { headers: { ...answered.headers, "idempotency-replayed": "true" } }))
      )
    ))

  it.effect("under a key that was used elsewhere is in conflict", () =>
    Effect.gen(function*() {
      const { addTags } = yield* Conversations
      const error = facts(
        yield* Effect.flip(addTags({ id: "cll-abc123", tags: tags.tags, idempotencyKey: "550e8400" }))
      )
      assert.deepStrictEqual(error, {
        ...bare,
        tag: "Conflict",
        operation: "Conversations.addTags",
        status: 409,
        code: "IDEMPOTENCY_KEY_REUSE",
        requestId: (yield* header("x-request-id"))[0]
      })
    }).pipe(Effect.provide(allo(() => Testing.json({ error: { code: "IDEMPOTENCY_KEY_REUSE" } }, { status: 409 })))))
})
