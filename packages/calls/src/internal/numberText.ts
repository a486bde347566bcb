/** Phone numbers inside texts. */

const between = "[\\s().·/\\-\\u2010-\\u2015\\u00a0\\u202f]"

/** What is made of digits and is no number: ids and times. */
const others = [
  "[\\da-fA-F]{8}(?:-[\\da-fA-F]{4}){3}-[\\da-fA-F]{12}",
  "\\p{Nd}{4}-\\p{Nd}{2}-\\p{Nd}{2}(?:[T ]\\p{Nd}{2}:\\p{Nd}{2}(?::\\p{Nd}{2}(?:\\.\\p{Nd}+)?)?(?:Z|[+-]\\p{Nd}{2}:?\\p{Nd}{2})?)?",
  "(?:0|[1-9]\\d{0,2})\\.\\d+(?![\\p{Nd}.])"
].map((shape) => `(?<![\\p{L}\\p{Nd}])${shape}(?![\\p{L}\\p{Nd}])`)

/** Digits of any script with what stands between the digits of a number. Digits that touch a letter are part of an id. */
const run = `(?:[+＋]|(?<![\\p{L}\\p{Nd}]))[(]*\\p{Nd}(?:${between}{0,3}\\p{Nd})*(?![\\p{L}\\p{Nd}])`

const shapes = new RegExp(`${others.join("|")}|(?<run>${run})`, "gu")

/** Fewer digits are a year, a time or a price; more are two numbers. */
const [least, most] = [7, 15]

/** Most texts are short and of ASCII, and are looked through without an expression. */
const countOf = (text: string): number => {
  let digits = 0
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place)
    if (code >= 0x80) return (text.match(/\p{Nd}/gu) ?? []).length
    if (code >= 0x30 && code <= 0x39) digits++
  }
  return digits
}

/** Whether a text has as many digits as a number. */
export const mayHold = (text: string): boolean => countOf(text) >= least

/** Whether a text is a number with its country, whatever it is called. */
export const startsAbroad = (text: string): boolean =>
  /^(?:[+＋]|00)[\s().-]*\p{Nd}[\p{Nd}\s().·/-]*$/u.test(text) && countOf(text) >= least

/** These digits, with whatever stands between them. */
const spelled = (digits: string): string => [...digits].join(`${between}{0,3}`)

/**
 * Replaces what looks like a number, and `known` numbers wherever they stand, by the digits of their E.164 form or as they are
 * dialled inside of their country.
 */
export const replaceNumbers = (
  text: string,
  { known, replace }: {
    readonly known: ReadonlyArray<string>
    readonly replace: (found: string, isKnown: boolean) => string
  }
): string => {
  const withoutKnown = known.filter((digits) => digits.length >= least).reduce(
    (left, digits) =>
      left.replaceAll(
        new RegExp(`(?:[+＋]|00)?[(]?(?<!\\p{Nd})${spelled(digits)}(?!\\p{Nd})`, "gu"),
        () => replace(`+${digits}`, true)
      ),
    text
  )
  return withoutKnown.replaceAll(shapes, (found, ...rest: ReadonlyArray<unknown>) => {
    const groups = rest.at(-1)
    const isRun = typeof groups === "object" && groups !== null && "run" in groups && groups.run !== undefined
    if (!isRun || countOf(found) < least) return found
    if (countOf(found) <= most) return replace(found, false)
    const parts = found.split(/(\s+)/u)
    return parts.length === 1
      ? replace(found, false)
      : parts.map((part) => countOf(part) >= least ? replace(part, false) : part).join("")
  })
}
