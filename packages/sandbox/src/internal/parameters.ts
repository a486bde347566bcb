/** Reads the fields of a request: each gives a value, and an error where the field is wrong. */
import type { FieldError } from "./refusal.js"

export const e164 = /^\+[1-9]\d{6,14}$/
export type Read<A> = { readonly value: A; readonly error: FieldError | null }

export const wrong = <A>(value: A, field: string, code: string, message: string): Read<A> => ({
  value,
  error: { field, code, message }
})
export const good = <A>(value: A): Read<A> => ({ value, error: null })

export const whole = (
  text: string | null
): number => (text !== null && /^-?\d{1,9}$/.test(text) ? Number(text) : Number.NaN)

/** A whole number in a body, as a number or as text. Other values are not converted: `String` could call their code. */
export const wholeOf = (value: unknown): number =>
  typeof value === "number" || typeof value === "string" ? whole(String(value)) : Number.NaN

/** A value for a message: text is cut to 80 characters, other values are not written, for they can be deep. */
const told = (value: unknown): string => (typeof value === "string" ? `'${value.slice(0, 80)}'` : "This")

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined

export const readPage = (value: unknown): Read<number> => {
  const page = isAbsent(value) ? 1 : wholeOf(value)
  return page >= 1 ? good(page) : wrong(1, "page", "INVALID_PAGE", "Pages are whole numbers, counted from 1.")
}

export const readSize = (value: unknown): Read<number> => {
  const size = isAbsent(value) ? 20 : wholeOf(value)
  return size >= 1 && size <= 100 ? good(size) : wrong(20, "size", "INVALID_PAGE_SIZE", "A page holds 1 to 100 rows.")
}

export const readText = (field: string, value: unknown): Read<string | null> =>
  isAbsent(value)
    ? good(null)
    : typeof value === "string"
    ? good(value)
    : wrong(null, field, "INVALID_VALUE", "Must be text.")

export const readExtend = (extend: unknown): Read<boolean> => {
  if (isAbsent(extend) || extend === "") return good(false)
  const words: ReadonlyArray<unknown> = typeof extend === "string"
    ? extend.split(",").map((word) => word.trim())
    : [extend]
  const unknown = words.find((word) => word !== "transcript")
  return unknown === undefined
    ? good(true)
    : wrong(
      false,
      "extend",
      "UNSUPPORTED_EXTEND_VALUE",
      `${told(unknown)} is not something to extend by; only 'transcript' is known.`
    )
}

export const readNumber = (field: string, value: unknown): Read<string | null> =>
  isAbsent(value)
    ? good(null)
    : typeof value === "string" && e164.test(value)
    ? good(value)
    : wrong(null, field, "INVALID_PHONE_FORMAT", `${told(value)} is not in E.164 form, such as +14155550100.`)

export const readInstant = (field: string, value: string | null): Read<number> => {
  if (value === null) return good(Number.NEGATIVE_INFINITY)
  const shape = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(value)
  // A time without a zone is read as UTC on every machine.
  const millis = shape === null || Number.isNaN(dayOf(value.slice(0, 10)))
    ? Number.NaN
    : Date.parse(shape[1] === undefined && value.includes("T") ? `${value}Z` : value)
  return Number.isNaN(millis)
    ? wrong(Number.NEGATIVE_INFINITY, field, "INVALID_DATE", "Not an ISO 8601 instant.")
    : good(millis)
}

export const readBoolean = (field: string, value: unknown): Read<boolean | null> =>
  isAbsent(value)
    ? good(null)
    : value === true || value === "true"
    ? good(true)
    : value === false || value === "false"
    ? good(false)
    : wrong(null, field, "INVALID_VALUE", "Must be true or false.")

export const readWord = <A extends string>(field: string, value: unknown, words: ReadonlyArray<A>): Read<A | null> => {
  if (isAbsent(value)) return good(null)
  const word = typeof value === "string" ? words.find((_) => _ === value.toUpperCase()) : undefined
  return word === undefined ? wrong(null, field, "INVALID_VALUE", `Must be one of ${words.join(", ")}.`) : good(word)
}

export const dayOf = (value: unknown): number => {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return Number.NaN
  const millis = Date.parse(`${value}T00:00:00Z`)
  // `Date.parse` turns the thirtieth of February into a day of March.
  return Number.isNaN(millis) || new Date(millis).toISOString().slice(0, 10) !== value ? Number.NaN : millis
}

export const readTexts = (field: string, value: unknown): Read<ReadonlyArray<string>> => {
  if (isAbsent(value)) return good([])
  if (!Array.isArray(value)) return wrong([], field, "INVALID_VALUE", "Must be a list of texts.")
  const texts = value.filter((_): _ is string => typeof _ === "string")
  return texts.length === value.length ? good(texts) : wrong([], field, "INVALID_VALUE", "Must be a list of texts.")
}
