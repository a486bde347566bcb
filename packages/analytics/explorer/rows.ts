/** What an answer holds, as plain rows. */
import { isArrowTable } from "@uwdata/mosaic-core"

export type Cell = string | number | boolean | Date | null
export interface Row {
  readonly [column: string]: Cell
}

const cell = (value: unknown): Cell =>
  value === null || value === undefined
    ? null
    : typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value instanceof Date
    ? value
    : String(value)

export const rows = (data: unknown): ReadonlyArray<Row> => {
  if (!isArrowTable(data)) return []
  const names = data.schema.fields.map(({ name }) => name)
  const columns = names.map((_, index) => data.getChildAt(index)?.toArray() ?? [])
  return Array.from(
    { length: data.numRows },
    (_, row) => Object.fromEntries(names.map((name, index) => [name, cell(columns[index]?.[row])]))
  )
}

export const number = (value: Cell | undefined): number => typeof value === "number" ? value : 0
export const text = (value: Cell | undefined): string => value === null || value === undefined ? "" : String(value)
