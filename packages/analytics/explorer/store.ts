/** The selection that all charts share: set in one place, published to Mosaic as one clause for each dimension. */
import { Coordinator, type MosaicClient, RestConnector, Selection } from "@uwdata/mosaic-core"
import { type ExprNode, verbatim } from "@uwdata/mosaic-sql"
import { condition, type Dimension, dimensions, type Filters, none, read, write } from "./filters.js"
import { type Row, rows } from "./rows.js"

export interface Facts {
  /** Statements and a query over the views, which make the table that is asked. */
  readonly settings: ReadonlyArray<string>
  readonly query: string
  readonly withNumbers: boolean
}

type Listener = (filters: Filters, before: Filters) => void

export class Store {
  readonly coordinator = new Coordinator(new RestConnector({ uri: "query" }), {
    // Pre-aggregation would snap a selection to pixels: what is shown would not be what is counted.
    preagg: { enabled: false },
    consolidate: false,
    logger: null
  })
  readonly selection = Selection.crossfilter()
  filters: Filters = none
  readonly #sources = new Map<Dimension, { readonly source: object; readonly clients: Set<MosaicClient> }>(
    dimensions.map((dimension) => [dimension, { source: {}, clients: new Set() }])
  )
  readonly #listeners: Array<Listener> = []
  readonly #pending = new Set<object>()
  #held = true

  constructor(readonly facts: Facts) {}

  /** Charts of a dimension show all that the other dimensions select. */
  belongs(dimension: Dimension, client: MosaicClient): void {
    this.#sources.get(dimension)?.clients.add(client)
  }

  listen(listener: Listener): void {
    this.#listeners.push(listener)
  }

  /** What all dimensions but one select. */
  conditions(but: Dimension | null): ReadonlyArray<string> {
    return dimensions.flatMap((dimension) =>
      dimension === but ? [] : condition(this.filters, dimension, this.#held) ?? []
    )
  }

  expressions(but: Dimension | null): Array<ExprNode> {
    return this.conditions(but).map((text) => verbatim(text))
  }

  where(but: Dimension | null, ...more: ReadonlyArray<string>): string {
    const all = [...more, ...this.conditions(but)]
    return all.length === 0 ? "" : `\nWHERE ${all.join("\n  AND ")}`
  }

  set(next: Filters): void {
    const before = this.filters
    this.filters = next
    const changed = dimensions.filter((dimension) => condition(before, dimension) !== condition(next, dimension))
    if (changed.length === 0) return
    document.body.setAttribute("aria-busy", "true")
    for (const dimension of changed) {
      const text = condition(next, dimension)
      this.selection.update({
        source: this.#sources.get(dimension)?.source ?? this,
        clients: this.#sources.get(dimension)?.clients ?? new Set(),
        fields: [],
        value: text,
        predicate: text === null ? null : verbatim(text)
      })
    }
    history.replaceState(null, "", `#${write(next)}`)
    for (const listener of this.#listeners) listener(next, before)
  }

  /** From the address. */
  follow(): void {
    this.set(read(location.hash.slice(1)))
  }

  /** The page is busy until every chart has drawn what it waits for. */
  waiting(client: object): void {
    this.#pending.add(client)
    document.body.setAttribute("aria-busy", "true")
  }

  shown(client: object): void {
    this.#pending.delete(client)
    if (this.#pending.size === 0) document.body.setAttribute("aria-busy", "false")
  }

  async ask(sql: string): Promise<ReadonlyArray<Row>> {
    return rows(await this.coordinator.query(sql))
  }

  /** What runs elsewhere, as in `trunkline sql`: the table is made of the views first. */
  runnable(sql: () => string): string {
    this.#held = false
    const text = sql()
    this.#held = true
    const query = this.facts.query.replaceAll("\n", "\n  ")
    return [...this.facts.settings, `WITH explored AS (\n  ${query}\n)\n${text}`].join("\n")
  }
}
