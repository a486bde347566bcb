/** The selection in six figures. */
import { sqlOf } from "./card.js"
import { follow } from "./client.js"
import { make } from "./page.js"
import { number, type Row } from "./rows.js"
import type { Store } from "./store.js"
import * as words from "./words.js"

const rate = (row: Row | undefined, part: string, whole: string): string =>
  words.share(number(row?.[whole]) === 0 ? null : number(row?.[part]) / number(row?.[whole]))

const figures: ReadonlyArray<
  { readonly label: string; readonly about: string; readonly show: (row: Row | undefined) => string }
> = [
  { label: "Calls", about: "selected", show: (row) => words.count(row?.["calls"]) },
  {
    label: "Talk time",
    about: "of answered and transferred calls",
    show: (row) => words.duration(row?.["talk_seconds"])
  },
  { label: "Mean", about: "of the same calls (AHT)", show: (row) => words.duration(row?.["mean_seconds"]) },
  { label: "Median", about: "of the same calls", show: (row) => words.duration(row?.["median_seconds"]) },
  { label: "Answered", about: "of counted incoming calls", show: (row) => rate(row, "answered", "counted") },
  {
    label: "Reached in time",
    about: "of callers who were missed",
    show: (row) => rate(row, "reached_in_time", "missed_callers")
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
      for (const [index, { show }] of figures.entries()) values[index]?.replaceChildren(show(row))
      selected.textContent = `${words.count(row?.["calls"])} of ${words.count(total)} calls selected`
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
