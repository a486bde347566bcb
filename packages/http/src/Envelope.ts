/**
 * Finds the rows of an answer and what it says of its pages, whatever the answer is wrapped in. The same list has been
 * seen under one wrapper, under two, under none, and its totals in three places.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Wire from "./Wire.js"

/**
 * What an answer says of its pages; null where it says nothing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Paging {
  readonly page: number | null
  readonly size: number | null
  readonly total: number | null
  readonly totalPages: number | null
  readonly more: boolean | null
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Sheet {
  readonly rows: ReadonlyArray<unknown>
  readonly paging: Paging
}

const Said = Wire.record(Schema.Struct({
  page: Wire.maybe(Wire.quantity),
  currentPage: Wire.maybe(Wire.quantity),
  size: Wire.maybe(Wire.quantity),
  limit: Wire.maybe(Wire.quantity),
  totalCount: Wire.maybe(Wire.quantity),
  total: Wire.maybe(Wire.quantity),
  totalPages: Wire.maybe(Wire.quantity),
  hasMore: Wire.maybe(Wire.flag),
  hasNextPage: Wire.maybe(Wire.flag)
}))

const readSaid = ParseResult.decodeUnknownEither(Said)

const silent: Paging = { page: null, size: null, total: null, totalPages: null, more: null }

const listen = (paging: Paging, place: unknown): Paging => {
  const read = readSaid(place)
  if (Either.isLeft(read)) return paging
  const said = read.right
  return {
    page: paging.page ?? said.page ?? said.currentPage,
    size: paging.size ?? said.size ?? said.limit,
    total: paging.total ?? said.totalCount ?? said.total,
    totalPages: paging.totalPages ?? said.totalPages,
    more: paging.more ?? said.hasMore ?? said.hasNextPage
  }
}

const deepest = 5

/**
 * The list under these names, at any depth of them, or the answer itself if it is a list. `null` under a name is an
 * empty list. `undefined` when there is none.
 *
 * @since 0.1.0
 * @category readers
 */
export const list = (body: unknown, names: ReadonlyArray<string>): Sheet | undefined => {
  let place = body
  let paging = silent
  for (let depth = 0; depth < deepest; depth++) {
    if (Array.isArray(place)) return { rows: place, paging }
    if (!Predicate.isRecord(place)) return undefined
    const { metadata, pagination } = place
    paging = listen(paging, pagination)
    if (Predicate.isRecord(metadata)) paging = listen(listen(paging, metadata["pagination"]), metadata)
    paging = listen(paging, place)
    const inside: unknown = place
    const name = names.find((name) => Predicate.hasProperty(inside, name))
    if (name === undefined) return undefined
    place = place[name] ?? []
  }
  return undefined
}

/**
 * The one thing under these names, at any depth of them, or the answer itself.
 *
 * @since 0.1.0
 * @category readers
 */
export const one = (body: unknown, names: ReadonlyArray<string>): unknown => {
  let place = body
  for (let depth = 0; depth < deepest && Predicate.isRecord(place); depth++) {
    const inside: unknown = place
    const name = names.find((name) => Predicate.hasProperty(inside, name))
    if (name === undefined) break
    place = place[name]
  }
  return place
}
