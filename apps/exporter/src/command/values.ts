/** Values of flags: read strictly, refused by the name of the flag. */
import * as Keep from "@trunkline/dataset/Keep"
import * as Wire from "@trunkline/http/Wire"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

export class InvalidFlag extends Schema.TaggedError<InvalidFlag>("trunkline/command/values/InvalidFlag")(
  "InvalidFlag",
  { flag: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `${this.flag}: ${this.reason}`
  }
}

const refuse = (flag: string, reason: string) => Either.left(new InvalidFlag({ flag, reason }))

/** A day, and perhaps a time of day. What is read here is what `Wire` reads, but an epoch. */
const moment =
  /^((\d{4})-\d{2}-\d{2})(?:[Tt ](\d{2}):\d{2}(?::(\d{2})(?:[.,]\d{1,9})?)?\s*(?:[Zz]|[+-](\d{2}(?::?\d{2})?))?)?$/

const day = 86_400_000

/** Without a zone it is UTC. A bare date is its first instant; as an end, the instant after its last. */
export const instant = (
  flag: string,
  text: string,
  edge: "start" | "end"
): Either.Either<DateTime.Utc, InvalidFlag> => {
  const found = moment.exec(text.trim())
  if (found === null) {
    return refuse(flag, "must be an ISO date or time, such as 2026-03-01 or 2026-03-01T09:30:00Z")
  }
  const [, date, year, hour, second = "0", offset = "0"] = found
  const midnight = Wire.instantFrom(date)
  if (midnight === undefined) return refuse(flag, "there is no such day")
  if (Number(year) < 2000 || Number(year) > 2199) return refuse(flag, "must lie between 2000 and 2199")
  if (hour === undefined) {
    return Either.right(edge === "end" ? DateTime.unsafeMake(midnight.epochMillis + day) : midnight)
  }
  const read = Wire.instantFrom(text)
  const inUse = Number(hour) < 24 && Number(second) < 60 && Number(offset.replace(":", "").padEnd(4, "0")) <= 1400
  return read === undefined || !inUse ? refuse(flag, "there is no such time") : Either.right(read)
}

/** A date, or a time that says no offset, is one that the clocks of a zone show. */
export const instantIn = (
  flag: string,
  text: string,
  { edge, zone }: { readonly edge: "start" | "end"; readonly zone: DateTime.TimeZone }
): Either.Either<DateTime.Utc, InvalidFlag> =>
  Either.flatMap(instant(flag, text, edge), (found) =>
    /:.*([Zz]|[+-]\d{2}(:?\d{2})?)$/.test(text.trim())
      ? Either.right(found)
      : Option.match(DateTime.makeZoned(found, { timeZone: zone, adjustForTimeZone: true }), {
        onNone: () => refuse(flag, "there is no such time in the zone"),
        onSome: (zoned) => Either.right(DateTime.toUtc(zoned))
      }))

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** `90s`, `30m`, `12h`, `7d` or `2w`, up to ten years. */
export const length = (flag: string, text: string): Either.Either<Duration.Duration, InvalidFlag> => {
  const [, count, unit = ""] = /^(\d{1,9})(s|m|h|d|w)$/.exec(text.trim()) ?? []
  const seconds = Number(count) * (units[unit] ?? Number.NaN)
  return Number.isNaN(seconds)
    ? refuse(flag, "must be a number with s, m, h, d or w, such as 12h or 7d")
    : seconds > 3650 * 86_400
    ? refuse(flag, "must not be longer than 3650d")
    : Either.right(Duration.seconds(seconds))
}

export const whole = (
  flag: string,
  text: string,
  bounds: { readonly from: number; readonly to: number }
): Either.Either<number, InvalidFlag> => {
  const value = Number(text)
  return /^\d{1,16}$/.test(text.trim()) && value >= bounds.from && value <= bounds.to
    ? Either.right(value)
    : refuse(flag, `must be a whole number from ${bounds.from} to ${bounds.to}`)
}

/** `90d`, `24mo`, `2y` or `forever`. */
export const keep = (flag: string, text: string): Either.Either<Keep.Keep, InvalidFlag> =>
  Keep.isKeep(text.trim())
    ? Either.right(text.trim())
    : refuse(flag, "must be a number with d, mo or y, such as 90d or 24mo, from 7d to 50y, or forever")

/** What is taken from the modes of files: `022`, `027` or `077`. The owner keeps all rights. */
export const umask = (flag: string, text: string): Either.Either<number, InvalidFlag> =>
  /^0?0[0-7]{2}$/.test(text.trim())
    ? Either.right(Number.parseInt(text, 8))
    : refuse(flag, "must be three octal digits of which the first is 0, such as 022 or 027")

/** A value that may be left out. */
export const maybe = <A>(
  value: Option.Option<string>,
  read: (text: string) => Either.Either<A, InvalidFlag>
): Either.Either<Option.Option<A>, InvalidFlag> =>
  Option.match(value, {
    onNone: () => Either.right(Option.none()),
    onSome: (text) => Either.map(read(text), Option.some)
  })
