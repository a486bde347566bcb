import { assert, it } from "@effect/vitest"
import { Sandbox, SandboxError } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { allo, allomia, at, ids, list, search, type Service } from "./client.js"

const startsAt = Date.UTC(2026, 10, 20, 12)
const day = 86_400_000
const moving = { size: 300, rateLimit: false, dailyQuota: false, startsAt } as const
const quiet = { ...moving, movement: { arrivalsPerMinute: 0, deletionsPerHour: 0 } } as const

const total = (sandbox: Service) =>
  Effect.map(search(sandbox, { size: 1 }), (_) => Number(at(_.json, "pagination", "total_count")))

it.effect("calls arrive at the rate that was set, as the clock goes", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    assert.strictEqual(yield* total(sandbox), 300)
    yield* TestClock.adjust("1 hour")
    const after = yield* total(sandbox)
    assert.isAbove(after, 300 + 480)
    assert.isBelow(after, 300 + 720)
  }).pipe(Effect.provide(Sandbox.layer({ ...moving, movement: { arrivalsPerMinute: 10, deletionsPerHour: 0 } }))))

it.effect("whatever shows up has ended, less than a day before", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    let known = yield* sandbox.history.mayHaveSeen({ source: "allo" })
    let fresh = 0
    for (let minute = 0; minute < 30; minute++) {
      yield* TestClock.adjust("1 minute")
      const now = yield* sandbox.world.now
      const seen = yield* sandbox.history.mayHaveSeen({ source: "allo" })
      for (const id of [...seen].filter((_) => !known.has(_))) {
        fresh++
        const got = yield* allo(sandbox, `/v2/api/conversations/items/${id}`)
        if (got.status === 404) continue
        const end = Date.parse(String(at(got.json, "data", "date"))) +
          Number(at(got.json, "data", "duration") ?? 0) * 1000
        assert.isAtMost(end, now)
        assert.isAbove(end, now - day)
      }
      known = seen
    }
    assert.isAbove(fresh, 100)
  }).pipe(Effect.provide(Sandbox.layer(moving))))

const newestAfter = (steps: number) =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    for (let step = 0; step < steps; step++) {
      yield* sandbox.world.advance(`${7200 / steps} seconds`).pipe(Effect.zipRight(total(sandbox)))
    }
    return (yield* search(sandbox, { size: 100, extend: "transcript" })).text
  }).pipe(Effect.provide(Sandbox.layer({ ...moving, publicUrl: "http://sandbox.test" })))

it.effect("how often one looks does not change what happens", () =>
  Effect.gen(function*() {
    assert.strictEqual(yield* newestAfter(1), yield* newestAfter(24))
  }))

it.effect("a summary comes after its call, and a call by then has moved its conversation to the front", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const [contact] = list(
      (yield* search(sandbox, { type: "CALL", allo_number: "+14155550100", sort: "DATE_ASC" })).json,
      "data"
    )
    const id = yield* sandbox.world.arrive({
      source: "allo",
      line: "+14155550100",
      contactNumber: String(at(contact, "contact_number")),
      seconds: 90
    })
    const first = yield* allo(sandbox, "/v2/api/conversations?allo_number=%2B14155550100&size=1")
    assert.strictEqual(at(first.json, "data", 0, "last_item", "id"), id)
    const early = yield* allo(sandbox, `/v2/api/conversations/items/${id}?extend=transcript`)
    assert.isNull(at(early.json, "data", "summary"))
    assert.isNull(at(early.json, "data", "transcript"))
    yield* TestClock.adjust("4 days")
    const late = yield* allo(sandbox, `/v2/api/conversations/items/${id}?extend=transcript`)
    assert.isString(at(late.json, "data", "summary"))
    assert.isAbove(list(late.json, "data", "transcript").length, 5)
  }).pipe(Effect.provide(Sandbox.layer(quiet))))

