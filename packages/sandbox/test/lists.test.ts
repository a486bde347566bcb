import { assert, it, layer } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { allo, allomia, at, ids, list, search, type Service } from "./client.js"

const startsAt = Date.UTC(2026, 10, 20, 12)
const still = { size: 3000, movement: false, rateLimit: false, dailyQuota: false, startsAt } as const

const everything = (sandbox: Service, body: object) =>
  Effect.gen(function*() {
    const rows: Array<unknown> = []
    let more = true
    for (let page = 1; more; page++) {
      const got = yield* search(sandbox, { size: 100, ...body, page })
      rows.push(...list(got.json, "data"))
      more = at(got.json, "pagination", "has_more") === true
    }
    return rows
  })

const organizationId = "a1b2c3d4-e5f6-7890-abcd-123456789012"

layer(Sandbox.layer(still))("lists", (it) => {
  it.effect("a search read to its end holds every item once, in order", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const rows = yield* everything(sandbox, { sort: "DATE_ASC" })
      const dates = rows.map((_) => String(at(_, "date")))
      assert.strictEqual(rows.length, 3000)
      assert.strictEqual(new Set(rows.map((_) => at(_, "id"))).size, 3000)
      assert.deepStrictEqual(dates, dates.toSorted())
      const newest = yield* search(sandbox, { size: 1 })
      assert.strictEqual(at(newest.json, "data", 0, "id"), at(rows.at(-1), "id"))
      assert.deepStrictEqual(at(newest.json, "pagination"), {
        page: 1,
        size: 1,
        total_count: 3000,
        total_pages: 3000,
        has_more: true
      })
    }))

  it.effect("the last page says that it is, and a page past it is empty", () =>
    Effect.gen(function*() {
      const last = yield* search(yield* Sandbox, { size: 100, page: 30 })
      assert.strictEqual(list(last.json, "data").length, 100)
      assert.strictEqual(at(last.json, "pagination", "has_more"), false)
      const got = yield* search(yield* Sandbox, { size: 100, page: 31 })
      assert.deepStrictEqual(list(got.json, "data"), [])
      assert.strictEqual(at(got.json, "pagination", "has_more"), false)
    }))

  const filters: ReadonlyArray<readonly [name: string, body: object, holds: (row: unknown) => boolean]> = [
    ["type CALL", { type: "CALL" }, (_) => at(_, "type") === "CALL" && at(_, "content") === null],
    [
      "type SMS",
      { type: "SMS" },
      (_) => at(_, "type") === "SMS" && at(_, "duration") === null && at(_, "tags") === null
    ],
    ["direction", { direction: "OUTBOUND" }, (_) => at(_, "direction") === "OUTBOUND"],
    ["result", { result: "VOICEMAIL" }, (_) => at(_, "result") === "VOICEMAIL"],
    ["line", { allo_number: "+33155550142" }, (_) => at(_, "allo_number") === "+33155550142"],
    ["agent", { user_id: "usr-abc123" }, (_) => at(_, "user", "id") === "usr-abc123"],
    ["tags", { tags: ["vip"] }, (_) => list(_, "tags").includes("vip")],
    ["withheld number", { contact_number: "anonymous" }, (_) => at(_, "contact_number") === "anonymous"],
    [
      "days",
      { date: { from: "2026-10-05", to: "2026-10-06" } },
      (_) => /^2026-10-0[56]T/.test(String(at(_, "date")))
    ],
    ["unresponded", { unresponded: true }, (_) => at(_, "direction") === "INBOUND" && at(_, "result") !== "ANSWERED"]
  ]

  for (const [name, body, holds] of filters) {
    it.effect(`the filter on ${name} keeps what it names, and all of it`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox
        const all = yield* everything(sandbox, {})
        const kept = yield* everything(sandbox, body)
        assert.isAbove(kept.length, 0)
        assert.isTrue(kept.every(holds))
        if (name !== "unresponded") assert.strictEqual(kept.length, all.filter(holds).length)
      }))
  }

  it.effect("the filter on a contact's number keeps that contact's items, on every line", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const all = yield* everything(sandbox, {})
      const numbers = [...new Set(all.map((_) => String(at(_, "contact_number"))))]
      for (const contact_number of numbers.slice(0, 20)) {
        const kept = yield* everything(sandbox, { contact_number })
        assert.deepStrictEqual(ids(kept), ids(all.filter((_) => at(_, "contact_number") === contact_number)))
      }
      assert.deepStrictEqual(yield* everything(sandbox, { contact_number: "+15005550000" }), [])
    }))

  it.effect("a search finds every word, at its beginning, in any script", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const found = yield* everything(sandbox, { search: "FACT rembours", extend: "transcript" })
      assert.isAbove(found.length, 0)
      for (const row of found) {
        const text = `${String(at(row, "summary"))} ${list(row, "transcript").map((_) => at(_, "text")).join(" ")}`
          .toLowerCase()
        assert.include(text, "fact")
        assert.include(text, "rembours")
      }
      assert.isAbove((yield* everything(sandbox, { search: "請求" })).length, 0)
      assert.isAbove((yield* everything(sandbox, { search: "طردي" })).length, 0)
      assert.deepStrictEqual(yield* everything(sandbox, { search: "nowordlikethis" }), [])
    }))

  for (const word of ["agent", "Marie", "Yuki", "question", "good", "package", "address", "voicemail", "refund"]) {
    it.effect(`every row found by '${word}' holds it, in its transcript, summary or content`, () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox
        const holds = (row: unknown) =>
          [at(row, "summary"), at(row, "content"), ...list(row, "transcript").map((_) => at(_, "text"))]
            .some((_) =>
              String(_).toLowerCase().split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word.toLowerCase()))
            )
        const found = yield* everything(sandbox, { search: word, extend: "transcript" })
        assert.deepStrictEqual(found.filter((row) => !holds(row)), [])
        const all = yield* everything(sandbox, { extend: "transcript" })
        assert.deepStrictEqual(ids(found), ids(all.filter(holds)))
      }))
  }

  it.effect("what is unread and what is read make up the whole, in searches and in conversations", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const [unread, read] = [
        yield* everything(sandbox, { unread: true }),
        yield* everything(sandbox, { unread: false })
      ]
      assert.isAbove(unread.length, 0)
      assert.strictEqual(unread.length + read.length, 3000)
      const total = (query: string) =>
        Effect.map(
          allo(sandbox, `/v2/api/conversations?allo_number=%2B14155550100${query}`),
          (_) => Number(at(_.json, "pagination", "total_count"))
        )
      const some = yield* total("&unread=true")
      assert.isAbove(some, 0)
      assert.strictEqual(some + (yield* total("&unread=false")), yield* total(""))
    }))

  it.effect("by relevance, items whose summary says it all come first", () =>
    Effect.gen(function*() {
      const rows = yield* everything(yield* Sandbox, { search: "quote", sort: "RELEVANCE" })
      const first = rows.map((_) => /quote/i.test(String(at(_, "summary"))))
      assert.isTrue(first.includes(true) && first.includes(false))
      assert.deepStrictEqual(first, first.toSorted((one, other) => Number(other) - Number(one)))
    }))

  it.effect("the contacts of v1 read to the end hold each once", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const seen: Array<string> = []
      for (let page = 0, pages = 1; page < pages; page++) {
        const got = yield* allo(sandbox, `/v1/api/contacts?size=100&page=${page}`)
        seen.push(...ids(got.json, "data", "results"))
        pages = Number(at(got.json, "data", "metadata", "pagination", "total_pages"))
      }
      assert.isAbove(seen.length, 300)
      assert.strictEqual(new Set(seen).size, seen.length)
      const history = yield* allo(sandbox, `/v1/api/contact/${seen.at(-1)}/conversation`)
      assert.strictEqual(history.status, 200)
    }))

  it.effect("organisations are paged, sorted and searched", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const names = (query: string) =>
        Effect.map(allomia(sandbox, `/organization?${query}`), (_) =>
          list(_.json, "organizations").map((row) => String(at(row, "name"))))
      const all = yield* names("")
      assert.deepStrictEqual(yield* names("sort=-createdAt"), all.toReversed())
      assert.deepStrictEqual(yield* names("limit=2&page=2"), all.slice(2, 4))
      assert.deepStrictEqual(
        yield* names("search=harbour"),
        all.filter((_) =>
          _.startsWith("Harbour")
        )
      )
      const row = at((yield* allomia(sandbox, "/organization")).json, "organizations", 0)
      assert.isString(at(row, "timezone"))
      assert.isTrue(at(row, "isActive"))
    }))

  it.effect("fields and sorts nobody documented change nothing and are not refused", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const plain = yield* search(sandbox, { size: 5 })
      const odd = yield* search(sandbox, { size: 5, date_from: "2026-11-01", after: "x", sort: "RECENT" })
      assert.strictEqual(odd.text, plain.text)
    }))

  it.effect("a transcript comes when asked for, in two voices and in order", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const without = yield* allo(sandbox, "/v2/api/conversations/items/cll-abc123")
      const with_ = yield* allo(sandbox, "/v2/api/conversations/items/cll-abc123?extend=transcript")
      assert.isNull(at(without.json, "data", "transcript"))
      const lines = list(with_.json, "data", "transcript")
      assert.deepStrictEqual([...new Set(lines.map((_) => at(_, "source")))], ["USER", "EXTERNAL"])
      const times = lines.map((_) => String(at(_, "time")))
      assert.deepStrictEqual(times, times.toSorted())
    }))

  it.effect("a batch leaves unknown ids out and repeats none", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const [one = "", other = ""] = ids((yield* search(sandbox, { size: 2 })).json, "data")
      const got = yield* allo(sandbox, "/v2/api/conversations/items/batch", {
        body: { ids: [other, "cll-gone", one, one] }
      })
      assert.sameMembers([...ids(got.json, "data")], [one, other])
    }))

  it.effect("conversations of a line come latest first, one per contact number", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const rows: Array<unknown> = []
      for (let page = 1, more = true; more; page++) {
        const got = yield* allo(sandbox, `/v2/api/conversations?allo_number=%2B14155550100&size=100&page=${page}`)
        rows.push(...list(got.json, "data"))
        more = at(got.json, "pagination", "has_more") === true
      }
      const activity = rows.map((_) => String(at(_, "last_activity")))
      assert.deepStrictEqual(activity, activity.toSorted().toReversed())
      assert.strictEqual(new Set(rows.map((_) => at(_, "contact_number"))).size, rows.length)
      assert.isTrue(rows.every((_) => at(_, "last_item", "date") === at(_, "last_activity")))
      const items = yield* everything(sandbox, { allo_number: "+14155550100" })
      assert.strictEqual(new Set(items.map((_) => at(_, "contact_number"))).size, rows.length)
      const since = activity[9] ?? ""
      const changed = yield* allo(
        sandbox,
        `/v2/api/conversations?allo_number=%2B14155550100&size=100&last_activity_since=${since}`
      )
      assert.strictEqual(at(changed.json, "pagination", "total_count"), activity.filter((_) => _ > since).length)
    }))

  it.effect("users who were blocked are listed only when asked for", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const active = yield* allo(sandbox, "/v2/api/users")
      const blocked = yield* allo(sandbox, "/v2/api/users?status=BLOCKED")
      assert.isAbove(list(active.json, "data").length, 0)
      assert.isTrue(list(active.json, "data").every((_) => at(_, "status") === "ACTIVE"))
      assert.isAbove(list(blocked.json, "data").length, 0)
      assert.isTrue(list(blocked.json, "data").every((_) => at(_, "status") === "BLOCKED"))
    }))

  it.effect("a key is told what it may do", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const got = yield* allo(sandbox, "/v2/api/me", { key: sandbox.keys.alloConversationsOnly })
      assert.deepStrictEqual(at(got.json, "data", "scopes"), ["CONVERSATIONS_READ"])
      assert.isTrue(list(got.json, "data", "endpoints").every((_) => at(_, "scope") === "CONVERSATIONS_READ"))
      assert.deepStrictEqual(at(got.json, "data", "rate_limits"), { read_per_second: 20, write_per_second: 5 })
    }))

  it.effect("the calls of a line on v1 are those of v2, counted from page 0", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const newer = yield* everything(sandbox, { allo_number: "+33155550142", type: "CALL" })
      const older: Array<string> = []
      for (let page = 0; page < 20; page++) {
        const got = yield* allo(sandbox, `/v1/api/calls?allo_number=%2B33155550142&size=100&page=${page}`)
        older.push(...ids(got.json, "data", "results"))
        assert.strictEqual(at(got.json, "data", "metadata", "current_page"), page)
        assert.strictEqual(at(got.json, "data", "metadata", "total_pages"), Math.ceil(newer.length / 100))
      }
      assert.deepStrictEqual(older, newer.map((_) => String(at(_, "id"))))
    }))

  it.effect("a contact's history holds calls and messages of every line", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const got = yield* allo(sandbox, "/v1/api/contact/cnt_abc123/conversation?size=100")
      const rows = list(got.json, "data", "results")
      assert.deepStrictEqual([...new Set(rows.map((_) => at(_, "type")))].toSorted(), ["CALL", "TEXT_MESSAGE"])
      assert.isTrue(rows.every((_) => (at(_, "call") === null) !== (at(_, "message") === null)))
      assert.match(
        String(at(rows[0], "call", "start_date") ?? at(rows[0], "message", "start_date")),
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/
      )
      assert.isNumber(at(got.json, "data", "metadata", "pagination", "total_pages"))
    }))

  it.effect("Allomia's calls of an organisation read to the end hold each once", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const rows: Array<unknown> = []
      for (let page = 1, more = true; more; page++) {
        const got = yield* allomia(sandbox, `/calls?organizationId=${organizationId}&limit=50&sort=asc&page=${page}`)
        rows.push(...list(got.json, "calls"))
        more = at(got.json, "pagination", "hasNextPage") === true
        assert.strictEqual(at(got.json, "pagination", "hasPreviousPage"), page > 1)
      }
      const last = yield* allomia(sandbox, `/calls?organizationId=${organizationId}`)
      assert.strictEqual(at(last.json, "pagination", "total"), rows.length)
      assert.strictEqual(at(last.json, "pagination", "limit"), 20)
      assert.strictEqual(new Set(rows.map((_) => at(_, "id"))).size, rows.length)
      assert.strictEqual(at(last.json, "calls", 0, "id"), at(rows.at(-1), "id"))
      assert.isTrue(rows.every((_) => typeof at(_, "callDurationSeconds") === "string"))
    }))

  it.effect("Allomia's filters keep what they name, bounds included", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const list_ = (query: string) =>
        Effect.map(allomia(sandbox, `/calls?organizationId=${organizationId}&limit=50&${query}`), (_) =>
          list(_.json, "calls"))
      const web = yield* list_("callType=Web")
      assert.isAbove(web.length, 0)
      assert.isTrue(web.every((_) =>
        at(_, "callType") === "Web"
      ))
      const named = yield* list_("agentName=night")
      assert.isTrue(named.length > 0 && named.every((_) => String(at(_, "agentName")).includes("Night")))
      const longest = yield* list_("sort=duration_desc")
      const lengths = longest.map((_) => Number(at(_, "callDurationSeconds")))
      assert.deepStrictEqual(lengths, lengths.toSorted((one, other) => other - one))
      const middle = String(at(longest[5], "callStartedAt"))
      const one = yield* list_(`from=${middle}&to=${middle}`)
      assert.include(one.map((_) => at(_, "id")), at(longest[5], "id"))
      const intent = yield* list_("userPrimaryIntent=billing_question")
      assert.isAbove(intent.length, 0)
      const detail = yield* allomia(sandbox, `/calls/${String(at(intent[0], "id"))}`)
      assert.strictEqual(at(detail.json, "userPrimaryIntent"), "billing_question")
    }))

  it.effect("an organisation's key opens that one alone, and one organisation has no calls", () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const all = yield* allomia(sandbox, "/organization")
      assert.strictEqual(list(all.json, "organizations").length, 5)
      const own = sandbox.organizations[1]?.id ?? ""
      const key = `Bearer ${sandbox.keys.allomiaOrganizations[1]}`
      assert.strictEqual((yield* allomia(sandbox, `/calls?organizationId=${own}`, { key })).status, 200)
      assert.strictEqual((yield* allomia(sandbox, `/calls?organizationId=${organizationId}`, { key })).status, 404)
      const empty = yield* allomia(sandbox, `/calls?organizationId=${sandbox.organizations[4]?.id}`)
      assert.strictEqual(at(empty.json, "pagination", "total"), 0)
      const details = yield* allomia(sandbox, `/organization/${own}`)
      assert.strictEqual(at(details.json, "currentOrg", "id"), own)
    }))
})

