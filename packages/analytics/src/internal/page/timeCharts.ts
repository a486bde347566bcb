/** The charts of the page over time: days, weeks, and the stretches that were read. */
import * as Text from "../../Text.js"
import * as Words from "../../Words.js"
import * as periods from "../report/periods.js"
import { both, color, cut, told } from "./charts.js"
import { draw, Plot, type Size, widths } from "./draw.js"
import type { Html } from "./html.js"

const dayOf = (text: string): Date => new Date(`${text}T00:00:00Z`)

/** A few labels that have room, on Mondays where days are many. */
const ticks = (
  found: ReadonlyArray<periods.Period>,
  grain: periods.Grain,
  size: Size
): ReadonlyArray<{ readonly at: Date; readonly text: string }> => {
  const most = size === "wide" ? 8 : 4
  const rough = Math.max(1, Math.ceil(found.length / most))
  const every = grain === "day" && rough > 3 ? Math.ceil(rough / 7) * 7 : rough
  const monday = every % 7 === 0 && grain === "day" ? found.findIndex(({ from }) => dayOf(from).getUTCDay() === 1) : 0
  const [first, last] = [dayOf(found[0]?.from ?? ""), dayOf(found.at(-1)?.to ?? "")]
  const room = (at: Date) => (last.getTime() - at.getTime()) / (last.getTime() - first.getTime()) * (widths[size] - 60)
  return found
    .filter((_, index) => index >= monday && (index - monday) % every === 0)
    .map(({ from }) => {
      const [date = "", month = "", year = ""] = Words.day(from).split(" ")
      return {
        at: dayOf(from),
        text: grain === "year" ? year : grain === "month" ? `${month} ${year}` : `${date} ${month}`
      }
    })
    .filter(({ at, text }) => room(at) >= text.length * 7.6)
}

/** `3 Aug 2026`, `the week from 3 Aug 2026`, and `(part)` behind what is a part of one. */
const called = (row: periods.Period & { readonly whole: boolean }, grain: periods.Grain): string =>
  `${grain === "day" ? "" : `the ${grain} from `}${Words.day(row.from)}${row.whole ? "" : periods.part}`

/** Short enough to stand beside an axis: `1.5 h`. */
const axisLabel = (seconds: number): string =>
  seconds === 0
    ? "0"
    : seconds < 60
    ? `${seconds} s`
    : seconds < 3600
    ? `${Math.round(seconds / 6) / 10} min`
    : `${Words.count(Math.floor(seconds / 3600))}${String(Math.round((seconds % 3600) / 36) / 100).slice(1)} h`

/** Round steps of time, four or five of them. */
const steps = (most: number): ReadonlyArray<number> => {
  const step =
    [1, 5, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400, 172_800, 432_000, 864_000]
      .find((one) => most / one <= 4.5) ?? Math.ceil(most / 4 / 864_000) * 864_000
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step)
}

export const talk = (
  title: string,
  grain: periods.Grain,
  found: ReadonlyArray<
    periods.Period & { readonly talkSeconds: number; readonly calls: number; readonly whole: boolean }
  >
): Html => {
  const most = Math.max(...found.map(({ talkSeconds }) => talkSeconds))
  const bars = found.map((row) => ({ ...row, start: dayOf(row.from), end: dayOf(row.to) }))
  const alternative = `${title}. ${found.length} bars, one for each ${grain}, the highest of ${Words.duration(most)}.`
  return both((size) => {
    const left = 58
    const gap = (widths[size] - left) / found.length > 6 ? 1 : 0.25
    const lines = steps(most)
    return draw(size, alternative, {
      height: size === "wide" ? 240 : 200,
      marginTop: 12,
      marginBottom: 26,
      marginLeft: left,
      marginRight: 2,
      x: { type: "utc", domain: [bars[0]?.start, bars.at(-1)?.end] },
      y: { domain: [0, most === 0 ? 1 : most] },
      marks: [
        Plot.ruleY(lines, { stroke: color.line }),
        Plot.text(lines, {
          y: (line: number) => line,
          frameAnchor: "left",
          dx: -8,
          textAnchor: "end",
          text: axisLabel,
          fill: color.muted
        }),
        Plot.rect(bars.filter(({ talkSeconds }) => talkSeconds > 0), {
          x1: "start",
          x2: "end",
          y1: 0,
          y2: "talkSeconds",
          insetLeft: gap,
          insetRight: gap,
          fill: ({ whole }: { readonly whole: boolean }) => whole ? color.accent : color.quiet,
          title: (row: (typeof bars)[number]) =>
            told(
              called(row, grain),
              `${Words.duration(row.talkSeconds)} of talk${grain === "day" ? "" : " a day"}`,
              `${Words.decimal(row.calls)} calls${grain === "day" ? "" : " a day"}`
            )
        }),
        Plot.ruleY([0], { stroke: color.muted }),
        Plot.text(ticks(found, grain, size), {
          x: "at",
          frameAnchor: "bottom",
          dy: 18,
          dx: gap,
          textAnchor: "start",
          text: "text",
          fill: color.muted
        })
      ]
    })
  })
}