it.effect("tags and summaries of the past change as days go by", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const look = Effect.map(
      search(sandbox, { size: 100, sort: "DATE_DESC", type: "CALL" }),
      (_) => list(_.json, "data").map((row) => JSON.stringify([at(row, "tags"), at(row, "summary")]))
    )
    const before = yield* look
    yield* TestClock.adjust("4 days")
    const after = yield* look
    assert.isAbove(after.filter((row, index) => row !== before[index]).length, 0)
  }).pipe(Effect.provide(Sandbox.layer({ ...quiet, size: 20_000, days: 7 }))))

it.effect("Allomia's intent, mood and summaries come late", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const id = yield* sandbox.world.arrive({ source: "allomia", seconds: 60 })
    const early = yield* allomia(sandbox, `/calls/${id}`)
    assert.strictEqual(early.status, 200)
    assert.isNull(at(early.json, "userPrimaryIntent"))
    yield* TestClock.adjust("3 days")
    const late = yield* allomia(sandbox, `/calls/${id}`)
    assert.isString(at(late.json, "userPrimaryIntent"))
    assert.isString(at(late.json, "callSummary"))
    assert.isString(at(late.json, "userSentiment"))
  }).pipe(Effect.provide(Sandbox.layer(quiet))))

it.effect("calls are deleted now and then, and are gone everywhere", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    yield* TestClock.adjust("3 hours")
    const now = yield* sandbox.world.now
    const left = yield* sandbox.history.mustHaveSeen({ source: "allo", during: { start: now, end: now } })
    const once = yield* sandbox.history.mayHaveSeen({ source: "allo" })
    const [gone = ""] = [...once].filter((id) => !left.has(id))
    assert.isAbove(once.size - left.size, 10)
    assert.strictEqual(yield* total(sandbox), left.size)
    assert.strictEqual((yield* allo(sandbox, `/v2/api/conversations/items/${gone}`)).status, 404)
  }).pipe(Effect.provide(Sandbox.layer({ ...moving, movement: { arrivalsPerMinute: 1, deletionsPerHour: 12 } }))))

it.effect("a call that is deleted leaves its contact's history whole, and the newest gives way to the one before", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const path = "/v1/api/contact/cnt_abc123/conversation?size=100"
    const history = Effect.map(allo(sandbox, path), (_) => list(_.json, "data", "results"))
    const front = Effect.map(
      allo(sandbox, "/v2/api/conversations?allo_number=%2B14155550100&size=1"),
      (_) => at(_.json, "data", 0, "last_item", "id")
    )
    const before = yield* history
    const middle = before.filter((_) => at(_, "type") === "CALL")[1]
    assert.isTrue(yield* sandbox.world.remove(String(at(middle, "call", "id"))))
    assert.deepStrictEqual(yield* history, before.filter((_) => _ !== middle))
    const oldest = yield* front
    const id = yield* sandbox.world.arrive({ source: "allo" })
    assert.strictEqual(yield* front, id)
    yield* sandbox.world.remove(id)
    assert.strictEqual(yield* front, oldest)
    assert.isFalse(yield* sandbox.world.remove(id))
  }).pipe(Effect.provide(Sandbox.layer(quiet))))

it.effect("links to recordings and transcripts work for an hour", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const item = yield* allo(sandbox, "/v2/api/conversations/items/cll-abc123")
    const link = String(at(item.json, "data", "recording_url")).replace(sandbox.alloUrl, "")
    const now = yield* allo(sandbox, link)
    assert.strictEqual(now.status, 200)
    assert.strictEqual(now.headers.get("content-type"), "audio/mpeg")
    assert.strictEqual((yield* allo(sandbox, link.replace("cll-abc123", "cll-abc124"))).status, 403)
    const clinic = yield* allomia(sandbox, `/calls/${yield* sandbox.world.arrive({ source: "allomia", seconds: 5 })}`)
    const spoken = String(at(clinic.json, "recordingUrl")).replace(sandbox.alloUrl, "")
    assert.strictEqual((yield* allo(sandbox, spoken)).status, 200)
    // A call that was deleted has taken its recording with it.
    yield* sandbox.world.remove(String(at(clinic.json, "id")))
    assert.strictEqual((yield* allo(sandbox, spoken)).status, 404)
    yield* TestClock.adjust("61 minutes")
    assert.strictEqual((yield* allo(sandbox, link)).status, 403)
    const again = yield* allo(sandbox, "/v2/api/conversations/items/cll-abc123")
    assert.notStrictEqual(at(again.json, "data", "recording_url"), at(item.json, "data", "recording_url"))
    const fresh = String(at(again.json, "data", "recording_url")).replace(sandbox.alloUrl, "")
    assert.strictEqual((yield* allo(sandbox, fresh)).status, 200)
    yield* sandbox.world.remove("cll-abc123")
    assert.strictEqual((yield* allo(sandbox, fresh)).status, 404)
  }).pipe(Effect.provide(Sandbox.layer(quiet))))

