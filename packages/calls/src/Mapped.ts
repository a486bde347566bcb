/**
 * A row made from a vendor's record: checked against its table, and saying what it knows.
 *
 * @since 0.1.0
 */
import * as RowText from "@trunkline/parquet/RowText"
import * as Table from "@trunkline/parquet/Table"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

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
const earliest = Date.parse("0001-01-01T00:00:00.000Z")
const latest = Date.parse("9999-12-31T23:59:59.999Z")

/** Whether a folder can be named after the time of this row. */
const isFiled = <Row extends object>({ eventTime }: Table.Table<Row>, row: Row): boolean => {
  const filed = eventTime === null ? undefined : row[eventTime]
  return !Predicate.isObject(filed) || !DateTime.isDateTime(filed) ||
    (filed.epochMillis >= earliest && filed.epochMillis <= latest)
}

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
      if (!isFiled(table, valid)) {
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

/** Whether this schema takes every value that `RowText` takes. */
const isWide = (ast: AST.AST): boolean => {
  switch (ast._tag) {
    case "StringKeyword":
    case "NumberKeyword":
    case "BooleanKeyword":
      return true
    case "Literal":
      return ast.literal === null
    case "Union":
      return ast.types.every(isWide)
    case "TupleType":
      return ast.rest.every(({ type }) => isWide(type))
    case "TypeLiteral":
      return ast.propertySignatures.every(({ type }) => isWide(type))
    default:
      return ast === Schema.Int.ast || ast === Schema.DateTimeUtcFromSelf.ast
  }
}

/** A check of values by this schema; words of a closed list are looked up, since each row has some. */
const isOf = (ast: AST.AST): (value: unknown) => boolean => {
  const words = AST.isUnion(ast) ? ast.types.flatMap((type) => AST.isLiteral(type) ? [type.literal] : []) : []
  if (AST.isUnion(ast) && words.length === ast.types.length) {
    const known = new Set<unknown>(words)
    return (value) => known.has(value)
  }
  return Schema.is(Schema.make<unknown>(ast))
}

/**
 * As `validate`, and quicker for rows that fit: the schema is asked only about columns that it narrows, and for what is wrong with
 * a row.
 *
 * @since 0.1.0
 * @category checks
 */
export const check = <Row extends object>(table: Table.Table<Row>): (row: Row) => Either.Either<Row, string> => {
  const text = RowText.make(table.columns)
  const slowly = validate(table)
  const narrowed = AST.getPropertySignatures(table.row.ast).flatMap(({ name, type }) =>
    isWide(type) ? [] : [{ name, is: isOf(type) }]
  )
  const isNarrow = (row: Row): boolean => {
    for (const { is, name } of narrowed) if (!is(Reflect.get(row, name))) return false
    return true
  }
  return (row) =>
    text.refusal(row) === undefined && isFiled(table, row) && isNarrow(row)
      ? Either.right(row)
      : Either.left(Either.match(slowly(row), { onLeft: identity, onRight: () => "does not fit its table" }))
}
