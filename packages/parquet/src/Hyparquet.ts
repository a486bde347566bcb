/**
 * The engine over hyparquet-writer: faster, smaller files, and instants that say they are UTC.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SchemaElement } from "hyparquet"
import { ByteWriter, ParquetWriter } from "hyparquet-writer"
import type { Column, ColumnType } from "./Column.js"
import { EngineFailed, ParquetEngine, type Request, type Writer } from "./ParquetEngine.js"

const elements = (name: string, type: ColumnType, nullable: boolean): ReadonlyArray<SchemaElement> => {
  const common = { name, repetition_type: nullable ? "OPTIONAL" : "REQUIRED" } as const
  switch (type._tag) {
    case "Text":
      return [{ ...common, type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } }]
    case "Boolean":
      return [{ ...common, type: "BOOLEAN" }]
    case "Int32":
      return [{ ...common, type: "INT32" }]
    case "Double":
      return [{ ...common, type: "DOUBLE" }]
    case "Instant":
      // The older converted type multiplies in floating point and is off by microseconds in far years.
      return [{ ...common, type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" } }]
    case "List":
      return [
        { ...common, num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
        { name: "list", num_children: 1, repetition_type: "REPEATED" },
        ...elements("element", type.element, false)
      ]
    case "Struct":
      return [{ ...common, num_children: type.fields.length }, ...all(type.fields)]
  }
}

const all = (columns: ReadonlyArray<Column>): ReadonlyArray<SchemaElement> =>
  columns.flatMap((column) => elements(column.name, column.type, column.nullable))

const attempt = (step: "open" | "append" | "close", run: () => void) =>
  Effect.try({ try: run, catch: () => new EngineFailed({ engine: "hyparquet-writer", step }) })

const open = Effect.fnUntraced(function*({ columns, metadata, output }: Request) {
  const buffer = new ByteWriter()
  const writer = yield* Effect.try({
    try: () =>
      new ParquetWriter({
        writer: buffer,
        schema: [{ name: "root", num_children: columns.length }, ...all(columns)],
        kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
        // The same bytes on every version of Node, of which not all have zstd.
        codec: "SNAPPY"
      }),
    catch: () => new EngineFailed({ engine: "hyparquet-writer", step: "open" })
  })
  // Its own file writer is synchronous and never syncs.
  const handOn = Effect.suspend(() => {
    const bytes = buffer.getBytes()
    buffer.index = 0
    return output(bytes)
  })

  const opened: Writer = {
    append: (rows) =>
      rows.length === 0 ? Effect.void : Effect.zipRight(
        attempt("append", () =>
          writer.write({
            columnData: columns.map(({ name }) => ({ name, data: rows.map((row) => row[name]) })),
            rowGroupSize: rows.length
          })),
        handOn
      ),
    close: Effect.zipRight(attempt("close", () => writer.finish()), handOn)
  }
  return opened
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<ParquetEngine> = Layer.succeed(ParquetEngine, { name: "hyparquet-writer", open })