/** One page after another while ten seconds pass between them; which ids were lost, and how many rows came twice. */
const walkWhileItMoves = (sandbox: Service, pages: ReadonlyArray<number>, sort: "DATE_ASC" | "DATE_DESC") =>
  Effect.gen(function*() {
    const start = yield* sandbox.world.now
    const rows: Array<string> = []
    for (const page of pages) {
      rows.push(...ids((yield* search(sandbox, { size: 20, page, sort })).json, "data"))
      yield* TestClock.adjust("10 seconds")
    }
    const must = yield* sandbox.history.mustHaveSeen({
      source: "allo",
      during: { start, end: yield* sandbox.world.now }
    })
    const seen = new Set(rows)
    return { lost: [...must].filter((id) => !seen.has(id)).length, twice: rows.length - seen.size }
  })

const forward = Array.from({ length: 40 }, (_, page) => page + 1)
const busy = { ...moving, size: 600, movement: { arrivalsPerMinute: 12, deletionsPerHour: 0 } } as const

it.effect("newest first, read forward while calls arrive: rows come twice and none is lost", () =>
  Effect.gen(function*() {
    const { lost, twice } = yield* walkWhileItMoves(yield* Sandbox, forward, "DATE_DESC")
    assert.strictEqual(lost, 0)
    assert.isAbove(twice, 10)
  }).pipe(Effect.provide(Sandbox.layer(busy))))

it.effect("newest first, read backward while calls arrive: rows are lost", () =>
  Effect.gen(function*() {
    const { lost } = yield* walkWhileItMoves(yield* Sandbox, forward.toReversed(), "DATE_DESC")
    assert.isAbove(lost, 10)
  }).pipe(Effect.provide(Sandbox.layer(busy))))

it.effect("read forward while calls are deleted: rows are lost that nobody deleted", () =>
  Effect.gen(function*() {
    const { lost } = yield* walkWhileItMoves(yield* Sandbox, forward, "DATE_DESC")
    assert.isAbove(lost, 0)
  }).pipe(
    Effect.provide(Sandbox.layer({ ...moving, size: 600, movement: { arrivalsPerMinute: 0, deletionsPerHour: 600 } }))
  ))

