/** The charts of the page: each one drawn wide and narrow, each with words for whoever does not see it. */
import * as periods from "../report/periods.js"
import * as words from "../report/words.js"
import { draw, Plot, type Size, widths } from "./draw.js"
import { Html } from "./html.js"

/** Colours are of the style sheet, so that they follow the reader's scheme. */
const color = {
  accent: "var(--accent)",
  quiet: "var(--quiet)",
  line: "var(--line)",
  faint: "var(--faint)",
  ink: "var(--ink)",
  muted: "var(--muted)",
  paper: "var(--paper)"
}
/** Text over lines stays legible. */
const halo = { stroke: color.paper, strokeWidth: 4, strokeLinejoin: "round" as const }

const both = (drawn: (size: Size) => string): Html => new Html(`${drawn("wide")}${drawn("narrow")}`)

/** About as wide as a sans-serif letter; a little too wide rather than too narrow. */
const ems = (character: string): number => {
  if (/^[ -~]$/.test(character)) return /[MW@mw%]/.test(character) ? 0.95 : /[A-Z&]/.test(character) ? 0.74 : 0.6
  return /^[\u00a0-\u052f\u2010-\u203a]/.test(character) ? 0.66 : 1.3
}

/** A name that takes at most so many pixels at twelve a letter. */
const cut = (text: string, pixels: number): string => {
  const characters = words.characters(words.visible(text).slice(0, 2000))
  const measure = (some: ReadonlyArray<string>) => some.reduce((sum, one) => sum + ems(one) * 12, 0)
  if (text.trim() === "") return "(no name)"
  if (measure(characters) <= pixels) return characters.join("")
  let most = characters.length
  while (most > 0 && measure(characters.slice(0, most)) > pixels - 12) most -= 1
  return `${characters.slice(0, most).join("").trimEnd()}…`
}

export interface Bar {
  readonly label: string
  readonly value: number
  /** A thin line goes on to here. */
  readonly until?: number | undefined
  readonly figure: string
  readonly quiet?: boolean | undefined
}

/** Bars to the right, one to a row: the name beside it on a wide page, and above it on a narrow one. */
export const bars = (title: string, rows: ReadonlyArray<Bar>): Html => {
  const most = Math.max(...rows.map(({ until, value }) => Math.max(value, until ?? 0)))
  const alternative = `${title}. ${
    rows.map(({ figure, label }) => `${words.shortened(label, 60)}: ${figure}`).join("; ")
  }.`
  return both((size) => {
    const wide = size === "wide"
    const step = wide ? 30 : 44
    const names = wide ? 208 : 0
    const figures = wide ? Math.min(200, Math.max(...rows.map(({ figure }) => figure.length)) * 6.6 + 14) : 0
    const places = rows.map((row, index) => ({ ...row, top: index * step + (wide ? 10 : 22) }))
    const thick = 10
    const options = {
      x1: 0,
      y1: ({ top }: { readonly top: number }) => top,
      y2: ({ top }: { readonly top: number }) => top + thick
    }
    const at = (dy: number) => ({ y: ({ top }: { readonly top: number }) => top + dy })
    return draw(size, words.visible(alternative), {
      height: rows.length * step,
      marginLeft: names,
      marginRight: figures,
      x: { domain: [0, most === 0 ? 1 : most], range: [names, widths[size] - figures] },
      y: { domain: [0, rows.length * step], range: [0, rows.length * step] },
      marks: [
        Plot.rect(places, { ...options, x2: most === 0 ? 1 : most, fill: color.faint, rx: 2 }),
        Plot.rect(places.filter(({ until }) => until !== undefined), {
          x1: "value",
          x2: "until",
          y1: ({ top }) => top + thick / 2 - 1,
          y2: ({ top }) => top + thick / 2 + 1,
          fill: color.accent
        }),
        Plot.rect(places.filter(({ value }) => value > 0), {
          ...options,
          x2: "value",
          fill: ({ quiet }) => quiet === true ? color.quiet : color.accent,
          rx: 2
        }),
        Plot.text(places, {
          ...at(wide ? thick / 2 : -8),
          x: 0,
          text: ({ label }) => cut(label, wide ? names - 16 : 190),
          textAnchor: wide ? "end" : "start",
          dx: wide ? -12 : 0,
          fill: color.ink
        }),
        Plot.text(places, {
          ...at(wide ? thick / 2 : -8),
          x: most === 0 ? 1 : most,
          text: "figure",
          textAnchor: wide ? "start" : "end",
          dx: wide ? 12 : 0,
          fill: color.muted,
          fontVariant: "tabular-nums"
        })
      ]
    })
  })
}

