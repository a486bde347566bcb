/** The world holds what a call centre asks about: each fact is counted in what the APIs answer. */
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { allomia, at, list, search, type Service } from "./client.js"

const options = {
  seed: 7,
  size: 6000,
  allomiaCalls: 2000,
  startsAt: Date.UTC(2026, 10, 20, 12),
  publicUrl: "http://sandbox.test",
  rateLimit: false,
  movement: false
} as const

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const text = (row: unknown, field: string): string | null => {
  const value = at(row, field)
  return typeof value === "string" ? value : null
}

/** The clinics' clocks and the office's do not change with the season. */
const offsets: Readonly<Record<string, number>> = {
  "America/Montreal": -5,
  "America/Vancouver": -8,
  "America/Toronto": -5,
  "Europe/Paris": 1
}

interface Call {
  readonly id: string
  /** Whose call it is: an organisation, or the team. */
  readonly owner: string
  readonly outbound: boolean
  readonly at: number
  /** The same in milliseconds of the owner's own clock. */
  readonly local: number
  readonly number: string | null
  readonly agentId: string | null
  readonly agentName: string | null
  readonly ended: string | null
  readonly intent: string | null
  readonly outcome: string | null
}

const missed = (call: Call) => ["no-answer", "busy", "voicemail", "CLOSED", "VOICEMAIL"].includes(call.ended ?? "")
const talked = (call: Call) =>
  ["customer-ended-call", "agent-ended-call", "ANSWERED", "TRANSFERRED"].includes(call.ended ?? "")

/** Monday to Friday, 8 to 18. */
const open = (local: number) => {
  const date = new Date(local)
  return date.getUTCDay() >= 1 && date.getUTCDay() <= 5 && date.getUTCHours() >= 8 && date.getUTCHours() < 18
}

const share = <A>(some: ReadonlyArray<A>, fits: (one: A) => boolean) => some.filter(fits).length / some.length

const between = (value: number, low: number, high: number, what: string) => {
  assert.isAtLeast(value, low, what)
  assert.isAtMost(value, high, what)
}

const clinicCalls = (sandbox: Service) =>
  Effect.gen(function*() {
    const calls: Array<Call> = []
    for (const { id, timezone } of sandbox.organizations) {
      for (let page = 1, more = true; more; page++) {
        const got = yield* allomia(sandbox, `/calls?organizationId=${id}&limit=50&sort=asc&page=${page}`)
        const rows = yield* Effect.forEach(
          list(got.json, "calls"),
          (row) => Effect.map(allomia(sandbox, `/calls/${text(row, "id")}`), ({ json }) => json),
          { concurrency: 8 }
        )
        for (const row of rows) {
          const start = Date.parse(text(row, "callStartedAt") ?? "")
          calls.push({
            id: text(row, "id") ?? "",
            owner: id,
            outbound: text(row, "callType") === "Outbound",
            at: start,
            local: start + (offsets[timezone] ?? 0) * hour,
            number: text(row, "userPhoneNumber"),
            agentId: text(row, "agentId"),
            agentName: text(row, "agentName"),
            ended: text(row, "callEndedReason"),
            intent: text(row, "userPrimaryIntent"),
            outcome: text(row, "callOutcome")
          })
        }
        more = at(got.json, "pagination", "hasNextPage") === true
      }
    }
    return calls
  })

const items = (sandbox: Service) =>
  Effect.gen(function*() {
    const rows: Array<unknown> = []
    for (let page = 1; page <= options.size / 100; page++) {
      rows.push(...list((yield* search(sandbox, { size: 100, sort: "DATE_ASC", page })).json, "data"))
    }
    return rows
  })

const teamCalls = (rows: ReadonlyArray<unknown>): ReadonlyArray<Call> =>
  rows.filter((row) => at(row, "type") === "CALL" && at(row, "contact_number") !== "anonymous").map((row) => {
    const start = Date.parse(text(row, "date") ?? "")
    const topic = list(row, "tags").find((tag) => tag !== "vip" && tag !== "rappel 📞")
    return {
      id: text(row, "id") ?? "",
      owner: "team",
      outbound: at(row, "direction") === "OUTBOUND",
      at: start,
      local: start + hour,
      number: text(row, "contact_number"),
      agentId: null,
      agentName: null,
      ended: text(row, "result"),
      intent: typeof topic === "string" ? topic : null,
      outcome: null
    }
  })

