/** Summaries that came late: calls that had none are asked for by their ids, at ever longer intervals. */
import type { AlloError } from "@trunkline/allo"
import { type Calls, FromAllo, unreadable } from "@trunkline/calls"
import type { DatasetError } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { dueOf } from "./AlloItems.js"
import type { AlloScope } from "./AlloScope.js"
import * as Harvest from "./Harvest.js"
import * as Pending from "./Pending.js"
import type { Run, Stopped } from "./Run.js"

const batchSize = 100

/** Every call that is due, once. */
export const read = (run: Run, scope: AlloScope): Effect.Effect<void, AlloError | Stopped | DatasetError.WriteError> =>
  Effect.gen(function*() {
    while (true) {
      const due = yield* run.dataset.due({ ...scope, limit: batchSize })
      if (due.length === 0) return
      yield* run.progress.phase("allo", "reading late summaries")
      yield* run.progress.expect("allo search", { requests: 1, rows: 0 })
      const batch = yield* run.ask(scope.services.conversations.batch(due.map(({ id }) => id)))
      yield* Effect.zipRight(run.heard, run.progress.answered("allo search", 0))
      const answer = yield* run.dataset.answer
      const reading = { readAt: yield* run.now, organizationId: scope.organizationId, transcripts: false }
      const harvest = Harvest.make()
      const calls = new Map<string, Calls.Row>()
      for (const rejected of batch.rejected) harvest.refuse(unreadable(rejected))
      for (const item of batch.rows) {
        const mapped = FromAllo.item(item, reading)
        if (Either.isLeft(mapped)) harvest.refuse(mapped.left)
        else if (mapped.right._tag === "Call") {
          harvest.add(item.id, answer, mapped.right.call)
          calls.set(item.id, mapped.right.call.row)
        }
      }
      const asked = due.map(({ endedAt, id }) => {
        const call = calls.get(id)
        // What is gone may come back, and what could not be read may be mended: both are asked for again.
        return {
          id,
          dueAt: call === undefined ? Pending.next(endedAt, scope.now) : dueOf(call, scope.now)?.dueAt ?? null
        }
      })
      yield* run.land({
        window: { ...scope, stream: "details", from: scope.now, to: scope.now },
        proof: null,
        ...harvest.take(),
        postponed: asked.flatMap(({ dueAt, id }) => dueAt === null ? [] : [{ id, dueAt }]),
        settled: asked.flatMap(({ dueAt, id }) => dueAt === null ? [id] : [])
      })
    }
  })