export interface Bucket {
  readonly fromSeconds: number
  readonly toSeconds: number | null
  readonly calls: number
  readonly share: number | null
}

const edgeLabels: { readonly [seconds: number]: string | undefined } = {
  1: "1 s",
  10: "10",
  30: "30",
  60: "1 min",
  120: "2",
  300: "5",
  600: "10",
  1200: "20",
  1800: "30",
  3600: "1 h"
}

/** Where a duration stands on a scale on which every bucket is equally wide. */
const place = (buckets: ReadonlyArray<Bucket>, seconds: number): number => {
  const index = buckets.findLastIndex(({ fromSeconds }) => fromSeconds <= seconds)
  const bucket = buckets[index]
  if (bucket === undefined) return 0
  return bucket.toSeconds === null
    ? index + 0.5
    : index + (seconds - bucket.fromSeconds) / (bucket.toSeconds - bucket.fromSeconds)
}

export const histogram = (
  title: string,
  buckets: ReadonlyArray<Bucket>,
  quantiles: ReadonlyArray<{ readonly name: string; readonly seconds: number | null }>
): Html => {
  const bars = buckets.map((bucket, index) => ({ ...bucket, index, height: bucket.share ?? 0 }))
  const most = Math.max(...bars.map(({ height }) => height))
  const marked = quantiles.flatMap(({ name, seconds }, row) =>
    seconds === null ? [] : [{ at: place(buckets, seconds), row, text: `${name} ${words.duration(seconds)}` }]
  )
  const alternative = `${title}. Share of calls by duration: ${
    bars.map((bar) => `${words.bucket(bar.fromSeconds, bar.toSeconds)}: ${words.percent(bar.share)}`).join("; ")
  }. ${marked.map(({ text }) => text).join("; ")}.`
  return both((size) => {
    const wide = size === "wide"
    const rows = marked.length * 18
    const lines = marked.map(({ at, row, text }) =>
      Plot.ruleX([{ at }], {
        x: "at",
        stroke: color.ink,
        strokeWidth: 1,
        strokeDasharray: "2,3",
        insetTop: row * 18 - rows - 20,
        title: () => text
      })
    )
    const labels = marked.map(({ at, row, text }) => {
      const left = at > 10 - text.length * (wide ? 0.11 : 0.24)
      return Plot.text([{ at }], {
        x: "at",
        frameAnchor: "top",
        dy: row * 18 - rows - 20,
        dx: left ? -6 : 6,
        lineAnchor: "top",
        textAnchor: left ? "end" : "start",
        text: () => text,
        fill: color.ink,
        ...halo
      })
    })
    return draw(size, alternative, {
      height: (wide ? 300 : 260) + rows,
      marginTop: rows + 28,
      marginBottom: 26,
      marginLeft: 2,
      marginRight: 2,
      x: { domain: [0, buckets.length] },
      y: { domain: [0, most === 0 ? 1 : most] },
      marks: [
        Plot.rect(bars, {
          x1: "index",
          x2: ({ index }) => index + 1,
          y1: 0,
          y2: "height",
          insetLeft: 1,
          insetRight: 1,
          fill: color.accent
        }),
        ...lines,
        Plot.text(bars.filter(({ calls }) => calls > 0), {
          x: ({ index }) => index + 0.5,
          y: "height",
          dy: -9,
          text: ({ share }) => words.percent(share).replace(wide ? "" : " %", ""),
          fill: color.muted,
          ...halo
        }),
        ...labels,
        Plot.ruleY([0], { stroke: color.muted }),
        ...[bars.slice(0, 1), bars.slice(1)].map((some, index) =>
          Plot.text(some, {
            x: "index",
            frameAnchor: "bottom",
            dy: 18,
            textAnchor: index === 0 ? "start" : "middle",
            text: ({ fromSeconds }) => edgeLabels[fromSeconds] ?? "",
            fill: color.muted
          })
        )
      ]
    })
  })
}

