import { assert, describe, it } from "@effect/vitest"
import { Account, AlloClient, type AlloError, Conversations } from "@trunkline/allo"
import * as Testing from "@trunkline/http/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"

const allo = Layer.mergeAll(Conversations.layer, Account.layer).pipe(
  Layer.provide(AlloClient.layer({ apiKey: Redacted.make("ak_live_0123456789abcdef") })),
  Layer.provideMerge(Testing.layer(() => Testing.json({ data: [] })))
)

type Service = typeof Conversations.Service & typeof Account.Service
type Ask = (service: Service) => Effect.Effect<unknown, AlloError>

const refusedBeforeSending = (ask: Ask, param: string, code: string) =>
  Effect.gen(function*() {
    const service = { ...(yield* Conversations), ...(yield* Account) }
    const error = yield* Effect.flip(ask(service))
    assert.strictEqual(error._tag, "Invalid")
    if (error._tag !== "Invalid") return
    assert.strictEqual(error.param, param)
    assert.strictEqual(error.code, code)
    assert.include(error.message, param)
    assert.strictEqual(error.status, undefined)
    assert.strictEqual((yield* Effect.flatMap(Testing.Requests, Ref.get)).length, 0)
  }).pipe(Effect.provide(allo))

const sent = (ask: Ask) =>
  Effect.gen(function*() {
    const service = { ...(yield* Conversations), ...(yield* Account) }
    yield* Effect.either(ask(service))
    assert.strictEqual((yield* Effect.flatMap(Testing.Requests, Ref.get)).length, 1)
  }).pipe(Effect.provide(allo))

const bounds: ReadonlyArray<readonly [string, Ask, string, string]> = [
  ["a page of 0 rows", (_) => _.list({ size: 0 }), "size", "INVALID_PAGE_SIZE"],
  ["a page of 101 rows", (_) => _.list({ size: 101 }), "size", "INVALID_PAGE_SIZE"],
  ["half a row", (_) => _.search({ size: 1.5 }), "size", "INVALID_PAGE_SIZE"],
  ["a page of no number of rows", (_) => _.search({ size: Number.NaN }), "size", "INVALID_PAGE_SIZE"],
  [
    "a history page of 101",
    (_) => _.contactHistoryPage({ contactId: "cnt_1", size: 101 }),
    "size",
    "INVALID_PAGE_SIZE"
  ],
  ["page 0 of a list that begins at 1", (_) => _.list({ page: 0 }), "page", "INVALID_REQUEST"],
  ["page -1 of a history", (_) => _.contactHistoryPage({ contactId: "cnt_1", page: -1 }), "page", "INVALID_REQUEST"],
  ["a line without its country", (_) => _.list({ alloNumber: "0612345678" }), "allo_number", "INVALID_PHONE_FORMAT"],
  ["a line with spaces", (_) => _.search({ alloNumber: "+33 6 12 34 56" }), "allo_number", "INVALID_PHONE_FORMAT"],
  [
    "a contact number that is a word",
    (_) => _.search({ contactNumber: "anonymous" }),
    "contact_number",
    "INVALID_PHONE_FORMAT"
  ],
  [
    "a history on a bad line",
    (_) => _.contactHistoryPage({ contactId: "c", alloNumber: "+0" }),
    "allo_number",
    "INVALID_PHONE_FORMAT"
  ],
  ["an id of another kind", (_) => _.item("usr-abc"), "id", "INVALID_ITEM_ID"],
  ["an id with a path in it", (_) => _.item("cll-1/../../me"), "id", "INVALID_ITEM_ID"],
  ["an empty id", (_) => _.item(""), "id", "INVALID_ITEM_ID"],
  ["a bad id among good ones", (_) => _.batch(["cll-1", "nope"]), "id", "INVALID_ITEM_ID"],
  ["an empty extension", (_) => _.list({ extend: "" }), "extend", "UNSUPPORTED_EXTEND_VALUE"],
  ["101 ids at once", (_) => _.batch(Array.from({ length: 101 }, (__, n) => `cll-${n}`)), "ids", "BATCH_TOO_LARGE"],
  ["from after to", (_) => _.search({ date: { from: "2026-02-02", to: "2026-02-01" } }), "date", "INVALID_DATE_RANGE"],
  [
    "a day that is none",
    (_) => _.search({ date: { from: "2026-02-30", to: "2026-03-01" } }),
    "date.from",
    "INVALID_DATE_RANGE"
  ],
  [
    "a day with a time",
    (_) => _.search({ date: { from: "2026-02-01", to: "2026-03-01T00:00:00Z" } }),
    "date.to",
    "INVALID_DATE_RANGE"
  ],
  ["a search for nothing", (_) => _.search({ search: "?!" }), "search", "INVALID_SEARCH_QUERY"],
  ["a direction without a word", (_) => _.search({ direction: " " }), "direction", "INVALID_REQUEST"],
  ["no tags", (_) => _.addTags({ id: "cll-1", tags: [] }), "tags", "TAGS_REQUIRED"],
  ["a blank tag", (_) => _.addTags({ id: "cll-1", tags: [" "] }), "tags", "TAGS_REQUIRED"],
  ["a tag that would name another endpoint", (_) => _.removeTag({ id: "cll-1", tag: ".." }), "tag", "TAG_NOT_FOUND"],
  [
    "an idempotency key with a line break",
    (_) => _.addTags({ id: "cll-1", tags: ["a"], idempotencyKey: "a\nb" }),
    "Idempotency-Key",
    "INVALID_REQUEST"
  ],
  [
    "a contact that would name another endpoint",
    (_) => _.contactHistoryPage({ contactId: ".." }),
    "contact_id",
    "CONTACT_NOT_FOUND"
  ],
  ["a stream out of bounds", (_) => Stream.runDrain(_.items({ size: 1000 })), "size", "INVALID_PAGE_SIZE"]
]

