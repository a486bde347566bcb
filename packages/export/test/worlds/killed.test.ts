/** A run that is killed costs the windows that were being read, and nothing else. */
import { assert, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { bundled, type Kill, killedAndFinished, undisturbed, world } from "../fixtures/kills.js"

const seed = Math.trunc(performance.timeOrigin) % 100_000

it.scopedLive(
  `killed at named steps and at random moments (seed ${seed}), the next run reads nothing twice that had landed, and comes to the same end`,
  () =>
    Effect.gen(function*() {
      const program = yield* bundled
      const { expected, milliseconds, steps } = yield* undisturbed(program)
      const count = (name: string) => steps.filter((step) => step === name).length
      const named = ["landing commit", "intent commit", "partition rename"]
      for (const name of named) assert.isAbove(count(name), 0, `${name} is no step: ${[...new Set(steps)].join(", ")}`)
      const at = (step: string): Effect.Effect<Kill> =>
        Effect.map(Random.nextIntBetween(1, count(step) + 1), (occurrence) => ({ step, occurrence }))
      const sometime: Effect.Effect<Kill> = Effect.map(Random.nextRange(0, milliseconds), (after) => ({ after }))
      const kills = yield* Effect.all([...named.map(at), sometime, sometime])
      const had = yield* Effect.forEach(kills, (kill) =>
        killedAndFinished({ program, name: JSON.stringify({ seed, ...kill }), expected, kills: [kill] }).pipe(
          Effect.scoped
        ))
      assert.isAbove(Math.max(...had), 0, "something had landed before one of them was killed")
    }).pipe(Effect.withRandom(Random.make(seed)), Effect.provide(world)),
  // Each moment is a process and a run of its own.
  600_000
)
