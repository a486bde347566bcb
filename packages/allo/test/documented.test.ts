/** Every documented read has a method that can ask all there is to ask, refuses what is out of bounds, and reads all names. */
import { assert, describe, it } from "@effect/vitest"
import {
  Account,
  AlloClient,
  type AlloError,
  Analytics,
  Companies,
  Contacts,
  Conversations,
  Deals,
  DialingQueues,
  LineCalls,
  Notes,
  PartnerAccounts,
  People,
  Recordings,
  SummaryTemplates,
  Threads,
  WebhookEndpoints
} from "@trunkline/allo"
import * as Testing from "@trunkline/http/testing"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as JSONSchema from "effect/JSONSchema"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type { Documented } from "../../http/test/fixtures/documented.js"
import { namesRead } from "../../http/test/fixtures/names.js"
import { type ReadName, reads } from "./fixtures/documented.js"
import { inExtra, recordsOf } from "./fixtures/records.js"

const services = Layer.mergeAll(
  Account.layer,
  Analytics.layer,
  Companies.layer,
  Contacts.layer,
  Conversations.layer,
  Deals.layer,
  DialingQueues.layer,
  LineCalls.layer,
  Notes.layer,
  PartnerAccounts.layer,
  People.layer,
  Recordings.layer,
  SummaryTemplates.layer,
  Threads.layer,
  WebhookEndpoints.layer
).pipe(
  Layer.provide(AlloClient.layer({ apiKey: Redacted.make("ak_live_0123456789abcdef"), pace: "unlimited" })),
  Layer.provideMerge(
    Testing.layer(({ path }) =>
      Testing.json({ data: path.includes("/analytics/") ? { summary: {}, items: { data: [] } } : [] })
    )
  )
)

type Services = Layer.Layer.Success<typeof services>
type Ask = Effect.Effect<unknown, AlloError, Services>

/** What a list can be asked of its pages. */
interface Paging {
  readonly page?: number
  readonly size?: number
}

const line = "+14155550100"
const [from, to] = ["2026-01-01", "2026-01-31"]
const date = { from, to }
const id = "cll-1"

