/**
 * Hides people in a dataset that stands: in each file, landing, kept key and text in quarantine. Each step is done whole or not at
 * all, and one that was done finds nothing more to do, so that whatever ends it in between, it is begun again.
 */
import type * as Table from "@trunkline/parquet/Table"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Damaged, type LedgerError, type QueryError } from "../DatasetError.js"
import * as Finding from "../Finding.js"
import type { Hiding, Row, Trace } from "../Hiding.js"
import type { Connection } from "../Session.js"
import { writeAside } from "./aside.js"
import * as Copies from "./copies.js"
import * as Erased from "./erased.js"
import * as ErasedList from "./erasedList.js"
import * as Intents from "./intents.js"
import * as LandedRows from "./landedRows.js"
import * as Layout from "./layout.js"
import { contentOf, oldFile, type Opened, ownPath, shelfOf } from "./opened.js"
import * as Renumbered from "./renumbered.js"
import * as Scanning from "./scanning.js"
import * as Sql from "./sql.js"

type Failure = Damaged | LedgerError | QueryError

/** What came of one file. */
interface Rewritten {
  /** Rows that changed, and rows that left. */
  readonly changed: number
  readonly left: number
  readonly traces: ReadonlyArray<Trace>
  /** The units of rows that left. */
  readonly removed: ReadonlyArray<string>
  /** Units under which rows were known, and are now. */
  readonly renamed: ReadonlyArray<readonly [before: string, after: string]>
}

const textIn = (row: Row, column: string): string => String(row[column])

const unitOf = ({ replacedBy }: Table.Any, row: Row): string =>
  Sql.unitOf(replacedBy.map((column) => textIn(row, column)))

/** The columns that a hiding may change. */
const hidden = ({ people }: Opened, table: Table.Any) => {
  const personal = people?.tables.get(table.name)?.personal ?? new Set<string>()
  return table.columns.filter(({ name }) => personal.has(name))
}

/** Looks at each row, and gathers in `changed` and `leaving` what is to become of the file. */
const prepare = (opened: Opened, connection: Connection, hiding: Hiding, place: Scanning.Place) =>
  Effect.gen(function*() {
    const { source, table } = place
    const columns = hidden(opened, table)
    yield* connection.run(
      `CREATE OR REPLACE TEMP TABLE changed ("$place" BIGINT${columns.length === 0 ? "" : `, ${Sql.declare(columns)}`})`
    )
    yield* connection.run(`CREATE OR REPLACE TEMP TABLE leaving ("$place" BIGINT)`)
    const traces: Array<Trace> = []
    const removed = new Set<string>()
    const renamed: Array<readonly [string, string]> = []
    let [changed, left] = [0, 0]
    yield* Scanning.scan(connection, place, (rows) =>
      Effect.gen(function*() {
        const entries: Array<Row> = []
        const gone: Array<number> = []
        for (const { place, row } of rows) {
          const kept = hiding.row(source, table, row)
          if (kept.trace !== null) traces.push(kept.trace)
          if (kept.row === null) {
            gone.push(place)
            removed.add(unitOf(table, row))
            continue
          }
          const after = kept.row
          if (columns.every(({ name }) => Object.is(after[name], row[name]) || same(after[name], row[name]))) continue
          entries.push({ $place: place, ...Object.fromEntries(columns.map(({ name }) => [name, after[name]])) })
          const [before, now] = [unitOf(table, row), unitOf(table, after)]
          if (before !== now) renamed.push([before, now])
        }
        changed += entries.length
        left += gone.length
        if (entries.length > 0) {
          const type = `STRUCT("$place" BIGINT, ${Sql.declare(columns)})[]`
          yield* connection.run(
            `INSERT INTO changed SELECT entry.* FROM (SELECT unnest(CAST(CAST($1 AS JSON) AS ${type})) AS entry)`,
            [JSON.stringify(entries)]
          )
        }
        if (gone.length > 0) {
          yield* connection.run(
            "INSERT INTO leaving SELECT unnest(from_json($1, '[\"BIGINT\"]'))",
            [JSON.stringify(gone)]
          )
        }
      }))
    const found: Rewritten = { changed, left, traces, removed: [...removed], renamed }
    return found
  })

/** Empty lists and other values that are equal without being one. */
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** The rows of the file as they are to be. */
const rewritten = (opened: Opened, { relation, table }: Scanning.Place): string => {
  const replaced = hidden(opened, table).map(({ name }) =>
    `CASE WHEN changed."$place" IS NULL THEN old.${Sql.name(name)} ELSE changed.${Sql.name(name)} END AS ${
      Sql.name(name)
    }`
  )
  return `SELECT old.* ${replaced.length === 0 ? "" : `REPLACE (${replaced.join(", ")})`}
    FROM ${relation} AS old LEFT JOIN changed ON old."$place" = changed."$place"
    WHERE old."$place" NOT IN (SELECT "$place" FROM leaving)`
}

