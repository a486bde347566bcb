/**
 * Ends a reading that asks without end. A plan, a total or a due list explains requests before they are made; a scope may
 * make twice as many, and a few more.
 */
import type { Page } from "@trunkline/http"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Lane } from "../Progress.js"

/** Requests that need no explanation: first counts, answers that were refused, lists that grow while they are read. */
const spare = 200
/** Pages that lists without a total may have in one scope. */
const mostUntold = 2000
/** Rows that the pieces of a list may claim beyond the list. */
const spareRows = 2000

export class NoProgress extends Schema.TaggedError<NoProgress>("@trunkline/exporter/reading/Budget/NoProgress")(
  "NoProgress",
  { reason: Schema.String }
) {
  override get message(): string {
    return `Reading made no progress and was ended: ${this.reason}. What was read is kept, and the next run tries again`
  }
}

/** Counts the requests of one scope, each lane by itself. */
export interface Budget {
  /** So many requests are explained. */
  readonly explain: (lane: Lane, requests: number) => Effect.Effect<void>
  /** One request is about to be made. */
  readonly spend: (lane: Lane) => Effect.Effect<void, NoProgress>
  /** A page of a list that tells no total explains itself, but not for ever. */
  readonly untold: (lane: Lane) => Effect.Effect<void>
}

const add = (to: Map<Lane, number>, lane: Lane, requests: number) => to.set(lane, (to.get(lane) ?? 0) + requests)

export const make = (): Budget => {
  const explained = new Map<Lane, number>()
  const spent = new Map<Lane, number>()
  let untold = 0
  const explain: Budget["explain"] = (lane, requests) => Effect.sync(() => add(explained, lane, requests))
  return {
    explain,
    spend: (lane) =>
      Effect.suspend(() => {
        const requests = spent.get(lane) ?? 0
        const known = explained.get(lane) ?? 0
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

/** Explains the pages of one list as they come: the first one that tells a total tells how many there are. */
export const pagesOf = (
  budget: Budget,
  lane: Lane,
  list: {
    /** The number of the first page, which begins another walk. */
    readonly first: number
    /** The total that was counted before; null goes by what the pages tell. */
    readonly planned: number | null
    /** Requests that each page takes; 1 when left out. */
    readonly times?: number | undefined
  }
): (page: Page.Page<unknown>) => Effect.Effect<void> => {
  let told = false
  return (page) =>
    Effect.suspend(() => {
      if (page.page === list.first) told = false
      const total = list.planned ?? page.total
      if (total === null) return budget.untold(lane)
      if (told) return Effect.void
      told = true
      // A server may answer fewer rows a page than it says.
      const rows = Math.max(1, page.rows.length + page.rejected.length)
      return budget.explain(lane, page.more ? Math.ceil(total / rows) * (list.times ?? 1) : 1)
    })
}

/** Takes what each piece of a list claims to hold. Pieces that claim far more than the list show that its totals are wrong. */
export const pieces = (total: number | null): (claimed: number | null) => Effect.Effect<void, NoProgress> => {
  let claims = 0
  return (claimed) =>
    Effect.suspend(() => {
      claims += claimed ?? 0
      // Pieces overlap at their edges.
      return total === null || claims <= 4 * total + spareRows ? Effect.void : new NoProgress({
        reason: `pieces of a list of ${total} rows claim to hold ${claims} of them`
      })
    })
}
