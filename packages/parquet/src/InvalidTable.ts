/**
 * A table that cannot be a file, found when it is described and not when it is written.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A mistake in a program: mend the schema or the table's description.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidTable extends Schema.TaggedError<InvalidTable>("@trunkline/parquet/InvalidTable/InvalidTable")(
  "InvalidTable",
  {
    /** The column, or the part of the description. */
    subject: Schema.String,
    reason: Schema.String
  }
) {
  override get message(): string {
    return `${this.subject === "" ? "the row" : this.subject} ${this.reason}`
  }
}
