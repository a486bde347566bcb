/** Clocks that are wrong by days, theirs and ours: nothing of the future is certified, and every row is read. */
import { assert, it } from "@effect/vitest"
import { compare } from "@trunkline/export/Compare"
import * as Plan from "@trunkline/export/Plan"
import { Stop } from "@trunkline/export/Stop"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Duration, Effect, Layer, Option } from "effect"
import { defaults, folder, inStep, sources } from "../fixtures/account.js"
import { dated, tampered } from "../fixtures/proxy.js"
import { type Asked, day, reading, rowsOf, run, tags, unhurried } from "../fixtures/runs.js"

const world = Sandbox.layer({
  ...unhurried,
  size: 300,
  allomiaCalls: 60,
  organizations: 2,
  days: 30,
  movement: false
})

/** What was certified once is not read again, so that a false certificate shows. */
const alone = { lookback: Duration.zero, details: false } as const

const held = (out: string) =>
  Effect.map(
    Effect.all([rowsOf(out, "calls"), rowsOf(out, "messages")]),
    ([calls, messages]) =>
      new Set([...calls.map((row) => String(row["call_id"])), ...messages.map((row) => String(row["message_id"]))])
  )

/** Everything the world shows is in the dataset, of both sources. */
const assertWhole = (out: string) =>
  Effect.gen(function*() {
    const { history, world } = yield* Sandbox
    const now = yield* world.now
    const ids = yield* held(out)
    for (const source of ["allo", "allomia"] as const) {
      const shown = yield* history.mustHaveSeen({ source, from: now - 80 * day, to: now })
      assert.isAbove(shown.size, 20)
      assert.deepStrictEqual([...shown].filter((id) => !ids.has(id)), [])
    }
  })

/** No certificate reaches into the future. */
const assertNothingAhead = (out: string) =>
  Effect.gen(function*() {
    const { world } = yield* Sandbox
    const now = yield* world.now
    const certificates = yield* reading(out, (dataset) => dataset.certificates)
    for (const { source, to, verdict } of certificates) {
      if (verdict === "certified") assert.isBelow(to.epochMillis, now, source)
    }
  })

/** Calls and messages of the days that come. */
const live = (days: number) =>
  Effect.gen(function*() {
    const { organizations, world } = yield* Sandbox
    for (let passed = 0; passed < days; passed += 1) {
      yield* world.advance("1 days")
      yield* world.arrive({ source: "allo", seconds: 60 })
      yield* world.arrive({ source: "allo", type: "SMS" })
      yield* world.arrive({ source: "allomia", seconds: 60, organizationId: organizations[0]?.id ?? "" })
    }
  })

const assertSkewed = (report: Effect.Effect.Success<ReturnType<typeof run>>, days: number) => {
  assert.deepStrictEqual([report.exitCode, report.status], [4, "partial"], JSON.stringify(report.problems))
  assert.deepStrictEqual(tags(report), ["ClockSkew", "ClockSkew"])
  assert.deepStrictEqual(report.problems.map(({ source }) => source).toSorted(), ["allo", "allomia"])
  for (const { message, scope } of report.problems) {
    assert.isNull(scope)
    assert.include(message, `${days} days apart`)
    assert.match(message, /Date header of the API says \d{4}-.*clock of this machine says \d{4}-/)
  }
}

for (const days of [40, -40]) {
  for (const often of ["once", "always"] as const) {
    it.scopedLive(`their Date ${days} days off, ${often}: told, and the rows of the days in between are read`, () =>
      Effect.gen(function*() {
        const { both, control } = yield* tampered
        const out = yield* folder
        const go = (asked: Asked = {}) => run(out, alone, asked).pipe(Effect.provideService(Sandbox, both))
        assert.strictEqual((yield* go()).exitCode, 0)
        yield* live(3)
        const now = yield* Effect.flatMap(Sandbox, ({ world }) => world.now)
        // As seen from the world, which is three days ahead by now.
        control.tamper = dated((now - Date.now()) / day + days, often)
        const wrong = yield* go()
        assertSkewed(wrong, 40)
        yield* assertNothingAhead(out)
        yield* assertWhole(out)
        yield* live(10)
        if (often === "once") control.tamper = (_, answered) => answered
        const after = yield* go()
        assert.strictEqual(after.exitCode, often === "once" ? 0 : 4)
        yield* assertNothingAhead(out)
        yield* assertWhole(out)
      }).pipe(Effect.provide(world)))
  }

  it.scopedLive(`our clock ${days} days off: told, and every row is read in this run and the next`, () =>
    Effect.gen(function*() {
      const out = yield* folder
      const wrong = yield* run(out, alone, { skew: days * day })
      assertSkewed(wrong, 40)
      yield* assertNothingAhead(out)
      yield* assertWhole(out)
      yield* live(10)
      assert.strictEqual((yield* run(out, alone)).exitCode, 0)
      yield* assertWhole(out)
    }).pipe(Effect.provide(world)))
}

it.scopedLive("clocks a few hours apart are no problem, and the earlier one decides what is settled", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const right = yield* run(out, alone)
    for (const hours of [20, -20]) {
      const fresh = yield* folder
      const report = yield* run(fresh, alone, { skew: hours * day / 24 })
      assert.deepStrictEqual([report.exitCode, report.problems], [0, []])
      yield* assertWhole(fresh)
      const behind = Date.parse(right.certifiedUntil.allomia ?? "") - Date.parse(report.certifiedUntil.allomia ?? "")
      assert.approximately(behind, hours < 0 ? 20 * day / 24 : 0, 60_000)
    }
  }).pipe(Effect.provide(world)))

