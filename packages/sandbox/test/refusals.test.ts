import { assert, layer } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { type Ask, at, list, send, type Service } from "./client.js"

interface Case extends Ask {
  readonly path: string
  readonly status: number
  readonly code: string
  readonly field?: string
}

const line = "%2B14155550100"
const conversations = `/v2/api/conversations?allo_number=${line}`
const items = "/v2/api/conversations/items"
const search = `${items}/search`
const call = `${items}/cll-abc123`
const overview = "/v2/api/analytics/overview"
const outbound = "/v2/api/analytics/outbound"
const crm = "/v2/api/crm"
const queue = "/v2/api/dialing-queues/current"
const notes = "/v2/api/conversations/%2B33600000001/notes"
const date = { from: "2026-01-01", to: "2026-01-31" }

const still = {
  movement: false,
  rateLimit: false,
  dailyQuota: false,
  size: 500,
  v2: { searchMaximumDays: 400 }
} as const

const v2: ReadonlyArray<Case> = [
  { path: conversations, key: "", status: 401, code: "UNAUTHORIZED" },
  { path: conversations, key: "Bearer {allo}", status: 401, code: "UNAUTHORIZED" },
  { path: conversations, key: "Api-Key nobody", status: 401, code: "API_KEY_INVALID" },
  { path: conversations, key: "Api-Key {alloRevoked}", status: 401, code: "API_KEY_REVOKED" },
  { path: conversations, key: "Api-Key {alloTrial}", status: 403, code: "API_KEY_TRIAL_NOT_ALLOWED" },
  { path: conversations, key: "Api-Key {alloNoScopes}", status: 403, code: "API_KEY_INSUFFICIENT_SCOPE" },
  { path: "/v2/api/users", key: "{alloConversationsOnly}", status: 403, code: "API_KEY_INSUFFICIENT_SCOPE" },
  { path: "/v2/api/tags", key: "{alloConversationsOnly}", status: 403, code: "API_KEY_INSUFFICIENT_SCOPE" },
  { path: "/v2/api/numbers", key: "{alloConversationsOnly}", status: 403, code: "API_KEY_INSUFFICIENT_SCOPE" },
  {
    path: `${call}/tags`,
    key: "{alloReadOnly}",
    body: { tags: ["a"] },
    status: 403,
    code: "API_KEY_INSUFFICIENT_SCOPE"
  },
  { path: "/v2/api/conversations", status: 400, code: "MISSING_ALLO_NUMBER", field: "allo_number" },
  {
    path: "/v2/api/conversations?allo_number=0612345678",
    status: 400,
    code: "INVALID_PHONE_FORMAT",
    field: "allo_number"
  },
  {
    path: "/v2/api/conversations?allo_number=%2B33+6+12",
    status: 400,
    code: "INVALID_PHONE_FORMAT",
    field: "allo_number"
  },
  {
    path: "/v2/api/conversations?allo_number=%2B14155559999",
    status: 404,
    code: "PHONE_NUMBER_NOT_FOUND",
    field: "allo_number"
  },
  { path: `${conversations}&size=0`, status: 400, code: "INVALID_PAGE_SIZE", field: "size" },
  { path: `${conversations}&size=101`, status: 400, code: "INVALID_PAGE_SIZE", field: "size" },
  { path: `${conversations}&size=ten`, status: 400, code: "INVALID_PAGE_SIZE", field: "size" },
  { path: `${conversations}&page=0`, status: 400, code: "INVALID_REQUEST", field: "page" },
  { path: `${conversations}&unread=perhaps`, status: 400, code: "INVALID_REQUEST", field: "unread" },
  {
    path: `${conversations}&last_activity_since=yesterday`,
    status: 400,
    code: "INVALID_REQUEST",
    field: "last_activity_since"
  },
  {
    path: `${conversations}&extend=transcript,activity`,
    status: 400,
    code: "UNSUPPORTED_EXTEND_VALUE",
    field: "extend"
  },
  { path: `${items}/abc123`, status: 400, code: "INVALID_ITEM_ID", field: "id" },
  { path: `${items}/call_abc123`, status: 400, code: "INVALID_ITEM_ID", field: "id" },
  { path: `${items}/cll_abc123`, status: 404, code: "CONVERSATION_ITEM_NOT_FOUND", field: "id" },
  { path: `${items}/msg-nowhere`, status: 404, code: "CONVERSATION_ITEM_NOT_FOUND", field: "id" },
  { path: `${call}?extend=engagement`, status: 400, code: "UNSUPPORTED_EXTEND_VALUE", field: "extend" },
  { path: search, body: { size: 101 }, status: 400, code: "INVALID_PAGE_SIZE", field: "size" },
  { path: search, body: { page: 0 }, status: 400, code: "INVALID_REQUEST", field: "page" },
  { path: search, body: { search: "?!  --" }, status: 400, code: "INVALID_SEARCH_QUERY", field: "search" },
  {
    path: search,
    body: { date: { from: "2026-02-02", to: "2026-02-01" } },
    status: 400,
    code: "INVALID_DATE_RANGE",
    field: "date"
  },
  {
    path: search,
    body: { date: { from: "2026-02-30", to: "2026-03-10" } },
    status: 400,
    code: "INVALID_DATE_RANGE",
    field: "date"
  },
  { path: search, body: { date: { from: "2026-02-01" } }, status: 400, code: "INVALID_DATE_RANGE", field: "date" },
  {
    path: search,
    body: { date: { from: "2024-01-01", to: "2026-01-01" } },
    status: 400,
    code: "DATE_RANGE_TOO_WIDE",
    field: "date"
  },
  { path: search, body: { extend: "activity" }, status: 400, code: "UNSUPPORTED_EXTEND_VALUE", field: "extend" },
  {
    path: search,
    body: { allo_number: "+33 6 12 34" },
    status: 400,
    code: "INVALID_PHONE_FORMAT",
    field: "allo_number"
  },
  {
    path: search,
    body: { contact_number: "0612345678" },
    status: 400,
    code: "INVALID_PHONE_FORMAT",
    field: "contact_number"
  },
  { path: search, body: { direction: "SIDEWAYS" }, status: 400, code: "INVALID_REQUEST", field: "direction" },
  { path: search, body: { tags: "vip" }, status: 400, code: "INVALID_REQUEST", field: "tags" },
  { path: search, body: "{", status: 400, code: "INVALID_REQUEST_BODY" },
  { path: search, body: "[]", status: 400, code: "INVALID_REQUEST_BODY" },
  {
    path: search,
    body: "{}",
    headers: { "content-type": "text/plain" },
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
    field: "Content-Type"
  },
  { path: `${items}/batch`, body: {}, status: 400, code: "INVALID_REQUEST", field: "ids" },
  {
    path: `${items}/batch`,
    body: { ids: ["cll-abc123", "tag-1"] },
    status: 400,
    code: "INVALID_ITEM_ID",
    field: "ids"
  },
  {
    path: `${items}/batch`,
    body: { ids: Array.from({ length: 101 }, () => "cll-abc123") },
    status: 400,
    code: "BATCH_TOO_LARGE",
    field: "ids"
  },
  { path: `${call}/tags`, body: { tags: [] }, status: 400, code: "TAGS_REQUIRED", field: "tags" },
  { path: `${call}/tags`, body: {}, status: 400, code: "TAGS_REQUIRED", field: "tags" },
  { path: `${items}/msg-abc123/tags`, body: { tags: ["a"] }, status: 400, code: "INVALID_ITEM_ID", field: "id" },
  {
    path: `${items}/cll-nowhere/tags`,
    body: { tags: ["a"] },
    status: 404,
    code: "CONVERSATION_ITEM_NOT_FOUND",
    field: "id"
  },
  { path: `${call}/tags/absent`, method: "DELETE", status: 404, code: "TAG_NOT_FOUND", field: "tag" },
  {
    path: `${items}/cll-nowhere/tags/vip`,
    method: "DELETE",
    status: 404,
    code: "CONVERSATION_ITEM_NOT_FOUND",
    field: "id"
  },
  { path: "/v2/api/users?role=OWNER", status: 400, code: "INVALID_REQUEST", field: "role" },
  { path: overview, body: {}, status: 400, code: "INVALID_DATE_RANGE", field: "date" },
  {
    path: overview,
    body: { date: { from: "2026-02-02", to: "2026-02-01" } },
    status: 400,
    code: "INVALID_DATE_RANGE",
    field: "date"
  },
  { path: overview, body: { date, compare_date: {} }, status: 400, code: "INVALID_DATE_RANGE", field: "compare_date" },
  { path: overview, body: { date, user_ids: "usr-abc123" }, status: 400, code: "INVALID_REQUEST", field: "user_ids" },
  {
    path: overview,
    body: { date, user_ids: ["usr-abc123"], allo_numbers: ["+14155550100"] },
    status: 400,
    code: "INVALID_REQUEST",
    field: "user_ids"
  },
  {
    path: overview,
    body: { date, allo_numbers: ["0612"] },
    status: 400,
    code: "INVALID_PHONE_FORMAT",
    field: "allo_numbers"
  },
  {
    path: outbound,
    body: { date, granularity: "HOUR" },
    status: 400,
    code: "INVALID_GRANULARITY",
    field: "granularity"
  },
  { path: outbound, body: { date, extend: "items" }, status: 400, code: "INVALID_REQUEST", field: "stage" },
  { path: outbound, body: { date, extend: "calls" }, status: 400, code: "UNSUPPORTED_EXTEND_VALUE", field: "extend" },
  { path: outbound, body: { date, size: 101 }, status: 400, code: "INVALID_PAGE_SIZE", field: "size" },
  { path: `${crm}/people/search`, body: { size: 101 }, status: 422, code: "INVALID_PAGE_SIZE", field: "size" },
  { path: `${crm}/people/search`, body: { sort: "SIZE" }, status: 422, code: "INVALID_REQUEST", field: "sort" },
  { path: `${crm}/deals/search`, body: { filters: [] }, status: 422, code: "INVALID_REQUEST", field: "filters" },
  { path: `${crm}/companies/com-nowhere`, status: 404, code: "ENDPOINT_NOT_FOUND", field: "id" },
  { path: `${crm}/deals/search`, body: "nothing", status: 400, code: "INVALID_REQUEST_BODY" },
  { path: `${queue}?size=101`, status: 400, code: "INVALID_PAGE_SIZE", field: "size" },
  { path: `${queue}?user_id=usr-nobody`, status: 404, code: "ASSIGNEE_NOT_FOUND", field: "user_id" },
  { path: `${queue}?email=nobody@example.com`, status: 404, code: "ASSIGNEE_NOT_FOUND", field: "email" },
  { path: "/v2/api/partner/accounts/usr_none", status: 404, code: "PARTNER_ACCOUNT_NOT_FOUND", field: "id" },
  { path: notes, status: 400, code: "MISSING_ALLO_NUMBER", field: "allo_number" },
  { path: `${notes}?allo_number=12`, status: 400, code: "INVALID_PHONE_FORMAT", field: "allo_number" },
  { path: `${notes}?allo_number=%2B14155559999`, status: 403, code: "ALLO_NUMBER_FORBIDDEN", field: "allo_number" },
  { path: "/v2/api/conversations/notes/not-none", status: 404, code: "NOTE_NOT_FOUND", field: "id" },
  {
    path: "/v2/api/threads?entity_id=cll-abc123",
    status: 400,
    code: "INVALID_THREAD_ENTITY_TYPE",
    field: "entity_type"
  },
  { path: "/v2/api/threads?entity_type=CALL", status: 400, code: "MISSING_PARAMETER", field: "entity_id" },
  { path: "/v2/api/threads/thr-none", status: 404, code: "THREAD_NOT_FOUND", field: "id" },
  { path: `${call}/summary`, method: "PATCH", body: {}, status: 400, code: "INVALID_REQUEST", field: "content" },
  {
    path: `${call}/summary`,
    method: "PATCH",
    body: { content: "x", template_key: "HAIKU" },
    status: 400,
    code: "INVALID_REQUEST",
    field: "template_key"
  },
  {
    path: `${items}/msg-1/summary`,
    method: "PATCH",
    body: { content: "x" },
    status: 400,
    code: "INVALID_ITEM_ID",
    field: "id"
  },
  ...[
    { path: overview, body: { date } },
    { path: outbound, body: { date } },
    { path: `${crm}/people/search`, body: {} },
    { path: `${crm}/people/per-abc123` },
    { path: `${crm}/companies/search`, body: {} },
    { path: `${crm}/deals/search`, body: {} },
    { path: queue },
    { path: "/v2/api/partner/accounts/usr_sandboxcustomer0001" },
    { path: `${notes}?allo_number=${line}` },
    { path: "/v2/api/conversations/notes/not-abc123" },
    { path: `${crm}/people/per-abc123/notes` },
    { path: "/v2/api/threads?entity_type=CALL&entity_id=cll-abc123" },
    { path: "/v2/api/threads/thr-none" },
    { path: `${call}/summary`, method: "PATCH", body: { content: "x" } }
  ].map((row) => ({ ...row, key: "{alloNoScopes}", status: 403, code: "API_KEY_INSUFFICIENT_SCOPE" })),
  { path: "/v2/api/contacts", status: 404, code: "ENDPOINT_NOT_FOUND" },
  { path: conversations, method: "PUT", status: 405, code: "METHOD_NOT_ALLOWED" },
  { path: search, method: "GET", status: 405, code: "METHOD_NOT_ALLOWED" }
]

