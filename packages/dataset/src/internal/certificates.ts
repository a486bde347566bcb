/** The `certificates` table: what the ledger says of what was read, in files like all others. */
import type * as Column from "@trunkline/parquet/Column"
import * as Effect from "effect/Effect"
import * as Certificate from "../Certificate.js"
import type { LedgerError, QueryError } from "../DatasetError.js"
import * as Finding from "../Finding.js"
import * as ParquetFiles from "../ParquetFiles.js"
import type { Connection } from "../Session.js"
import { writeAside } from "./aside.js"
import * as Intents from "./intents.js"
import * as KeptKeys from "./keptKeys.js"
import * as Layout from "./layout.js"
import { oldFile, type Opened, shelfOf } from "./opened.js"
import * as Sql from "./sql.js"
import * as State from "./state.js"

export const table = Certificate.table.name

export const columns: ReadonlyArray<Column.Column> = Certificate.table.columns

export const key: ReadonlyArray<string> = Certificate.table.key

// Only windows whose rows are where a reader finds them: a certificate never runs ahead of its data.
const settled = `SELECT * FROM windows WHERE NOT EXISTS (
    SELECT 1 FROM landings WHERE landings.window = windows.id AND landings.published = 0
  )`

const jsonType = (type: Column.ColumnType): string =>
  type._tag === "Instant" ? "\"BIGINT\"" : type._tag === "List" ? "[\"VARCHAR\"]" : JSON.stringify(Sql.type(type))

/** The rows of the ledger that the variable holds, as the table has them. */
export const current = `SELECT ${
  columns.map(({ name, type }) =>
    type._tag === "Instant"
      ? `CAST(epoch_ms(entry.${Sql.name(name)}) AS TIMESTAMP WITH TIME ZONE) AS ${Sql.name(name)}`
      : `CAST(entry.${Sql.name(name)} AS ${Sql.type(type)}) AS ${Sql.name(name)}`
  ).join(", ")
} FROM (SELECT unnest(from_json(getvariable('trunkline_certificates'), ${
  Sql.text(`[{${columns.map(({ name, type }) => `${JSON.stringify(name)}: ${jsonType(type)}`).join(", ")}}]`)
})) AS entry)`

/** A window that is being read anew keeps its last certificate until its rows are published. */
const query = (old: string | null): string =>
  old === null
    ? current
    : `WITH current AS (${current}) SELECT * FROM current UNION ALL BY NAME
        SELECT old.* FROM ${ParquetFiles.rows([old])} AS old ANTI JOIN current ON ${Sql.same(key, "current", "old")}`

/** Rewrites the files in which a certificate changed. */
export const publish = (
  opened: Opened,
  connection: Connection
): Effect.Effect<
  { readonly files: number; readonly damaged: ReadonlyArray<Finding.Finding> },
  LedgerError | QueryError
> =>
  Effect.gen(function*() {
    yield* KeptKeys.forgetCovered(opened.ledger)
    const changed = yield* opened.ledger.all(State.WindowRow, `SELECT * FROM (${settled}) WHERE published < revision`)
    const places = new Map(changed.map((row) => {
      const partition = Layout.partitionOf(opened.partition, row.from_at)
      return [`${row.source} ${partition}`, { source: row.source, partition }]
    }))
    const damaged: Array<Finding.Finding> = []
    const rewrite = Effect.fnUntraced(
      function*({ partition, source }: { readonly source: string; readonly partition: string }) {
        const shelf = yield* shelfOf(opened.ledger, table, source)
        const old = yield* oldFile(opened, shelf, partition)
        const rows = (yield* opened.ledger.all(
          State.WindowRow,
          `SELECT * FROM (${settled}) WHERE source = ? ORDER BY scope, stream, from_at, to_at`,
          source
        )).filter((row) => Layout.partitionOf(opened.partition, row.from_at) === partition)
        yield* connection.run("SET VARIABLE trunkline_certificates = $1", [JSON.stringify(rows)])
        const file = yield* writeAside(
          opened,
          connection,
          { shelf, partition, old: old?.sha256 ?? null },
          query(old?.path ?? null)
        )
        yield* Intents.carryOut(opened, {
          files: [file],
          keys: [],
          windows: rows.map(({ id, revision }) => [id, revision] as const)
        })
      }
    )
    for (const place of places.values()) {
      yield* rewrite(place).pipe(
        Effect.catchTag("Damaged", (problem) =>
          Effect.sync(() => {
            damaged.push(Finding.ofPartition(problem, place))
          }))
      )
    }
    return { files: places.size - damaged.length, damaged }
  })
