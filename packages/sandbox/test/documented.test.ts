/** Every read that the vendors document, asked of the sandbox over HTTP: the names it answers are the documented ones. */
import { assert, describe, it } from "@effect/vitest"
import { Wire } from "@trunkline/http"
import { Sandbox } from "@trunkline/sandbox"
import { Effect, Redacted } from "effect"
import { type ReadName, reads } from "../../allo/test/fixtures/documented.js"
import { inExtra, recordsOf } from "../../allo/test/fixtures/records.js"
import * as Allomia from "../../allomia/test/fixtures/documented.js"
import { allo, allomia, at, ids, list } from "./client.js"

const date = { from: "2026-01-01", to: "2026-12-31" }
const line = "%2B14155550100"
const item = "/v2/api/conversations/items/cll-abc123"

/** What each read is asked for: a path with its query, and a body where it is a POST. */
const questions: { readonly [name in ReadName]: readonly [path: string, body?: object] } = {
  "GET /v2/api/me": ["/v2/api/me"],
  "GET /v2/api/users": ["/v2/api/users"],
  "GET /v2/api/users/{id}": ["/v2/api/users/usr-abc123"],
  "GET /v2/api/tags": ["/v2/api/tags"],
  "GET /v2/api/numbers": ["/v2/api/numbers"],
  "GET /v2/api/conversations": [`/v2/api/conversations?allo_number=${line}&extend=transcript&size=100`],
  "POST /v2/api/conversations/items/search": [
    "/v2/api/conversations/items/search",
    { extend: "transcript", size: 100 }
  ],
  "GET /v2/api/conversations/items/{id}": [`${item}?extend=transcript`],
  "POST /v2/api/conversations/items/batch": ["/v2/api/conversations/items/batch", { ids: ["cll-abc123"] }],
  "GET /v2/api/conversations/items/{id}/recording": [`${item}/recording`],
  "POST /v2/api/analytics/overview": ["/v2/api/analytics/overview", { date, compare_date: date }],
  "POST /v2/api/analytics/outbound": [
    "/v2/api/analytics/outbound",
    { date, compare_date: date, tags: ["vip", "qualified"], extend: "items", stage: "DIAL", size: 100 }
  ],
  "GET /v2/api/crm/people/{id}": ["/v2/api/crm/people/per-abc123"],
  "POST /v2/api/crm/people/search": ["/v2/api/crm/people/search", { size: 100 }],
  "GET /v2/api/crm/companies/{id}": ["/v2/api/crm/companies/{company}"],
  "POST /v2/api/crm/companies/search": ["/v2/api/crm/companies/search", { size: 100 }],
  "GET /v2/api/crm/deals/{id}": ["/v2/api/crm/deals/{deal}"],
  "POST /v2/api/crm/deals/search": ["/v2/api/crm/deals/search", { size: 100 }],
  "GET /v2/api/dialing-queues/current": ["/v2/api/dialing-queues/current?size=100"],
  "GET /v2/api/partner/accounts/{id}": ["/v2/api/partner/accounts/usr_sandboxcustomer0001"],
  "GET /v2/api/summary_templates": ["/v2/api/summary_templates"],
  "GET /v2/api/summary_templates/{id}": ["/v2/api/summary_templates/tst-abc123"],
  "GET /v2/api/webhooks": ["/v2/api/webhooks"],
  "GET /v2/api/webhooks/{webhook_id}": ["/v2/api/webhooks/ep_sandboxproduction0001"],
  "GET /v2/api/webhooks/event_types": ["/v2/api/webhooks/event_types"],
  "GET /v2/api/conversations/{contact_number}/notes": [`/v2/api/conversations/{contact}/notes?allo_number=${line}`],
  "GET /v2/api/conversations/notes/{id}": ["/v2/api/conversations/notes/not-abc123"],
  "GET /v2/api/crm/people/{person_id}/notes": ["/v2/api/crm/people/per-abc123/notes"],
  "GET /v2/api/threads": ["/v2/api/threads?entity_type=CALL&entity_id=cll-abc123"],
  "GET /v2/api/threads/{id}": ["/v2/api/threads/{thread}"],
  "GET /v1/api/calls": [`/v1/api/calls?allo_number=${line}&size=100`],
  "GET /v1/api/contacts": ["/v1/api/contacts?size=100"],
  "GET /v1/api/numbers": ["/v1/api/numbers"],
  "GET /v1/api/contact/{contact_id}": ["/v1/api/contact/cnt-abc123?extend=engagement,activity"],
  "GET /v1/api/contact/{contact_id}/conversation": ["/v1/api/contact/cnt-abc123/conversation?size=100"]
}

/** Names that the sandbox sends beside the documented ones, as the real API was seen to do. */
const seen = /(?:^|\.)(?:extracted_data|data_collected|tags)(?:\.|$)/