/** Asks a read with all its parameters. */
const asks: { readonly [name in ReadName]: (paging: Paging) => Ask } = {
  "GET /v2/api/me": () => Effect.flatMap(Account, (_) => _.me),
  "GET /v2/api/users": () => Effect.flatMap(Account, (_) => _.users({ role: "ADMIN", status: "ACTIVE" })),
  "GET /v2/api/users/{id}": () => Effect.flatMap(Account, (_) => _.user("usr-1")),
  "GET /v2/api/tags": () => Effect.flatMap(Account, (_) => _.tags),
  "GET /v2/api/numbers": () => Effect.flatMap(Account, (_) => _.numbers),
  "GET /v2/api/conversations": (paging) =>
    Effect.flatMap(Conversations, (_) =>
      _.list({
        alloNumber: line,
        lastActivitySince: DateTime.unsafeMake(from),
        unread: true,
        extend: "transcript",
        ...paging
      })),
  "POST /v2/api/conversations/items/search": (paging) =>
    Effect.flatMap(Conversations, (_) =>
      _.search({
        alloNumber: line,
        contactNumber: line,
        userId: "usr-1",
        direction: "INBOUND",
        type: "CALL",
        result: "ANSWERED",
        tags: ["vip"],
        unread: true,
        unresponded: true,
        search: "refund",
        sort: "RELEVANCE",
        extend: "transcript",
        date,
        ...paging
      })),
  "GET /v2/api/conversations/items/{id}": () =>
    Effect.flatMap(Conversations, (_) => _.item(id, { extend: "transcript" })),
  "POST /v2/api/conversations/items/batch": () => Effect.flatMap(Conversations, (_) => _.batch([id])),
  "GET /v2/api/conversations/items/{id}/recording": () => Effect.flatMap(Recordings, (_) => _.link(id)),
  // Users and lines cannot be combined.
  "POST /v2/api/analytics/overview": () =>
    Effect.flatMap(Analytics, (_) =>
      Effect.zipRight(
        _.overview({ date, compareDate: date, userIds: ["usr-1"] }),
        _.overview({ date, compareDate: date, alloNumbers: [line] })
      )),
  "POST /v2/api/analytics/outbound": (paging) => {
    const all = { date, compareDate: date, tags: ["vip"], granularity: "WEEK", stage: "DIAL", ...paging }
    return Effect.flatMap(Analytics, (_) =>
      Effect.zipRight(
        _.outboundCallsPage({ ...all, userIds: ["usr-1"] }),
        _.outboundCallsPage({ ...all, alloNumbers: [line] })
      ))
  },
  "GET /v2/api/crm/people/{id}": () => Effect.flatMap(People, (_) => _.get("per-1")),
  "POST /v2/api/crm/people/search": (paging) =>
    Effect.flatMap(People, (_) =>
      _.search({
        name: "A",
        lastName: "B",
        jobTitle: "C",
        website: "D",
        company: "E",
        phoneNumber: line,
        email: "F",
        dealStatus: "G",
        search: "H",
        sort: "NAME_ASC",
        ...paging
      })),
  "GET /v2/api/crm/companies/{id}": () => Effect.flatMap(Companies, (_) => _.get("com-1")),
  "POST /v2/api/crm/companies/search": (paging) =>
    Effect.flatMap(Companies, (_) => _.search({ name: "A", website: "B", industry: "C", sort: "NAME_ASC", ...paging })),
  "GET /v2/api/crm/deals/{id}": () => Effect.flatMap(Deals, (_) => _.get("dea-1")),
  "POST /v2/api/crm/deals/search": (paging) =>
    Effect.flatMap(Deals, (_) => _.search({ stage: "A", search: "B", sort: "NAME_ASC", ...paging })),
  "GET /v2/api/dialing-queues/current": (paging) =>
    Effect.flatMap(DialingQueues, (_) => _.current({ userId: "usr-1", email: "a@example.com", ...paging })),
  "GET /v2/api/partner/accounts/{id}": () => Effect.flatMap(PartnerAccounts, (_) => _.get("usr_1")),
  "GET /v2/api/summary_templates": () => Effect.flatMap(SummaryTemplates, (_) => _.list),
  "GET /v2/api/summary_templates/{id}": () => Effect.flatMap(SummaryTemplates, (_) => _.get("tst-1")),
  "GET /v2/api/webhooks": () => Effect.flatMap(WebhookEndpoints, (_) => _.list),
  "GET /v2/api/webhooks/{webhook_id}": () => Effect.flatMap(WebhookEndpoints, (_) => _.get("ep_1")),
  "GET /v2/api/webhooks/event_types": () => Effect.flatMap(WebhookEndpoints, (_) => _.topics),
  "GET /v2/api/conversations/{contact_number}/notes": (paging) =>
    Effect.flatMap(Notes, (_) => _.list({ contactNumber: line, alloNumber: line, ...paging })),
  "GET /v2/api/conversations/notes/{id}": () => Effect.flatMap(Notes, (_) => _.get("not-1")),
  "GET /v2/api/crm/people/{person_id}/notes": (paging) =>
    Effect.flatMap(Notes, (_) => _.ofPersonPage({ personId: "per-1", ...paging })),
  "GET /v2/api/threads": () => Effect.flatMap(Threads, (_) => _.list({ entityType: "CALL", entityId: id })),
  "GET /v2/api/threads/{id}": () => Effect.flatMap(Threads, (_) => _.get("thr-1")),
  "GET /v1/api/calls": (paging) =>
    Effect.flatMap(LineCalls, (_) => _.list({ alloNumber: line, contactNumber: line, ...paging })),
  "GET /v1/api/contacts": (paging) => Effect.flatMap(Contacts, (_) => _.list(paging)),
  "GET /v1/api/numbers": () => Effect.flatMap(Account, (_) => _.sharedNumbers),
  "GET /v1/api/contact/{contact_id}": () =>
    Effect.flatMap(Contacts, (_) => _.get("cnt-1", { extend: ["engagement", "activity"] })),
  "GET /v1/api/contact/{contact_id}/conversation": (paging) =>
    Effect.flatMap(Conversations, (_) => _.contactHistoryPage({ contactId: "cnt-1", alloNumber: line, ...paging }))
}

