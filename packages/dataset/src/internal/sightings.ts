/** Rows of tables that say who and what was met: one per key, with when it was first and last seen. They stand in the ledger. */
import type * as Table from "@trunkline/parquet/Table"
import * as Array from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import type { LedgerError, QueryError } from "../DatasetError.js"
import * as Finding from "../Finding.js"
import type { Statements } from "../Ledger.js"
import type { Connection } from "../Session.js"
import * as FromLedger from "./fromLedger.js"
import { type Opened, shelfOf } from "./opened.js"
import * as Sql from "./sql.js"

/** Without the columns `first_seen_at` and `last_seen_at`, which every such table has. */
export interface Sighting {
  readonly table: Pick<Table.Any, "name" | "key">
  readonly row: Readonly<Record<string, string | null>>
  /** When the record that shows it was made. When it was read, if left out. Of two values the newer one stays. */
  readonly asOf?: DateTime.Utc | undefined
}

export interface Seen {
  readonly source: string
  readonly at: DateTime.Utc
  readonly sightings: ReadonlyArray<Sighting>
}

/** When a row was seen. */
export const stamps = ["first_seen_at", "last_seen_at"]

/** Whether the rows of a table say who or what was met. */
export const isOf = ({ columns }: Pick<Table.Any, "columns">): boolean =>
  stamps.every((stamp) => columns.some(({ name }) => name === stamp))

/** Beside the columns of a row in the ledger: as of when each of them is known. It is not published. */
const ages = "as of"

const Row = Schema.Struct(
  { [ages]: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.Number }), { exact: true }) },
  { key: Schema.String, value: Schema.Unknown }
)
type Row = typeof Row.Type

/** What is not known takes nothing away from what is, nor does an older record from what a newer one says. */
const merged = (before: Row | undefined, { asOf, row }: Sighting, at: DateTime.Utc): Row => {
  const age = (asOf ?? at).epochMillis
  const known = before?.[ages] ?? {}
  const newer = Object.entries(row).flatMap(([name, value]) =>
    value === null || age < (known[name] ?? -Infinity) ? [] : [[name, Sql.wellFormed(value)] as const]
  )
  return {
    ...before,
    ...Object.fromEntries(newer),
    [ages]: { ...known, ...Object.fromEntries(newer.map(([name]) => [name, age])) }
  }
}

// The driver ends text at its first NUL, and JSON holds none.
const Unit = Schema.parseJson(Schema.String)

const KnownRow = Schema.Struct({ unit: Unit, row: Schema.parseJson(Row) })

/** Remembers them. Tables that the dataset does not have are left out. */
export const see = (opened: Opened, { at, sightings, source }: Seen): Effect.Effect<void, LedgerError> => {
  const kept = sightings.filter(({ table }) => opened.tables.has(table.name))
  if (kept.length === 0) return Effect.void
  return opened.ledger.transaction(
    "state commit",
    (statements) =>
      Effect.forEach(Object.values(Array.groupBy(kept, ({ table }) => table.name)), (found) =>
        Effect.gen(function*() {
          const { id } = yield* shelfOf(statements, found[0].table.name, source)
          const given = found.map((sighting) => ({
            unit: Sql.unitOf(sighting.table.key.map((column) => Sql.wellFormed(sighting.row[column] ?? ""))),
            sighting
          }))
          const known = yield* statements.all(
            KnownRow,
            `SELECT json_quote(unit) AS unit, row FROM sightings
              WHERE shelf = ? AND unit IN (SELECT value ->> 0 FROM json_each(?))`,
            id,
            JSON.stringify(given.map(({ unit }) => [unit]))
          )
          const rows = new Map(known.map(({ row, unit }) => [unit, row]))
          for (const { sighting, unit } of given) rows.set(unit, merged(rows.get(unit), sighting, at))
          yield* statements.run(
            `INSERT INTO sightings (shelf, unit, row, first_at, last_at, changed)
            SELECT ?1, value ->> 0, value -> 1, ?2, ?2, 1 FROM json_each(?3) WHERE true
            ON CONFLICT (shelf, unit) DO UPDATE SET row = excluded.row,
              first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at), changed = changed + 1`,
            id,
            at.epochMillis,
            JSON.stringify([...rows])
          )
        }), { discard: true })
  )
}