const grouped = <A>(some: ReadonlyArray<A>, key: (one: A) => string): ReadonlyMap<string, ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const one of some) groups.set(key(one), [...(groups.get(key(one)) ?? []), one])
  return groups
}

/** Calls of one owner with one number, in the order of their time. */
const histories = (calls: ReadonlyArray<Call>) =>
  [...grouped(calls.filter(({ number }) => number !== null), ({ number, owner }) => `${owner} ${number}`).values()]
    .map((history) => history.toSorted((one, other) => one.at - other.at))

/** The pairs of a call and the next one that fits, within a span. */
const followed = (
  calls: ReadonlyArray<Call>,
  first: (call: Call) => boolean,
  then: (call: Call, before: Call) => boolean,
  within: number
) =>
  histories(calls).flatMap((history) =>
    history.flatMap((call, index) =>
      first(call)
        ? [[call, history.slice(index + 1).find((later) => later.at <= call.at + within && then(later, call))] as const]
        : []
    )
  )

const hoursOf = (calls: ReadonlyArray<Call>, what: string) => {
  const incoming = calls.filter(({ outbound }) => !outbound)
  const [within, after] = [incoming.filter(({ local }) => open(local)), incoming.filter(({ local }) => !open(local))]
  between(within.length / incoming.length, 0.7, 0.9, `${what} are called in opening hours`)
  assert.isAbove(after.length, 100, what)
  assert.isAbove(share(after, missed), 2 * share(within, missed), `${what} miss more after hours`)

  // Whoever was missed at night is called back, and most of them on the next morning that is a working day.
  const back = followed(
    calls,
    (call) => !call.outbound && missed(call) && !open(call.local),
    (later) => later.outbound,
    4 * day
  )
  const calledBack = back.flatMap(([, later]) => later === undefined ? [] : [later])
  between(calledBack.length / back.length, 0.3, 0.85, `${what} call back`)
  assert.isAbove(
    share(calledBack, ({ local }) => open(local) && new Date(local).getUTCHours() < 12),
    0.6,
    `${what} call back in the morning`
  )
}

/** All calls of the clinics, read once. */
class Clinics extends Context.Tag("@trunkline/sandbox/test/callcentre/Clinics")<Clinics, {
  readonly calls: ReadonlyArray<Call>
  readonly organizations: Service["organizations"]
}>() {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      return { calls: yield* clinicCalls(sandbox), organizations: sandbox.organizations }
    })
  ).pipe(Layer.provide(Sandbox.layer(options)))
}