const v1: ReadonlyArray<Case> = [
  { path: "/v1/api/numbers", key: "", status: 401, code: "API_KEY_INVALID" },
  { path: "/v1/api/numbers", key: "Bearer {allo}", status: 401, code: "API_KEY_INVALID" },
  { path: "/v1/api/numbers", key: "Api-Key {alloRevoked}", status: 401, code: "API_KEY_REVOKED" },
  { path: "/v1/api/numbers", key: "Api-Key {alloTrial}", status: 403, code: "API_KEY_TRIAL_NOT_ALLOWED" },
  {
    path: "/v1/api/contacts",
    key: "{alloConversationsOnly}",
    status: 403,
    code: "API_KEY_INSUFFICIENT_SCOPE",
    field: "scope"
  },
  { path: "/v1/api/contact/cnt_nobody/conversation", status: 400, code: "CONTACT_NOT_FOUND" },
  { path: "/v1/api/contact/cnt_abc123/conversation?size=101", status: 400, code: "INVALID_REQUEST", field: "size" },
  { path: "/v1/api/contact/cnt_abc123/conversation?page=-1", status: 400, code: "INVALID_REQUEST", field: "page" },
  {
    path: "/v1/api/contact/cnt_abc123/conversation?allo_number=12",
    status: 400,
    code: "INVALID_PHONE_FORMAT",
    field: "allo_number"
  },
  { path: "/v1/api/calls", status: 400, code: "MISSING_PARAMETER", field: "allo_number" },
  { path: "/v1/api/calls?allo_number=12", status: 400, code: "INVALID_PHONE_FORMAT", field: "allo_number" },
  { path: `/v1/api/calls?allo_number=${line}&size=0`, status: 400, code: "INVALID_REQUEST", field: "size" },
  { path: "/v1/api/nothing", status: 404, code: "ENDPOINT_NOT_FOUND" },
  { path: "/v1/api/numbers", method: "POST", status: 405, code: "METHOD_NOT_ALLOWED" }
]

