/**
 * A row made from a vendor's record: checked against its table, and saying what it knows.
 *
 * @since 0.1.0
 */
import * as Table from "@trunkline/parquet/Table"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category models
 */
export interface Mapped<Row extends object> {
  readonly table: Table.Table<Row>
  /** Complete. Columns of other groups hold what stands there as long as nothing is known of them. */
  readonly row: Row
  /** The groups of the table that this reading knows; of all others it says nothing. */
  readonly groups: ReadonlyArray<string>
}

/** A folder is named after a month or day, with a year of four digits. */
const firstYear = 1
const lastYear = 9999

/**
 * A check against this table, built once: every row passes it before it is written, so that an error of the writer is
 * our bug and not data. The reason of a refusal names columns, not values.
 *
 * @since 0.1.0
 * @category checks
 */
export const validate = <Row extends object>(
  table: Table.Table<Row>
): (row: unknown) => Either.Either<Row, string> => {
  const check = Schema.validateEither(table.row, { errors: "all" })
  const misfit = Table.misfit(table)
  return (row) =>
    Either.flatMap(Either.mapLeft(check(row), differing), (valid) => {
      const filed = table.eventTime === null ? undefined : valid[table.eventTime]
      const year = Predicate.isObject(filed) && DateTime.isDateTime(filed)
        ? DateTime.getPartUtc(filed, "year")
        : firstYear
      if (year < firstYear || year > lastYear) {
        return Either.left(`${table.eventTime} lies outside the years ${firstYear} to ${lastYear}`)
      }
      const wrong = misfit(valid)
      return wrong === undefined ? Either.right(valid) : Either.left(wrong)
    })
}

const differing = (error: ParseResult.ParseError): string => {
  const columns = ParseResult.ArrayFormatter.formatErrorSync(error).map(({ path }) => path.map(String).join("."))
  const named = [...new Set(columns.map((column) => column === "" ? "the row itself" : column))]
  return `not of the table's type: ${named.join(", ")}`
}
