/** One batch of landed rows into its partitions: staged, routed, and merged partition by partition. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ParquetFiles from "../ParquetFiles.js"
import type { Connection } from "../Session.js"
import { placeColumn, writeAside, writeFirst } from "./aside.js"
import * as Intents from "./intents.js"
import type * as LandedRows from "./landedRows.js"
import * as Layout from "./layout.js"
import * as Merging from "./merging.js"
import { type OldFile, oldFile, type Opened, type Shelf, shelfOf } from "./opened.js"
import * as Renumbered from "./renumbered.js"
import * as Sql from "./sql.js"

export interface Batch {
  readonly opened: Opened
  readonly connection: Connection
  readonly shelf: Shelf
  readonly shape: Merging.Shape
  readonly landings: ReadonlyArray<LandedRows.Landing>
}

const Described = Schema.Struct({ column_name: Schema.String, column_type: Schema.String })
const JobRow = Schema.Struct({
  from: Schema.NullOr(Schema.String),
  to: Schema.NullOr(Schema.String),
  units: Schema.Number,
  rows: Schema.Number
})
const Changes = Schema.Struct({
  new: Schema.Number,
  updated: Schema.Number,
  removed: Schema.Number
})
const Count = Schema.Struct({ count: Schema.Number })
const Units = Schema.Struct({ units: Schema.Number, mixed: Schema.Number })
const Text = Schema.Struct({ text: Schema.String })

/** How many rows there are in a relation, once statements have made it. */
export const rowsIn = (connection: Connection, relation: string, made: ReadonlyArray<string> = []) =>
  Effect.map(
    connection.all(Count, Sql.script([...made, `SELECT CAST(count(*) AS INTEGER) AS count FROM ${relation}`])),
    ([found]) => found?.count ?? 0
  )

export const textOf = (connection: Connection, sql: string) =>
  Effect.map(connection.all(Text, sql), ([found]) => found?.text ?? "[]")

/** What the ledger knows of units that `fresh` names, which has so many rows. */
export const lookUp = (
  { connection, opened }: Pick<Batch, "connection" | "opened">,
  fresh: number,
  { expression, insert, shelf }: { readonly shelf: number; readonly expression: string; readonly insert: string }
) =>
  Effect.gen(function*() {
    for (let from = 0; from < fresh; from += Intents.some) {
      const [found] = yield* opened.ledger.all(
        Text,
        // CROSS JOIN keeps SQLite from walking all keys once for each that is asked for.
        `SELECT json_group_array(json_array(keys.unit, keys.partition, ${Renumbered.numbers("keys")})) AS text
          FROM json_each(?) AS wanted CROSS JOIN keys ${Renumbered.join("keys")}
          WHERE keys.shelf = ? AND keys.unit = wanted.value`,
        yield* textOf(connection, Merging.asked(expression, from, from + Intents.some)),
        shelf
      )
      if (found !== undefined && found.text !== "[]") yield* connection.run(insert, [found.text])
    }
  })

/** Where the units of `staged` are to go. */
export const route = (batch: Batch) =>
  Effect.gen(function*() {
    const { connection, landings, opened, shape, shelf } = batch
    const fresh = yield* rowsIn(connection, "fresh", Merging.deduplicate(shape, landings))
    yield* connection.run(Merging.createKnown)
    const units = "fresh.\"$unit\""
    yield* lookUp(batch, fresh, { shelf: shelf.id, expression: units, insert: Merging.insertKnown })
    const parent = Merging.parentOf(shape)
    if (shape.table.parent !== null && parent !== null) {
      const homes = yield* shelfOf(opened.ledger, shape.table.parent.table, shelf.source)
      yield* lookUp(batch, fresh, { shelf: homes.id, expression: parent, insert: Merging.insertHomes })
    }
    return yield* connection.all(
      JobRow,
      Sql.script([
        Merging.createRouted(shape, landings, Layout.format(opened.partition)),
        Merging.forgetKnown,
        Merging.jobs(shape)
      ])
    )
  })

const updatesOf = ({ connection, shelf }: Batch, units: number): Intents.KeyUpdate => ({
  shelf,
  partition: null,
  pieces: Math.ceil(units / Intents.some),
  piece: (index) => textOf(connection, Merging.numbered(index * Intents.some, (index + 1) * Intents.some))
})

