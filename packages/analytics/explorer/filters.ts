/** What is selected: one value that charts, form controls and the address all read and change. */

/** Columns of which words are selected. */
export const worded = {
  account: "Accounts",
  source: "Sources",
  organization: "Organisations",
  agent: "Agents",
  line: "Lines",
  direction: "Directions",
  outcome: "Outcomes",
  business_outcome: "Business outcomes",
  intent: "Intents",
  tags: "Tags",
  recovery: "Missed callers"
} as const
export type Worded = keyof typeof worded
export const isWorded = (name: string): name is Worded => Object.hasOwn(worded, name)
export const wordedNames: ReadonlyArray<Worded> = Object.keys(worded).filter(isWorded)

/** Both ends belong to it; an end that is null is open. */
export interface Range<A> {
  readonly from: A | null
  readonly to: A | null
}

export interface Filters {
  readonly words: { readonly [name in Worded]?: ReadonlyArray<string> }
  /** Days such as `2026-03-31`. */
  readonly days: Range<string>
  readonly seconds: Range<number>
  /** From 1, Monday, to 7. */
  readonly weekdays: ReadonlyArray<number>
  readonly hours: Range<number>
}

export const none: Filters = {
  words: {},
  days: { from: null, to: null },
  seconds: { from: null, to: null },
  weekdays: [],
  hours: { from: null, to: null }
}

/** What one chart is about. It is the dimension that does not narrow its own chart. */
export type Dimension = Worded | "days" | "seconds" | "week"

export const dimensions: ReadonlyArray<Dimension> = [...wordedNames, "days", "seconds", "week"]

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

const within = (column: string, { from, to }: Range<string>): ReadonlyArray<string> => [
  ...(from === null ? [] : [`${column} >= ${from}`]),
  ...(to === null ? [] : [`${column} <= ${to}`])
]

const mapped = <A>({ from, to }: Range<A>, write: (value: A) => string): Range<string> => ({
  from: from === null ? null : write(from),
  to: to === null ? null : write(to)
})

/**
 * The condition of a dimension in SQL; null where nothing is selected. Over the table in memory words are compared as what it holds in
 * place of them, which is several times as fast.
 */
export const condition = (filters: Filters, dimension: Dimension, held = false): string | null => {
  const parts = (): ReadonlyArray<string> => {
    switch (dimension) {
      case "days":
        return within("day", mapped(filters.days, (day) => `DATE ${quoted(day)}`))
      case "seconds":
        return within("duration_seconds", mapped(filters.seconds, String))
      case "week":
        return [
          ...(filters.weekdays.length === 0 ? [] : [`weekday IN (${filters.weekdays.join(", ")})`]),
          ...within("hour", mapped(filters.hours, String))
        ]
      default: {
        const words = filters.words[dimension] ?? []
        const list = words.map((word) => held ? `TRY_CAST(${quoted(word)} AS word_of_${dimension})` : quoted(word))
        return words.length === 0
          ? []
          : [
            dimension === "tags"
              ? `(${list.map((word) => `list_contains(tags, ${word})`).join(" OR ")})`
              : `${dimension} IN (${list.join(", ")})`
          ]
      }
    }
  }
  const found = parts()
  return found.length === 0 ? null : found.join(" AND ")
}

export const withWords = (filters: Filters, name: Worded, words: ReadonlyArray<string>): Filters => ({
  ...filters,
  words: { ...filters.words, [name]: words }
})

export const toggled = (filters: Filters, name: Worded, word: string): Filters => {
  const words = filters.words[name] ?? []
  return withWords(filters, name, words.includes(word) ? words.filter((one) => one !== word) : [...words, word])
}

export const cleared = (filters: Filters, dimension: Dimension): Filters =>
  dimension === "days"
    ? { ...filters, days: none.days }
    : dimension === "seconds"
    ? { ...filters, seconds: none.seconds }
    : dimension === "week"
    ? { ...filters, weekdays: [], hours: none.hours }
    : withWords(filters, dimension, [])

const range = ({ from, to }: Range<string>): string | null =>
  from === null && to === null ? null : `${from ?? ""}..${to ?? ""}`

/** As the part of an address behind `#`. */
export const write = (filters: Filters): string => {
  const written = new URLSearchParams()
  const add = (name: string, value: string | null) => {
    if (value !== null) written.append(name, value)
  }
  add("days", range(filters.days))
  add("seconds", range(mapped(filters.seconds, String)))
  add("weekdays", filters.weekdays.length === 0 ? null : filters.weekdays.join("-"))
  add("hours", range(mapped(filters.hours, String)))
  for (const name of wordedNames) for (const word of filters.words[name] ?? []) written.append(name, word)
  return written.toString()
}

const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))

const whole = (text: string | undefined, most: number): number | null =>
  text !== undefined && /^\d{1,9}$/.test(text) && Number(text) <= most ? Number(text) : null

const ends = (text: string | null): ReadonlyArray<string> => text?.split("..") ?? []

/** What cannot be read in it is left out. */
export const read = (text: string): Filters => {
  const written = new URLSearchParams(text)
  const [since = "", until = ""] = ends(written.get("days"))
  const numbers = (name: string, most: number): Range<number> => {
    const [from, to] = ends(written.get(name))
    return { from: whole(from, most), to: whole(to, most) }
  }
  return {
    words: Object.fromEntries(
      wordedNames.flatMap((name) => {
        const words = [...new Set(written.getAll(name))]
        return words.length === 0 ? [] : [[name, words]]
      })
    ),
    days: { from: isDay(since) ? since : null, to: isDay(until) ? until : null },
    seconds: numbers("seconds", 999_999_999),
    weekdays: [...new Set((written.get("weekdays") ?? "").split("-").flatMap((day) => whole(day, 7) ?? []))]
      .filter((day) => day > 0).toSorted(),
    hours: numbers("hours", 23)
  }
}