const organization = "organizationId=a1b2c3d4-e5f6-7890-abcd-123456789012"

/** `code` is that of the first detail; empty where the refusal has none. */
const allomia: ReadonlyArray<Case> = [
  { path: `/api/calls?${organization}`, key: "", status: 401, code: "" },
  { path: `/api/calls?${organization}`, key: "Api-Key {allomia}", status: 401, code: "" },
  { path: `/api/calls?${organization}`, key: "Bearer {allomiaRevoked}", status: 401, code: "" },
  { path: `/api/calls?${organization}`, key: "Bearer {allo}", status: 401, code: "" },
  { path: "/api/organization", key: "Bearer {organization1}", status: 401, code: "" },
  { path: `/api/calls?${organization}`, key: "Bearer {organization1}", status: 404, code: "" },
  { path: "/api/calls?organizationId=nowhere", status: 404, code: "" },
  { path: "/api/calls/nothing", status: 404, code: "" },
  { path: "/api/organization/nowhere", status: 404, code: "" },
  { path: "/api/outbound/nowhere/status", status: 404, code: "" },
  { path: "/api/calls", status: 400, code: "invalid_type", field: "organizationId" },
  { path: `/api/calls?${organization}&page=0`, status: 400, code: "too_small", field: "page" },
  { path: `/api/calls?${organization}&page=x`, status: 400, code: "invalid_type", field: "page" },
  { path: `/api/calls?${organization}&limit=0`, status: 400, code: "too_small", field: "limit" },
  { path: `/api/calls?${organization}&limit=51`, status: 400, code: "too_big", field: "limit" },
  { path: `/api/calls?${organization}&callType=fax`, status: 400, code: "invalid_enum_value", field: "callType" },
  { path: `/api/calls?${organization}&callType=inbound`, status: 400, code: "invalid_enum_value", field: "callType" },
  { path: `/api/calls?${organization}&sort=newest`, status: 400, code: "invalid_enum_value", field: "sort" },
  { path: `/api/calls?${organization}&from=monday`, status: 400, code: "custom", field: "from" },
  { path: `/api/calls?${organization}&to=2026-01-01`, status: 400, code: "custom", field: "to" },
  {
    path: `/api/calls?${organization}&from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z`,
    status: 400,
    code: "custom",
    field: "from"
  },
  { path: "/api/organization?limit=101", status: 400, code: "too_big", field: "limit" },
  { path: "/api/organization?sort=size", status: 400, code: "invalid_enum_value", field: "sort" },
  { path: "/api/nothing", status: 404, code: "" },
  { path: `/api/calls?${organization}`, method: "DELETE", status: 405, code: "" }
]

