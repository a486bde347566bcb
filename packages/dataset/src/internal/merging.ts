/**
 * What wins, as SQL: landed rows deduplicated among themselves, then joined to the rows they replace. The old file itself is
 * only streamed past a table of keys, so that memory does not grow with it.
 *
 * Names with a `$` are ours; no column has one.
 */
import type * as Table from "@trunkline/parquet/Table"
import * as ParquetFiles from "../ParquetFiles.js"
import * as Numbers from "./numbers.js"
import * as Sql from "./sql.js"

export interface Shape {
  readonly table: Table.Any
  readonly key: ReadonlyArray<string>
  /** Whole units are replaced, not single rows. */
  readonly whole: boolean
  readonly groups: ReadonlyArray<{ readonly name: string; readonly columns: ReadonlyArray<string> }>
  readonly stamps: ReadonlyArray<string>
  /** All that is neither key nor stamp. */
  readonly content: ReadonlyArray<string>
}

/** Stamps follow the row, so they are taken out of the groups they stand in. */
export const shapeOf = (table: Table.Any): Shape => {
  const isStamp = (name: string) => table.stamps.includes(name)
  const groups = table.groups.map((group) => ({
    name: group.name,
    columns: group.columns.filter((name) => !isStamp(name))
  })).filter((group) => group.columns.length > 0)
  return {
    table,
    key: table.key,
    whole: table.replacedBy.length < table.key.length,
    groups,
    stamps: table.stamps,
    content: groups.flatMap((group) => group.columns)
  }
}

/** What landings know of a row: the names of its groups. */
export type KnownGroups = ReadonlyArray<{ readonly groups: ReadonlyArray<string> }>

/** Of each group, the first that the same landings know: they are as new as each other, and are counted once. */
const firstOf = ({ groups }: Shape, landings: KnownGroups): ReadonlyArray<number> => {
  const knownTo = groups.map(({ name }) => landings.map((landing) => landing.groups.includes(name)).join())
  return knownTo.map((known) => knownTo.indexOf(known))
}

/**
 * One row per key: of each group, which row is the newest reading that asked for it, and how new that is. Only what
 * decides is gathered here; the rows themselves stay where DuckDB can spill them.
 */
const createFresh = (shape: Shape, landings: KnownGroups): string => {
  const { groups, key, table } = shape
  const decides = [...new Set([table.eventTime, table.parent?.by])].filter((column): column is string =>
    typeof column === "string" && !key.includes(column)
  )
  const first = firstOf(shape, landings)
  const counted = groups.flatMap(({ columns }, index) => {
    const found = decides.filter((column) => columns.includes(column)).map((column) =>
      `coalesce(arg_max(${Sql.name(column)}, "$rank") FILTER (WHERE "$g${index}"),
        arg_max(${Sql.name(column)}, "$rank")) AS ${Sql.name(`$v ${column}`)}`
    )
    return first[index] !== index ? found : [
      `coalesce(max("$rank") FILTER (WHERE "$g${index}"), max("$rank")) AS "$w${index}"`,
      `coalesce(max("$answer") FILTER (WHERE "$g${index}"), 0) AS "$n${index}"`,
      ...found
    ]
  })
  return `CREATE OR REPLACE TEMP TABLE fresh AS
    SELECT ${[Sql.list(key), "\"$unit\"", "max(\"$rank\") AS \"$w\"", ...counted].join(", ")}
    FROM staged GROUP BY ${Sql.list(key)}, "$unit"`
}

/** The newest reading of each unit, which may have no rows, and its rows. */
const createWhole = ({ key, table }: Shape): ReadonlyArray<string> => [
  `CREATE OR REPLACE TEMP TABLE fresh AS SELECT "$unit", max("$answer") AS "$n0"
    ${
    table.eventTime === null || table.parent !== null
      ? ""
      : `, arg_max(${Sql.name(table.eventTime)}, "$rank") AS "$event"`
  }
    FROM (SELECT * FROM staged UNION ALL BY NAME SELECT * FROM emptied) GROUP BY "$unit"`,
  `CREATE OR REPLACE TEMP TABLE lines AS
    SELECT ${Sql.list(key, "staged")}, staged."$unit", max("$rank") AS "$w"
    FROM staged JOIN fresh ON staged."$unit" = fresh."$unit" AND staged."$answer" = fresh."$n0"
    GROUP BY ${Sql.list(key, "staged")}, staged."$unit"`
]