export const extrasOf = (connection: Connection, { table }: Pick<Merging.Shape, "table">, file: OldFile | null) =>
  file === null
    ? Effect.succeed([])
    : Effect.map(
      connection.all(Described, `DESCRIBE SELECT * FROM ${ParquetFiles.rows([file.path])}`),
      (columns) =>
        columns.filter(({ column_name }) => !table.columns.some(({ name }) => name === column_name))
          .map((column): Merging.Extra => ({ name: column.column_name, type: column.column_type }))
    )

/** Makes `job`, and `merged` of it. */
const merge = (
  { connection, landings, shape }: Batch,
  from: OldFile | null,
  { createJob, same }: Pick<Merging.Merge, "same"> & { readonly createJob: string }
) =>
  Effect.gen(function*() {
    const [{ mixed, units } = { units: 0, mixed: 0 }] = yield* connection.all(
      Units,
      Sql.script([createJob, Merging.countUnits(shape, landings)])
    )
    const extras = yield* extrasOf(connection, shape, from)
    const old = from === null
      ? 0
      : yield* rowsIn(connection, "old_rows", Merging.createOld(shape, from.path, extras))
    const createMerged = Merging.createMerged(shape, landings, { extras, mixed: mixed > 0, replaces: old > 0, same })
    if (old > 0) {
      const [changes = { new: 0, updated: 0, removed: 0 }] = yield* connection.all(
        Changes,
        Sql.script([...createMerged, Merging.createRemoved(shape), Merging.countChanges])
      )
      return { extras, units, changes: { ...changes, old } }
    }
    // Rows that replace none are all new, and are counted without being read.
    yield* connection.run(Sql.script(createMerged))
    const rows = shape.whole ? yield* rowsIn(connection, Merging.linesOfJob) : units
    return { extras, units, changes: { new: rows, updated: 0, removed: 0, old } }
  })

interface Rewritten extends Pick<Merging.Pieces, "keep" | "added" | "extras"> {
  readonly shape: Merging.Shape
  readonly shelf: Shelf
  readonly partition: string
  readonly old: OldFile | null
}

const rewrite = (
  { connection, opened }: Batch,
  { added, extras, keep, old, partition, shape, shelf }: Rewritten
) =>
  writeAside(
    opened,
    connection,
    { shelf, partition, old: old?.sha256 ?? null },
    Merging.partition({ table: shape.table, old: old?.path ?? null, keep, added, extras })
  )

/** A table, so that DuckDB knows how few keys they are: it would keep the whole old file in memory instead. */
const createReplaced = ({ key }: Merging.Shape): string =>
  `CREATE OR REPLACE TEMP TABLE replaced AS SELECT ${Sql.list(key)} FROM merged WHERE "$status" = 'updated'
    UNION ALL SELECT ${Sql.list(key)} FROM removed`

/** Units that are new in a partition or stay where they are, or a part of them. */
export const fill = (batch: Batch, to: string, old: OldFile | null, split?: Merging.Split) =>
  Effect.gen(function*() {
    const { connection, opened, shape, shelf } = batch
    const { changes, extras, units } = yield* merge(batch, old, {
      createJob: Merging.createFill(shape, [to], split),
      same: false
    })
    const keys = [updatesOf(batch, units)]
    const isReplaced = changes.updated + changes.removed > 0
    yield* connection.run(Sql.script([Merging.forgetOld, ...isReplaced ? [createReplaced(shape)] : []]))
    const files = changes.new + changes.updated + changes.removed === 0 ? [] : [
      yield* rewrite(batch, {
        shape,
        shelf,
        partition: to,
        old,
        keep: isReplaced ? Merging.notIn(shape.key, "SELECT * FROM replaced") : "true",
        added: Merging.mergedRows(shape, extras, "\"$status\" <> 'same'"),
        extras
      })
    ]
    yield* Intents.carryOut(opened, { files, keys, windows: [] })
    return { ...changes, files: files.length }
  })

/** Units of partitions that have no file yet. Their rows are gathered in memory. */
export const fillFirst = (batch: Batch, partitions: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { connection, opened, shape, shelf } = batch
    const createJob = Merging.createFill(shape, partitions)
    const { changes, units } = yield* merge(batch, null, { createJob, same: false })
    const files = changes.new === 0 ? [] : yield* writeFirst(
      opened,
      connection,
      { shelf, partitions, rows: changes.new },
      Merging.partition({
        table: shape.table,
        old: null,
        keep: "true",
        added: Merging.placedRows(shape, { column: placeColumn, partitions }),
        extras: [{ name: placeColumn, type: "BIGINT" }]
      })
    )
    yield* Intents.carryOut(opened, { files, keys: [updatesOf(batch, units)], windows: [] })
    return { ...changes, files: files.length }
  })

