/**
 * A source whose records become rows of a caller's own tables.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Listings from "./internal/listings.js"
import type { Entry, Row, Source } from "./Source.js"

/**
 * The rows of an entry that belong to this table.
 *
 * @since 0.1.0
 * @category getters
 */
export const of = <A extends object>(table: { readonly name: string; readonly row: Schema.Schema<A> }) => {
  const is = Schema.is(table.row)
  return (entry: Entry): ReadonlyArray<A> =>
    entry.rows.flatMap(({ row, table: { name } }) => name === table.name && is(row) ? [row] : [])
}

/**
 * The same source, with other rows in the place of its own: at most one of each table for a record, and no transcripts.
 * Keys, totals and proofs stay those of the vendor.
 *
 * @since 0.1.0
 * @category combinators
 */
export const map = (source: Source, rows: (entry: Entry) => ReadonlyArray<Row>): Source => ({
  ...Listings.scopes(source, (scope) => {
    const { list, ...mapped } = Listings.connected(scope, (_, page) => ({
      ...page,
      entries: page.entries.map((entry) => ({ ...entry, rows: rows(entry), lines: null }))
    }))
    return { ...mapped, list: { ...list, published: { tables: [], only: null } } }
  }),
  // They are rows of tables that are not the caller's.
  seen: Effect.succeed([])
})
