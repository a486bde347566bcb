/** Reads a record by the fields its schema declares. `extra` holds what is not declared, and what could not be read. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import { quickFields, wireNames } from "./fields.js"
import { isLost } from "./lost.js"

export type Extra = { readonly [field: string]: unknown }

type Values = Record<string, unknown>

const nothing: Extra = Object.freeze({})

/** `calls_over1_min`, `callsOver1Min` and `calls_over_1_min` are one name. */
const fold = (name: string): string => name.replaceAll(/[_-]/g, "").toLowerCase()

export const reader = <A extends object, I>(struct: Schema.Schema<A, I>) => {
  const declared = wireNames(struct.ast)
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

  const isDeclared = (raw: Values): boolean => {
    for (const field in raw) if (!declared.has(field)) return false
    return true
  }

  /** By the functions of its fields; `undefined` where one of them has none, or reads nothing. */
  const read = (input: unknown): Values | undefined => {
    if (fields === undefined || !Predicate.isRecord(input)) return undefined
    // Most records hold declared names only, and nothing of them has to be sorted.
    const isSorted = isDeclared(input)
    const { known, rest } = isSorted ? { known: input, rest: [] } : sort(input)
    // A copy has room for all fields at once: an empty object grows, and is made anew, with every few of them.
    const typed = { ...blank }
    let isWhole = isSorted
    for (const { name, read, wire } of fields) {
      const raw = known[wire]
      const value = read(raw)
      if (value === undefined) return undefined
      typed[name] = value
      if (isLost(raw, value)) isWhole = false
    }
    return isWhole ? typed : complete(typed, { known, rest })
  }

  /** By the schema, which tells what is wrong. */
  const readSlowly = (input: Values): Either.Either<Values, ParseResult.ParseIssue> => {
    const sorted = sort(input)
    return Either.map(decode(sorted.known), (typed) => complete(Object.fromEntries(Object.entries(typed)), sorted))
  }

  return { isQuick: fields !== undefined, read, readSlowly }
}
