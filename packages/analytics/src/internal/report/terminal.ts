/** A name, a bar and figures in columns, as wide as a terminal shows them. */
import * as Text from "../../Text.js"

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

/** What is not nothing shows at least a sliver. */
export const bar = (share: number, width: number): string => {
  const steps = share > 0 ? Math.max(1, Math.round(Math.min(1, share) * width * 8)) : 0
  return "█".repeat(Math.floor(steps / 8)) + (eighths[steps % 8] ?? "")
}

export interface Row {
  readonly name: string
  /** From 0 to 1, of the longest; null for no bar. */
  readonly bar: number | null
  readonly figures: ReadonlyArray<string>
}

/** A name, a bar and figures; a narrow terminal loses the bar first and then the end of long names. */
export const table = (options: {
  readonly head: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Row>
  readonly width: number
  readonly accent: (text: string) => string
  readonly quiet: (text: string) => string
}): ReadonlyArray<string> => {
  const { accent, quiet, width } = options
  const rows = options.rows.map((row) => ({ ...row, name: Text.named(row.name) }))
  const [title = "", ...heads] = options.head
  const needed = (column: number): number =>
    Math.max(Text.width(heads[column] ?? ""), ...rows.map(({ figures }) => Text.width(figures[column] ?? "")))
  // Figures that do not fit beside a name of ten columns are left out, the last one first.
  const least = 12
  let shown = heads.length
  const figuresWidth = () => heads.slice(0, shown).reduce((sum, _, column) => sum + needed(column) + 2, 0)
  while (shown > 1 && least + figuresWidth() + 2 > width) shown -= 1
  const longest = Math.max(Text.width(title), ...rows.map(({ name }) => Text.width(name)))
  const rest = width - 2 - figuresWidth()
  // A narrow terminal would rather read a name than see a bar.
  const left = rest - Math.min(longest, 24) - 2
  const bars = rows.some((row) => row.bar !== null) && left >= 6
    ? Math.min(28, left, Math.max(10, rest - longest - 2))
    : 0
  const names = Math.max(4, Math.min(longest, rest - (bars > 0 ? bars + 2 : 0)))
  const line = (name: string, middle: string, figures: ReadonlyArray<string>, quieted: boolean) => {
    const cells = figures.slice(0, shown).map((figure, column) => `  ${Text.padStart(figure, needed(column))}`).join("")
    const text = `  ${Text.padEnd(Text.cut(name, names), names)}${middle}`
    return quieted ? quiet(`${text}${cells}`.trimEnd()) : `${text}${cells}`
  }
  return [
    line(title, bars > 0 ? " ".repeat(bars + 2) : "", heads, true),
    ...rows.map((row) => {
      const drawn = bar(row.bar ?? 0, bars)
      return line(
        row.name,
        bars > 0 ? `  ${accent(drawn)}${" ".repeat(bars - Text.width(drawn))}` : "",
        row.figures,
        false
      )
    })
  ]
}
