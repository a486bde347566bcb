/**
 * Rows without the numbers of the other side: each number becomes a token that is the same wherever the number stands, in any
 * spelling. Texts of people (messages, summaries, transcripts) are left as they are.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { mayHold, replaceNumbers, startsAbroad } from "./internal/numberText.js"
import * as Personal from "./Personal.js"
import * as Phone from "./Phone.js"

/**
 * What each token begins with, so that none is taken for a number, a name or an id. Letters follow, and no digit.
 *
 * @since 0.1.0
 * @category constants
 */
export const prefix = "masked-"

/**
 * Letters of a token behind its prefix: 96 bits. Among ten million numbers two have one token with odds of 1 to 10^15.
 *
 * @since 0.1.0
 * @category constants
 */
export const letters = 24

/**
 * A token as a regular expression, for SQL as well. Behind its prefix a token of a second key says `b-`, and so on.
 *
 * @since 0.1.0
 * @category constants
 */
export const pattern = `${prefix}(?:[b-z]-)?[a-p]{${letters}}`

const whole = new RegExp(`^${pattern}$`)
const inTexts = new RegExp(`${prefix}(?:([b-z])-)?[a-p]{${letters}}`, "g")
const hashed = new RegExp(`^(?:${prefix}(?:([b-z])-)?)?([\\da-f]{64})(?=-\\d+$)`)

/**
 * @since 0.1.0
 * @category guards
 */
export const isToken = (text: string): boolean => whole.test(text)

/** By how many keys a token was made whose prefix is followed by this letter. */
const generationOf = (letter: string | undefined): number => letter === undefined ? 1 : letter.charCodeAt(0) - 96

const prefixOf = (generation: number): string =>
  generation === 1 ? prefix : `${prefix}${String.fromCharCode(96 + generation)}-`

/**
 * The token that begins with these hexadecimal digits of a keyed hash: one letter from `a` to `p` for each.
 *
 * @since 0.1.0
 * @category constructors
 */
export const token = (hash: string, generation = 1): string =>
  prefixOf(generation) +
  hash.slice(0, letters).replaceAll(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)))

/** Fields of a record that hold a number of the other side, as either vendor calls them. */
const contactFields = /^(?:contact_?number|user_?phone_?number|from_?number|to_?number)$/i
/** And one of ours. */
const lineFields = ["allo_number", "alloNumber", "line_number", "phoneNumber", "phone_number"]

const idField = /^id$|_ids?$|Ids?$/

