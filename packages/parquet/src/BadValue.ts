/**
 * The error of a row that does not fit its columns.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A value is not what its column holds. Rows are checked against their schema before they come here, so this is a mistake in
 * the program; the value itself is not told, since it may be a phone number or a transcript.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadValue extends Schema.TaggedError<BadValue>("@trunkline/parquet/BadValue/BadValue")("BadValue", {
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