const dayOf = (text: string): Date => new Date(`${text}T00:00:00Z`)

/** A few labels that have room, the first one with its year. */
const ticks = (
  found: ReadonlyArray<periods.Period>,
  grain: periods.Grain,
  most: number
): ReadonlyArray<{ readonly from: string; readonly text: string }> => {
  const every = Math.max(1, Math.ceil(found.length / most))
  return found.filter((_, index) => index % every === 0 && index + every / 2 <= found.length).map(({ from }) => {
    const [date = "", month = "", year = ""] = words.day(from).split(" ")
    return { from, text: grain === "year" ? year : grain === "month" ? `${month} ${year}` : `${date} ${month}` }
  })
}

const hoursLabel = (seconds: number): string => seconds === 0 ? "0" : words.duration(seconds)

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
  found: ReadonlyArray<periods.Period & { readonly talkSeconds: number }>
): Html => {
  const most = Math.max(...found.map(({ talkSeconds }) => talkSeconds))
  const bars = found.map((row) => ({ ...row, start: dayOf(row.from), end: dayOf(row.to) }))
  const alternative = `${title}. ${found.length} bars, one for each ${grain}, the highest of ${words.duration(most)}.`
  return both((size) => {
    const left = 52
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
          text: hoursLabel,
          fill: color.muted
        }),
        Plot.rect(bars.filter(({ talkSeconds }) => talkSeconds > 0), {
          x1: "start",
          x2: "end",
          y1: 0,
          y2: "talkSeconds",
          insetLeft: gap,
          insetRight: gap,
          fill: color.accent
        }),
        Plot.ruleY([0], { stroke: color.muted }),
        Plot.text(ticks(found, grain, size === "wide" ? 8 : 4), {
          x: ({ from }) => dayOf(from),
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
  found: ReadonlyArray<periods.Period & { readonly rate: number | null }>
): Html => {
  const points = found.map((row) => ({
    ...row,
    at: new Date((dayOf(row.from).getTime() + dayOf(row.to).getTime()) / 2)
  }))
  const rates = found.flatMap((row) => row.rate === null ? [] : [row.rate])
  const alternative = `${title}. A line over ${found.length} ${grain}s, between ${
    words.percent(Math.min(...rates))
  } and ${words.percent(Math.max(...rates))}.`
  return both((size) =>
    draw(size, alternative, {
      height: size === "wide" ? 180 : 160,
      marginTop: 12,
      marginBottom: 26,
      marginLeft: 52,
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
          text: words.percent,
          fill: color.muted
        }),
        Plot.lineY(points, { x: "at", y: ({ rate }) => rate ?? Number.NaN, stroke: color.accent, strokeWidth: 2 }),
        Plot.dot(points.filter(({ rate }) => rate !== null), {
          x: "at",
          y: "rate",
          r: found.length > 45 ? 1.5 : 3,
          fill: color.accent,
          stroke: "none"
        }),
        Plot.text(ticks(found, grain, size === "wide" ? 8 : 4), {
          x: ({ from }) => dayOf(from),
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
  readonly callsPerHour: number | null
}

/** A week as a grid: hours across on a wide page, down on a narrow one. */
export const week = (title: string, cells: ReadonlyArray<Hour>): Html => {
  const most = Math.max(...cells.map(({ callsPerHour }) => callsPerHour ?? 0))
  const hours = Array.from({ length: 24 }, (_, hour) => hour)
  const days = [1, 2, 3, 4, 5, 6, 7]
  const alternative = `${title}. A grid of weekdays and hours, the stronger the colour the more calls an hour: ${
    words.decimal(most)
  } at most.`
  const size = { wide: { left: 44, top: 24, height: 24 + 7 * 27 }, narrow: { left: 44, top: 24, height: 24 + 24 * 16 } }
  return both((one) => {
    const wide = one === "wide"
    const across = ({ hour, weekday }: { readonly hour: number; readonly weekday: number }) => wide ? hour : weekday
    const down = ({ hour, weekday }: { readonly hour: number; readonly weekday: number }) => wide ? weekday : hour
    const label = (value: number, isHour: boolean) =>
      isHour ? words.hour(value).slice(0, 2) : words.weekday(value).slice(0, 3)
    const every = (value: number, isHour: boolean) => !isHour || value % 3 === 0
    const place = { x: across, y: down, inset: 0.75, rx: 2 }
    return draw(one, alternative, {
      height: size[one].height,
      marginLeft: size[one].left,
      marginTop: size[one].top,
      x: { type: "band", domain: wide ? hours : days, padding: 0 },
      y: { type: "band", domain: wide ? days : hours, padding: 0 },
      opacity: { type: "linear", domain: [0, most === 0 ? 1 : most], range: [0.1, 1] },
      marks: [
        Plot.cell(cells, { ...place, fill: color.faint }),
        Plot.cell(cells.filter(({ callsPerHour }) => callsPerHour !== null && callsPerHour > 0), {
          ...place,
          fill: color.accent,
          fillOpacity: "callsPerHour"
        }),
        Plot.text((wide ? hours : days).filter((value) => every(value, wide)), {
          x: (value: number) => value,
          frameAnchor: "top",
          dy: -12,
          text: (value: number) => label(value, wide),
          fill: color.muted
        }),
        Plot.text((wide ? days : hours).filter((value) => every(value, !wide)), {
          y: (value: number) => value,
          frameAnchor: "left",
          dx: -10,
          textAnchor: "end",
          text: (value: number) => label(value, !wide),
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

/** What was read of which time, one line for each scope and stream. */
export const timeline = (title: string, streams: ReadonlyArray<Stream>): Html => {
  const all = streams.flatMap(({ stretches }) => stretches)
  const from = Math.min(...all.map(({ fromAt }) => Date.parse(fromAt)))
  const to = Math.max(...all.map(({ toAt }) => Date.parse(toAt)))
  const step = 46
  const height = streams.length * step
  const dated = periods.between(new Date(from).toISOString().slice(0, 10), new Date(to).toISOString().slice(0, 10), 40)
  const alternative = `${title}. ${
    streams.map(({ label, stretches }) =>
      `${words.shortened(label, 60)}: ${
        stretches.slice(0, 12).map(({ fromAt, state, toAt }) =>
          `${state} from ${words.day(fromAt)} to ${words.day(toAt)}`
        ).join(", ")
      }`
    ).join("; ")
  }.`
  return both((size) => {
    const rows = streams.flatMap(({ stretches }, index) =>
      stretches.map(({ fromAt, state, toAt }) => ({
        state,
        top: index * step + 22,
        // What is short must still be seen.
        start: new Date(Date.parse(fromAt)),
        end: new Date(Math.max(Date.parse(toAt), Date.parse(fromAt) + (to - from) * 0.006))
      }))
    )
    const of = (...states: ReadonlyArray<string>) => rows.filter(({ state }) => states.includes(state))
    const band = { x1: "start", x2: "end", y1: "top", y2: ({ top }: { readonly top: number }) => top + 14 }
    return draw(size, words.visible(alternative), {
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
          strokeDasharray: "1,4"
        }),
        Plot.text(
          ticks(dated.periods, dated.grain, size === "wide" ? 8 : 4).filter(({ from: day }) =>
            dayOf(day).getTime() >= from - 86_400_000
          ),
          {
            x: ({ from: day }) => new Date(Math.max(from, dayOf(day).getTime())),
            frameAnchor: "bottom",
            dy: 16,
            textAnchor: "start",
            text: "text",
            fill: color.muted
          }
        )
      ]
    })
  })
}
