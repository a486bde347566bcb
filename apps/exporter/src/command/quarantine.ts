/** `trunkline quarantine`: rows that could not be read, the text of one, and that it may stay so. */
import type { Quarantined } from "@trunkline/dataset/DatasetReader"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { printJson, printLines } from "../terminal/Output.js"
import * as Accept from "./accept.js"
import * as Asked from "./asked.js"
import * as Standing from "./standing.js"
import { InvalidFlag } from "./values.js"

interface Flags extends Asked.OfDataset {
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

const list = (flags: Flags) =>
  Effect.gen(function*() {
    const out = yield* Asked.out(flags.out)
    const rows = (yield* Standing.reading(out, (dataset) => dataset.quarantine)).map(shown)
    if (flags.json) yield* printJson({ rows, out, exitCode: 0, problems: [] })
    else yield* Standing.print(rows, "No row is in quarantine")
    return 0 as const
  })

const show = (flags: Flags) =>
  Effect.gen(function*() {
    const number = yield* Standing.numberOf(flags.number)
    const out = yield* Asked.out(flags.out)
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
