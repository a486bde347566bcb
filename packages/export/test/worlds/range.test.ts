/** What a run reads: ranges, gaps, transcripts, partitions and hosts. */
import { assert, describe, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Duration, Effect } from "effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { folder } from "../fixtures/account.js"
import {
  contents,
  counted,
  day,
  filesOf,
  one,
  reading,
  requestsSince,
  rowsOf,
  run,
  tags,
  unhurried
} from "../fixtures/runs.js"

const small = { ...unhurried, size: 400, allomiaCalls: 80, organizations: 2, movement: false } as const

const at = (millis: number) => DateTime.unsafeMake(millis)
const millis = (value: unknown): number => Date.parse(String(value))

/** Ids of calls and messages the dataset holds, with when they began. */
const held = (out: string) =>
  Effect.gen(function*() {
    const calls = yield* rowsOf(out, "calls")
    const messages = yield* rowsOf(out, "messages")
    return new Map([
      ...calls.map((row) => [String(row["call_id"]), millis(row["started_at"])] as const),
      ...messages.map((row) => [String(row["message_id"]), millis(row["sent_at"])] as const)
    ])
  })

/** Ids the world shows of a stretch of time. */
const shown = (from: number, to: number) =>
  Effect.gen(function*() {
    const { history } = yield* Sandbox
    return new Set([
      ...yield* history.mustHaveSeen({ source: "allo", from, to }),
      ...yield* history.mustHaveSeen({ source: "allomia", from, to })
    ])
  })

const assertHolds = (out: string, from: number, to: number) =>
  Effect.gen(function*() {
    const ids = yield* held(out)
    for (const id of yield* shown(from, to)) assert.isTrue(ids.has(id), `${id} is missing`)
  })

/** The days that searches asked for, as `from..to`. */
const daysSince = (total: number) =>
  Effect.map(requestsSince(total), (requests) =>
    requests.flatMap(({ body, path }) => {
      if (!path.endsWith("/items/search")) return []
      const { date, size } = JSON.parse(body)
      return date === undefined || size === 1 ? [] : [`${date.from}..${date.to}`]
    }))

