/** Reads one list to its end, as often as it takes to prove that nothing of it is missing, or to know that it cannot be proved. */
import type { Certificate, Proof } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import type { Cursor, Listing } from "../Source.js"
import * as Pass from "./pass.js"

/** A list is walked so often at most. A settled one is given up sooner where a walk meets nothing new. */
const mostPasses = { settled: 10, unchanged: 3, open: 5 }

/** After so many pages in a row without anything new, a list is taken to have lost its end. */
const mostRepeats = 3

export interface List<E, R> {
  /** Reads a page and keeps its rows. */
  readonly page: (cursor: Cursor | null) => Effect.Effect<Listing, E, R>
  /** How many of these keys the API still returns, each asked for by itself. */
  readonly stillThere: (keys: ReadonlyArray<string>) => Effect.Effect<number, E, R>
  /** The total, read once more. */
  readonly total: Effect.Effect<number | null, E, R>
}

/** From the first page to the last, or to the page that is said to be the last, one after the other. */
export const walk = <E, R>(
  { isLast = () => false, page: read }: Pick<List<E, R>, "page"> & {
    /** Whether a page that names a next one is the last all the same. */
    readonly isLast?: (page: Listing) => boolean
  }
): Effect.Effect<Pass.Pass, E, R> =>
  Effect.gen(function*() {
    const recorder = Pass.recorder()
    let repeats = 0
    /** Returns the next page, if there is one to be read. */
    const record = (page: Listing): Cursor | null => {
      repeats = recorder.page(page) === 0 ? repeats + 1 : 0
      // A list that repeats itself has no end of its own. The count of distinct rows shows what it left out.
      return repeats >= mostRepeats || isLast(page) ? null : page.next
    }
    // A page is not held while the next one is waited for: many lists are read at once.
    let cursor = record(yield* read(null))
    while (cursor !== null) cursor = record(yield* read(cursor))
    return recorder.pass()
  })

export interface Outcome {
  readonly passes: ReadonlyArray<Pass.Pass>
  /** Why it may not be all there is; null where it is. */
  readonly doubt: string | null
}

/**
 * A list of the settled past, where nothing new appears: certified, or uncertified with the reason. `planned` is its count when
 * the reading was planned.
 */
export const settled = <E, R>(list: List<E, R>, planned: number | null = null): Effect.Effect<Outcome, E, R> =>
  Effect.gen(function*() {
    const passes: Array<Pass.Pass> = []
    let more = true
    while (more) {
      const before = Pass.metTwice(passes)
      passes.push(yield* walk(list))
      const finding = Pass.finding(passes, planned)
      if (finding._tag === "Proved") return { passes, doubt: null }
      if (finding._tag === "IfStillThere") {
        const found = yield* list.stillThere(finding.keys)
        if (found === finding.keys.length && (yield* list.total) === finding.total) {
          return { passes, doubt: null }
        }
      }
      // Where equal times come in another order every time, each walk meets some that the others did not.
      more = passes.length < (Pass.metTwice(passes) > before ? mostPasses.settled : mostPasses.unchanged)
    }
    return { passes, doubt: Pass.doubt(passes) }
  })

/**
 * A list that still grows: read until a walk meets nothing new and as much as there is said to be, since a row that leaves
 * the list moves one behind it past the reader. What came in one answer, and whole, needs no second, unless more was `planned`.
 * Where nothing is said, it may be half of the list, or the answer to another question: that is in doubt.
 */
export const open = <E, R>(
  list: Pick<List<E, R>, "page">,
  planned: number | null = null
): Effect.Effect<Outcome, E, R> =>
  Effect.gen(function*() {
    const passes: Array<Pass.Pass> = []
    let isQuiet = false
    while (!isQuiet && passes.length < mostPasses.open) {
      const before = Pass.keys(passes)
      const pass = yield* walk(list)
      passes.push(pass)
      const nothingNew = passes.length > 1 && [...pass.keys].every((key) => before.has(key))
      // Without a total that could be true, a row that is shown twice may stand for one that is not shown.
      const isLacking = Pass.exceedsTotal(pass) && !Pass.held(pass)
      const quiet = pass.totals.length < 2 || (nothingNew && !Pass.shrank(pass) && !isLacking)
      const isLess = passes.length === 1 && Pass.metTwice(passes) < (planned ?? 0)
      isQuiet = Pass.silent([pass])
        ? nothingNew && Pass.full(passes)
        : quiet && !isLess && Pass.full([pass])
    }
    const isWhole = !Pass.silent(passes) && (isQuiet || (Pass.full(passes) && !passes.some(Pass.exceedsTotal)))
    return { passes, doubt: isWhole ? null : Pass.doubt(passes) }
  })

/** The proof of a window that several lists make up. */
export const proof = (outcomes: ReadonlyArray<Outcome>, verdict: Certificate.Verdict): Proof.Proof => ({
  verdict,
  lists: outcomes.map(({ passes }) => ({ kind: "window", walks: passes }))
})
