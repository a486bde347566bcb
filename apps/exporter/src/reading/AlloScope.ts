/** One Allo team, as a run reads it. */
import type { AlloError, ConversationItem } from "@trunkline/allo"
import type { Page, Wire } from "@trunkline/http"
import * as Effect from "effect/Effect"
import type { Lane } from "../Progress.js"
import type { AlloSource } from "../Sources.js"
import type { Line } from "./AlloConversations.js"
import type { Budget } from "./Budget.js"
import type { Clocks } from "./Clocks.js"
import type { Ended, Planning, Scope, Stopped } from "./Run.js"
import { isRefusedHere } from "./UnusableId.js"

export interface AlloScope extends Scope, Clocks {
  readonly source: "allo"
  readonly services: AlloSource
  /** Null where the key belongs to no team. */
  readonly organizationId: string | null
  /** Null where the key may not list them. Sender ids have no number and no conversations. */
  readonly lines: ReadonlyArray<Line> | null
  /** What was asked of this scope, against what explains it. */
  readonly budget: Budget
}

/** One page of a list, told to whoever watches. */
export const page = <A>(
  run: Planning,
  { budget }: Pick<AlloScope, "budget">,
  lane: Lane,
  request: Effect.Effect<Page.Page<A>, AlloError>
): Effect.Effect<Page.Page<A>, AlloError | Ended> =>
  Effect.zipRight(budget.spend(lane), run.ask(request)).pipe(
    Effect.tap((page) => Effect.zipRight(run.heard, run.progress.answered(lane, page.rows.length)))
  )

/** What came of ids that were asked for together. */
export interface ByIds {
  readonly rows: ReadonlyArray<ConversationItem>
  readonly rejected: ReadonlyArray<Wire.Rejected>
  /** Ids that cannot be part of a request, so that nobody asked for them. */
  readonly unusable: ReadonlyArray<string>
}

/** Asks for ids in one request; in more where one that cannot be part of a request stands among them. */
export const byIds = (
  run: Planning,
  scope: AlloScope,
  ids: ReadonlyArray<string>
): Effect.Effect<ByIds, AlloError | Stopped> =>
  Effect.catchIf(
    Effect.map(
      run.ask(scope.services.conversations.batch(ids)),
      ({ rejected, rows }): ByIds => ({ rows, rejected, unusable: [] })
    ),
    isRefusedHere,
    () => {
      const half = Math.ceil(ids.length / 2)
      // A refusal here costs no request.
      return ids.length === 1 ? Effect.succeed<ByIds>({ rows: [], rejected: [], unusable: ids }) : Effect.zipWith(
        Effect.suspend(() => byIds(run, scope, ids.slice(0, half))),
        Effect.suspend(() => byIds(run, scope, ids.slice(half))),
        (left, right): ByIds => ({
          rows: [...left.rows, ...right.rows],
          rejected: [...left.rejected, ...right.rejected],
          unusable: [...left.unusable, ...right.unusable]
        })
      )
    }
  )

/** As many ids as a batch may name. */
export const chunksOf = (ids: ReadonlyArray<string>, size = 100): ReadonlyArray<ReadonlyArray<string>> =>
  Array.from({ length: Math.ceil(ids.length / size) }, (_, chunk) => ids.slice(chunk * size, (chunk + 1) * size))
