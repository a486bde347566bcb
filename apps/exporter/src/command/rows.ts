/** Rows of an answer as text: a table, JSON or CSV, piece by piece, so that an answer may be larger than memory. */
import type { Answer } from "@trunkline/analytics/Analytics"
import type { AnalyticsError } from "@trunkline/analytics/AnalyticsError"
import { escaped, escapedJson } from "@trunkline/analytics/Text"
import * as Table from "@trunkline/analytics/TextTable"
import type { Value } from "@trunkline/dataset/Value"
import * as DateTime from "effect/DateTime"
import * as Stream from "effect/Stream"

export type Format = "table" | "json" | "csv"

type Plain = null | boolean | number | string | ReadonlyArray<Plain> | { readonly [field: string]: Plain }

const isList = (value: object): value is ReadonlyArray<Value> => Array.isArray(value)

/** What JSON can hold without loss: numbers it cannot are text, instants are ISO in UTC. */
export const plain = (value: Value): Plain => {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (typeof value === "bigint") return String(value)
  if (DateTime.isDateTime(value)) return DateTime.formatIso(value)
  if (isList(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}

/** One cell of a table or of CSV; null is empty in CSV. */
const cell = (value: Value): string | null => {
  const simple = plain(value)
  return simple === null ? null : typeof simple === "object" ? JSON.stringify(simple) : String(simple)
}

/** Of two columns with one name a JSON object would keep one. */
const distinct = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const taken = new Set<string>(names)
  const seen = new Set<string>()
  return names.map((name) => {
    let one = name
    for (let index = 1; seen.has(one) || (one !== name && taken.has(one)); index++) one = `${name}_${index}`
    seen.add(one)
    return one
  })
}

const quoted = (text: string): string =>
  text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll("\"", "\"\"")}"` : text

const isNumber = (type: string): boolean => /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)/.test(type)

/** So many rows decide how wide the columns of a table are. */
const sample = 1000

type Text = Stream.Stream<string, AnalyticsError>

/** Where the rows go. */
export interface Place {
  readonly terminal: boolean
  /** How wide a table may be; null for as wide as it gets. */
  readonly space: number | null
  /** Whether no cell of CSV may be a formula. */
  readonly spreadsheet: boolean
}

const json = ({ columns, rows }: Answer): Text => {
  const names = distinct(columns.map(({ name }) => name))
  const objects = Stream.map(
    rows,
    (row) =>
      escapedJson(JSON.stringify(Object.fromEntries(names.map((name, index) => [name, plain(row[index] ?? null)]))))
  )
  return Stream.mapAccum(objects, "[\n  ", (before, text) => [",\n  ", `${before}${text}`]).pipe(
    Stream.concat(Stream.make("\n]\n")),
    // An answer without rows has had no bracket yet.
    Stream.mapAccum(true, (first, text) => [false, first && text === "\n]\n" ? "[]\n" : text])
  )
}

/** A spreadsheet runs a cell that begins like this, unless it can only be a number, as `+33 6 12 34 56 78` and `-5` are. */
const formula = /^[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/
const number = /^[+-]?[\d ().-]*$/

/** A spreadsheet may also split cells at semicolons and tabs, unless they are quoted. */
const harmless = (text: string): string => {
  const safe = formula.test(text) && !number.test(text) ? `'${text}` : text
  return /[;\t]/.test(safe) ? `"${safe.replaceAll("\"", "\"\"")}"` : quoted(safe)
}

const record = (cells: ReadonlyArray<string>): string => `${cells.join(",")}\r\n`

const csv = ({ columns, rows }: Answer, { spreadsheet, terminal }: Place): Text => {
  // Off a terminal a text is what it is, byte for byte, unless something else is asked for.
  const shown = (text: string) => terminal ? escaped(text) : text
  const written = (text: string | null, type: string): string =>
    text === null ? "" : spreadsheet && !isNumber(type) ? harmless(shown(text)) : quoted(shown(text))
  return Stream.make(record(columns.map(({ name }) => written(name, "VARCHAR")))).pipe(
    Stream.concat(
      Stream.map(rows, (row) => record(columns.map(({ type }, index) => written(cell(row[index] ?? null), type))))
    )
  )
}

/** What did not fit is told, or a reader would think there were no other columns. */
export const hidden = ({ columns, hidden }: Table.Layout): ReadonlyArray<string> =>
  hidden === 0
    ? []
    : [
      `The first ${columns.length} of ${columns.length + hidden} columns fit. Name those you want, or use --format json`
    ]

const table = ({ columns, rows }: Answer, space: number | null): Text => {
  const heads = columns.map(({ name, type }) => ({ name, right: isNumber(type) }))
  const cells = Stream.map(rows, (row) => columns.map((_, index) => cell(row[index] ?? null) ?? "NULL"))
  return Stream.rechunk(cells, sample).pipe(
    Stream.chunks,
    Stream.map((chunk) => [...chunk]),
    // An answer without rows has a head as well.
    Stream.orElseIfEmpty<ReadonlyArray<ReadonlyArray<string>>>(() => []),
    Stream.mapAccum(null, (known: Table.Layout | null, chunk) => {
      const layout = known ?? Table.layout(heads, chunk, space)
      const lines = chunk.map((row) => Table.line(layout, row, space !== null))
      const above = known === null ? [...hidden(layout), ...Table.head(layout, space !== null)] : []
      return [layout, [...above, ...lines].map((line) => `${line}\n`).join("")]
    })
  )
}

export const text = (answer: Answer, format: Format, place: Place): Text =>
  format === "json" ? json(answer) : format === "csv" ? csv(answer, place) : table(answer, place.space)
