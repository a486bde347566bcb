/** A disk that fails at any step leaves a dataset that reads, and that the same process finishes when it works again. */
import { assert, describe, it } from "@effect/vitest"
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import { assertReadable, before, state, undisturbed } from "./life.js"
import { live, watched } from "./scenario.js"

const codes = ["ENOSPC", "EIO", "EACCES"]

describe("a disk that fails", () => {
  it.scopedLive("at the n-th step, for every n, costs nothing but the attempt", () =>
    Effect.gen(function*() {
      const life = yield* undisturbed
      const steps = life.steps.filter(({ phase }) => phase >= 0)
      yield* Effect.forEach(steps, ({ name, occurrence, phase }, index) =>
        Effect.gen(function*() {
          const out = before(life, phase, `failed-${index}`)
          const code = codes[index % codes.length] ?? ""
          let now = -1
          let seen = 0
          const fail = (step: string) =>
            Effect.suspend(() => {
              if (now !== phase || step !== name) return Effect.void
              seen += 1
              return seen === occurrence ? Effect.fail(new DiskError({ step: "write", path: "x", code })) : Effect.void
            })
          yield* watched(out, fail, (dataset) =>
            Effect.gen(function*() {
              const error = yield* Effect.flip(live(dataset, phase, (begun) => {
                now = begun
              }))
              assert.strictEqual("code" in error ? error.code : error._tag, code, `${phase} ${name} ${occurrence}`)
              now = -1
              yield* assertReadable(life, out, phase)
              yield* live(dataset, phase)
              assert.deepStrictEqual(yield* state(dataset), life.states[phase], `${phase} ${name} ${occurrence}`)
            }))
        }), { concurrency: 2 })
    }), 300_000)
})
