/** Days in as many pieces as a reader can take in, and states in words. */
import * as Words from "../../Words.js"
import type { Report, Source } from "./model.js"

export interface Period {
  readonly from: string
  /** The first day after it, or after the last day with calls. */
  readonly to: string
  readonly days: number
  /** Whether it holds all days it is called after: the first and the last period often do not. */
  readonly full: boolean
}

export type Grain = "day" | "week" | "month" | "year"

const dayLength = 86_400_000
const text = (millis: number): string => new Date(millis).toISOString().slice(0, 10)

/** Where the period of a day begins. */
const beginning: { readonly [grain in Grain]: (millis: number) => number } = {
  day: (millis) => millis,
  // The first day of the epoch was a Thursday.
  week: (millis) => millis - ((millis / dayLength + 3) % 7) * dayLength,
  month: (millis) => Date.parse(`${text(millis).slice(0, 7)}-01`),
  year: (millis) => Date.parse(`${text(millis).slice(0, 4)}-01-01`)
}

/** Periods from the first to the last day, those without calls among them; the finest grain of at most so many. */
export const between = (
  first: string,
  last: string,
  most: number
): { readonly grain: Grain; readonly periods: ReadonlyArray<Period> } => {
  const [from, to] = [Date.parse(first), Date.parse(last)]
  // Days of a calendar that is not ours cannot be counted.
  if (!(from <= to)) return { grain: "day", periods: [] }
  const grains: ReadonlyArray<Grain> = ["day", "week", "month", "year"]
  const span = (to - from) / dayLength + 1
  const grain = grains.find((one) => span / { day: 1, week: 7, month: 30.4, year: 365 }[one] <= most) ?? "year"
  const starts: Array<number> = []
  for (let day = from; day <= to; day += dayLength) {
    if (day === from || beginning[grain](day) === day) starts.push(day)
    if (starts.length > 4000) break
  }
  return {
    grain,
    periods: starts.map((start, index) => {
      const end = starts[index + 1] ?? to + dayLength
      // A period that begins before the first day or ends after the last one is a part of it.
      const full = beginning[grain](start) === start && (end <= to || beginning[grain](end) === end)
      return { from: text(start), to: text(end), days: Math.round((end - start) / dayLength), full }
    })
  }
}

const within = <Day extends { readonly day: string }>(days: ReadonlyArray<Day>, { from, to }: Period) =>
  days.filter(({ day }) => day >= from && day < to)

/** All of its days are there, and all of them were read whole. */
const isWhole = (period: Period, found: ReadonlyArray<{ readonly whole: boolean }>): boolean =>
  period.full && found.every(({ whole }) => whole)

const sum = (values: ReadonlyArray<number>): number => values.reduce((total, value) => total + value, 0)

/** Talk time and calls a day. */
export const talk = (source: Source, most: number) => {
  const { grain, periods } = between(source.days[0]?.day ?? "", source.days.at(-1)?.day ?? "", most)
  return {
    grain,
    rows: periods.map((period) => {
      const found = within(source.days, period)
      return {
        ...period,
        whole: isWhole(period, found),
        talkSeconds: sum(found.map(({ talkSeconds }) => talkSeconds)) / period.days,
        calls: sum(found.map(({ calls }) => calls)) / period.days
      }
    })
  }
}

/** The answer rate of a period. */
export interface Rate extends Period {
  readonly whole: boolean
  readonly counted: number
  readonly answered: number
  readonly rate: number | null
  /** Whether it says enough to be a point of a line: a part of a period and a handful of calls would draw false dips. */
  readonly solid: boolean
}

/** A rate of a handful of calls is chance. */
export const solidCalls = 10

/** The answer rate of each period: sums divided, never rates averaged. */
export const answers = (
  source: Source,
  most: number
): { readonly grain: Grain; readonly rows: ReadonlyArray<Rate> } => {
  const { days } = source.answers
  const { grain, periods } = between(days[0]?.day ?? "", days.at(-1)?.day ?? "", most)
  const rows = periods.map((period) => {
    const found = within(days, period)
    const counted = sum(found.map((day) => day.counted))
    const answered = sum(found.map((day) => day.answered))
    const whole = isWhole(period, found)
    return {
      ...period,
      whole,
      counted,
      answered,
      rate: counted === 0 ? null : answered / counted,
      solid: whole && counted >= solidCalls
    }
  })
  // Where none says enough, all are drawn, and the words say how few calls they are.
  const few = rows.every(({ solid }) => !solid)
  return { grain, rows: rows.map((row) => ({ ...row, solid: few || row.solid })) }
}

export const followup = ({ followup }: Source, { rules }: Report) => {
  const hours = `${Words.decimal(rules.followupHours)} h`
  return [
    { name: `Reached within ${hours}`, callers: followup.reachedInTime, good: true },
    { name: `Reached after ${hours}`, callers: followup.reachedLate, good: false },
    { name: "Called again, answered", callers: followup.calledAgain, good: true },
    { name: "Tried, not reached", callers: followup.tried, good: false },
    { name: "Waiting, not tried yet", callers: followup.waiting, good: false },
    { name: "Lost, never tried", callers: followup.lost, good: false }
  ]
}

/** What stands beside a period that is a part of one. */
export const part = " (part)"
/** What a point that the line of a rate leaves out is. */
export const hollow = (grain: Grain): string =>
  `A hollow dot, which the line leaves out, is a part of a ${grain} or a ${grain} with fewer than ${solidCalls} calls of a known outcome.`
export const partMeaning = (grain: Grain): string =>
  grain === "day"
    ? "A part is a day that was not read from its beginning to its end."
    : `A part is a ${grain} that begins before the first day with calls, ends after the last one, or was not read whole.`
