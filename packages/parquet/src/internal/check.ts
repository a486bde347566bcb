/** Every value is held against its column, and copied, before an engine sees it: engines coerce, and lose rows by it. */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import type { Column, ColumnType } from "../Column.js"
import type { Value, Values } from "../ParquetEngine.js"

/** Where a value stands that its column does not hold, and what is there: its kind, never itself. */
export class Refusal {
  constructor(readonly column: string, readonly expected: string, readonly found: string) {}
  within(outer: string): Refusal {
    return new Refusal(
      this.column === "" || this.column.startsWith("[") ? `${outer}${this.column}` : `${outer}.${this.column}`,
      this.expected,
      this.found
    )
  }
}

/** How much text a group holds so far, in UTF-16 units. */
export interface Meter {
  text: number
}

type Check<A> = (value: unknown, meter: Meter) => A | Refusal

const article = (word: string): string => /^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`

const kind = (value: unknown): string => {
  if (value === null) return "null"
  if (value === undefined) return "nothing"
  if (Array.isArray(value)) return "a list"
  if (value instanceof Date) return "a Date"
  return DateTime.isDateTime(value) ? "a DateTime with a zone" : article(typeof value)
}

const names = {
  Text: "text",
  Boolean: "a boolean",
  Int32: "a whole number of 32 bits",
  Double: "a finite number",
  Instant: "a DateTime.Utc",
  List: "a list",
  Struct: "a struct"
} as const

const refuse = (type: ColumnType, found: string): Refusal => new Refusal("", names[type._tag], found)

/** What a `Date` can say, and well inside what 64 bits of microseconds can. */
const farthest = 8_640_000_000_000_000

const checkOf = (type: ColumnType): Check<Value> => {
  switch (type._tag) {
    case "Text":
      return (value, meter) => {
        if (typeof value !== "string") return refuse(type, kind(value))
        meter.text += value.length
        return value.toWellFormed()
      }
    case "Boolean":
      return (value) => typeof value === "boolean" ? value : refuse(type, kind(value))
    case "Int32":
      return (value) => {
        if (typeof value !== "number") return refuse(type, kind(value))
        if (!Number.isInteger(value)) {
          return refuse(type, Number.isFinite(value) ? "a fraction" : "a number that is not finite")
        }
        // Minus zero is zero to every reader, but not to every engine.
        return value === (value | 0) ? value + 0 : refuse(type, "a number beyond 32 bits")
      }
    case "Double":
      return (value) => {
        if (typeof value !== "number") return refuse(type, kind(value))
        return Number.isFinite(value) ? value + 0 : refuse(type, "a number that is not finite")
      }
    case "Instant":
      return (value) => {
        if (!DateTime.isDateTime(value) || !DateTime.isUtc(value)) return refuse(type, kind(value))
        const { epochMillis } = value
        return Number.isInteger(epochMillis) && Math.abs(epochMillis) <= farthest
          ? new Date(epochMillis)
          : refuse(type, "an instant that is no whole millisecond or out of range")
      }
    case "List": {
      const element = checkOf(type.element)
      return (value, meter) => {
        if (!Array.isArray(value)) return refuse(type, kind(value))
        const list: ReadonlyArray<unknown> = value
        const copy: Array<Value> = []
        // By index: iterators skip nothing, but a sparse array has holes that must be seen.
        for (let index = 0; index < list.length; index++) {
          const checked = element(list[index], meter)
          if (checked instanceof Refusal) return checked.within(`[${index}]`)
          copy.push(checked)
        }
        return copy
      }
    }
    case "Struct":
      return structOf(type)
  }
}

const structOf = (type: Extract<ColumnType, { readonly _tag: "Struct" }>): Check<Values> => {
  const fields = type.fields.map((field) => ({ ...field, check: checkOf(field.type) }))
  return (value, meter) => {
    if (!Predicate.isRecord(value) || value instanceof Date || DateTime.isDateTime(value)) {
      return refuse(type, kind(value))
    }
    const copy: Record<string, Value> = {}
    for (const { check, name, nullable } of fields) {
      const inner = value[name]
      if (inner === null && nullable) {
        copy[name] = null
        continue
      }
      const checked = check(inner, meter)
      if (checked instanceof Refusal) return checked.within(name)
      copy[name] = checked
    }
    // All columns are there, so more keys than columns are keys that would be lost. Keys may be data: they are not named.
    return Object.keys(value).length > fields.length ? refuse(type, "keys that are no columns") : copy
  }
}

/** Checks rows of these columns. A column stands as `contacts[2].name` in a refusal; a row as nothing. */
export const rowCheck = (columns: ReadonlyArray<Column>): Check<Values> => structOf({ _tag: "Struct", fields: columns })
