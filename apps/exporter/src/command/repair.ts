/** `trunkline repair`: what is wrong with flags and settings is said before anything heavy is loaded. */
import { NoDataset } from "@trunkline/dataset/DatasetError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Asked from "./asked.js"
import * as Subject from "./subject.js"
import { InvalidFlag } from "./values.js"

export interface Flags
  extends Subject.OfSubject, Pick<Asked.OfExport, "allowHttp" | "source" | "transcripts" | "noDetails" | "concurrency">
{}

/** What a run is asked that reads whatever is missing. */
const missing = {
  ...Asked.nothingMore,
  since: Option.none(),
  until: Option.none(),
  full: false,
  lookback: Option.none(),
  contact: []
}

const asked = (flags: Flags, { accounts, out }: Subject.Subject) =>
  Effect.gen(function*() {
    const whole = { ...flags, ...missing }
    if (accounts === null) return yield* Asked.run(whole, out)
    const [first, ...others] = accounts.accounts
    return first !== undefined && others.length === 0 ? yield* Asked.ofAccount(whole, first) : yield* new InvalidFlag({
      flag: "--account",
      reason: "is missing: one account is repaired at a time"
    })
  })

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const run = yield* asked(flags, yield* Subject.writing(flags))
    if (!(yield* Subject.isRepairable(run.out))) return yield* new NoDataset({ out: run.out })
    const { real } = yield* Effect.promise(() => import("./repairing.js"))
    return yield* real(flags, run)
  })
