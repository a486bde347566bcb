/** What a cell shows: a sentence that says the finding, the chart under it, and the same in words for whoever sees no chart. */
import * as Plot from "@observablehq/plot"
import * as Words from "@trunkline/analytics/Words"
import { parseHTML } from "linkedom/worker"

/** One thing to show, in every form it has, by media type. */
type Bundle = Readonly<Record<string, string>>

/** What the kernel offers; in plain Node there is none. */
declare const Deno:
  | { readonly jupyter: { readonly display: (bundle: Bundle, options: { readonly raw: true }) => Promise<void> } }
  | undefined

/**
 * Outside a kernel there is a terminal to read, and nothing to draw on. Deno's kernel loses what is sent while a large
 * output is still on its way (zeromq/zmq.rs#237), so a moment is left to each.
 */
const display = async (bundle: Bundle): Promise<void> => {
  if (typeof Deno === "undefined") {
    console.log(bundle["text/plain"] ?? bundle["text/markdown"])
    return
  }
  await Deno.jupyter.display(bundle, { raw: true })
  await new Promise((resolve) => setTimeout(resolve, 100))
}

const { document } = parseHTML("<!doctype html><html><body></body></html>")

/** Paper of its own, so that a chart is legible in a dark notebook too. */
export const color = {
  paper: "#fcfbf8",
  ink: "#1c2024",
  muted: "#59606a",
  line: "#dedad2",
  faint: "#e9e5db",
  quiet: "#b3aea3",
  accent: "#0b6b62",
  soft: "#a9cac6",
  warm: "#b4511d"
}

const style = {
  background: color.paper,
  color: color.ink,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif",
  fontSize: "13px",
  overflow: "visible"
}

/** Hundredths of a pixel are finer than any screen, and the same on every machine. */
const brief = (numbers: string): string =>
  numbers.replaceAll(/-?\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100))

const geometry = ["d", "transform", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height", "fill-opacity"]

/** Words where a reader looks for them instead of ticks, arrows and names of columns. */
const plain = { label: null, labelArrow: "none", tickSize: 0 } as const

const draw = (finding: string, words: string, options: Plot.PlotOptions): string => {
  const svg = Plot.plot({
    document,
    width: 720,
    marginTop: 24,
    marginRight: 24,
    ...options,
    x: { ...plain, ...options.x },
    y: { ...plain, ...options.y },
    fy: { axis: null, ...options.fy },
    style
  })
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg")
  svg.setAttribute("role", "img")
  svg.setAttribute("aria-label", `${finding} ${words}`)
  for (const element of svg.querySelectorAll("*")) {
    for (const attribute of geometry) {
      const value: unknown = element.getAttribute(attribute)
      if (typeof value === "string") element.setAttribute(attribute, brief(value))
    }
  }
  // A line for each shape, so that two versions can be compared.
  return String(svg.outerHTML).replaceAll(/<(?=(?:g|rect|path|line|circle|text)\b)/g, "\n<")
}

/** A chart of Observable Plot. The words are for a screen reader, and for wherever a picture cannot be shown. */
export const chart = async (
  figure: { readonly finding: string; readonly words: string },
  options: Plot.PlotOptions
): Promise<void> => {
  await sentence(figure.finding)
  await display({ "image/svg+xml": draw(figure.finding, figure.words, options), "text/plain": figure.words })
}

/** A finding on its own. */
export const sentence = (finding: string): Promise<void> =>
  display({ "text/markdown": `**${finding}**`, "text/plain": finding })

const line = (cells: ReadonlyArray<string | number>): string =>
  `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`

/** Rows under the names of their columns; numbers stand to the right. */
export const table = (rows: ReadonlyArray<Readonly<Record<string, string | number>>>): Promise<void> => {
  const columns = Object.keys(rows[0] ?? {})
  const markdown = [
    line(columns),
    line(columns.map((column) => /^[\d,]+$/.test(String(rows[0]?.[column])) ? "---:" : ":---")),
    ...rows.map((row) => line(columns.map((column) => row[column] ?? "")))
  ].join("\n")
  return display({ "text/markdown": markdown, "text/plain": markdown })
}

/** The name of each panel above it, and a note in smaller letters. */
export const titles = <Panel extends { readonly source: string }>(
  panels: ReadonlyArray<Panel>,
  note: (panel: Panel) => string
): Plot.Markish => {
  const above = { fy: "source", frameAnchor: "top-left", lineAnchor: "bottom" } as const
  return [
    Plot.text(panels, { ...above, dy: -24, fontSize: 15, fontWeight: 600, text: ({ source }) => Words.source(source) }),
    Plot.text(panels, { ...above, dy: -8, fill: color.muted, text: note })
  ]
}

/** Signs and what they stand for, in a row above the chart. */
export const legend = (
  entries: ReadonlyArray<readonly [sign: string, words: string, color: string]>
): Plot.Markish =>
  entries.map(([sign, words, fill], index) => {
    // Nobody measures letters here: eight pixels each is a little too much in any font.
    const dx = entries.slice(0, index).reduce((sum, [, { length }]) => sum + 48 + 8 * length, 0)
    const above = { frameAnchor: "top-left", lineAnchor: "bottom", dy: -24 } as const
    return [
      Plot.text([sign], { ...above, dx, fill, text: [sign], fontSize: 15 }),
      Plot.text([words], { ...above, dx: dx + 18, fill: color.muted, text: [words] })
    ]
  })

/** `12 %`, on one line */
export const percent = (share: number): string => Words.percent(share).replaceAll(" ", "\u00a0")

export { count, duration, hour, source as name, weekday } from "@trunkline/analytics/Words"
