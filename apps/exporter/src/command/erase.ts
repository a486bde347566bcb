/** `trunkline erase`: who it is comes from flags or stdin, and is said nowhere again. */
import { count, many } from "@trunkline/analytics/Words"
import * as PhoneNumber from "@trunkline/calls/PhoneNumber"
import { NoDataset } from "@trunkline/dataset/DatasetError"
import type { Who } from "@trunkline/dataset/Erase"
import * as Erase from "@trunkline/export/Erase"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Layers from "../Layers.js"
import { Process } from "../Process.js"
import { printJson, printLines } from "../terminal/Output.js"
import { version } from "../Version.js"
import * as Accounts from "./accounts.js"
import * as Asked from "./asked.js"
import * as Standing from "./standing.js"
import { stdin } from "./stdin.js"
import * as Subject from "./subject.js"
import { problemLines } from "./summary.js"
import { InvalidFlag } from "./values.js"

export interface Flags extends Subject.OfSubject, Asked.Common {
  readonly person: Option.Option<string>
  readonly number: Option.Option<string>
  readonly contact: Option.Option<string>
  readonly forget: boolean
  readonly rows: boolean
}

/** As `--json` prints it. */
interface Document extends Accounts.OfOne {
  /** `erased`, `erased before`, `forgotten`, or `unknown` where there was nobody to forget. */
  readonly what: "erased" | "erased before" | "forgotten" | "unknown"
  readonly runId: string | null
  readonly changed: Readonly<Record<string, number>>
  readonly left: Readonly<Record<string, number>>
  readonly quarantined: number
  readonly removed: number
}

type Given = { readonly number: Redacted.Redacted } | { readonly contact: Redacted.Redacted }

const given = (flags: Flags) =>
  Effect.gen(function*() {
    const numbers = [flags.person, flags.number].flatMap(Option.toArray)
    const contacts = Option.toArray(flags.contact)
    const [text, ...others] = [...numbers, ...contacts]
    if (text === undefined) {
      return yield* new InvalidFlag({
        flag: "--number",
        reason: "is missing. Give a number with its country, --contact ID, or - to read one from stdin"
      })
    }
    if (others.length > 0) {
      return yield* new InvalidFlag({ flag: "--number", reason: "one person is erased at a time. Keep one of them" })
    }
    if (flags.forget && flags.rows) {
      return yield* new InvalidFlag({ flag: "--rows", reason: "says what leaves, and --forget lets nobody leave" })
    }
    const word = Redacted.make((text === "-" ? yield* stdin : text).trim())
    const asked: Given = contacts.length > 0 ? { contact: word } : { number: word }
    return asked
  })

/** The lines of a dataset. */
const linesOf = (out: string) =>
  Standing.reading(out, (dataset) =>
    Effect.gen(function*() {
      const found = yield* Effect.forEach(yield* dataset.sources, (source) => dataset.seen("lines", source))
      return found.flat().flatMap(({ number }) => {
        const line = typeof number === "string" ? PhoneNumber.make(number) : null
        return line === null ? [] : [line]
      })
    }))

const noNumber = new InvalidFlag({
  flag: "--number",
  reason: "is no phone number with its country, such as +33 6 … or 0033 6 …"
})

/** A number without its country is one of the country that all lines are of. */
const numberOf = (text: string, lines: ReadonlyArray<PhoneNumber.PhoneNumber>) => {
  const homes = [...new Set(lines.map(({ callingCode }) => callingCode))]
  const known = PhoneNumber.make(text) ?? (homes.length === 1 ? PhoneNumber.make(text, homes[0]) : null)
  if (known === null) return noNumber
  const digits = PhoneNumber.digits(known)
  return lines.some((line) => PhoneNumber.digits(line) === digits)
    ? new InvalidFlag({ flag: "--number", reason: "is a line of yours: its calls are those of everybody" })
    : Effect.succeed(`+${digits}`)
}

const whoIn = (out: string, asked: Given) =>
  "contact" in asked
    ? Redacted.value(asked.contact) === ""
      ? new InvalidFlag({ flag: "--contact", reason: "is empty" })
      : Effect.succeed<Who>(asked)
    : Effect.map(
      Effect.flatMap(linesOf(out), (lines) => numberOf(Redacted.value(asked.number), lines)),
      (number): Who => ({ number: Redacted.make(number) })
    )

const nothing = { runId: null, changed: {}, left: {}, quarantined: 0, removed: 0 }

const perform = (out: string, flags: Flags, asked: Given, account: Subject.Account | null = null) =>
  Effect.gen(function*() {
    if (!(yield* Subject.isDataset(out))) return yield* new NoDataset({ out })
    const who = yield* whoIn(out, asked)
    const dataset = Layers.dataset({
      out,
      partition: undefined,
      vendors: { allo: null, allomia: null },
      mask: { file: yield* Asked.maskKey(account) }
    })
    if (flags.forget) {
      const found = yield* Effect.provide(Erase.forget({ who, version }), dataset)
      const document: Document = {
        ...nothing,
        what: found ? "forgotten" : "unknown",
        out,
        exitCode: 0,
        problems: []
      }
      return document
    }
    const report = yield* Effect.provide(Erase.run({ who, rows: flags.rows, version }), dataset)
    if (report === null) return yield* noNumber
    const { known, ...said } = report
    const document: Document = { ...said, what: known ? "erased before" : "erased", out }
    return document
  })

const rows = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts).map(([table, rows]) => `${count(rows)} ${table}`).join(", ")

const linesFor = ({ changed, left, quarantined, removed, what }: Document): ReadonlyArray<string> => {
  if (what === "unknown") return ["Nobody is remembered so: nothing was changed"]
  if (what === "forgotten") return ["Forgotten: the next export reads this person again"]
  const lines = [
    ...Object.keys(changed).length > 0 ? [`Changed  ${rows(changed)}: what is left of them names nobody`] : [],
    ...Object.keys(left).length > 0 ? [`Left     ${rows(left)}`] : [],
    ...quarantined > 0 ? [`Emptied  ${many(quarantined, "row")} in quarantine`] : [],
    ...removed > 0 ? [`Removed  ${many(removed, "file")} that a repair set aside or an upgrade kept`] : []
  ]
  return [
    what === "erased before"
      ? lines.length === 0 ? "Erased before, and nothing was left" : "Erased before. This was left:"
      : lines.length === 0
      ? "Erased: no row named this person, and none will"
      : "Erased: no later export brings this person back",
    ...lines
  ]
}

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const asked = yield* given(flags)
    const { accounts, out } = yield* Subject.writing(flags)
    const { screen } = yield* Process
    if (accounts !== null) {
      const document = yield* Accounts.each({
        subject: accounts,
        failed: (entry): Document => ({ ...nothing, what: "unknown", ...entry }),
        work: (account) => perform(account.out, flags, asked, account)
      })
      return yield* Accounts.print(
        flags,
        document,
        document.accounts.flatMap((entry) =>
          entry.problems.length > 0 && entry.runId === null
            ? [`${entry.account}: nothing was done`]
            : linesFor(entry).map((line, place) => place === 0 ? `${entry.account}: ${line}` : line)
        )
      )
    }
    const document = yield* perform(out, flags, asked)
    if (document.problems.length > 0) screen.say(problemLines(document.problems), "ERROR")
    if (flags.json) yield* printJson(document)
    else yield* printLines(linesFor(document))
    return document.exitCode
  })