const types: { readonly [status: number]: string } = {
  400: "validation_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  405: "validation_error",
  415: "validation_error",
  422: "validation_error"
}

const fill = (sandbox: Service, key: string): string =>
  key.replace(
    /\{(\w+)\}/,
    (_, name: string) =>
      name === "organization1" ? sandbox.keys.allomiaOrganizations[1] ?? "" : String(at(sandbox.keys, name))
  )

const ask = (sandbox: Service, row: Case, fallback: string) => {
  const key = fill(sandbox, row.key ?? fallback)
  return send(`${sandbox.alloUrl}${row.path}`, {
    ...(key === "" ? {} : { key }),
    ...(row.method === undefined ? {} : { method: row.method }),
    ...(row.headers === undefined ? {} : { headers: row.headers }),
    ...(row.body === undefined ? {} : { body: row.body })
  })
}

const titled = (row: Case) =>
  `${row.method ?? (row.body === undefined ? "GET" : "POST")} ${row.path.slice(0, 90)} ${row.key ?? ""} ${
    JSON.stringify(row.body ?? "").slice(0, 60)
  }`

layer(Sandbox.layer(still))("every documented refusal", (it) => {
  for (const row of v2) {
    it.effect(`v2 ${row.code}: ${titled(row)}`, () =>
      Effect.gen(function*() {
        const got = yield* ask(yield* Sandbox, row, "Api-Key {allo}")
        const error = at(got.json, "error")
        const named = at(error, "param") ?? at(error, "errors", 0, "field")
        assert.deepStrictEqual(
          {
            status: got.status,
            code: at(error, "code"),
            type: at(error, "type"),
            field: named,
            retryable: at(error, "retryable")
          },
          { status: row.status, code: row.code, type: types[row.status], field: row.field, retryable: false }
        )
        assert.match(String(at(error, "request_id")), /^req_[a-z0-9]{12}$/)
        assert.strictEqual(got.headers.get("x-request-id"), at(error, "request_id"))
        assert.match(String(at(error, "doc_url")), new RegExp(`^https://help\\.withallo\\.com/.+#${row.code}$`))
        assert.isAbove(String(at(error, "message")).length, 5)
      }))
  }

  for (const row of v1) {
    it.effect(`v1 ${row.code}: ${titled(row)}`, () =>
      Effect.gen(function*() {
        const got = yield* ask(yield* Sandbox, row, "Api-Key {allo}")
        assert.deepStrictEqual(
          { status: got.status, code: at(got.json, "code"), field: at(got.json, "details", 0, "field") },
          { status: row.status, code: row.code, field: row.field }
        )
        assert.isUndefined(at(got.json, "error"))
      }))
  }

  for (const row of allomia) {
    it.effect(`Allomia ${row.status}: ${titled(row)}`, () =>
      Effect.gen(function*() {
        const got = yield* ask(yield* Sandbox, row, "Bearer {allomia}")
        assert.strictEqual(typeof at(got.json, "error"), "string")
        assert.deepStrictEqual(
          {
            status: got.status,
            code: at(got.json, "details", 0, "code") ?? "",
            field: at(got.json, "details", 0, "field")
          },
          { status: row.status, code: row.code, field: row.field }
        )
      }))
  }

  it.effect("several bad fields are named one by one", () =>
    Effect.gen(function*() {
      const got = yield* ask(yield* Sandbox, {
        path: "/v2/api/conversations?allo_number=12&last_activity_since=never",
        status: 400,
        code: ""
      }, "{allo}")
      assert.strictEqual(at(got.json, "error", "code"), "INVALID_REQUEST")
      assert.deepStrictEqual(
        list(got.json, "error", "errors").map((_) => [at(_, "field"), at(_, "code")]),
        [["allo_number", "INVALID_PHONE_FORMAT"], ["last_activity_since", "INVALID_DATE"]]
      )
    }))

  it.effect("a scope that is missing is named in v1's own way", () =>
    Effect.gen(function*() {
      const got = yield* ask(
        yield* Sandbox,
        { path: "/v1/api/contacts", status: 403, code: "" },
        "{alloConversationsOnly}"
      )
      assert.strictEqual(at(got.json, "details", 0, "message"), "required=CONTACTS_READ")
    }))

  it.effect("a tag that is there already is a conflict", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      yield* sandbox.world.setTags("cll-abc123", ["vip"])
      const got = yield* ask(
        sandbox,
        { path: `${call}/tags`, body: { tags: ["vip"] }, status: 409, code: "" },
        "{allo}"
      )
      assert.strictEqual(got.status, 409)
      assert.strictEqual(at(got.json, "error", "code"), "TAG_ALREADY_EXISTS")
      assert.strictEqual(at(got.json, "error", "type"), "conflict_error")
    }))

  it.effect("a request id of one's own comes back", () =>
    Effect.gen(function*() {
      const got = yield* send(`${(yield* Sandbox).alloUrl}/v2/api/nothing`, {
        headers: { "x-request-id": "req_my_custom_id" }
      })
      assert.strictEqual(at(got.json, "error", "request_id"), "req_my_custom_id")
    }))
})