/** What is known of a row or record besides what stands in a text of it. */
interface Known {
  /** Our number. */
  readonly line: string | null
  /** The numbers of the other side, as they stand in the record. */
  readonly numbers: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Masking {
  /** A number, told by our number beside it where it has no country; a word such as `anonymous` is left as it is. */
  readonly number: (number: string, line?: string | null) => string
  /** A row of a table. */
  readonly row: (table: string, row: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
  /** A record as JSON text, as it stands in quarantine. */
  readonly record: (json: string, line?: string | null) => string
}

/** JSON numbers of fewer digits are lengths and amounts, and those of an epoch are times. */
const isNumberLike = (value: number): boolean => {
  const text = String(value)
  return /^\d{9,15}$/.test(text) && !/^1\d{9}(?:\d{3})?$/.test(text)
}

/**
 * Keyed hashes in hexadecimal.
 *
 * @since 0.1.0
 * @category models
 */
export type Hashes = ReadonlyArray<(text: string) => string>

/**
 * Masks with a keyed hash in hexadecimal; with several, each hashes what the one before it made. Numbers of `lines` are ours and
 * stay.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { hashes, lines = [] }: { readonly hashes: Hashes; readonly lines?: ReadonlyArray<string> | undefined }
): Masking => {
  const tokens = new Map<string, string>()
  const own = new Set(lines.flatMap((line) => Phone.digits(line) ?? []))
  const read = remembering(Phone.digits)

  /** What the keys after so many make of a text. */
  const since = (text: string, generation: number): string =>
    hashes.slice(generation).reduce((made, hash, index) => token(hash(made), generation + index + 1), text)

  /** Tokens of earlier keys become those of the last one. */
  const renewed = (text: string): string =>
    !text.includes(prefix)
      ? text
      : text.replaceAll(inTexts, (found: string, letter: string | undefined) => since(found, generationOf(letter)))

  const tokenOf = (digits: string): string => {
    const known = tokens.get(digits)
    if (known !== undefined) return known
    const made = since(`+${digits}`, 0)
    // A few callers have most of the calls. A number met again after this costs one more hash.
    if (tokens.size >= 50_000) tokens.clear()
    tokens.set(digits, made)
    return made
  }

  const number = (text: string, line: string | null = null): string => {
    if (isToken(text)) return renewed(text)
    const digits = read(text, line)
    return digits === null ? text : tokenOf(digits)
  }

  const isOwn = (text: string, line: string | null): boolean => {
    const digits = read(text, line)
    return digits !== null && (own.has(digits) || (line !== null && digits === read(line, null)))
  }

  /** Numbers in a text that is not a message: a contact may be called by its number. */
  const text = (value: string, { line, numbers }: Known): string =>
    !mayHold(value) ? renewed(value) : replaceNumbers(renewed(value), {
      known: numbers.flatMap((number) => isToken(number) ? [] : read(number, line) ?? []),
      replace: (found, isKnown) => !isKnown && isOwn(found, line) ? found : number(found, line)
    })

  /** An id that is a number. One that holds digits is none. */
  const id = (value: string, { line, numbers }: Known): string => {
    if (!/^[+＋(\p{Nd}]/u.test(value) && !isToken(value)) return value
    const digits = read(value, line)
    const isKnown = numbers.some((number) => digits !== null && read(number, line) === digits)
    return isKnown || isToken(value) || startsAbroad(value) ? number(value, line) : value
  }

  const inside = (value: unknown, field: string, known: Known): unknown => {
    if (typeof value === "string") {
      if (contactFields.test(field)) return isOwn(value, known.line) ? value : number(value, known.line)
      return idField.test(field) ? id(value, known) : text(value, known)
    }
    if (typeof value === "number") {
      const digits = String(value)
      const isKnown = known.numbers.some((number) => read(number, known.line) === digits)
      const isPlain = !idField.test(field) && isNumberLike(value) && !isOwn(digits, known.line)
      return isKnown || isPlain || contactFields.test(field) ? number(digits, known.line) : value
    }
    if (Array.isArray(value)) return value.length === 0 ? value : value.map((one: unknown) => inside(one, field, known))
    if (typeof value !== "object" || value === null) return value
    // A row of a list of people: its times are no plain objects.
    if (Object.getPrototypeOf(value) !== Object.prototype) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]: readonly [string, unknown]) =>
        [text(name, known), inside(inner, name, known)] as const
      )
    )
  }

  /** What cannot be taken apart is masked as one text. */
  const json = (written: string, knownOf: (value: unknown) => Known): string =>
    !mayHold(written) && !written.includes(prefix) ? written : Either.getOrElse(
      Either.try(() => {
        const value: unknown = JSON.parse(written)
        return JSON.stringify(inside(value, "", knownOf(value)))
      }),
      () => text(written, knownOf(null))
    )

  const column = (
    { meaning, name, value }: { readonly name: string; readonly meaning: Personal.Meaning; readonly value: unknown },
    known: Known
  ): unknown => {
    if (typeof value !== "string") return Array.isArray(value) ? inside(value, name, known) : value
    switch (meaning) {
      // The other side of a call between two of our lines is a contact like any other.
      case "number":
        return number(value, known.line)
      case "either":
        return isOwn(value, known.line) ? value : number(value, known.line)
      case "contact":
        return id(value, known)
      case "about":
      case "tag":
        return text(value, known)
      case "undeclared":
        return json(value, () => known)
      case "digest":
        return value.replace(hashed, (found: string, letter: string | undefined, hex: string) => {
          const made = found === hex ? 0 : generationOf(letter)
          return prefixOf(hashes.length) + hashes.slice(made).reduce((text, hash) => hash(`message ${text}`), hex)
        })
      case "ours":
      case "contacts":
      case "words":
      case "fact":
        return value
    }
  }

  return {
    number,
    row: (table, row) => {
      const line = textOf(row["line_number"])
      const columns = columnsOf.get(table) ?? []
      const known = {
        line,
        numbers: columns.flatMap(([name, meaning]) =>
          meaning === "number" || meaning === "either" ? of(row[name], (one) => !isOwn(one, line)) : []
        )
      }
      const masked: Record<string, unknown> = { ...row }
      const [clear] = known.numbers
      // A row of before has no such column, and its token does not tell.
      if (row["contact_country"] === null && clear !== undefined && !isToken(clear)) {
        masked["contact_country"] = Phone.country(textOf(row["contact_number"]), line)
      }
      for (const [name, meaning] of columns) {
        const value = row[name]
        if (value !== null && value !== undefined) masked[name] = column({ name, meaning, value }, known)
      }
      return masked
    },
    record: (written, line = null) =>
      json(written, (value) => {
        const record: Readonly<Record<string, unknown>> = typeof value === "object" && value !== null
          ? { ...value }
          : {}
        const ours = line ?? lineFields.map((field) => textOf(record[field])).find((text) => text !== null) ?? null
        return {
          line: ours,
          numbers: Object.entries(record).flatMap(([field, inner]) =>
            contactFields.test(field) ? of(inner, (one) => !isOwn(one, ours)) : []
          )
        }
      })
  }
}

/** Of a fact, and of a number of ours, nothing is masked. Of words, those in lists are labels. */
const columnsOf = new Map<string, Personal.Personal["columns"]>(
  [...Personal.personal].map(([name, { columns }]) => [
    name,
    columns.filter(([column, meaning]) =>
      meaning !== "fact" && meaning !== "ours" && (meaning !== "words" || column === "tags")
    )
  ])
)

/** Numbers and lines come again and again, a row's several times. */
const remembering = (read: typeof Phone.digits) => {
  const known = new Map<string, string | null>()
  return (number: string, line: string | null): string | null => {
    const name = `${line} ${number}`
    const before = known.get(name)
    if (before !== undefined) return before
    if (known.size >= 50_000) known.clear()
    const found = read(number, line)
    known.set(name, found)
    return found
  }
}

const textOf = (value: unknown): string | null => typeof value === "string" ? value : null

const of = (value: unknown, keep: (text: string) => boolean): ReadonlyArray<string> =>
  typeof value === "string" && keep(value) ? [value] : []