it.effect("the switches for what documents disagree on", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const calls = yield* allo(sandbox, "/v1/api/calls?allo_number=%2B14155550100")
    assert.isNumber(at(calls.json, "data", "data", "metadata", "total_pages"))
    assert.match(String(at(calls.json, "data", "data", "results", 0, "start_date")), /Z$/)
    const conversations: Array<unknown> = []
    for (let page = 1, more = true; more; page++) {
      const got = yield* allo(sandbox, `/v2/api/conversations?size=100&page=${page}`)
      assert.strictEqual(got.status, 200)
      conversations.push(...list(got.json, "data"))
      more = at(got.json, "pagination", "has_more") === true
    }
    // One row for each contact number, whichever line it spoke to last.
    const numbers = conversations.map((_) => at(_, "contact_number"))
    assert.strictEqual(new Set(numbers).size, numbers.length)
    const latest = new Map<unknown, unknown>()
    for (const item of yield* everything(sandbox, { sort: "DATE_ASC" })) {
      latest.set(at(item, "contact_number"), at(item, "date"))
    }
    assert.deepStrictEqual(new Map(conversations.map((_) => [at(_, "contact_number"), at(_, "last_activity")])), latest)
    const limit = yield* allomia(sandbox, `/calls?organizationId=${organizationId}&limit=21`)
    assert.strictEqual(at(limit.json, "details", 0, "field"), "limit")
    const fallback = yield* allomia(sandbox, `/calls?organizationId=${organizationId}`)
    const call = `/calls/${String(at(fallback.json, "calls", 0, "id"))}`
    assert.strictEqual(at((yield* allomia(sandbox, call)).json, "details", 0, "field"), "organizationId")
    assert.strictEqual((yield* allomia(sandbox, `${call}?organizationId=${organizationId}`)).status, 200)
    assert.strictEqual(at(fallback.json, "pagination", "limit"), 10)
    const days = yield* everything(sandbox, { date: { from: "2026-10-05", to: "2026-10-06" } })
    assert.isAbove(days.length, 0)
    assert.isTrue(days.every((_) => {
      const time = Date.parse(String(at(_, "date")))
      return time >= Date.UTC(2026, 9, 4, 12) && time < Date.UTC(2026, 9, 5, 12)
    }))
    const words = new Set((yield* everything(sandbox, { type: "CALL" })).map((_) => at(_, "result")))
    assert.sameMembers([...words], ["ANSWERED", "VOICEMAIL", "TRANSFERRED", null])
  }).pipe(Effect.provide(Sandbox.layer({
    ...still,
    v2: { conversationsNeedLine: false, searchEndIsInclusive: false, searchDayOffset: 720, results: "documented" },
    v1: { total: "double", zonelessTimes: false },
    allomia: { limitCap: 20, callNeedsOrganization: true }
  }))))

