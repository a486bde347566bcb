/**
 * Sources whose rows hold tokens in the place of people's numbers. Vendors are asked with clear numbers, which come from them or
 * from the command line, and never from the dataset.
 */
import { Masking } from "@trunkline/calls"
import type { DatasetError } from "@trunkline/dataset"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import type { Hashes } from "@trunkline/dataset/Mask"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Connected, Entry, Row, Sighting, Source } from "../Source.js"
import * as Hidden from "./hidden.js"
import * as Listings from "./listings.js"

const maskedRow = (masking: Masking.Masking, { groups, row, table }: Row): Row => ({
  table,
  groups,
  row: masking.row(table.name, { ...row })
})

/** The key of a record may be a number, or be made of one. */
const keyOf = ({ key, rows }: Entry, masked: ReadonlyArray<Row>): string => {
  for (const [place, { row, table }] of rows.entries()) {
    const after = masked[place]?.row
    if (!Listings.isColumns(row) || after === undefined || !Listings.isColumns(after)) continue
    // A message of a history is named by the last column of its key, a conversation by all of them.
    for (const columns of [table.key, table.key.slice(-1)]) {
      if (Listings.keyOf(columns, row) === key) return Listings.keyOf(columns, after)
    }
  }
  return key
}

const atOf = ({ stamps }: Pick<Entry, "stamps">): number => Math.max(...stamps.map(({ epochMillis }) => epochMillis))

const changeOf = (hashes: Hashes, { feeds }: Connected): Listings.Change => {
  const masking = Masking.make({ hashes, lines: feeds?.all?.map(({ id }) => id) ?? [] })
  const newest = new Map<string, Pick<Entry, "key" | "stamps">>()
  return (_, page, feed) => ({
    ...page,
    entries: page.entries.map((entry): Entry => {
      const rows = entry.rows.map((row) => maskedRow(masking, row))
      const key = keyOf(entry, rows)
      if (key === entry.key) return { ...entry, rows, key }
      // A vendor may list a number in two spellings, which have one token: the one that was active last is the row.
      const known = newest.get(key)
      const isNewest = known === undefined || known.key === entry.key || atOf(known) < atOf(entry)
      if (isNewest) newest.set(key, { key: entry.key, stamps: entry.stamps })
      return { ...entry, rows: isNewest ? rows : [], key, apart: entry.key }
    }),
    refused: page.refused.map((row) => ({ ...row, raw: Redacted.make(masking.record(Redacted.value(row.raw), feed)) }))
  })
}

const sightingOf = (masking: Masking.Masking) => (sighting: Sighting): Sighting => {
  const masked = masking.row(sighting.table.name, sighting.row)
  const row = Object.entries(sighting.row).map(([name, value]) => {
    const text = masked[name]
    return [name, typeof text === "string" ? text : value] as const
  })
  return { ...sighting, row: Object.fromEntries(row) }
}

/** The sources as the dataset may keep what they answer: people who were erased are known by their clear numbers. */
export const sources = (
  dataset: Pick<Readable, "hiding" | "mask">,
  all: ReadonlyArray<Source>
): Effect.Effect<ReadonlyArray<Source>, DatasetError.MaskError | DatasetError.LedgerError> =>
  Effect.gen(function*() {
    const hidden = yield* Hidden.sources(dataset, all)
    const hashes = yield* dataset.mask
    return hashes === null ? hidden : hidden.map((source): Source => ({
      ...Listings.scopes(source, (scope) => Listings.connected(scope, changeOf(hashes, scope))),
      seen: Effect.map(source.seen, (sightings) => sightings.map(sightingOf(Masking.make({ hashes }))))
    }))
  })
