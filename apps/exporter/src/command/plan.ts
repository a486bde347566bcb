/** `trunkline plan`: what a run would read and how long it would take, from counts alone. */
import * as Effect from "effect/Effect"
import * as Asked from "./asked.js"

export const run = (flags: Asked.OfRun) =>
  Effect.gen(function*() {
    const asked = yield* Asked.run(flags)
    const { plan } = yield* Effect.promise(() => import("./running.js"))
    return yield* plan(flags, asked)
  })
