/**
 * How figures, lengths of time, days and lists read, wherever this project shows them.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

/**
 * What cannot be said is a dash, never `null` or `NaN`.
 *
 * @since 0.1.0
 */
export const none = "–"

/** @since 0.1.0 */
export const count = (value: number | null): string =>
  value === null ? none : String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ",")

/** @since 0.1.0 */
export const many = (value: number, one: string, more = `${one}s`): string =>
  `${count(value)} ${Math.round(value) === 1 ? one : more}`

/**
 * `2 min 10 s`: two units at most, and none of them 0.
 *
 * @since 0.1.0
 */
export const duration = (value: number | null): string => {
  if (value === null) return none
  const seconds = Math.round(value)
  if (seconds < 60) return value > 0 && seconds === 0 ? "under 1 s" : `${seconds} s`
  if (seconds < 3600) return units(Math.floor(seconds / 60), "min", seconds % 60, "s")
  const minutes = Math.round(seconds / 60)
  if (minutes < 100 * 60) return units(Math.floor(minutes / 60), "h", minutes % 60, "min")
  return `${count(seconds / 3600)} h`
}

const units = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${count(large)} ${largeUnit}` : `${count(large)} ${largeUnit} ${small} ${smallUnit}`

/**
 * Of times that may be days: `3 days 4 h`.
 *
 * @since 0.1.0
 */
export const span = (value: number | null): string => {
  if (value === null || value < 48 * 3600) return duration(value)
  const hours = Math.round(value / 3600)
  if (hours >= 240) return `${count(hours / 24)} days`
  return units(Math.floor(hours / 24), "days", hours % 24, "h")
}

const shareTo = (digits: number) => (share: number | null): string => {
  if (share === null) return none
  const [value, least] = [share * 100, 10 ** -digits]
  if (value > 0 && value < least / 2) return `< ${least} %`
  if (value < 100 && value >= 100 - least / 2) return `> ${100 - least} %`
  return `${value.toFixed(digits)} %`
}

/**
 * `12 %`. Some are not none, and not quite all are not all.
 *
 * @since 0.1.0
 */
export const percent = shareTo(0)

/**
 * `12.3 %`, in the same way.
 *
 * @since 0.1.0
 */
export const percentInTenths = shareTo(1)

/** @since 0.1.0 */
export const decimal = (value: number | null): string =>
  value === null ? none : value >= 100 ? count(value) : value > 0 && value < 0.05 ? "< 0.1" : String(
    Math.round(value * 10) / 10
  )

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/**
 * `2026-03-29` as `29 Mar 2026`; a day no calendar of ours has stays as it is.
 *
 * @since 0.1.0
 */
export const day = (text: string): string => {
  const [, year, month, date] = /^(\d{4,})-(\d{2})-(\d{2})/.exec(text) ?? []
  return year === undefined ? text : `${Number(date)} ${months[Number(month) - 1] ?? month} ${year}`
}

/** `2026-03-29T10:04:00.000Z` as the clocks of the zone show it; none where the zone is not known here. */
const local = (iso: string, zone: string): Option.Option<string> =>
  Option.map(
    DateTime.makeZoned(iso, { timeZone: zone }),
    (at) => DateTime.formatIso(DateTime.unsafeMake(at.epochMillis + DateTime.zonedOffset(at)))
  )

/**
 * `29 Mar 2026, 10:04` by the clocks of the zone; of UTC, and saying so, where its name is not known here.
 *
 * @since 0.1.0
 */
export const instant = (iso: string | null, zone: string): string =>
  iso === null ? none : Option.match(local(iso, zone), {
    onNone: () => `${day(iso)}, ${iso.slice(11, 16)} UTC`,
    onSome: (shown) => `${day(shown)}, ${shown.slice(11, 16)}`
  })

/**
 * `2026-03-29`, the day of the zone, or of UTC where its name is not known here.
 *
 * @since 0.1.0
 */
export const localDay = (iso: string, zone: string): string =>
  Option.getOrElse(local(iso, zone), () => iso).slice(0, 10)

const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
/** @since 0.1.0 */
export const weekday = (number: number): string => weekdays[number - 1] ?? String(number)
/** @since 0.1.0 */
export const hour = (number: number): string => `${String(number).padStart(2, "0")}:00`

/**
 * `1–9 s`, `2–5 min`, `1 h or more`.
 *
 * @since 0.1.0
 */
export const bucket = (from: number, to: number | null): string => {
  if (to === null) return `${duration(from)} or more`
  if (from < 60) return to <= 60 ? `${from}–${to - 1} s` : `${from} s–${duration(to)}`
  return `${from / 60}–${to / 60} min`
}

const sources: { readonly [source: string]: string | undefined } = {
  allo: "Allo",
  allomia: "Allomia",
  "allo-v1": "Allo contact histories"
}
/** @since 0.1.0 */
export const source = (name: string): string => sources[name] ?? name

/** @since 0.1.0 */
export const listed = (words: ReadonlyArray<string>, last = "and"): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`

/**
 * Days that need not be whole: `7 days`, `a day`, `0.5 days`.
 *
 * @since 0.1.0
 */
export const days = (value: number): string => value === 1 ? "a day" : `${decimal(value)} days`

/**
 * `12.3 MB`; as disks are sold, so a kB is 1,000 bytes.
 *
 * @since 0.1.0
 */
export const size = (bytes: number): string => {
  const [unit, name] = bytes >= 1e9 ? [1e9, "GB"] as const : bytes >= 1e6 ? [1e6, "MB"] as const : [1e3, "kB"] as const
  return `${(bytes / unit).toFixed(1)} ${name}`
}
