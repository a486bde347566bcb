/** Three ways to write rows to Parquet by hand: lines of JSON that DuckDB copies, parquetjs-lite, and hyparquet-writer. */
import { DuckDBInstance } from "@duckdb/node-api"
import { Calls, Utterances } from "@trunkline/calls"
import * as ColumnSql from "@trunkline/dataset/ColumnSql"
import type { Column, ColumnType } from "@trunkline/parquet/Column"
import type { SchemaElement } from "hyparquet"
import { fileWriter, ParquetWriter } from "hyparquet-writer"
import { once } from "node:events"
import { createWriteStream } from "node:fs"
import { join } from "node:path"
import parquet from "parquetjs-lite"
import type { Instant, Row } from "./rows.js"

const tables = { calls: Calls.table.columns, utterances: Utterances.table.columns }
export type TableName = keyof typeof tables

export interface Writer {
  readonly write: (rows: ReadonlyArray<Row>) => Promise<void>
  readonly end: () => Promise<void>
}

/** Opens a table in a folder. `instant` makes of the text of an instant what the writer takes. */
export interface Way {
  readonly instant: Instant
  readonly open: (folder: string, table: TableName) => Promise<Writer>
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

const copied: Way = {
  instant: (text) => text,
  open: async (folder, table) => {
    const file = join(folder, `${table}.ndjson`)
    const stream = createWriteStream(file)
    return {
      write: async (rows) => {
        let text = ""
        for (const row of rows) text += `${JSON.stringify(row)}\n`
        if (!stream.write(text)) await once(stream, "drain")
      },
      end: async () => {
        stream.end()
        await once(stream, "close")
        const types = tables[table].map(({ name, type }) => `${quoted(name)}: ${quoted(ColumnSql.type(type))}`)
        // Lines of a transcript have no month of their own.
        const [month, partition] = table === "calls"
          ? [", strftime(started_at, '%Y-%m') AS month", ", PARTITION_BY (month)"]
          : ["", ""]
        const instance = await DuckDBInstance.create()
        const connection = await instance.connect()
        await connection.run(`SET TimeZone = 'UTC';
          COPY (SELECT *${month} FROM read_json(${quoted(file)}, format = 'newline_delimited', columns = {${types}}))
          TO ${quoted(join(folder, partition === "" ? `${table}.parquet` : table))} (FORMAT parquet${partition})`)
        connection.closeSync()
        instance.closeSync()
      }
    }
  }
}

const litePrimitives = {
  Text: "UTF8",
  Boolean: "BOOLEAN",
  Int32: "INT32",
  Double: "DOUBLE",
  Instant: "TIMESTAMP_MICROS"
} as const

/** As the library's README says: a list is a repeated field. */
const liteField = (type: ColumnType, optional: boolean): parquet.Field => {
  switch (type._tag) {
    case "List":
      return { ...liteField(type.element, false), optional: false, repeated: true }
    case "Struct":
      return { optional, fields: liteFields(type.fields) }
    default:
      return { type: litePrimitives[type._tag], optional, compression: "SNAPPY" }
  }
}

const liteFields = (columns: ReadonlyArray<Column>): Readonly<Record<string, parquet.Field>> =>
  Object.fromEntries(columns.map(({ name, nullable, type }) => [name, liteField(type, nullable)]))

const lite: Way = {
  instant: (text) => new Date(text),
  open: async (folder, table) => {
    const schema = new parquet.ParquetSchema(liteFields(tables[table]))
    const writer = await parquet.ParquetWriter.openFile(schema, join(folder, `${table}.parquet`))
    return {
      write: async (rows) => {
        for (const row of rows) await writer.appendRow(row)
      },
      end: () => writer.close()
    }
  }
}

const leaf = { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } } as const
const hyparquetPrimitives = {
  Text: leaf,
  Boolean: { type: "BOOLEAN" },
  Int32: { type: "INT32" },
  Double: { type: "DOUBLE" },
  Instant: { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" } }
} as const

const elements = (name: string, type: ColumnType, nullable: boolean): ReadonlyArray<SchemaElement> => {
  const common = { name, repetition_type: nullable ? "OPTIONAL" : "REQUIRED" } as const
  switch (type._tag) {
    case "List":
      return [
        { ...common, num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
        { name: "list", num_children: 1, repetition_type: "REPEATED" },
        ...elements("element", type.element, false)
      ]
    case "Struct":
      return [
        { ...common, num_children: type.fields.length },
        ...type.fields.flatMap((field) => elements(field.name, field.type, field.nullable))
      ]
    default:
      return [{ ...common, ...hyparquetPrimitives[type._tag] }]
  }
}

const rowGroup = 30_000

const hyparquet: Way = {
  instant: (text) => new Date(text),
  open: async (folder, table) => {
    const columns = tables[table]
    const writer = new ParquetWriter({
      writer: fileWriter(join(folder, `${table}.parquet`)),
      schema: [
        { name: "root", num_children: columns.length },
        ...columns.flatMap(({ name, nullable, type }) => elements(name, type, nullable))
      ]
    })
    let waiting: Array<Row> = []
    const flush = () => {
      if (waiting.length === 0) return
      writer.write({
        columnData: columns.map(({ name }) => ({ name, data: waiting.map((row) => row[name]) })),
        rowGroupSize: waiting.length
      })
      waiting = []
    }
    return {
      write: async (rows) => {
        waiting.push(...rows)
        if (waiting.length >= rowGroup) flush()
      },
      end: async () => {
        flush()
        await writer.finish()
      }
    }
  }
}

export const ways = { copied, lite, hyparquet }
