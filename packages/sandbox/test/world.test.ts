import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { allo, allomia, at, list, search, type Service } from "./client.js"

const options = {
  seed: 7,
  size: 2000,
  startsAt: Date.UTC(2026, 10, 20, 12),
  publicUrl: "http://sandbox.test",
  rateLimit: false,
  dailyQuota: false
} as const

/** The first digits of each page's SHA-256. */
const golden = [
  "9f2b8db925e36861",
  "26fdc5fe4879e6a4",
  "9c1bdc452152a7f9",
  "d227e875bf5ebfd0",
  "bd3d7615a13a8221",
  "e27f67876e20d3e5",
  "54e9e2686a3f0d69"
]

const pages = (sandbox: Service) =>
  Effect.map(
    Effect.all([
      search(sandbox, { size: 100, extend: "transcript" }),
      search(sandbox, { size: 100, sort: "DATE_ASC", page: 3 }),
      allo(sandbox, "/v2/api/conversations?allo_number=%2B33155550142&size=100"),
      allo(sandbox, "/v2/api/users"),
      allo(sandbox, "/v1/api/contacts?size=100"),
      allo(sandbox, "/v1/api/contact/cnt_abc123/conversation?size=100"),
      allomia(sandbox, "/calls?organizationId=a1b2c3d4-e5f6-7890-abcd-123456789012&limit=50")
    ]),
    (all) => all.map((_) => createHash("sha256").update(_.text).digest("hex").slice(0, 16))
  )

const read = (changed: object = {}) =>
  Effect.flatMap(Sandbox, pages).pipe(Effect.provide(Sandbox.layer({ ...options, ...changed })))

it.effect("one seed gives the same bytes, here and on every machine", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* read(), golden)
    assert.deepStrictEqual(yield* read(), golden)
  }))

it.effect("another seed gives another world", () =>
  Effect.gen(function*() {
    const other = yield* read({ seed: 8 })
    assert.isTrue(other.every((hash, page) => hash !== golden[page]))
  }))

it.effect("sizes out of bounds are refused by name", () =>
  Effect.gen(function*() {
    for (const size of [99, 2_000_001, 150.5]) {
      const error = yield* Effect.flip(Effect.provide(Sandbox, Sandbox.layer({ size })))
      assert.strictEqual(error._tag, "SandboxError")
      assert.strictEqual(error.option, "size")
      assert.include(error.message, String(size))
    }
  }))

it.effect("settings out of bounds are refused by name", () =>
  Effect.gen(function*() {
    const wrong: ReadonlyArray<readonly [string, object]> = [
      ["startsAt", { startsAt: Number.NaN }],
      ["startsAt", { startsAt: Number.POSITIVE_INFINITY }],
      ["startsAt", { startsAt: 1e18 }],
      ["profile", { profile: "hurricane" }],
      ["rateLimit.reads", { rateLimit: { reads: 0 } }],
      ["rateLimit.writes", { rateLimit: { writes: -1 } }],
      ["rateLimit.allomia", { rateLimit: { allomia: 0.5 } }],
      ["rateLimit.phase", { rateLimit: { phase: 1000 } }],
      ["allomia.limitCap", { allomia: { limitCap: 30 } }]
    ]
    for (const [option, given] of wrong) {
      const error = yield* Effect.flip(Effect.provide(Sandbox, Sandbox.layer({ size: 100, ...given })))
      assert.deepStrictEqual([error._tag, error.option], ["SandboxError", option])
    }
  }))

it.effect("what a clinic's call came to agrees with why it ended", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const found = new Map<string, number>()
    const organizationId = sandbox.organizations[0]?.id
    for (let page = 1, more = true; more; page++) {
      const got = yield* allomia(sandbox, `/calls?organizationId=${organizationId}&limit=50&page=${page}`)
      for (const row of list(got.json, "calls")) {
        const { json } = yield* allomia(sandbox, `/calls/${String(at(row, "id"))}`)
        const [reason, outcome] = [at(json, "callEndedReason"), at(json, "callOutcome")]
        assert.strictEqual(outcome === "transferred_to_human", reason === "call-forwarded")
        assert.strictEqual(outcome === "voicemail_left", reason === "voicemail")
        if (reason === "system-error" || reason === "busy" || reason === "no-answer") assert.isNull(outcome)
        else assert.isString(outcome)
        const pair = `${String(at(json, "userPrimaryIntent"))} ${String(outcome)}`
        found.set(pair, (found.get(pair) ?? 0) + 1)
      }
      more = at(got.json, "pagination", "hasNextPage") === true
    }
    // Not every wish comes true.
    const booked = found.get("book_appointment appointment_confirmed") ?? 0
    const missed = (found.get("book_appointment message_taken") ?? 0) +
      (found.get("book_appointment information_given") ?? 0)
    assert.isAbove(missed / (booked + missed), 0.05)
    assert.isBelow(missed / (booked + missed), 0.25)
  }).pipe(Effect.provide(Sandbox.layer({ ...options, size: 4000, movement: false }))), 20_000)

