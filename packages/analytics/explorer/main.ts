/** The page: charts, filters and the table over one selection. */
import { verbatim } from "@uwdata/mosaic-sql"
import * as vg from "@uwdata/vgplot"
import { calls } from "./calls.js"
import { copying } from "./card.js"
import { chart } from "./chart.js"
import { days, seconds } from "./controls.js"
import { facet } from "./facet.js"
import { cleared, type Filters, none, type Worded, wordedNames } from "./filters.js"
import { make } from "./page.js"
import { type Cell, number, type Row } from "./rows.js"
import { selected } from "./selected.js"
import { type Facts, Store } from "./store.js"
import { summary } from "./summary.js"
import { week } from "./week.js"
import * as words from "./words.js"

const oneDay = 86_400_000

const dayOf = (value: number): string => new Date(value).toISOString().slice(0, 10)

/** As wide as a bar can be so that they can be told apart. */
const stepOf = (first: Date, last: Date): { readonly sql: string; readonly word: string; readonly part: string } => {
  const length = (last.getTime() - first.getTime()) / oneDay
  const part = length <= 100 ? "day" : length <= 800 ? "week" : "month"
  return { part, word: `a ${part}`, sql: part === "day" ? "day" : `date_trunc('${part}', day)::DATE` }
}

/** Seconds of a bar of durations: few enough bars, and most calls among them. */
const widthOf = (usual: number): number =>
  [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800].find((width) => usual / width <= 40) ?? 3600

const shownDay = (value: number | Date): string => words.day(value instanceof Date ? value : new Date(value))

const date = (value: Cell | undefined): Date | null => value instanceof Date ? value : null

/** Room, grid and the names of the axes, which stand beside the pointer as well. */
const frame = (x: string, y: string, tick: (value: number) => string): ReadonlyArray<unknown> => [
  vg.height(190),
  vg.marginTop(26),
  vg.marginLeft(48),
  vg.marginRight(16),
  vg.marginBottom(36),
  vg.xLabel(x),
  vg.xLabelArrow("none"),
  vg.yLabel(y),
  vg.yLabelArrow("none"),
  vg.yGrid(true),
  vg.yTicks(4),
  vg.yTickFormat(tick),
  vg.yZero(true),
  vg.yNice(true)
]

const overTime = (store: Store, first: Date, last: Date): ReadonlyArray<HTMLElement> => {
  const { part, sql, word } = stepOf(first, last)
  const end = new Date(last.getTime() + oneDay)
  const shared = {
    dimension: "days" as const,
    bar: [sql, `(max(${sql}) + INTERVAL 1 ${part})::DATE`] as const,
    brushed: ({ days }: Filters) =>
      days.from === null && days.to === null ? null : [
        days.from === null ? first : new Date(`${days.from}T00:00Z`),
        days.to === null ? end : new Date(Date.parse(`${days.to}T00:00Z`) + oneDay)
      ],
    brush: (filters: Filters, range: readonly [number, number] | null): Filters =>
      range === null ? cleared(filters, "days") : {
        ...filters,
        days: {
          from: dayOf(Math.round(range[0] / oneDay) * oneDay),
          to: dayOf(Math.max(Math.round(range[1] / oneDay) - 1, Math.round(range[0] / oneDay)) * oneDay)
        }
      }
  }
  // A week at least: a single day would fill the chart.
  const domain = vg.xDomain([first, new Date(Math.max(end.getTime(), first.getTime() + 7 * oneDay))])
  const from = { label: part === "day" ? "Day" : `From`, show: (row: Row) => words.day(row["x1"]) }
  return [
    chart(store, {
      ...shared,
      id: "days",
      title: "Calls over time",
      about: `Calls ${word}, by the day on which they started. Drag to select days`,
      height: vg.count(),
      attributes: [...frame(part, "calls", words.tick), domain],
      tip: { x: shownDay, y: words.count },
      columns: [from, { label: "Calls", show: (row) => words.count(row["y"]) }]
    }),
    chart(store, {
      ...shared,
      id: "talk",
      title: "Talk time over time",
      about: `Hours ${word}, of answered and transferred calls. Drag to select days`,
      height: vg.sum(verbatim("talk_seconds / 3600")),
      attributes: [...frame(part, "hours", String), domain],
      tip: { x: shownDay, y: (hours) => words.duration(Number(hours) * 3600) },
      columns: [from, {
        label: "Talk time",
        show: (row) => words.duration(row["y"] === null ? 0 : number(row["y"]) * 3600)
      }]
    })
  ]
}

