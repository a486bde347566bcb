/** What every measurement prints. */
import * as TextTable from "@trunkline/analytics/TextTable"

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}

/** Columns as wide as they have to be: words to the left, figures to the right. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const columns = head.map((name, column) => ({
    name,
    right: rows.every((row) => /^[\d.<>]/.test(row[column] ?? "") && !row[column]?.includes("-"))
  }))
  const layout = TextTable.layout(columns, rows, null)
  return [...TextTable.head(layout, false), ...rows.map((row) => TextTable.line(layout, row, false))].join("\n")
}