describe("the range of a run", () => {
  for (const until of ["no end", "an end in the future"]) {
    it.scopedLive(`a later --since with ${until} leaves no hole behind it, and --full reads no more than it asks for`, () =>
      Effect.gen(function*() {
        const { history, world } = yield* Sandbox
        const out = yield* folder
        const now = yield* world.now
        const ask = (since: number, full = false) =>
          run(out, { since: at(now - since * day), full, ...until === "no end" ? {} : { until: at(now + day) } })
        yield* run(out, { since: at(now - 120 * day), until: at(now - 60 * day) })
        // A range that ends in the past is meant as it is said.
        const bounded = yield* run(out, { since: at(now - 40 * day), until: at(now - 30 * day) })
        assert.strictEqual(bounded.exitCode, 0)
        assert.deepStrictEqual(
          bounded.notices.map(({ message, source }) => `${source} ${/what is missing before its range/.test(message)}`)
            .toSorted(),
          ["allo true", "allomia true", "allomia true"]
        )
        const { certifiedUntil, exitCode, notices, reconciled } = yield* ask(7)
        assert.deepStrictEqual([exitCode, reconciled, notices], [0, { allo: true, allomia: true }, []])
        yield* assertHolds(out, now - 120 * day, now)
        assert.isAbove(millis(certifiedUntil.allo), now - 4 * day)

        const total = yield* history.total
        yield* ask(20, true)
        const days = yield* daysSince(total)
        assert.isAbove(days.length, 0)
        assert.deepStrictEqual(days.filter((range) => Date.parse(range.slice(0, 10)) < now - 23 * day), [])
      }).pipe(Effect.provide(Sandbox.layer(small))))
  }

  it.scopedLive("is ninety days at first, then what is new; what lies before comes with --since, and the gap after it by itself", () =>
    Effect.gen(function*() {
      const { history, organizations, world } = yield* Sandbox
      const out = yield* folder
      const now = yield* world.now
      const first = yield* run(out)
      assert.strictEqual(first.exitCode, 0)
      yield* assertHolds(out, now - 90 * day, now)
      // A day more at either end, since nobody knows where Allo's days begin.
      for (const time of (yield* held(out)).values()) assert.isAbove(time, now - 92 * day)

      const early = yield* run(out, { since: at(now - 200 * day), until: at(now - 150 * day) })
      assert.strictEqual(early.exitCode, 0)
      yield* assertHolds(out, now - 200 * day, now - 150 * day)
      const between = yield* shown(now - 145 * day, now - 95 * day)
      assert.isAbove(between.size, 20)
      const known = yield* held(out)
      assert.isFalse([...between].some((id) => known.has(id)))
      // Everything up to there, not everything up to now.
      assert.isBelow(millis(early.certifiedUntil.allo), now - 148 * day)

      const total = yield* history.total
      const filled = yield* run(out)
      assert.strictEqual(filled.exitCode, 0)
      yield* assertHolds(out, now - 200 * day, now)
      assert.isAbove(millis(filled.certifiedUntil.allo), now - 4 * day)
      assert.isAbove(millis(filled.certifiedUntil.allomia), now - 3 * day)
      // Nothing settled is asked for twice: the gap and the look-back only.
      const gap = { from: now - 153 * day, to: now - 88 * day }
      for (const days of yield* daysSince(total)) {
        const [from, to] = days.split("..").map((text) => Date.parse(text))
        assert.isTrue(
          (Number(from) >= gap.from && Number(to) <= gap.to) || Number(from) >= now - 10 * day,
          `asked for ${days}`
        )
      }
      const clinic = organizations[0]?.id ?? ""
      const certified = yield* reading(
        out,
        (dataset) => dataset.intervals({ source: "allomia", scope: clinic, stream: "calls" })
      )
      assert.strictEqual(certified.length, 1)
    }).pipe(Effect.provide(Sandbox.layer({ ...small, days: 230 }))))

  it.scopedLive("looks back seven days unless told otherwise", () =>
    Effect.gen(function*() {
      const { history, world } = yield* Sandbox
      const out = yield* folder
      yield* run(out)
      const ids = yield* Effect.map(rowsOf(out, "calls", "source = 'allo'"), (rows) =>
        rows.map((row) => ({ id: String(row["call_id"]), at: millis(row["started_at"]) })))
      const now = yield* world.now
      const aged = (days: number) =>
        ids.find(({ at }) => at < now - days * day && at > now - (days + 2) * day)?.id ?? ""
      const [young, old] = [aged(4), aged(14)]
      for (const id of [young, old]) assert.isTrue(yield* world.setTags(id, ["changed"]))
      const usual = yield* run(out)
      const after = yield* rowsOf(out, "calls", "source = 'allo'")
      assert.strictEqual(usual.updated, 1)
      assert.deepStrictEqual(one(after, "call_id", young)["tags"], ["changed"])
      assert.notDeepEqual(one(after, "call_id", old)["tags"], ["changed"])
      const total = yield* history.total
      const longer = yield* run(out, { lookback: Duration.days(20) })
      assert.strictEqual(longer.updated, 1)
      assert.deepStrictEqual(one(yield* rowsOf(out, "calls"), "call_id", old)["tags"], ["changed"])
      assert.isAbove((yield* history.total) - total, 0)
    }).pipe(Effect.provide(Sandbox.layer({ ...small, days: 60 }))))

  it.scopedLive("that lies wholly before the first run's ninety days needs its beginning said", () =>
    Effect.gen(function*() {
      const { world } = yield* Sandbox
      const out = yield* folder
      const now = yield* world.now
      const report = yield* run(out, { until: at(now - 120 * day) })
      assert.deepStrictEqual([...new Set(tags(report))], ["EmptyRange"])
      assert.strictEqual(report.exitCode, 2)
    }).pipe(Effect.provide(Sandbox.layer({ ...small, days: 230 }))))
})

