/**
 * Reads Parquet files back with the column types of this package, a row group at a time. For tests and small tools; whoever
 * analyses uses DuckDB.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema
} from "hyparquet"
import type { SchemaTree } from "hyparquet"
import * as Column from "./Column.js"
import { decompressors } from "./internal/decompressors.js"

/**
 * It is no Parquet file, or not one of this package's types, or it is damaged.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unreadable extends Schema.TaggedError<Unreadable>("@trunkline/parquet/ParquetReader/Unreadable")(
  "Unreadable",
  { path: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `${this.path}: ${this.reason}`
  }
}

/**
 * What a file says of itself at its end.
 *
 * @since 0.1.0
 * @category models
 */
export interface Footer {
  readonly rows: number
  readonly columns: ReadonlyArray<Column.Column>
  /** Rows of each row group. */
  readonly groups: ReadonlyArray<number>
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * A value as it is read: instants are `DateTime.Utc`, and what is not there is null.
 *
 * @since 0.1.0
 * @category models
 */
export type Value = string | boolean | number | DateTime.Utc | ReadonlyArray<Value> | Row | null

/**
 * @since 0.1.0
 * @category models
 */
export interface Row {
  readonly [name: string]: Value
}

const typeOf = (tree: SchemaTree): Column.ColumnType | undefined => {
  const { converted_type: converted, logical_type: logical, type } = tree.element
  if (tree.children.length > 0) {
    if (converted !== "LIST" && logical?.type !== "LIST") {
      const fields = tree.children.map(columnOf)
      return fields.every((field) => field !== undefined) ? Column.Struct(fields) : undefined
    }
    const element = tree.children[0]?.children[0]
    const inner = element === undefined ? undefined : typeOf(element)
    return inner === undefined ? undefined : Column.List(inner)
  }
  if (type === "BYTE_ARRAY" && (converted === "UTF8" || logical?.type === "STRING")) return Column.Text
  if (type === "BOOLEAN") return Column.Boolean
  if (type === "DOUBLE") return Column.Double
  if (type === "INT32" && (logical === undefined || logical.type === "INTEGER")) return Column.Int32
  const isMicros = converted === "TIMESTAMP_MICROS" || (logical?.type === "TIMESTAMP" && logical.unit === "MICROS")
  return type === "INT64" && isMicros ? Column.Instant : undefined
}

const columnOf = (tree: SchemaTree): Column.Column | undefined => {
  const type = typeOf(tree)
  return type === undefined
    ? undefined
    : { name: tree.element.name, type, nullable: tree.element.repetition_type === "OPTIONAL" }
}

const columnsOf = (path: string, metadata: FileMetaData): Either.Either<ReadonlyArray<Column.Column>, Unreadable> =>
  Either.all(
    parquetSchema(metadata).children.map((tree) =>
      Either.fromNullable(
        columnOf(tree),
        () => new Unreadable({ path, reason: `column ${tree.element.name} is of a type this package does not write` })
      )
    )
  )

// Files of others may hold microseconds that no Date does; the earlier millisecond is the one they are in.
const instant = (micros: bigint): DateTime.Utc => {
  const rest = micros % 1000n
  return DateTime.unsafeMake(Number((micros - (rest < 0n ? rest + 1000n : rest)) / 1000n))
}

// The library's own takes a leading byte order mark for no part of the text.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

const parsers = {
  timestampFromMicroseconds: instant,
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes === undefined ? undefined : decoder.decode(bytes)
}

const open = Effect.fnUntraced(function*(path: string) {
  // What the library says of a damaged file may repeat what stands in it.
  const file = yield* Effect.tryPromise({
    try: () => asyncBufferFromFile(path),
    catch: () => new Unreadable({ path, reason: "there is no such file, or it may not be read" })
  })
  const metadata = yield* Effect.tryPromise({
    try: () => parquetMetadataAsync(file),
    catch: () => new Unreadable({ path, reason: "is no whole Parquet file" })
  })
  const columns = yield* columnsOf(path, metadata)
  return { file, metadata, columns }
})

/**
 * @since 0.1.0
 * @category reading
 */
export const footer: (path: string) => Effect.Effect<Footer, Unreadable> = Effect.fnUntraced(function*(path) {
  const { columns, metadata } = yield* open(path)
  return {
    rows: Number(metadata.num_rows),
    columns,
    groups: metadata.row_groups.map((group) => Number(group.num_rows)),
    metadata: Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ""]))
  }
})

/** `undefined` where the value is not what the footer promised. */
const valueOf = (type: Column.ColumnType, value: unknown): Value | undefined => {
  // The library leaves out fields that are null, and gives `undefined` for others.
  if (value === null || value === undefined) return null
  switch (type._tag) {
    case "List": {
      if (!Array.isArray(value)) return undefined
      const list = value.map((element) => valueOf(type.element, element))
      return list.every((element) => element !== undefined) ? list : undefined
    }
    case "Struct":
      return typeof value === "object" ? rowOf(type.fields, value) : undefined
    case "Instant":
      return DateTime.isDateTime(value) && DateTime.isUtc(value) ? value : undefined
    case "Text":
      return typeof value === "string" ? value : undefined
    case "Boolean":
      return typeof value === "boolean" ? value : undefined
    case "Int32":
    case "Double":
      return typeof value === "number" ? value : undefined
  }
}

const rowOf = (columns: ReadonlyArray<Column.Column>, value: object): Row | undefined => {
  const row: Record<string, Value> = {}
  for (const { name, type } of columns) {
    const inner = valueOf(type, Reflect.get(value, name))
    if (inner === undefined) return undefined
    row[name] = inner
  }
  return row
}

const allOf = <A>(values: ReadonlyArray<A | undefined>): ReadonlyArray<A> | undefined =>
  values.every((value) => value !== undefined) ? values : undefined

/**
 * Every row in the order of the file; one row group is in memory at a time.
 *
 * @since 0.1.0
 * @category reading
 */
export const rows = (path: string): Stream.Stream<Row, Unreadable> =>
  Stream.unwrap(Effect.map(open(path), ({ columns, file, metadata }) => {
    const sizes = metadata.row_groups.map((group) => Number(group.num_rows))
    const starts = sizes.map((_, index) => sizes.slice(0, index).reduce((sum, size) => sum + size, 0))
    return Stream.fromIterable(starts).pipe(
      Stream.rechunk(1),
      Stream.mapConcatEffect((rowStart) =>
        Effect.tryPromise(() =>
          parquetReadObjects({
            file,
            metadata,
            rowStart,
            rowEnd: starts.find((start) => start > rowStart) ?? Number(metadata.num_rows),
            compressors: decompressors,
            parsers
          })
        ).pipe(
          Effect.flatMap((group) => Effect.fromNullable(allOf(group.map((row) => rowOf(columns, row))))),
          Effect.mapError(() => new Unreadable({ path, reason: `the rows from ${rowStart} on cannot be read` }))
        )
      )
    )
  }))
