/**
 * Ends a reading that asks without end. A plan, a total or a due list explains requests before they are made. A scope may
 * make twice as many, and a few more.
 */
import * as Effect from "effect/Effect"
import { NoProgress } from "../ExportError.js"
import type { Cursor, Listing } from "../Listing.js"
import type { Lane } from "../Progress.js"

/** Requests that need no explanation: first counts, answers that were refused, lists that grow while they are read. */
const spare = 200
/** Pages that lists without a total may have in one scope. */
const mostUntold = 2000
/** Rows that the pieces of a list may claim beyond the list. */
const spareRows = 2000

/** Counts the requests of one scope, each lane by itself. */
export interface Budget {
  /** So many requests are explained. */
  readonly explain: (lane: Pick<Lane, "name">, requests: number) => Effect.Effect<void>
  /** One request is about to be made. */
  readonly spend: (lane: Pick<Lane, "name">) => Effect.Effect<void, NoProgress>
  /** A page of a list that tells no total explains itself, but not for ever. */
  readonly untold: (lane: Pick<Lane, "name">) => Effect.Effect<void>
}

const add = (to: Map<string, number>, { name }: Pick<Lane, "name">, requests: number) =>
  to.set(name, (to.get(name) ?? 0) + requests)

export const make = (): Budget => {
  const explained = new Map<string, number>()
  const spent = new Map<string, number>()
  let untold = 0
  const explain: Budget["explain"] = (lane, requests) => Effect.sync(() => add(explained, lane, requests))
  return {
    explain,
    spend: (lane) =>
      Effect.suspend(() => {
        const requests = spent.get(lane.name) ?? 0
        const known = explained.get(lane.name) ?? 0
        if (requests >= 2 * known + spare) {
          return new NoProgress({ reason: `${requests} requests were made, and the plan explains ${known}` })
        }
        add(spent, lane, 1)
        return Effect.void
      }),
    untold: (lane) =>
      Effect.suspend(() => {
        untold += 1
        return untold > mostUntold ? Effect.void : explain(lane, 1)
      })
  }
}

/** What is known of a list before its pages come. */
export interface Known {
  /** The total that was counted before. When left out, the pages tell it. */
  readonly planned?: number | null | undefined
  /**
   * The pages are first pages of pieces that a list is cut into. The first total explains all pieces, twice, since time cuts
   * the list and many pieces are half empty.
   */
  readonly pieces?: boolean | undefined
}

/** Explains the pages of one list as they come: the first page that tells a total tells how many there are. */
export const pagesOf = (
  budget: Budget,
  lane: Pick<Lane, "name">,
  { pieces = false, planned = null }: Known = {}
): (cursor: Cursor | null, page: Pick<Listing, "entries" | "refused" | "total" | "next">) => Effect.Effect<void> => {
  let told = false
  return (cursor, page) =>
    Effect.suspend(() => {
      // The first page begins another walk.
      if (cursor === null && !pieces) told = false
      const total = planned ?? page.total
      if (total === null) return budget.untold(lane)
      if (told) return Effect.void
      told = true
      // A server may answer fewer rows a page than it says.
      const rows = Math.max(1, page.entries.length + page.refused.length)
      return budget.explain(lane, page.next === null ? 1 : Math.ceil(total / rows) * (pieces ? 2 : 1))
    })
}

/** The pieces that one list is cut into, by what each of them claims to hold. */
export interface Pieces {
  /** A piece that is not cut any more. Pieces that claim far more than the list show that its totals are wrong. */
  readonly claim: (claimed: number | null) => Effect.Effect<void, NoProgress>
  /**
   * A piece that claims more than its answer shows, and is cut in its turn: this explains a request for each part. Where many rows lie
   * in one second, it takes many cuts to reach it.
   */
  readonly cut: (piece: {
    /** How many cuts led to it. */
    readonly depth: number
    readonly claimed: number | null
    readonly shown: number
    readonly parts: number
  }) => Effect.Effect<void>
}

export const pieces = (budget: Budget, lane: Pick<Lane, "name">, total: number | null): Pieces => {
  let claims = 0
  const cut = new Map<number, number>()
  return {
    claim: (claimed) =>
      Effect.suspend(() => {
        claims += claimed ?? 0
        // Pieces overlap at their edges.
        return total === null || claims <= 4 * total + spareRows ? Effect.void : new NoProgress({
          reason: `pieces of a list of ${total} rows claim to hold ${claims} of them`
        })
      }),
    cut: ({ claimed, depth, parts, shown }) =>
      Effect.suspend(() => {
        if (total === null || claimed === null || claimed <= shown) return Effect.void
        // Pieces of one depth lie beside each other. Once they claim far more than the list, they explain nothing.
        const sum = (cut.get(depth) ?? 0) + claimed
        cut.set(depth, sum)
        return sum <= 4 * total + spare ? budget.explain(lane, parts) : Effect.void
      })
  }
}