describe("transcripts", () => {
  it.scopedLive("asked for later are read of the whole range, and not asked for any more they stay", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const fresh = yield* folder
      const alone = { allomia: null }
      const without = yield* run(out, {}, alone)
      assert.strictEqual(without.rows.utterances, 0)
      const unknown = yield* rowsOf(out, "calls")
      assert.isTrue(unknown.every((row) => row["has_transcript"] === null))
      const first = yield* counted(out, { transcripts: true }, alone)
      assert.deepStrictEqual([first.report.exitCode, first.report.new - first.report.rows.utterances], [0, 0])
      assert.isAbove(first.report.rows.utterances, 100)
      const calls = yield* rowsOf(out, "calls")
      const spoken = new Set((yield* rowsOf(out, "utterances")).map((row) => row["call_id"]))
      assert.isTrue(calls.every((row) => row["has_transcript"] === spoken.has(row["call_id"])))
      yield* run(fresh, { transcripts: true }, alone)
      assert.deepStrictEqual(yield* contents(out), yield* contents(fresh))
      const second = yield* counted(out, { transcripts: true }, alone)
      assert.deepStrictEqual([second.report.new, second.report.updated], [0, 0])
      assert.isBelow(second.requests, first.requests)

      const before = yield* contents(out)
      const files = filesOf(out)
      const poorer = yield* run(out, {}, alone)
      assert.deepStrictEqual([poorer.exitCode, poorer.new, poorer.updated], [0, 0, 0])
      const full = yield* run(out, { full: true }, alone)
      assert.deepStrictEqual([full.exitCode, full.new, full.updated], [0, 0, 0])
      assert.deepStrictEqual(yield* contents(out), before)
      assert.deepStrictEqual(filesOf(out), files)
    }).pipe(Effect.provide(Sandbox.layer({ ...small, days: 60 }))))
})

describe("a dataset", () => {
  it.scopedLive("in days holds what one in months does, and is never cut in the other way afterwards", () =>
    Effect.gen(function*() {
      const days = yield* folder
      const months = yield* folder
      yield* run(days, {}, { partition: "day" })
      yield* run(months, {}, { partition: "month" })
      const folders = readdirSync(join(days, "calls", "source=allo"))
      assert.isTrue(folders.length > 20 && folders.every((name) => /^day=\d{4}-\d\d-\d\d$/.test(name)))
      const stripped = (out: string) =>
        Effect.map(contents(out), (tables) => JSON.stringify(tables).replaceAll(/,\\"(month|day)\\":\\"[\d-]+\\"/g, ""))
      assert.strictEqual(yield* stripped(days), yield* stripped(months))
      for (const [out, partition] of [[days, "month"], [months, "day"]] as const) {
        const refused = yield* Effect.flip(run(out, {}, { partition }))
        assert.strictEqual(refused._tag, "OtherPartition")
      }
      // What it was begun with holds for a run that does not say.
      const again = yield* run(days)
      assert.deepStrictEqual([again.exitCode, again.new], [0, 0])
    }).pipe(Effect.provide(Sandbox.layer({ ...small, days: 40 }))))

  it.scopedLive("belongs to one host per source, whatever the port on loopback", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const allo = { hosts: { allo: "http://127.0.0.1:4000" }, allomia: null }
      yield* run(out, {}, allo)
      yield* run(out, {}, { ...allo, hosts: { allo: "http://127.0.0.1:5000" } })
      const refused = yield* Effect.flip(run(out, {}, { ...allo, hosts: { allo: "https://api.withallo.com" } }))
      assert.strictEqual(refused._tag, "OtherHost")
      // Another source of another host is no concern of this one.
      yield* run(out, {}, { allo: null, hosts: { allomia: "https://allomia.com/api" } })
    }).pipe(Effect.provide(Sandbox.layer({ ...small, size: 100, days: 20 }))))
})
