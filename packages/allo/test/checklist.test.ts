/** The rows of the tolerant decoder's checklist that only Allo shows; the general ones stand in `packages/http/test`. */
import { assert, describe, it } from "@effect/vitest"
import { Account, type AlloError, Conversations } from "@trunkline/allo"
import * as Testing from "@trunkline/http/testing"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { header, later, sent } from "../../http/test/fixtures/scripted.js"
import { history } from "./fixtures/history.js"
import { item } from "./fixtures/item.js"
import { allo } from "./fixtures/scripted.js"

const getItem = Effect.flatMap(Conversations, (conversations) => conversations.item("cll-abc123"))

/** The documented item, but for these fields. */
const itemWith = (fields: object) =>
  Effect.provide(getItem, allo(() => Testing.json({ data: { ...item.data, ...fields } })))

const itemWithout = (name: string) => {
  const rest = Object.fromEntries(Object.entries(item.data).filter(([field]) => field !== name))
  return Effect.provide(getItem, allo(() => Testing.json({ data: rest })))
}

const retryAfter = (error: AlloError) => "retryAfter" in error ? error.retryAfter : undefined

describe("checklist of the tolerant decoder", () => {
  it.effect("row 1: fields live answers have and no document names are kept", () =>
    Effect.gen(function*() {
      const live = {
        extracted_data: { contact: { name: "null", emails: ["a@x.fr,b@x.fr"], job_title: "JOB_TITLE" } },
        data_collected: {}
      }
      assert.deepStrictEqual((yield* itemWith(live)).extra, live)
    }))

  it.effect.each(Object.keys(item.data).filter((name) => name !== "id" && name !== "date"))(
    "row 2: an item without %s is an item",
    (name) =>
      Effect.gen(function*() {
        assert.strictEqual((yield* itemWithout(name)).id, "cll-abc123")
        assert.strictEqual((yield* itemWith({ [name]: null })).id, "cll-abc123")
      })
  )

  it.effect.each(["id", "date"])(
    "row 2: an item without %s is none, and the path says so",
    (name) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(itemWithout(name))
        assert.deepStrictEqual(error._tag === "Undecodable" ? [error.reason, error.paths] : [error._tag], ["shape", [
          name
        ]])
      })
  )

  it.effect("row 3: words nobody announced are values", () =>
    Effect.gen(function*() {
      const words = { direction: "INTERNAL", result: "CLOSED", status: "READ", message_type: "RCS", type: "VIDEO" }
      const { direction, messageType, result, status, type } = yield* itemWith(words)
      assert.deepStrictEqual({ direction, message_type: messageType, result, status, type }, words)
    }))

  it.effect("row 3: a transcript's source, a role and a deal's status are open, too", () =>
    Effect.gen(function*() {
      const { contacts, transcript } = yield* itemWith({
        transcript: [{ source: "BOT" }],
        contacts: [{ deals: [{ status: "negotiation" }] }]
      })
      assert.deepStrictEqual(transcript?.map(({ source }) => source), ["BOT"])
      assert.deepStrictEqual(contacts.flatMap(({ deals }) => deals.map(({ status }) => status)), ["negotiation"])
    }))

  it.effect.each(["cll-16F950B8", "cll_abc123", "msg-1", "call_abc123", "7"])(
    "row 4: the id %s comes out as it went in",
    (id) => Effect.map(itemWith({ id }), (got) => assert.strictEqual(got.id, id))
  )

  it.effect("row 5: an item's zone-less time is UTC", () =>
    Effect.map(
      itemWith({ date: "2023-11-07T05:31:56" }),
      ({ date }) => assert.deepStrictEqual(date, DateTime.unsafeMake("2023-11-07T05:31:56Z"))
    ))

  it.effect.each([[5.5, 330], ["5.5", 330], [0.0166, 1]])(
    "row 6: %j minutes of version 1 are %d seconds",
    ([sent, seconds]) =>
      Effect.gen(function*() {
        const { contactHistoryPage } = yield* Conversations
        const { rows } = yield* contactHistoryPage({ contactId: "cnt_abc123" })
        assert.deepStrictEqual(rows[0]?.call?.length, Duration.seconds(Number(seconds)))
      }).pipe(
        Effect.provide(
          allo(() => {
            const call = { ...history.data.results[0]?.call, length_in_minutes: sent }
            return Testing.json({ data: { results: [{ type: "CALL", call, message: null }] } })
          })
        )
      )
  )

  it.effect.each([-1, "NaN", "two", {}])(
    "row 6: %j is no length of a call, and is kept",
    (duration) =>
      Effect.gen(function*() {
        const got = yield* itemWith({ duration })
        assert.deepStrictEqual([got.duration, got.extra], [null, { duration }])
      })
  )

  it.effect("row 7: a transcript nobody asked for is null, and one without words is empty", () =>
    Effect.gen(function*() {
      assert.isNull((yield* itemWithout("transcript")).transcript)
      assert.isNull((yield* itemWith({ transcript: null })).transcript)
      assert.deepStrictEqual((yield* itemWith({ transcript: [] })).transcript, [])
    }))

  it.effect("row 7: tags and contacts that are null, absent or empty are all none", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* itemWithout("tags")).tags, [])
      assert.deepStrictEqual((yield* itemWith({ tags: null })).tags, [])
      assert.deepStrictEqual((yield* itemWith({ tags: [] })).tags, [])
      assert.deepStrictEqual((yield* itemWith({ contacts: null })).contacts, [])
    }))

  it.effect("row 7: a transcript that came as one text is no list, and is kept", () =>
    Effect.gen(function*() {
      const { extra, transcript } = yield* itemWith({ transcript: "Hello?" })
      assert.deepStrictEqual([transcript, extra], [null, { transcript: "Hello?" }])
    }))

  it.effect("the key's answer says when the server made it, and under which id", () =>
    Effect.gen(function*() {
      const { answeredAt, requestId } = yield* Effect.flatMap(Account, ({ me }) => me)
      assert.deepStrictEqual([answeredAt?.toJSON(), requestId], ["2026-04-21T14:30:00.000Z", "req_a1b2c3d4e5f6"])
    }).pipe(
      Effect.provide(
        allo(() =>
          Testing.json({ data: {} }, {
            headers: { date: "Tue, 21 Apr 2026 14:30:00 GMT", "x-request-id": "req_a1b2c3d4e5f6" }
          })
        )
      )
    ))

  it.effect("row 7: scopes come as a list or as one text", () =>
    Effect.gen(function*() {
      const { me } = yield* Account
      assert.deepStrictEqual((yield* me).scopes, ["USERS_READ", "TAGS_READ"])
      assert.deepStrictEqual((yield* me).scopes, ["USERS_READ", "TAGS_READ"])
    }).pipe(
      Effect.provide(
        allo((_, index) =>
          Testing.json({ data: { scopes: index === 0 ? "USERS_READ, TAGS_READ" : ["USERS_READ", "TAGS_READ"] } })
        )
      )
    ))

  it.effect("row 8: a summary that says there is none is null", () =>
    Effect.gen(function*() {
      const { extra, summary } = yield* itemWith({ summary: "N/A" })
      assert.deepStrictEqual([summary, extra], [null, { summary: "N/A" }])
    }))

  it.effect.each(
    [
      ["{data:{results}}", { data: { results: history.data.results } }],
      ["{data:{data:{results}}}", { data: { data: { results: history.data.results } } }],
      ["{results}", { results: history.data.results }],
      ["{data}", { data: history.data.results }]
    ] as const
  )("row 9: version 1 is read in %s", ([, body]) =>
    Effect.gen(function*() {
      const { contactHistoryPage } = yield* Conversations
      const { rejected, rows } = yield* contactHistoryPage({ contactId: "cnt_abc123" })
      assert.deepStrictEqual(rows.map(({ type }) => type), ["CALL", "TEXT_MESSAGE"])
      assert.deepStrictEqual(rejected, [])
    }).pipe(Effect.provide(allo(() => Testing.json(body)))))

  it.effect("row 9: version 1 without a total is read until a page is short", () =>
    Effect.gen(function*() {
      const { contactHistory } = yield* Conversations
      const rows = yield* Stream.runCollect(contactHistory({ contactId: "cnt_abc123", size: 2 }))
      assert.strictEqual(rows.length, 7)
      assert.deepStrictEqual((yield* sent).map(({ query }) => query["page"]), ["0", "1", "2", "3"])
    }).pipe(
      Effect.provide(
        allo((_, index) => {
          const message = (n: number) => ({ message: { content: `${index}.${n}`, start_date: "2024-01-15T11:00:00" } })
          return Testing.json({ data: { results: index < 3 ? [message(0), message(1)] : [message(0)] } })
        })
      )
    ))

  it.effect.each(
    [
      ["the envelope of v2", JSON.stringify({ error: { code: "CONVERSATION_ITEM_NOT_FOUND" } })],
      ["the flat body of v1", JSON.stringify({ code: "CONVERSATION_ITEM_NOT_FOUND", details: null })],
      ["HTML", "<html>"],
      ["nothing", ""]
    ] as const
  )("row 11: %s refuses with status and request id", ([, body]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(getItem)
      assert.deepStrictEqual([error._tag, error.status, error.requestId], ["NotFound", 404, "req_1"])
    }).pipe(Effect.provide(allo(() => Testing.text(body, { status: 404, headers: { "x-request-id": "req_1" } })))))

  it.effect.each(
    [
      ["Retry-After in seconds", { "retry-after": "7" }, {}],
      [
        "Retry-After as a date, by the server's own clock",
        { "retry-after": "Tue, 21 Apr 2026 14:31:07 GMT", date: "Tue, 21 Apr 2026 14:31:00 GMT" },
        {}
      ],
      ["seconds in the body", {}, { error: { retry_after_seconds: 7 } }],
      ["seconds in the body as text", {}, { error: { retry_after_seconds: "7" } }],
      ["reset_in of version 1", {}, { code: "SOMETHING_NEW", details: [{ message: "limit=9;reset_in=7" }] }]
    ] as const
  )("row 12: a wait is read from %s", ([, headers, body]) =>
    Effect.gen(function*() {
      const error = yield* later(Effect.flip(getItem))
      assert.deepStrictEqual([error._tag, retryAfter(error)], ["RateLimited", Duration.seconds(7)])
    }).pipe(Effect.provide(allo(() => Testing.json(body, { status: 429, headers })))))

  it.effect("row 12: a wait of a year is not taken", () =>
    Effect.gen(function*() {
      const got = yield* later(getItem)
      assert.strictEqual(got.id, "cll-abc123")
    }).pipe(
      Effect.provide(
        allo((_, index) =>
          index === 0
            ? Testing.json({}, { status: 429, headers: { "retry-after": "31536000" } })
            : Testing.json(item)
        )
      )
    ))

  it.effect("row 12: X-RateLimit-Reset is no wait", () =>
    Effect.gen(function*() {
      const error = yield* later(Effect.flip(getItem))
      assert.deepStrictEqual([error._tag, retryAfter(error)], ["RateLimited", undefined])
    }).pipe(
      Effect.provide(
        allo(() => Testing.json({}, { status: 429, headers: { "x-ratelimit-reset": "1776781860" } }))
      )
    ))

  it.effect("row 14: rows outside of what was asked for are handed on, not dropped", () =>
    Effect.gen(function*() {
      const { search } = yield* Conversations
      const { rows } = yield* search({ date: { from: "2026-01-01", to: "2026-01-31" }, type: "CALL" })
      assert.deepStrictEqual(rows.map(({ id, type }) => [id, type]), [["cll-abc123", "CALL"], ["msg-1", "SMS"]])
    }).pipe(
      Effect.provide(
        allo(() => Testing.json({ data: [item.data, { id: "msg-1", type: "TEXT_MESSAGE", date: "1999-01-01" }] }))
      )
    ))

  it.effect("row 15: HTML with status 200 is no answer", () =>
    Effect.gen(function*() {
      const error = yield* later(Effect.flip(getItem))
      assert.deepStrictEqual(
        error._tag === "Undecodable" ? [error.reason, error.status, error.requestId] : [error._tag],
        ["syntax", 200, (yield* header("x-request-id")).at(-1)]
      )
    }).pipe(Effect.provide(allo(() => Testing.text("<!doctype html><title>Log in</title>")))))

  it.effect("row 16: one bad row in a good page is one failure, with its path and its text", () =>
    Effect.gen(function*() {
      const { search } = yield* Conversations
      const { rejected, rows, total } = yield* search({})
      assert.deepStrictEqual(rows.map(({ id }) => id), ["cll-1", "cll-3"])
      assert.deepStrictEqual(rejected.map(({ paths, raw }) => [paths, Redacted.value(raw)]), [
        [["date"], "{\"id\":\"cll-2\",\"date\":\"soon\"}"]
      ])
      assert.strictEqual(total, 3)
    }).pipe(
      Effect.provide(
        allo(() => {
          const date = "2026-04-21T14:30:00Z"
          const data = [{ id: "cll-1", date }, { id: "cll-2", date: "soon" }, { id: "cll-3", date }]
          return Testing.json({ data, pagination: { total_count: 3, has_more: false } })
        })
      )
    ))
})
