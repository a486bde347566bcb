/** Summaries that came late: calls that had none are asked for by their ids, at ever longer intervals. */
import type { AlloError } from "@trunkline/allo"
import { type Calls, FromAllo, unreadable } from "@trunkline/calls"
import type { DatasetError } from "@trunkline/dataset"
import type { PendingDetails } from "@trunkline/dataset/Dataset"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { dueOf } from "./AlloItems.js"
import { type AlloScope, byIds } from "./AlloScope.js"
import * as Due from "./Due.js"
import * as Harvest from "./Harvest.js"
import * as Pending from "./Pending.js"
import type { Ended, Run } from "./Run.js"
import * as UnusableId from "./UnusableId.js"

const batchSize = 100
const lane = "allo search"

/** Every call that is due, once. */
export const read = (run: Run, scope: AlloScope): Effect.Effect<void, AlloError | Ended | DatasetError.WriteError> =>
  Effect.gen(function*() {
    let unusable = 0
    const readBatch = (due: ReadonlyArray<PendingDetails>) =>
      Effect.gen(function*() {
        yield* run.progress.phase("allo", "reading late summaries")
        yield* run.progress.expect(lane, { requests: 1, rows: 0 })
        const batch = yield* byIds(run, scope, due.map(({ id }) => id))
        yield* Effect.zipRight(run.heard, run.progress.answered(lane, 0))
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
        unusable += batch.unusable.length
        const beyondAsking = new Set(batch.unusable)
        const asked = due.map(({ endedAt, id }) => {
          const call = calls.get(id)
          // What is gone may come back, and what could not be read may be mended: both are asked for again.
          const next = call === undefined ? Pending.next(endedAt, scope.now) : dueOf(call, scope.now)?.dueAt ?? null
          return { id, dueAt: beyondAsking.has(id) ? null : next }
        })
        yield* run.land({
          window: { ...scope, stream: "details", from: scope.now, to: scope.now },
          proof: null,
          ...harvest.take(),
          postponed: asked.flatMap(({ dueAt, id }) => dueAt === null ? [] : [{ id, dueAt }]),
          settled: asked.flatMap(({ dueAt, id }) => dueAt === null ? [id] : [])
        })
        return true
      })
    yield* Due.each(run, scope, { size: batchSize, read: readBatch, failed: new Set() })
    if (unusable > 0) yield* UnusableId.report(run, scope, { calls: unusable, lacking: "late summaries" })
  })
