/** JSON that is the same whenever its content is: keys in order, whatever order they were sent in. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"

/** Lengths are numbers again, in the unit their field's name says. */
const ordered = (value: unknown, field: string): unknown => {
  if (Duration.isDuration(value)) {
    return field === "length_in_minutes" ? Duration.toMinutes(value) : Duration.toSeconds(value)
  }
  if (DateTime.isDateTime(value)) return DateTime.formatIso(value)
  if (Array.isArray(value)) return value.map((element: unknown) => ordered(element, field))
  if (!Predicate.isRecord(value)) return typeof value === "bigint" ? String(value) : value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => one < other ? -1 : 1)
      .map(([name, inner]) => [name, ordered(inner, name)])
  )
}

/** Fails on what is nested deeper than the stack. */
export const text = (value: unknown): Either.Either<string, unknown> =>
  Either.try(() => JSON.stringify(ordered(value, "")))
