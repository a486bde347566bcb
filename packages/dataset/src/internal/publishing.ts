/** Publishes all landings, batch by batch: each partition is written aside, hashed, announced in the ledger, renamed, and marked. */
import type * as Table from "@trunkline/parquet/Table"
import * as Array from "effect/Array"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"
import type { Damaged, LedgerError, QueryError } from "../DatasetError.js"
import * as Finding from "../Finding.js"
import { type Budget, type Connection, memory } from "../Session.js"
import { mostAtOnce } from "./aside.js"
import * as Certificates from "./certificates.js"
import * as Files from "./files.js"
import * as Folding from "./folding.js"
import * as Intents from "./intents.js"
import { type Batch, fill, fillFirst, move, route } from "./jobs.js"
import * as Keeping from "./keeping.js"
import * as LandedRows from "./landedRows.js"
import { forgetPublished } from "./landing.js"
import * as Layout from "./layout.js"
import * as Merging from "./merging.js"
import { contentOf, oldFile, type Opened, ownPath } from "./opened.js"
import * as Runs from "./runs.js"
import * as Sightings from "./sightings.js"
import * as Staging from "./staging.js"

/**
 * What DuckDB may use while it publishes, and where that is not enough: it takes half as much again. The first is a part of what
 * datasets share that are at work together; with more, a dataset publishes alone. While landings are read it is more by the 32 MB
 * of a reader, most of which stays unused.
 */
const limits = [
  { memory: "64MB", reading: "96MB", share: "part" },
  { memory: "256MB", reading: "288MB", share: "all" },
  { memory: "2GB", reading: "2GB", share: "all" }
] as const
type Limit = typeof limits[number]

export interface Options {
  /** Waits for a share of the memory. */
  readonly within: Context.Tag.Service<typeof Budget>["within"]
  /** Landed rows that are merged at a time; by how wide they are when left out. */
  readonly atMost: number | undefined
  /** Told of each change that was made, since a publish may make many and then fail. */
  readonly made: (changes: Partial<Changes>) => void
}

interface Limited extends Options, Pick<Limit, "memory" | "reading"> {}

/** Rows of so many values, with those by which a row is merged. Of narrow rows they are more. */
const rowsOf = (values: number, { columns }: Table.Any): number =>
  Math.max(1, Math.floor(values / (columns.length + 8)))

/** Values that are merged at a time: a month of 50,000 calls is written once. */
const merged = 2_500_000

/** Values that are gathered in memory at a time: of rows that are published, and of new rows of several partitions. */
const gathered = 500_000

/** In this order, as many together as have so many rows, and no more than so many. One that has more is alone. */
const together = <A>(
  all: Iterable<A>,
  rowsIn: (one: A) => number,
  { most = Number.POSITIVE_INFINITY, rows: atMost }: { readonly rows: number; readonly most?: number }
): ReadonlyArray<Array.NonEmptyReadonlyArray<A>> => {
  const found: Array<Array.NonEmptyArray<A>> = []
  let rows = 0
  for (const one of all) {
    const last = found.at(-1)
    const more = rowsIn(one)
    if (last === undefined || last.length === most || rows + more > atMost) {
      found.push([one])
      rows = more
    } else {
      last.push(one)
      rows += more
    }
  }
  return found
}

/** DuckDB also gives back to the system what it has freed, and otherwise keeps some megabytes of each partition. */
const limit = (opened: Opened, memory: string): Effect.Effect<void> =>
  Effect.ignore(opened.session.run(`SET memory_limit = '${memory}'`))

export interface Changes {
  readonly new: number
  readonly updated: number
  readonly removed: number
  /** Files that were written; a partition in which nothing is new has none. */
  readonly files: number
}

interface Left {
  /** Units that wait for the row they belong to. */
  readonly waiting: number
  /**
   * What is wrong with the files of the dataset. Rows that belong into a damaged partition stay landed, and so does what is to
   * be certified with them; everything else is published.
   */
  readonly damaged: ReadonlyArray<Finding.Finding>
}

export interface Published extends Changes, Left {}

type Failure = Damaged | LedgerError | QueryError

const Id = Schema.Struct({ id: Schema.Number })

/** Splits landings into those whose files are what was landed, and what is wrong with the others. */
const checkLandings = (opened: Opened, landings: ReadonlyArray<LandedRows.Landing>) =>
  Effect.gen(function*() {
    const sound: Array<LandedRows.Landing> = []
    const damaged: Array<Finding.Finding> = []
    for (const landing of landings) {
      const path = ownPath(opened, Layout.landing, landing.file)
      if (landing.rows === 0 || (yield* contentOf(path)) === landing.sha256) sound.push(landing)
      else damaged.push({ problem: new Finding.ChangedLanding({ path }), source: null, from: null })
    }
    return { sound, damaged }
  })

