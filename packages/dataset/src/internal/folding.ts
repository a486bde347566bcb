/**
 * One spelling for ids that earlier versions kept as they came. Rows with another spelling land once more under the right one,
 * with the numbers they have, so that the newest wins; then they leave their files, and then the landed rows are published. A
 * row may be absent meanwhile, and never stands there twice.
 */
import type * as Column from "@trunkline/parquet/Column"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Damaged, LedgerError, QueryError } from "../DatasetError.js"
import * as Finding from "../Finding.js"
import type { Ledger, Statements } from "../Ledger.js"
import * as ParquetFiles from "../ParquetFiles.js"
import type { Connection } from "../Session.js"
import { writeAside } from "./aside.js"
import * as Copies from "./copies.js"
import * as Intents from "./intents.js"
import { extrasOf, lookUp, rowsIn, textOf } from "./jobs.js"
import { answerColumn } from "./landedRows.js"
import * as Merging from "./merging.js"
import * as Numbers from "./numbers.js"
import { oldFile, type Opened, type Spelling } from "./opened.js"
import * as Sql from "./sql.js"

type Damages = ReadonlyArray<Finding.Finding>
type Failure = Damaged | LedgerError | QueryError

const Count = Schema.Struct({ count: Schema.Number })
const Text = Schema.Struct({ text: Schema.String })
const Place = Schema.Struct({
  id: Schema.Number,
  table: Schema.String,
  source: Schema.String,
  partition: Schema.String
})

/** A name among the counters. */
const doneName = "one spelling"

/** Whether every id has one spelling since an earlier publish. */
export const isDone = (statements: Statements) =>
  Effect.map(
    statements.all(Count, "SELECT count(*) AS count FROM counters WHERE name = ?", doneName),
    ([found]) => found?.count === 1
  )

/** Ids that wait for details. Where both spellings wait, one is left. */
export const foldPending = (ledger: Ledger, { prefixes, sources }: Spelling): Effect.Effect<void, LedgerError> =>
  Effect.gen(function*() {
    if (yield* isDone(ledger)) return
    yield* ledger.transaction("open commit", (statements) =>
      Effect.gen(function*() {
        for (const source of sources) {
          for (const prefix of prefixes) {
            const key = `'${prefix}-' || substr(id, ${prefix.length + 2})`
            const concerned = `source = ? AND substr(id, 1, ${prefix.length + 1}) = '${prefix}_'`
            yield* statements.run(
              `INSERT OR IGNORE INTO spellings SELECT source, ${key}, id FROM pending WHERE ${concerned} AND NOT EXISTS (
                SELECT 1 FROM pending AS other
                  WHERE other.source = pending.source AND other.scope = pending.scope AND other.id = ${
                key.replace("(id", "(pending.id")
              })`,
              source
            )
            yield* statements.run(`UPDATE OR IGNORE pending SET id = ${key} WHERE ${concerned}`, source)
            yield* statements.run(`DELETE FROM pending WHERE ${concerned}`, source)
          }
        }
      }))
  })

/** A value with one spelling; null where no id can be in it. */
const respelled = (
  value: string,
  { name, type }: Pick<Column.Column, "name" | "type">,
  prefixes: ReadonlyArray<string>
): string | null => {
  switch (type._tag) {
    case "Text":
      return /(?:^|_)id$/.test(name)
        ? `regexp_replace(${value}, ${Sql.text(`^(${prefixes.join("|")})_`)}, '\\1-')`
        : null
    case "List": {
      const element = `${name}_element`
      const inner = respelled(element, { name, type: type.element }, prefixes)
      return inner === null ? null : `list_transform(${value}, lambda ${element}: ${inner})`
    }
    case "Struct": {
      const fields = type.fields.map((field) => ({
        name: Sql.name(field.name),
        inner: respelled(`${value}.${Sql.name(field.name)}`, field, prefixes)
      }))
      return fields.every(({ inner }) => inner === null)
        ? null
        : `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${
          fields.map(({ inner, name }) => `${name} := ${inner ?? `${value}.${name}`}`).join(", ")
        }) END`
    }
    default:
      return null
  }
}

