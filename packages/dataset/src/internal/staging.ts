/**
 * Landed rows in one file, each with what decides whether it wins. A statement reads of it what it asks for, so that to merge rows
 * takes the memory of their keys.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { Damaged } from "../DatasetError.js"
import * as ParquetFiles from "../ParquetFiles.js"
import type { Batch } from "./jobs.js"
import * as LandedRows from "./landedRows.js"
import * as Layout from "./layout.js"
import * as Merging from "./merging.js"
import { onDisk, ownPath } from "./opened.js"
import * as Sql from "./sql.js"

/** Names and types, also where nothing has landed. */
const noRows = ({ table }: Merging.Shape): string =>
  `SELECT ${Sql.nulls(table.columns).join(", ")},
    NULL::BIGINT AS "$answer", NULL::BIGINT AS "$seq", NULL::BIGINT AS "$landing", NULL::VARCHAR AS "$unit" WHERE false`

/** No join finds the landing of a row: DuckDB may hold all rows in memory for one. */
const rowsOf = ({ table }: Merging.Shape, relation: string, landings: ReadonlyArray<LandedRows.Landing>): string => {
  const place = `list_position([${landings.map(({ file }) => Sql.text(file)).join(", ")}], "$file")`
  return `SELECT * EXCLUDE ("$file"), [${landings.map(({ id }) => id).join(", ")}][${place}] AS "$landing",
    ${Sql.unit(table.replacedBy, "landed")} AS "$unit" FROM ${relation} AS landed`
}

/** Whether the landing of a row knows a group. */
const knows = (group: string, landings: ReadonlyArray<LandedRows.Landing>): string => {
  const known = landings.filter(({ groups }) => groups.includes(group))
  return known.length === landings.length
    ? "true"
    : `list_contains([${known.map(({ id }) => id).join(", ")}]::BIGINT[], "$landing")`
}

const Staged = Schema.Struct({ landing: Schema.Number, rows: Schema.Number })

/** Writes the rows of the landings of a batch, and removes them when the scope ends. Returns the path. */
export const stage = ({ connection, landings, opened, shape }: Batch) =>
  Effect.gen(function*() {
    const path = yield* Effect.acquireRelease(
      Effect.sync(() => ownPath(opened, Layout.temporary, `${Layout.writer}-${randomUUID()}.parquet`)),
      (path) => Effect.ignore(onDisk("unlink", path, () => fs.rm(path, { force: true })))
    )
    const landed = landings.flatMap((landing) =>
      landing.rows === 0 ? [] : [{ ...landing, path: ownPath(opened, Layout.landing, landing.file) }]
    )
    const relations = LandedRows.relations(landed).map((relation) => rowsOf(shape, relation, landed))
    const staged = yield* connection.all(
      Staged,
      Sql.script([
        // Each column of a row group is held in memory until the group is full.
        `COPY (${[noRows(shape), ...relations].join(" UNION ALL BY NAME ")}) TO ${Sql.text(path)}
          (FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE 4096)`,
        `SELECT CAST("$landing" AS INTEGER) AS landing, CAST(count(*) AS INTEGER) AS rows
          FROM ${ParquetFiles.rows([path])} GROUP BY ALL`
      ])
    )
    const found = new Map(staged.map(({ landing, rows }) => [landing, rows]))
    for (const { id, path, rows } of landed) {
      const read = found.get(id) ?? 0
      if (read !== rows) return yield* new Damaged({ path, reason: `has ${read} rows instead of ${rows}` })
    }
    return path
  })

/** Makes `staged` of a part of the rows that were written, and `emptied` of the units that landed without any. */
export const take = ({ connection, landings, shape }: Batch, path: string, split: Merging.Split) =>
  Effect.gen(function*() {
    yield* connection.run(Sql.script([
      // A landing may be of a version whose table had other types.
      `CREATE OR REPLACE TEMP VIEW staged AS SELECT ${
        Sql.typed(shape.table.columns).join(", ")
      }, "$unit", "$answer", "$landing",
          "$answer"::HUGEINT * 18446744073709551616 + "$landing"::HUGEINT * 4294967296 + "$seq" AS "$rank"
          ${shape.groups.map(({ name }, index) => `, ${knows(name, landings)} AS "$g${index}"`).join("")}
        FROM ${ParquetFiles.rows([path])} WHERE ${Merging.isIn(split)}`,
      `CREATE OR REPLACE TEMP TABLE emptied ("$unit" VARCHAR, "$answer" BIGINT, "$landing" BIGINT)`
    ]))
    const emptied = split.index > 0 ?
      [] :
      landings.flatMap(({ emptied, id }) => emptied.map(([unit, answer]) => [unit, answer, id] as const))
    if (emptied.length > 0) yield* connection.run(insertEmptied, [JSON.stringify(emptied)])
  })

const insertEmptied = `INSERT INTO emptied
  SELECT entry ->> 0, CAST(entry ->> 1 AS BIGINT), CAST(entry ->> 2 AS BIGINT)
  FROM (SELECT unnest(from_json($1, '["JSON"]')) AS entry)`
