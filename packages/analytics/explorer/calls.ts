/** The calls behind the selection, in any order, page by page. */
import { card } from "./card.js"
import { follow } from "./client.js"
import { button, make, name } from "./page.js"
import { type Cell, type Row, text } from "./rows.js"
import type { Store } from "./store.js"
import * as words from "./words.js"

interface Column {
  readonly name: string
  readonly label: string
  readonly show?: (value: Cell | undefined) => string
  readonly sql?: string
}

const columns: ReadonlyArray<Column> = [
  { name: "started_local", label: "Started", show: words.clock },
  { name: "organization", label: "Organisation" },
  { name: "agent", label: "Agent" },
  { name: "line", label: "Line" },
  { name: "direction", label: "Direction" },
  { name: "outcome", label: "Outcome" },
  { name: "duration_seconds", label: "Duration", show: words.duration },
  { name: "intent", label: "Intent" },
  { name: "business_outcome", label: "Business outcome" },
  { name: "tags", label: "Tags", sql: "array_to_string(tags::VARCHAR[], ', ') AS tags" },
  { name: "recovery", label: "Missed caller" }
]
const people: ReadonlyArray<Column> = [{ name: "contact_number", label: "Number" }, {
  name: "contact_name",
  label: "Name"
}]

const page = 25

export const calls = (store: Store): HTMLElement => {
  const shown = store.facts.withNumbers ? [...columns.slice(0, 1), ...people, ...columns.slice(1)] : columns
  let order = { column: "started_local", down: true }
  let start = 0
  const direction = () => order.down ? "DESC" : "ASC"
  const sql = () => {
    // Words are sorted by their letters; the time is that of the clock.
    const by = order.column === "tags" ? "array_to_string(explored.tags::VARCHAR[], ', ')" : `explored.${order.column}`
    return `SELECT
  ${shown.map(({ name, sql }) => sql ?? name).join(",\n  ")}
FROM explored${store.where(null)}
ORDER BY ${by} ${direction()} NULLS LAST, started_at ${direction()}, call_id
LIMIT ${page + 1} OFFSET ${start}`
  }
  const made = card(store, {
    id: "calls",
    title: "Calls",
    about: store.facts.withNumbers
      ? "The calls that are selected"
      : "The calls that are selected, without the numbers of those who called",
    sql,
    hasFigures: false
  })
  const body = make("tbody")
  const where = make("span", { role: "status" })
  const heads = shown.map(({ label, name }) => {
    const head = make("th", { scope: "col", class: "words" })
    head.append(button(label, () => {
      order = {
        column: name,
        down: order.column === name ? !order.down : name === "started_local" || name === "duration_seconds"
      }
      start = 0
      mark()
      again()
    }))
    return { head, name }
  })
  const mark = () => {
    for (const { head, name } of heads) {
      if (name === order.column) head.setAttribute("aria-sort", order.down ? "descending" : "ascending")
      else head.removeAttribute("aria-sort")
    }
  }
  const move = (by: number) => () => {
    start = Math.max(0, start + by)
    again()
  }
  const [newer, older] = [button("Previous", move(-page)), button("Next", move(page))]
  made.body.append(
    make(
      "div",
      { class: "scroll whole", tabindex: 0, role: "region", "aria-label": "Calls, to be scrolled" },
      make(
        "table",
        { class: "calls" },
        make("caption", { class: "unseen" }, "Calls that are selected"),
        make("thead", {}, make("tr", {}, ...heads.map(({ head }) => head))),
        body
      )
    ),
    make("p", { class: "pages" }, newer, older, where)
  )
  store.listen(() => {
    start = 0
  })
  const show = (found: ReadonlyArray<Row>) => {
    made.fail("")
    const rows = found.slice(0, page)
    body.replaceChildren(...rows.map((row) =>
      make(
        "tr",
        {},
        ...shown.map(({ name: column, show }, index) => {
          const value = row[column]
          const cell = show === undefined
            ? value === null || value === "" ? words.nothing : name(text(value))
            : show(value)
          return index === 0 ? make("th", { scope: "row", class: "words" }, cell) : make("td", { class: "words" }, cell)
        })
      )
    ))
    newer.disabled = start === 0
    older.disabled = found.length <= page
    where.textContent = rows.length === 0
      ? "No call is selected"
      : `Calls ${words.count(start + 1)} to ${words.count(start + rows.length)}`
  }
  mark()
  const again = follow(store, { dimension: null, sql, fail: made.fail, show })
  return made.element
}
