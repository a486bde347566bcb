/** Days in as many pieces as a reader can take in, and states in words. */
import type { Report, Source } from "./model.js"
import * as words from "./words.js"

export interface Period {
  readonly from: string
  /** The first day after it, or after the last day with calls. */
  readonly to: string
  readonly days: number
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
      return { from: text(start), to: text(end), days: Math.round((end - start) / dayLength) }
    })
  }
}

const within = <Day extends { readonly day: string }>(days: ReadonlyArray<Day>, { from, to }: Period) =>
  days.filter(({ day }) => day >= from && day < to)

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
        talkSeconds: sum(found.map(({ talkSeconds }) => talkSeconds)) / period.days,
        calls: sum(found.map(({ calls }) => calls)) / period.days
      }
    })
  }
}

/** The answer rate of each period: sums divided, never rates averaged. */
export const answers = (source: Source, most: number) => {
  const { days } = source.answers
  const { grain, periods } = between(days[0]?.day ?? "", days.at(-1)?.day ?? "", most)
  return {
    grain,
    rows: periods.map((period) => {
      const found = within(days, period)
      const known = sum(found.map((day) => day.known))
      const answered = sum(found.map((day) => day.answered))
      return { ...period, known, answered, rate: known === 0 ? null : answered / known }
    })
  }
}

export const followup = ({ followup }: Source, { rules }: Report) => {
  const hours = `${words.decimal(rules.followupHours)} h`
  return [
    { name: `You got back within ${hours}`, callers: followup.inTime, good: true },
    { name: "They called again", callers: followup.calledAgain, good: true },
    { name: `You got back after ${hours}`, callers: followup.late, good: false },
    { name: "Still waiting", callers: followup.waiting, good: false },
    { name: "Never got an answer", callers: followup.lost, good: false }
  ]
}
