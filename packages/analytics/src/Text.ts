/**
 * Text as a reader sees it: what counts as one character, how wide it is, and nothing that acts on a terminal.
 *
 * @since 0.1.0
 */
import stringWidth from "string-width"

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" })

/**
 * The characters of a text as a reader counts them.
 *
 * @since 0.1.0
 */
export const characters = (text: string): ReadonlyArray<string> =>
  Array.from(graphemes.segment(text), ({ segment }) => segment)

/**
 * No more than so many characters.
 *
 * @since 0.1.0
 */
export const shortened = (text: string, most: number): string => {
  const found = characters(text.slice(0, most * 16))
  return found.length > most || text.length > most * 16 ? `${found.slice(0, most - 1).join("").trimEnd()}…` : text
}

/** These move a cursor, ring a bell, break a line or turn text around; half a pair of surrogates is no character. */
const controls = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ufeff]/gu

/**
 * A stand-in for each of them, for names and labels; a line that would break goes on after a space.
 *
 * @since 0.1.0
 */
export const visible = (text: string): string =>
  text.replaceAll(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, " ").replaceAll(controls, "\ufffd")

/**
 * A name is never empty.
 *
 * @since 0.1.0
 */
export const named = (text: string): string => visible(text).trim() === "" ? "(no name)" : visible(text)

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }

/**
 * Each of them as an escape, for values that a reader may copy.
 *
 * @since 0.1.0
 */
export const escaped = (text: string): string =>
  text.replaceAll(
    controls,
    (character) => escapes[character] ?? `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`
  )

/**
 * The same in a text of JSON, where it changes no value: the controls that are left there stand within strings.
 *
 * @since 0.1.0
 */
export const escapedJson = (json: string): string => json.split("\n").map(escaped).join("\n")

const narrow = /^[ -~]*$/

/**
 * Columns of a terminal.
 *
 * @since 0.1.0
 */
export const width = (text: string): number => narrow.test(text) ? text.length : stringWidth(text)

/**
 * At most so many columns, with an ellipsis where something was cut.
 *
 * @since 0.1.0
 */
export const cut = (text: string, columns: number): string => {
  if (width(text) <= columns) return text
  let taken = ""
  let used = 0
  for (const character of characters(text.slice(0, columns * 16))) {
    const wide = width(character)
    if (used + wide > columns - 1) break
    taken += character
    used += wide
  }
  return columns < 1 ? "" : `${taken.trimEnd()}…`
}

/**
 * Spaces after it up to a width.
 *
 * @since 0.1.0
 */
export const padEnd = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - width(text)))
/**
 * Spaces before it up to a width.
 *
 * @since 0.1.0
 */
export const padStart = (text: string, columns: number): string => " ".repeat(Math.max(0, columns - width(text))) + text

/**
 * Lines that break between words; a word longer than a line is cut into pieces.
 *
 * @since 0.1.0
 */
export const wrapped = (text: string, columns: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ").flatMap((word) => width(word) > columns ? pieces(word, columns) : [word])) {
    if (line !== "" && width(line) + 1 + width(word) > columns) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}

const pieces = (word: string, columns: number): ReadonlyArray<string> => {
  const found: Array<string> = []
  let piece = ""
  for (const character of characters(word)) {
    if (piece !== "" && width(piece) + width(character) > columns) {
      found.push(piece)
      piece = ""
    }
    piece += character
  }
  return [...found, piece]
}