/** Lands the rows of one file that have another spelling, and writes down which units are to leave. */
const land = (
  opened: Opened,
  connection: Connection,
  prefixes: ReadonlyArray<string>,
  { partition, ...shelf }: typeof Place.Type
): Effect.Effect<number, Failure> =>
  Effect.gen(function*() {
    const table = opened.tables.get(shelf.table)
    const old = table === undefined ? null : yield* oldFile(opened, shelf, partition)
    if (table === undefined || old === null) return 0
    const shape = Merging.shapeOf(table)
    const columns = table.columns.map((column) => {
      const value = `old.${Sql.name(column.name)}`
      return { name: Sql.name(column.name), value, changed: respelled(value, column, prefixes) }
    })
    const changes = columns.flatMap(({ changed, value }) =>
      changed === null ? [] : [`${changed} IS DISTINCT FROM ${value}`]
    ).join(" OR ")
    if (changes === "") return 0
    const unit = Sql.unit(table.replacedBy, "old")
    yield* connection.run(`CREATE OR REPLACE TEMP TABLE typed (${Sql.declare(table.columns)})`)
    const rows = `(SELECT * FROM typed UNION ALL BY NAME SELECT * FROM ${ParquetFiles.rows([old.path])}) AS old`
    yield* connection.run(
      `CREATE OR REPLACE TEMP TABLE fresh AS
        SELECT ${
        columns.map(({ changed, name, value }) => `${changed ?? value} AS ${name}`).join(", ")
      }, ${unit} AS "$unit"
        FROM ${rows} WHERE ${shape.whole ? `${unit} IN (SELECT ${unit} FROM ${rows} WHERE ${changes})` : changes}`
    )
    const count = yield* rowsIn(connection, "fresh")
    if (count === 0) return 0
    yield* connection.run(Merging.createKnown)
    yield* lookUp({ opened, connection }, count, {
      shelf: shelf.id,
      expression: "fresh.\"$unit\"",
      insert: Merging.insertKnown
    })

    // A group is as new as it was, so each group lands by itself.
    const groups = shape.whole
      ? [{ number: "rows", names: table.groups.map(({ name }) => name) }]
      : shape.groups.map(({ name }) => ({ number: name, names: [name] }))
    const copies: Array<Copies.Copy> = []
    for (const { names, number } of groups) {
      const answer = `CAST(${Numbers.numberOf(number)} AS DOUBLE)`
      const copy = yield* Copies.write(opened, connection, {
        groups: names,
        query: `SELECT ${columns.map(({ name }) => `fresh.${name}`).join(", ")}, ${answer} AS ${Sql.name(answerColumn)}
          FROM fresh JOIN known ON fresh."$unit" = known."$unit" WHERE ${answer} > 0`
      })
      if (copy !== null) copies.push(copy)
    }
    const units: Array<string> = []
    for (let from = 0; from < count; from += Intents.some) {
      units.push(
        yield* textOf(
          connection,
          `SELECT coalesce(CAST(to_json(list(DISTINCT ["$unit", ${
            Sql.unit(table.replacedBy, "fresh")
          }])) AS VARCHAR), '[]') AS text
            FROM fresh WHERE rowid >= ${from} AND rowid < ${from + Intents.some}
              AND "$unit" <> ${Sql.unit(table.replacedBy, "fresh")}`
        )
      )
    }
    yield* opened.ledger.transaction("landing commit", (statements) =>
      Effect.gen(function*() {
        for (const copy of copies) yield* Copies.record(statements, shelf, copy)
        for (const text of units) {
          yield* statements.run(
            "INSERT OR IGNORE INTO folds SELECT ?, value ->> 0 FROM json_each(?)",
            shelf.id,
            text
          )
          if (table.key.length > 1) continue
          yield* statements.run(
            `INSERT OR IGNORE INTO spellings SELECT ?, value ->> 1, value ->> 0 FROM json_each(?)
              WHERE NOT EXISTS (SELECT 1 FROM keys WHERE shelf = ? AND unit = value ->> 1)`,
            shelf.source,
            text,
            shelf.id
          )
        }
      }))
    return copies.length
  })

