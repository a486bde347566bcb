/**
 * Numbers of rows that were read again and are the same. To change each of them where it stands would write most pages of a large
 * ledger anew every night, so they stand apart, on few pages: a row has the number that stands here, or else that of its key.
 * Numbers decide between readings of one run, so they are forgotten by the next one, whose readings are all newer.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { LedgerError } from "../DatasetError.js"
import type { Ledger, Statements } from "../Ledger.js"

/** To be joined to a row of `keys`. */
export const join = (keys: string): string =>
  `LEFT JOIN renumbered ON renumbered.shelf = ${keys}.shelf AND renumbered.unit = ${keys}.unit`

/** What the numbers of a row of `keys` are now; with `join`. */
export const numbers = (keys: string): string => `coalesce(renumbered.numbers, ${keys}.numbers)`

/** How many groups were never read. That outlives the run, so it is written to the key where it changes. */
const unread = (numbers: string): string => `length(${numbers}) - length(replace(${numbers}, ':0', ''))`

const Count = Schema.Struct({ count: Schema.Number })

const Recorded = Schema.Struct({ recorded: Schema.Number, given: Schema.Number })

/**
 * Units with their numbers, as a JSON array, that stay in their partition. Returns whether that holds of all of them; where it does
 * not, all are to be written to their keys.
 */
export const record = (
  statements: Statements,
  { partition, shelf, units }: { readonly shelf: number; readonly partition: string | null; readonly units: string }
): Effect.Effect<boolean, LedgerError> =>
  Effect.gen(function*() {
    yield* statements.run(
      `INSERT OR REPLACE INTO renumbered SELECT shelf, unit, value ->> 1
        FROM json_each(?) CROSS JOIN keys ON shelf = ? AND unit = value ->> 0
        WHERE partition = coalesce(?, value ->> 2) AND ${unread("numbers")} = ${unread("(value ->> 1)")}`,
      units,
      shelf,
      partition
    )
    const [found] = yield* statements.all(
      Recorded,
      "SELECT changes() AS recorded, json_array_length(?) AS given",
      units
    )
    return found !== undefined && found.recorded === found.given
  })

/** Keys were written that have the newest numbers themselves: `units` is a query of them. */
export const forget = (
  statements: Statements,
  shelf: number,
  units: string,
  ...parameters: ReadonlyArray<string | number>
): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    const [some] = yield* statements.all(Count, "SELECT EXISTS (SELECT 1 FROM renumbered) AS count")
    if (some?.count === 0) return
    yield* statements.run(`DELETE FROM renumbered WHERE shelf = ? AND unit IN (${units})`, shelf, ...parameters)
  })

/** As a run begins, once nothing waits that was read before. Rows of several spellings are still compared by their numbers. */
export const forgetAll = (ledger: Ledger, isSpelled: boolean): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    const [waiting] = yield* ledger.all(Count, "SELECT count(*) AS count FROM landings WHERE published = 0")
    if (waiting?.count === 0 && isSpelled) yield* ledger.run("DELETE FROM renumbered")
  })
