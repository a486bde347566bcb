/** Several readings side by side, of which one that fails takes nothing from the others. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** Where one fails, those in hand come to their own end and keep what they read, no other is begun, and all of it fails. */
export const together = <A, B, E, R>(
  all: Iterable<A>,
  read: (one: A) => Effect.Effect<B, E, R>,
  options: { readonly concurrency: number }
): Effect.Effect<ReadonlyArray<B>, E, R> =>
  Effect.suspend(() => {
    let failed = Option.none<E>()
    const unlessFailed = (one: A): Effect.Effect<ReadonlyArray<B>, never, R> =>
      Effect.suspend(() =>
        Option.isSome(failed)
          ? Effect.succeed([])
          : Effect.match(read(one), {
            onSuccess: (result) => [result],
            onFailure: (error) => {
              failed = Option.orElseSome(failed, () => error)
              return []
            }
          })
      )
    return Effect.flatMap(
      Effect.forEach(all, unlessFailed, options),
      (results) => Option.isSome(failed) ? Effect.fail(failed.value) : Effect.succeed(results.flat())
    )
  })
