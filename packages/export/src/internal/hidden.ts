/** Hides people before anything else sees what was read of them: rows, keys, proofs and comparisons know what is left. */
import type { Readable } from "@trunkline/dataset/DatasetReader"
import type { Hiding, Trace } from "@trunkline/dataset/Hiding"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Entry, Row, Source } from "../Source.js"
import * as Listings from "./listings.js"

const entryOf = (hiding: Hiding, source: string, entry: Entry): Entry => {
  const traces: Array<Trace> = []
  let { detail, key, lines } = entry
  const rows = entry.rows.flatMap((one): ReadonlyArray<Row> => {
    const { row, table } = one
    if (!Listings.isColumns(row)) return [one]
    const kept = hiding.row(source, table, row)
    if (kept.trace !== null) {
      traces.push(kept.trace)
      lines = null
    }
    const isKey = key === Listings.keyOf(table.key, row)
    if (kept.row === null) {
      if (kept.trace !== null && isKey) key = kept.trace.unit
      detail = null
      lines = null
      return []
    }
    if (kept.row === row) return [one]
    if (isKey) key = Listings.keyOf(table.key, kept.row)
    return [{ ...one, row: kept.row }]
  })
  return traces.length === 0 && rows.every((row, place) => row === entry.rows[place])
    ? entry
    : { ...entry, key, rows, lines, detail, traces, ...key === entry.key ? {} : { id: undefined } }
}

/** The sources as the dataset may keep what they answer. */
export const sources = (
  dataset: Pick<Readable, "hiding">,
  all: ReadonlyArray<Source>
): Effect.Effect<ReadonlyArray<Source>> =>
  Effect.map(
    dataset.hiding,
    (hiding) =>
      hiding === null ?
        all :
        all.map((source) =>
          Listings.scopes(source, (scope) =>
            Listings.connected(scope, (name, page) => ({
              ...page,
              entries: page.entries.map((entry) => entryOf(hiding, name, entry)),
              refused: page.refused.map((row) => {
                const raw = Redacted.value(row.raw)
                const text = hiding.text(name, raw)
                return text === raw ? row : { ...row, raw: Redacted.make(text) }
              })
            })))
        )
  )
