/** The runs of a dataset: recorded in the ledger, and published as the table `runs`. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { LedgerError, QueryError } from "../DatasetError.js"
import * as Finding from "../Finding.js"
import type { Ledger, Statements } from "../Ledger.js"
import { source } from "../OwnTables.js"
import * as Run from "../Run.js"
import type { Connection } from "../Session.js"
import * as FromLedger from "./fromLedger.js"
import * as Layout from "./layout.js"
import type { Opened } from "./opened.js"

export interface Begun {
  readonly id: string
  readonly at: DateTime.Utc
  readonly command: string
  readonly version: string | null
}

/** The one writer begins, so a run that has not ended was killed. */
export const begin = (ledger: Ledger, { at, command, id, version }: Begun): Effect.Effect<void, LedgerError> =>
  ledger.transaction("state commit", (statements) =>
    Effect.gen(function*() {
      yield* statements.run(
        `UPDATE run_reports SET changed = changed + 1 WHERE run IN (SELECT id FROM runs WHERE status IS NULL AND id <> ?)`,
        id
      )
      yield* statements.run("UPDATE runs SET status = 'killed' WHERE status IS NULL AND id <> ?", id)
      yield* statements.run("INSERT OR IGNORE INTO runs (id, started_at) VALUES (?, ?)", id, at.epochMillis)
      yield* statements.run(
        "INSERT OR IGNORE INTO run_reports (run, command, version, says, changed) VALUES (?, ?, ?, NULL, 1)",
        id,
        command,
        version
      )
    }))

const encode = Schema.encodeSync(Schema.parseJson(Run.Summary))

export interface Ended {
  readonly id: string
  readonly at: DateTime.Utc
  readonly status: Exclude<Run.Status, "running" | "killed">
  readonly summary: Run.Summary
}

export const end = (ledger: Ledger, { at, id, status, summary }: Ended): Effect.Effect<void, LedgerError> =>
  ledger.transaction("state commit", (statements) =>
    Effect.gen(function*() {
      yield* statements.run("UPDATE runs SET ended_at = ?, status = ? WHERE id = ?", at.epochMillis, status, id)
      yield* statements.run("UPDATE run_reports SET says = ?, changed = changed + 1 WHERE run = ?", encode(summary), id)
    }))

const Stored = Schema.Struct({
  id: Schema.String,
  started_at: Schema.Number,
  ended_at: Schema.NullOr(Schema.Number),
  status: Schema.NullOr(Run.Status),
  command: Schema.String,
  version: Schema.NullOr(Schema.String),
  says: Schema.NullOr(Schema.parseJson(Run.Summary)),
  changed: Schema.Number
})

const rowOf = ({ command, ended_at, id, says, started_at, status, version }: typeof Stored.Type): Run.Row => ({
  run_id: id,
  command,
  version,
  started_at: DateTime.unsafeMake(started_at),
  ended_at: ended_at === null ? null : DateTime.unsafeMake(ended_at),
  status: status ?? "running",
  ...says ?? Run.silent
})

const stored =
  "SELECT id, started_at, ended_at, status, command, version, says, changed FROM runs JOIN run_reports ON run = id"

/** The newest first. */
export const newest = (
  statements: Pick<Statements, "all">,
  limit: number,
  offset: number
): Effect.Effect<ReadonlyArray<Run.Row>, LedgerError> =>
  Effect.map(
    statements.all(Stored, `${stored} ORDER BY started_at DESC, id LIMIT ? OFFSET ?`, limit, offset),
    (rows) => rows.map(rowOf)
  )

const Place = Schema.Struct({ partition: Schema.String })
const toJson = Schema.encodeSync(Run.Row)

/** Rewrites the files in which a run changed. */
export const publish = (
  opened: Opened,
  connection: Connection
): Effect.Effect<
  { readonly files: number; readonly damaged: ReadonlyArray<Finding.Finding> },
  LedgerError | QueryError
> =>
  Effect.gen(function*() {
    const { ledger } = opened
    const partitionOf = `strftime('${Layout.format(opened.partition)}', started_at / 1000, 'unixepoch')`
    const changed = yield* ledger.all(
      Place,
      `SELECT DISTINCT ${partitionOf} AS partition FROM runs JOIN run_reports ON run = id WHERE changed > 0`
    )
    const damaged: Array<Finding.Finding> = []
    for (const { partition } of changed) {
      const rows = yield* ledger.all(Stored, `${stored} WHERE changed > 0 AND ${partitionOf} = ?`, partition)
      yield* FromLedger.publish(opened, connection, {
        table: Run.table,
        source,
        partition,
        rows: rows.map((row) => toJson(rowOf(row)))
      }).pipe(
        Effect.zipRight(ledger.run(
          `UPDATE run_reports SET changed = 0 FROM json_each(?) AS given
            WHERE run = given.value ->> 0 AND changed = given.value ->> 1`,
          JSON.stringify(rows.map(({ changed, id }) => [id, changed]))
        )),
        Effect.catchTag("Damaged", (problem) =>
          Effect.sync(() => {
            damaged.push(Finding.ofPartition(problem, { source, partition }))
          }))
      )
    }
    return { files: changed.length - damaged.length, damaged }
  })
