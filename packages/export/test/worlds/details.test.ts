/** What comes late: summaries, tags and intents take their places in rows that are there. */
import { assert, describe, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Duration, Effect } from "effect"
import { folder } from "../fixtures/account.js"
import { tampered } from "../fixtures/proxy.js"
import { contents, day, one, reading, requestsSince, rowsOf, run, unhurried } from "../fixtures/runs.js"

/** Nothing comes or goes, and summaries take their time. */
const still = { ...unhurried, movement: { arrivalsPerMinute: 0, deletionsPerHour: 0 } } as const

const hour = day / 24
const ages = [hour, 6 * hour, day, 2 * day, 4 * day, 8 * day, 16 * day, 30 * day]

/** Which calls of clinics were asked for by their ids, and how often each. */
const detailsSince = (total: number) =>
  Effect.map(requestsSince(total), (requests) => {
    const asked = new Map<string, number>()
    for (const { method, path } of requests) {
      const id = /^\/api\/calls\/([^?/]+)/.exec(path)?.[1]
      if (method === "GET" && id !== undefined) asked.set(id, (asked.get(id) ?? 0) + 1)
    }
    return asked
  })

const millis = (value: unknown): number => Date.parse(String(value))

describe("details of clinics' calls", () => {
  it.scopedLive("are asked for at 1 h, 6 h, 1, 2, 4, 8, 16 and 30 days while something is missing, else at 6 h and 2 days", () =>
    Effect.gen(function*() {
      const { history, organizations, world } = yield* Sandbox
      const out = yield* folder
      const scope = organizations[0]?.id ?? ""
      const alone = { allo: null, organizationIds: [scope] }
      const calls = Effect.map(rowsOf(out, "calls"), (rows) =>
        rows.map((row) => ({
          id: String(row["call_id"]),
          endedAt: millis(row["ended_at"]),
          finished: row["summary"] !== null && row["primary_intent"] !== null
        })))
      // No call comes to one of the ages while it is first read.
      yield* world.advance("1 minute")
      const first = yield* world.now
      assert.strictEqual((yield* run(out, {}, alone)).exitCode, 0)
      const all = yield* calls
      const lacking = new Set(all.flatMap(({ finished, id }) => finished ? [] : [id]))
      assert.isAbove(lacking.size, 5)
      /** What is there may be a first version. What was whole when it was first read is asked for a day later at the earliest. */
      const agesOf = ({ endedAt, finished, id }: (typeof all)[number]) =>
        !finished
          ? ages
          : lacking.has(id) || first - endedAt < 6 * hour
          ? [6 * hour, 2 * day]
          : [Math.max(2 * day, first - endedAt + day)]
      let before = first
      for (const pause of [0, 0.4, 0.9, 2, 7, 10, 24, 30, 72, 100, 240, 250, 40].map((hours) => hours * hour)) {
        const waiting = yield* calls
        yield* world.advance(Duration.millis(pause))
        const now = yield* world.now
        const total = yield* history.total
        const report = yield* run(out, {}, alone)
        assert.deepStrictEqual([report.exitCode, report.new], [0, 0])
        const asked = yield* detailsSince(total)
        const due = waiting.filter((call) =>
          agesOf(call).some((age) => call.endedAt + age > before && call.endedAt + age <= now)
        )
        assert.deepStrictEqual([...asked.keys()].toSorted(), due.map(({ id }) => id).toSorted())
        assert.deepStrictEqual([...new Set(asked.values())], due.length === 0 ? [] : [1])
        before = now
      }
      assert.isTrue(
        (yield* calls).some(({ finished }) => !finished),
        "a call that nobody answered has nothing to be said of it"
      )
      assert.strictEqual(yield* reading(out, (dataset) => dataset.pending("allomia", scope)), 0)
      assert.strictEqual((yield* rowsOf(out, "calls")).length, all.length)
    }).pipe(
      Effect.provide(Sandbox.layer({ ...still, size: 100, allomiaCalls: 300, days: 1, organizations: 2 }))
    ))

  it.scopedLive("end once summary and intent are there and were asked for again, in the row that was there before", () =>
    Effect.gen(function*() {
      const { history, organizations, world } = yield* Sandbox
      const out = yield* folder
      const scope = organizations[0]?.id ?? ""
      const alone = { allo: null, organizationIds: [scope] }
      const id = yield* world.arrive({ source: "allomia", organizationId: scope })
      yield* run(out, {}, alone)
      assert.isNull(one(yield* rowsOf(out, "calls"), "call_id", id)["primary_intent"])
      yield* world.advance("61 minutes")
      const later = yield* run(out, {}, alone)
      const row = one(yield* rowsOf(out, "calls"), "call_id", id)
      assert.isString(row["primary_intent"])
      assert.isString(row["summary"])
      assert.strictEqual(row["outcome"], "answered")
      assert.deepStrictEqual([later.new, later.updated, later.rows.calls], [0, 1, 1])
      for (const times of [1, 0]) {
        yield* world.advance("20 days")
        const total = yield* history.total
        yield* run(out, {}, alone)
        assert.strictEqual((yield* detailsSince(total)).size, times)
      }
    }).pipe(Effect.provide(Sandbox.layer({ ...still, size: 100, allomiaCalls: 0, organizations: 2 }))))

  it.scopedLive("that were not found once are asked for again, however old the call is", () =>
    Effect.gen(function*() {
      const { both, control } = yield* tampered
      const out = yield* folder
      const go = run(out, {}, { allo: null }).pipe(Effect.provideService(Sandbox, both))
      const lost = JSON.stringify({ message: "No such call" })
      control.tamper = ({ url }, answered) => /\/calls\/[^?/]+/.test(url) ? { status: 404, body: lost } : answered
      yield* go
      const lacking = yield* rowsOf(out, "calls", "details_at IS NULL")
      assert.isTrue(lacking.length > 20 && lacking.some((row) => millis(row["ended_at"]) < Date.now() - 35 * day))
      control.tamper = (_, answered) => answered
      yield* both.world.advance("2 hours")
      assert.strictEqual((yield* go).exitCode, 0)
      assert.deepStrictEqual(yield* rowsOf(out, "calls", "details_at IS NULL"), [])
    }).pipe(
      Effect.provide(Sandbox.layer({ ...still, size: 100, allomiaCalls: 60, days: 80, organizations: 2 }))
    ))

  it.scopedLive("wait for a run that may ask for them, where one was told not to", () =>
    Effect.gen(function*() {
      const { history } = yield* Sandbox
      const out = yield* folder
      const whole = yield* folder
      const without = yield* run(out, { details: false })
      assert.strictEqual(without.exitCode, 0)
      assert.strictEqual((yield* detailsSince(0)).size, 0)
      const calls = yield* rowsOf(out, "calls", "source = 'allomia'")
      assert.isTrue(
        calls.length > 20 && calls.every((row) => row["details_at"] === null && row["outcome"] === "unknown")
      )
      const total = yield* history.total
      const after = yield* run(out)
      assert.strictEqual((yield* detailsSince(total)).size, calls.length)
      assert.deepStrictEqual([after.new, after.updated], [0, calls.length])
      yield* run(whole)
      assert.deepStrictEqual(yield* contents(out), yield* contents(whole))
    }).pipe(
      Effect.provide(Sandbox.layer({ ...unhurried, movement: false, size: 200, allomiaCalls: 60, organizations: 2 }))
    ))
})

