/** `trunkline quarantine`: rows that could not be read, the text of one, and that it may stay so. */
import type { Quarantined } from "@trunkline/dataset/DatasetReader"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { printJson, printLines } from "../terminal/Output.js"
import * as Accept from "./accept.js"
import * as Accounts from "./accounts.js"
import * as Standing from "./standing.js"
import * as Subject from "./subject.js"
import { InvalidFlag } from "./values.js"

interface Flags extends Subject.OfSubject {
  readonly action: Option.Option<string>
  readonly number: Option.Option<string>
}

/** As `--json` prints it: never the text. */
const shown = ({ acceptedAt, firstAt, number, reason, scope, source, stream }: Quarantined) => ({
  number,
  source,
  scope,
  stream,
  since: Standing.iso(firstAt),
  reason,
  accepted: Standing.iso(acceptedAt)
})

interface Listed extends Accounts.OfOne {
  readonly rows: ReadonlyArray<ReturnType<typeof shown>>
}

const listed = (out: string) =>
  Effect.map(
    Standing.reading(out, (dataset) => dataset.quarantine),
    (found): Listed => ({ rows: found.map(shown), out, exitCode: 0, problems: [] })
  )

const nothing = "No row is in quarantine"

const list = (flags: Flags) =>
  Effect.gen(function*() {
    const { accounts, out } = yield* Subject.reading(flags)
    if (accounts !== null) {
      const document = yield* Accounts.each({
        subject: accounts,
        failed: (entry) => ({ rows: [], ...entry }),
        work: ({ out }) => listed(out)
      })
      if (flags.json) yield* printJson(document)
      else yield* Standing.printOfAll(document.accounts, ({ rows }) => rows, nothing)
      return document.exitCode
    }
    const document = yield* listed(out)
    if (flags.json) yield* printJson(document)
    else yield* Standing.print(document.rows, nothing)
    return document.exitCode
  })

const show = (flags: Flags) =>
  Effect.gen(function*() {
    const number = yield* Standing.numberOf(flags.number)
    const out = yield* Subject.one(yield* Subject.reading(flags), "a number is one of an account")
    const { row, text } = yield* Standing.reading(out, (dataset) =>
      Effect.all({
        row: Effect.map(dataset.quarantine, (rows) => rows.find((one) => one.number === number)),
        text: dataset.refused(number)
      }))
    if (row === undefined || Option.isNone(text)) {
      return yield* Standing.unknown(number, "trunkline quarantine")
    }
    if (flags.json) yield* printJson({ ...shown(row), text: text.value, out, exitCode: 0, problems: [] })
    else yield* printLines([text.value])
    return 0 as const
  })

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const action = Option.getOrElse(flags.action, () => "list")
    if (action === "show") return yield* show(flags)
    if (action === "accept") {
      yield* Standing.numberOf(flags.number)
      return yield* Accept.run(flags)
    }
    if (action === "list" && Option.isNone(flags.number)) return yield* list(flags)
    return yield* new InvalidFlag({ flag: "quarantine", reason: "takes list, show N or accept N" })
  })
