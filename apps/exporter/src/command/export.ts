/** `trunkline export`: what is wrong with flags and settings is said before anything heavy is loaded. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Asked from "./asked.js"
import * as values from "./values.js"

interface Flags extends Asked.OfRun {
  readonly acceptGone: boolean
  readonly refresh: Option.Option<string>
  readonly sameAccount: boolean
  readonly partition: Option.Option<"month" | "day">
  readonly dryRun: boolean
}

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const { acceptGone, sameAccount } = flags
    const refresh = yield* values.maybe(flags.refresh, (text) => values.whole("--refresh", text, { from: 0, to: 365 }))
    const run = yield* Asked.run(flags)
    const asked = {
      ...run,
      options: { ...run.options, acceptGone, sameAccount, refresh: Option.getOrUndefined(refresh) }
    }
    const { plan, real } = yield* Effect.promise(() => import("./running.js"))
    return yield* flags.dryRun ? plan(flags, asked) : real(flags, asked, Option.getOrUndefined(flags.partition))
  })
