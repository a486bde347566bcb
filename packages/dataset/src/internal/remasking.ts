/**
 * Makes tokens of the numbers that stand in a dataset, or new tokens of old ones. It was begun by a commit; each step that was done
 * finds nothing more to do, so that whatever ends it in between, the next start goes on.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Damaged, type LedgerError, type MaskError, MaskKeyUnusable, type QueryError } from "../DatasetError.js"
import { type Hiding, isWord } from "../Hiding.js"
import type { Statements } from "../Ledger.js"
import type { Masking } from "../Mask.js"
import * as Certificates from "./certificates.js"
import * as Erasing from "./erasing.js"
import { forgetPublished } from "./landing.js"
import type { Opened } from "./opened.js"
import * as Rekeying from "./rekeying.js"
import * as Rewriting from "./rewriting.js"
import * as Sightings from "./sightings.js"
import * as Sql from "./sql.js"

const Value = Schema.Struct({ value: Schema.parseJson(Schema.Array(Schema.String)) })

/** What masks this dataset; null where its numbers are in clear, or nobody said how. */
export const maskingOf = (opened: Opened): Effect.Effect<Masking | null, MaskError | LedgerError> =>
  Effect.gen(function*() {
    const hashes = yield* opened.mask
    if (hashes === null || opened.masking === null) return null
    // Numbers that the vendor lists as ours.
    const lines = yield* opened.ledger.all(Value, "SELECT value FROM facts WHERE name = 'lines'")
    return opened.masking({ hashes, lines: lines.flatMap(({ value }) => value) })
  })

const hidingOf = (masking: Masking): Hiding => ({
  row: (_, { name }, row) => ({ row: masking.row(name, row), trace: null }),
  text: (_, raw) => masking.record(raw),
  key: (_, tables, unit) => {
    const values = Sql.valuesOf(unit)
    // Of tables with keys of so many columns, the first one has certificates.
    const table = tables.find(({ key, parent }) => values.length > 1 && key.length === values.length && parent === null)
    // What stands for a row that left is no number.
    if (table === undefined || values.some(isWord)) return unit
    const masked = masking.row(
      table.name,
      Object.fromEntries(table.key.map((column, place) => [column, values[place]]))
    )
    return Sql.unitOf(table.key.map((column) => String(masked[column])))
  }
})

const Unit = Schema.Struct({
  shelf: Schema.Number,
  table: Schema.String,
  unit: Schema.StringFromHex,
  source: Schema.String
})

/** Names of rows that the ledger keeps for a while. */
const renameUnits = (opened: Opened, hiding: Hiding) =>
  opened.ledger.transaction(
    "state commit",
    (statements) =>
      Effect.forEach(["lost", "folds"], (table) =>
        Effect.gen(function*() {
          const found = yield* statements.all(
            Unit,
            `SELECT shelf, hex(unit) AS unit, source FROM ${table} JOIN shelves ON shelves.id = shelf`
          )
          for (const { shelf, source, unit } of found) {
            const now = hiding.key(source, [...opened.tables.values()], unit)
            if (now === unit) continue
            yield* statements.run(
              `UPDATE OR REPLACE ${table} SET unit = ? WHERE shelf = ? AND unit = ?`,
              now,
              shelf,
              unit
            )
          }
        }), { discard: true })
  )

const Sighted = Schema.Struct({
  shelf: Schema.Number,
  table: Schema.String,
  unit: Schema.StringFromHex,
  row: Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
})

/** Who and what was met, such as a tag with a number in it. */
const renameSightings = (opened: Opened, masking: Masking) =>
  opened.ledger.transaction("state commit", (statements) =>
    Effect.gen(function*() {
      const found = yield* statements.all(
        Sighted,
        `SELECT shelf, name AS "table", hex(unit) AS unit, row FROM sightings JOIN shelves ON shelves.id = shelf`
      )
      for (const { row, shelf, table: name, unit } of found) {
        const table = opened.tables.get(name)
        const masked = masking.row(name, row)
        if (table === undefined || Object.entries(row).every(([column, value]) => masked[column] === value)) continue
        yield* statements.run(
          "UPDATE OR REPLACE sightings SET unit = ?, row = ?, changed = changed + 1 WHERE shelf = ? AND unit = ?",
          Sql.unitOf(table.key.map((column) => String(masked[column]))),
          JSON.stringify(masked),
          shelf,
          unit
        )
      }
    }))

const finished = (statements: Statements) => statements.run("UPDATE masking SET unfinished = 0")

/** As far as files can be read. What cannot be read is named by whoever reads it, and the next start looks at it again. */
export const finish = (opened: Opened): Effect.Effect<boolean, Damaged | LedgerError | QueryError | MaskError> =>
  Effect.gen(function*() {
    const masking = yield* maskingOf(opened)
    if (masking === null || opened.people === null) {
      return yield* new MaskKeyUnusable({
        path: opened.out,
        reason: "the masking of this dataset was interrupted. Go on with trunkline mask"
      })
    }
    // What is deleted is overwritten at once.
    yield* opened.ledger.run("PRAGMA secure_delete = ON")
    const hiding = hidingOf(masking)
    yield* forgetPublished(opened)
    const connection = yield* opened.session.connect
    const rewritten = yield* Rewriting.rewrite(opened, connection, hiding, { isTouched: () => true })
    yield* Rekeying.rekey(opened, hiding)
    yield* renameUnits(opened, hiding)
    yield* renameSightings(opened, masking)
    yield* Certificates.publish(opened, connection)
    yield* Sightings.publish(opened, connection)
    yield* Erasing.removeOthers(opened)
    const done = (yield* Erasing.shrink(opened)) && rewritten.damaged.length === 0
    if (done) yield* opened.ledger.transaction("mark commit", finished)
    return done
  }).pipe(Effect.scoped, Effect.withSpan("Dataset.mask"))
