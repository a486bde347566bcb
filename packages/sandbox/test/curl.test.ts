/** The examples of the vendors' pages, run by curl itself, with the host and the key put in. */
import { assert, describe, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { execFile, spawnSync } from "node:child_process"
import { at, list } from "./client.js"

const hasCurl = spawnSync("curl", ["--version"]).status === 0

interface Answered {
  readonly status: number
  readonly headers: string
  readonly json: unknown
}

const curl = (...parameters: ReadonlyArray<string>): Effect.Effect<Answered, string> =>
  Effect.async<Answered, string>((resume) => {
    const child = execFile("curl", ["--silent", "--show-error", "--include", ...parameters], (error, stdout) => {
      if (error !== null) return resume(Effect.fail(error.message))
      const [headers = "", body = ""] = stdout.split("\r\n\r\n")
      const json: unknown = JSON.parse(body)
      resume(Effect.succeed({ status: Number(headers.split(" ")[1]), headers: headers.toLowerCase(), json }))
    })
    return Effect.sync(() => child.kill())
  })

const keys = (
  value: unknown
): ReadonlyArray<string> => (typeof value === "object" && value !== null ? Object.keys(value) : [])

const options = { size: 500, startsAt: Date.UTC(2025, 4, 30), movement: false } as const

const itemKeys = [
  "id",
  "type",
  "direction",
  "allo_number",
  "contact_number",
  "contacts",
  "user",
  "date",
  "duration",
  "result",
  "recording_url",
  "summary",
  "tags",
  "transcript",
  "content",
  "status",
  "message_type"
]

describe.skipIf(!hasCurl)("the documents' own examples (curl is needed)", () => {
  it.effect("a request id of one's own, and a list that wants a line", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const got = yield* curl(
        "-X",
        "GET",
        `${sandbox.alloUrl}/v2/api/conversations`,
        "-H",
        `Authorization: Api-Key ${sandbox.keys.allo}`,
        "-H",
        "X-Request-Id: req_my_custom_id"
      )
      assert.strictEqual(got.status, 400)
      assert.strictEqual(at(got.json, "error", "code"), "MISSING_ALLO_NUMBER")
      assert.strictEqual(at(got.json, "error", "request_id"), "req_my_custom_id")
      assert.include(got.headers, "x-request-id: req_my_custom_id")
    }).pipe(Effect.provide(Sandbox.layer(options))))

  it.effect("a tag added twice under one idempotency key", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const post = curl(
        "-X",
        "POST",
        `${sandbox.alloUrl}/v2/api/conversations/items/cll-abc123/tags`,
        "-H",
        `Authorization: Api-Key ${sandbox.keys.allo}`,
        "-H",
        "Idempotency-Key: 550e8400-e29b-41d4-a716-446655440000",
        "-d",
        "{\"tags\": [\"qualified\"]}"
      )
      const first = yield* post
      assert.strictEqual(first.status, 200)
      assert.include(first.headers, "idempotency-key: 550e8400-e29b-41d4-a716-446655440000")
      const second = yield* post
      assert.strictEqual(second.status, 200)
      assert.include(second.headers, "idempotency-replayed: true")
    }).pipe(Effect.provide(Sandbox.layer(options))))

  it.effect("one item, with the bare key", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const got = yield* curl(
        "--request",
        "GET",
        "--url",
        `${sandbox.alloUrl}/v2/api/conversations/items/cll-abc123`,
        "--header",
        `Authorization: ${sandbox.keys.allo}`
      )
      assert.strictEqual(got.status, 200)
      const item = at(got.json, "data")
      assert.includeMembers([...keys(item)], itemKeys)
      assert.hasAllKeys(at(item, "user"), ["id", "name", "email"])
      assert.hasAllKeys(list(item, "contacts")[0], ["id", "name", "company", "deals"])
      assert.strictEqual(at(item, "duration"), 123)
      assert.match(String(at(item, "date")), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    }).pipe(Effect.provide(Sandbox.layer(options))))

  it.effect("the conversations, where no line is needed", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const got = yield* curl(
        "--request",
        "GET",
        "--url",
        `${sandbox.alloUrl}/v2/api/conversations`,
        "--header",
        `Authorization: ${sandbox.keys.allo}`
      )
      assert.strictEqual(got.status, 200)
      assert.hasAllKeys(at(got.json, "data", 0), ["contact_number", "contacts", "last_activity", "last_item"])
      assert.includeMembers([...keys(at(got.json, "data", 0, "last_item"))], [
        "id",
        "type",
        "direction",
        "date",
        "summary",
        "result",
        "duration"
      ])
      assert.hasAllKeys(at(got.json, "pagination"), ["page", "size", "total_count", "total_pages", "has_more"])
      assert.strictEqual(at(got.json, "pagination", "size"), 20)
    }).pipe(Effect.provide(Sandbox.layer({ ...options, v2: { conversationsNeedLine: false } }))))

  it.effect("a contact's history on the older interface", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const got = yield* curl(
        "--request",
        "GET",
        "--url",
        `${sandbox.alloUrl}/v1/api/contact/cnt_abc123/conversation`,
        "--header",
        `Authorization: ${sandbox.keys.allo}`
      )
      assert.strictEqual(got.status, 200)
      const rows = list(got.json, "data", "results")
      assert.strictEqual(rows.length, 10)
      assert.isTrue(rows.every((_) => keys(_).join() === "type,call,message"))
      const call = rows.find((_) => at(_, "type") === "CALL")
      assert.includeMembers([...keys(at(call, "call"))], [
        "id",
        "from_number",
        "to_number",
        "length_in_minutes",
        "type",
        "summary",
        "tag",
        "recording_url",
        "start_date",
        "transcript"
      ])
      assert.hasAllKeys(at(got.json, "data", "metadata", "pagination"), ["total_pages", "current_page"])
    }).pipe(Effect.provide(Sandbox.layer(options))))

  it.effect("Allomia's calls, short and with every parameter", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const organization = "organizationId=a1b2c3d4-e5f6-7890-abcd-123456789012"
      const short = yield* curl(
        "--request",
        "GET",
        "--url",
        `${sandbox.allomiaUrl}/calls?${organization}`,
        "--header",
        `Authorization: Bearer ${sandbox.keys.allomia}`
      )
      assert.strictEqual(short.status, 200)
      const got = yield* curl(
        "-X",
        "GET",
        `${sandbox.allomiaUrl}/calls?${organization}&page=1&limit=10&callType=Inbound&from=2025-05-01T00%3A00%3A00Z&to=2025-06-01T00%3A00%3A00Z&sort=desc`,
        "-H",
        `Authorization: Bearer ${sandbox.keys.allomia}`
      )
      assert.strictEqual(got.status, 200)
      assert.strictEqual(list(got.json, "calls").length, 10)
      assert.hasAllKeys(at(got.json, "calls", 0), [
        "id",
        "organizationId",
        "callType",
        "agentId",
        "agentName",
        "teamId",
        "teamName",
        "phoneNumber",
        "callStartedAt",
        "callEndedAt",
        "callDurationSeconds",
        "userPhoneNumber",
        "createdAt"
      ])
      assert.hasAllKeys(at(got.json, "pagination"), [
        "page",
        "limit",
        "total",
        "totalPages",
        "hasNextPage",
        "hasPreviousPage"
      ])
    }).pipe(Effect.provide(Sandbox.layer(options))))
})
