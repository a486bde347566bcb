/** Steps on the disk as Effects. */
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"

/** The code of a failure of the system or of SQLite. */
export const codeOf = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : "UNKNOWN"

export const onDisk = <A>(
  step: DiskError["step"],
  path: string,
  run: () => Promise<A>
): Effect.Effect<A, DiskError> =>
  Effect.uninterruptible(
    Effect.tryPromise({ try: run, catch: (cause) => new DiskError({ step, path, code: codeOf(cause) }) })
  )
