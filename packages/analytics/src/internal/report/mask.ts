/** Phone numbers in names and labels. */

/** Digits of any script with what stands between the digits of a number. */
const runs = /[+＋(]*\p{Nd}(?:[\p{Nd}\s().·/\-\u2010-\u2015\u00a0\u202f]*\p{Nd})?/gu
const date = /(?<!\p{Nd})(?:\p{Nd}{4}-\p{Nd}{2}-\p{Nd}{2}|\p{Nd}{1,2}[./]\p{Nd}{1,2}[./]\p{Nd}{4})(?!\p{Nd})/gu

/** An id, however many digits stand in it. */
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/** Seven digits are a number, unless they are a date; what is short enough to be a year, a time or a price is none. */
export const mask = (text: string): string =>
  uuid.test(text)
    ? text
    : text.replaceAll(runs, (run) => [...run.replaceAll(date, "").matchAll(/\p{Nd}/gu)].length >= 7 ? "(number)" : run)
