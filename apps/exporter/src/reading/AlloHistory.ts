/** What was said with one contact, from version 1 of the API: read to one page beyond its end, since it gives no total. */
import type { AlloError } from "@trunkline/allo"
import { FromAllo, unreadable } from "@trunkline/calls"
import type { DatasetError } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type AlloScope, page as asked } from "./AlloScope.js"
import * as Budget from "./Budget.js"
import * as Harvest from "./Harvest.js"
import type { Ended, Run } from "./Run.js"

const mostPasses = 3
const mostRepeats = 3
const lane = "allo read"

export const read = (
  run: Run,
  scope: AlloScope,
  contactId: string
): Effect.Effect<void, AlloError | Ended | DatasetError.WriteError> =>
  Effect.gen(function*() {
    yield* run.progress.phase("allo", "reading a contact's history")
    const land = (harvest: Harvest.Harvest) =>
      run.land({
        window: { source: "allo-v1", scope: scope.scope, stream: "history", from: scope.now, to: scope.now },
        proof: null,
        ...harvest.take()
      })
    /** Everything, from the newest to the oldest, each row as often as it was met. */
    const walk = Effect.gen(function*() {
      const harvest = Harvest.make()
      const reading = Effect.gen(function*() {
        // Messages have no id: equal ones are told apart by counting them, from the beginning in every walk.
        const map = yield* FromAllo.history({ readAt: yield* run.now, contactId })
        const keys: Array<string> = []
        const seen = new Set<string>()
        const explain = Budget.pagesOf(scope.budget, lane, { first: 0, planned: null })
        let repeats = 0
        for (let number = 0;; number++) {
          yield* run.progress.expect(lane, { requests: 1, rows: 0 })
          const page = yield* asked(
            run,
            scope,
            lane,
            scope.services.conversations.contactHistoryPage({ contactId, page: number, size: 100 })
          )
          yield* explain(page)
          const answer = yield* run.dataset.answer
          const before = seen.size
          for (const rejected of page.rejected) harvest.refuse(unreadable(rejected))
          for (const entry of page.rows) {
            const mapped = yield* map(entry)
            if (Either.isLeft(mapped)) {
              harvest.refuse(mapped.left)
              continue
            }
            const row = mapped.right
            const key = row._tag === "HistoryCall" ? row.call.row.call_id : row.message.row.message_id
            keys.push(key)
            seen.add(key)
            if (row._tag === "HistoryCall") harvest.add(key, answer, row.call)
            else harvest.add(key, answer, row.message)
          }
          repeats = seen.size === before ? repeats + 1 : 0
          const empty = page.rows.length + page.rejected.length === 0
          if (empty || repeats >= mostRepeats) {
            return { harvest, keys: keys.join("\n"), oneAnswer: empty && number <= 1 }
          }
        }
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
