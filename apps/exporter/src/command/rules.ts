/** The flags of a report as a selection and rules: each is read strictly, and refused by its name. */
import type { Parameters } from "@trunkline/analytics/Analytics"
import type { Options } from "@trunkline/analytics/Report"
import { Outcome } from "@trunkline/calls/Outcome"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { nearest, suggested } from "../Nearest.js"
import * as values from "./values.js"

export interface OfReport {
  readonly since: Option.Option<string>
  readonly until: Option.Option<string>
  readonly source: Option.Option<string>
  readonly organization: ReadonlyArray<string>
  readonly zone: Option.Option<string>
  readonly incoming: Option.Option<string>
  readonly answered: Option.Option<string>
  readonly uncounted: Option.Option<string>
  readonly missed: Option.Option<string>
  readonly followupHours: Option.Option<string>
  readonly repeatDays: Option.Option<string>
  readonly gone: boolean
}

const directions = ["inbound", "outbound", "web", "unknown"]

const words = (flag: string, text: string, known: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const found = text.split(",").map((word) => word.trim()).filter((word) => word !== "")
    if (found.length === 0) {
      return yield* new values.InvalidFlag({ flag, reason: `must name one or more of ${known.join(", ")}` })
    }
    for (const word of found) {
      if (known.includes(word)) continue
      return yield* new values.InvalidFlag({
        flag,
        reason: `is one or more of ${known.join(", ")}, with commas between them${suggested(nearest(word, known))}`
      })
    }
    return [...new Set(found)]
  })

const number = (flag: string, text: string, most: number) => {
  const value = Number(text)
  return /^\d{1,9}(\.\d{1,6})?$/.test(text.trim()) && value <= most
    ? Effect.succeed(value)
    : new values.InvalidFlag({ flag, reason: `must be a number from 0 to ${most}` })
}

const maybe = <A>(value: Option.Option<string>, read: (text: string) => Effect.Effect<A, values.InvalidFlag>) =>
  Option.match(value, { onNone: () => Effect.succeed(undefined), onSome: read })

export const read = (
  flags: OfReport
): Effect.Effect<{ readonly parameters: Parameters; readonly selection: Options }, values.InvalidFlag> =>
  Effect.gen(function*() {
    const zone = Option.getOrUndefined(flags.zone)
    const known = yield* Effect.mapError(
      DateTime.zoneMakeNamedEffect(zone ?? "UTC"),
      () =>
        new values.InvalidFlag({
          flag: "--zone",
          reason: "no such time zone. Give an IANA name, such as Europe/Paris"
        })
    )
    const instant = (flag: string, edge: "start" | "end") => (text: string) =>
      values.instantIn(flag, text, { edge, zone: known })
    const since = yield* maybe(flags.since, instant("--since", "start"))
    const until = yield* maybe(flags.until, instant("--until", "end"))
    if (since !== undefined && until !== undefined && DateTime.greaterThanOrEqualTo(since, until)) {
      return yield* new values.InvalidFlag({ flag: "--until", reason: "must be later than --since" })
    }
    return {
      parameters: {
        zone,
        incoming: yield* maybe(flags.incoming, (text) => words("--incoming", text, directions)),
        answered: yield* maybe(flags.answered, (text) => words("--answered", text, Outcome.literals)),
        uncounted: yield* maybe(flags.uncounted, (text) => words("--uncounted", text, Outcome.literals)),
        missed: yield* maybe(flags.missed, (text) => words("--missed", text, Outcome.literals)),
        followupHours: yield* maybe(flags.followupHours, (text) => number("--followup-hours", text, 8760)),
        repeatDays: yield* maybe(flags.repeatDays, (text) => number("--repeat-days", text, 3650)),
        gone: flags.gone ? true : undefined
      },
      selection: {
        since,
        until,
        sources: Option.match(flags.source, { onNone: () => undefined, onSome: (source) => [source] }),
        organizations: flags.organization.length === 0 ? undefined : flags.organization
      }
    }
  })
