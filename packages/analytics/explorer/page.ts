/** Elements without HTML in text: what a name holds is shown as it stands. */

type Child = Node | string | null

export const make = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: { readonly [attribute: string]: string | boolean | number } = {},
  ...children: ReadonlyArray<Child>
): HTMLElementTagNameMap[Name] => {
  const element = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(attribute, value === true ? "" : String(value))
  }
  element.append(...children.filter((child) => child !== null))
  return element
}

/** A name of unknown script. What steers the direction of text around it is taken out. */
export const name = (text: string): HTMLElement =>
  make("bdi", {}, text.replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, "").replaceAll(/\p{Cc}/gu, " "))

export const button = (label: string, act: () => void, attributes: { readonly [attribute: string]: string } = {}) => {
  const made = make("button", { type: "button", ...attributes }, label)
  made.addEventListener("click", act)
  return made
}

export interface TableColumn {
  readonly label: string
  readonly words?: boolean
}

/** A table of figures: the first cell of a row is its head. */
export const table = (
  caption: string,
  columns: ReadonlyArray<TableColumn>,
  rows: ReadonlyArray<ReadonlyArray<Child>>
): HTMLTableElement =>
  make(
    "table",
    {},
    make("caption", {}, caption),
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        ...columns.map(({ label, words }) => make("th", { scope: "col", class: words === true ? "words" : "" }, label))
      )
    ),
    make(
      "tbody",
      {},
      ...rows.map((cells) =>
        make(
          "tr",
          {},
          ...cells.map((cell, index) =>
            index === 0
              ? make("th", { scope: "row", class: columns[index]?.words === true ? "words" : "" }, cell)
              : make("td", { class: columns[index]?.words === true ? "words" : "" }, cell)
          )
        )
      )
    )
  )