/** Sums of each period divided, over time. */
export const rate = (
  title: string,
  grain: periods.Grain,
  found: ReadonlyArray<periods.Rate>
): Html => {
  const points = found.map((row) => ({
    ...row,
    at: new Date((dayOf(row.from).getTime() + dayOf(row.to).getTime()) / 2)
  }))
  const rates = found.flatMap((row) => row.rate === null || !row.solid ? [] : [row.rate])
  const alternative = `${title}. A line over ${found.length} ${grain}s, between ${
    Words.percent(Math.min(...rates))
  } and ${Words.percent(Math.max(...rates))}.`
  return both((size) =>
    draw(size, alternative, {
      height: size === "wide" ? 180 : 160,
      marginTop: 12,
      marginBottom: 26,
      marginLeft: 58,
      marginRight: 6,
      x: { type: "utc", domain: [dayOf(found[0]?.from ?? ""), dayOf(found.at(-1)?.to ?? "")] },
      y: { domain: [0, 1] },
      marks: [
        Plot.ruleY([0, 0.5, 1], { stroke: color.line }),
        Plot.text([0, 0.5, 1], {
          y: (line: number) => line,
          frameAnchor: "left",
          dx: -8,
          textAnchor: "end",
          text: Words.percent,
          fill: color.muted
        }),
        Plot.lineY(points.filter(({ rate, solid }) => solid || rate === null), {
          x: "at",
          y: ({ rate }) => rate ?? Number.NaN,
          stroke: color.accent,
          strokeWidth: 2
        }),
        Plot.dot(points.filter(({ rate }) => rate !== null), {
          x: "at",
          y: "rate",
          r: found.length > 45 ? 1.5 : 3,
          fill: ({ solid }: periods.Rate) => solid ? color.accent : color.paper,
          stroke: color.accent,
          title: (row: periods.Rate) =>
            told(
              called(row, grain),
              `${Words.percent(row.rate)} answered`,
              `${Words.count(row.answered)} of ${Words.count(row.counted)}`
            )
        }),
        Plot.text(ticks(found, grain, size), {
          x: "at",
          frameAnchor: "bottom",
          dy: 18,
          textAnchor: "start",
          text: "text",
          fill: color.muted
        })
      ]
    })
  )
}

export interface Hour {
  readonly weekday: number
  readonly hour: number
  readonly incoming: number
  readonly hours: number
  readonly incomingPerHour: number | null
}

const hours = Array.from({ length: 24 }, (_, hour) => hour)
const days = [1, 2, 3, 4, 5, 6, 7]
const someHours = hours.filter((hour) => hour % 3 === 0).map((value) => ({
  value,
  label: Words.hour(value).slice(0, 2)
}))
const weekdays = days.map((value) => ({ value, label: Words.weekday(value).slice(0, 3) }))

/** A week as a grid: hours across on a wide page, down on a narrow one. */
export const week = (title: string, cells: ReadonlyArray<Hour>): Html => {
  const most = Math.max(...cells.map(({ incomingPerHour }) => incomingPerHour ?? 0))
  const alternative =
    `${title}. A grid of weekdays and hours, the stronger the colour the more incoming calls an hour: ${
      Words.decimal(most)
    } at most.`
  return both((size) => {
    const wide = size === "wide"
    const across = ({ hour, weekday }: Hour) => wide ? hour : weekday
    const down = ({ hour, weekday }: Hour) => wide ? weekday : hour
    const [columns, lines] = wide ? [someHours, weekdays] : [weekdays, someHours]
    const place = {
      x: across,
      y: down,
      inset: 0.75,
      rx: 2,
      title: ({ hour, hours, incoming, incomingPerHour, weekday }: Hour) =>
        told(
          `${Words.weekday(weekday)} ${Words.hour(hour)}`,
          incomingPerHour === null
            ? "nothing: there was no such hour"
            : `${Words.decimal(incomingPerHour)} incoming an hour`,
          `${Words.many(incoming, "call")} in ${Words.many(hours, "hour")}`
        )
    }
    return draw(size, alternative, {
      height: 24 + (wide ? 7 * 27 : 24 * 16),
      marginLeft: 44,
      marginTop: 24,
      x: { type: "band", domain: wide ? hours : days, padding: 0 },
      y: { type: "band", domain: wide ? days : hours, padding: 0 },
      opacity: { type: "linear", domain: [0, most === 0 ? 1 : most], range: [0.1, 1] },
      marks: [
        Plot.cell(cells, { ...place, fill: color.faint }),
        Plot.cell(cells.filter(({ incomingPerHour }) => incomingPerHour !== null && incomingPerHour > 0), {
          ...place,
          fill: color.accent,
          fillOpacity: "incomingPerHour"
        }),
        Plot.text(columns, { x: "value", frameAnchor: "top", dy: -12, text: "label", fill: color.muted }),
        Plot.text(lines, {
          y: "value",
          frameAnchor: "left",
          dx: -10,
          textAnchor: "end",
          text: "label",
          fill: color.muted
        })
      ]
    })
  })
}

