/** Reads the history of one contact to one page beyond its end, since it gives no total. */
import type { DatasetError } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import type { Ended } from "../ExportError.js"
import * as Planning from "../Planning.js"
import { Progress } from "../Progress.js"
import type { Failure, Histories, Scope } from "../Source.js"
import * as Harvest from "./harvest.js"
import { Run } from "./run.js"
import * as Walk from "./walk.js"

const mostPasses = 3

export const read = (
  scope: Pick<Scope, "source" | "scope" | "now">,
  histories: Histories,
  contactId: string
): Effect.Effect<void, Failure | Ended | DatasetError.WriteError, Planning.Planning | Run> =>
  Effect.gen(function*() {
    const run = yield* Run
    const progress = yield* Progress
    yield* progress.phase(scope.source, "reading a contact's history")
    const land = (harvest: Harvest.Harvest) =>
      run.land({
        window: {
          source: histories.source,
          scope: scope.scope,
          stream: histories.stream,
          from: scope.now,
          to: scope.now
        },
        proof: null,
        ...harvest.take()
      })
    /** Everything, from the newest to the oldest. */
    const walk = Effect.gen(function*() {
      const harvest = Harvest.make()
      const reading = Effect.gen(function*() {
        const next = yield* histories.walk(contactId)
        const read = yield* Planning.pages(histories.lane)
        let empty = false
        const { keys, shown, totals } = yield* Walk.walk({
          page: (cursor) =>
            Effect.gen(function*() {
              const page = yield* read(cursor, next(cursor))
              harvest.add(page, yield* run.dataset.answer)
              empty = page.entries.length + page.refused.length === 0
              return page
            }),
          isLast: () => empty
        })
        // A row that was shown twice changes how many were shown.
        return { harvest, keys: [shown, ...keys].join("\n"), oneAnswer: empty && totals.length <= 2 }
      })
      // What was read is kept, whatever ended it.
      return yield* Effect.tapError(reading, () => land(harvest))
    })
    let before: string | null = null
    for (let pass = 1;; pass++) {
      const { harvest, keys, oneAnswer } = yield* walk
      // A message that comes in between moves all others, and the last of a page would be counted twice.
      const held = oneAnswer || keys === before
      if (!held && pass < mostPasses) {
        before = keys
        continue
      }
      yield* land(harvest)
      if (held) return
      return yield* run.problem({
        tag: "Uncertified",
        source: scope.source,
        scope: scope.scope,
        message: `The history of contact ${contactId} moved while it was read, ${mostPasses} times over. ` +
          "What was read is kept; ask for it again",
        requestId: null
      })
    }
  })
