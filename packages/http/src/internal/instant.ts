/**
 * The one parser of instants: text or a number in, milliseconds since 1970 out, `undefined` for anything that is not an
 * instant. `Wire` makes schemas of it.
 */

const iso =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i

/** A `Date` holds no more milliseconds than these. */
const farthest = 8.64e15

/** Seconds until the year 5138 are below this number, milliseconds since March 1973 above it. */
const epochSecondsEnd = 1e11

const offsetMinutes = (zone: string): number | undefined => {
  const digits = zone.slice(1).replace(":", "").padEnd(4, "0")
  const [hours, rest] = [Number(digits.slice(0, 2)), Number(digits.slice(2))]
  if (hours > 23 || rest > 59) return undefined
  const minutes = hours * 60 + rest
  return zone.startsWith("-") ? -minutes : minutes
}

/** Midnight of a day. `Date.UTC` reads the years 0 to 99 as 1900 to 1999, so such a year is set separately. */
const midnight = (year: number, month: number, day: number): number =>
  year >= 100 ? Date.UTC(year, month - 1, day) : new Date(Date.UTC(2000, month - 1, day)).setUTCFullYear(year)

const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

const daysInMonth = (year: number, month: number) =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31

const fromEpoch = (value: number): number | undefined =>
  Number.isFinite(value) && value > 0 ? Math.round(value < epochSecondsEnd ? value * 1000 : value) : undefined

interface Parts {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly millis: number
  /** Minutes east of Greenwich. */
  readonly offset: number
}

const fromParts = ({ day, hour, millis, minute, month, offset, second, year }: Parts): number | undefined => {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  // A leap second (60) is the first instant of the next minute.
  if (hour > 24 || minute > 59 || second > 60 || (hour === 24 && minute + second > 0)) return undefined
  return midnight(year, month, day) + ((hour * 60 + minute - offset) * 60 + second) * 1000 + millis
}

/** How most instants are written. They are read digit by digit, since a match makes a text of each of its parts. */
const usual = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48
const pair = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1)

const fromUsual = (text: string): number | undefined =>
  fromParts({
    year: pair(text, 0) * 100 + pair(text, 2),
    month: pair(text, 5),
    day: pair(text, 8),
    hour: pair(text, 11),
    minute: pair(text, 14),
    second: pair(text, 17),
    millis: text.length === 20 ? 0 : pair(text, 20) * 10 + digit(text, 22),
    offset: 0
  })

const fromText = (text: string): number | undefined => {
  if (usual.test(text)) return fromUsual(text)
  if (/^\d{10}(\.\d+)?$|^\d{13}$/.test(text)) return fromEpoch(Number(text))
  const match = iso.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((part) =>
    Number(part ?? 0)
  )
  const millis = Math.floor(Number(`0.${match[7] ?? 0}`) * 1000)
  const zone = match[8] ?? "Z"
  const offset = zone.toUpperCase() === "Z" ? 0 : offsetMinutes(zone)
  return offset === undefined ? undefined : fromParts({ year, month, day, hour, minute, second, millis, offset })
}

/** ISO text, or an epoch in seconds or milliseconds. Text without a zone is UTC, on every machine. */
export const millis = (input: unknown): number | undefined => {
  const read = typeof input === "number"
    ? fromEpoch(input)
    : typeof input === "string"
    ? fromText(input.trim())
    : undefined
  return read === undefined || Math.abs(read) > farthest ? undefined : read
}

/** A date as HTTP headers write it. The zone has to be there: JavaScript reads a date without one as local time. */
export const headerMillis = (text: string | undefined): number | undefined => {
  const read = text !== undefined && /(?:GMT|UTC|Z|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(read) ? undefined : read
}