export const deduplicate = (shape: Shape, landings: KnownGroups): ReadonlyArray<string> =>
  shape.whole ? createWhole(shape) : [createFresh(shape, landings)]

/** What the ledger knows of the units: where they lie and how new each group is; and where their parents lie. */
export const createKnown = Sql.script([
  `CREATE OR REPLACE TEMP TABLE known ("$unit" VARCHAR, partition VARCHAR, numbers VARCHAR)`,
  `CREATE OR REPLACE TEMP TABLE homes (parent VARCHAR, partition VARCHAR)`
])

export const insertKnown = `INSERT INTO known SELECT entry ->> 0, entry ->> 1, entry ->> 2
  FROM (SELECT unnest(from_json($1, '["JSON"]')) AS entry)`

export const insertHomes = `INSERT INTO homes SELECT DISTINCT entry ->> 0, entry ->> 1
  FROM (SELECT unnest(from_json($1, '["JSON"]')) AS entry)`

/** Texts between here and the ledger are arrays made by the databases: rows by the hundred thousand are none of ours. */
export const asked = (expression: string, from: number, to: number): string =>
  `SELECT coalesce(CAST(to_json(list(DISTINCT ${expression})) AS VARCHAR), '[]') AS text FROM fresh
    WHERE rowid >= ${from} AND rowid < ${to}`

export const numbered = (from: number, to: number): string =>
  `SELECT coalesce(CAST(to_json(list(["$unit", "$numbers", "$to"])) AS VARCHAR), '[]') AS text FROM job
    WHERE rowid >= ${from} AND rowid < ${to}`

/** The text by which the parent of a unit is known. */
export const parentOf = ({ key, table, whole }: Shape): string | null =>
  table.parent === null
    ? null
    : whole
    ? "fresh.\"$unit\""
    : key.includes(table.parent.by)
    ? `CAST(fresh.${Sql.name(table.parent.by)} AS VARCHAR)`
    : `CAST(fresh.${Sql.name(`$v ${table.parent.by}`)} AS VARCHAR)`

const groupOf = ({ groups }: Shape, column: string): number =>
  groups.findIndex((group) => group.columns.includes(column))

/** Where each unit lies and where it belongs; null where its parent is not known yet. */
export const createRouted = (shape: Shape, landings: KnownGroups, format: string): string => {
  const { groups, key, table, whole } = shape
  const first = whole ? [0] : firstOf(shape, landings)
  const numbered = (whole ? ["rows"] : groups.map(({ name }) => name)).map((name, index): Numbers.Numbered => ({
    name,
    fresh: `"$n${first[index] ?? 0}"`,
    known: `"$k${index}"`
  }))
  const takes = numbered.map(({ fresh, known }) => Numbers.takesIn(`fresh.${fresh}`, known))
  const parent = parentOf(shape)
  const dated = (expression: string) => `strftime(${expression}, ${Sql.text(format)})`
  const target = table.parent !== null
    ? "homes.partition"
    : table.eventTime === null
    ? "''"
    : whole
    // A reading without rows says nothing of when.
    ? `coalesce(${dated("fresh.\"$event\"")}, known.partition)`
    : key.includes(table.eventTime)
    ? dated(`fresh.${Sql.name(table.eventTime)}`)
    : `CASE WHEN known.partition IS NULL OR ${takes[groupOf(shape, table.eventTime)] ?? "false"}
        THEN ${dated(`fresh.${Sql.name(`$v ${table.eventTime}`)}`)} ELSE known.partition END`
  const kept = whole ? ["fresh.*", "\"$k0\""] : [
    Sql.list(key, "fresh"),
    "fresh.\"$unit\"",
    "\"$w\"",
    ...[...new Set(first)].map((index) => `"$w${index}"`),
    ...takes.map((taken, index) => `${taken} AS "$t${index}"`)
  ]
  const same = [...new Set(numbered.map(({ fresh }) => fresh))].map((column) => `fresh.${column} = versions.${column}`)
  return `CREATE OR REPLACE TEMP TABLE routed AS
    SELECT ${kept.join(", ")}, known.partition AS "$from", ${target} AS "$to", "$numbers"
    FROM fresh LEFT JOIN known ON fresh."$unit" = known."$unit"
      JOIN (${Numbers.versions(numbered)}) AS versions
        ON known.numbers IS NOT DISTINCT FROM versions.numbers AND ${same.join(" AND ")}
      ${parent === null ? "" : `LEFT JOIN homes ON ${parent} = homes.parent`}`
}

