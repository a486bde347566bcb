/** `trunkline export`: what is wrong with flags and settings is said before anything heavy is loaded. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Asked from "./asked.js"

interface Flags extends Asked.OfRun {
  readonly partition: Option.Option<"month" | "day">
  readonly dryRun: boolean
}

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const asked = yield* Asked.run(flags)
    const { plan, real } = yield* Effect.promise(() => import("./running.js"))
    return yield* flags.dryRun ? plan(flags, asked) : real(flags, asked, Option.getOrUndefined(flags.partition))
  })
