/** Text in columns, as wide as a terminal shows it. */
import stringWidth from "string-width"
import * as words from "./words.js"

export const widthOf = (text: string): number => stringWidth(text)

/** At most so many columns; what was cut off shows. */
export const fit = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text
  let taken = ""
  let used = 0
  for (const character of words.characters(text.slice(0, width * 16))) {
    const wide = widthOf(character)
    if (used + wide > width - 1) break
    taken += character
    used += wide
  }
  return width < 1 ? "" : `${taken.trimEnd()}…`
}

export const start = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)))
export const end = (text: string, width: number): string => " ".repeat(Math.max(0, width - widthOf(text))) + text

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

/** What is not nothing shows at least a sliver. */
export const bar = (share: number, width: number): string => {
  const steps = share > 0 ? Math.max(1, Math.round(Math.min(1, share) * width * 8)) : 0
  return "█".repeat(Math.floor(steps / 8)) + (eighths[steps % 8] ?? "")
}

/** Lines that break between words; a word longer than a line is cut into pieces. */
export const wrapped = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ").flatMap((word) => widthOf(word) > width ? pieces(word, width) : [word])) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}

const pieces = (word: string, width: number): ReadonlyArray<string> => {
  const found: Array<string> = []
  let piece = ""
  for (const character of words.characters(word)) {
    if (piece !== "" && widthOf(piece) + widthOf(character) > width) {
      found.push(piece)
      piece = ""
    }
    piece += character
  }
  return [...found, piece]
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
  const rows = options.rows.map((row) => ({ ...row, name: words.named(row.name) }))
  const [title = "", ...heads] = options.head
  const needed = (column: number): number =>
    Math.max(widthOf(heads[column] ?? ""), ...rows.map(({ figures }) => widthOf(figures[column] ?? "")))
  // Figures that do not fit beside a name of ten columns are left out, the last one first.
  const least = 12
  let shown = heads.length
  const figuresWidth = () => heads.slice(0, shown).reduce((sum, _, column) => sum + needed(column) + 2, 0)
  while (shown > 1 && least + figuresWidth() + 2 > width) shown -= 1
  const longest = Math.max(widthOf(title), ...rows.map(({ name }) => widthOf(name)))
  const rest = width - 2 - figuresWidth()
  // A narrow terminal would rather read a name than see a bar.
  const left = rest - Math.min(longest, 24) - 2
  const bars = rows.some((row) => row.bar !== null) && left >= 6
    ? Math.min(28, left, Math.max(10, rest - longest - 2))
    : 0
  const names = Math.max(4, Math.min(longest, rest - (bars > 0 ? bars + 2 : 0)))
  const line = (name: string, middle: string, figures: ReadonlyArray<string>, quieted: boolean) => {
    const cells = figures.slice(0, shown).map((figure, column) => `  ${end(figure, needed(column))}`).join("")
    const text = `  ${start(fit(name, names), names)}${middle}`
    return quieted ? quiet(`${text}${cells}`.trimEnd()) : `${text}${cells}`
  }
  return [
    line(title, bars > 0 ? " ".repeat(bars + 2) : "", heads, true),
    ...rows.map((row) => {
      const drawn = bar(row.bar ?? 0, bars)
      return line(
        row.name,
        bars > 0 ? `  ${accent(drawn)}${" ".repeat(bars - widthOf(drawn))}` : "",
        row.figures,
        false
      )
    })
  ]
}
