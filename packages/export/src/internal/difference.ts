/** Where both sides of a comparison differ. */
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category models
 */
export const Difference = Schema.Struct({
  source: Schema.String,
  scope: Schema.String,
  stream: Schema.String,
  from: Schema.String,
  to: Schema.String,
  /** Whether it lies in the settled past. What is younger differs as soon as a call comes, and the next export reads it. */
  settled: Schema.Boolean,
  /** Rows the dataset holds of it, and rows the API says there are. */
  here: Schema.Number,
  there: Schema.NullOr(Schema.Number),
  /** Ids the API lists and the dataset lacks: an export would land them. */
  missingHere: Schema.Array(Schema.String),
  /** Ids the dataset holds and the API no longer returns: an export would mark them as gone, and keep them. */
  missingThere: Schema.Array(Schema.String),
  /** Ids the dataset holds that the API answers by their id, and no longer lists. */
  unlisted: Schema.Array(Schema.String)
})
/** @since 0.1.0 */
export interface Difference extends Schema.Schema.Type<typeof Difference> {}
