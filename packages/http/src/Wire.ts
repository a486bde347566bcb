/**
 * Schemas for what an API really sends: absent fields, nulls, names in another case, values of another type, undocumented
 * words, instants without a zone. A field that cannot be read is `null`, and `extra` keeps its raw value. Only an id or
 * an instant that cannot be read refuses a row.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { derived, extra } from "./internal/derived.js"
import { jsonFields } from "./internal/fields.js"
import { millis } from "./internal/instant.js"
import { jsonOf, orNull } from "./internal/jsonSchema.js"
import { type Json, knownOf, quickOf, reading, sent, unreadable, withQuick } from "./internal/quick.js"
import * as Record from "./internal/record.js"

/**
 * A field that never fails: absent, null and unreadable are all `null`.
 *
 * @since 0.1.0
 * @category fields
 */
export const maybe = <A, I>(schema: Schema.Schema<A, I>) => {
  const quick = quickOf(schema)
  const read = (input: unknown): A | null => {
    if (input === undefined || input === null) return null
    const value = quick(input)
    return isRead<A>(value) ? value : null
  }
  return Schema.optionalWith(
    reading({
      target: Schema.NullOr(Schema.typeSchema(schema)),
      json: orNull(jsonOf(schema.ast)),
      isShown: knownOf(schema.ast)?.isShown === true,
      read,
      write: (value) => value === null ? Either.right(null) : ParseResult.encodeUnknownEither(schema)(value)
    }),
    { default: () => null }
  )
}

/**
 * A list that never fails: what is absent, null or not a list is empty, and an unreadable element is left out. The
 * record keeps the raw list in `extra` whenever something was left out.
 *
 * @since 0.1.0
 * @category fields
 */
export const list = <A, I>(item: Schema.Schema<A, I>) => {
  const { json, read, write } = elements(item)
  return Schema.optionalWith(
    reading({
      target: Schema.Array(Schema.typeSchema(item)),
      json: orNull(json),
      isShown: knownOf(item.ast)?.isShown === true,
      read: (input) => read(input) ?? [],
      write
    }),
    { default: () => [] }
  )
}

/**
 * As `list`, but absent and null are `null`: for lists where "not given" and "empty" differ, such as a transcript.
 *
 * @since 0.1.0
 * @category fields
 */
export const maybeList = <A, I>(item: Schema.Schema<A, I>) => {
  const { json, read, write } = elements(item)
  return maybe(reading({
    target: Schema.Array(Schema.typeSchema(item)),
    json,
    isShown: knownOf(item.ast)?.isShown === true,
    read,
    write
  }))
}

/** These check only the outer shape: the values they see were made by the functions below. */
const isListOf = <A>(input: unknown): input is ReadonlyArray<A> => Array.isArray(input)
const isRecordOf = <A extends object>(input: unknown): input is A => Predicate.isRecord(input)
const isRead = <A>(input: unknown): input is A => input !== undefined

const elements = <A, I>(item: Schema.Schema<A, I>) => {
  const element = quickOf(item)
  const elementOf = (one: unknown) => element(one)
  return {
    json: { type: "array", items: jsonOf(item.ast) },
    read: (input: unknown): ReadonlyArray<A> | undefined => {
      if (!Array.isArray(input)) return undefined
      // Most lists are short. One that grows has room for many more.
      const read: ReadonlyArray<unknown> = input.map(elementOf)
      const list = read.includes(undefined) ? read.filter((value) => value !== undefined) : read
      return isListOf<A>(list) ? list : undefined
    },
    write: (list: ReadonlyArray<A>) => ParseResult.encodeUnknownEither(Schema.Array(item))(list)
  }
}

const idFrom = (input: unknown): string | undefined => {
  if (typeof input === "string") return input.length === 0 ? undefined : input
  return Number.isSafeInteger(input) ? String(input) : undefined
}

const idJson: Json = { anyOf: [{ type: "string", minLength: 1 }, { type: "integer" }] }

/**
 * An id: opaque text, as it was sent. A whole number is read as its digits.
 *
 * @since 0.1.0
 * @category fields
 */
export const id: Schema.Schema<string, unknown> = reading({
  target: Schema.NonEmptyString,
  json: idJson,
  isShown: true,
  read: idFrom
})

/**
 * A phone number that a record cannot be without. It is read as an id is, and an inspected record does not show it.
 *
 * @since 0.1.0
 * @category fields
 */
export const phone: Schema.Schema<string, unknown> = reading({
  target: Schema.NonEmptyString,
  json: idJson,
  read: idFrom
})

/**
 * A word of an enumeration that may grow.
 *
 * @since 0.1.0
 * @category models
 */