/** Bounds besides those of pages: what is refused, and the parameter that the refusal names. */
const refused: { readonly [name in ReadName]?: ReadonlyArray<readonly [param: string, ask: Ask]> } = {
  "GET /v2/api/users": [["role", Effect.flatMap(Account, (_) => _.users({ role: " " }))]],
  "GET /v2/api/users/{id}": [["id", Effect.flatMap(Account, (_) => _.user(".."))]],
  "GET /v2/api/conversations": [
    ["allo_number", Effect.flatMap(Conversations, (_) => _.list({ alloNumber: "0612345678" }))],
    ["extend", Effect.flatMap(Conversations, (_) => _.list({ extend: "" }))]
  ],
  "POST /v2/api/conversations/items/search": [
    ["contact_number", Effect.flatMap(Conversations, (_) => _.search({ contactNumber: "anonymous" }))],
    ["date", Effect.flatMap(Conversations, (_) => _.search({ date: { from: to, to: from } }))],
    ["search", Effect.flatMap(Conversations, (_) => _.search({ search: "?" }))]
  ],
  "GET /v2/api/conversations/items/{id}": [["id", Effect.flatMap(Conversations, (_) => _.item("usr-1"))]],
  "POST /v2/api/conversations/items/batch": [
    ["ids", Effect.flatMap(Conversations, (_) => _.batch(Array.from({ length: 101 }, (__, n) => `cll-${n}`)))]
  ],
  "GET /v2/api/conversations/items/{id}/recording": [["id", Effect.flatMap(Recordings, (_) => _.link("usr-1"))]],
  "POST /v2/api/analytics/overview": [
    ["date.from", Effect.flatMap(Analytics, (_) => _.overview({ date: { from: "1 May", to } }))],
    ["compare_date", Effect.flatMap(Analytics, (_) => _.overview({ date, compareDate: { from: to, to: from } }))],
    ["user_ids", Effect.flatMap(Analytics, (_) => _.overview({ date, userIds: ["usr-1"], alloNumbers: [line] }))],
    ["allo_numbers", Effect.flatMap(Analytics, (_) => _.overview({ date, alloNumbers: ["0612345678"] }))]
  ],
  "POST /v2/api/analytics/outbound": [
    ["granularity", Effect.flatMap(Analytics, (_) => _.outbound({ date, granularity: "" }))],
    ["stage", Effect.flatMap(Analytics, (_) => _.outboundCallsPage({ date, stage: "" }))]
  ],
  "GET /v2/api/crm/people/{id}": [["id", Effect.flatMap(People, (_) => _.get(".."))]],
  "POST /v2/api/crm/people/search": [
    ["filters.email", Effect.flatMap(People, (_) => _.search({ email: "" }))],
    ["sort", Effect.flatMap(People, (_) => _.search({ sort: "" }))]
  ],
  "GET /v2/api/crm/companies/{id}": [["id", Effect.flatMap(Companies, (_) => _.get(""))]],
  "GET /v2/api/crm/deals/{id}": [["id", Effect.flatMap(Deals, (_) => _.get("."))]],
  "POST /v2/api/crm/deals/search": [["search", Effect.flatMap(Deals, (_) => _.search({ search: " " }))]],
  "GET /v2/api/dialing-queues/current": [
    ["email", Effect.flatMap(DialingQueues, (_) => _.current({ email: "nobody" }))],
    ["user_id", Effect.flatMap(DialingQueues, (_) => _.current({ userId: "" }))]
  ],
  "GET /v2/api/partner/accounts/{id}": [["id", Effect.flatMap(PartnerAccounts, (_) => _.get(".."))]],
  "GET /v2/api/summary_templates/{id}": [["id", Effect.flatMap(SummaryTemplates, (_) => _.get(".."))]],
  "GET /v2/api/webhooks/{webhook_id}": [["webhook_id", Effect.flatMap(WebhookEndpoints, (_) => _.get(".."))]],
  "GET /v2/api/conversations/{contact_number}/notes": [
    ["contact_number", Effect.flatMap(Notes, (_) => _.list({ contactNumber: "anonymous", alloNumber: line }))],
    ["allo_number", Effect.flatMap(Notes, (_) => _.list({ contactNumber: line, alloNumber: "" }))]
  ],
  "GET /v2/api/conversations/notes/{id}": [["id", Effect.flatMap(Notes, (_) => _.get(".."))]],
  "GET /v2/api/crm/people/{person_id}/notes": [
    ["person_id", Effect.flatMap(Notes, (_) => _.ofPersonPage({ personId: ".." }))]
  ],
  "GET /v2/api/threads": [
    ["entity_type", Effect.flatMap(Threads, (_) => _.list({ entityType: "", entityId: id }))],
    ["entity_id", Effect.flatMap(Threads, (_) => _.list({ entityType: "CALL", entityId: "" }))]
  ],
  "GET /v2/api/threads/{id}": [["id", Effect.flatMap(Threads, (_) => _.get(".."))]],
  "GET /v1/api/calls": [["allo_number", Effect.flatMap(LineCalls, (_) => _.list({ alloNumber: "1" }))]],
  "GET /v1/api/contact/{contact_id}": [["contact_id", Effect.flatMap(Contacts, (_) => _.get(".."))]],
  "GET /v1/api/contact/{contact_id}/conversation": [
    ["contact_id", Effect.flatMap(Conversations, (_) => _.contactHistoryPage({ contactId: "" }))]
  ]
}

