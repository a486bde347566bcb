/** `trunkline export`: what is wrong with flags and settings is said before anything heavy is loaded. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Asked from "./asked.js"
import * as ChosenLake from "./chosenLake.js"
import * as Subject from "./subject.js"
import { InvalidFlag } from "./values.js"
import * as values from "./values.js"

interface OfAccounts extends Subject.OfSubject {
  readonly atOnce: Option.Option<string>
}

/** Flags that mean nothing where several accounts run, and how many run at once. */
export const ofAccounts = (flags: OfAccounts & Asked.OfRun, { accounts }: Subject.Accounts) =>
  Effect.gen(function*() {
    const atOnce = yield* values.maybe(
      flags.atOnce,
      (text) => values.whole("--at-once", text, { from: 1, to: 16 })
    )
    if (Option.isSome(flags.source)) {
      return yield* new InvalidFlag({
        flag: "--source",
        reason: "each account of a configuration has its source. Pick accounts with --account"
      })
    }
    if (flags.contact.length > 0 && accounts.length > 1) {
      return yield* new InvalidFlag({
        flag: "--contact",
        reason: "a contact belongs to one account. Name it with --account"
      })
    }
    return Option.getOrElse(atOnce, () => 4)
  })

interface Flags extends Asked.OfExport, OfAccounts {
  readonly dryRun: boolean
  readonly state: Option.Option<string>
}

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    // A flag that is wrong is wrong for every account.
    yield* Asked.options(flags)
    const { accounts, out } = yield* Subject.writing(flags)
    const lake = yield* ChosenLake.maybe(
      { flag: "--state", text: flags.state, allowHttp: flags.allowHttp, out },
      yield* Subject.configuration(flags)
    )
    if (accounts !== null) {
      const atOnce = yield* ofAccounts(flags, accounts)
      const { planOfAll, realOfAll } = yield* Effect.promise(() => import("./runningAll.js"))
      return yield* flags.dryRun ? planOfAll(flags, { accounts, atOnce }) : realOfAll(flags, { accounts, atOnce, lake })
    }
    const asked = yield* Asked.run(flags, out)
    const { plan, real } = yield* Effect.promise(() => import("./running.js"))
    return yield* flags.dryRun
      ? plan(flags, asked)
      : real(flags, asked, lake)
  })
