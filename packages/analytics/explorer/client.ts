/** One thing on the page that follows the selection. */
import { makeClient } from "@uwdata/mosaic-core"
import type { Dimension } from "./filters.js"
import { type Row, rows } from "./rows.js"
import type { Store } from "./store.js"

export interface Following {
  /** Null for what all dimensions narrow. */
  readonly dimension: Dimension | null
  readonly sql: () => string
  readonly show: (found: ReadonlyArray<Row>) => void
  readonly fail: (message: string) => void
}

/** Asks again, as by another order of rows. */
export type Again = () => void

export const follow = (store: Store, { dimension, fail, show, sql }: Following): Again => {
  const key = {}
  const client = makeClient({
    coordinator: store.coordinator,
    selection: store.selection,
    query: sql,
    queryPending: () => store.waiting(key),
    queryResult: (data) => {
      show(rows(data))
      store.shown(key)
    },
    queryError: ({ message }) => {
      fail(message)
      store.shown(key)
    }
  })
  if (dimension !== null) store.belongs(dimension, client)
  return () => {
    void client.requestQuery()
  }
}