/** What is to be done with what is routed. */
export const jobs = ({ whole }: Shape): string =>
  `SELECT "$from" AS "from", "$to" AS "to", CAST(count(*) AS INTEGER) AS units,
      CAST(${whole ? "coalesce(sum(rows), 0)" : "count(*)"} AS INTEGER) AS rows
    FROM routed ${
    whole ? "LEFT JOIN (SELECT \"$unit\", count(*) AS rows FROM lines GROUP BY ALL) USING (\"$unit\")" : ""
  }
    GROUP BY ALL ORDER BY 2, 1`

export interface Job {
  readonly from: string | null
  readonly to: string
}

const createJob = ({ whole }: Shape, from: string, to: string): string =>
  `CREATE OR REPLACE TEMP TABLE job AS SELECT * FROM routed WHERE ${from} AND ${to}${
    whole ? " AND \"$n0\" >= \"$k0\"" : ""
  }`

/** Units that leave a partition for another. */
export const createMove = (shape: Shape, from: string, to: string): string =>
  createJob(shape, `"$from" = ${Sql.text(from)}`, `"$to" = ${Sql.text(to)}`)

/** Which part of some rows, of how many. Rows of one unit are always in the same part. */
export interface Split {
  readonly of: number
  readonly index: number
}

export const isIn = ({ index, of }: Split): string => of === 1 ? "true" : `hash("$unit") % ${of} = ${index}`

/** Units that are new in these partitions or stay where they are, or a part of them. */
export const createFill = (shape: Shape, to: ReadonlyArray<string>, split: Split = { of: 1, index: 0 }): string =>
  createJob(
    shape,
    `("$from" IS NULL OR "$from" = "$to") AND ${isIn(split)}`,
    `"$to" IN (${to.map(Sql.text).join(", ")})`
  )

/** The rows of the job, of whole units. */
export const linesOfJob = "lines JOIN job ON lines.\"$unit\" = job.\"$unit\""

/** Landings with a unit whose parent is not known yet, or whose job was not done. */
export const unfinished = (notDone: ReadonlyArray<Job>): string =>
  `SELECT DISTINCT CAST("$landing" AS INTEGER) AS id
    FROM (SELECT "$landing", "$unit" FROM staged UNION ALL SELECT "$landing", "$unit" FROM emptied)
    WHERE "$unit" IN (SELECT "$unit" FROM routed WHERE "$to" IS NULL${
    notDone.map(({ from, to }) =>
      ` OR ("$to" = ${Sql.text(to)} AND coalesce("$from", "$to") = ${Sql.text(from ?? to)})`
    ).join("")
  })`

/** Columns of a file that this version of the table does not have: they are carried along. */
export interface Extra {
  readonly name: string
  readonly type: string
}

/** Rows the job may replace, with the types of the table. */
export const createOld = (
  { table }: Shape,
  path: string,
  extras: ReadonlyArray<Extra>
): ReadonlyArray<string> => [
  `CREATE OR REPLACE TEMP TABLE old_rows (${Sql.declare(table.columns)}${
    extras.map((extra) => `, ${Sql.name(extra.name)} ${extra.type}`).join("")
  })`,
  `INSERT INTO old_rows BY NAME SELECT old.* FROM ${ParquetFiles.rows([path])} AS old
    WHERE ${Sql.unit(table.replacedBy, "old")} IN (SELECT "$unit" FROM job)`
]

