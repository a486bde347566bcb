/** One Allo team, as a run reads it. */
import type { AlloError } from "@trunkline/allo"
import type { Page } from "@trunkline/http"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Lane } from "../Progress.js"
import type { AlloSource } from "../Sources.js"
import type { Line } from "./AlloConversations.js"
import type { Planning, Scope, Stopped } from "./Run.js"

export interface AlloScope extends Scope {
  readonly source: "allo"
  readonly services: AlloSource
  /** Null where the key belongs to no team. */
  readonly organizationId: string | null
  /** Null where the key may not list them. Sender ids have no number and no conversations. */
  readonly lines: ReadonlyArray<Line> | null
  /** By the server's clock, when the run began. */
  readonly now: DateTime.Utc
}

/** One page of a list, told to whoever watches. */
export const page = <A>(
  run: Planning,
  lane: Lane,
  request: Effect.Effect<Page.Page<A>, AlloError>
): Effect.Effect<Page.Page<A>, AlloError | Stopped> =>
  run.ask(request).pipe(
    Effect.tap((page) => Effect.zipRight(run.heard, run.progress.answered(lane, page.rows.length)))
  )

/** As many ids as a batch may name. */
export const chunksOf = (ids: ReadonlyArray<string>, size = 100): ReadonlyArray<ReadonlyArray<string>> =>
  Array.from({ length: Math.ceil(ids.length / size) }, (_, chunk) => ids.slice(chunk * size, (chunk + 1) * size))
