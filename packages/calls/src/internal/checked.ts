/** The last step of every mapping: a row that fits its table, or the record with the reason. */
import type * as Table from "@trunkline/parquet/Table"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type Mapped, validate } from "../Mapped.js"
import type { RefusedRow } from "../Refused.js"
import type { Extra } from "./extra.js"
import { text } from "./json.js"

/** A refusal with the record as it was sent, as far as that is known: under its own names, raw values first. */
export const refusing = <Record extends { readonly extra: Extra }>(schema: Schema.Schema<Record, unknown>) => {
  const encode = Schema.encodeEither(schema)
  return (record: Record, table: string | null, reason: string): RefusedRow => {
    const sent = Either.getOrElse(encode(record), (): unknown => record)
    const whole = typeof sent === "object" ? { ...sent, ...record.extra } : sent
    return {
      table,
      reason,
      raw: Redacted.make(Either.getOrElse(text(whole), () => "(cannot be written as JSON)"))
    }
  }
}

/** The row is a function, since its `extra` may be what cannot be written. */
export const checking = <Row extends object>(table: Table.Table<Row>) => {
  const check = validate(table)
  return (options: {
    readonly row: Either.Either<Row, string>
    readonly groups: ReadonlyArray<string>
    readonly refuse: (table: string, reason: string) => RefusedRow
  }): Either.Either<Mapped<Row>, RefusedRow> =>
    Either.mapBoth(Either.flatMap(options.row, check), {
      onLeft: (reason) => options.refuse(table.name, reason),
      onRight: (row) => ({ table, row, groups: options.groups })
    })
}