/** Ids of things that no example names. */
const fill = (path: string) =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const first = (path: string, body?: object) =>
      Effect.map(allo(sandbox, path, body === undefined ? {} : { body }), ({ json }) => ids(json, "data")[0] ?? "")
    const call = yield* allo(sandbox, item)
    return path
      .replace("{company}", yield* first("/v2/api/crm/companies/search", {}))
      .replace("{deal}", yield* first("/v2/api/crm/deals/search", {}))
      .replace("{thread}", yield* first("/v2/api/threads?entity_type=CALL&entity_id=cll-abc123"))
      .replace("{contact}", encodeURIComponent(String(at(call.json, "data", "contact_number"))))
  })

/** The names of what has no names in it, each once; what is null or empty has its own name only. */
const namesOf = (value: unknown): ReadonlyArray<string> => {
  if (Array.isArray(value)) return [...new Set(value.flatMap(namesOf))]
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const names = namesOf(inner)
    return names.length === 0 ? [name] : names.map((rest) => `${name}.${rest}`)
  })
}

/** Only an endpoint that is asked for alone tells its secret. */
const untold: { readonly [name in ReadName]?: string } = { "GET /v2/api/webhooks": "signing_secret" }

/** Documented names that no row has, and names of the rows that no document has. */
const compared = (documented: string, rows: unknown) => {
  const names = documented.split(" ")
  const sent = namesOf(rows)
  return {
    lacking: names.filter((name) =>
      // A null stands for all that could be in it.
      !sent.some((_) => _ === name || name.startsWith(`${_}.`))
    ),
    unknown: sent.filter((name) => !seen.test(name) && !names.some((_) => _ === name || _.startsWith(`${name}.`)))
  }
}

const unread = (schema: (typeof recordsOf)[ReadName]["row"], rows: ReadonlyArray<unknown>) => {
  const { rejected, rows: read } = Wire.rows(schema)(rows)
  const extra = read.flatMap((row) => Object.keys(row.extra)).filter((name) => !inExtra.has(name) && !seen.test(name))
  return [...rejected.map(({ raw }) => Redacted.value(raw)), ...extra]
}

describe("Allomia is answered as documented", () => {
  const paths: { readonly [name in Allomia.ReadName]: (organization: string, call: string) => string } = {
    "GET /calls": (organization) => `/calls?organizationId=${organization}&limit=50`,
    "GET /calls/{id}": (_, call) => `/calls/${call}`,
    "GET /organization": () => "/organization",
    "GET /organization/{id}": (organization) => `/organization/${organization}`,
    "GET /outbound/{id}/status": (_, call) => `/outbound/${call}/status`
  }
  for (const [name, read] of Allomia.reads) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox
        const organization = sandbox.organizations[0]?.id ?? ""
        const out = yield* allomia(sandbox, `/calls?organizationId=${organization}&callType=Outbound&limit=1`)
        const { json, status } = yield* allomia(sandbox, paths[name](organization, ids(out.json, "calls")[0] ?? ""))
        assert.strictEqual(status, 200)
        const rows = at(json, "calls") ?? at(json, "organizations") ?? at(json, "currentOrg") ?? json
        const { lacking, unknown } = compared(read.answers, rows)
        assert.deepStrictEqual([lacking, unknown.filter((name) => !/^call(?:Outcome|SummaryFr)$/.test(name))], [[], []])
      }).pipe(Effect.provide(Sandbox.layerTest({ size: 600 }))))
  }
})

describe("Allo is answered as documented, and our records read it", () => {
  for (const [name, read] of reads) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox
        const [path, body] = questions[name]
        const { json, status } = yield* allo(sandbox, yield* fill(path), body === undefined ? {} : { body })
        assert.strictEqual(status, 200)
        const data = at(json, "data")
        const rows = Array.isArray(data)
          ? list(data)
          : at(data, "results") === undefined
          ? [data]
          : list(data, "results")
        assert.isAbove(rows.length, 0)
        const beside = Object.entries(read.beside ?? {}).map(([place, names]) => {
          const found = at(name.includes("analytics") ? data : json, ...place.split("."))
          return { names, rows: Array.isArray(found) ? list(found) : [found], schema: recordsOf[name].beside?.[place] }
        })
        const own = beside.length > 0 && rows.length === 1
          ? [Object.fromEntries(Object.entries(Object.assign({}, rows[0])).filter(([key]) => key !== "items"))]
          : rows
        for (const part of [{ names: read.answers, rows: own, schema: recordsOf[name].row }, ...beside]) {
          const { lacking, unknown } = compared(part.names, part.rows)
          assert.deepStrictEqual([lacking.filter((_) => _ !== untold[name]), unknown], [[], []])
          assert.deepStrictEqual(part.schema && unread(part.schema, part.rows), [])
        }
      }).pipe(Effect.provide(Sandbox.layerTest({ size: 600 }))))
  }
})
