/**
 * Days as Allo counts them. It does not say in which zone, so they stand in the books under their own names, and only the
 * instants that lie in them in every zone are promised to anyone.
 */
import type { Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { settling } from "./settling.js"

const day = 24 * 60 * 60 * 1000
/** The zones of the world reach from UTC-12 to UTC+14: a day begins at most so long after, and before, midnight UTC. */
const latest = 12 * 60 * 60 * 1000
const earliest = 14 * 60 * 60 * 1000
/** From the first day up to another that does not belong to it, each by its midnight in UTC. */
export type Days = Interval.Interval

const floor = (millis: number): DateTime.Utc => DateTime.unsafeMake(Math.floor(millis / day) * day)
const ceil = (millis: number): DateTime.Utc => DateTime.unsafeMake(Math.ceil(millis / day) * day)

/** The days that surely hold all of a stretch of time. */
export const around = ({ from, to }: Interval.Interval): Days => ({
  from: floor(from.epochMillis - latest),
  to: ceil(to.epochMillis + earliest)
})

/** Whole days of a stretch that lies in the books. */
export const whole = ({ from, to }: Interval.Interval): Days => ({
  from: floor(from.epochMillis),
  to: ceil(to.epochMillis)
})

/** So far back in UTC that it is as far as asked, wherever the days lie. */
export const back = (lookback: Duration.Duration): Duration.Duration => Duration.sum(lookback, Duration.millis(latest))

/** Everything from the first instant on is there up to this one, if these days are. */
export const until = (days: Days): DateTime.Utc => DateTime.unsafeMake(days.to.epochMillis - earliest)

/** What surely lies in these days. */
export const inside = ({ from, to }: Days): Interval.Interval => ({
  from: DateTime.unsafeMake(from.epochMillis + latest),
  to: DateTime.unsafeMake(to.epochMillis - earliest)
})

/** The first day that is not settled, wherever it ends. One that is asked for beyond it has to be settled as well. */
export const unsettled = (now: DateTime.Utc, end: End): DateTime.Utc =>
  floor(now.epochMillis - settling - latest - (end === "included" ? 0 : day))

export const count = ({ from, to }: Days): number => (to.epochMillis - from.epochMillis) / day

/** Whether an instant can lie in none of these days. */
export const outside = ({ from, to }: Days, at: DateTime.Utc): boolean =>
  // A day more at the end: whether the last one was meant to be included is not documented either.
  at.epochMillis < from.epochMillis - earliest || at.epochMillis >= to.epochMillis + latest + day

/** In so many pieces of nearly the same length, none shorter than a day. */
export const split = (days: Days, pieces: number): ReadonlyArray<Days> => {
  const all = count(days)
  const parts = Math.min(Math.max(pieces, 2), all)
  const edge = (part: number) => DateTime.unsafeMake(days.from.epochMillis + Math.round(all * part / parts) * day)
  return Array.from({ length: parts }, (_, part) => ({ from: edge(part), to: edge(part + 1) }))
}

const name = (at: DateTime.Utc): string => DateTime.formatIsoDateUtc(at)

/** Whether the API takes the last day of a range as a part of it; not, if that is not known. */
export type End = "included" | "excluded"

/** What the API is told. Where the last day may or may not be included, neighbours share one. */
export const asked = (
  { from, to }: Days,
  end: End
): { readonly from: string; readonly to: string } => ({
  from: name(from),
  to: name(end === "included" ? DateTime.unsafeMake(to.epochMillis - day) : to)
})

/** For people: the first day and the last. */
export const text = (days: Days): string => {
  const last = DateTime.unsafeMake(days.to.epochMillis - day)
  return count(days) > 1 ? `${name(days.from)} to ${name(last)}` : name(days.from)
}
