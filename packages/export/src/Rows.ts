/**
 * A source whose records become rows of a caller's own tables.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Connected, Entry, Feed, Feeds, Histories, Listing, Row, ScopeName, Slice, Source } from "./Source.js"

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
export const map = (source: Source, rows: (entry: Entry) => ReadonlyArray<Row>): Source => {
  const page = <P extends Pick<Listing, "entries">, E, R>(answer: Effect.Effect<P, E, R>): Effect.Effect<P, E, R> =>
    Effect.map(answer, (found) => ({
      ...found,
      entries: found.entries.map((entry) => ({ ...entry, rows: rows(entry), lines: null }))
    }))
  const sliceOf = (slice: Slice): Slice => ({
    count: (range) => page(slice.count(range)),
    page: (range, cursor) => page(slice.page(range, cursor)),
    cuts: slice.cuts.map((cut) => () => cut().map(sliceOf))
  })
  const feedOf = (feed: Feed): Feed => ({ ...feed, page: (since, cursor) => page(feed.page(since, cursor)) })
  const feedsOf = (feeds: Feeds): Feeds => ({
    ...feeds,
    all: feeds.all?.map(feedOf) ?? null,
    of: (line) => feedOf(feeds.of(line))
  })
  const historiesOf = (histories: Histories): Histories => ({
    ...histories,
    walk: (contact) => Effect.map(histories.walk(contact), (read) => (cursor) => page(read(cursor)))
  })
  const scopeOf = (scope: Connected): Connected => ({
    ...scope,
    list: {
      ...scope.list,
      filter: Effect.map(scope.list.filter, (filter) => ({ ...filter, all: sliceOf(filter.all) })),
      published: { tables: [], only: null }
    },
    details: { ...scope.details, read: (ids) => page(scope.details.read(ids)) },
    feeds: scope.feeds === null ? null : feedsOf(scope.feeds),
    histories: scope.histories === null ? null : historiesOf(scope.histories)
  })
  const names = (scopes: ReadonlyArray<ScopeName>) =>
    scopes.map((name) => ({ ...name, connect: Effect.map(name.connect, scopeOf) }))
  return {
    ...source,
    // They are rows of tables that are not the caller's.
    seen: Effect.succeed([]),
    scopes: (wanted) => Effect.map(source.scopes(wanted), names),
    scopesAmong: (known, wanted) => Effect.map(source.scopesAmong(known, wanted), names)
  }
}
