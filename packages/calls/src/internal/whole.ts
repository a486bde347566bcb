/** For tables whose every reading knows all of a row. */
import * as Record from "effect/Record"

/** One group of all columns but these. */
export const whole = <Column extends string>(
  fields: { readonly [name in Column]: unknown },
  but: ReadonlyArray<NoInfer<Column>>
): ReadonlyArray<{ readonly name: string; readonly columns: ReadonlyArray<Column> }> => [
  { name: "row", columns: Record.keys(fields).filter((column) => !but.includes(column)) }
]