const received = Effect.flatMap(Testing.Requests, Ref.get)

/** Names of a body; those of its parts with a dot, as the table has them. */
const namesOf = (body: unknown): ReadonlyArray<string> =>
  Predicate.isRecord(body)
    ? Object.entries(body).flatMap(([name, value]) =>
      Predicate.isRecord(value) ? namesOf(value).map((rest) => `${name}.${rest}`) : [name]
    )
    : []

const beyond = (name: ReadName, { asks: parameters }: Documented): ReadonlyArray<readonly [string, Ask]> =>
  (["page", "size"] as const).flatMap((param) => {
    const { least, most } = parameters[param] ?? {}
    const values = [
      ...(least === undefined ? [] : [least - 1, least + 0.5, Number.NaN]),
      ...(most === undefined ? [] : [most + 1])
    ]
    return values.map((value) => [`${param} ${value}`, asks[name]({ [param]: value })] as const)
  })

for (const [name, read] of reads) {
  describe(`${name}`, () => {
    it.effect("is asked for by its path, with all that can be asked", () =>
      Effect.gen(function*() {
        yield* Effect.either(asks[name]({ page: 2, size: 50 }))
        const requests = yield* received
        const [method, path = ""] = name.split(" ")
        const names = requests.flatMap(({ body, query }) => [
          ...Object.keys(query),
          ...(body === "" ? [] : namesOf(JSON.parse(body)))
        ])
        assert.sameMembers([...new Set(names)], Object.keys(read.asks))
        const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`)
        assert.isAbove(requests.length, 0)
        for (const request of requests) {
          assert.strictEqual(request.method, method)
          assert.match(request.path, pattern)
        }
      }).pipe(Effect.provide(services)))

    for (
      const [what, ask] of [
        ...beyond(name, read),
        ...(refused[name] ?? []).map(([param, ask]) => [`a bad ${param}`, ask] as const)
      ]
    ) {
      it.effect(`refuses ${what} without a request`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(ask)
          assert.strictEqual(error._tag, "Invalid")
          const param = what.replace(/^a bad /, "").split(" ")[0]
          assert.strictEqual(error._tag === "Invalid" ? error.param : "", param)
          assert.strictEqual((yield* received).length, 0)
        }).pipe(Effect.provide(services)))
    }

    it("has all names of its answer read", () => {
      const { beside = {}, row } = recordsOf[name]
      const lacking = (names: string, schema: (typeof recordsOf)[ReadName]["row"]) => {
        const known = new Set(namesRead(JSONSchema.make(schema)))
        return names.split(" ").filter((_) => !known.has(_) && !inExtra.has(_))
      }
      assert.deepStrictEqual(lacking(read.answers, row), [])
      assert.sameMembers(Object.keys(beside), Object.keys(read.beside ?? {}))
      for (const [place, schema] of Object.entries(beside)) {
        assert.deepStrictEqual(lacking(read.beside?.[place] ?? "", schema), [])
      }
    })
  })
}
