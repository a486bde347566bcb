/** How text measures and is cut on a terminal, and how numbers and lengths of time read. */

/** What moves the cursor, rings or colours is shown as what it is. */
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }

export const visible = (text: string): string =>
  text.replace(
    controls,
    (character) => named[character] ?? `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`
  )

/** The same in a text of JSON, where it changes no value: what is left of controls there stands within strings. */
export const visibleJson = (json: string): string => json.split("\n").map(visible).join("\n")

const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}/u
const marks = /^(?:\p{Mn}|\p{Me}|\p{Cf})+$/u
const plain = /^[\u0020-\u007e\u00a0-\u02ff]*$/

let segmenter: Intl.Segmenter | undefined
const graphemes = (text: string): ReadonlyArray<string> => {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" })
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

const widthOf = (grapheme: string): number => (wide.test(grapheme) ? 2 : marks.test(grapheme) ? 0 : 1)

/** Columns the text takes. */
export const width = (text: string): number =>
  plain.test(text) ? text.length : graphemes(text).reduce((sum, grapheme) => sum + widthOf(grapheme), 0)

/** At most so many columns, with an ellipsis where something was cut. */
export const cut = (text: string, columns: number): string => {
  if (width(text) <= columns) return text
  let taken = ""
  let used = 0
  for (const grapheme of graphemes(text)) {
    if (used + widthOf(grapheme) > columns - 1) break
    taken += grapheme
    used += widthOf(grapheme)
  }
  return columns < 1 ? "" : `${taken}…`
}

export const padEnd = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - width(text)))
export const padStart = (text: string, columns: number): string => " ".repeat(Math.max(0, columns - width(text))) + text

/** `1,234,567` */
export const count = (value: number): string => Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",")

/** `12.3 MB`; as disks are sold, so a kB is 1,000 bytes. */
export const size = (bytes: number): string => {
  const [unit, name] = bytes >= 1e9 ? [1e9, "GB"] as const : bytes >= 1e6 ? [1e6, "MB"] as const : [1e3, "kB"] as const
  return `${(bytes / unit).toFixed(1)} ${name}`
}

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** `9 s`, `2 min 05 s`, `1 h 20 min`, `3 d 4 h`. */
export const lasting = (seconds: number): string => {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`
}

/** `5`, `4.9`, `0.3`: a rate needs no more. */
export const rate = (perSecond: number): string =>
  perSecond >= 20 ? String(Math.round(perSecond)) : String(Math.round(perSecond * 10) / 10)
