/** A comparison over vendors that agree with themselves: what it names, and that it holds where a run says that all is there. */
import { afterEach, assert, it } from "@effect/vitest"
import { Dataset } from "@trunkline/dataset"
import { compare } from "@trunkline/export/Compare"
import * as Export from "@trunkline/export/Export"
import { Stop } from "@trunkline/export/Stop"
import { DateTime, Duration, Effect } from "effect"
import type { Lies, Row, Vendor } from "../fixtures/coherent/history.js"
import { type KnobName, names } from "../fixtures/coherent/knobs.js"
import type { Making } from "../fixtures/coherent/making.js"
import { make } from "../fixtures/coherent/world.js"
import { day, hour } from "../fixtures/dice.js"
import * as InProcess from "../fixtures/inProcess.js"
import { memory } from "../fixtures/memory.js"

// Worlds in memory wait for nothing, so that vitest would not hear of its tests for more than a minute.
afterEach(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** One run, and a comparison some time later, when the world is another. */
const compared = (
  seed: number,
  { again = false, change = () => ({}), knob = "honest", later = hour, runs = 1, vendor = "allo" }: {
    readonly vendor?: Vendor
    /** Whether a run follows the change, before the comparison. */
    readonly again?: boolean
    readonly knob?: KnobName
    readonly later?: number
    readonly runs?: number
    readonly change?: (making: Making, settled: ReadonlyArray<Row>) => Partial<Lies>
  } = {}
) =>
  Effect.gen(function*() {
    const making = make(seed, [knob])
    const { begins, lies, lookback, since, world } = making
    const store = memory("memory")
    return yield* Effect.gen(function*() {
      let exitCode: number = 0
      for (let number = 0; number < runs; number++) {
        const lie = lies[number]
        if (lie === undefined) continue
        world.begin(Math.max(world.now + hour, begins[number] ?? 0), lie)
        exitCode = (yield* Export.run({
          runId: `run-${number + 1}`,
          since: number === 0 ? DateTime.unsafeMake(since) : undefined,
          lookback: Duration.millis(lookback)
        })).exitCode
      }
      const settled = world.rows.filter((row) =>
        row.vendor === vendor && world.isShown(row) && world.startOf(row) < world.now - 4 * day &&
        world.startOf(row) > since + 2 * day
      )
      const lie = lies[runs - 1]
      if (lie === undefined) return yield* Effect.dieMessage("there is no such run")
      const changed = { ...lie, ...change(making, settled) }
      if (again) {
        world.begin(world.now + hour, changed)
        yield* Export.run({ runId: "again", lookback: Duration.millis(lookback) })
      }
      const kept = () => JSON.stringify([...store.tables.values()].map((rows) => [...rows]))
      const before = kept()
      world.begin(world.now + later, changed)
      const comparison = yield* compare(store.service)
      assert.strictEqual(kept(), before)
      const old = comparison.differing.filter(({ settled }) => settled)
      return { comparison, exitCode, settled, old }
    }).pipe(
      Effect.provide(Stop.layer),
      Effect.withClock(InProcess.clock(() => world.now)),
      Effect.provide(InProcess.sources(world, [])),
      Effect.provideService(Dataset, store.service)
    )
  })

const seeds = Array.from({ length: 6 }, (_, index) => index + 1)

it.effect.each(seeds)(
  "seed %i: an account that stands still agrees, with both numbers",
  (seed) =>
    Effect.gen(function*() {
      const { comparison, old } = yield* compared(seed)
      assert.deepStrictEqual([comparison.exitCode, comparison.problems, old], [0, [], []])
      assert.deepStrictEqual(comparison.reconciled, { allo: true, allomia: true })
      assert.isAtLeast(comparison.counted.length, 5)
      for (const { here, there } of comparison.counted) assert.strictEqual(here, there)
    })
)

it.effect.each(seeds)(
  "seed %i: what came in the two weeks since the last run is young, and no fault",
  (seed) =>
    Effect.gen(function*() {
      const { comparison, old } = yield* compared(seed, {
        later: 14 * day,
        change: ({ add, world }) => {
          for (const vendor of ["allo", "allomia"] as const) {
            for (let made = 1; made < 12; made++) add({ vendor, at: world.now + made * day })
          }
          return {}
        }
      })
      assert.deepStrictEqual([comparison.exitCode, comparison.problems, old], [0, [], []])
      assert.deepStrictEqual(comparison.reconciled, { allo: true, allomia: true })
      const young = comparison.differing.filter(({ settled }) => !settled)
      assert.deepStrictEqual(new Set(young.map(({ source }) => source)), new Set(["allo", "allomia"]))
      for (const { missingHere } of young) assert.isAtLeast(missingHere.length, 11)
    })
)

for (const vendor of ["allo", "allomia"] as const) {
  it.effect.each(seeds)(
    `seed %i: a row that ${vendor} deleted is named until a run has marked it, and no fault`,
    (seed) =>
      Effect.gen(function*() {
        let gone = ""
        const change = ({ world }: Making, [row]: ReadonlyArray<Row>) => {
          if (row === undefined) return {}
          gone = row.id
          row.shown = [{ from: 0, to: world.now }]
          return {}
        }
        const { comparison, old } = yield* compared(seed, { vendor, change })
        assert.deepStrictEqual([comparison.exitCode, comparison.problems], [0, []])
        assert.deepStrictEqual(old.flatMap(({ missingThere }) => missingThere), [gone])
        assert.deepStrictEqual(old.flatMap(({ missingHere, unlisted }) => [...missingHere, ...unlisted]), [])
        assert.strictEqual(comparison.reconciled[vendor], true)
        const after = yield* compared(seed, { vendor, change, again: true })
        assert.deepStrictEqual([after.comparison.exitCode, after.old], [0, []])
      })
  )

  it.effect.each(seeds)(
    `seed %i: a row that came late into the settled past of ${vendor} is missing here`,
    (seed) =>
      Effect.gen(function*() {
        let late = ""
        const { comparison, old } = yield* compared(seed, {
          vendor,
          change: ({ add, world }, [row]) => {
            if (row === undefined) return {}
            const added = add({ vendor, at: world.startOf(row) + 90_000 })
            added.shown = [{ from: world.now, to: Number.POSITIVE_INFINITY }]
            late = added.id
            return {}
          }
        })
        assert.strictEqual(comparison.exitCode, 4)
        assert.deepStrictEqual(old.flatMap(({ missingHere }) => missingHere), [late])
        assert.deepStrictEqual(old.flatMap(({ missingThere }) => missingThere), [])
      })
  )
}

it.effect("an organisation that is not listed any more is a problem, and compared all the same", () =>
  Effect.gen(function*() {
    const { comparison } = yield* compared(1, { change: () => ({ unlisted: new Set(["org-1"]) }) })
    assert.deepStrictEqual(
      [comparison.exitCode, comparison.problems.map(({ scope, source, tag }) => [tag, source, scope])],
      [4, [["Vanished", "allomia", "org-1"]]]
    )
    assert.strictEqual(comparison.reconciled["allomia"], true)
  }))

it.effect("the account of somebody else is refused", () =>
  Effect.gen(function*() {
    const { comparison } = yield* compared(1, {
      change: ({ add, world }) => {
        for (let made = 1; made < 40; made++) add({ vendor: "allo", owner: "B", at: world.now - made * day })
        return { account: "B", team: "team-2" }
      }
    })
    assert.deepStrictEqual(
      [comparison.exitCode, comparison.problems.map(({ source, tag }) => [tag, source])],
      [2, [["OtherAccount", "allo"]]]
    )
    assert.deepStrictEqual(comparison.reconciled, { allo: null, allomia: true })
  }))

it.effect("rows that lists hide, and the whole account counts, are neither missing nor gone", () =>
  Effect.gen(function*() {
    const found = yield* Effect.forEach(seeds, (seed) =>
      compared(seed, {
        change: () => ({
          shards: [{
            vendor: "allo",
            hides: ({ number }) => number % 3 === 0,
            from: 0,
            to: Number.POSITIVE_INFINITY,
            unfiltered: false,
            byId: false
          }]
        })
      }))
    for (const { old } of found) {
      assert.deepStrictEqual(old.flatMap(({ missingHere, missingThere }) => [...missingHere, ...missingThere]), [])
    }
    // Most often the whole account agrees, and nothing is asked of its lists.
    assert.isAtLeast(found.filter(({ old }) => old.some(({ unlisted }) => unlisted.length > 0)).length, 1)
  }))

it.effect("rows that the whole account lacks, and that are answered by their ids, are unlisted and not gone", () =>
  Effect.gen(function*() {
    const found = yield* Effect.forEach(seeds, (seed) =>
      compared(seed, {
        change: () => ({
          shards: [{
            vendor: "allo",
            hides: ({ number }) => number % 3 === 0,
            from: 0,
            to: Number.POSITIVE_INFINITY,
            unfiltered: true,
            byId: false
          }]
        })
      }))
    for (const { old } of found) {
      assert.deepStrictEqual(old.flatMap(({ missingHere, missingThere }) => [...missingHere, ...missingThere]), [])
      assert.isNotEmpty(old.flatMap(({ unlisted }) => unlisted))
    }
  }))

it.effect.each(seeds)(
  "seed %i: an account whose totals are capped is compared by its windows",
  (seed) =>
    Effect.gen(function*() {
      const { comparison, exitCode, old } = yield* compared(seed, { knob: "capped-totals", runs: 2 })
      if (exitCode !== 0) return
      assert.deepStrictEqual([comparison.exitCode, comparison.problems, old], [0, [], []])
    })
)

it.effect.each(names.filter((name) => name !== "parts"))(
  "after runs over vendors that mislead by %s: where the last is certified, a comparison finds nothing missing",
  (knob) =>
    Effect.gen(function*() {
      const found = yield* Effect.forEach(seeds.slice(0, 2), (seed) => compared(seed, { knob, runs: 5 }))
      for (const { comparison, exitCode, old } of found.filter(({ exitCode }) => exitCode === 0)) {
        assert.deepStrictEqual(
          [exitCode, comparison.exitCode, comparison.problems, old.flatMap(({ missingHere }) => missingHere)],
          [0, 0, [], []]
        )
      }
    })
)