/** Published rows as JSON has them: unit, row, first and last instant. */
export const Published = Schema.parseJson(Schema.Array(Schema.Tuple(
  Schema.String,
  Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
  Schema.NumberFromString,
  Schema.NumberFromString
)))

/** Published rows of which the ledger knows nothing. Each column was known when the row was last seen. */
export const restore = (
  statements: Statements,
  shelf: number,
  rows: typeof Published.Type
): Effect.Effect<void, LedgerError> =>
  Effect.forEach(
    rows,
    ([unit, row, first, last]) => {
      const known = Record.filter(row, (value) => value !== null)
      return statements.run(
        "INSERT OR REPLACE INTO sightings VALUES (?, ?, ?, ?, ?, 0)",
        shelf,
        unit,
        JSON.stringify({ ...known, [ages]: Record.map(known, () => last) }),
        first,
        last
      )
    },
    { discard: true }
  )

const Shelf = Schema.Struct({ id: Schema.Number, table: Schema.String, source: Schema.String })
const Stored = Schema.Struct({
  ...KnownRow.fields,
  first_at: Schema.Number,
  last_at: Schema.Number,
  changed: Schema.Number
})

/** What is known of each key of a table, newest names and all, whether it is published or not. */
export const known = (
  statements: Pick<Statements, "all">,
  table: string,
  source: string
): Effect.Effect<ReadonlyArray<Readonly<Record<string, unknown>>>, LedgerError> =>
  Effect.map(
    statements.all(
      Schema.Struct({ row: Stored.fields.row }),
      "SELECT row FROM sightings WHERE shelf = (SELECT id FROM shelves WHERE name = ? AND source = ?) ORDER BY unit",
      table,
      source
    ),
    (rows) => rows.map(({ row }) => Record.remove(row, ages))
  )

const instant = (epochMillis: number): string => DateTime.formatIso(DateTime.unsafeMake(epochMillis))

/** Rewrites the files of tables in which something was seen. */
export const publish = (
  opened: Opened,
  connection: Connection
): Effect.Effect<
  { readonly files: number; readonly damaged: ReadonlyArray<Finding.Finding> },
  LedgerError | QueryError
> =>
  Effect.gen(function*() {
    const { ledger } = opened
    const shelves = yield* ledger.all(
      Shelf,
      `SELECT id, name AS "table", source FROM shelves WHERE id IN (SELECT shelf FROM sightings WHERE changed > 0)
        ORDER BY id`
    )
    const damaged: Array<Finding.Finding> = []
    for (const { id, source, table: name } of shelves) {
      const table = opened.tables.get(name)
      if (table === undefined) continue
      const rows = yield* ledger.all(
        Stored,
        "SELECT json_quote(unit) AS unit, row, first_at, last_at, changed FROM sightings WHERE shelf = ? AND changed > 0",
        id
      )
      yield* FromLedger.publish(opened, connection, {
        table,
        source,
        partition: "",
        rows: rows.map(({ first_at, last_at, row }) => ({
          ...row,
          first_seen_at: instant(first_at),
          last_seen_at: instant(last_at)
        })),
        units: rows.map(({ unit }) => unit)
      }).pipe(
        // What was seen once more meanwhile is published by the next one.
        Effect.zipRight(ledger.run(
          `UPDATE sightings SET changed = 0
            WHERE shelf = ? AND (unit, changed) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))`,
          id,
          JSON.stringify(rows.map(({ changed, unit }) => [unit, changed]))
        )),
        Effect.catchTag("Damaged", (problem) =>
          Effect.sync(() => {
            damaged.push(Finding.ofPartition(problem, { source, partition: "" }))
          }))
      )
    }
    return { files: shelves.length - damaged.length, damaged }
  })