describe("what comes late to Allo", () => {
  it.scopedLive("summaries of calls that are read no more come by their ids, tags within the look-back with the list", () =>
    Effect.gen(function*() {
      const { history, world } = yield* Sandbox
      const out = yield* folder
      const alone = { allomia: null }
      yield* run(out, {}, alone)
      const before = yield* rowsOf(out, "calls")
      const now = yield* world.now
      const lacking = before.filter((row) =>
        row["summary"] === null && row["outcome"] === "answered" &&
        millis(row["ended_at"]) < now - 10 * day && millis(row["ended_at"]) > now - 12 * day
      )
      const id = String(lacking[0]?.["call_id"])
      assert.isTrue(yield* world.setSummary(id, "They called back after all."), "none in this world lacks a summary")
      const recent = String(before.find((row) => millis(row["started_at"]) > now - 3 * day)?.["call_id"])
      yield* world.setTags(recent, ["urgent", "🔥"])
      yield* world.advance("50 hours")
      const unasked = yield* run(out, {}, alone)
      assert.strictEqual(unasked.new, 0)
      assert.deepStrictEqual(one(yield* rowsOf(out, "calls"), "call_id", recent)["tags"], ["urgent", "🔥"])
      assert.isNull(one(yield* rowsOf(out, "calls"), "call_id", id)["summary"])
      // Its sixteenth day lies behind it now.
      yield* world.advance("100 hours")
      const total = yield* history.total
      const late = yield* run(out, {}, alone)
      assert.strictEqual(late.exitCode, 0)
      assert.strictEqual(one(yield* rowsOf(out, "calls"), "call_id", id)["summary"], "They called back after all.")
      const batches = (yield* requestsSince(total)).filter(({ path }) => path.endsWith("/items/batch"))
      assert.strictEqual(batches.filter(({ body }) => body.includes(id)).length, 1)
      assert.deepStrictEqual([late.new, late.rows.calls], [0, before.length])
      // Known now, it is not asked for again.
      yield* world.advance("20 days")
      const known = yield* history.total
      yield* run(out, {}, alone)
      assert.isFalse(
        (yield* requestsSince(known)).some(({ body, path }) => path.endsWith("batch") && body.includes(id))
      )
    }).pipe(Effect.provide(Sandbox.layer({ ...still, size: 3000, days: 40 }))))
})

describe("a run that reads everything again", () => {
  it.scopedLive("finds what changed long ago, and comes to the dataset that a new one would be", () =>
    Effect.gen(function*() {
      const { history, world } = yield* Sandbox
      const out = yield* folder
      const fresh = yield* folder
      const first = yield* run(out)
      const now = yield* world.now
      const old = (yield* rowsOf(out, "calls")).filter((row) => millis(row["started_at"]) < now - 20 * day)
      const ours = String(old.find((row) => row["source"] === "allo")?.["call_id"])
      const theirs = String(old.find((row) => row["source"] === "allomia")?.["call_id"])
      yield* world.setTags(ours, ["late"])
      yield* world.setSummary(theirs, "Written anew.")
      const usual = yield* run(out)
      assert.deepStrictEqual([usual.new, usual.updated], [0, 0])
      const total = yield* history.total
      const full = yield* run(out, { full: true })
      const clinics = yield* rowsOf(out, "calls", "source = 'allomia'")
      assert.strictEqual((yield* detailsSince(total)).size, clinics.length)
      // When its details were read is a part of a clinic's call.
      assert.deepStrictEqual([full.exitCode, full.new, full.updated], [0, 0, 1 + clinics.length])
      assert.deepStrictEqual(full.rows, first.rows)
      yield* run(fresh, { since: DateTime.unsafeMake(now - 90 * day) })
      assert.deepStrictEqual(yield* contents(out), yield* contents(fresh))
    }).pipe(
      Effect.provide(Sandbox.layer({ ...unhurried, movement: false, size: 400, allomiaCalls: 80, days: 80 }))
    ))
})
