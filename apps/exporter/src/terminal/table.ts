/** Rows in columns: aligned, and cut to the terminal where there is one. */
import { cut, padEnd, padStart, visible, width } from "./text.js"

export interface Column {
  readonly name: string
  readonly right: boolean
}

export interface Layout {
  readonly columns: ReadonlyArray<Column & { readonly width: number }>
  /** Columns that did not fit. */
  readonly hidden: number
}

const gap = "  "
const narrowest = 8

/** Widths for these rows, made smaller from the widest down until a line fits. */
export const layout = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  space: number | null
): Layout => {
  const widths = columns.map(({ name }, index) =>
    rows.reduce((most, row) => Math.max(most, width(visible(row[index] ?? ""))), width(visible(name)))
  )
  const total = () => widths.reduce((sum, one) => sum + one, 0) + gap.length * Math.max(0, widths.length - 1)
  let hidden = 0
  if (space !== null) {
    while (total() > space) {
      const widest = Math.max(...widths)
      if (widest > narrowest) {
        const next = Math.max(narrowest, ...widths.filter((one) => one < widest))
        const same = widths.filter((one) => one === widest).length
        const less = Math.max(1, Math.min(widest - next || 1, Math.ceil((total() - space) / same)))
        for (const [index, one] of widths.entries()) if (one === widest) widths[index] = Math.max(narrowest, one - less)
      } else if (widths.length > 1) {
        widths.pop()
        hidden++
      } else break
    }
  }
  return {
    columns: columns.slice(0, widths.length).map((column, index) => ({ ...column, width: widths[index] ?? 0 })),
    hidden
  }
}

/** Off a terminal nothing is cut: a cell that is longer than those before it is longer. */
export const line = ({ columns }: Layout, cells: ReadonlyArray<string>, cutting: boolean): string =>
  columns.map(({ right, width }, index) => {
    const whole = visible(cells[index] ?? "")
    const text = cutting ? cut(whole, width) : whole
    return right ? padStart(text, width) : padEnd(text, width)
  }).join(gap).trimEnd()

export const head = (layout: Layout, cutting: boolean): ReadonlyArray<string> => [
  line(layout, layout.columns.map(({ name }) => name), cutting),
  layout.columns.map(({ width }) => "-".repeat(width)).join(gap)
]

/** What did not fit is told, or a reader would think there were no other columns. */
export const hidden = ({ columns, hidden }: Layout): ReadonlyArray<string> =>
  hidden === 0
    ? []
    : [
      `The first ${columns.length} of ${columns.length + hidden} columns fit. Name those you want, or use --format json`
    ]