it.scopedLive("clocks more than a year apart tell nothing: nothing is read, and nothing is remembered", () =>
  Effect.gen(function*() {
    const { both, control } = yield* tampered
    const out = yield* folder
    control.tamper = (_, answered) => ({ ...answered, date: "Fri, 31 Dec 9999 00:00:00 GMT" })
    const report = yield* run(out, alone).pipe(Effect.provideService(Sandbox, both))
    assert.strictEqual(report.exitCode, 4)
    assert.deepStrictEqual([...new Set(tags(report))], ["ClockSkew"])
    assert.include(report.problems[0]?.message ?? "", "Nothing was read")
    assert.strictEqual(report.rows.calls, 0)
    assert.deepStrictEqual(yield* reading(out, (dataset) => dataset.certificates), [])
    assert.strictEqual((yield* run(out, alone)).exitCode, 0)
    yield* assertWhole(out)
  }).pipe(Effect.provide(world)))

it.scopedLive("a range with an end of its own is certified only as far as both clocks have settled it", () =>
  Effect.gen(function*() {
    const { both, control } = yield* tampered
    const { world } = yield* Sandbox
    const out = yield* folder
    const now = yield* world.now
    control.tamper = dated(40, "always")
    const until = DateTime.unsafeMake(now + 20 * day)
    const report = yield* run(out, { ...alone, until }).pipe(Effect.provideService(Sandbox, both))
    assertSkewed(report, 40)
    yield* assertNothingAhead(out)
    yield* assertWhole(out)
  }).pipe(Effect.provide(world)))

it.scopedLive("details wait for the earlier clock, so that a Date ahead gives none of them up", () =>
  Effect.gen(function*() {
    const { both, control } = yield* tampered
    const { organizations, world } = yield* Sandbox
    const out = yield* folder
    const scope = organizations[0]?.id ?? ""
    const id = yield* world.arrive({ source: "allomia", organizationId: scope })
    const keys = { allo: null, organizationIds: [scope] }
    control.tamper = dated(60, "once")
    const wrong = yield* run(out, {}, keys).pipe(Effect.provideService(Sandbox, both))
    assert.deepStrictEqual(tags(wrong), ["ClockSkew"])
    const before = yield* rowsOf(out, "calls")
    assert.isNull(before.find((row) => row["call_id"] === id)?.["primary_intent"])
    yield* world.advance("61 minutes")
    control.tamper = (_, answered) => answered
    assert.strictEqual((yield* run(out, {}, keys)).exitCode, 0)
    const rows = yield* rowsOf(out, "calls")
    assert.isString(rows.find((row) => row["call_id"] === id)?.["summary"])
  }).pipe(Effect.provide(
    Sandbox.layer({
      ...unhurried,
      size: 100,
      allomiaCalls: 0,
      organizations: 2,
      // Nothing comes or goes, and summaries take their time.
      movement: { arrivalsPerMinute: 0, deletionsPerHour: 0 }
    })
  )))

it.scopedLive("a conversation moves a frontier no further than the earlier clock", () =>
  Effect.gen(function*() {
    const { both, control } = yield* tampered
    const { lines, world } = yield* Sandbox
    const out = yield* folder
    control.tamper = ({ url }, answered) =>
      url.includes("/conversations?")
        ? { ...answered, date: new Date(Date.now() + 40 * day).toUTCString() }
        : answered
    const wrong = yield* run(out, {}, { allomia: null }).pipe(Effect.provideService(Sandbox, both))
    assert.deepStrictEqual(tags(wrong), ["ClockSkew"])
    const now = yield* world.now
    yield* reading(out, (dataset) =>
      Effect.gen(function*() {
        const [scope = ""] = (yield* dataset.certificates).map((certificate) => certificate.scope)
        for (const line of lines) {
          const frontier = yield* dataset.fact("allo", scope, `frontier ${line}`)
          assert.isBelow(Date.parse(Option.getOrElse(frontier, () => "")), now)
        }
      }))
    yield* world.advance("3 days")
    yield* world.arrive({ source: "allo", type: "SMS" })
    const before = wrong.rows.conversations
    const after = yield* run(out, {}, { allomia: null })
    assert.deepStrictEqual([after.exitCode, after.rows.conversations], [0, before + 1])
  }).pipe(Effect.provide(world)))

it.scopedLive("a plan and a comparison tell it too", () =>
  Effect.gen(function*() {
    const out = yield* folder
    yield* run(out)
    const layers = Layer.mergeAll(sources(), Stop.layer)
    const planned = yield* inStep(
      reading(out, (dataset) => Effect.provide(Plan.make({ ...defaults, out, dataset: Option.some(dataset) }), layers)),
      -40 * day
    )
    const compared = yield* inStep(
      reading(out, (dataset) => Effect.provide(compare(dataset), layers)),
      40 * day
    )
    for (const report of [planned, compared]) {
      assert.deepStrictEqual([report.exitCode, tags(report)], [4, ["ClockSkew", "ClockSkew"]])
    }
  }).pipe(Effect.provide(world)))
