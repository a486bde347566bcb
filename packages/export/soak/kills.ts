/**
 * Runs killed at every named step and at many random moments, some several times over, each finished by another run:
 * `npm run soak -- kills --seed 7 --moments 200`.
 */
import { Console, Effect, Random } from "effect"
import { parseArgs } from "node:util"
import { bundled, type Kill, killedAndFinished, undisturbed, world } from "../test/fixtures/kills.js"

const kills = (options: { readonly seed: number; readonly moments: number }) =>
  Effect.gen(function*() {
    const program = yield* bundled
    const { expected, milliseconds, steps } = yield* undisturbed(program)
    const names = [...new Set(steps)]
    const count = (step: string) => steps.filter((one) => one === step).length
    const named: ReadonlyArray<ReadonlyArray<Kill>> = names.flatMap((step) =>
      [...new Set([1, Math.ceil(count(step) / 2), count(step)])].map((occurrence) => [{ step, occurrence }])
    )
    const moment = Effect.map(Random.nextRange(0, milliseconds), (after): Kill => ({ after }))
    const random = yield* Effect.replicateEffect(
      Effect.flatMap(Random.nextIntBetween(1, 4), (times) => Effect.replicateEffect(moment, times)),
      options.moments
    )
    yield* Console.log(
      `Kills, seed ${options.seed}: ${named.length} at ${names.length} named steps, and ${random.length} folders at random`
    )
    let done = 0
    const landed = yield* Effect.forEach([...named, ...random], (kills) =>
      killedAndFinished({ program, name: JSON.stringify({ seed: options.seed, kills }), expected, kills }).pipe(
        Effect.scoped,
        Effect.tap(() => {
          done += 1
          return done % 25 === 0 ? Console.log(`${done} of ${named.length + random.length}`) : Effect.void
        })
      ), { concurrency: 1 })
    yield* Console.log(
      `All ended like the run that nobody disturbed. In ${
        landed.filter((one) => one > 0).length
      } of ${landed.length} something settled had landed, and none of it was read again`
    )
  }).pipe(Effect.withRandom(Random.make(options.seed)), Effect.provide(world), Effect.scoped)

const { values } = parseArgs({ options: { seed: { type: "string" }, moments: { type: "string" } } })

Effect.runFork(
  kills({
    seed: Number(values.seed ?? Math.trunc(performance.timeOrigin) % 100_000),
    moments: Number(values.moments ?? 200)
  }).pipe(Effect.catchAllCause((cause) =>
    Effect.zipRight(
      Console.error(cause),
      Effect.sync(() => {
        process.exitCode = 1
      })
    )
  ))
)