it.effect("every clinic is called in the working hours of its own zone", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    for (const { id, timezone } of sandbox.organizations.slice(0, 4)) {
      const hours: Array<number> = []
      const format = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hourCycle: "h23", timeZone: timezone })
      let last = Number.NEGATIVE_INFINITY
      for (let page = 1, more = true; more; page++) {
        const got = yield* allomia(sandbox, `/calls?organizationId=${id}&limit=50&sort=asc&page=${page}`)
        for (const row of list(got.json, "calls")) {
          const start = Date.parse(String(at(row, "callStartedAt")))
          assert.isAtLeast(start, last)
          assert.isAtMost(Date.parse(String(at(row, "createdAt"))), options.startsAt)
          hours.push(Number(format.format(start)))
          last = start
        }
        more = at(got.json, "pagination", "hasNextPage") === true
      }
      assert.isAbove(hours.length, 50)
      assert.isAbove(hours.filter((_) => _ >= 7 && _ < 19).length / hours.length, 0.8, timezone)
      assert.isBelow(hours.filter((_) => _ < 6).length / hours.length, 0.03, timezone)
    }
  }).pipe(Effect.provide(Sandbox.layer({ ...options, size: 8000, movement: false }))), 20_000)

it.effect("a port that is taken is an error, not a crash", () =>
  Effect.gen(function*() {
    const port = Number(new URL((yield* Sandbox).alloUrl).port)
    const error = yield* Effect.flip(Effect.provide(Sandbox, Sandbox.layer({ size: 100, port })))
    assert.deepStrictEqual([error.option, error.reason], ["port", "EADDRINUSE"])
  }).pipe(Effect.provide(Sandbox.layer({ size: 100 }))))

const time = (row: unknown) => Date.parse(String(at(row, "date")))
const hour = (row: unknown) => new Date(time(row)).getUTCHours()
const weekday = (row: unknown) => new Date(time(row)).getUTCDay()
const answered = (some: ReadonlyArray<unknown>) =>
  some.filter((_) => at(_, "result") === "ANSWERED").length / some.length

it.effect("there is something to find in it", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const rows: Array<unknown> = []
    for (let page = 1; page <= 50; page++) {
      rows.push(...list((yield* search(sandbox, { size: 100, sort: "DATE_ASC", page })).json, "data"))
    }
    const calls = rows.filter((_) => at(_, "type") === "CALL")
    const inbound = calls.filter((_) => at(_, "direction") === "INBOUND" && at(_, "contact_number") !== "anonymous")

    // Most calls come on working days in working hours, and are answered then.
    assert.isAbove(calls.filter((_) => hour(_) >= 7 && hour(_) < 18).length / calls.length, 0.8)
    assert.isBelow(calls.filter((_) => weekday(_) === 0 || weekday(_) === 6).length / calls.length, 0.12)
    assert.isAbove(
      answered(inbound.filter((_) => hour(_) === 9)),
      answered(inbound.filter((_) => hour(_) === 19)) + 0.3
    )

    // Complaints last longer than appointments.
    const lengths = (tag: string) => {
      const all = calls.filter((_) => list(_, "tags").includes(tag)).map((_) => Number(at(_, "duration"))).toSorted((
        one,
        other
      ) => one - other)
      return all[Math.floor(all.length / 2)] ?? 0
    }
    assert.isAbove(lengths("to_call_back"), 3 * lengths("meeting_booked"))

    // Many who were missed are called back.
    const missed = inbound.filter((_) => at(_, "result") === "CLOSED")
    const outbound = new Map<unknown, Array<unknown>>()
    for (const row of rows.filter((_) => at(_, "direction") === "OUTBOUND")) {
      const number = at(row, "contact_number")
      outbound.set(number, [...(outbound.get(number) ?? []), row])
    }
    const back = missed.filter((_) =>
      (outbound.get(at(_, "contact_number")) ?? []).some((later) =>
        time(later) > time(_) && time(later) < time(_) + 86_400_000
      )
    )
    assert.isAbove(back.length / missed.length, 0.4)
    assert.isBelow(back.length / missed.length, 0.9)

    // Callers repeat, some share a number, some are strangers; some items are nobody's.
    const contacts = new Set(rows.map((_) => list(_, "contacts").length))
    assert.includeMembers([...contacts], [0, 1, 2])
    assert.isBelow(new Set(rows.map((_) => at(_, "contact_number"))).size, rows.length / 3)
    assert.isAbove(rows.filter((_) => at(_, "user") === null).length, 0)
    assert.isAbove(rows.filter((_) => at(_, "allo_number") === undefined).length, 0)
    assert.isAbove(rows.filter((_) => at(_, "contact_number") === "anonymous").length, 0)

    // Several scripts, quotes and emoji.
    const text = JSON.stringify(rows)
    for (
      const sample of [/[\u0600-\u06ff]/, /[\u3040-\u30ff]/, /é/, /\p{Extended_Pictographic}/u, /\\"/, /O'Brien/]
    ) assert.match(text, sample)
    assert.sameMembers([...new Set(rows.map((_) => at(_, "message_type")))], [null, "SMS", "MMS", "WHATSAPP"])
  }).pipe(Effect.provide(Sandbox.layer({ ...options, size: 5000, movement: false }))))
