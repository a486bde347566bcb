/** Landed rows into partitions: what is merged is written aside, hashed, announced in the ledger, renamed, and marked. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Damaged, LedgerError, QueryError } from "../DatasetError.js"
import * as Inspection from "../Inspection.js"
import * as ParquetFiles from "../ParquetFiles.js"
import { type Connection, memory } from "../Session.js"
import { writeAside } from "./aside.js"
import * as Certificates from "./certificates.js"
import * as Intents from "./intents.js"
import { forgetPublished } from "./landing.js"
import * as Layout from "./layout.js"
import * as Merging from "./merging.js"
import { contentOf, oldFile, type Opened, ownPath, type Shelf, shelfOf } from "./opened.js"
import * as Sql from "./sql.js"

export interface Options {
  /** Landed rows that are merged at a time. */
  readonly atMost: number
}

export interface Published {
  readonly new: number
  readonly updated: number
  readonly removed: number
  /** Files that were written; a partition in which nothing is new has none. */
  readonly files: number
  /** Units that wait for the row they belong to. */
  readonly waiting: number
  /**
   * What is wrong with the files of the dataset. Rows that belong into a damaged partition stay landed, and so does what is to
   * be certified with them; everything else is published.
   */
  readonly damaged: ReadonlyArray<Inspection.Finding>
}

type Failure = Damaged | LedgerError | QueryError

interface Landing {
  readonly id: number
  readonly file: string
  readonly sha256: string
  readonly rows: number
  readonly groups: ReadonlyArray<string>
  readonly emptied: ReadonlyArray<readonly [unit: string, answer: number]>
}

const LandingRow = Schema.Struct({
  id: Schema.Number,
  file: Schema.String,
  sha256: Schema.String,
  rows: Schema.Number,
  groups: Schema.parseJson(Schema.Array(Schema.String)),
  emptied: Schema.parseJson(Schema.Array(Schema.Tuple(Schema.String, Schema.Number)))
})

const Described = Schema.Struct({ column_name: Schema.String, column_type: Schema.String })
const JobRow = Schema.Struct({
  from: Schema.NullOr(Schema.String),
  to: Schema.NullOr(Schema.String),
  units: Schema.Number
})
const Changes = Schema.Struct({
  new: Schema.Number,
  updated: Schema.Number,
  removed: Schema.Number,
  old: Schema.Number
})
const Count = Schema.Struct({ count: Schema.Number })
const Id = Schema.Struct({ id: Schema.Number })
const Text = Schema.Struct({ text: Schema.String })
const extrasOf = (connection: Connection, shape: Merging.Shape, path: string | null) =>
  path === null
    ? Effect.succeed([])
    : Effect.map(
      connection.all(Described, `DESCRIBE SELECT * FROM ${ParquetFiles.rows([path])}`),
      (columns) =>
        columns.filter(({ column_name }) => !shape.table.columns.some(({ name }) => name === column_name))
          .map((column): Merging.Extra => ({ name: column.column_name, type: column.column_type }))
    )

/** What is asked of the ledger at a time. */
const some = 5000

interface Batch {
  readonly opened: Opened
  readonly connection: Connection
  readonly shelf: Shelf
  readonly shape: Merging.Shape
  readonly landings: ReadonlyArray<Landing>
}

const stage = ({ connection, landings, opened, shape }: Batch, split: Merging.Split) =>
  Effect.gen(function*() {
    yield* connection.run(Merging.createStaged(shape))
    for (const landing of landings) {
      if (landing.rows === 0) continue
      const path = ownPath(opened, Layout.landing, landing.file)
      yield* connection.run(Merging.stage(shape, { id: landing.id, path, groups: landing.groups }, split))
    }
    const emptied = split.index === 0
      ? landings.flatMap(({ emptied, id }) => emptied.map(([unit, answer]) => [unit, answer, id] as const))
      : []
    yield* connection.run(Merging.createEmptied, [JSON.stringify(emptied)])
    for (const statement of Merging.deduplicate(shape)) yield* connection.run(statement)
  })

