/** Small datasets in the documented layout, written by DuckDB. */
import { DuckDBInstance } from "@duckdb/node-api"
import { FileSystem, Path } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Analytics, type Options, Views } from "@trunkline/analytics"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { tables } from "../src/internal/tables.js"

/** Columns that are left out are null, or what the table says in place of null. */
export type Row = { readonly source: string; readonly [column: string]: unknown }
export interface World {
  readonly [table: string]: ReadonlyArray<Row>
}

const neverNull: { readonly [table: string]: { readonly [column: string]: unknown } } = {
  calls: { contacts: [], tags: [], has_recording: false, direction: "inbound", outcome: "unknown" },
  messages: { contacts: [], tags: [], direction: "outbound" },
  organizations: { first_seen_at: "2026-01-01T00:00:00Z", last_seen_at: "2026-01-01T00:00:00Z" },
  certificates: { request_ids: [], quarantined: 0, distinct_keys: 0, pages: 1, passes: 1, run_id: "run" }
}
const eventTime: { readonly [table: string]: string | undefined } = {
  calls: "started_at",
  messages: "sent_at",
  certificates: "from_at",
  history_calls: "started_at"
}

/** Runs statements in a DuckDB of their own. */
export const statements = (text: string) =>
  Effect.promise(async () => {
    const instance = await DuckDBInstance.create()
    const connection = await instance.connect()
    await connection.run(text)
    connection.closeSync()
    instance.closeSync()
  })

/** Writes a world into a folder, `calls/source=allo/month=2026-03/data_0.parquet` and so on. */
export const write = (folder: string, world: World, partition: "month" | "day" = "month") =>
  Effect.gen(function*() {
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const escaped = (text: string) => text.replaceAll("'", "''")
    const copies = Object.entries(world).map(([table, rows]) => {
      const columns = (tables.get(table) ?? []).map(({ name, type }) => [name, type])
      const json = path.join(folder, `${table}.ndjson`)
      const event = eventTime[table]
      const format = partition === "month" ? "%Y-%m" : "%Y-%m-%d"
      const typed = [["source", "VARCHAR"], ...columns].map(([name, type]) => `'${name}': '${type}'`).join(", ")
      const filed = event === undefined ? "" : `, strftime(${event} AT TIME ZONE 'UTC', '${format}') AS ${partition}`
      return {
        json,
        text: rows.map((row) => JSON.stringify({ ...neverNull[table], ...row })).join("\n"),
        statement: `COPY (
          SELECT ${columns.map(([name]) => name).join(", ")}, source${filed}
          FROM read_json('${
          escaped(json).replaceAll(/[*?[\]]/g, "[$&]")
        }', format = 'newline_delimited', columns = {${typed}})
        ) TO '${escaped(path.join(folder, table))}'
        (FORMAT parquet, PARTITION_BY (source${event === undefined ? "" : `, ${partition}`}));`
      }
    })
    if (copies.length === 0) return
    yield* Effect.forEach(copies, ({ json, text }) => files.writeFileString(json, text))
    yield* statements(["SET TimeZone = 'UTC';", ...copies.map(({ statement }) => statement)].join("\n"))
    yield* Effect.forEach(copies, ({ json }) => files.remove(json))
  })

export const folderOf = (world: World, partition?: "month" | "day") =>
  Effect.gen(function*() {
    const files = yield* FileSystem.FileSystem
    const folder = yield* files.makeTempDirectoryScoped()
    yield* write(folder, world, partition)
    return folder
  })

export const layer = (options: Options) => Analytics.layer(options).pipe(Layer.provide(NodeContext.layer))

/** The rows of a view as plain values: instants as text, so that a difference can be read. */
export const rows = <Name extends Views.Name>(name: Name) =>
  Effect.gen(function*() {
    const analytics = yield* Analytics
    const found = yield* Stream.runCollect(analytics.view(name))
    return Chunk.toReadonlyArray(found).map((row) => plain({ ...row }))
  })

export const plain = (row: { readonly [column: string]: unknown }): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      DateTime.isDateTime(value)
        ? DateTime.formatIso(value)
        : typeof value === "number"
        ? rounded(value)
        : value
    ])
  )

/** Sums in another order differ in the last digits. */
export const rounded = (value: number): number => Number(value.toPrecision(12))

/** Rows of a view from lists of values in the order of its columns. */
export const expected = (name: Views.Name, lists: ReadonlyArray<ReadonlyArray<unknown>>) =>
  lists.map((values) =>
    plain(Object.fromEntries(Views.views[name].columns.map((column, index) => [column.name, values[index]])))
  )

export const names = Object.values(Views.views).map(({ name }) => name)
export const isName = (name: string): name is Views.Name => Object.hasOwn(Views.views, name)
