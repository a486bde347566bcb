/** The last step of every mapping: a row that fits its table, or the record with the reason. */
import type { Extra } from "@trunkline/http/Wire"
import type * as Table from "@trunkline/parquet/Table"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { check, type Mapped } from "../Mapped.js"
import type { RefusedRow } from "../Refused.js"
import { text } from "./json.js"

const tooDeep = "(nested too deep to be written)"

/** Whole, but for a field that cannot be written: one such field must not take the others with it. */
const written = (record: object): string =>
  Either.getOrElse(text(record), () =>
    Either.getOrElse(
      text(Object.fromEntries(
        Object.entries(record).map(([field, value]) => [field, Either.isRight(text(value)) ? value : tooDeep])
      )),
      () => tooDeep
    ))

/** A refusal with the record as it was sent, as far as that is known: under its own names, raw values first. */
export const refusing = <Record extends { readonly extra: Extra }>(schema: Schema.Schema<Record, unknown>) => {
  const encode = Schema.encodeEither(schema)
  return (record: Record, table: string | null, reason: string): RefusedRow => {
    const sent = Either.getOrElse(encode(record), (): unknown => record)
    return {
      table,
      reason,
      raw: Redacted.make(written({ ...(Predicate.isRecord(sent) ? sent : record), ...record.extra }))
    }
  }
}

/** Either a row that is still to be checked, or why none could be made. */
export const checking = <Row extends object>(table: Table.Table<Row>) => {
  const checkRow = check(table)
  return (options: {
    readonly row: Either.Either<Row, string>
    readonly groups: ReadonlyArray<string>
    readonly refuse: (table: string, reason: string) => RefusedRow
  }): Either.Either<Mapped<Row>, RefusedRow> => {
    const checked = Either.flatMap(options.row, checkRow)
    return Either.isRight(checked)
      ? Either.right({ table, row: checked.right, groups: options.groups })
      : Either.left(options.refuse(table.name, checked.left))
  }
}
