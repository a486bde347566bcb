/**
 * Phone numbers in any spelling: which number a text is, and where one stands in a longer text.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export interface PhoneNumber {
  /** Of its country, such as `33`. */
  readonly callingCode: string
  /** The digits behind it, without the `0` that is dialled inside the country. */
  readonly national: string
}

const two =
  "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 " +
  "91 92 93 94 95 98"
const codesOfTwo = new Set(two.split(" "))

/** No code is the beginning of another. */
const callingCodeOf = (digits: string): string => {
  const first = digits.slice(0, 1)
  if (first === "1" || first === "7") return first
  return codesOfTwo.has(digits.slice(0, 2)) ? digits.slice(0, 2) : digits.slice(0, 3)
}

/** Shorter ones are services, and longer ones do not exist. */
const shortest = 7
const longest = 15

const international = (digits: string): PhoneNumber | null => {
  if (digits.length < shortest || digits.length > longest || digits.startsWith("0")) return null
  const callingCode = callingCodeOf(digits)
  const national = digits.slice(callingCode.length)
  // `+33 (0)6 …` names both ways to dial it. Only numbers of Italy begin with 0 abroad as well.
  return { callingCode, national: callingCode === "39" || !national.startsWith("0") ? national : national.slice(1) }
}

/**
 * Whether a text is a number as most APIs write it: its country first, and nothing between its digits.
 *
 * @since 0.1.0
 * @category guards
 */
export const isPlain = (text: string): boolean => /^\+[1-9]\d{6,14}$/.test(text)

/**
 * A text that is a phone number and nothing else; null where it is none. A number without its country is one of `home`, the
 * calling code of the line that it talks with, and none where `home` is left out.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (text: string, home?: string | undefined): PhoneNumber | null => {
  if (isPlain(text)) return international(text.slice(1))
  const trimmed = text.trim()
  if (!/^\+?[\d\s().\-/\u00a0\u202f]+$/.test(trimmed)) return null
  const digits = trimmed.replaceAll(/\D/g, "")
  if (trimmed.startsWith("+")) return international(digits)
  if (digits.startsWith("00")) return international(digits.slice(2))
  if (home === undefined) return null
  if (digits.startsWith("0")) return international(home + digits.slice(1))
  // Numbers of North America have ten digits, and no 0 before them.
  const isNational = home === "1" && digits.length === 10
  return !isNational && digits.startsWith(home) && digits.length >= home.length + shortest
    ? international(digits)
    : international(home + digits)
}

/**
 * All digits, country first: the same for every spelling of a number.
 *
 * @since 0.1.0
 * @category getters
 */
export const digits = ({ callingCode, national }: PhoneNumber): string => callingCode + national

/**
 * The digits of every spelling of a number, without what stands between them.
 *
 * @since 0.1.0
 * @category getters
 */
export const spellings = (number: PhoneNumber): ReadonlyArray<string> => {
  const { callingCode, national } = number
  const whole = [digits(number), `${callingCode}0${national}`]
  return [
    ...whole,
    ...whole.map((spelled) => `00${spelled}`),
    `011${digits(number)}`,
    `0${national}`,
    ...callingCode === "7" ? [`8${national}`] : [],
    // Fewer digits stand for too many other things.
    ...national.length < shortest ? [] : [national]
  ]
}

/** What may stand between the digits of a number. */
const between = /^[\s().,_\-/\u00a0\u00b7\u2000-\u2015\u202f\u2060]{1,3}$/

/** What may stand before them and belongs to them. */
const before = /\(?\+?\(?$/

/**
 * Changes each number in a text. `change` gets the digits of what may be one, of a length that `lengths` has, and returns what
 * stands in its place; null for what is none. Of several at one place the longest counts.
 *
 * @since 0.1.0
 * @category changing
 */
export const replace = (
  text: string,
  { change, lengths }: {
    readonly lengths: ReadonlySet<number>
    readonly change: (digits: string) => string | null
  }
): string => {
  const groups = [...text.matchAll(/\d+/g)].map(({ 0: digits, index }) => ({
    digits,
    from: index,
    to: index + digits.length
  }))
  if (groups.length === 0) return text
  const most = Math.max(0, ...lengths)
  let changed = ""
  let done = 0
  for (let first = 0; first < groups.length; first++) {
    let found: { readonly text: string; readonly last: number } | null = null
    let joined = ""
    for (let last = first; last < groups.length; last++) {
      const group = groups[last]
      const previous = groups[last - 1]
      if (group === undefined) break
      if (last > first && (previous === undefined || !between.test(text.slice(previous.to, group.from)))) break
      joined += group.digits
      if (joined.length > most) break
      const replaced = lengths.has(joined.length) ? change(joined) : null
      if (replaced !== null) found = { text: replaced, last }
    }
    if (found === null) continue
    const from = groups[first]?.from ?? 0
    const lead = before.exec(text.slice(done, from))?.[0] ?? ""
    changed += text.slice(done, from - lead.length) + found.text
    done = groups[found.last]?.to ?? text.length
    first = found.last
  }
  return done === 0 ? text : changed + text.slice(done)
}
