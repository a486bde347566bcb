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
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { millis } from "./internal/instant.js"
import { stringify } from "./internal/json.js"
import { quickOf, reading, unreadable, withQuick } from "./internal/quick.js"
import * as Record from "./internal/record.js"

/**
 * A field that never fails: absent, null and unreadable are all `null`.
 *
 * @since 0.1.0
 * @category fields
 */
export const maybe = <A, I>(schema: Schema.Schema<A, I>) => {
  const read = quickOf(schema)
  const field = Schema.NullOr(schema).annotations({ decodingFallback: () => Either.right(null) })
  return Schema.optionalWith(
    withQuick(field, (input) => input === undefined || input === null ? null : read(input) ?? null),
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
export const list = <A, I>(item: Schema.Schema<A, I>) => Schema.optionalWith(lenient(item), { default: () => [] })

/**
 * As `list`, but absent and null are `null`: for lists where "not given" and "empty" differ, such as a transcript.
 *
 * @since 0.1.0
 * @category fields
 */
export const maybeList = <A, I>(item: Schema.Schema<A, I>) => maybe(elements(item))

/** These check only the outer shape: the values they see were made by the functions below. */
const isListOf = <A>(input: unknown): input is ReadonlyArray<A> => Array.isArray(input)
const isRecordOf = <A extends object>(input: unknown): input is A => Predicate.isRecord(input)
const isRead = <A>(input: unknown): input is A => input !== undefined

const elements = <A, I>(item: Schema.Schema<A, I>): Schema.Schema<ReadonlyArray<A>, unknown> => {
  const element = quickOf(item)
  const read = (input: unknown): ReadonlyArray<A> | undefined => {
    if (!Array.isArray(input)) return undefined
    const list: Array<unknown> = []
    for (const one of input) {
      const value = element(one)
      if (value !== undefined) list.push(value)
    }
    return isListOf<A>(list) ? list : undefined
  }
  return withQuick(
    Schema.transformOrFail(Schema.Unknown, Schema.declare(isListOf<A>), {
      strict: true,
      decode: (input, _, ast) => {
        const list = read(input)
        return list === undefined ? unreadable(ast, input) : ParseResult.succeed(list)
      },
      encode: ParseResult.encodeUnknown(Schema.Array(item))
    }),
    read
  )
}

const lenient = <A, I>(item: Schema.Schema<A, I>) => {
  const list = elements(item)
  const read = quickOf(list)
  return withQuick(
    Schema.transform(
      Schema.NullOr(list).annotations({ decodingFallback: () => Either.right(null) }),
      Schema.declare(isListOf<A>),
      { strict: true, decode: (rows) => rows ?? [], encode: (rows) => rows }
    ),
    (input) => read(input) ?? []
  )
}

/**
 * An id: opaque text, as it was sent. A whole number is read as its digits.
 *
 * @since 0.1.0
 * @category fields
 */
export const id: Schema.Schema<string, unknown> = reading(Schema.String, (input) => {
  if (typeof input === "string") return input.length === 0 ? undefined : input
  return Number.isSafeInteger(input) ? String(input) : undefined
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
  const open = Schema.declare((input: unknown): input is Open<Known> => typeof input === "string")
  return reading(
    open,
    (input) => typeof input === "string" && input.length > 0 ? words.get(input.toLowerCase()) ?? input : undefined
  )
}

const placeholders = new Set(["", "null", ".null", "none", "n/a", "not available", "/", ".", "-"])

/**
 * Text that a language model wrote. Its words for "nothing" cannot be read, so that `maybe` makes them `null`.
 *
 * @since 0.1.0
 * @category fields
 */
export const said: Schema.Schema<string, unknown> = reading(
  Schema.String,
  (input) => typeof input === "string" && !placeholders.has(input.trim().toLowerCase()) ? input : undefined
)

/**
 * Words, as a list or as one text with commas between them.
 *
 * @since 0.1.0
 * @category fields
 */
export const words: Schema.Schema<ReadonlyArray<string>, unknown> = reading(Schema.Array(Schema.String), (input) => {
  const list: ReadonlyArray<unknown> | undefined = typeof input === "string"
    ? [input]
    : Array.isArray(input)
    ? input
    : undefined
  return list?.flatMap((entry) =>
    typeof entry === "string" ? entry.split(",").map((word) => word.trim()).filter((word) => word.length > 0) : []
  )
})

/**
 * An instant: ISO text with `Z`, an offset or no zone, with a fraction or none, or an epoch in seconds or milliseconds.
 * Text without a zone is UTC, on every machine.
 *
 * @since 0.1.0
 * @category fields
 */
export const instant: Schema.Schema<DateTime.Utc, unknown> = reading(
  Schema.DateTimeUtcFromSelf,
  (input) => instantFrom(input),
  (instant) => iso(instant)
)

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

/**
 * A number that is not negative, also as text.
 *
 * @since 0.1.0
 * @category fields
 */
export const quantity: Schema.Schema<number, unknown> = reading(Schema.Number, numberFrom)

/** More minutes than these, in milliseconds, are not an exact number. */
const longest = Number.MAX_SAFE_INTEGER / 60_000

/**
 * A length in seconds.
 *
 * @since 0.1.0
 * @category fields
 */
export const seconds: Schema.Schema<Duration.Duration, unknown> = reading(Schema.DurationFromSelf, (input) => {
  const value = numberFrom(input)
  return value === undefined || value > longest ? undefined : Duration.seconds(value)
}, Duration.toSeconds)

/**
 * A length in minutes and their fractions, to the second.
 *
 * @since 0.1.0
 * @category fields
 */
export const minutes: Schema.Schema<Duration.Duration, unknown> = reading(Schema.DurationFromSelf, (input) => {
  const value = numberFrom(input)
  return value === undefined || value > longest ? undefined : Duration.seconds(Math.round(value * 60))
}, Duration.toMinutes)

/**
 * Yes or no, also as text.
 *
 * @since 0.1.0
 * @category fields
 */
export const flag: Schema.Schema<boolean, unknown> = reading(Schema.Boolean, (input) => {
  if (typeof input === "boolean") return input
  if (typeof input !== "string") return undefined
  const word = input.trim().toLowerCase()
  return word === "true" ? true : word === "false" ? false : undefined
})

/**
 * The fields of a record that its schema does not declare, and the raw values of declared fields that could not be read.
 *
 * @since 0.1.0
 * @category models
 */
export type Extra = Record.Extra

/**
 * The schema of one resource. Its encoded side is what the API sends, its type is what a program uses, and `extra` holds
 * the rest. A field is found in any case of its name.
 *
 * @since 0.1.0
 * @category records
 */
export const record = <A extends object, I>(struct: Schema.Schema<A, I>) => {
  type Read = A & { readonly extra: Extra }
  const { isQuick, read, readSlowly } = Record.reader(struct)
  const encode = ParseResult.encodeUnknownEither(struct)
  return withQuick(
    Schema.transformOrFail(Schema.Unknown, Schema.declare(isRecordOf<Read>), {
      strict: true,
      decode: (input, _, ast) => {
        const whole = read(input)
        if (isRecordOf<Read>(whole)) return ParseResult.succeed(whole)
        return Predicate.isRecord(input)
          ? Either.filterOrLeft(readSlowly(input), isRecordOf<Read>, () => new ParseResult.Type(ast, input))
          : unreadable(ast, input)
      },
      encode: (typed) => Either.map(encode(typed), (raw): unknown => ({ ...raw, ...typed.extra }))
    }),
    (input) => {
      const whole = read(input)
      return whole === undefined && !isQuick && Predicate.isRecord(input)
        ? Either.getOrUndefined(readSlowly(input))
        : whole
    }
  )
}

/**
 * A row that could not be read: where it differs, and the row as it was sent. The row is `Redacted`, since it holds a
 * person's name and number. It is complete, unless it is nested too deeply to be written.
 *
 * @since 0.1.0
 * @category rows
 */
export interface Rejected {
  readonly paths: ReadonlyArray<string>
  readonly raw: Redacted.Redacted
}

/**
 * Where a value differs from its schema. Paths only, because the values are personal data.
 *
 * @since 0.1.0
 * @category rows
 */
export const pathsOf = (issue: ParseResult.ParseIssue): ReadonlyArray<string> => {
  const paths = ParseResult.ArrayFormatter.formatIssueSync(issue).map(({ path }) => path.map(String).join("."))
  return [...new Set(paths.map((path) => path.length === 0 ? "(the value itself)" : path))]
}

/**
 * A decoder for rows, built once. A row that cannot be read does not affect the others.
 *
 * @since 0.1.0
 * @category rows
 */
export const rows = <A, I>(schema: Schema.Schema<A, I>) => {
  const quick = quickOf(schema)
  const decode = ParseResult.decodeUnknownEither(schema)
  return (
    raw: ReadonlyArray<unknown>
  ): { readonly rows: ReadonlyArray<A>; readonly rejected: ReadonlyArray<Rejected> } => {
    const read: Array<A> = []
    const rejected: Array<Rejected> = []
    for (const row of raw) {
      const value = quick(row)
      if (isRead<A>(value)) {
        read.push(value)
        continue
      }
      const result = decode(row)
      if (Either.isRight(result)) read.push(result.right)
      else {rejected.push({
          paths: pathsOf(result.left),
          raw: Redacted.make(Option.getOrElse(stringify(row), () => "(nested too deeply to be written)"))
        })}
    }
    return { rows: read, rejected }
  }
}
