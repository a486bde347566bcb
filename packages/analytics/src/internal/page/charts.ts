/** The charts of shares and durations: each one drawn wide and narrow, and described in words for readers who cannot see it. */
import * as Text from "../../Text.js"
import * as Words from "../../Words.js"
import { draw, Plot, type Size, widths } from "./draw.js"
import { Html } from "./html.js"

/** Colours are of the style sheet, so that they follow the reader's scheme. */
export const color = {
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

export const both = (drawn: (size: Size) => string): Html => new Html(`${drawn("wide")}${drawn("narrow")}`)

/** About as wide as a sans-serif letter; a little too wide rather than too narrow. */
const ems = (character: string): number => {
  if (/^[ -~]$/.test(character)) return /[MW@mw%]/.test(character) ? 1 : /[A-Z&]/.test(character) ? 0.76 : 0.62
  return /^[\u00a0-\u06ff\u2010-\u203a]/.test(character) ? 0.72 : 1.3
}

const measure = (characters: ReadonlyArray<string>): number => characters.reduce((sum, one) => sum + ems(one) * 13, 0)

interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** What a text of one line takes, its middle at this height, with some room around it. */
const boxOf = (text: string, x: number, y: number, anchor: "start" | "middle" | "end"): Box => {
  const width = measure(Text.characters(text))
  const left = anchor === "start" ? x : anchor === "end" ? x - width : x - width / 2
  return { left: left - 3, right: left + width + 3, top: y - 9, bottom: y + 9 }
}

/** The pieces of a line straight down that lie over none of the boxes; those too short to see are left out. */
const clear = (
  x: number,
  [from, to]: readonly [number, number],
  boxes: ReadonlyArray<Box>
): ReadonlyArray<readonly [number, number]> =>
  boxes.filter(({ left, right }) => left < x && x < right).reduce<ReadonlyArray<readonly [number, number]>>(
    (pieces, box) =>
      pieces.flatMap(([start, end]) => [
        [start, Math.min(end, box.top)] as const,
        [Math.max(start, box.bottom), end] as const
      ]),
    [[from, to]]
  ).filter(([start, end]) => end - start > 3)

/** A name that takes at most so many pixels at thirteen a letter. */
export const cut = (text: string, pixels: number): string => {
  const characters = Text.characters(Text.named(text.slice(0, 2000)))
  if (measure(characters) <= pixels) return characters.join("")
  let most = characters.length
  while (most > 0 && measure(characters.slice(0, most)) > pixels - 13) most -= 1
  return `${characters.slice(0, most).join("").trimEnd()}…`
}

export interface Bar {
  readonly label: string
  readonly value: number
  /** A thin line goes on to here. */
  readonly until?: number | undefined
  /** One or two, in columns. */
  readonly figures: ReadonlyArray<string>
  /** What it says on hover; its figures when left out. */
  readonly says?: ReadonlyArray<string> | undefined
  readonly quiet?: boolean | undefined
}

interface Placed extends Bar {
  readonly top: number
}

/** What a mark says when a pointer rests on it. */
export const told = (name: string, ...figures: ReadonlyArray<string>): string =>
  `${Text.shortened(Text.named(name), 200)}: ${figures.join(", ")}`

/**
 * Bars to the right, one to a row: the name beside it on a wide page, and above it on a narrow one. The track behind a bar
 * is as long as `full`; where it is left out, as long as the longest one.
 */
export const bars = (title: string, rows: ReadonlyArray<Bar>, full?: number): Html => {
  const most = Math.max(full ?? 0, ...rows.map(({ until, value }) => Math.max(value, until ?? 0))) || 1
  const alternative = `${title}. ${
    rows.map(({ figures, label }) => `${Text.shortened(label, 60)}: ${figures.join(", ")}`).join("; ")
  }.`
  const columns = Array.from(
    { length: Math.max(...rows.map(({ figures }) => figures.length)) },
    (_, column) => 18 + 7.4 * Math.max(...rows.map(({ figures }) => figures[column]?.length ?? 0))
  )
  const after = columns.map((_, column) => columns.slice(column + 1).reduce((sum, width) => sum + width, 0))
  const figuresWidth = columns.reduce((sum, width) => sum + width, 0)
  return both((size) => {
    const wide = size === "wide"
    const step = wide ? 30 : 44
    const [names, figures] = wide ? [200, figuresWidth] : [0, 0]
    const thick = 10
    const placed = rows.map((row, index): Placed => ({ ...row, top: index * step + (wide ? 10 : 24) }))
    const hover = { title: ({ figures, label, says }: Placed) => told(label, ...says ?? figures) }
    const band = { x1: 0, y1: "top", y2: ({ top }: Placed) => top + thick, ...hover }
    const beside = { y: ({ top }: Placed) => top + (wide ? thick / 2 : -10) }
    return draw(size, alternative, {
      height: rows.length * step,
      x: { domain: [0, most], range: [names, widths[size] - figures] },
      y: { domain: [0, rows.length * step], range: [0, rows.length * step] },
      marks: [
        Plot.rect(placed, { ...band, x2: most, fill: color.faint, rx: 2 }),
        Plot.rect(placed.filter(({ until }) => until !== undefined), {
          x1: "value",
          x2: "until",
          y1: ({ top }: Placed) => top + thick / 2 - 1,
          y2: ({ top }: Placed) => top + thick / 2 + 1,
          fill: color.accent,
          ...hover
        }),
        Plot.rect(placed.filter(({ value }) => value > 0), {
          ...band,
          x2: "value",
          fill: ({ quiet }: Placed) => quiet === true ? color.quiet : color.accent,
          rx: 2
        }),
        Plot.text(placed, {
          ...beside,
          x: 0,
          dx: -names,
          text: ({ label }: Placed) => cut(label, wide ? names - 14 : widths.narrow - figuresWidth - 8),
          textAnchor: "start",
          fill: color.ink
        }),
        ...columns.map((_, column) =>
          Plot.text(placed, {
            ...beside,
            x: most,
            dx: figures - (after[column] ?? 0),
            text: ({ figures }: Placed) => figures[column] ?? "",
            textAnchor: "end",
            fill: column === 0 ? color.ink : color.muted,
            fontVariant: "tabular-nums"
          })
        )
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
    seconds === null ? [] : [{ at: place(buckets, seconds), row, text: `${name} ${Words.duration(seconds)}` }]
  )
  const alternative = `${title}. Share of calls by duration: ${
    bars.map((bar) => `${Words.bucket(bar.fromSeconds, bar.toSeconds)}: ${Words.percent(bar.share)}`).join("; ")
  }. ${marked.map(({ text }) => text).join("; ")}.`
  return both((size) => {
    const wide = size === "wide"
    const rows = marked.length * 18
    const height = (wide ? 300 : 260) + rows
    const [left, top, bottom] = [2, rows + 28, height - 26]
    const across = (at: number) => left + at / buckets.length * (widths[size] - 2 * left)
    const up = (share: number) => bottom - (most === 0 ? 0 : share / most) * (bottom - top)
    const percents = bars.filter(({ calls }) => calls > 0).map((bar) => {
      const text = Words.percent(bar.share).replace(wide ? "" : " %", "")
      return { ...bar, text, box: boxOf(text, across(bar.index + 0.5), up(bar.height) - 9, "middle") }
    })
    const labels = marked.map(({ at, row, text }) => {
      const before = at > 10 - text.length * (wide ? 0.11 : 0.24)
      const [x, y] = [across(at) + (before ? -6 : 6), 8 + row * 18 + 8]
      return { text, at, y, x, anchor: before ? "end" as const : "start" as const }
    })
    const boxes = [
      ...percents.map(({ box }) => box),
      ...labels.map(({ anchor, text, x, y }) => boxOf(text, x, y, anchor))
    ]
    // A line goes down from its label and leaves out whatever text lies in its way.
    const lines = labels.flatMap(({ at, text, y }) =>
      clear(across(at), [y - 8, bottom], boxes).map(([from, to]) => ({ x: across(at), from, to, text }))
    )
    // Pixels, told to scales that know buckets and shares.
    const xOf = (pixel: number) => (pixel - left) / (widths[size] - 2 * left) * buckets.length
    const yOf = (pixel: number) => (bottom - pixel) / (bottom - top) * (most === 0 ? 1 : most)
    return draw(size, alternative, {
      height,
      marginTop: top,
      marginBottom: height - bottom,
      marginLeft: left,
      marginRight: left,
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
          fill: color.accent,
          title: (bar: Bucket) =>
            told(Words.bucket(bar.fromSeconds, bar.toSeconds), Words.percent(bar.share), Words.many(bar.calls, "call"))
        }),
        Plot.link(lines, {
          x1: ({ x }) => xOf(x),
          x2: ({ x }) => xOf(x),
          y1: ({ from }) => yOf(from),
          y2: ({ to }) => yOf(to),
          stroke: color.ink,
          strokeWidth: 1,
          strokeDasharray: "2,3",
          title: ({ text }) => text.replace(" ", ": ")
        }),
        Plot.text(percents, {
          x: ({ index }) => index + 0.5,
          y: "height",
          dy: -9,
          text: "text",
          fill: color.muted,
          ...halo
        }),
        ...(["start", "end"] as const).map((textAnchor) =>
          Plot.text(labels.filter(({ anchor }) => anchor === textAnchor), {
            x: ({ x }) => xOf(x),
            y: ({ y }) => yOf(y),
            textAnchor,
            text: "text",
            fill: color.ink,
            ...halo
          })
        ),
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
