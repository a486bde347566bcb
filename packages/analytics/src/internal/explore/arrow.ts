/** Rows of an answer as a stream of Arrow, which is what the page reads. */
import type { Value } from "@trunkline/dataset/Value"
import { bool, dateDay, float64, tableFromArrays, tableToIPC, timestamp, TimeUnit, utf8 } from "@uwdata/flechette"
import * as DateTime from "effect/DateTime"

export interface Column {
  readonly name: string
  /** As DuckDB calls it. */
  readonly type: string
  readonly values: ReadonlyArray<Value>
}

const numbers = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*)$/

/** A wall clock is sent as if it were one of UTC. */
const millis = (value: Value): number | null =>
  DateTime.isDateTime(value)
    ? DateTime.toEpochMillis(value)
    : typeof value === "string"
    ? Date.parse(`${value.replace(" ", "T")}${value.includes(" ") ? "Z" : ""}`)
    : null

const text = (value: Value): string | null =>
  value === null
    ? null
    : typeof value === "string"
    ? value
    : Array.isArray(value)
    ? value.map(text).join(", ")
    : String(value)

const typed = ({ type, values }: Column) =>
  numbers.test(type)
    ? { type: float64(), values: values.map((value) => value === null ? null : Number(value)) }
    : type === "BOOLEAN"
    ? { type: bool(), values: [...values] }
    : type === "DATE"
    ? { type: dateDay(), values: values.map(millis) }
    : type.startsWith("TIMESTAMP")
    ? { type: timestamp(TimeUnit.MILLISECOND), values: values.map(millis) }
    : { type: utf8(), values: values.map(text) }

/** Columns of one length; of two with one name the last is sent. */
export const encode = (columns: ReadonlyArray<Column>): Uint8Array => {
  const made = columns.map((column) => ({ name: column.name, ...typed(column) }))
  const table = tableFromArrays(
    Object.fromEntries(made.map(({ name, values }) => [name, values])),
    { types: Object.fromEntries(made.map(({ name, type }) => [name, type])) }
  )
  return tableToIPC(table, { format: "stream" }) ?? new Uint8Array()
}