const sumLeft = (left: Left, more: Left): Left => ({
  waiting: left.waiting + more.waiting,
  damaged: [...left.damaged, ...more.damaged]
})

/** Publishes what is in `staged`, and names the landings of which something waits. */
const publishPart = (batch: Batch, { made, memory }: Limited) =>
  Effect.gen(function*() {
    const { connection, opened, shape, shelf } = batch
    const jobs = yield* route(batch)
    const notDone: Array<Merging.Job> = []
    const damaged: Array<Finding.Finding> = []
    /** A damaged partition costs the jobs that need it, and no other. */
    const attempt = (jobs: ReadonlyArray<Merging.Job>, work: Effect.Effect<void, Failure>) =>
      Effect.catchTag(work, "Damaged", (problem) =>
        Effect.sync(() => {
          notDone.push(...jobs)
          damaged.push(...jobs.map(({ to }) => Finding.ofPartition(problem, { source: shelf.source, partition: to })))
        }))
    const counted = (work: ReturnType<typeof fill>) => Effect.zipRight(limit(opened, memory), Effect.map(work, made))
    let waiting = 0
    /** By partition, the rows that are new in it or stay, and those that stay. */
    const filled = new Map<string, { readonly rows: number; readonly known: number }>()
    for (const { from, rows, to, units } of jobs) {
      if (to === null) {
        waiting += units
      } else if (from !== null && from !== to) {
        yield* attempt([{ from, to }], counted(move(batch, from, to)))
      } else {
        const before = filled.get(to) ?? { rows: 0, known: 0 }
        filled.set(to, { rows: before.rows + rows, known: before.known + (from === null ? 0 : rows) })
      }
    }
    const atMost = { rows: rowsOf(gathered, shape.table), most: mostAtOnce }
    const first = new Map<string, number>()
    for (const [to, { known, rows }] of filled) {
      const of = Math.max(1, Math.ceil(known / atMost.rows))
      for (let index = 0; index < of; index++) {
        yield* attempt(
          [{ from: null, to }],
          Effect.flatMap(
            oldFile(opened, shelf, to),
            (old) =>
              old === null ? Effect.sync(() => void first.set(to, rows)) : counted(fill(batch, to, old, { of, index }))
          )
        )
      }
    }
    for (const some of together(first, ([, rows]) => rows, atMost)) {
      const partitions = Array.map(some, ([to]) => to)
      yield* attempt(
        partitions.map((to) => ({ from: null, to })),
        counted(partitions.length === 1 ? fill(batch, partitions[0], null) : fillFirst(batch, partitions))
      )
    }
    const isUnfinished = notDone.length > 0 || jobs.some(({ to }) => to === null)
    const unfinished = isUnfinished ? yield* connection.all(Id, Merging.unfinished(notDone)) : []
    return { waiting, damaged, unfinished: unfinished.map(({ id }) => id) }
  })

const publishBatch = (given: Batch, options: Limited & { readonly atMost: number }) =>
  Effect.gen(function*() {
    const { connection, opened, shelf } = given
    const { damaged, sound } = yield* checkLandings(opened, given.landings)
    const batch = { ...given, landings: sound }
    const rows = sound.reduce((sum, landing) => sum + landing.rows, 0)
    const of = Math.max(1, Math.ceil(rows / options.atMost))
    let left: Left = { waiting: 0, damaged: damaged.map((finding) => ({ ...finding, source: shelf.source })) }
    const unfinished = new Set<number>()
    yield* limit(opened, options.reading)
    const staged = yield* Staging.stage(batch)
    yield* limit(opened, options.memory)
    for (let index = 0; index < of; index++) {
      yield* Staging.take(batch, staged, { of, index })
      const part = yield* publishPart(batch, options)
      left = sumLeft(left, part)
      for (const id of part.unfinished) unfinished.add(id)
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
      yield* forgetPublished(opened)
    }
    yield* connection.run(Merging.forget)
    return left
  }).pipe(Effect.scoped)

export const unchanged: Changes = { new: 0, updated: 0, removed: 0, files: 0 }

export const sum = (total: Changes, more: Partial<Changes>): Changes => ({
  new: total.new + (more.new ?? 0),
  updated: total.updated + (more.updated ?? 0),
  removed: total.removed + (more.removed ?? 0),
  files: total.files + (more.files ?? 0)
})

/**
 * The newest stretches of time first, where most changes are: the last month is then filled by the first batches, and not by each
 * that holds some of its rows. Which reading wins is decided by numbers, whatever the order.
 */
const newestFirst = Order.mapInput(
  Order.reverse(Order.number),
  ({ until }: LandedRows.Landing) => until ?? Number.MAX_VALUE
)

const depth = (opened: Opened, table: string): number => {
  const parent = opened.tables.get(table)?.parent
  return parent === null || parent === undefined || parent.table === table ? 0 : 1 + depth(opened, parent.table)
}

