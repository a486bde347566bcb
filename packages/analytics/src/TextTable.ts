/**
 * Rows in columns: aligned, and cut to the terminal where there is one.
 *
 * @since 0.1.0
 */
import { cut, escaped, padEnd, padStart, width } from "./Text.js"

/** @since 0.1.0 */
export interface Column {
  readonly name: string
  readonly right: boolean
}

/** @since 0.1.0 */
export interface Layout {
  readonly columns: ReadonlyArray<Column & { readonly width: number }>
  /** Columns that did not fit. */
  readonly hidden: number
}

const gap = "  "
const narrowest = 8

/**
 * Widths for these rows, made smaller from the widest down until a line fits.
 *
 * @since 0.1.0
 */
export const layout = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  space: number | null
): Layout => {
  const widths = columns.map(({ name }, index) =>
    rows.reduce((most, row) => Math.max(most, width(escaped(row[index] ?? ""))), width(escaped(name)))
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

/**
 * Off a terminal nothing is cut: a cell that is longer than those before it is longer.
 *
 * @since 0.1.0
 */
export const line = ({ columns }: Layout, cells: ReadonlyArray<string>, cutting: boolean): string =>
  columns.map(({ right, width }, index) => {
    const whole = escaped(cells[index] ?? "")
    const text = cutting ? cut(whole, width) : whole
    return right ? padStart(text, width) : padEnd(text, width)
  }).join(gap).trimEnd()

/** @since 0.1.0 */
export const head = (layout: Layout, cutting: boolean): ReadonlyArray<string> => [
  line(layout, layout.columns.map(({ name }) => name), cutting),
  layout.columns.map(({ width }) => "-".repeat(width)).join(gap)
]
