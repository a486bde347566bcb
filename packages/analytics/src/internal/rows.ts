/** Rows of an answer held against what was promised of them. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { QueryFailed } from "../AnalyticsError.js"

/** Paths only: values are names and numbers. */
const differing = (error: ParseResult.ParseError): QueryFailed =>
  new QueryFailed({
    kind: "Values of another type than the view promises",
    columns: [
      ...new Set(ParseResult.ArrayFormatter.formatErrorSync(error).map(({ path }) => String(path[0] ?? "the row")))
    ]
  })

/** The type side of a schema: a value is checked, not decoded. */
export const check = <A>(schema: Schema.Schema<A>): (found: unknown) => Either.Either<A, QueryFailed> => {
  const validate = Schema.validateEither(schema, { errors: "all" })
  return (found) => Either.mapLeft(validate(found), differing)
}

export const checking = <Row>(
  row: Schema.Schema<Row>
): (found: ReadonlyArray<unknown>) => Either.Either<ReadonlyArray<Row>, QueryFailed> => {
  const one = check(row)
  return (found) => Either.all(found.map(one))
}
