/**
 * What a number column says: the digits that are the same for every spelling of a number, and the country it belongs to.
 *
 * @since 0.1.0
 */
import { areas, callingCodes } from "./internal/countries.js"
import * as PhoneNumber from "./PhoneNumber.js"

const digitOf = (digit: string): string => {
  const code = digit.codePointAt(0) ?? 0
  if (code < 0x80) return digit
  // The ten digits of a script stand in their order.
  let zero = code
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return String(code - zero)
}

/** With digits of ASCII, whatever script they came in. */
const plain = (text: string): string => text.replaceAll(/\p{Nd}/gu, digitOf).replaceAll("\uFF0B", "+")

/** What stands behind a number and is no part of it, such as an extension. */
const extension = /(?:;.*|\s*(?:ext\.?|x|#)\s*\d+)$/i

/** With fewer digits a text is a word, such as `anonymous`. */
const fewest = 3

const only = (text: string): string => text.replaceAll(/\D/g, "")

/** Numbers that are dialled inside their country in a way of its own, as they are dialled from abroad. */
const fromAbroad = (digits: string, home: string | undefined): string | null => {
  if (home === "39" && digits.startsWith("0") && !digits.startsWith("00")) return `+39${digits}`
  if (home === "7" && /^8\d{10}$/.test(digits)) return `+7${digits.slice(1)}`
  if (home === "1" && /^011\d{8}/.test(digits)) return `+${digits.slice(3)}`
  return null
}

/** The digits of a text, and the number that they are where that is known. */
const read = (number: string, line: string | null) => {
  const whole = plain(number).trim()
  const shortened = whole.replace(extension, "")
  const text = only(shortened).length < fewest ? whole : shortened
  const found = only(text)
  const dialled = `${/^[^\d]*\+/.test(text) ? "+" : ""}${found}`
  const home = line === null ? undefined : PhoneNumber.make(plain(line))?.callingCode
  return { found, known: PhoneNumber.make(fromAbroad(dialled, home) ?? dialled, home) }
}

/**
 * The digits of a number, country first: `+33 (0)6 12 34 56 78`, `0033-612345678`, `tel:+33612345678` and, beside a line in France,
 * `06 12 34 56 78` are all `33612345678`. What is no whole number, such as `36180`, has the digits that stand there. Null where
 * there are fewer than three, as in `anonymous`: then there is no number.
 *
 * @since 0.1.0
 * @category getters
 */
export const digits = (number: string, line: string | null = null): string | null => {
  const { found, known } = read(number, line)
  return found.length < fewest ? null : known === null ? found : PhoneNumber.digits(known)
}

/** As many digits as the shortest number has, its country included. */
const shortest = 8

/**
 * The country of a number as ISO 3166 has it, such as `FR`; null where its digits do not tell. Where countries share a calling
 * code the area tells, and the largest of them where it does not.
 *
 * @since 0.1.0
 * @category getters
 */
export const country = (number: string | null, line: string | null = null): string | null => {
  // Most numbers come as they are dialled from abroad, whatever the line is.
  const known = number === null
    ? null
    : PhoneNumber.isPlain(number)
    ? PhoneNumber.make(number)
    : read(number, line).known
  if (known === null || PhoneNumber.digits(known).length < shortest) return null
  const { callingCode, national } = known
  for (const [prefix, country] of areas[callingCode] ?? []) if (national.startsWith(prefix)) return country
  return callingCodes[callingCode] ?? null
}