export type Open<Known extends string> = Known | (string & {})

/**
 * A word of an enumeration that may grow. A known word is read in its documented case, whatever case was sent. An alias
 * is read as the word it stands for. An unknown word is kept as it was sent.
 *
 * @since 0.1.0
 * @category fields
 */
export const openLiteral = <Known extends string>(
  known: ReadonlyArray<Known>,
  aliases: { readonly [other: string]: Known } = {}
): Schema.Schema<Open<Known>, unknown> => {
  const words = new Map<string, Known>([
    ...Object.entries(aliases).map(([other, word]) => [other.toLowerCase(), word] as const),
    ...known.map((word) => [word.toLowerCase(), word] as const)
  ])
  return reading({
    target: Schema.declare((input: unknown): input is Open<Known> => typeof input === "string" && input.length > 0, {
      arbitrary: () => (fc) =>
        fc.oneof(
          fc.constantFrom<Open<Known>>(...known),
          fc.string({ minLength: 1 }).filter((word) => !words.has(word.toLowerCase()))
        )
    }),
    json: { anyOf: [{ enum: known }, { type: "string", minLength: 1 }] },
    isShown: true,
    read: (input) => typeof input === "string" && input.length > 0 ? words.get(input.toLowerCase()) ?? input : undefined
  })
}

const placeholders = new Set(["", "null", ".null", "none", "n/a", "not available", "/", ".", "-"])
const isSaid = (text: string): boolean => !placeholders.has(text.trim().toLowerCase())

/**
 * Text that a language model wrote. Its words for "nothing" cannot be read, so that `maybe` makes them `null`.
 *
 * @since 0.1.0
 * @category fields
 */
export const said: Schema.Schema<string, unknown> = reading({
  target: Schema.String.pipe(Schema.filter(isSaid)),
  json: { type: "string" },
  read: (input) => typeof input === "string" && isSaid(input) ? input : undefined
})

const isWord = (entry: unknown): entry is string =>
  typeof entry === "string" && entry.length > 0 && !entry.includes(",") && entry.trim().length === entry.length

const wordsIn = (text: string): ReadonlyArray<string> =>
  text.split(",").map((word) => word.trim()).filter((word) => word.length > 0)

/**
 * Words, as a list or as one text with commas between them.
 *
 * @since 0.1.0
 * @category fields
 */
export const words: Schema.Schema<ReadonlyArray<string>, unknown> = reading({
  target: Schema.Array(Schema.NonEmptyTrimmedString.pipe(Schema.filter((word) => !word.includes(",")))),
  json: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
  isShown: true,
  read: (input) => {
    if (typeof input === "string") return wordsIn(input)
    if (!Array.isArray(input)) return undefined
    const list: ReadonlyArray<unknown> = input
    return list.every(isWord) ? list : list.flatMap((entry) => typeof entry === "string" ? wordsIn(entry) : [])
  }
})

/**
 * An instant: ISO text with `Z`, an offset or no zone, with a fraction or none, or an epoch in seconds or milliseconds.
 * Text without a zone is UTC, on every machine.
 *
 * @since 0.1.0
 * @category fields
 */
export const instant: Schema.Schema<DateTime.Utc, unknown> = reading({
  target: Schema.DateTimeUtcFromSelf.annotations({
    arbitrary: () => (fc) =>
      fc.date({ min: new Date("1900-01-01"), max: new Date("2200-01-01"), noInvalidDate: true }).map((date) =>
        DateTime.unsafeMake(date)
      )
  }),
  json: { anyOf: [{ type: "string" }, { type: "number" }] },
  read: (input) => instantFrom(input),
  write: (instant) => Either.right(iso(instant))
})

/**
 * The same without a schema: `undefined` where the input is not an instant.
 *
 * @since 0.1.0
 * @category instants
 */
export const instantFrom = (input: unknown): DateTime.Utc | undefined => {
  const read = millis(input)
  return read === undefined ? undefined : DateTime.unsafeMake(read)
}

/**
 * An instant as documents write it: ISO, UTC, and without a fraction where there is none.
 *
 * @since 0.1.0
 * @category fields
 */
export const iso = (instant: DateTime.DateTime): string => DateTime.formatIso(instant).replace(".000Z", "Z")

const numberFrom = (input: unknown): number | undefined => {
  const value = typeof input === "string" && input.trim().length > 0 ? Number(input) : input
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined
}

const numberJson: Json = { anyOf: [{ type: "number", minimum: 0 }, { type: "string" }] }

/**
 * A number that is not negative, also as text.
 *
 * @since 0.1.0
 * @category fields
 */