export interface Stream {
  readonly label: string
  readonly stretches: ReadonlyArray<{ readonly fromAt: string; readonly toAt: string; readonly state: string }>
}

/** Which stretches of time were read, one line for each scope and stream. */
export const timeline = (title: string, streams: ReadonlyArray<Stream>, zone: string): Html => {
  const all = streams.flatMap(({ stretches }) => stretches)
  const from = Math.min(...all.map(({ fromAt }) => Date.parse(fromAt)))
  const to = Math.max(...all.map(({ toAt }) => Date.parse(toAt)))
  const step = 46
  const height = streams.length * step
  const dated = periods.between(new Date(from).toISOString().slice(0, 10), new Date(to).toISOString().slice(0, 10), 40)
  const alternative = `${title}. ${
    streams.map(({ label, stretches }) =>
      `${Text.shortened(label, 60)}: ${
        stretches.slice(0, 12).map(({ fromAt, state, toAt }) =>
          `${state} from ${Words.day(fromAt)} to ${Words.day(toAt)}`
        ).join(", ")
      }`
    ).join("; ")
  }.`
  return both((size) => {
    const rows = streams.flatMap(({ label, stretches }, index) =>
      stretches.map(({ fromAt, state, toAt }) => ({
        state,
        says: told(label, `${state} from ${Words.instant(fromAt, zone)} to ${Words.instant(toAt, zone)}`),
        top: index * step + 22,
        // What is short must still be seen.
        start: new Date(Date.parse(fromAt)),
        end: new Date(Math.max(Date.parse(toAt), Date.parse(fromAt) + (to - from) * 0.006))
      }))
    )
    const of = (...states: ReadonlyArray<string>) => rows.filter(({ state }) => states.includes(state))
    const band = {
      x1: "start",
      x2: "end",
      y1: "top",
      y2: ({ top }: { readonly top: number }) => top + 14,
      title: "says"
    }
    return draw(size, alternative, {
      height: height + 26,
      marginTop: 0,
      marginBottom: 26,
      marginLeft: 2,
      marginRight: 2,
      x: { type: "utc", domain: [new Date(from), new Date(to === from ? from + 1 : to)] },
      y: { domain: [0, height], range: [0, height] },
      marks: [
        Plot.text(streams.map(({ label }, index) => ({ label, top: index * step + 12 })), {
          frameAnchor: "left",
          y: "top",
          text: ({ label }) => cut(label, widths[size] - 8),
          textAnchor: "start",
          fill: color.ink
        }),
        Plot.rect(of("certified"), { ...band, fill: color.accent }),
        Plot.rect(of("open"), { ...band, fill: color.accent, fillOpacity: 0.35 }),
        Plot.rect(rows.filter(({ state }) => !["certified", "open", "gap"].includes(state)), {
          ...band,
          inset: 0.75,
          fill: color.paper,
          stroke: color.ink,
          strokeWidth: 1.5
        }),
        Plot.link(of("gap"), {
          x1: "start",
          x2: "end",
          y1: ({ top }) => top + 7,
          y2: ({ top }) => top + 7,
          stroke: color.ink,
          strokeWidth: 1.5,
          strokeDasharray: "1,4",
          title: "says"
        }),
        Plot.text(ticks(dated.periods, dated.grain, size), {
          x: ({ at }: { readonly at: Date }) => new Date(Math.max(from, at.getTime())),
          frameAnchor: "bottom",
          dy: 16,
          textAnchor: "start",
          text: "text",
          fill: color.muted
        })
      ]
    })
  })
}
