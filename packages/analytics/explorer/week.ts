/** Calls by weekday and hour: a table whose cells are coloured. */
import { card } from "./card.js"
import { follow } from "./client.js"
import { make, table } from "./page.js"
import { number, type Row } from "./rows.js"
import type { Store } from "./store.js"
import * as words from "./words.js"

const hours = Array.from({ length: 24 }, (_, hour) => hour)

const hourLabel = (hour: number): string => `${String(hour).padStart(2, "0")}:00`

const hourChoice = (label: string, open: string): HTMLSelectElement =>
  make(
    "select",
    { "aria-label": label },
    make("option", { value: "" }, open),
    ...hours.map((hour) => make("option", { value: hour }, hourLabel(hour)))
  )

const chosen = ({ value }: HTMLSelectElement): number | null => value === "" ? null : Number(value)

export const week = (store: Store): HTMLElement => {
  const sql = () =>
    `SELECT weekday, hour, count(*) AS calls
FROM explored${store.where("week")}
GROUP BY weekday, hour
ORDER BY weekday, hour`
  const made = card(store, {
    id: "week",
    title: "When calls start",
    about: "By weekday and hour of the organisation's clock: the stronger the colour, the more calls",
    sql,
    hasFigures: true
  })

  const boxes = words.weekdays.map((name, index) => {
    const box = make("input", { type: "checkbox", value: index + 1 })
    box.addEventListener(
      "change",
      () => store.set({ ...store.filters, weekdays: boxes.flatMap(({ box }, at) => box.checked ? [at + 1] : []) })
    )
    return {
      box,
      label: make(
        "label",
        {},
        box,
        make("span", { "aria-hidden": "true" }, name.slice(0, 2)),
        make("span", { class: "unseen" }, name)
      )
    }
  })
  const cells = boxes.map(({ label }, row) => ({
    head: label,
    hours: hours.map((hour) => {
      const cell = make("td", {})
      cell.addEventListener("click", () => {
        const { filters } = store
        const same = filters.weekdays.length === 1 && filters.weekdays[0] === row + 1 && filters.hours.from === hour &&
          filters.hours.to === hour
        store.set({
          ...filters,
          weekdays: same ? [] : [row + 1],
          hours: same ? { from: null, to: null } : { from: hour, to: hour }
        })
      })
      return cell
    })
  }))
  const heads = hours.map((hour) =>
    make("th", { scope: "col" }, make("span", { class: hour % 6 === 0 ? "" : "unseen" }, String(hour)))
  )
  const grid = make(
    "table",
    { class: "week" },
    make("caption", { class: "unseen" }, "Calls by weekday and hour, and which weekdays are selected"),
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        make("th", { scope: "col", class: "words" }, make("span", { class: "unseen" }, "Weekday")),
        ...heads
      )
    ),
    make(
      "tbody",
      {},
      ...cells.map(({ head, hours }) => make("tr", {}, make("th", { scope: "row", class: "words" }, head), ...hours))
    )
  )
  const [from, to] = [hourChoice("From the hour", "00:00"), hourChoice("To the end of the hour", "24:00")]
  for (const select of [from, to]) {
    select.addEventListener(
      "change",
      () => store.set({ ...store.filters, hours: { from: chosen(from), to: chosen(to) } })
    )
  }
  made.body.append(grid, make("p", { class: "fields" }, make("span", {}, "Hours from "), from, " to the end of ", to))

  const mark = () => {
    const { hours: range, weekdays } = store.filters
    const any = weekdays.length > 0 || range.from !== null || range.to !== null
    for (const [row, { box }] of boxes.entries()) box.checked = weekdays.includes(row + 1)
    from.value = String(range.from ?? "")
    to.value = String(range.to ?? "")
    for (const [row, { hours }] of cells.entries()) {
      for (const [hour, cell] of hours.entries()) {
        cell.classList.toggle(
          "out",
          any &&
            !((weekdays.length === 0 || weekdays.includes(row + 1)) && hour >= (range.from ?? 0) &&
              hour <= (range.to ?? 23))
        )
      }
    }
  }
  store.listen(mark)
  follow(store, {
    dimension: "week",
    sql,
    fail: made.fail,
    show: (found) => {
      const calls = new Map(
        found.map((row: Row) => [`${number(row["weekday"])} ${number(row["hour"])}`, number(row["calls"])])
      )
      const most = Math.max(1, ...calls.values())
      for (const [row, { hours }] of cells.entries()) {
        for (const [hour, cell] of hours.entries()) {
          const count = calls.get(`${row + 1} ${hour}`) ?? 0
          cell.style.setProperty("--part", `${Math.round(100 * count / most)}%`)
          cell.title = `${words.weekdays[row] ?? ""} ${hourLabel(hour)}: ${words.count(count)}`
          cell.replaceChildren(make("span", { class: "unseen" }, words.count(count)))
        }
      }
      made.figures(table(
        "Calls by weekday and hour",
        [{ label: "Hour", words: true }, ...words.weekdays.map((label) => ({ label: label.slice(0, 3) }))],
        hours.map((
          hour
        ) => [hourLabel(hour), ...words.weekdays.map((_, row) => words.count(calls.get(`${row + 1} ${hour}`) ?? 0))])
      ))
      mark()
    }
  })
  return made.element
}