/** Rows that have one key now, since their keys were two spellings of one number: the one that was there last stays. */
const leaveOthers = (opened: Opened, place: Scanning.Place): string => {
  const { table } = place
  const instants = table.columns.flatMap(({ name, type }) =>
    type._tag === "Instant" && !table.stamps.includes(name) && name !== "gone_at" ? [Sql.name(name)] : []
  )
  const order = [
    ...table.columns.some(({ name }) => name === "gone_at") ? ["gone_at IS NOT NULL"] : [],
    ...instants.length === 0 ? [] : [`greatest(${instants.join(", ")}) DESC NULLS LAST`],
    "\"$place\""
  ]
  return `INSERT INTO leaving SELECT "$place" FROM (${rewritten(opened, place)})
    QUALIFY row_number() OVER (PARTITION BY ${Sql.list(table.key)} ORDER BY ${order.join(", ")}) > 1`
}

const isChanged = ({ changed, left }: Rewritten): boolean => changed + left > 0

const remember = (opened: Opened, shelf: number, { traces }: Rewritten) =>
  traces.length === 0
    ? Effect.void
    : opened.ledger.transaction(
      "state commit",
      (statements) => Effect.zipRight(Erased.record(statements, shelf, traces), ErasedList.write(opened, statements))
    )

const Numbers = Schema.Struct({ text: Schema.String })

const rewriteFile = (
  opened: Opened,
  connection: Connection,
  hiding: Hiding,
  { partition, ...shelf }: typeof Scanning.FileRow.Type
): Effect.Effect<Rewritten, Failure> =>
  Effect.gen(function*() {
    const table = opened.tables.get(shelf.table)
    const old = table === undefined ? null : yield* oldFile(opened, shelf, partition)
    if (table === undefined || old === null) return nothing
    const place = Scanning.ofFile(shelf.source, table, old.path)
    const found = yield* prepare(opened, connection, hiding, place)
    // First: a row that left is counted twice for a moment, and never not at all.
    yield* remember(opened, shelf.id, found)
    if (!isChanged(found)) return found
    if (found.renamed.length > 0) yield* connection.run(leaveOthers(opened, place))
    const file = yield* writeAside(
      opened,
      connection,
      { shelf, partition, old: old.sha256 },
      `SELECT * EXCLUDE ("$place") FROM (${rewritten(opened, place)})`
    )
    const { removed, renamed } = found
    const numbersOf = (pairs: Rewritten["renamed"]) =>
      Effect.map(
        opened.ledger.all(
          Numbers,
          `SELECT json_group_array(json_array(pair.value ->> 1, ${Renumbered.numbers("keys")})) AS text
            FROM json_each(?) AS pair CROSS JOIN keys ON keys.shelf = ? AND keys.unit = pair.value ->> 0
            ${Renumbered.join("keys")}`,
          JSON.stringify(pairs),
          shelf.id
        ),
        ([found]) => found?.text ?? "[]"
      )
    const pieces = Array.chunksOf(renamed, Intents.some)
    const texts = yield* Effect.forEach(pieces, numbersOf)
    yield* Intents.carryOut(opened, {
      files: [file],
      keys: texts.length === 0
        ? []
        : [{ shelf, partition, pieces: texts.length, piece: (index) => Effect.succeed(texts[index] ?? "[]") }],
      windows: [],
      removed: { shelf, units: JSON.stringify([...removed, ...renamed.map(([before]) => before)]) }
    })
    return found
  })

const nothing: Rewritten = { changed: 0, left: 0, traces: [], removed: [], renamed: [] }

