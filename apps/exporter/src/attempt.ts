/** Steps of writing a file as Effects. */
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"

export const attempt = <A>(
  path: string,
  act: () => Promise<A>,
  step: DiskError["step"] = "write"
): Effect.Effect<A, DiskError> =>
  Effect.tryPromise({
    try: act,
    catch: (cause) =>
      new DiskError({
        step,
        path,
        code: Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : "UNKNOWN"
      })
  })
