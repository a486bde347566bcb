/** Cuts one page out of an ordered list, and applies what a fault does to pages. */
import type { Quirks } from "./Answer.js"
import { hash } from "./random.js"

export interface Cut {
  readonly indices: ReadonlyArray<number>
  /** The page that was served, counted from 0. */
  readonly page: number
  readonly pages: number
  /** The numbers of records and pages that the answer states. */
  readonly told: { readonly count: number | null | undefined; readonly pages: number | null | undefined }
  readonly more: boolean
}

export const cut = (options: {
  readonly entries: { readonly length: number; readonly [position: number]: number }
  readonly newestFirst: boolean
  /** Records with the same rank may change places under a fault. */
  readonly rankOf: (index: number) => number
  /** Counted from 0. */
  readonly page: number
  readonly size: number
  readonly quirks: Quirks
}): Cut => {
  const { entries, newestFirst, quirks, rankOf, size } = options
  const count = entries.length
  const pages = Math.ceil(count / size)
  const page = quirks.clamp ? Math.min(options.page, Math.max(0, pages - 1)) : options.page
  const at = (position: number): number => entries[newestFirst ? count - 1 - position : position] ?? 0
  let low = Math.min(page * size, count)
  let high = Math.min(low + size, count)
  const [first, last] = [low, high]
  const indices: Array<number> = []
  if (quirks.ties !== null && low < high) {
    const seed = quirks.ties
    while (low > 0 && rankOf(at(low - 1)) === rankOf(at(first))) low--
    while (high < count && rankOf(at(high)) === rankOf(at(last - 1))) high++
    const wide: Array<number> = []
    for (let position = low; position < high; position++) wide.push(at(position))
    const order = (one: number, other: number): number => {
      const [rank, otherRank] = [rankOf(one), rankOf(other)]
      if (rank !== otherRank) return newestFirst ? otherRank - rank : rank - otherRank
      return hash({ seed, stream: 90 }, one) - hash({ seed, stream: 90 }, other)
    }
    wide.sort(order)
    indices.push(...wide.slice(first - low, last - low))
  } else {
    for (let position = low; position < high; position++) indices.push(at(position))
  }
  if (quirks.repeat && indices[0] !== undefined) indices.push(indices[0])
  return {
    indices: quirks.hollow ? [] : indices,
    page,
    pages,
    told: { count: told(count, quirks), pages: told(pages, quirks) },
    more: quirks.endless || page + 1 < pages
  }
}

/** A total as the answer states it; undefined where a fault removes it. */
export const told = (total: number, quirks: Quirks): number | null | undefined =>
  quirks.total === "missing"
    ? undefined
    : quirks.total === "null"
    ? null
    : total + (quirks.total === "true" ? 0 : quirks.total)
