export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** Columns as wide as they have to be: words to the left, figures to the right. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const figures = head.map((_, column) =>
    rows.every((row) => /^[\d.]/.test(row[column] ?? "") && !row[column]?.includes("-"))
  )
  return all.map((row) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0
      return figures[column] ? cell.padStart(width) : cell.padEnd(width)
    }).join("  ").trimEnd()
  ).join("\n")
}