/** Rewrites one file without the units that are to leave. */
const leave = (opened: Opened, connection: Connection, { partition, ...shelf }: typeof Place.Type) =>
  Effect.gen(function*() {
    const table = opened.tables.get(shelf.table)
    const old = table === undefined ? null : yield* oldFile(opened, shelf, partition)
    if (table === undefined || old === null) return
    const [units] = yield* opened.ledger.all(
      Text,
      "SELECT json_group_array(unit) AS text FROM folds JOIN keys USING (shelf, unit) WHERE shelf = ? AND partition = ?",
      shelf.id,
      partition
    )
    if (units === undefined) return
    yield* connection.run(
      "CREATE OR REPLACE TEMP TABLE leaving AS SELECT unnest(from_json($1, '[\"VARCHAR\"]')) AS unit",
      [
        units.text
      ]
    )
    const file = yield* writeAside(
      opened,
      connection,
      { shelf, partition, old: old.sha256 },
      Merging.partition({
        table,
        old: old.path,
        keep: `${Sql.unit(table.replacedBy, "old")} NOT IN (SELECT unit FROM leaving)`,
        added: null,
        extras: yield* extrasOf(connection, Merging.shapeOf(table), old)
      })
    )
    yield* Intents.carryOut(opened, { files: [file], keys: [], windows: [], removed: { shelf, units: units.text } })
  })

/** A damaged partition is left as it is, and costs no other. */
const each = (
  places: ReadonlyArray<typeof Place.Type>,
  work: (place: typeof Place.Type) => Effect.Effect<unknown, Failure>
) =>
  Effect.gen(function*() {
    const damages: Array<Finding.Finding> = []
    for (const place of places) {
      yield* Effect.catchTag(work(place), "Damaged", (problem) =>
        Effect.sync(() =>
          damages.push(Finding.ofPartition(problem, place))
        ))
    }
    return damages
  })

/** Takes rows that landed under the right spelling out of their files; also those that a crash left there. */
export const leaveAll = (opened: Opened, connection: Connection): Effect.Effect<Damages, LedgerError | QueryError> =>
  Effect.gen(function*() {
    const places = yield* opened.ledger.all(
      Place,
      `SELECT DISTINCT shelves.id AS id, shelves.name AS "table", source, partition
        FROM folds JOIN keys USING (shelf, unit) JOIN shelves ON shelves.id = shelf`
    )
    return yield* each(places, (place) => leave(opened, connection, place))
  })

/** What came of one attempt. */
export interface Folded {
  /** Whether there is nothing to fold: every id has one spelling since an earlier publish. */
  readonly done: boolean
  /** Whether rows landed that are to be published. */
  readonly landed: boolean
  /** Partitions that could not be read. */
  readonly damages: Damages
}

/** Lands the rows that have another spelling, and takes them out of their files. */
export const fold = (opened: Opened, connection: Connection): Effect.Effect<Folded, LedgerError | QueryError> =>
  Effect.gen(function*() {
    const { ledger, spelling } = opened
    if (spelling === null || (yield* isDone(ledger))) return { done: true, landed: false, damages: [] }
    const places = yield* ledger.all(
      Place,
      `SELECT shelves.id AS id, shelves.name AS "table", source, partition FROM files JOIN shelves ON shelves.id = shelf
        WHERE source IN (SELECT value FROM json_each(?)) ORDER BY 1, 4`,
      JSON.stringify(spelling.sources)
    )
    let landed = 0
    const unread = yield* each(
      places,
      (place) =>
        Effect.map(land(opened, connection, spelling.prefixes, place), (copies) => {
          landed += copies
        })
    )
    const damages = [...unread, ...yield* leaveAll(opened, connection)]
    return { done: false, landed: landed > 0, damages }
  })

/** Once no landing of an earlier version waits, every row there will ever be has one spelling. */
export const finish = ({ ledger }: Opened): Effect.Effect<void, LedgerError> =>
  ledger.transaction("state commit", (statements) =>
    Effect.gen(function*() {
      const [waiting] = yield* statements.all(
        Count,
        `SELECT count(*) AS count FROM landings
          WHERE id <= (SELECT value FROM counters WHERE name = 'last spelled otherwise')`
      )
      if (waiting?.count !== 0) return
      yield* statements.run("INSERT OR REPLACE INTO counters VALUES (?, 1)", doneName)
      yield* statements.run("DELETE FROM folds")
    }))
