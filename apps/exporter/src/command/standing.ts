/** What stands in a dataset: how it is read, found by its number, and shown. */
import * as Table from "@trunkline/analytics/TextTable"
import { NoDataset } from "@trunkline/dataset/DatasetError"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Output, printLines } from "../terminal/Output.js"
import { reader } from "./running.js"
import { minute } from "./summary.js"
import { InvalidFlag } from "./values.js"
import * as values from "./values.js"

/** Asks the dataset of a folder, which has to be there. */
export const reading = <A, E>(out: string, ask: (dataset: Readable) => Effect.Effect<A, E>) =>
  Effect.scoped(Effect.gen(function*() {
    const dataset = yield* reader(out)
    if (Option.isNone(dataset)) return yield* new NoDataset({ out })
    return yield* ask(dataset.value)
  }))

/** The number that is typed behind a command. */
export const numberOf = (text: Option.Option<string>) =>
  Option.match(text, {
    onNone: () => Effect.fail(new InvalidFlag({ flag: "N", reason: "is missing. Give the number of what stands" })),
    onSome: (text) => values.whole("N", text, { from: 1, to: Number.MAX_SAFE_INTEGER })
  })

export const unknown = (number: number, lists: string) =>
  new InvalidFlag({ flag: "N", reason: `nothing stands under ${number}. ${lists} names what does` })

export const iso = (instant: DateTime.Utc | null): string | null =>
  instant === null ? null : DateTime.formatIso(instant)

/** As a table; dates to the minute. */
export const print = (
  rows: ReadonlyArray<Readonly<Record<string, string | number | null>>>,
  nothing: string
): Effect.Effect<void, never, Output> =>
  Effect.gen(function*() {
    const [first] = rows
    if (first === undefined) return yield* printLines([nothing])
    const names = Object.keys(first)
    const cells = rows.map((row) =>
      names.map((name) => {
        const value = row[name] ?? ""
        return (name === "since" || name === "accepted") && value !== "" ? minute(String(value)) : String(value)
      })
    )
    const { columns, terminal } = yield* Output
    const layout = Table.layout(
      names.map((name) => ({ name, right: name === "number" })),
      cells,
      terminal ? columns : null
    )
    yield* printLines([
      ...Table.head(layout, terminal),
      ...cells.map((row) => Table.line(layout, row, terminal))
    ])
  })

/** The rows of all accounts in one table, with the account of each. */
export const printOfAll = <Entry extends { readonly account: string }>(
  accounts: ReadonlyArray<Entry>,
  rowsOf: (entry: Entry) => Parameters<typeof print>[0],
  nothing: string
) => print(accounts.flatMap((entry) => rowsOf(entry).map((row) => ({ account: entry.account, ...row }))), nothing)
