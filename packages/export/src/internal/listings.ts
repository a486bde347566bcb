/** Changes every page that a source answers, whatever list it is of. */
import { Proof } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type { Connected, Feed, Feeds, Histories, Listing, ScopeName, Slice, Source } from "../Source.js"

/** A page, or the records that were asked for by id; with the id of the feed that it belongs to. */
export type Change = <P extends Pick<Listing, "entries" | "refused">>(
  source: string,
  page: P,
  feed: string | null
) => P

type Columns = Readonly<Record<string, unknown>>

/** A row of a table, by column. */
export const isColumns = (row: object): row is Columns => Predicate.isRecord(row)

/** Names a row by these columns, as a list does. */
export const keyOf = (columns: ReadonlyArray<string>, row: Columns): string =>
  Proof.key(...columns.map((column) => String(row[column])))

export const connected = (scope: Connected, change: Change): Connected => {
  const page =
    (source: string, feed: string | null = null) =>
    <P extends Pick<Listing, "entries" | "refused">, E, R>(answer: Effect.Effect<P, E, R>): Effect.Effect<P, E, R> =>
      Effect.map(answer, (found) => change(source, found, feed))
  const own = page(scope.source)
  const sliceOf = (slice: Slice): Slice => ({
    count: (range) => own(slice.count(range)),
    page: (range, cursor) => own(slice.page(range, cursor)),
    cuts: slice.cuts.map((cut) => () => cut().map(sliceOf))
  })
  const feedOf = (feed: Feed): Feed => {
    const ofFeed = page(scope.source, feed.id)
    return {
      ...feed,
      page: (since, cursor) => ofFeed(feed.page(since, cursor)),
      count: (since) => ofFeed(feed.count(since))
    }
  }
  const feedsOf = (feeds: Feeds): Feeds => ({
    ...feeds,
    all: feeds.all?.map(feedOf) ?? null,
    of: (line) => feedOf(feeds.of(line))
  })
  const historiesOf = (histories: Histories): Histories => ({
    ...histories,
    walk: (contact) => Effect.map(histories.walk(contact), (read) => (cursor) => page(histories.source)(read(cursor)))
  })
  return {
    ...scope,
    list: {
      ...scope.list,
      filter: Effect.map(scope.list.filter, (filter) => ({ ...filter, all: sliceOf(filter.all) }))
    },
    details: { ...scope.details, read: (ids) => own(scope.details.read(ids)) },
    feeds: scope.feeds === null ? null : feedsOf(scope.feeds),
    histories: scope.histories === null ? null : historiesOf(scope.histories)
  }
}

/** The same source with each of its scopes changed. */
export const scopes = (source: Source, change: (scope: Connected) => Connected): Source => {
  const nameOf = (name: ScopeName): ScopeName => ({
    ...name,
    connect: Effect.map(name.connect, change),
    as: name.as === null ? null : renamed(name.as)
  })
  const renamed = (as: (account: string) => ScopeName) => (account: string) => nameOf(as(account))
  const names = (found: ReadonlyArray<ScopeName>) => found.map(nameOf)
  return {
    ...source,
    scopes: (wanted) => Effect.map(source.scopes(wanted), names),
    scopesAmong: (known, wanted) => Effect.map(source.scopesAmong(known, wanted), names)
  }
}
