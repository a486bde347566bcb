/**
 * One Parquet file, whole or not there: a sink that checks every value, writes beside the target, and renames once what is on
 * the disk has been read back.
 *
 * @since 0.1.0
 */
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Record from "effect/Record"
import type * as Schema from "effect/Schema"
import * as Sink from "effect/Sink"
import { BadValue } from "./BadValue.js"
import * as Column from "./Column.js"
import type { Disk } from "./Disk.js"
import { type Meter, Refusal, rowCheck } from "./internal/check.js"
import { type EngineFailed, ParquetEngine, type Values } from "./ParquetEngine.js"
import * as ParquetReader from "./ParquetReader.js"
import * as WholeFile from "./WholeFile.js"

export { BadValue } from "./BadValue.js"
export { Corrupted, isTemporary, NotAFile } from "./WholeFile.js"

/**
 * @since 0.1.0
 * @category errors
 */
export type ParquetFileError = BadValue | WholeFile.WholeFileError | EngineFailed

/**
 * @since 0.1.0
 * @category models
 */
export interface Written extends WholeFile.Written {
  readonly rows: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** A regular file there is replaced, in one step; its folder must be there. */
  readonly path: string
  /** Kept in the footer, such as who wrote it and from which version of the table. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** Rows of a row group, which is what is held in memory; 20,000 when left out, and never more. */
  readonly groupRows?: number | undefined
}

/** Where row groups end even if they are short: rows of a megabyte would not fit in memory by the thousand. */
const groupText = 32 * 1024 * 1024

const largestGroup = 20_000

const wellFormed = (metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Record.mapEntries(metadata, (value, key) => [key.toWellFormed(), value.toWellFormed()])

const readBack = (path: string, expected: Pick<ParquetReader.Footer, "rows" | "columns">) =>
  ParquetReader.footer(path).pipe(
    Effect.mapError(({ reason }) => new WholeFile.Corrupted({ path, reason })),
    Effect.filterOrFail(
      ({ rows }) => rows === expected.rows,
      ({ rows }) => new WholeFile.Corrupted({ path, reason: `has ${rows} rows instead of ${expected.rows}` })
    ),
    Effect.filterOrFail(
      ({ columns }) => Column.render(Column.Struct(columns)) === Column.render(Column.Struct(expected.columns)),
      () => new WholeFile.Corrupted({ path, reason: "has other columns" })
    )
  )

const open = Effect.fnUntraced(function*(columns: ReadonlyArray<Column.Column>, options: Options) {
  const engine = yield* ParquetEngine
  const groupRows = options.groupRows !== undefined && Number.isInteger(options.groupRows) && options.groupRows > 0
    ? Math.min(options.groupRows, largestGroup)
    : largestGroup
  const file = yield* WholeFile.create(options.path)
  const writer = yield* engine.open({
    columns,
    metadata: wellFormed(options.metadata ?? {}),
    output: file.write
  })

  const check = rowCheck(columns)
  const meter: Meter = { text: 0 }
  let rows = 0
  let group: Array<Values> = []
  const flush = Effect.suspend(() => {
    const whole = group
    group = []
    meter.text = 0
    return whole.length === 0 ? Effect.void : writer.append(whole)
  })

  const append = Effect.fnUntraced(function*(chunk: Chunk.Chunk<object>) {
    for (const row of chunk) {
      const checked = check(row, meter)
      if (checked instanceof Refusal) {
        const { column, expected, found } = checked
        return yield* new BadValue({ path: file.path, row: rows, column, expected, found })
      }
      rows += 1
      group.push(checked)
      if (group.length >= groupRows || meter.text >= groupText) yield* flush
    }
  })

  const finish = Effect.gen(function*() {
    yield* flush
    yield* writer.close
    const written: Written = { ...(yield* file.finish((path) => readBack(path, { rows, columns }))), rows }
    return written
  })

  return { append, finish }
})

/**
 * Rows of these columns into one file. For whoever has a `Table` and not the type of its rows; otherwise `sink`.
 *
 * @since 0.1.0
 * @category sinks
 */
export const sinkColumns = <Row extends object>(
  columns: ReadonlyArray<Column.Column>,
  options: Options
): Sink.Sink<Written, Row, never, ParquetFileError, ParquetEngine | Disk> =>
  Sink.unwrapScoped(
    Effect.map(
      open(columns, options),
      ({ append, finish }): Sink.Sink<Written, Row, never, ParquetFileError> =>
        Sink.mapEffect(Sink.forEachChunk((chunk: Chunk.Chunk<Row>) => append(chunk)), () => finish)
    )
  )

/**
 * Rows into one file, with the columns of their schema's type side (see `Column.fromSchema`).
 *
 * The next chunk is asked for when the last one is written. The file appears under its name when it is whole and on the
 * disk; a failure or an interruption leaves what was there before. Text is made well-formed and minus zero becomes zero;
 * nothing else is changed, and what does not fit its column ends the sink with `BadValue`.
 *
 * @since 0.1.0
 * @category sinks
 */
export const sink = <Row extends object, Encoded, Requirements>(
  row: Schema.Schema<Row, Encoded, Requirements>,
  options: Options
): Sink.Sink<Written, Row, never, ParquetFileError, ParquetEngine | Disk> =>
  sinkColumns(Column.fromSchema(row), options)