const rewriteLanding = (
  opened: Opened,
  connection: Connection,
  hiding: Hiding,
  landing: LandedRows.Landing
): Effect.Effect<Rewritten, Failure> =>
  Effect.gen(function*() {
    const table = opened.tables.get(landing.table)
    if (table === undefined || landing.rows === 0) return nothing
    const path = ownPath(opened, Layout.landing, landing.file)
    if ((yield* contentOf(path)) !== landing.sha256) {
      return yield* new Damaged({ path, reason: "is not what was landed" })
    }
    const place = Scanning.ofLanding(landing.source, table, { path, lines: landing.lines })
    const found = yield* prepare(opened, connection, hiding, place)
    yield* remember(opened, landing.shelf, found)
    if (!isChanged(found)) return found
    const copy = yield* Copies.write(opened, connection, {
      groups: landing.groups,
      // The rows of a landing are in the order in which they were read.
      query: `SELECT * EXCLUDE ("$place", "$answer"), CAST("$answer" AS DOUBLE) AS ${Sql.name(LandedRows.answerColumn)}
        FROM (${rewritten(opened, place)} ORDER BY old."$place")`
    })
    yield* opened.ledger.transaction("landing commit", (statements) =>
      Effect.gen(function*() {
        if (copy === null && landing.emptied.length === 0) {
          return yield* statements.run("DELETE FROM landings WHERE id = ?", landing.id)
        }
        yield* statements.run("DELETE FROM landed_lines WHERE landing = ?", landing.id)
        yield* statements.run(
          "UPDATE landings SET file = ?, sha256 = ?, rows = ?, bytes = ? WHERE id = ?",
          copy?.file ?? landing.file,
          copy?.sha256 ?? landing.sha256,
          copy?.rows ?? 0,
          copy?.bytes ?? landing.bytes,
          landing.id
        )
      }))
    yield* opened.disk.unlink(path)
    return found
  })

/** What was done, and what could not be. */
export interface Report {
  readonly changed: Readonly<Record<string, number>>
  readonly left: Readonly<Record<string, number>>
  /** Files that cannot be read, so that nothing in them was changed. */
  readonly damaged: ReadonlyArray<Finding.Finding>
}

const count = (counts: Record<string, number>, table: string, more: number) => {
  if (more > 0) counts[table] = (counts[table] ?? 0) + more
}

/** What looking at all rows has found. */
export interface Looked {
  /** Whether a file of rows that say themselves who they are of is to be rewritten. */
  readonly isTouched: (file: typeof Scanning.FileRow.Type) => boolean
}

/**
 * Looks at all rows first, since one reading of a row may name a person that another one leaves out, and remembers the rows that
 * will leave: from then on they are counted, wherever they are.
 */
export const look = (opened: Opened, connection: Connection, hiding: Hiding): Effect.Effect<Looked, Failure> =>
  Effect.gen(function*() {
    const touched = new Set<string>()
    const traces = new Map<string, { readonly source: string; readonly table: string; readonly of: Array<Trace> }>()
    let isNamedInLanding = false
    const damaged = yield* Scanning.eachRow(opened, connection, (source, known, row, file) => {
      const kept = hiding.row(source, known, row)
      if (kept.row !== row) touched.add(file)
      if (kept.trace === null) return
      // A landing may name the person of rows that were looked at before.
      isNamedInLanding ||= !Scanning.isPublished(file)
      const name = `${source} ${known.name}`
      const found = traces.get(name) ?? { source, table: known.name, of: [] }
      traces.set(name, found)
      found.of.push(kept.trace)
    })
    for (const { of, source, table } of traces.values()) {
      yield* opened.ledger.transaction(
        "state commit",
        (statements) =>
          Effect.gen(function*() {
            const shelf = yield* shelfOf(statements, table, source)
            yield* Erased.record(statements, shelf.id, of)
            yield* ErasedList.write(opened, statements)
          })
      )
    }
    return {
      isTouched: (file) => {
        const name = Scanning.nameOfFile(file)
        return isNamedInLanding || touched.has(name) || damaged.has(name)
      }
    }
  })

/** Rewrites each file and landing in which something is to be hidden. */
export const rewrite = (
  opened: Opened,
  connection: Connection,
  hiding: Hiding,
  { isTouched }: Looked
): Effect.Effect<Report, Failure> =>
  Effect.gen(function*() {
    const damaged: Array<Finding.Finding> = []
    const changed: Record<string, number> = {}
    const left: Record<string, number> = {}
    const guarded = (
      where: { readonly source: string; readonly partition: string; readonly table: string },
      work: Effect.Effect<Rewritten, Failure>
    ) =>
      work.pipe(
        Effect.map((done) => {
          count(changed, where.table, done.changed)
          count(left, where.table, done.left)
        }),
        Effect.catchTag("Damaged", (problem) =>
          Effect.sync(() => {
            if (damaged.every((known) => known.problem.path !== problem.path)) {
              damaged.push(Finding.ofPartition(problem, where))
            }
          }))
      )
    const waiting = yield* LandedRows.waiting(opened.ledger)
    for (const file of yield* Scanning.files(opened)) {
      if (Scanning.isParent(opened, file) && !isTouched(file)) continue
      yield* guarded(file, rewriteFile(opened, connection, hiding, file))
    }
    for (const landing of waiting) {
      yield* guarded({ ...landing, partition: "" }, rewriteLanding(opened, connection, hiding, landing))
    }
    return { changed, left, damaged }
  })