for (const [total, place] of [["metadata", []], ["pagination", ["pagination"]]] as const) {
  it.effect(`the number of pages on v1 stands in ${total} where the switch says so`, () =>
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const calls = yield* allo(sandbox, "/v1/api/calls?allo_number=%2B14155550100")
      const history = yield* allo(sandbox, "/v1/api/contact/cnt_abc123/conversation")
      assert.isNumber(at(calls.json, "data", "metadata", ...place, "total_pages"))
      assert.isNumber(at(history.json, "data", "metadata", ...place, "total_pages"))
    }).pipe(Effect.provide(Sandbox.layer({ ...still, v1: { total } }))))
}

it.effect("Allomia's from and to compare with the stamp that was chosen", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const all = yield* allomia(sandbox, `/calls?organizationId=${organizationId}&limit=50`)
    const call = list(all.json, "calls").find((_) => at(_, "createdAt") !== at(_, "callEndedAt"))
    const created = String(at(call, "createdAt"))
    const found = yield* allomia(sandbox, `/calls?organizationId=${organizationId}&from=${created}&to=${created}`)
    assert.include(ids(found.json, "calls"), at(call, "id"))
  }).pipe(Effect.provide(Sandbox.layer({ ...still, allomia: { filterStamp: "createdAt" } }))))

it.effect("10,000 items are paged through without a loss", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const rows = yield* everything(sandbox, { sort: "DATE_ASC" })
    const must = yield* sandbox.history.mustHaveSeen({ source: "allo" })
    assert.strictEqual(must.size, 10_000)
    assert.deepStrictEqual(new Set(rows.map((_) => String(at(_, "id")))), must)
  }).pipe(Effect.provide(Sandbox.layer({ ...still, size: 10_000 }))))

it.effect("a day that no calendar has is refused wherever an instant is read", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const clinic = sandbox.organizations[0]?.id
    for (const [instant, status] of [["2026-02-30T10:00:00Z", 400], ["2028-02-29T10:00:00Z", 200]] as const) {
      const since = yield* allo(
        sandbox,
        `/v2/api/conversations?allo_number=%2B14155550100&last_activity_since=${instant}`
      )
      assert.strictEqual(since.status, status)
      assert.strictEqual((yield* allomia(sandbox, `/calls?organizationId=${clinic}&from=${instant}`)).status, status)
    }
  }).pipe(Effect.provide(Sandbox.layer({ size: 100, rateLimit: false }))))
