/** Columns of numbers that grow: a million records in a few megabytes. */

type Column = Float64Array | Int32Array | Uint16Array | Uint32Array

/** Room for one more than `index`, with the old content kept. */
export const grown = <A extends Column>(column: A, index: number, make: (length: number) => A): A => {
  if (index < column.length) return column
  const wider = make(Math.max(index + 1, Math.ceil(column.length * 1.3) + 1024))
  wider.set(column)
  return wider
}
