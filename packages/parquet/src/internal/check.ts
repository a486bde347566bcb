/** Every value is held against its column, and copied, before an engine sees it: engines coerce, and lose rows by it. */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import type { Column, ColumnType } from "../Column.js"
import type { Value, Values } from "../ParquetEngine.js"
import { instantProblem, kind, numberProblem, Refusal, refuse } from "./refusal.js"

export { Refusal } from "./refusal.js"

/** How much text a group holds so far, in UTF-16 units. */
export interface Meter {
  text: number
}

type Check<A> = (value: unknown, meter: Meter) => A | Refusal

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
    case "Double":
      // Minus zero is zero to every reader, but not to every engine.
      return (value) => typeof value === "number" ? numberProblem(type, value) ?? value + 0 : refuse(type, kind(value))
    case "Instant":
      return (value) =>
        DateTime.isDateTime(value) && DateTime.isUtc(value)
          ? instantProblem(type, value.epochMillis) ?? new Date(value.epochMillis)
          : refuse(type, kind(value))
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