it.layer(Clinics.layer, { timeout: "120 seconds" })("clinics", (it) => {
  it.effect("what callers want decides what comes of it", () =>
    Effect.gen(function*() {
      const { calls } = yield* Clinics
      assert.strictEqual(calls.length, options.allomiaCalls)
      const booked = new Map(
        [...grouped(calls.filter(({ intent, outcome }) => intent !== null && outcome !== null), ({ intent }) =>
          `${intent}`)]
          .map(([intent, some]) => {
            assert.isAbove(some.length, 50, intent)
            return [
              intent,
              share(some, ({ outcome }) =>
                outcome === "appointment_confirmed")
            ] as const
          })
      )
      assert.strictEqual(booked.size, 7)
      const rate = (intent: string) => booked.get(intent) ?? Number.NaN
      between(rate("book_appointment"), 0.65, 0.85, "booking")
      between(rate("opening_hours"), 0.1, 0.3, "opening hours")
      between(rate("test_results"), 0.02, 0.2, "test results")
      between(rate("billing_question"), 0, 0.04, "billing")
      assert.sameMembers([...new Set(calls.map(({ outcome }) => outcome))], [
        null,
        "appointment_confirmed",
        "appointment_moved",
        "appointment_cancelled",
        "information_given",
        "message_taken",
        "transferred_to_human",
        "voicemail_left"
      ])

      // One wish grows.
      const recent = (call: Call) => call.at >= options.startsAt - 28 * day
      const refill = (call: Call) => call.intent === "prescription_refill"
      assert.isAbove(
        share(calls.filter(recent), refill),
        1.3 * share(calls.filter((call) => !recent(call)), refill),
        "refills grow"
      )
    }))

  it.effect("opening hours in several zones, and agents who share a name", () =>
    Effect.gen(function*() {
      const { calls, organizations } = yield* Clinics
      const zoneOf = new Map(organizations.map(({ id, timezone }) => [id, timezone]))
      const zones = new Set(calls.map(({ owner }) => zoneOf.get(owner)))
      assert.sameMembers([...zones], Object.keys(offsets))
      for (const [owner, own] of grouped(calls, ({ owner }) => owner)) {
        const incoming = own.filter(({ outbound }) => !outbound)
        between(share(incoming, ({ local }) => open(local)), 0.65, 0.95, zoneOf.get(owner) ?? "")
      }
      hoursOf(calls, "clinics")

      const agents = [...grouped(calls, ({ agentId }) => agentId ?? "").values()].flatMap(([first]) => first ?? [])
      const owners = [...grouped(agents, ({ agentName }) => agentName ?? "").values()]
        .map((some) => new Set(some.map(({ owner }) => owner)).size)
      assert.isTrue(owners.every((count) => count === 4), "each name is that of an agent in every clinic")
      for (const [owner, own] of grouped(agents, ({ owner }) => owner)) {
        assert.isBelow(new Set(own.map(({ agentName }) => agentName)).size, own.length, `two of one name in ${owner}`)
      }
    }))

  it.effect(
    "attempts ring out and are made again, and callers come back about the same thing",
    () =>
      Effect.gen(function*() {
        const { calls } = yield* Clinics
        const outbound = calls.filter((call) => call.outbound)
        between(outbound.length / calls.length, 0.1, 0.3, "outbound")
        const rangOut = (call: Call) => call.outbound && (call.ended === "no-answer" || call.ended === "busy")
        between(share(outbound, rangOut), 0.15, 0.4, "ring out")
        const again = followed(calls, rangOut, (later) => later.outbound, 2 * day)
        between(share(again, ([, later]) => later !== undefined), 0.25, 0.8, "tried again")

        const repeats = followed(
          calls,
          (call) => !call.outbound && talked(call) && call.intent !== null,
          (later, before) => !later.outbound && later.intent === before.intent,
          7 * day
        )
        between(share(repeats, ([, later]) => later !== undefined), 0.08, 0.35, "come back within a week")
        const comesBack = (outcomes: ReadonlyArray<string>) =>
          share(
            repeats.filter(([{ outcome }]) => outcomes.includes(outcome ?? "")),
            ([, later]) => later !== undefined
          )
        assert.isAbove(
          comesBack(["message_taken", "information_given"]),
          2 * comesBack(["appointment_confirmed", "appointment_moved"]),
          "who got nothing done comes back more often"
        )
      })
  )
})

it.effect(
  "the team: opening hours, failed messages, attempts that ring out, callers who come back",
  () =>
    Effect.gen(function*() {
      const rows = yield* Effect.flatMap(Sandbox, items)
      assert.strictEqual(rows.length, options.size)
      const calls = teamCalls(rows)
      hoursOf(calls, "lines")

      const messages = rows.filter((row) => at(row, "type") === "SMS")
      const failed = messages.filter((row) => at(row, "status") === "FAILED")
      assert.isTrue(failed.every((row) => at(row, "direction") === "OUTBOUND"), "what failed was sent by the team")
      between(
        failed.length / messages.filter((row) => at(row, "direction") === "OUTBOUND").length,
        0.03,
        0.12,
        "failed"
      )

      const rangOut = (call: Call) => call.outbound && call.ended === "CLOSED"
      between(share(calls.filter(({ outbound }) => outbound), rangOut), 0.2, 0.4, "ring out")
      const again = followed(calls, rangOut, (later) => later.outbound, 2 * day)
      between(share(again, ([, later]) => later !== undefined), 0.25, 0.8, "tried again")

      // Tags name what a call was about.
      const repeats = followed(
        calls,
        (call) => !call.outbound && call.intent !== null,
        (later) => !later.outbound && later.intent !== null,
        7 * day
      ).flatMap(([call, later]) => later === undefined ? [] : [[call, later] as const])
      assert.isAbove(repeats.length, 50)
      assert.isAbove(share(repeats, ([call, later]) => call.intent === later.intent), 0.5, "about the same thing")
    }).pipe(Effect.provide(Sandbox.layer(options))),
  60_000
)
