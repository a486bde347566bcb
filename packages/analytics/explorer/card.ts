/** The frame of a chart: its title, what it says, its figures as a table and its SQL to copy. */
import { button, make } from "./page.js"
import type { Store } from "./store.js"

export interface Card {
  readonly element: HTMLElement
  readonly body: HTMLElement
  readonly figures: (table: HTMLElement) => void
  readonly fail: (message: string) => void
}

const copied = async (text: string, said: HTMLElement): Promise<void> => {
  try {
    await navigator.clipboard.writeText(text)
    said.textContent = "Copied"
  } catch {
    said.textContent = "The browser does not allow it: select the text and copy it"
  }
}

/** A button that copies, and says so to those who do not see it as well. */
export const copying = (label: string, text: () => string): HTMLElement => {
  const said = make("span", { role: "status", class: "said" })
  return make("span", {}, button(label, () => void copied(text(), said)), " ", said)
}

/** SQL is written when it is looked at. */
export const sqlOf = (store: Store, sql: () => string): HTMLElement => {
  const text = make("pre", { tabindex: 0 })
  const details = make(
    "details",
    { class: "sql" },
    make("summary", {}, "SQL"),
    text,
    copying("Copy SQL", () => store.runnable(sql))
  )
  const write = () => {
    if (details.open) text.textContent = store.runnable(sql)
  }
  details.addEventListener("toggle", write)
  store.listen(write)
  return details
}

export const card = (
  store: Store,
  options: {
    readonly id: string
    readonly title: string
    readonly about: string
    readonly sql: () => string
    readonly hasFigures: boolean
  }
): Card => {
  const body = make("div", { class: "body" })
  const error = make("p", { class: "error", role: "alert" })
  const figures = make("div", {
    class: "scroll",
    tabindex: 0,
    role: "region",
    "aria-label": `Figures of: ${options.title}`
  })
  const element = make(
    "section",
    { class: "card", id: options.id, "aria-labelledby": `${options.id}-title` },
    make("h2", { id: `${options.id}-title` }, options.title),
    make("p", { class: "about" }, options.about),
    error,
    body,
    make(
      "div",
      { class: "more" },
      options.hasFigures ? make("details", {}, make("summary", {}, "Figures"), figures) : null,
      sqlOf(store, options.sql)
    )
  )
  return {
    element,
    body,
    figures: (table) => {
      error.textContent = ""
      figures.replaceChildren(table)
    },
    fail: (message) => {
      error.textContent = message
    }
  }
}
