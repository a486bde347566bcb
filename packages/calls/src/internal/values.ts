/** Single values on their way into columns. */
import type { Contact as AlloContact } from "@trunkline/allo"
import * as Wire from "@trunkline/http/Wire"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { Contact } from "../Contact.js"
import * as Id from "../Id.js"

const largestInt32 = 2_147_483_647

/** Whole seconds; null where they are no number of seconds, or more than a column holds. */
export const wholeSeconds = (length: Duration.Duration | null): number | null => {
  if (length === null) return null
  const seconds = Math.round(Duration.toSeconds(length))
  return seconds >= 0 && seconds <= largestInt32 ? seconds : null
}

/** No calendar reaches beyond. */
const farthest = 8_640_000_000_000_000

/** Null where either is not known, or where no calendar reaches. */
export const after = (start: DateTime.Utc, seconds: number | null): DateTime.Utc | null => {
  if (seconds === null) return null
  const millis = start.epochMillis + seconds * 1000
  return Math.abs(millis) <= farthest ? DateTime.unsafeMake(millis) : null
}

/** A word of ours: known words are the vendor's in lower case, unknown ones are kept, none is `unknown`. */
export const word = (value: string | null): string => value === null ? "unknown" : value.toLowerCase()

/** Links expire, so only whether there is one is kept. */
export const linked = (url: string | null): boolean => url !== null && url.trim() !== ""

export const contacts = (people: ReadonlyArray<AlloContact>): ReadonlyArray<Contact> =>
  people.map((person) => ({
    id: person.id === null ? null : Id.key(person.id),
    name: person.name,
    company_id: person.company?.id ?? null,
    company_name: person.company?.name ?? null,
    deals: person.deals.map(({ id, name, status }) => ({ id, name, status }))
  }))

/** A time of a transcript has a day, a time of day, and perhaps a zone: less, or an epoch, is not a time here. */
const timed = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$/i

/** Times of a transcript stay text in its records. Without a zone they are UTC, on every machine. */
export const instant = (text: string | null): DateTime.Utc | null =>
  text !== null && timed.test(text.trim()) ? Wire.instantFrom(text.replace(/(\.\d{9})\d+/, "$1")) ?? null : null