/** Rows on their way to another partition: what their old one loses, and what the new one gains. */
const transfer = (batch: Batch, { added, extras, from, keep, lost, shape, shelf, to }: {
  readonly shape: Merging.Shape
  readonly shelf: Shelf
  readonly from: { readonly partition: string; readonly old: OldFile | null }
  readonly to: { readonly partition: string; readonly old: OldFile | null }
  /** Conditions that rows of the two old files must meet to stay; null leaves the file as it is. */
  readonly lost: string | null
  readonly keep: string | null
  readonly added: string
  readonly extras: ReadonlyArray<Merging.Extra>
}) =>
  Effect.gen(function*() {
    const others = yield* extrasOf(batch.connection, shape, to.old)
    const all = [...extras, ...others.filter((other) => !extras.some(({ name }) => name === other.name))]
    const place = { shape, shelf }
    return {
      losing: lost === null
        ? []
        : [yield* rewrite(batch, { ...place, ...from, keep: lost, added: null, extras })],
      gaining: keep === null ? [] : [yield* rewrite(batch, { ...place, ...to, keep, added, extras: all })]
    }
  })

/** Units that leave a partition for another, and the rows of other tables that live with them: one intent. */
export const move = (batch: Batch, from: string, to: string) =>
  Effect.gen(function*() {
    const { connection, opened, shape, shelf } = batch
    const source = yield* oldFile(opened, shelf, from)
    const target = yield* oldFile(opened, shelf, to)
    const createJob = Merging.createMove(shape, from, to)
    const { changes, extras, units } = yield* merge(batch, source, { createJob, same: true })
    const leaving = (table: string) => Merging.notIn(shape.key, `SELECT ${Sql.list(shape.key)} FROM ${table}`)
    const keys = [updatesOf(batch, units)]
    const { gaining, losing } = yield* transfer(batch, {
      shape,
      shelf,
      from: { partition: from, old: source },
      to: { partition: to, old: target },
      lost: source !== null && changes.old > 0 ? leaving("old_rows") : null,
      keep: (yield* rowsIn(connection, "merged")) > 0 ? leaving("merged") : null,
      added: Merging.mergedRows(shape, extras, "true"),
      extras
    })
    for (const child of opened.tables.values()) {
      if (child.parent?.table !== shape.table.name) continue
      const moved = yield* moveChildren(batch, Merging.shapeOf(child), from, to)
      losing.push(...moved.losing)
      gaining.push(...moved.gaining)
      keys.push(...moved.keys)
    }
    yield* Intents.carryOut(opened, { files: [...losing, ...gaining], keys, windows: [] })
    return { ...changes, files: losing.length + gaining.length }
  })

const moveChildren = (batch: Batch, child: Merging.Shape, from: string, to: string) =>
  Effect.gen(function*() {
    const { connection, opened } = batch
    const nothing = { losing: [], gaining: [], keys: [] }
    const { parent } = child.table
    if (parent === null) return nothing
    const shelf = yield* shelfOf(opened.ledger, child.table.name, batch.shelf.source)
    const source = yield* oldFile(opened, shelf, from)
    if (source === null) return nothing
    const target = yield* oldFile(opened, shelf, to)
    const rows = `${ParquetFiles.rows([source.path])} AS old`
    const theirs = `CAST(old.${Sql.name(parent.by)} AS VARCHAR) IN (SELECT "$unit" FROM job)`
    const units = yield* textOf(
      connection,
      `SELECT coalesce(CAST(to_json(list(DISTINCT [${
        Sql.unit(child.table.replacedBy, "old")
      }, NULL])) AS VARCHAR), '[]') AS text FROM ${rows} WHERE ${theirs}`
    )
    if (units === "[]") return nothing
    const moved = yield* transfer(batch, {
      shape: child,
      shelf,
      from: { partition: from, old: source },
      to: { partition: to, old: target },
      lost: `NOT (${theirs})`,
      keep: "true",
      added: `SELECT old.* FROM ${rows} WHERE ${theirs}`,
      extras: yield* extrasOf(connection, child, source)
    })
    const keys: Intents.KeyUpdate = { shelf, partition: to, pieces: 1, piece: () => Effect.succeed(units), moved: true }
    return { ...moved, keys: [keys] }
  })
