/**
 * What turns rows into the bytes of a Parquet file. An engine is handed values that are already checked and copied, and
 * hands on bytes; it touches no file and decides nothing a caller could see in the rows.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Column } from "./Column.js"
import type { DiskError } from "./Disk.js"

/**
 * A checked value: well-formed text, a finite number in its range, a valid `Date`.
 *
 * @since 0.1.0
 * @category models
 */
export type Value = string | boolean | number | Date | ReadonlyArray<Value> | Values | null

/**
 * A checked row or struct: every column is there, and nothing else.
 *
 * @since 0.1.0
 * @category models
 */
export interface Values {
  readonly [name: string]: Value
}

/**
 * An engine gave up on rows that were checked. That is a bug of ours or of the library's; the file is lost, the rows are not.
 *
 * @since 0.1.0
 * @category errors
 */
export class EngineFailed extends Schema.TaggedError<EngineFailed>("@trunkline/parquet/ParquetEngine/EngineFailed")(
  "EngineFailed",
  {
    engine: Schema.String,
    step: Schema.Literal("open", "append", "close")
  }
) {
  override get message(): string {
    return `${this.engine} failed to ${this.step} a file of checked rows. Write with the other engine, and report this`
  }
}

/**
 * One file being written. Whoever drops it before `close` has given it up; nothing is held.
 *
 * @since 0.1.0
 * @category models
 */
export interface Writer {
  /** One row group. The next is appended only when this one has been handed on. */
  readonly append: (rows: ReadonlyArray<Values>) => Effect.Effect<void, EngineFailed | DiskError>
  /** The footer. */
  readonly close: Effect.Effect<void, EngineFailed | DiskError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Request {
  readonly columns: ReadonlyArray<Column>
  /** Kept in the footer. */
  readonly metadata: Readonly<Record<string, string>>
  /** Takes the bytes in order, one call at a time; they may be overwritten once it is done. */
  readonly output: (bytes: Uint8Array) => Effect.Effect<void, DiskError>
}

/**
 * @since 0.1.0
 * @category services
 */
export class ParquetEngine extends Context.Tag("@trunkline/parquet/ParquetEngine")<ParquetEngine, {
  readonly name: string
  readonly open: (request: Request) => Effect.Effect<Writer, EngineFailed | DiskError>
}>() {}
