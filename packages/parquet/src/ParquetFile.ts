/**
 * One Parquet file, whole or not there: a sink that checks every value, writes beside the target, and renames once what is on
 * the disk has been read back.
 *
 * @since 0.1.0
 */
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Sink from "effect/Sink"
import { createHash, randomUUID } from "node:crypto"
import { basename, dirname, join, resolve } from "node:path"
import * as Column from "./Column.js"
import { Disk, type DiskError } from "./Disk.js"
import { type Meter, Refusal, rowCheck } from "./internal/check.js"
import { type EngineFailed, ParquetEngine, type Values } from "./ParquetEngine.js"
import * as ParquetReader from "./ParquetReader.js"

/**
 * A value is not what its column holds. Rows are checked against their schema before they come here, so this is a mistake in
 * the program; the value itself is not told, since it may be a phone number or a transcript.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadValue extends Schema.TaggedError<BadValue>("@trunkline/parquet/ParquetFile/BadValue")("BadValue", {
  path: Schema.String,
  /** Counted from 0, in the order the sink was given them. */
  row: Schema.Number,
  /** Such as `contacts[2].name`; empty when it is the row itself. */
  column: Schema.String,
  expected: Schema.String,
  found: Schema.String
}) {
  override get message(): string {
    const where = `row ${this.row}${this.column === "" ? "" : `, column ${this.column}`}`
    return `${this.path}: ${where} holds ${this.found} instead of ${this.expected}. ` +
      "Check rows against their schema before writing them; nothing was written"
  }
}

/**
 * What stands at the target is not a file, and renaming over it would destroy or miss it.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotAFile extends Schema.TaggedError<NotAFile>("@trunkline/parquet/ParquetFile/NotAFile")("NotAFile", {
  path: Schema.String
}) {
  override get message(): string {
    return `${this.path} is a folder, a link or a device. Name a regular file, or one that is not there yet`
  }
}

/**
 * What was read back is not what was written. The target is as it was.
 *
 * @since 0.1.0
 * @category errors
 */
export class Corrupted extends Schema.TaggedError<Corrupted>("@trunkline/parquet/ParquetFile/Corrupted")("Corrupted", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.path}: ${this.reason} when read back before the rename. Check the disk, then write again`
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export type ParquetFileError = BadValue | NotAFile | Corrupted | EngineFailed | DiskError

/**
 * @since 0.1.0
 * @category models
 */
export interface Written {
  /** Absolute. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string
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

/**
 * Whether a file of this name is one that a sink left behind when its process was killed. Nobody else's name ends so, and
 * it is safe to remove once no process writes into its folder.
 *
 * @since 0.1.0
 * @category models
 */
export const isTemporary = (name: string): boolean => /^\.trunkline-[0-9a-f-]{36}\.partial$/.test(basename(name))

// The target's own name may be as long as names can be, so it is no part of this one.
const temporaryName = Effect.sync(() => `.trunkline-${randomUUID()}.partial`)

const wellFormed = (metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Record.mapEntries(metadata, (value, key) => [key.toWellFormed(), value.toWellFormed()])

const readBack = (path: string, expected: Pick<ParquetReader.Footer, "rows" | "columns">) =>
  ParquetReader.footer(path).pipe(
    Effect.mapError(({ reason }) => new Corrupted({ path, reason })),
    Effect.filterOrFail(
      ({ rows }) => rows === expected.rows,
      ({ rows }) => new Corrupted({ path, reason: `has ${rows} rows instead of ${expected.rows}` })
    ),
    Effect.filterOrFail(
      ({ columns }) => Column.render(Column.Struct(columns)) === Column.render(Column.Struct(expected.columns)),
      () => new Corrupted({ path, reason: "has other columns" })
    )
  )

const open = Effect.fnUntraced(function*(columns: ReadonlyArray<Column.Column>, options: Options) {
  const disk = yield* Disk
  const engine = yield* ParquetEngine
  const path = resolve(options.path)
  const metadata = wellFormed(options.metadata ?? {})
  const groupRows = options.groupRows !== undefined && Number.isInteger(options.groupRows) && options.groupRows > 0
    ? Math.min(options.groupRows, largestGroup)
    : largestGroup

  const target = yield* disk.inspect(path)
  if (target !== "missing" && target !== "file") return yield* new NotAFile({ path })

  const temporary = join(dirname(path), yield* temporaryName)
  let renamed = false
  // Before the file is there, so that no interruption falls between; and before its scope, so that it is closed first.
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => renamed ? Effect.void : Effect.ignoreLogged(disk.unlink(temporary)))
  )
  const openFile = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
  const file = yield* Scope.extend(disk.create(temporary), openFile)

  const hash = createHash("sha256")
  let bytes = 0
  const writer = yield* engine.open({
    columns,
    metadata,
    output: (some) =>
      Effect.suspend(() => {
        hash.update(some)
        bytes += some.length
        return file.write(some)
      })
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
        return yield* new BadValue({ path, row: rows, column, expected, found })
      }
      rows += 1
      group.push(checked)
      if (group.length >= groupRows || meter.text >= groupText) yield* flush
    }
  })

  const finish = Effect.gen(function*() {
    yield* flush
    yield* writer.close
    yield* file.sync
    yield* Scope.close(openFile, Exit.void)
    yield* readBack(temporary, { rows, columns })
    // From here on the file is there, and whoever asked is told so.
    yield* Effect.uninterruptible(Effect.gen(function*() {
      yield* disk.rename(temporary, path)
      renamed = true
      yield* disk.syncDirectory(dirname(path))
    }))
    const written: Written = { path, rows, bytes, sha256: hash.digest("hex") }
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
