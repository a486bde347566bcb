/** `trunkline accept`: lists what stands and no run can mend, or accepts it by its number. */
import { Dataset } from "@trunkline/dataset/Dataset"
import type { Standing as Stands } from "@trunkline/dataset/DatasetReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Layers from "../Layers.js"
import { printJson, printLines } from "../terminal/Output.js"
import * as Accounts from "./accounts.js"
import * as Standing from "./standing.js"
import * as Subject from "./subject.js"

interface Flags extends Subject.OfSubject {
  readonly number: Option.Option<string>
}

/** As `--json` prints it. */
const shown = ({ acceptedAt, firstAt, kind, name, number, says, scope, source }: Stands) => ({
  number,
  kind,
  source,
  scope,
  name,
  since: Standing.iso(firstAt),
  says,
  accepted: Standing.iso(acceptedAt)
})

interface Listed extends Accounts.OfOne {
  readonly standing: ReadonlyArray<ReturnType<typeof shown>>
}

const listed = (out: string) =>
  Effect.map(
    Standing.reading(out, (dataset) => dataset.standing),
    (found): Listed => ({ standing: found.map(shown), out, exitCode: 0, problems: [] })
  )

const nothing = "Nothing stands"

const list = (flags: Flags, { accounts, out }: Subject.Subject) =>
  Effect.gen(function*() {
    if (accounts !== null) {
      const document = yield* Accounts.each({
        subject: accounts,
        failed: (entry) => ({ standing: [], ...entry }),
        work: ({ out }) => listed(out)
      })
      if (flags.json) yield* printJson(document)
      else yield* Standing.printOfAll(document.accounts, ({ standing }) => standing, nothing)
      return document.exitCode
    }
    const document = yield* listed(out)
    if (flags.json) yield* printJson(document)
    else yield* Standing.print(document.standing, nothing)
    return document.exitCode
  })

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const subject = yield* Subject.reading(flags)
    if (Option.isNone(flags.number)) return yield* list(flags, subject)
    const number = yield* Standing.numberOf(flags.number)
    const out = yield* Subject.one(subject, "a number is one of an account")
    const unknown = Standing.unknown(number, "trunkline accept")
    // Opening a dataset for writing would make one.
    const known = (yield* Standing.reading(out, (dataset) => dataset.standing)).find((one) => one.number === number)
    if (known === undefined) return yield* unknown
    const at = yield* DateTime.now
    const accepted = yield* Effect.flatMap(Dataset, (dataset) => dataset.accept(number, at)).pipe(
      Effect.provide(Layers.dataset({ out, partition: undefined, vendors: { allo: null, allomia: null } }))
    )
    if (!accepted) return yield* unknown
    const one = shown({ ...known, acceptedAt: known.acceptedAt ?? at })
    if (flags.json) yield* printJson({ ...one, out, exitCode: 0, problems: [] })
    else yield* printLines([`Accepted ${number}: ${one.kind}, ${one.source}, ${one.scope}, ${one.name}: ${one.says}`])
    return 0 as const
  })
