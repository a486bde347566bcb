/** The selection in six figures. */
import { sqlOf } from "./card.js"
import { follow } from "./client.js"
import { make } from "./page.js"
import { type Cell, number, type Row, text } from "./rows.js"
import type { Store } from "./store.js"
import * as words from "./words.js"

const ratio = (part: string, whole: string) => (row: Row | undefined): Cell =>
  number(row?.[whole]) === 0 ? null : number(row?.[part]) / number(row?.[whole])

const column = (name: string) => (row: Row | undefined): Cell => row?.[name] ?? null

const figures: ReadonlyArray<{
  readonly label: string
  readonly about: string
  readonly value: (row: Row | undefined) => Cell
  readonly show: (value: Cell) => string
}> = [
  { label: "Calls", about: "selected", value: column("calls"), show: words.count },
  {
    label: "Talk time",
    about: "of answered and transferred calls",
    value: column("talk_seconds"),
    show: words.duration
  },
  { label: "Mean", about: "of the same calls (AHT)", value: column("mean_seconds"), show: words.duration },
  { label: "Median", about: "of the same calls", value: column("median_seconds"), show: words.duration },
  { label: "Answered", about: "of counted incoming calls", value: ratio("answered", "counted"), show: words.share },
  {
    label: "Reached in time",
    about: "of callers who were missed",
    value: ratio("reached_in_time", "missed_callers"),
    show: words.share
  }
]

export const sql = (store: Store): string =>
  `SELECT
  count(*) AS calls,
  coalesce(sum(talk_seconds), 0)::BIGINT AS talk_seconds,
  avg(talk_seconds) AS mean_seconds,
  median(talk_seconds) AS median_seconds,
  count(*) FILTER (answered) AS answered,
  count(*) FILTER (counted) AS counted,
  count(*) FILTER (recovery = 'reached in time') AS reached_in_time,
  count(*) FILTER (recovery <> 'unreachable') AS missed_callers
FROM explored${store.where(null)}`

/** `selected` says it to those who do not see the figures change. */
export const summary = (store: Store, total: number, selected: HTMLElement): HTMLElement => {
  const values = figures.map(() => make("dd", { class: "figure" }, words.nothing))
  const error = make("p", { class: "error", role: "alert" })
  follow(store, {
    dimension: null,
    sql: () => sql(store),
    fail: (message) => {
      error.textContent = message
    },
    show: ([row]) => {
      error.textContent = ""
      for (const [index, { show, value }] of figures.entries()) {
        const found = value(row)
        values[index]?.replaceChildren(make("data", { value: text(found) }, show(found)))
      }
      selected.textContent = `${words.count(row?.["calls"])} of ${words.calls(total)} selected`
    }
  })
  return make(
    "section",
    { class: "summary", "aria-label": "The selection in figures" },
    make(
      "dl",
      {},
      ...figures.map(({ about, label }, index) =>
        make("div", {}, make("dt", {}, label), values[index] ?? null, make("dd", { class: "about" }, about))
      )
    ),
    error,
    sqlOf(store, () => sql(store))
  )
}