it.effect("the history knows what a reader must have seen in a small world made by hand", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const from = startsAt + 10 * day
    yield* TestClock.setTime(from - startsAt + day)
    const at_ = (hours: number) => from + hours * 3_600_000
    const arrive = (hours: number) => sandbox.world.arrive({ source: "allo", startedAt: at_(hours), seconds: 5 })
    const [stays, goes] = [yield* arrive(1), yield* arrive(2)]
    yield* arrive(-1)
    // While the clock stands, a reader may have asked before what arrives in the same millisecond.
    const still = yield* sandbox.world.now
    const during = { start: still, end: still }
    assert.notInclude([...yield* sandbox.history.mustHaveSeen({ source: "allo", during })], stays)
    assert.include([...yield* sandbox.history.mayHaveSeen({ source: "allo", during })], stays)
    yield* sandbox.world.advance("1 millis")
    const start = yield* sandbox.world.now
    yield* sandbox.world.advance("10 seconds")
    const comes = yield* arrive(3)
    yield* sandbox.world.remove(goes)
    yield* sandbox.world.advance("10 seconds")
    const end = yield* sandbox.world.now
    const window = { source: "allo", from, to: from + day } as const
    assert.deepStrictEqual(yield* sandbox.history.mustHaveSeen({ ...window, during: { start, end } }), new Set([stays]))
    assert.deepStrictEqual(
      yield* sandbox.history.mayHaveSeen({ ...window, during: { start, end } }),
      new Set([stays, goes, comes])
    )
    assert.deepStrictEqual(
      yield* sandbox.history.mustHaveSeen({ ...window, during: { start: end, end } }),
      new Set([stays, comes])
    )
    assert.deepStrictEqual(
      yield* sandbox.history.mustHaveSeen({ ...window, line: "+33155550142", during: { start: end, end } }),
      new Set()
    )
    const line = yield* Effect.flip(sandbox.history.mustHaveSeen({ source: "allo", line: "+1" }))
    assert.deepStrictEqual([line._tag, line.option], ["SandboxError", "history.line"])
    const clinic = yield* Effect.flip(sandbox.history.mayHaveSeen({ source: "allomia", organizationId: "x" }))
    assert.strictEqual(clinic.option, "history.organizationId")
  }).pipe(Effect.provide(Sandbox.layer(quiet))))

it.effect("the history keeps what was asked and shown, without the key", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const got = yield* search(sandbox, { size: 3 }, { headers: { "x-request-id": "req_mine" } })
    const [request] = yield* sandbox.history.requests
    assert.deepStrictEqual([request?.api, request?.method, request?.key, request?.status, request?.requestId], [
      "allo-v2",
      "POST",
      "allo",
      200,
      "req_mine"
    ])
    assert.deepStrictEqual(request?.ids, ids(got.json, "data"))
    assert.deepStrictEqual(yield* sandbox.history.served("allo"), new Set(ids(got.json, "data")))
    assert.notInclude(JSON.stringify(request), sandbox.keys.allo)
  }).pipe(Effect.provide(Sandbox.layer(quiet))))

it.effect("a call cannot be put on a line nobody has", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const error = yield* Effect.flip(sandbox.world.arrive({ source: "allo", line: "+1" }))
    assert.instanceOf(error, SandboxError)
    assert.strictEqual(error.option, "arrive.line")
  }).pipe(Effect.provide(Sandbox.layer(quiet))))

it.effect("the transcript of a clinic's call has lines of both sides", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const id = yield* sandbox.world.arrive({ source: "allomia", seconds: 90 })
    yield* TestClock.adjust("3 days")
    const call = yield* allomia(sandbox, `/calls/${id}`)
    const got = yield* allo(sandbox, String(at(call.json, "transcriptUrl")).replace(sandbox.alloUrl, ""))
    assert.match(got.text, /^Agent: .+\nCaller: /)
    assert.strictEqual(got.text.trimEnd().split("\n").length, 12)
    assert.isTrue(got.text.trimEnd().split("\n").every((_) => /^(?:Agent|Caller): [^…{]/.test(_)))
  }).pipe(Effect.provide(Sandbox.layer(quiet))))

it.effect("a call's length has bounds, and a clinic's call has no tags", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    for (const source of ["allo", "allomia"] as const) {
      for (const seconds of [-1, 10_801, 0.5, Number.NaN]) {
        const error = yield* Effect.flip(sandbox.world.arrive({ source, seconds }))
        assert.deepStrictEqual([error._tag, error.option], ["SandboxError", "arrive.seconds"])
      }
      const id = yield* sandbox.world.arrive({ source, seconds: 10_800 })
      assert.strictEqual(yield* sandbox.world.setTags(id, ["vip"]), source === "allo")
    }
    assert.isFalse(yield* sandbox.world.setTags("cll-nobody", ["vip"]))
  }).pipe(Effect.provide(Sandbox.layer(quiet))))
