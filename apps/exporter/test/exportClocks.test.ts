/** Clocks that are wrong by days, theirs and ours: nothing of the future is certified, and every row is read. */
import { assert, describe, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Duration, Effect, Layer, Option } from "effect"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Plan from "../src/Plan.js"
import { Progress } from "../src/Progress.js"
import * as Remote from "../src/Remote.js"
import { Stop } from "../src/Stop.js"
import { installed, trunkline } from "./commandline.js"
import { type Tamper, tampered } from "./exportProxy.js"
import { type Asked, day, reading, rowsOf, run, tags, unhurried } from "./exportRuns.js"
import { defaults, folder, inStep, sources } from "./support.js"

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

/** A `Date` that is wrong by so many days, in every answer or only in the first ones, which a scope is found with. */
const dated = (days: number, often: "once" | "always"): Tamper => ({ url }, answered) =>
  often === "always" || url.includes("/numbers") || (url.startsWith("/api/calls?") && !url.includes("from="))
    ? { ...answered, date: new Date(Date.now() + days * day).toUTCString() }
    : answered

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
    const until = Option.some(DateTime.unsafeMake(now + 20 * day))
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
    const layers = Layer.mergeAll(sources(), Stop.layer, Progress.layerSilent)
    const planned = yield* inStep(
      reading(out, (dataset) => Effect.provide(Plan.make({ ...defaults, out, dataset: Option.some(dataset) }), layers)),
      -40 * day
    )
    const compared = yield* inStep(
      reading(out, (dataset) => Effect.provide(Remote.compare(dataset), layers)),
      40 * day
    )
    for (const report of [planned, compared]) {
      assert.deepStrictEqual([report.exitCode, tags(report)], [4, ["ClockSkew", "ClockSkew"]])
    }
  }).pipe(Effect.provide(world)))

describe("the command", () => {
  const command = installed()

  it.scopedLive("names both times, whichever clock is wrong, and ends with 4; the doctor finds it as well", () =>
    Effect.gen(function*() {
      const { both, control } = yield* tampered
      const out = yield* folder
      const env = {
        ALLO_API_KEY: both.keys.allo,
        ALLO_BASE_URL: both.alloUrl,
        ALLOMIA_API_KEY: both.keys.allomia,
        ALLOMIA_BASE_URL: both.allomiaUrl,
        ALLOMIA_REQUESTS_PER_SECOND: "1000",
        TRUNKLINE_OUT: join(out, "data")
      }
      const right = yield* trunkline(command(), ["export", "--no-details"], { env })
      assert.strictEqual(right.code, 0, right.stderr)
      control.tamper = dated(40, "once")
      const theirs = yield* trunkline(command(), ["export", "--no-details", "--lookback", "0d"], { env })
      assert.strictEqual(theirs.code, 4, theirs.stderr)
      assert.match(theirs.stderr, /^ClockSkew \[allo\]: The Date header .* 40 days apart/m)
      control.tamper = (_, answered) => answered
      // The clock of this process, as Node reads it.
      const clock = join(out, "clock.mjs")
      yield* Effect.promise(() => writeFile(clock, `const now = Date.now; Date.now = () => now() - ${3 * day}\n`))
      const wrong = { ...env, NODE_OPTIONS: `--import ${pathToFileURL(clock).href}` }
      const ours = yield* trunkline(command(), ["export", "--no-details"], { env: wrong })
      assert.strictEqual(ours.code, 4, ours.stderr)
      assert.match(ours.stderr, /^ClockSkew \[allomia\]: The Date header .* 3 days apart/m)
      const doctor = yield* trunkline(command(), ["doctor"], { env: wrong })
      assert.strictEqual(doctor.code, 4, doctor.stdout)
      assert.match(doctor.stdout, /^fail {2}allo clock +this machine is .* behind the API/m)
      const healed = yield* trunkline(command(), ["export", "--no-details"], { env })
      assert.strictEqual(healed.code, 0, healed.stderr)
    }).pipe(Effect.provide(world)))
})
