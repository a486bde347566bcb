/**
 * The engine over parquetjs-lite, in the one profile in which its files are right. Left to itself it writes statistics of
 * strings in the wrong order, so that readers skip rows that match; second-version pages that hand a row another row's
 * list; and page indexes that readers refuse. Hence it takes no options.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { setImmediate } from "node:timers/promises"
import parquet from "parquetjs-lite"
import type { Column, ColumnType } from "./Column.js"
import { EngineFailed, ParquetEngine, type Request, type Value, type Values, type Writer } from "./ParquetEngine.js"

const compression = "SNAPPY"

const field = (type: ColumnType, optional: boolean): parquet.Leaf | parquet.Group => {
  switch (type._tag) {
    case "Text":
      // Its statistics compare UTF-16 units, readers compare bytes; and they hold whole values, however long.
      return { type: "UTF8", optional, statistics: false, compression }
    case "Boolean":
      return { type: "BOOLEAN", optional, statistics: true, compression }
    case "Int32":
      return { type: "INT32", optional, statistics: true, compression }
    case "Double":
      return { type: "DOUBLE", optional, statistics: true, compression }
    case "Instant":
      return { type: "TIMESTAMP_MICROS", optional, statistics: true, compression }
    case "List":
      // Three levels by hand: the short form cannot tell a null list from an empty one.
      return {
        type: "LIST",
        optional,
        fields: { list: { repeated: true, fields: { element: field(type.element, false) } } }
      }
    case "Struct":
      return { optional, fields: fields(type.fields) }
  }
}

const fields = (columns: ReadonlyArray<Column>): parquet.Fields =>
  Object.fromEntries(columns.map((column) => [column.name, field(column.type, column.nullable)]))

const cell = (value: Value): parquet.Cell => {
  if (value === null || typeof value !== "object" || value instanceof Date) return value
  return isList(value) ? { list: value.map((element) => ({ element: cell(element) })) } : row(value)
}

// `Array.isArray` does not narrow a union with a read-only array.
const isList = (value: ReadonlyArray<Value> | Values): value is ReadonlyArray<Value> => Array.isArray(value)

const row = (values: Values): parquet.Row => {
  const cells: Record<string, parquet.Cell> = {}
  for (const name of Object.keys(values)) cells[name] = cell(values[name] ?? null)
  return cells
}

const failed = (step: "open" | "append" | "close") => () => new EngineFailed({ engine: "parquetjs-lite", step })

const open = Effect.fnUntraced(function*({ columns, metadata, output }: Request) {
  // The library leaves some of its writes unawaited, so that one that failed would end the process. It writes here,
  // where nothing fails, and the bytes are handed on between its steps.
  const waiting: Array<Uint8Array> = []
  const handOn = Effect.suspend(() => Effect.forEach(waiting.splice(0), output, { discard: true }))

  const writer = yield* Effect.tryPromise({
    try: () =>
      parquet.ParquetWriter.openStream(new parquet.ParquetSchema(fields(columns)), {
        write: (bytes, done) => {
          waiting.push(bytes)
          done()
        },
        end: (done) => done()
      }, { useDataPageV2: false, pageIndex: false }),
    catch: failed("open")
  })
  for (const [key, value] of Object.entries(metadata)) writer.setMetadata(key, value)
  yield* handOn

  const append = async (rows: ReadonlyArray<Values>): Promise<void> => {
    // One at a time: two at once repeat rows without an error.
    for (const values of rows) await writer.appendRow(row(values))
    // A group takes a second or two, in which whatever else runs here wants its turn.
    await setImmediate()
  }
  const opened: Writer = {
    append: (rows) =>
      Effect.suspend(() => {
        // The group is written by the row that fills it.
        writer.setRowGroupSize(rows.length)
        return Effect.forEach(
          Chunk.chunksOf(Chunk.unsafeFromArray(rows), 500),
          (some) => Effect.tryPromise({ try: () => append(Chunk.toReadonlyArray(some)), catch: failed("append") }),
          { discard: true }
        )
      }).pipe(Effect.zipRight(handOn)),
    close: Effect.zipRight(Effect.tryPromise({ try: () => writer.close(), catch: failed("close") }), handOn)
  }
  return opened
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<ParquetEngine> = Layer.succeed(ParquetEngine, { name: "parquetjs-lite", open })
