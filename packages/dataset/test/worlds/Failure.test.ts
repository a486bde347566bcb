/** A disk that fails at any step leaves a dataset that reads, and that the same process finishes when it works again. */
import { assert, describe, it } from "@effect/vitest"
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { assertReadable, before, state, undisturbed } from "../life.js"
import { live, phases, watched } from "../scenario.js"

const codes = ["ENOSPC", "EIO", "EACCES"]
const refused = (code: string) => Effect.fail(new DiskError({ step: "write", path: "x", code }))

describe("a disk that fails", () => {
  for (const code of codes) {
    it.scopedLive(
      `with ${code} at every step once, one after the other, costs nothing but the attempts`,
      () =>
        Effect.gen(function*() {
          const life = yield* undisturbed
          const out = join(life.root, "failing")
          const failed = new Set<string>()
          const counts = new Map<string, number>()
          let now = -1
          // The n-th step of a name in an attempt fails when it is reached for the first time, so that each attempt gets
          // one step further than the last.
          const fail = (step: string) =>
            Effect.suspend(() => {
              if (now < 0) return Effect.void
              const count = (counts.get(step) ?? 0) + 1
              counts.set(step, count)
              const name = `${now} ${step} ${count}`
              if (failed.has(name)) return Effect.void
              failed.add(name)
              return refused(code)
            })
          yield* watched(out, fail, (dataset) =>
            Effect.gen(function*() {
              for (const phase of phases) {
                for (let done = false; !done;) {
                  counts.clear()
                  const attempt = yield* Effect.either(live(dataset, phase, (begun) => {
                    now = begun === phase ? phase : -1
                  }))
                  now = -1
                  done = attempt._tag === "Right"
                  if (attempt._tag === "Left") {
                    assert.strictEqual("code" in attempt.left ? attempt.left.code : attempt.left._tag, code)
                    yield* assertReadable(life, dataset.session, out, phase)
                  }
                }
                assert.deepStrictEqual(yield* state(dataset), life.states[phase])
              }
            }))
          assert.isAbove(failed.size, 50)
        }),
      300_000
    )
  }

  it.scopedLive(
    "at the n-th step and at no other, for every n, costs nothing but the attempt",
    () =>
      Effect.gen(function*() {
        const life = yield* undisturbed
        yield* Effect.forEach(life.steps.filter(({ phase }) => phase >= 0), ({ name, occurrence, phase }, index) =>
          Effect.gen(function*() {
            const out = before(life, phase, `failed-${index}`)
            const code = codes[index % codes.length] ?? ""
            let now = -1
            let seen = 0
            const fail = (step: string) =>
              Effect.suspend(() => {
                if (now !== phase || step !== name) {
                  return Effect.void
                }
                seen += 1
                return seen === occurrence ? refused(code) : Effect.void
              })
            yield* watched(out, fail, (dataset) =>
              Effect.gen(function*() {
                const error = yield* Effect.flip(live(dataset, phase, (begun) => {
                  now = begun
                }))
                assert.strictEqual("code" in error ? error.code : error._tag, code, `${name} ${occurrence}`)
                now = -1
                yield* assertReadable(life, dataset.session, out, phase)
                yield* live(dataset, phase)
                assert.deepStrictEqual(yield* state(dataset), life.states[phase], `${name} ${occurrence}`)
              }))
          }), { concurrency: 2 })
      }),
    300_000
  )
})
