/**
 * A table: what its rows are, what names a row, when it happened, and which of its columns are known together.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import type { Column } from "./Column.js"

/**
 * Columns that are learned in one reading and replaced together. A reading that did not ask for a group says nothing of
 * it, so that *not asked* never overwrites *known*.
 *
 * @since 0.1.0
 * @category models
 */
export interface Group {
  readonly name: string
  readonly columns: ReadonlyArray<string>
}

/**
 * Rows that live where the row of another table lives, and move with it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parent {
  readonly table: string
  /** The column that holds the parent's key. */
  readonly by: string
}

/**
 * No I/O: what a table is, for whoever writes, merges or documents it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Table<Row extends object> {
  readonly name: string
  /** Rows are checked against its type side. */
  readonly row: Schema.Schema<Row, never> | Schema.Schema<Row, unknown> | Schema.Schema<Row>
  /** In the order of the file, derived from `row`. */
  readonly columns: ReadonlyArray<Column>
  /** The columns that name a row. */
  readonly key: ReadonlyArray<keyof Row & string>
  /** The instant whose month or day a row is filed under; null where all rows of a source are one file. */
  readonly eventTime: (keyof Row & string) | null
  /** Every column but the key stands in exactly one. */
  readonly groups: ReadonlyArray<Group>
  /** A newer reading of these replaces all rows that have them: the key itself, or a part of it. */
  readonly replacedBy: ReadonlyArray<keyof Row & string>
  readonly parent: Parent | null
  /** Columns that are not part of what a row says, so that a row equal in all others is no new version. */
  readonly stamps: ReadonlyArray<keyof Row & string>
}
