/**
 * The durable steps that are not a step of `Disk`: commits of the ledger, and files that DuckDB writes.
 *
 * @since 0.1.0
 */
import type { DiskError } from "@trunkline/parquet"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * @since 0.1.0
 * @category models
 */
export type Point =
  | "open commit"
  | "landing commit"
  | "partition write"
  | "intent commit"
  | "mark commit"
  | "forget commit"
  | "state commit"
  | "fetch"

/**
 * What happens before each of them: nothing, unless a test fails the step or ends the process there.
 *
 * @since 0.1.0
 * @category services
 */
export class Points extends Context.Reference<Points>()("@trunkline/dataset/Points", {
  defaultValue: () => (_point: Point): Effect.Effect<void, DiskError> => Effect.void
}) {}
