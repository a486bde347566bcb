/** What went wrong with one scope, in the words of the person who has to do something about it. */
import * as Schema from "effect/Schema"
import { tags } from "./ExitCode.js"
import type { Tag } from "./Failure.js"

export const Problem = Schema.Struct({
  /** What a script can act on, such as `Unauthorized` or `Uncertified`. */
  tag: Schema.Literal(...tags),
  source: Schema.NullOr(Schema.String),
  scope: Schema.NullOr(Schema.String),
  message: Schema.String,
  requestId: Schema.NullOr(Schema.String)
})
export interface Problem extends Schema.Schema.Type<typeof Problem> {}

interface Failure {
  readonly _tag: Tag
  readonly message: string
  readonly requestId?: string | null | undefined
}

/** A failure of a service or of the dataset as a problem of the scope it befell. */
export const of = (
  failure: Failure,
  where: { readonly source: string | null; readonly scope: string | null }
): Problem => ({
  tag: failure._tag,
  source: where.source,
  // Whoever asks hands over all it knows of its scope, and numbers of lines are nobody's business.
  scope: where.scope,
  message: failure.message,
  requestId: failure.requestId ?? null
})
