/** Rows of a database, as their schema has them. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import type * as Schema from "effect/Schema"

/** None where one of them is another. Row by row: a schema of the list would be made anew for each query. */
export const decoded = <A, I>(
  row: Schema.Schema<A, I>,
  found: ReadonlyArray<unknown>
): Option.Option<ReadonlyArray<A>> => {
  const decode = ParseResult.decodeUnknownEither(row)
  const rows: Array<A> = []
  for (const one of found) {
    const read = decode(one)
    if (Either.isLeft(read)) return Option.none()
    rows.push(read.right)
  }
  return Option.some(rows)
}
