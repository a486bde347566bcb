/** A chart along an axis, drawn by Mosaic, over which a range is brushed. */
import { type MosaicClient, Selection } from "@uwdata/mosaic-core"
import { type ExprNode, verbatim } from "@uwdata/mosaic-sql"
import * as vg from "@uwdata/vgplot"
import { card } from "./card.js"
import type { Dimension, Filters } from "./filters.js"
import { make, table } from "./page.js"
import { type Row, rows } from "./rows.js"
import type { Store } from "./store.js"

/** As much of Mosaic's plot as is used here. */
interface Plot {
  readonly marks: ReadonlyArray<MosaicClient>
  readonly interactors: ReadonlyArray<{ value?: ReadonlyArray<number | Date> | undefined }>
  readonly setAttribute: (name: string, value: unknown) => boolean
  render: () => Promise<void>
}

const isPlot = (value: unknown): value is Plot =>
  typeof value === "object" && value !== null && "marks" in value && "interactors" in value && "render" in value

export interface Options {
  readonly id: string
  readonly title: string
  readonly about: string
  readonly dimension: Dimension
  /** Where a bar begins and ends, in SQL. */
  readonly bar: readonly [from: string, to: string]
  readonly height: ExprNode
  readonly attributes: ReadonlyArray<unknown>
  /** The brush in the units of the axis; null where nothing is selected. */
  readonly brushed: (filters: Filters) => ReadonlyArray<number | Date> | null
  readonly brush: (filters: Filters, range: readonly [from: number, to: number] | null) => Filters
  /** How the ends of a bar and its height are written beside the pointer. */
  readonly tip: { readonly x: (value: number | Date) => string; readonly y: (value: number) => string }
  readonly columns: ReadonlyArray<{ readonly label: string; readonly show: (row: Row) => string }>
}

const rangeOf = (value: unknown): readonly [number, number] | null =>
  Array.isArray(value) && value.length === 2 ? [Number(value[0]), Number(value[1])] : null

export const chart = (store: Store, options: Options): HTMLElement => {
  const brush = Selection.single()
  const element: HTMLElement & { readonly value?: unknown } = vg.plot(
    vg.rectY(vg.from("explored", { filterBy: store.selection }), {
      x1: verbatim(options.bar[0]),
      x2: verbatim(options.bar[1]),
      y: options.height,
      fill: "var(--bar)",
      inset: 0.5,
      tip: { fill: "var(--card)", stroke: "var(--line)", format: options.tip }
    }),
    vg.intervalX({ as: brush }),
    ...options.attributes
  )
  const plot = element.value
  const mark = isPlot(plot) ? plot.marks[0] : undefined
  if (!isPlot(plot) || mark === undefined) throw new Error("Mosaic drew nothing")

  const query = mark.query.bind(mark)
  mark.query = () => query(store.expressions(options.dimension))
  const made = card(store, {
    id: options.id,
    title: options.title,
    about: options.about,
    sql: () => `${query(store.expressions(options.dimension))}\nORDER BY "x1"`,
    hasFigures: true
  })
  // What a drawing is made of says nothing: the figures do.
  element.setAttribute("aria-hidden", "true")
  made.body.append(
    element,
    make(
      "p",
      { class: "unseen" },
      "A drawing of the figures below. Days and durations are selected in the fields above."
    )
  )

  // Before the first answer there is nothing to draw.
  let drawable = false
  const [pending, result, error, render] = [
    mark.queryPending.bind(mark),
    mark.queryResult.bind(mark),
    mark.queryError.bind(mark),
    plot.render.bind(plot)
  ]
  mark.queryPending = () => {
    store.waiting(mark)
    return pending()
  }
  mark.queryError = (cause) => {
    made.fail(cause.message)
    store.shown(mark)
    return error(cause)
  }
  mark.queryResult = (data) => {
    const found = rows(data).filter(({ x1 }) => x1 !== null).toSorted((one, other) =>
      Number(one["x1"]) - Number(other["x1"])
    )
    made.figures(
      table(
        options.title,
        options.columns.map((column, index) => ({ ...column, words: index === 0 })),
        found.map((row) => options.columns.map(({ show }) => show(row)))
      )
    )
    drawable = true
    return result(data)
  }
  const [interactor] = plot.interactors
  const place = () => {
    if (interactor !== undefined) interactor.value = options.brushed(store.filters) ?? undefined
  }
  let brushing = false
  plot.render = async () => {
    if (!drawable) return
    if (!brushing) place()
    await render()
    store.shown(mark)
  }

  element.addEventListener("pointerdown", (event) => {
    // A press begins a brush. Plot would let its tip stay where it is.
    event.stopPropagation()
    brushing = true
  }, { capture: true })
  const released = () => {
    if (!brushing) return
    brushing = false
    // The brush comes to lie where the selection is: on whole days and seconds.
    void plot.render()
  }
  addEventListener("pointerup", released)
  // A finger that scrolls the page takes its press back.
  addEventListener("pointercancel", released)
  brush.addEventListener("value", () => {
    if (brushing) store.set(options.brush(store.filters, rangeOf(brush.value)))
  })
  store.listen((filters, before) => {
    const [now, then] = [options.brushed(filters), options.brushed(before)]
    if (!brushing && String(now) !== String(then)) void plot.render()
  })

  store.belongs(options.dimension, mark)
  new ResizeObserver(() => {
    const width = Math.floor(made.body.clientWidth)
    if (width > 0 && plot.setAttribute("width", width)) void plot.render()
  }).observe(made.body)
  return made.element
}

/** In place of a chart that has nothing to draw. */
export const nothing = (text: string): HTMLElement => make("p", { class: "note" }, text)