const differs = (columns: ReadonlyArray<string>, alias: string): string =>
  `(${
    columns.map((column) => `${alias}.${Sql.name(column)} IS DISTINCT FROM old_rows.${Sql.name(column)}`).join(" OR ")
  })`

/** The units of the job, and how many of them take their groups from several readings; a whole unit takes none from another. */
export const countUnits = (shape: Shape, landings: KnownGroups): string => {
  const others = shape.whole ? [] : [...new Set(firstOf(shape, landings))]
  return `SELECT CAST(count(*) AS INTEGER) AS units, CAST(count(*) FILTER (WHERE ${
    others.map((index) => `"$w" <> "$w${index}"`).join(" OR ") || "false"
  }) AS INTEGER) AS mixed FROM job`
}

/** The rows as they shall be, and whether they are new, updated or the same. */
const mergedQuery = (shape: Shape, landings: KnownGroups, { extras, mixed, replaces }: Omit<Merge, "same">): string => {
  const { content, groups, key, stamps, whole } = shape
  const first = firstOf(shape, landings)
  const missing = replaces ? `old_rows.${Sql.name(key[0] ?? "")} IS NULL` : "true"
  const alias = (index: number) => mixed ? `reading${first[index] ?? index}` : "reading"
  const changed = whole
    ? content.length === 0 ? "false" : differs(content, "reading")
    : groups.map((group, index) => `(job."$t${index}" AND ${differs(group.columns, alias(index))})`).join(" OR ") ||
      "false"
  const status = replaces ? `CASE WHEN ${missing} THEN 'new' WHEN ${changed} THEN 'updated' ELSE 'same' END` : "'new'"
  const either = (condition: string, reading: string, old: string, column: string) =>
    replaces
      ? `CASE WHEN ${condition} THEN ${reading}.${Sql.name(column)} ELSE ${old}.${Sql.name(column)} END`
      : `${reading}.${Sql.name(column)}`
  const columns = whole
    ? content.map((column) => `reading.${Sql.name(column)}`)
    : groups.flatMap((group, index) =>
      group.columns.map((column) =>
        `${either(`${missing} OR job."$t${index}"`, alias(index), "old_rows", column)} AS ${Sql.name(column)}`
      )
    )
  const from = whole
    ? "lines AS job JOIN job AS units ON job.\"$unit\" = units.\"$unit\""
    : "job"
  const readings = mixed
    ? [...new Set(first)].map((index) => `JOIN staged AS reading${index} ON reading${index}."$rank" = job."$w${index}"`)
    : []
  return `SELECT ${Sql.list(key, "job")}, ${status} AS "$status", ${whole ? "units" : "job"}."$to" AS "$to"
      ${columns.map((column) => `, ${column}`).join("")}
      ${
    extras.map(({ name, type }) =>
      `, ${replaces ? `old_rows.${Sql.name(name)}` : `NULL::${type} AS ${Sql.name(name)}`}`
    ).join("")
  }
      ${
    stamps.map((stamp) => `, ${either(`${status} <> 'same'`, "reading", "old_rows", stamp)} AS ${Sql.name(stamp)}`)
      .join("")
  }
    FROM ${from} JOIN staged AS reading ON reading."$rank" = job."$w" ${readings.join(" ")}
      ${replaces ? `LEFT JOIN old_rows ON ${Sql.same(key, "job", "old_rows")}` : ""}`
}

export interface Merge {
  readonly extras: ReadonlyArray<Extra>
  /** As `countUnits` finds. */
  readonly mixed: boolean
  /** Whether there are rows in `old_rows`. */
  readonly replaces: boolean
  /** Whether rows stay that are the same as before; those of a whole unit always do. */
  readonly same: boolean
}

