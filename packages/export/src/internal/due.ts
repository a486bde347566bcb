/** What is due, batch after batch: each id once in a run, also where the ledger goes on to show it as due. */
import type { DatasetError } from "@trunkline/dataset"
import type { PendingDetails } from "@trunkline/dataset/DatasetReader"
import * as Effect from "effect/Effect"
import { NoProgress } from "../ExportError.js"
import * as Problem from "../Problem.js"
import type { Scope } from "../Source.js"
import { Run } from "./run.js"

export const each = <E, R>(
  { now, scope, source }: Pick<Scope, "source" | "scope" | "now">,
  options: {
    readonly size: number
    /** Reads and lands a batch. False ends it all. */
    readonly read: (batch: ReadonlyArray<PendingDetails>) => Effect.Effect<boolean, E, R>
    /** Ids that could not be read, and stay due on purpose. */
    readonly failed: ReadonlySet<string>
  }
): Effect.Effect<void, E | DatasetError.LedgerError, R | Run> =>
  Effect.gen(function*() {
    const { failed, read, size } = options
    const run = yield* Run
    const asked = new Set<string>()
    let stay = 0
    while (true) {
      const due = yield* run.dataset.due({ source, scope, now, limit: size + stay })
      const batch = due.filter(({ id }) => !asked.has(id)).slice(0, size)
      stay = due.filter(({ id }) => asked.has(id)).length
      if (batch.length === 0) {
        const stuck = due.filter(({ id }) => !failed.has(id)).length
        if (stuck === 0) return
        const reason = `${stuck} calls were asked for by their ids, and the ledger still lists them as due`
        return yield* run.problem(Problem.of(new NoProgress({ reason }), { source, scope }))
      }
      for (const { id } of batch) asked.add(id)
      if (!(yield* read(batch))) return
    }
  })