const route = ({ connection, opened, shape, shelf }: Batch) =>
  Effect.gen(function*() {
    for (const statement of Merging.createKnown) yield* connection.run(statement)
    const lookUp = (id: number, expression: string, insert: string) =>
      Effect.gen(function*() {
        const [fresh] = yield* connection.all(Count, "SELECT CAST(count(*) AS INTEGER) AS count FROM fresh")
        for (let from = 0; from < (fresh?.count ?? 0); from += some) {
          const [wanted] = yield* connection.all(Text, Merging.asked(expression, from, from + some))
          const [found] = yield* opened.ledger.all(
            Text,
            // CROSS JOIN keeps SQLite from walking all keys once for each that is asked for.
            `SELECT json_group_array(json_array(keys.unit, keys.partition, keys.numbers)) AS text
              FROM json_each(?) AS wanted CROSS JOIN keys WHERE keys.shelf = ? AND keys.unit = wanted.value`,
            wanted?.text ?? "[]",
            id
          )
          if (found !== undefined && found.text !== "[]") yield* connection.run(insert, [found.text])
        }
      })
    yield* lookUp(shelf.id, "fresh.\"$unit\"", Merging.insertKnown)
    const parent = Merging.parentOf(shape)
    if (shape.table.parent !== null && parent !== null) {
      const homes = yield* shelfOf(opened.ledger, shape.table.parent.table, shelf.source)
      yield* lookUp(homes.id, parent, Merging.insertHomes)
    }
    yield* connection.run(Merging.createRouted(shape, Layout.format(opened.partition)))
    return yield* connection.all(
      JobRow,
      "SELECT \"$from\" AS \"from\", \"$to\" AS \"to\", CAST(count(*) AS INTEGER) AS units FROM routed GROUP BY ALL ORDER BY 2, 1"
    )
  })

const updatesOf = ({ connection, shelf }: Batch, partition: string) =>
  Effect.map(
    connection.all(Count, "SELECT CAST(count(*) AS INTEGER) AS count FROM job"),
    ([job]): Intents.KeyUpdate => ({
      shelf,
      partition,
      pieces: Math.ceil((job?.count ?? 0) / some),
      piece: (index) =>
        Effect.map(
          connection.all(Text, Merging.numbered(index * some, (index + 1) * some)),
          ([row]) => row?.text ?? "[]"
        )
    })
  )

const merge = ({ connection, shape }: Batch, from: string | null) =>
  Effect.gen(function*() {
    const extras = yield* extrasOf(connection, shape, from)
    for (const statement of Merging.createOld(shape, from, extras)) yield* connection.run(statement)
    const [mixed] = yield* connection.all(Count, Merging.countMixed(shape))
    yield* connection.run(Merging.createMerged(shape, extras, mixed !== undefined && mixed.count > 0))
    yield* connection.run(Merging.createRemoved(shape))
    const [changes = { new: 0, updated: 0, removed: 0, old: 0 }] = yield* connection.all(Changes, Merging.countChanges)
    return { extras, changes }
  })

const fill = (batch: Batch, to: string) =>
  Effect.gen(function*() {
    const { connection, opened, shape, shelf } = batch
    const old = yield* oldFile(opened, shelf, to)
    yield* connection.run(Merging.createJob(shape, { from: null, to }))
    const { changes, extras } = yield* merge(batch, old?.path ?? null)
    const keys = [yield* updatesOf(batch, to)]
    if (changes.new + changes.updated + changes.removed === 0) {
      yield* Intents.carryOut(opened, { files: [], keys, windows: [] })
      return { ...changes, files: 0 }
    }
    const file = yield* writeAside(
      opened,
      connection,
      { shelf, partition: to, old: old?.sha256 ?? null },
      Merging.partition({
        table: shape.table,
        old: old?.path ?? null,
        keep: Merging.notIn(
          shape.key,
          `SELECT ${Sql.list(shape.key)} FROM merged WHERE "$status" = 'updated'
            UNION ALL SELECT ${Sql.list(shape.key)} FROM removed`
        ),
        added: Merging.mergedRows(shape, extras, "\"$status\" <> 'same'"),
        extras
      })
    )
    yield* Intents.carryOut(opened, { files: [file], keys, windows: [] })
    return { ...changes, files: 1 }
  })