const durations = (store: Store, usual: number): HTMLElement => {
  const width = widthOf(usual)
  const last = Math.ceil((usual + 1) / width) * width
  const top = last + width
  const step = [10, 30, 60, 120, 300, 600, 900, 1800, 3600].find((step) => top / step <= 6) ?? Math.ceil(top / 6)
  const ticks = Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step)
  const from = `CASE WHEN duration_seconds >= ${last} THEN ${last} ELSE duration_seconds // ${width} * ${width} END`
  return chart(store, {
    id: "seconds",
    title: "How long calls last",
    about: `Calls of any outcome, in steps of ${
      words.duration(width)
    }; the last bar holds all that are longer. Drag to select durations`,
    dimension: "seconds",
    bar: [from, `max(${from}) + ${width}`],
    height: vg.count(),
    attributes: [
      ...frame("duration", "calls", words.tick),
      vg.xDomain([0, top]),
      vg.xTicks(ticks),
      vg.xTickFormat((value: number) => words.duration(value))
    ],
    brushed: ({ seconds }) =>
      seconds.from === null && seconds.to === null ? null : [
        Math.min(seconds.from ?? 0, top),
        seconds.to === null ? top : Math.min(seconds.to + 1, top)
      ],
    brush: (filters, range) =>
      range === null ? cleared(filters, "seconds") : {
        ...filters,
        seconds: {
          from: range[0] <= 0 ? null : Math.round(range[0]),
          to: range[1] >= top ? null : Math.max(Math.round(range[1]) - 1, Math.round(range[0]))
        }
      },
    tip: { x: (value) => words.duration(Number(value)), y: words.count },
    columns: [
      { label: "From", show: (row) => words.duration(row["x1"]) },
      { label: "To less than", show: (row) => number(row["x1"]) >= last ? words.nothing : words.duration(row["x2"]) },
      { label: "Calls", show: (row) => words.count(row["y"]) }
    ]
  })
}

/** About as high as they will be, so that three columns end together. */
const columns = (
  names: ReadonlyArray<Worded>,
  words: (name: Worded) => number
): ReadonlyArray<ReadonlyArray<Worded>> => {
  const made = [0, 1, 2].map(() => ({ height: 0, names: Array<Worded>() }))
  for (const name of names) {
    const [shortest] = made.toSorted((one, other) => one.height - other.height)
    shortest?.names.push(name)
    if (shortest !== undefined) shortest.height += 4 + Math.min(words(name), 9)
  }
  return made.map(({ names }) => names)
}

const isFacts = (value: unknown): value is Facts =>
  typeof value === "object" && value !== null && "settings" in value && "query" in value && "withNumbers" in value

const start = async (): Promise<void> => {
  const facts: unknown = await (await fetch("facts.json")).json()
  if (!isFacts(facts)) throw new Error("The server answers otherwise than this page expects")
  const store = new Store(facts)
  vg.coordinator(store.coordinator)
  const [about] = await store.ask(
    `SELECT
  count(*) AS calls,
  min(day) AS first,
  max(day) AS last,
  quantile_disc(duration_seconds, 0.98) AS usual,
  ${
      wordedNames.map((name) => `count(DISTINCT ${name})${name === "tags" ? " FILTER (len(tags) > 0)" : ""} AS ${name}`)
        .join(",\n  ")
    },
  count(*) FILTER (line <> '(none)') AS lined
FROM explored`
  )
  const [total, first, last] = [number(about?.["calls"]), date(about?.["first"]), date(about?.["last"])]
  const heading = make("h1", {}, "Calls")
  if (first === null || last === null) {
    document.body.replaceChildren(
      make("header", {}, heading),
      make(
        "main",
        {},
        make(
          "p",
          { class: "note" },
          "There is no call in this dataset, or none that the flags of the command let through. Export first, or widen the flags."
        )
      )
    )
    document.body.setAttribute("aria-busy", "false")
    return
  }
  const status = make("p", { role: "status", class: "facts" })
  const known = (name: Worded): number => name === "line" && number(about?.["lined"]) === 0 ? 0 : number(about?.[name])
  // One word for all calls narrows nothing.
  const facets = wordedNames.filter((name) => known(name) > (name === "account" || name === "source" ? 1 : 0))
  store.follow()
  document.body.replaceChildren(
    make("a", { href: "#main", class: "skip" }, "To the charts"),
    make(
      "header",
      {},
      heading,
      make(
        "p",
        { class: "facts" },
        `${words.calls(total)} from ${words.day(first)} to ${
          words.day(last)
        }. What you select in one chart narrows all others.`
      )
    ),
    make(
      "section",
      { class: "bar-of-selection", "aria-label": "Selection" },
      status,
      selected(store),
      copying("Copy link", () => location.href)
    ),
    make(
      "main",
      { id: "main" },
      summary(store, total, status),
      make("form", { class: "fields", "aria-label": "Days and durations" }, days(store, first, last), seconds(store)),
      make("div", { class: "cards wide" }, ...overTime(store, first, last)),
      make("div", { class: "cards half" }, durations(store, number(about?.["usual"])), week(store)),
      make(
        "div",
        { class: "cards third" },
        ...columns(facets, known)
          .map((names) => make("div", { class: "column" }, ...names.map((name) => facet(store, name))))
      ),
      calls(store)
    )
  )
  addEventListener("hashchange", () => store.follow())
  if (store.filters === none) document.body.setAttribute("aria-busy", "true")
}

start().catch((cause: unknown) => {
  document.body.replaceChildren(
    make(
      "main",
      {},
      make("h1", {}, "Calls"),
      make(
        "p",
        { class: "error", role: "alert" },
        `The page cannot be shown: ${cause instanceof Error ? cause.message : "the server does not answer"}`
      )
    )
  )
})
