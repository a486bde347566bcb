/**
 * A row as JSON text that a reader with declared types reads as the same row: each value is held against its column, and then
 * written as bytes, without a copy of the row.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import type { Column, ColumnType } from "./Column.js"
import { instantProblem, kind, numberProblem, type Refusal, refuse } from "./internal/refusal.js"
import type { Utf8 } from "./Utf8.js"

/**
 * @since 0.1.0
 * @category models
 */
export type { Refusal } from "./internal/refusal.js"

/**
 * What makes rows of some columns into text.
 *
 * @since 0.1.0
 * @category models
 */
export interface RowText {
  /** The first value that its column does not hold; undefined where the row fits. */
  readonly refusal: (row: unknown) => Refusal | undefined
  /** Writes a row that fits. */
  readonly append: (row: unknown, to: Utf8) => void
}

/** DuckDB writes years beyond four digits without a sign, and those before the first as `0044-03-15 (BC)`. */
const dayText = (epochMillis: number): string => {
  const date = new Date(epochMillis)
  const year = date.getUTCFullYear()
  const iso = date.toISOString()
  if (year >= 0 && year <= 9999) return iso.slice(0, 10)
  const day = iso.slice(7, 13)
  return year > 0 ? `${year}${day}` : `${String(1 - year).padStart(4, "0")}${day} (BC)`
}

const dayMillis = 24 * 60 * 60 * 1000

const isInstant = (value: unknown): value is DateTime.Utc => DateTime.isDateTime(value) && DateTime.isUtc(value)

const instant = (type: ColumnType): RowText => {
  // Many rows in a row have the same day in a column.
  let last = Number.NaN
  let text = ""
  return {
    refusal: (value) => isInstant(value) ? instantProblem(type, value.epochMillis) : refuse(type, kind(value)),
    append: (value, to) => {
      if (!isInstant(value)) return
      const { epochMillis } = value
      const day = Math.floor(epochMillis / dayMillis)
      if (day !== last) {
        text = `"${dayText(epochMillis)}T`
        last = day
      }
      to.ascii(text)
      to.timeOfDay(epochMillis - day * dayMillis)
      to.ascii("Z\"")
    }
  }
}

const textOf = (type: ColumnType): RowText => {
  switch (type._tag) {
    case "Text":
      return {
        refusal: (value) => typeof value === "string" ? undefined : refuse(type, kind(value)),
        append: (value, to) => {
          if (typeof value === "string") to.quoted(value)
        }
      }
    case "Boolean":
      return {
        refusal: (value) => typeof value === "boolean" ? undefined : refuse(type, kind(value)),
        append: (value, to) => to.ascii(value === true ? "true" : "false")
      }
    case "Int32":
    case "Double":
      return {
        refusal: (value) => typeof value === "number" ? numberProblem(type, value) : refuse(type, kind(value)),
        // Minus zero is written as zero.
        append: (value, to) => to.ascii(String(value))
      }
    case "Instant":
      return instant(type)
    case "List":
      return list(type)
    case "Struct":
      return struct(type)
  }
}

const isList = (value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value)

const list = (type: Extract<ColumnType, { readonly _tag: "List" }>): RowText => {
  const element = textOf(type.element)
  return {
    refusal: (value) => {
      if (!isList(value)) return refuse(type, kind(value))
      // By index: iterators skip nothing, but a sparse array has holes that must be seen.
      for (let index = 0; index < value.length; index++) {
        const refused = element.refusal(value[index])
        if (refused !== undefined) return refused.within(`[${index}]`)
      }
      return undefined
    },
    append: (value, to) => {
      if (!isList(value)) return
      to.ascii("[")
      for (let index = 0; index < value.length; index++) {
        if (index > 0) to.ascii(",")
        element.append(value[index], to)
      }
      to.ascii("]")
    }
  }
}

/** Whether a record has more keys than so many. Most have not, and are counted without a list of their keys. */
const hasMore = (record: object, most: number): boolean => {
  let count = 0
  for (const _ in record) count++
  return count > most && Object.keys(record).length > most
}

const struct = (type: Extract<ColumnType, { readonly _tag: "Struct" }>): RowText => {
  const fields = type.fields.map(({ name, nullable, type }) => ({
    name,
    nullable,
    first: `{${JSON.stringify(name)}:`,
    next: `,${JSON.stringify(name)}:`,
    text: textOf(type)
  }))
  return {
    refusal: (value) => {
      if (!Predicate.isRecord(value) || value instanceof Date || DateTime.isDateTime(value)) {
        return refuse(type, kind(value))
      }
      for (const { name, nullable, text } of fields) {
        const inner = value[name]
        const refused = inner === null && nullable ? undefined : text.refusal(inner)
        if (refused !== undefined) return refused.within(name)
      }
      // All columns are there, so more keys than columns are keys that would be lost. Keys may be data: they are not named.
      return hasMore(value, fields.length) ? refuse(type, "keys that are no columns") : undefined
    },
    append: (value, to) => {
      if (!Predicate.isRecord(value)) return
      let isFirst = true
      for (const { first, name, next, text } of fields) {
        const inner = value[name]
        // What is left out is null to a reader with declared types.
        if (inner === null) continue
        to.ascii(isFirst ? first : next)
        isFirst = false
        text.append(inner, to)
      }
      to.ascii(isFirst ? "{}" : "}")
    }
  }
}

/**
 * Built once for the rows of these columns. Null is left out, text is made well-formed and minus zero becomes zero; nothing else is
 * changed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (columns: ReadonlyArray<Column>): RowText => textOf({ _tag: "Struct", fields: columns })

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
