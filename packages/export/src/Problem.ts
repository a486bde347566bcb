/**
 * What went wrong with one scope, in the words of the person who has to do something about it.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { tags } from "./ExitCode.js"

/**
 * @since 0.1.0
 * @category models
 */
export const Problem = Schema.Struct({
  /** What a script can act on, such as `Unauthorized` or `Uncertified`. */
  tag: Schema.Literal(...tags),
  source: Schema.NullOr(Schema.String),
  scope: Schema.NullOr(Schema.String),
  message: Schema.String,
  requestId: Schema.NullOr(Schema.String)
})
/** @since 0.1.0 */
export interface Problem extends Schema.Schema.Type<typeof Problem> {}

/**
 * A failure of a service or of the dataset, as a problem of this scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = <Tag extends string>(
  failure: { readonly _tag: Tag; readonly message: string; readonly requestId?: string | null | undefined },
  // Callers pass a whole scope. Only its two names are copied, since it may hold numbers of lines.
  where: { readonly source: string | null; readonly scope: string | null }
): Omit<Problem, "tag"> & { readonly tag: Tag } => ({
  tag: failure._tag,
  source: where.source,
  scope: where.scope,
  message: failure.message,
  requestId: failure.requestId ?? null
})

/**
 * Reports a problem that all scopes of a source share once.
 *
 * @internal
 */
export const once = (problems: ReadonlyArray<Problem>, problem: Problem): ReadonlyArray<Problem> =>
  problems.some(({ source, tag }) => tag === problem.tag && source === problem.source)
    ? problems
    : [...problems, problem]
