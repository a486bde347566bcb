/** Worlds that move and worlds that mislead: the simulations of the engine, seed by seed. */
import * as Effect from "effect/Effect"
import { rmSync } from "node:fs"
import { simulate as simulateCoherent } from "../../../../packages/export/test/fixtures/coherent/world.js"
import { folder } from "../../../../packages/export/test/fixtures/inProcess.js"
import { live, profiles } from "../../../../packages/export/test/fixtures/moving.js"
import { simulate } from "../../../../packages/export/test/fixtures/small.js"
import { type Case, type Row, wrongOf } from "../Row.js"

const seedOf = ({ number, seed }: Case): number => (seed % 100_000) * 10_000 + number + 1

export const moving: Row = {
  name: "moving",
  words: "Inserts, deletes, jumps, ties, late and edited facts, in memory",
  cases: { whole: 3000, ten: 240, one: 4, soak: 0 },
  seconds: 60,
  make: Effect.map(
    Effect.acquireRelease(
      Effect.sync(folder),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    ),
    (out) => (one) => Effect.map(simulate(seedOf(one), out), ({ wrong }) => wrong.map(wrongOf))
  )
}

export const served: Row = {
  name: "served",
  words: "The same over HTTP and files, calm, flaky and in a storm",
  cases: { whole: 60, ten: 9, one: 0, soak: 0 },
  seconds: 300,
  make: Effect.succeed((one) =>
    Effect.map(live(seedOf(one), profiles[one.number % profiles.length] ?? "calm"), ({ wrong }) => wrong.map(wrongOf))
  )
}

export const coherent: Row = {
  name: "coherent",
  words: "Vendors that agree with themselves and mislead, in one to three ways at once",
  cases: { whole: 1000, ten: 100, one: 2, soak: 0 },
  seconds: 120,
  make: Effect.succeed((one) =>
    Effect.map(
      simulateCoherent(seedOf(one)),
      // A world that is named and not certified in time misleads nobody.
      ({ wrong }) => wrong.filter((text) => !text.includes(" STILL: ")).map(wrongOf)
    )
  )
}
