/** Reads a record by the fields its schema declares. `extra` holds what is not declared, and what could not be read. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import { quickFields, shownFields, wireNames } from "./fields.js"
import { isLost } from "./lost.js"
import { prototype } from "./shown.js"

export type Extra = { readonly [field: string]: unknown }

type Values = Record<string, unknown>

const nothing: Extra = Object.freeze({})

/** `calls_over1_min`, `callsOver1Min` and `calls_over_1_min` are one name. */
const fold = (name: string): string => name.replaceAll(/[_-]/g, "").toLowerCase()

/** Without a list of them, which each record would make. */
const countKeys = (record: Values): number => {
  let count = 0
  for (const _ in record) count++
  return count
}

/** `lacks` names the field without which a record that was read is none. */
export const reader = <A extends object, I>(
  struct: Schema.Schema<A, I>,
  lacks: (typed: Values) => string | undefined
) => {
  const declared = wireNames(struct.ast)
  const shown = prototype(shownFields(struct.ast, declared))
  const folded = new Map([...declared.keys()].map((wire) => [fold(wire), wire]))
  const fields = quickFields(struct.ast, declared)
  const blank: Values = { ...Object.fromEntries((fields ?? []).map(({ name }) => [name, null])), extra: nothing }
  const decode = ParseResult.decodeUnknownEither(struct)

  /** Raw values by the declared name that they belong to, and the values that belong to none. */
  const sort = (raw: Values) => {
    const known: Values = {}
    const rest: Array<readonly [string, unknown]> = []
    for (const field of Object.keys(raw)) {
      const value = raw[field]
      if (declared.has(field)) {
        known[field] = value
        continue
      }
      const wire = folded.get(fold(field))
      if (wire !== undefined && !Object.hasOwn(raw, wire) && !Object.hasOwn(known, wire)) known[wire] = value
      else rest.push([field, value])
    }
    return { known, rest }
  }

  const complete = (typed: Values, { known, rest }: ReturnType<typeof sort>): Values => {
    for (const [wire, name] of declared) {
      if (isLost(known[wire], typed[name])) rest.push([wire, known[wire]])
    }
    typed["extra"] = rest.length === 0 ? nothing : Object.fromEntries(rest)
    return typed
  }

  /** A copy whose text reads `<redacted>` where it is inspected or logged. */
  const withPrototype = <T extends object>(typed: T): T => Object.assign(Object.create(shown), typed)

  /** By the functions of its fields; `undefined` where one of them has none, or reads nothing. */
  const read = (input: unknown): Values | undefined => {
    if (fields === undefined || !Predicate.isRecord(input)) return undefined
    // A copy has room for all fields at once: an empty object grows, and is made anew, with every few of them.
    const typed: Values = Object.assign(Object.create(shown), blank)
    let present = 0
    let unread = 0
    let isWhole = true
    for (const { name, read, wire } of fields) {
      const raw = input[wire]
      if (raw !== undefined) present++
      const value = read(raw)
      if (value === undefined) unread++
      else typed[name] = value
      if (isLost(raw, value)) isWhole = false
    }
    // Most records hold declared names only, and nothing of them has to be sorted.
    const isSorted = present === countKeys(input)
    const { known, rest } = isSorted ? { known: input, rest: [] } : sort(input)
    if (!isSorted) {
      for (const { name, read, wire } of fields) {
        if (input[wire] !== undefined || known[wire] === undefined) continue
        const value = read(known[wire])
        if (value === undefined) continue
        if (read(undefined) === undefined) unread--
        typed[name] = value
      }
    }
    if (unread > 0 || lacks(typed) !== undefined) return undefined
    return isSorted && isWhole ? typed : complete(typed, { known, rest })
  }

  /** By the schema, which tells what is wrong. */
  const readSlowly = (input: Values): Either.Either<Values, ParseResult.ParseIssue> => {
    const sorted = sort(input)
    return Either.flatMap(decode(sorted.known), (read) => {
      const typed: Values = Object.assign(Object.create(shown), read)
      const lacking = lacks(typed)
      return lacking === undefined
        ? Either.right(complete(typed, sorted))
        : Either.left(new ParseResult.Pointer(lacking, input, new ParseResult.Type(struct.ast, input)))
    })
  }

  /** Whether a field of this name is declared, in any case. */
  const isDeclaredName = (name: string): boolean => folded.has(fold(name))

  return { isQuick: fields !== undefined, read, readSlowly, isDeclaredName, withPrototype }
}