const ShelfRow = Schema.Struct({ id: Schema.Number, table: Schema.String, source: Schema.String })

/** Everything that is landed, then the certificates that speak of it. One at a time. */
export const publish = (opened: Opened, options: Options): Effect.Effect<Published, Failure> =>
  Effect.suspend(() => {
    let total = unchanged
    const made = (changes: Partial<Changes>) => {
      total = sum(total, changes)
      options.made(changes)
    }
    return publishWithin(opened, { ...options, made }, limits).pipe(
      Effect.map((left) => ({ ...total, ...left })),
      Effect.ensuring(limit(opened, memory))
    )
  })

const publishWithin = (
  opened: Opened,
  options: Options,
  [{ memory, reading, share }, ...more]: readonly [Limit, ...ReadonlyArray<Limit>]
): Effect.Effect<Left, Failure> =>
  options.within(share)(Effect.zipRight(limit(opened, memory), publishAll(opened, { ...options, memory, reading })))
    .pipe(
      // DuckDB takes some two thousand rows at a time, whatever they weigh: megabytes of text in each of them need more
      // than is otherwise enough, and would never be published without.
      Effect.catchIf(
        (error) => error._tag === "DatasetQueryFailed" && error.kind === "Out of Memory Error",
        (error) =>
          Array.isNonEmptyReadonlyArray(more)
            ? Effect.zipRight(
              Effect.logWarning("Rows are too long to be merged in little memory; trying with more"),
              publishWithin(opened, options, more)
            )
            : Effect.fail(error)
      )
    )

/** One finding per file: what was seen first says the most. */
const distinct = (findings: ReadonlyArray<Finding.Finding>): ReadonlyArray<Finding.Finding> =>
  [
    ...new Map(findings.toReversed().map((finding) => [finding.problem.path, finding] as const)).values()
  ].toReversed()

/** Everything that is landed, table by table. */
const publishLandings = (opened: Opened, connection: Connection, options: Limited): Effect.Effect<Left, Failure> =>
  Effect.gen(function*() {
    const shelves = yield* opened.ledger.all(
      ShelfRow,
      `SELECT DISTINCT shelves.id AS id, shelves.name AS "table", source FROM shelves JOIN landings ON shelf = shelves.id
        ORDER BY shelves.id`
    )
    let left: Left = { waiting: 0, damaged: [] }
    for (const shelf of shelves.toSorted((left, right) => depth(opened, left.table) - depth(opened, right.table))) {
      const table = opened.tables.get(shelf.table)
      // Landed by a program that knew more tables than this one: it stays for that one.
      if (table === undefined) continue
      const shape = Merging.shapeOf(table)
      const landings = yield* LandedRows.waiting(opened.ledger, shelf.id)
      const atMost = options.atMost ?? rowsOf(merged, table)
      for (const some of together(landings.toSorted(newestFirst), ({ rows }) => rows, { rows: atMost })) {
        const more = yield* publishBatch({ opened, connection, shelf, shape, landings: some }, { ...options, atMost })
        left = sumLeft(left, more)
      }
    }
    return left
  })

const publishAll = (opened: Opened, options: Limited): Effect.Effect<Left, Failure> =>
  Effect.gen(function*() {
    yield* Intents.recover(opened, { damaged: false })
    yield* Keeping.finish(opened)
    const subject = { ...opened, tables: [...opened.tables.values()] }
    const misplaced = yield* Files.places(subject, yield* Files.known(subject))
    yield* forgetPublished(opened)
    const connection = yield* opened.session.connect
    // First, so that a row never stands there under two spellings.
    const left = yield* Folding.leaveAll(opened, connection)
    const landed = yield* publishLandings(opened, connection, options)
    const folded = yield* Folding.fold(opened, connection)
    // Rows that were published before and are spelled otherwise now: their files are new, and they are not.
    const again = folded.landed
      ? yield* publishLandings(opened, connection, { ...options, made: ({ files = 0 }) => options.made({ files }) })
      : landed
    if (!folded.done && folded.damages.length === 0) yield* Folding.finish(opened)
    const unkept = yield* Keeping.drop(opened, connection)
    const written = <A extends Pick<Changes, "files">, E>(work: Effect.Effect<A, E>) =>
      Effect.tap(work, ({ files }) => options.made({ files }))
    const certificates = yield* written(Certificates.publish(opened, connection))
    const runs = yield* written(Runs.publish(opened, connection))
    const seen = yield* written(Sightings.publish(opened, connection))
    return {
      waiting: again.waiting,
      damaged: distinct([
        ...misplaced,
        ...left,
        ...landed.damaged,
        ...folded.damages,
        ...again.damaged,
        ...unkept,
        ...certificates.damaged,
        ...runs.damaged,
        ...seen.damaged
      ])
    }
  }).pipe(Effect.scoped)