export const quantity: Schema.Schema<number, unknown> = reading({
  target: Schema.Finite.pipe(Schema.nonNegative()),
  json: numberJson,
  read: numberFrom
})

/** More minutes than these, in milliseconds, are not an exact number. */
const longest = Number.MAX_SAFE_INTEGER / 60_000

/** Up to four days, to the second. */
const length = Schema.DurationFromSelf.annotations({
  arbitrary: () => (fc) => fc.nat({ max: 345_600 }).map((seconds) => Duration.seconds(seconds))
})

/**
 * A length in seconds.
 *
 * @since 0.1.0
 * @category fields
 */
export const seconds: Schema.Schema<Duration.Duration, unknown> = reading({
  target: length,
  json: numberJson,
  read: (input) => {
    const value = numberFrom(input)
    return value === undefined || value > longest ? undefined : Duration.seconds(value)
  },
  write: (length) => Either.right(Duration.toSeconds(length))
})

/**
 * A length in minutes and their fractions, to the second.
 *
 * @since 0.1.0
 * @category fields
 */
export const minutes: Schema.Schema<Duration.Duration, unknown> = reading({
  target: length,
  json: numberJson,
  read: (input) => {
    const value = numberFrom(input)
    return value === undefined || value > longest ? undefined : Duration.seconds(Math.round(value * 60))
  },
  write: (length) => Either.right(Duration.toMinutes(length))
})

/**
 * Yes or no, also as text.
 *
 * @since 0.1.0
 * @category fields
 */
export const flag: Schema.Schema<boolean, unknown> = reading({
  target: Schema.Boolean,
  json: { anyOf: [{ type: "boolean" }, { type: "string" }] },
  read: (input) => {
    if (typeof input === "boolean") return input
    if (typeof input !== "string") return undefined
    const word = input.trim().toLowerCase()
    return word === "true" ? true : word === "false" ? false : undefined
  }
})

/**
 * The fields of a record that its schema does not declare, and the raw values of declared fields that could not be read.
 *
 * @since 0.1.0
 * @category models
 */
export type Extra = Record.Extra

/**
 * The schema of a record. `fields` are those of its struct, to derive another record from.
 *
 * @since 0.1.0
 * @category records
 */
export interface RecordSchema<A extends object, Fields extends Schema.Struct.Fields>
  extends Schema.Schema<A & { readonly extra: Extra }, unknown>
{
  readonly fields: Fields
}

/**
 * The schema of one resource. Its encoded side is what the API sends, its type is what a program uses, and `extra` holds
 * the rest. A field is found in any case of its name. `lacks` names the field, as it is sent, without which a record that
 * could be read is none.
 *
 * An inspected or logged record shows ids, words, instants and lengths. Its other text reads `<redacted>`.
 *
 * @since 0.1.0
 * @category records
 */
export const record = <A extends object, I, Fields extends Schema.Struct.Fields>(
  struct: Schema.Schema<A, I> & { readonly fields: Fields },
  lacks: (record: A) => string | undefined = () => undefined
): RecordSchema<A, Fields> => {
  type Read = A & { readonly extra: Extra }
  const { isDeclaredName, isQuick, read, readSlowly, withPrototype } = Record.reader(
    struct,
    (typed) => isRecordOf<A>(typed) ? lacks(typed) : undefined
  )
  const json = jsonFields(struct.ast)
  const typed: Schema.Schema<Read> = Schema.extend(
    Schema.typeSchema(struct),
    Schema.Struct({ extra: extra(isDeclaredName) })
  ).pipe(Schema.filter((whole) => lacks(whole) === undefined))
  const schema = Schema.transformOrFail(sent(json), derived(typed, withPrototype), {
    strict: true,
    decode: (input, _, ast) => {
      const whole = read(input)
      if (isRecordOf<Read>(whole)) return ParseResult.succeed(whole)
      return Predicate.isRecord(input)
        ? Either.filterOrLeft(readSlowly(input), isRecordOf<Read>, () => new ParseResult.Type(ast, input))
        : unreadable(ast, input)
    },
    encode: (whole) =>
      Either.map(ParseResult.encodeUnknownEither(struct)(whole), (raw): unknown => ({ ...raw, ...whole.extra }))
  })
  return Object.assign(
    withQuick(schema, {
      json,
      isShown: false,
      read: (input) => {
        const whole = read(input)
        return whole === undefined && !isQuick && Predicate.isRecord(input)
          ? Either.getOrUndefined(readSlowly(input))
          : whole
      }
    }),
    { fields: struct.fields }
  )
}

export { pathsOf, type Rejected, rows } from "./internal/rows.js"
