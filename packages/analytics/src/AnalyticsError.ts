/**
 * What can go wrong when a dataset is asked: four things, named after what to do about them, and that files of it are elsewhere.
 *
 * @since 0.1.0
 */
import type { NotWhole } from "@trunkline/dataset/Elsewhere"
import * as Schema from "effect/Schema"

/**
 * There is no such folder.
 *
 * @since 0.1.0
 * @category errors
 */
export class DatasetMissing
  extends Schema.TaggedError<DatasetMissing>("@trunkline/analytics/AnalyticsError/DatasetMissing")(
    "DatasetMissing",
    { folder: Schema.String }
  )
{
  override get message(): string {
    return `${this.folder} is no folder of a dataset. Name the one that was exported to, or export first`
  }
}

/**
 * A parameter of the views that cannot be used.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidParameter
  extends Schema.TaggedError<InvalidParameter>("@trunkline/analytics/AnalyticsError/InvalidParameter")(
    "InvalidParameter",
    { parameter: Schema.String, reason: Schema.String }
  )
{
  override get message(): string {
    return `${this.parameter}: ${this.reason}`
  }
}

/**
 * The text of a query is wrong, or asks for more than it may have.
 *
 * @since 0.1.0
 * @category errors
 */
export class QueryRefused extends Schema.TaggedError<QueryRefused>("@trunkline/analytics/AnalyticsError/QueryRefused")(
  "QueryRefused",
  {
    /**
     * DuckDB's words about the text, with its caret and its suggestions. They repeat the text and no value of a row, so
     * show them to the person who wrote it.
     */
    reason: Schema.String,
    /** What would let the text through; null where only another text helps. */
    needs: Schema.optionalWith(Schema.NullOr(Schema.Literal("files")), { default: () => null })
  }
) {
  override get message(): string {
    return this.needs === "files"
      ? `${this.reason}${after(this.reason)}The option files lets SQL read and write other files`
      : `${this.reason}${after(this.reason)}Mend the query; docs/analytics.md names every view and column`
  }
}

/** A caret ends its line. */
const after = (reason: string): string => reason.includes("\n") ? "\n" : ". "

/**
 * A query that was understood broke while it ran. What DuckDB says then may hold what stands in a row, so only its kind
 * is kept.
 *
 * @since 0.1.0
 * @category errors
 */
export class QueryFailed extends Schema.TaggedError<QueryFailed>("@trunkline/analytics/AnalyticsError/QueryFailed")(
  "QueryFailed",
  {
    /** DuckDB's name for it, such as `Conversion Error`. */
    kind: Schema.String,
    /** Columns that hold what they should not, where that is the trouble. */
    columns: Schema.Array(Schema.String)
  }
) {
  override get message(): string {
    const where = this.columns.length === 0 ? "" : ` in ${this.columns.join(", ")}`
    return `${this.kind}${where}. ${advice[this.kind] ?? "Check the dataset with trunkline verify, and the query"}`
  }
}

const advice: { readonly [kind: string]: string | undefined } = {
  "Conversion Error": "A value cannot be cast; try_cast gives null instead",
  "Out of Memory Error": "Ask for fewer rows or columns, or give more memory",
  "Interrupt Error": "The query was stopped"
}

/** @since 0.1.0 */
export type AnalyticsError = DatasetMissing | InvalidParameter | QueryRefused | QueryFailed | NotWhole
