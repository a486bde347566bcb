/** Rows of a page, decoded one by one. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import { stringify } from "./json.js"
import { quickOf } from "./quick.js"

const isRead = <A>(input: unknown): input is A => input !== undefined

/**
 * A row that could not be read: where it differs, and the row as it was sent. The row is `Redacted`, since it holds a
 * person's name and number. It is complete, unless it is nested too deeply to be written.
 *
 * @since 0.1.0
 * @category rows
 */
export interface Rejected {
  readonly paths: ReadonlyArray<string>
  readonly raw: Redacted.Redacted
}

/**
 * Where a value differs from its schema. Paths only, because the values are personal data.
 *
 * @since 0.1.0
 * @category rows
 */
export const pathsOf = (issue: ParseResult.ParseIssue): ReadonlyArray<string> => {
  const paths = ParseResult.ArrayFormatter.formatIssueSync(issue).map(({ path }) => path.map(String).join("."))
  return [...new Set(paths.map((path) => path.length === 0 ? "(the value itself)" : path))]
}

/** A decoder for one record, built once: the quick one, and where that reads nothing the schema, which tells the paths. */
export const row = <A, I>(schema: Schema.Schema<A, I>) => {
  const quick = quickOf(schema)
  const decode = ParseResult.decodeUnknownEither(schema)
  return (raw: unknown): Either.Either<A, ParseResult.ParseIssue> => {
    const value = quick(raw)
    return isRead<A>(value) ? Either.right(value) : decode(raw)
  }
}

/**
 * A decoder for rows, built once. A row that cannot be read does not affect the others.
 *
 * @since 0.1.0
 * @category rows
 */
export const rows = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = row(schema)
  return (
    raw: ReadonlyArray<unknown>
  ): { readonly rows: ReadonlyArray<A>; readonly rejected: ReadonlyArray<Rejected> } => {
    const read: Array<A> = []
    const rejected: Array<Rejected> = []
    for (const one of raw) {
      const result = decode(one)
      if (Either.isRight(result)) read.push(result.right)
      else {
        rejected.push({
          paths: pathsOf(result.left),
          raw: Redacted.make(Option.getOrElse(stringify(one), () => "(nested too deeply to be written)"))
        })
      }
    }
    return { rows: read, rejected }
  }
}
