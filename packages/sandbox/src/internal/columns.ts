/** Columns of numbers that grow: a million records take a few megabytes. */

type Column = Float64Array | Int32Array | Uint16Array | Uint32Array

/** The column with room for one more than `index`; the old content stays. */
export const grown = <A extends Column>(column: A, index: number, make: (length: number) => A): A => {
  if (index < column.length) return column
  const wider = make(Math.max(index + 1, Math.ceil(column.length * 1.3) + 1024))
  wider.set(column)
  return wider
}

export const float64 = (length: number) => new Float64Array(length)
export const int32 = (length: number) => new Int32Array(length)
export const uint32 = (length: number) => new Uint32Array(length)
export const uint16 = (length: number) => new Uint16Array(length)
