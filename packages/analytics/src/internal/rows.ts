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

/** The type side of a schema: rows are checked, not decoded. */
export const checking = <Row>(
  row: Schema.Schema<Row>
): (found: ReadonlyArray<unknown>) => Either.Either<ReadonlyArray<Row>, QueryFailed> => {
  const check = Schema.validateEither(row, { errors: "all" })
  return (found) => Either.mapLeft(Either.all(found.map((one) => check(one))), differing)
}
