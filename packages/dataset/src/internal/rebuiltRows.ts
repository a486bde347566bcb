/** What the ledger holds of tables whose files are written from there, read back from these files. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { LedgerError, QueryError } from "../DatasetError.js"
import * as Run from "../Run.js"
import type { FoundFile } from "./foundFiles.js"
import * as FoundFiles from "./foundFiles.js"
import type { Opened } from "./opened.js"
import { shelfOf } from "./opened.js"
import * as Sightings from "./sightings.js"
import * as Sql from "./sql.js"

type Failure = LedgerError | QueryError

const encode = Schema.encodeSync(Schema.parseJson(Run.Summary))

/** Numbers that a killed run may have handed out. */
const ofKilled = 1000

/** The runs, and from which number on what stands is numbered: above all that they may have named. */
export const runs = (opened: Opened, files: ReadonlyArray<FoundFile>): Effect.Effect<void, Failure> =>
  Effect.gen(function*() {
    let numbers = 0
    for (const file of files) {
      const rows = yield* opened.session.all(Run.Row, `SELECT * FROM ${FoundFiles.relation(file)} ORDER BY started_at`)
      yield* opened.ledger.transaction(
        "state commit",
        (statements) =>
          Effect.forEach(rows, (row) =>
            Effect.gen(function*() {
              const { command, ended_at, run_id, started_at, status, version, ...says } = row
              const isOver = status !== "running"
              numbers += row.ended_at === null ?
                ofKilled :
                (row.rows_quarantined ?? 0) + (row.standing_quarantine ?? 0) +
                (row.standing_vanished ?? 0) + (row.standing_differences ?? 0) + (row.standing_accepted ?? 0)
              yield* statements.run(
                "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)",
                run_id,
                started_at.epochMillis,
                ended_at?.epochMillis ?? null,
                isOver ? status : null
              )
              yield* statements.run(
                "INSERT OR REPLACE INTO run_reports VALUES (?, ?, ?, ?, 0)",
                run_id,
                command,
                version,
                row.exit_code === null ? null : encode(says)
              )
            }), { discard: true })
      )
    }
    yield* opened.ledger.run(
      "INSERT OR REPLACE INTO counters VALUES ('standing', ?)",
      Math.ceil((numbers + 1) / ofKilled) * ofKilled
    )
  })

const Rows = Schema.Struct({ rows: Sightings.Published })

/** Who and what was met. */
export const sightings = (opened: Opened, file: FoundFile): Effect.Effect<void, Failure> =>
  Effect.gen(function*() {
    const { source, table } = file
    const [found] = yield* opened.session.all(
      Rows,
      `SELECT coalesce(CAST(to_json(list([${Sql.unit(table.key, "seen")}, CAST(to_json(struct_pack(${
        table.columns.filter(({ name }) => !Sightings.stamps.includes(name)).map(({ name }) =>
          `${Sql.name(name)} := ${Sql.name(name)}`
        ).join(", ")
      })) AS VARCHAR), CAST(epoch_ms(first_seen_at) AS VARCHAR), CAST(epoch_ms(last_seen_at) AS VARCHAR)])) AS VARCHAR), '[]') AS rows
        FROM ${FoundFiles.relation(file)} AS seen`
    )
    yield* opened.ledger.transaction("state commit", (statements) =>
      Effect.gen(function*() {
        const shelf = yield* shelfOf(statements, table.name, source)
        yield* Sightings.restore(statements, shelf.id, found?.rows ?? [])
      }))
  })
