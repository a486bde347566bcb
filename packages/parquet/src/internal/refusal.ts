/** What is told of a value that its column does not hold. */
import * as DateTime from "effect/DateTime"
import type { ColumnType } from "../Column.js"

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

const article = (word: string): string => /^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`

export const kind = (value: unknown): string => {
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

/** A value that its column does not hold. */
export const refuse = (type: ColumnType, found: string): Refusal => new Refusal("", names[type._tag], found)

/** What a `Date` can say, and well inside what 64 bits of microseconds can. */
const farthest = 8_640_000_000_000_000

/** Why a number cannot stand in its column; none where it can. */
export const numberProblem = (type: ColumnType, value: number): Refusal | undefined => {
  if (!Number.isFinite(value)) return refuse(type, "a number that is not finite")
  if (type._tag === "Double" || value === (value | 0)) return undefined
  return refuse(type, Number.isInteger(value) ? "a number beyond 32 bits" : "a fraction")
}

/** Why an instant cannot be written in milliseconds; none where it can. */
export const instantProblem = (type: ColumnType, epochMillis: number): Refusal | undefined =>
  Number.isInteger(epochMillis) && Math.abs(epochMillis) <= farthest
    ? undefined
    : refuse(type, "an instant that is no whole millisecond or out of range")
