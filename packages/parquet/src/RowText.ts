/**
 * A row as JSON text that a reader with declared types reads as the same row: each value is held against its column and
 * written in one pass, without a copy of the row.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import type { Column, ColumnType } from "./Column.js"
import { instantProblem, kind, numberProblem, Refusal, refuse } from "./internal/refusal.js"

/**
 * @since 0.1.0
 * @category models
 */
export type { Refusal } from "./internal/refusal.js"

/**
 * What makes one row into text.
 *
 * @since 0.1.0
 * @category models
 */
export type Write = (value: unknown) => string | Refusal

/**
 * Whether a row was refused, and is no text.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRefused = (text: string | Refusal): text is Refusal => text instanceof Refusal

/** DuckDB writes years beyond four digits without a sign, and those before the first as `0044-03-15 (BC)`. */
const instantText = (epochMillis: number): string => {
  const date = new Date(epochMillis)
  const year = date.getUTCFullYear()
  const iso = date.toISOString()
  if (year >= 0 && year <= 9999) return `"${iso}"`
  const [day, time] = [iso.slice(7, 13), iso.slice(13)]
  return year > 0 ? `"${year}${day}${time}"` : `"${String(1 - year).padStart(4, "0")}${day} (BC)${time}"`
}

const instant = (type: ColumnType): Write => {
  // Many rows in a row have the same instant in a column.
  let last = Number.NaN
  let text = ""
  return (value) => {
    if (!DateTime.isDateTime(value) || !DateTime.isUtc(value)) return refuse(type, kind(value))
    const { epochMillis } = value
    if (epochMillis === last) return text
    const problem = instantProblem(type, epochMillis)
    if (problem !== undefined) return problem
    last = epochMillis
    text = instantText(epochMillis)
    return text
  }
}

const writerOf = (type: ColumnType): Write => {
  switch (type._tag) {
    case "Text":
      return (value) => typeof value === "string" ? JSON.stringify(value.toWellFormed()) : refuse(type, kind(value))
    case "Boolean":
      return (value) => value === true ? "true" : value === false ? "false" : refuse(type, kind(value))
    case "Int32":
    case "Double":
      // Minus zero is written as zero.
      return (value) =>
        typeof value === "number" ? numberProblem(type, value) ?? String(value) : refuse(type, kind(value))
    case "Instant":
      return instant(type)
    case "List":
      return list(type)
    case "Struct":
      return struct(type)
  }
}

const list = (type: Extract<ColumnType, { readonly _tag: "List" }>): Write => {
  const element = writerOf(type.element)
  return (value) => {
    if (!Array.isArray(value)) return refuse(type, kind(value))
    const list: ReadonlyArray<unknown> = value
    let text = "["
    // By index: iterators skip nothing, but a sparse array has holes that must be seen.
    for (let index = 0; index < list.length; index++) {
      const written = element(list[index])
      if (written instanceof Refusal) return written.within(`[${index}]`)
      text += index === 0 ? written : `,${written}`
    }
    return `${text}]`
  }
}

const struct = (type: Extract<ColumnType, { readonly _tag: "Struct" }>): Write => {
  const fields = type.fields.map(({ name, nullable, type }) => ({
    name,
    nullable,
    first: `{${JSON.stringify(name)}:`,
    next: `,${JSON.stringify(name)}:`,
    write: writerOf(type)
  }))
  return (value) => {
    if (!Predicate.isRecord(value) || value instanceof Date || DateTime.isDateTime(value)) {
      return refuse(type, kind(value))
    }
    let text = ""
    for (const { first, name, next, nullable, write } of fields) {
      const inner = value[name]
      // What is left out is null to a reader with declared types.
      if (inner === null && nullable) continue
      const written = write(inner)
      if (written instanceof Refusal) return written.within(name)
      text += (text === "" ? first : next) + written
    }
    // All columns are there, so more keys than columns are keys that would be lost. Keys may be data: they are not named.
    if (Object.keys(value).length > fields.length) return refuse(type, "keys that are no columns")
    return text === "" ? "{}" : `${text}}`
  }
}

/**
 * Built once for the rows of these columns. Null is left out, text is made well-formed and minus zero becomes zero; nothing else is
 * changed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (columns: ReadonlyArray<Column>): Write => writerOf({ _tag: "Struct", fields: columns })

/** Years beyond four digits need a sign, and those before the first are negative. */
const instantOf = (text: string): DateTime.Utc => {
  const [, year = "", day = "", isBefore, time = ""] = /^(\d+)(-\d\d-\d\d)( \(BC\))?(.*)$/.exec(text) ?? []
  const number = isBefore === undefined ? Number(year) : 1 - Number(year)
  const sign = number < 0 ? "-" : "+"
  return DateTime.unsafeMake(new Date(`${sign}${String(Math.abs(number)).padStart(6, "0")}${day}${time}`))
}

const valueOf = (type: ColumnType, value: unknown): unknown => {
  if (value === null || value === undefined) return null
  switch (type._tag) {
    case "Instant":
      return typeof value === "string" ? instantOf(value) : value
    case "List":
      return Array.isArray(value) ? value.map((one: unknown) => valueOf(type.element, one)) : value
    case "Struct":
      return Predicate.isRecord(value) ? rowOf(type.fields, value) : value
    default:
      return value
  }
}

/**
 * The row that was written, of its text as JSON.
 *
 * @since 0.1.0
 * @category constructors
 */
export const rowOf = (
  columns: ReadonlyArray<Column>,
  json: Readonly<Record<string, unknown>>
): Record<string, unknown> =>
  Object.fromEntries(columns.map(({ name, type }) => [name, valueOf(type, json[name])] as const))
