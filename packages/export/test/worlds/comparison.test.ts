/** A comparison over vendors that agree with themselves: what it names, and that it holds where a run says that all is there. */
import { assert, it } from "@effect/vitest"
import { Dataset } from "@trunkline/dataset"
import { compare } from "@trunkline/export/Compare"
import * as Export from "@trunkline/export/Export"
import { Stop } from "@trunkline/export/Stop"
import { DateTime, Duration, Effect } from "effect"
import type { Lies, Row } from "../fixtures/coherent/history.js"
import { type KnobName, names } from "../fixtures/coherent/knobs.js"
import type { Making } from "../fixtures/coherent/making.js"
import { make } from "../fixtures/coherent/world.js"
import { day, hour } from "../fixtures/dice.js"
import * as InProcess from "../fixtures/inProcess.js"
import { memory } from "../fixtures/memory.js"

/** One run, and a comparison an hour later, when the world is another. */
const compared = (
  seed: number,
  { change = () => ({}), knob = "honest", runs = 1 }: {
    readonly knob?: KnobName
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
        row.vendor === "allo" && world.isShown(row) && world.startOf(row) < world.now - 4 * day &&
        world.startOf(row) > since + 2 * day
      )
      const lie = lies[runs - 1]
      if (lie === undefined) return yield* Effect.dieMessage("there is no such run")
      const kept = () => JSON.stringify([...store.tables.values()].map((rows) => [...rows]))
      const before = kept()
      world.begin(world.now + hour, { ...lie, ...change(making, settled) })
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

const seeds = Array.from({ length: 10 }, (_, index) => index + 1)

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

it.effect.each(seeds)("seed %i: a row that was deleted is named, and no fault", (seed) =>
  Effect.gen(function*() {
    let gone = ""
    const { comparison, old } = yield* compared(seed, {
      change: ({ world }, [row]) => {
        if (row === undefined) return {}
        gone = row.id
        row.shown = [{ from: 0, to: world.now }]
        return {}
      }
    })
    assert.deepStrictEqual([comparison.exitCode, comparison.problems], [0, []])
    assert.deepStrictEqual(old.flatMap(({ missingThere }) => missingThere), [gone])
    assert.deepStrictEqual(old.flatMap(({ missingHere, unlisted }) => [...missingHere, ...unlisted]), [])
    assert.strictEqual(comparison.reconciled["allo"], true)
  }))

it.effect.each(seeds)(
  "seed %i: a row that came late into the settled past is missing here",
  (seed) =>
    Effect.gen(function*() {
      let late = ""
      const { comparison, old } = yield* compared(seed, {
        change: ({ add, world }, [row]) => {
          if (row === undefined) return {}
          late = add({ vendor: "allo", at: world.startOf(row) + 90_000 }).id
          const added = world.rows.at(-1)
          if (added !== undefined) added.shown = [{ from: world.now, to: Number.POSITIVE_INFINITY }]
          return {}
        }
      })
      assert.strictEqual(comparison.exitCode, 4)
      assert.deepStrictEqual(old.flatMap(({ missingHere }) => missingHere), [late])
      assert.deepStrictEqual(old.flatMap(({ missingThere }) => missingThere), [])
    })
)

it.effect("rows that lists hide, and the whole account counts, are unlisted and not gone", () =>
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
    // Where the edges of days are not exact, nothing but the whole account is counted.
    assert.isAtLeast(found.filter(({ old }) => old.some(({ unlisted }) => unlisted.length > 0)).length, 8)
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
      const found = yield* Effect.forEach(seeds.slice(0, 4), (seed) => compared(seed, { knob, runs: 5 }))
      for (const { comparison, exitCode, old } of found.filter(({ exitCode }) => exitCode === 0)) {
        assert.deepStrictEqual(
          [exitCode, comparison.exitCode, comparison.problems, old.flatMap(({ missingHere }) => missingHere)],
          [0, 0, [], []]
        )
      }
    })
)
