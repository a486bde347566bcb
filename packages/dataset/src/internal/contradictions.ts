/** Rows of the ledger that contradict each other. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { LedgerError } from "../DatasetError.js"
import * as Finding from "../Finding.js"
import * as Interval from "../Interval.js"
import type { Subject } from "./files.js"
import * as KeptKeys from "./keptKeys.js"
import * as Layout from "./layout.js"

const Counted = Schema.Struct({
  shelf: Schema.Number,
  table: Schema.String,
  source: Schema.String,
  partition: Schema.String,
  rows: Schema.Number,
  keys: Schema.Number
})
const Window = Schema.Struct({
  source: Schema.String,
  scope: Schema.String,
  stream: Schema.String,
  from_at: Schema.Number,
  to_at: Schema.Number
})
const Foreign = Schema.Struct({ table: Schema.String, parent: Schema.String })
const Count = Schema.Struct({ count: Schema.Number })

const impossible: ReadonlyArray<readonly [what: string, count: string]> = [
  ["it holds no dataset, or several", "SELECT count(*) <> 1 AS count FROM dataset"],
  [
    "a file without a hash or a size",
    "SELECT count(*) AS count FROM files WHERE length(sha256) <> 64 OR bytes <= 0 OR rows < 0"
  ],
  [
    "a landing without a hash or a size",
    "SELECT count(*) AS count FROM landings WHERE length(sha256) <> 64 OR bytes < 0 OR rows < 0"
  ],
  ["a window that ends before it begins", "SELECT count(*) AS count FROM windows WHERE to_at < from_at"],
  [
    "a certificate that was published before it was given",
    "SELECT count(*) AS count FROM windows WHERE published > revision"
  ],
  ["a certified stretch that ends before it begins", "SELECT count(*) AS count FROM certified WHERE to_at <= from_at"]
]

/** What cannot be of a table that may be missing in a ledger of an earlier version. */
const keptImpossible = (keys: string): typeof impossible => [
  [
    "a certified window without its keys",
    `SELECT count(*) AS count FROM windows WHERE verdict = 'certified' AND id NOT IN (SELECT "window" FROM ${keys})`
  ],
  [
    "keys that are lost, or were to be forgotten",
    `SELECT count(*) AS count FROM ${keys} WHERE (keys IS NULL) <> (state IN ('covered', 'unknown'))`
  ],
  [
    "keys of a window that is not certified",
    `SELECT count(*) AS count FROM ${keys} JOIN windows ON id = "window" WHERE verdict <> 'certified'`
  ]
]

const intervals = (rows: ReadonlyArray<typeof Window.Type>) =>
  rows.map((row) => Interval.make(DateTime.unsafeMake(row.from_at), DateTime.unsafeMake(row.to_at)))

/** Partitions of tables whose rows are replaced one by one, so that each row has a key and each key a row, and that have not. */
export const miscounted = (
  ledger: Subject["ledger"],
  tables: Subject["tables"]
): Effect.Effect<ReadonlyArray<typeof Counted.Type>, LedgerError> => {
  const single = new Set(
    tables.filter(({ key, replacedBy }) => replacedBy.length === key.length).map(({ name }) => name)
  )
  return Effect.map(
    ledger.all(
      Counted,
      `WITH counted AS (SELECT shelf, partition, count(*) AS keys FROM keys GROUP BY shelf, partition)
        SELECT shelves.id AS shelf, name AS "table", source, counted.partition AS partition, coalesce(rows, 0) AS rows, keys
          FROM counted JOIN shelves ON shelves.id = counted.shelf
          LEFT JOIN files ON files.shelf = counted.shelf AND files.partition = counted.partition
        UNION ALL
        SELECT shelves.id, name, source, files.partition, rows, 0 FROM files JOIN shelves ON shelves.id = files.shelf
          WHERE NOT EXISTS (
            SELECT 1 FROM counted WHERE counted.shelf = files.shelf AND counted.partition = files.partition
          )`
    ),
    (counted) => counted.filter(({ keys, rows, table }) => single.has(table) && keys !== rows)
  )
}

export const contradictions = (
  { ledger, out, tables }: Pick<Subject, "ledger" | "out" | "tables">,
  options: {
    /** Whether keys are counted, which takes as long as the ledger is large. */
    readonly keys: boolean
  }
): Effect.Effect<ReadonlyArray<Finding.Finding>, LedgerError> =>
  Effect.gen(function*() {
    const path = join(out, Layout.own, Layout.ledger)
    const findings: Array<Finding.Finding> = []
    const doubt = (what: string, place?: { readonly source: string; readonly partition: string }) => {
      const problem = new Finding.LedgerContradiction({ path, what })
      findings.push(place === undefined ? { problem, source: null, from: null } : Finding.ofPartition(problem, place))
    }

    for (const [what, sql] of [...impossible, ...keptImpossible(yield* KeptKeys.relation(ledger))]) {
      const [row] = yield* ledger.all(Count, sql)
      if (row !== undefined && row.count > 0) doubt(what)
    }
    const orphans = yield* ledger.all(Foreign, `SELECT DISTINCT "table", parent FROM pragma_foreign_key_check`)
    for (const { parent, table } of orphans) doubt(`rows of ${table} belong to rows of ${parent} that are not there`)

    if (options.keys) {
      for (const { keys, partition, rows, source, table } of yield* miscounted(ledger, tables)) {
        const where = [table, source, partition].filter((part) => part !== "").join(" ")
        doubt(`${where} has ${keys} keys and ${rows} rows`, { source, partition })
      }
      const [stray] = yield* ledger.all(
        Count,
        "SELECT count(*) AS count FROM keys WHERE shelf NOT IN (SELECT id FROM shelves)"
      )
      if (stray !== undefined && stray.count > 0) doubt(`${stray.count} keys belong to no table`)
    }

    const certified = yield* ledger.all(Window, "SELECT source, scope, stream, from_at, to_at FROM certified")
    const windows = yield* ledger.all(
      Window,
      "SELECT source, scope, stream, from_at, to_at FROM windows WHERE verdict = 'certified'"
    )
    const listOf = ({ scope, source, stream }: typeof Window.Type) => JSON.stringify([source, scope, stream])
    for (const list of new Set(certified.map(listOf))) {
      const claimed = certified.filter((row) => listOf(row) === list)
      const proved = windows.filter((row) => listOf(row) === list)
      if (Interval.subtract(intervals(claimed), intervals(proved)).length > 0) {
        const [{ source, stream } = { source: "", stream: "" }] = claimed
        doubt(`${source} ${stream} is certified where no window is`)
      }
    }
    return findings
  })