describe("refused before a request leaves", () => {
  for (const [what, ask, param, code] of bounds) {
    it.effect(what, () => refusedBeforeSending(ask, param, code))
  }

  it.effect("every mistake at once, each with its field", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip((yield* Conversations).search({ size: 0, page: 0, alloNumber: "1" }))
      assert.deepStrictEqual(
        error._tag === "Invalid" ? error.fieldErrors.map(({ field }) => field) : [],
        ["allo_number", "page", "size"]
      )
    }).pipe(Effect.provide(allo)))
})

describe("at the bound, sent", () => {
  const allowed: ReadonlyArray<readonly [string, Ask]> = [
    ["1 row", (_) => _.list({ size: 1 })],
    ["100 rows", (_) => _.list({ size: 100 })],
    ["page 0 of a history", (_) => _.contactHistoryPage({ contactId: "cnt_1", page: 0 })],
    ["an id with an underscore", (_) => _.item("cll_abc123")],
    ["the id of a message", (_) => _.item("msg-def456")],
    ["100 ids", (_) => _.batch(Array.from({ length: 100 }, (__, n) => `cll-${n}`))],
    ["one day", (_) => _.search({ date: { from: "2026-02-01", to: "2026-02-01" } })],
    ["29 February of a leap year", (_) => _.search({ date: { from: "2028-02-29", to: "2028-02-29" } })],
    ["a tag with a slash", (_) => _.removeTag({ id: "cll-1", tag: "a/b" })]
  ]
  for (const [what, ask] of allowed) it.effect(what, () => sent(ask))

  it.effect("no ids need no request", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* (yield* Conversations).batch([])).rows, [])
      assert.strictEqual((yield* Effect.flatMap(Testing.Requests, Ref.get)).length, 0)
    }).pipe(Effect.provide(allo)))
})

describe("a word that no document knows is passed on, for the API may know it", () => {
  const words: ReadonlyArray<readonly [string, Ask]> = [
    ["extend=recording", (_) => _.item("cll-1", { extend: "recording" })],
    ["extend=notes", (_) => _.list({ extend: "notes" })],
    ["\"extend\":\"notes\"", (_) => _.search({ extend: "notes" })],
    ["\"result\":\"CLOSED\"", (_) => _.search({ result: "CLOSED" })],
    ["\"direction\":\"INTERNAL\"", (_) => _.search({ direction: "INTERNAL" })],
    ["\"type\":\"WHATSAPP\"", (_) => _.search({ type: "WHATSAPP" })],
    ["\"sort\":\"DURATION_DESC\"", (_) => _.search({ sort: "DURATION_DESC" })],
    ["role=OWNER", (_) => _.users({ role: "OWNER" })],
    ["status=INVITED", (_) => _.users({ status: "INVITED" })]
  ]
  for (const [word, ask] of words) {
    it.effect(word, () =>
      Effect.gen(function*() {
        const service = { ...(yield* Conversations), ...(yield* Account) }
        yield* Effect.either(ask(service))
        const [request] = yield* Effect.flatMap(Testing.Requests, Ref.get)
        assert.include(`${new URLSearchParams(request?.query)} ${request?.body}`, word)
      }).pipe(Effect.provide(allo)))
  }
})