/** Rows that replace none are read once, when they are written, so a table of them would be one copy more. */
export const createMerged = (shape: Shape, landings: KnownGroups, merge: Merge): ReadonlyArray<string> => {
  const query = mergedQuery(shape, landings, merge)
  const isEach = merge.same || shape.whole
  return merge.replaces
    ? [
      `CREATE OR REPLACE TEMP TABLE merged_rows AS SELECT * FROM (${query})${
        isEach ? "" : " WHERE \"$status\" <> 'same'"
      }`,
      "CREATE OR REPLACE TEMP VIEW merged AS SELECT * FROM merged_rows"
    ]
    : [`CREATE OR REPLACE TEMP VIEW merged AS ${query}`]
}

/** Rows of whole units that are gone from them. */
export const createRemoved = ({ key, whole }: Shape): string =>
  `CREATE OR REPLACE TEMP TABLE removed AS SELECT ${Sql.list(key, "old_rows")} FROM old_rows
    ${whole ? `ANTI JOIN merged ON ${Sql.same(key, "merged", "old_rows")}` : "WHERE false"}`

const drop = (tables: ReadonlyArray<string>): string =>
  Sql.script(tables.map((table) => `DROP TABLE IF EXISTS ${table}`))

/** What `routed` was made of. */
export const forgetKnown = drop(["fresh", "known", "homes"])

/** What `merged` was compared with. */
export const forgetOld = drop(["old_rows"])

/** The rows of a batch, which otherwise stay in memory while the next one is staged. */
export const forget = Sql.script([
  drop(["emptied", "lines", "routed", "job", "old_rows", "merged_rows", "removed", "replaced"]),
  "DROP VIEW IF EXISTS merged",
  "DROP VIEW IF EXISTS staged"
])

export const countChanges = `SELECT
  CAST(count(*) FILTER (WHERE "$status" = 'new') AS INTEGER) AS new,
  CAST(count(*) FILTER (WHERE "$status" = 'updated') AS INTEGER) AS updated,
  CAST((SELECT count(*) FROM removed) AS INTEGER) AS removed FROM merged`

export interface Pieces {
  readonly table: Table.Any
  readonly old: string | null
  /** A condition that rows of the old file, `old`, must meet to stay. */
  readonly keep: string
  /** A query of what comes in. */
  readonly added: string | null
  readonly extras: ReadonlyArray<Extra>
}

/** A whole partition, in the table's order of columns. */
export const partition = ({ added, extras, keep, old, table }: Pieces): string => {
  const columns = [
    ...Sql.typed(table.columns),
    ...extras.map((extra) => Sql.name(extra.name))
  ]
  const parts = [
    // Names and types even where neither side has rows or columns.
    `SELECT ${
      [
        ...Sql.nulls(table.columns),
        ...extras.map((extra) => `CAST(NULL AS ${extra.type}) AS ${Sql.name(extra.name)}`)
      ].join(", ")
    } WHERE false`,
    ...(old === null ? [] : [`SELECT old.* FROM ${ParquetFiles.rows([old])} AS old WHERE ${keep}`]),
    ...(added === null ? [] : [added])
  ]
  return `SELECT ${columns.join(", ")} FROM (${parts.join(" UNION ALL BY NAME ")})`
}

/** Not in a table of keys. */
export const notIn = (key: ReadonlyArray<string>, keys: string): string =>
  `NOT EXISTS (SELECT 1 FROM (${keys}) AS gone WHERE ${Sql.same(key, "gone", "old")})`

export const mergedRows = ({ table }: Shape, extras: ReadonlyArray<Extra>, condition: string): string =>
  `SELECT ${Sql.list([...table.columns.map((column) => column.name), ...extras.map((extra) => extra.name)])}
    FROM merged WHERE ${condition}`

/** All merged rows, each with the place of its partition among these. */
export const placedRows = ({ table }: Shape, { column, partitions }: {
  readonly column: string
  readonly partitions: ReadonlyArray<string>
}): string =>
  `SELECT ${Sql.list(table.columns.map(({ name }) => name))},
      list_position([${partitions.map(Sql.text).join(", ")}], "$to") - 1 AS ${Sql.name(column)} FROM merged`
