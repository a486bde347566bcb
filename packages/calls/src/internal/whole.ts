/** For tables whose every reading knows all of a row. */
import * as Record from "effect/Record"

/** One group of all columns but the key. */
export const whole = <Column extends string>(
  fields: { readonly [name in Column]: unknown },
  key: ReadonlyArray<NoInfer<Column>>
): ReadonlyArray<{ readonly name: string; readonly columns: ReadonlyArray<Column> }> => [
  { name: "row", columns: Record.keys(fields).filter((column) => !key.includes(column)) }
]
