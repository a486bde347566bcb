/** What is selected, each part with a button that takes it back. */
import {
  cleared,
  condition,
  type Dimension,
  dimensions,
  type Filters,
  isWorded,
  none,
  type Range,
  toggled,
  worded
} from "./filters.js"
import { button, make, name } from "./page.js"
import type { Store } from "./store.js"
import * as words from "./words.js"

const range = <A>({ from, to }: Range<A>, show: (value: A) => string): string =>
  from === null
    ? to === null ? "" : `up to ${show(to)}`
    : to === null
    ? `from ${show(from)}`
    : `${show(from)} to ${show(to)}`

const week = ({ hours, weekdays }: Filters): string =>
  [
    ...(weekdays.length === 0 ? [] : [weekdays.map((day) => words.weekdays[day - 1]?.slice(0, 3)).join(", ")]),
    ...(hours.from === null && hours.to === null ? [] : [`${hours.from ?? 0}:00 to ${(hours.to ?? 23) + 1}:00`])
  ].join(", ")

const parts = (
  filters: Filters,
  dimension: Dimension
): ReadonlyArray<{ readonly label: string; readonly without: Filters }> =>
  isWorded(dimension)
    ? (filters.words[dimension] ?? []).map((word) => ({ label: word, without: toggled(filters, dimension, word) }))
    : condition(filters, dimension) === null
    ? []
    : [{
      label: dimension === "days"
        ? range(filters.days, String)
        : dimension === "seconds"
        ? range(filters.seconds, words.duration)
        : week(filters),
      without: cleared(filters, dimension)
    }]

export const selected = (store: Store): HTMLElement => {
  const list = make("ul", { "aria-label": "What is selected" })
  const clear = button("Clear all", () => {
    store.set(none)
    list.focus()
  })
  const show = () => {
    const { filters } = store
    list.replaceChildren(...dimensions.flatMap((dimension) =>
      parts(filters, dimension).map(({ label, without }) => {
        const title = isWorded(dimension)
          ? worded[dimension]
          : dimension === "days"
          ? "Days"
          : dimension === "seconds"
          ? "Duration"
          : "Week"
        const made = make(
          "button",
          { type: "button", "aria-label": `Take back ${title}: ${label}` },
          make("span", { class: "of" }, title),
          " ",
          name(label),
          " ",
          make("span", { "aria-hidden": "true" }, "×")
        )
        made.addEventListener("click", () => {
          store.set(without)
          list.focus()
        })
        return make("li", {}, made)
      })
    ))
    clear.hidden = list.children.length === 0
  }
  list.tabIndex = -1
  store.listen(show)
  show()
  return make("div", { class: "picked" }, list, clear)
}