/** Units that leave a partition for another, and the rows of other tables that live with them: one intent. */
const move = (batch: Batch, from: string, to: string) =>
  Effect.gen(function*() {
    const { connection, opened, shape, shelf } = batch
    yield* connection.run(Merging.createJob(shape, { from, to }))
    const source = yield* oldFile(opened, shelf, from)
    const target = yield* oldFile(opened, shelf, to)
    const { changes, extras } = yield* merge(batch, source?.path ?? null)
    const losing: Array<Intents.NewFile> = []
    const gaining: Array<Intents.NewFile> = []
    const keys = [yield* updatesOf(batch, to)]
    if (source !== null && changes.old > 0) {
      losing.push(
        yield* writeAside(
          opened,
          connection,
          { shelf, partition: from, old: source.sha256 },
          Merging.partition({
            table: shape.table,
            old: source.path,
            keep: Merging.notIn(shape.key, `SELECT ${Sql.list(shape.key)} FROM old_rows`),
            added: null,
            extras
          })
        )
      )
    }
    const [incoming] = yield* connection.all(
      Count,
      "SELECT CAST(count(*) AS INTEGER) AS count FROM merged"
    )
    if (incoming !== undefined && incoming.count > 0) {
      const others = yield* extrasOf(connection, shape, target?.path ?? null)
      gaining.push(
        yield* writeAside(
          opened,
          connection,
          { shelf, partition: to, old: target?.sha256 ?? null },
          Merging.partition({
            table: shape.table,
            old: target?.path ?? null,
            keep: Merging.notIn(shape.key, `SELECT ${Sql.list(shape.key)} FROM merged`),
            added: Merging.mergedRows(shape, extras, "true"),
            extras: [...extras, ...others.filter((other) => !extras.some(({ name }) => name === other.name))]
          })
        )
      )
    }
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

const moveChildren = ({ connection, opened, shelf }: Batch, child: Merging.Shape, from: string, to: string) =>
  Effect.gen(function*() {
    const nothing = { losing: [], gaining: [], keys: [] }
    const { parent } = child.table
    if (parent === null) return nothing
    const childShelf = yield* shelfOf(opened.ledger, child.table.name, shelf.source)
    const source = yield* oldFile(opened, childShelf, from)
    if (source === null) return nothing
    const target = yield* oldFile(opened, childShelf, to)
    const theirs = `CAST(old.${Sql.name(parent.by)} AS VARCHAR) IN (SELECT "$unit" FROM job)`
    const [units] = yield* connection.all(
      Text,
      `SELECT coalesce(CAST(to_json(list(DISTINCT [${
        Sql.unit(child.table.replacedBy, "old")
      }, NULL])) AS VARCHAR), '[]') AS text
        FROM ${ParquetFiles.rows([source.path])} AS old WHERE ${theirs}`
    )
    if (units === undefined || units.text === "[]") return nothing
    const extras = yield* extrasOf(connection, child, source.path)
    const others = yield* extrasOf(connection, child, target?.path ?? null)
    const losing = yield* writeAside(
      opened,
      connection,
      { shelf: childShelf, partition: from, old: source.sha256 },
      Merging.partition({ table: child.table, old: source.path, keep: `NOT (${theirs})`, added: null, extras })
    )
    const gaining = yield* writeAside(
      opened,
      connection,
      { shelf: childShelf, partition: to, old: target?.sha256 ?? null },
      Merging.partition({
        table: child.table,
        old: target?.path ?? null,
        keep: "true",
        added: `SELECT old.* FROM ${ParquetFiles.rows([source.path])} AS old WHERE ${theirs}`,
        extras: [...extras, ...others.filter((other) => !extras.some(({ name }) => name === other.name))]
      })
    )
    return {
      losing: [losing],
      gaining: [gaining],
      keys: [{ shelf: childShelf, partition: to, pieces: 1, piece: () => Effect.succeed(units.text) }]
    }
  })

/** Splits landings into those whose files are what was landed, and what is wrong with the others. */
const checkLandings = (opened: Opened, landings: ReadonlyArray<Landing>) =>
  Effect.gen(function*() {
    const sound: Array<Landing> = []
    const damaged: Array<Inspection.Finding> = []
    for (const landing of landings) {
      const path = ownPath(opened, Layout.landing, landing.file)
      if (landing.rows === 0 || (yield* contentOf(path)) === landing.sha256) sound.push(landing)
      else damaged.push({ problem: new Inspection.ChangedLanding({ path }), source: null, from: null })
    }
    return { sound, damaged }
  })

const publishBatch = (given: Batch, { atMost }: Options) =>
  Effect.gen(function*() {
    const { connection, opened, shelf } = given
    const { damaged, sound } = yield* checkLandings(opened, given.landings)
    const batch = { ...given, landings: sound }
    const rows = sound.reduce((sum, landing) => sum + landing.rows, 0)
    const of = Math.max(1, Math.ceil(rows / atMost))
    let total: Published = { ...nothing, damaged: damaged.map((finding) => ({ ...finding, source: shelf.source })) }
    const unfinished = new Set<number>()
    for (let index = 0; index < of; index++) {
      yield* stage(batch, { of, index })
      const jobs = yield* route(batch)
      const notDone: Array<Merging.Job> = []
      /** A damaged partition costs the jobs that need it, and no other. */
      const attempt = (job: Merging.Job, work: ReturnType<typeof fill>) =>
        Effect.map(work, (done) => {
          total = sum(total, done)
        }).pipe(Effect.catchTag("Damaged", (problem) =>
          Effect.sync(() => {
            notDone.push(job)
            const finding = Inspection.ofPartition(problem, { source: shelf.source, partition: job.to })
            total = { ...total, damaged: [...total.damaged, finding] }
          })))
      for (const { from, to, units } of jobs) {
        if (to === null) {
          total = { ...total, waiting: total.waiting + units }
        } else if (from !== null && from !== to) {
          yield* attempt({ from, to }, move(batch, from, to))
        }
      }
      const filled = jobs.flatMap((job) =>
        job.to !== null && (job.from === null || job.from === job.to) ? [job.to] : []
      )
      for (const to of new Set(filled)) yield* attempt({ from: null, to }, fill(batch, to))
      for (const { id } of yield* connection.all(Id, Merging.unfinished(notDone))) unfinished.add(id)
    }
    // A landing of which nothing waits is done with. Should this not be reached, all of it is merged again, and by its
    // numbers that changes nothing: to skip what a crash has left done would skip rows that have moved meanwhile.
    const finished = sound.filter(({ id }) => !unfinished.has(id))
    if (finished.length > 0) {
      yield* opened.ledger.transaction("state commit", (statements) =>
        statements.run(
          "UPDATE landings SET published = 1 WHERE id IN (SELECT value FROM json_each(?))",
          JSON.stringify(finished.map(({ id }) => id))
        ))
      yield* sweepLandings(opened, finished)
    }
    return total
  })

const sweepLandings = (opened: Opened, landings: ReadonlyArray<Landing>) =>
  Effect.gen(function*() {
    for (const { file } of landings) yield* opened.disk.unlink(ownPath(opened, Layout.landing, file))
    yield* opened.ledger.transaction("forget commit", (statements) =>
      statements.run(
        "DELETE FROM landings WHERE id IN (SELECT value FROM json_each(?))",
        JSON.stringify(landings.map(({ id }) => id))
      ))
  })

const nothing: Published = { new: 0, updated: 0, removed: 0, files: 0, waiting: 0, damaged: [] }

const sum = (total: Published, more: Omit<Published, "waiting" | "damaged">): Published => ({
  new: total.new + more.new,
  updated: total.updated + more.updated,
  removed: total.removed + more.removed,
  files: total.files + more.files,
  waiting: total.waiting,
  damaged: total.damaged
})

/** Whole landings, in the order they were landed, up to so many rows. */
const batches = (landings: ReadonlyArray<Landing>, atMost: number): ReadonlyArray<ReadonlyArray<Landing>> => {
  const found: Array<Array<Landing>> = []
  let rows = 0
  for (const landing of landings) {
    const last = found.at(-1)
    if (last === undefined || rows + landing.rows > atMost) {
      found.push([landing])
      rows = landing.rows
    } else {
      last.push(landing)
      rows += landing.rows
    }
  }
  return found
}

const depth = (opened: Opened, table: string): number => {
  const parent = opened.tables.get(table)?.parent
  return parent === null || parent === undefined || parent.table === table ? 0 : 1 + depth(opened, parent.table)
}

const ShelfRow = Schema.Struct({ id: Schema.Number, table: Schema.String, source: Schema.String })

/** Everything that is landed, then the certificates that speak of it. One at a time. */
export const publish = (opened: Opened, options: Options): Effect.Effect<Published, Failure> =>
  publishAll(opened, options).pipe(
    // DuckDB takes some two thousand rows at a time, whatever they weigh: megabytes of text in each of them need more
    // than is otherwise enough, and would never be published without.
    Effect.catchIf(
      (error) => error._tag === "DatasetQueryFailed" && error.kind === "Out of Memory Error",
      () =>
        Effect.logWarning("Rows are too long to be merged in little memory; trying with more").pipe(
          Effect.zipRight(opened.session.run("SET memory_limit = '2GB'")),
          Effect.zipRight(publishAll(opened, options)),
          Effect.ensuring(Effect.ignore(opened.session.run(`SET memory_limit = '${memory}'`)))
        )
    )
  )

/** One finding per file: what was seen first says the most. */
const distinct = (findings: ReadonlyArray<Inspection.Finding>): ReadonlyArray<Inspection.Finding> =>
  [
    ...new Map(findings.toReversed().map((finding) => [finding.problem.path, finding] as const)).values()
  ].toReversed()

const publishAll = (opened: Opened, options: Options): Effect.Effect<Published, Failure> =>
  Effect.gen(function*() {
    yield* Intents.recover(opened)
    const misplaced = yield* Inspection.places({ ...opened, tables: [...opened.tables.values()] })
    yield* forgetPublished(opened)
    const connection = yield* opened.session.connect
    const shelves = yield* opened.ledger.all(
      ShelfRow,
      `SELECT DISTINCT shelves.id AS id, shelves.name AS "table", source FROM shelves JOIN landings ON shelf = shelves.id
        ORDER BY shelves.id`
    )
    let total = nothing
    for (const shelf of shelves.toSorted((left, right) => depth(opened, left.table) - depth(opened, right.table))) {
      const table = opened.tables.get(shelf.table)
      // Landed by a program that knew more tables than this one: it stays for that one.
      if (table === undefined) continue
      const shape = Merging.shapeOf(table)
      const landings = yield* opened.ledger.all(
        LandingRow,
        "SELECT id, file, sha256, rows, groups, emptied FROM landings WHERE shelf = ? AND published = 0 ORDER BY id",
        shelf.id
      )
      for (const some of batches(landings, options.atMost)) {
        const done = yield* publishBatch({ opened, connection, shelf, shape, landings: some }, options)
        total = {
          ...sum(total, done),
          waiting: total.waiting + done.waiting,
          damaged: [...total.damaged, ...done.damaged]
        }
      }
    }
    const certificates = yield* Certificates.publish(opened, connection)
    return {
      ...total,
      files: total.files + certificates.files,
      damaged: distinct([...misplaced, ...total.damaged, ...certificates.damaged])
    }
  }).pipe(Effect.scoped)
