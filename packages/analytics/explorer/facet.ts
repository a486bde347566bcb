/** Words that calls have, by how many calls have them: a chart, its figures, and boxes to tick in one. */
import { card } from "./card.js"
import { follow } from "./client.js"
import { toggled, type Worded, worded } from "./filters.js"
import { button, make, name } from "./page.js"
import { number, type Row, text } from "./rows.js"
import type { Store } from "./store.js"
import * as words from "./words.js"

interface Measure {
  readonly label: string
  readonly sql: string
  readonly show: (row: Row) => string
}

const share: Measure = {
  label: "Share",
  sql: "",
  show: (row) => words.share(number(row["whole"]) === 0 ? null : number(row["calls"]) / number(row["whole"]))
}
const conversion: Measure = {
  label: "Converted",
  sql: "count(*) FILTER (converted) AS conversions,\n  count(*) FILTER (judged) AS judged",
  show: (row) => words.share(number(row["judged"]) === 0 ? null : number(row["conversions"]) / number(row["judged"]))
}
const mean: Measure = {
  label: "Mean talk",
  sql: "avg(talk_seconds) AS mean_seconds",
  show: (row) => words.duration(row["mean_seconds"])
}
const answered: Measure = {
  label: "Answered",
  sql: "count(*) FILTER (answered) AS answered,\n  count(*) FILTER (counted) AS counted",
  show: (row) => words.share(number(row["counted"]) === 0 ? null : number(row["answered"]) / number(row["counted"]))
}

const about: { readonly [name in Worded]: { readonly text: string; readonly measures: ReadonlyArray<Measure> } } = {
  account: { text: "The accounts of the configuration", measures: [share] },
  source: { text: "Where the calls come from", measures: [share] },
  organization: {
    text: "Share of calls, and of counted incoming calls that were answered",
    measures: [share, answered]
  },
  agent: {
    text: "Who took or made the calls; the mean is over answered and transferred calls",
    measures: [share, mean]
  },
  line: { text: "Your numbers", measures: [share, answered] },
  direction: { text: "Who called whom", measures: [share, mean] },
  outcome: { text: "How the calls ended", measures: [share, mean] },
  business_outcome: { text: "What came of calls whose details were read", measures: [share] },
  intent: {
    text: "Of calls whose details were read; converted is of those with a business outcome",
    measures: [share, conversion]
  },
  tags: { text: "A call with two tags counts in two rows", measures: [share, mean] },
  recovery: { text: "What became of callers who were missed, by the first call that was missed", measures: [share] }
}

const first = 8
const most = 200

export const sqlOf = (store: Store, column: Worded): string => {
  const { measures } = about[column]
  const [expression, present] = column === "tags"
    ? ["unnest(tags)", "len(tags) > 0"]
    : [column, `${column} IS NOT NULL`]
  const where = store.where(column, present)
  const own = [...new Set(measures.flatMap(({ sql }) => sql === "" ? [] : [sql]))]
  const rest = own.length === 0 ? "" : `,\n  ${own.join(",\n  ")}`
  // Of tags the whole is calls, not rows.
  return column === "tags"
    ? `SELECT
  tag AS label,
  count(*) AS calls,
  (SELECT count(*) FROM explored${where.replaceAll("\n", "\n  ")}) AS whole${rest}
FROM (SELECT *, ${expression} AS tag FROM explored${where.replaceAll("\n", "\n  ")})
GROUP BY tag
ORDER BY calls DESC, tag`
    : `SELECT
  ${expression} AS label,
  count(*) AS calls,
  sum(count(*)) OVER () AS whole${rest}
FROM explored${where}
GROUP BY ${expression}
ORDER BY calls DESC, label`
}

/** Hidden where the calls have no such words and nothing of it is selected. */
export const facet = (store: Store, column: Worded): HTMLElement => {
  const title = worded[column]
  const { measures, text: said } = about[column]
  const sql = () => sqlOf(store, column)
  const made = card(store, { id: column, title, about: said, sql, hasFigures: false })
  let found: ReadonlyArray<Row> = []
  let all = false

  const body = make("tbody")
  const table = make(
    "table",
    { class: "facet" },
    make("caption", { class: "unseen" }, `${title}: calls, and which are selected`),
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        make("th", { scope: "col", class: "words" }, title),
        make("th", { scope: "col" }, "Calls"),
        ...measures.map(({ label }) => make("th", { scope: "col" }, label))
      )
    ),
    body
  )
  const find = make("input", {
    type: "search",
    placeholder: "Find",
    "aria-label": `Find in ${title}`,
    autocomplete: "off"
  })
  const more = button("", () => {
    all = !all
    draw()
  })
  const note = make("p", { class: "note" })
  made.body.append(
    find,
    make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Table: ${title}` }, table),
    more,
    note
  )

  const draw = () => {
    const selected = store.filters.words[column] ?? []
    const known = new Set(found.map(({ label }) => text(label)))
    const rows = [
      ...found,
      // What is selected stays in sight where the rest of the selection leaves no call of it.
      ...selected.filter((word) => !known.has(word)).map((label): Row => ({ label, calls: 0 }))
    ]
    const wanted = find.value.trim().toLowerCase()
    const matching = rows.filter(({ label }) => text(label).toLowerCase().includes(wanted))
    const shown = matching.filter(({ label }, index) => index < (all ? most : first) || selected.includes(text(label)))
    const longest = Math.max(1, ...rows.map(({ calls }) => number(calls)))
    body.replaceChildren(...shown.map((row) => {
      const word = text(row["label"])
      const box = make("input", { type: "checkbox" })
      box.checked = selected.includes(word)
      box.value = word
      box.addEventListener("change", () => store.set(toggled(store.filters, column, word)))
      const bar = make("span", { class: "bar", "aria-hidden": "true" })
      bar.style.setProperty("--part", `${100 * number(row["calls"]) / longest}%`)
      return make(
        "tr",
        { class: box.checked ? "selected" : "" },
        make("th", { scope: "row", class: "words" }, make("label", {}, box, name(word === "" ? "(empty)" : word), bar)),
        make("td", {}, words.count(row["calls"])),
        ...measures.map(({ show }) => make("td", {}, show(row)))
      )
    }))
    find.hidden = rows.length <= first
    more.hidden = matching.length <= first
    more.textContent = all ? "Show fewer" : `Show all ${words.count(matching.length)}`
    const left = all ? matching.length - shown.length : 0
    note.textContent = rows.length === 0
      ? "None among the calls selected"
      : left > 0
      ? `${words.count(left)} more: find them by name`
      : ""
  }
  find.addEventListener("input", draw)
  store.listen((filters, before) => {
    if (filters.words[column] === before.words[column]) return
    // In place, so that the box that was ticked keeps the focus.
    const selected = filters.words[column] ?? []
    for (const row of body.rows) {
      const box = row.querySelector("input")
      if (box === null) continue
      box.checked = selected.includes(box.value)
      row.classList.toggle("selected", box.checked)
    }
    if (selected.some((word) => [...body.querySelectorAll("input")].every(({ value }) => value !== word))) draw()
  })
  follow(store, {
    dimension: column,
    sql,
    fail: made.fail,
    show: (rows) => {
      made.fail("")
      found = rows
      draw()
    }
  })
  return made.element
}
