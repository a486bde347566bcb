/**
 * Proves that a store keeps the condition of `putIfAbsent`, before rows depend on it. Stores exist that take a conditional
 * write silently: there two writers both win.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { randomUUID } from "node:crypto"
import { UnsafeStore } from "./LakeError.js"
import type { Service, StoreError } from "./ObjectStore.js"

/**
 * Puts one new name twice, with different bytes: the second must be refused, and the bytes must be those of the first. What it
 * put is removed. It writes below `_trunkline/guard/`.
 *
 * @since 0.1.0
 * @category checking
 */
export const prove = (
  store: Pick<Service, "place" | "putIfAbsent" | "read" | "remove">
): Effect.Effect<void, StoreError> =>
  Effect.gen(function*() {
    const { place } = store
    const unsafe = (found: string) => new UnsafeStore({ place, found })
    const key = `_trunkline/guard/${yield* Effect.sync(randomUUID)}`
    const bytesOf = (text: string) => new TextEncoder().encode(`${text} of ${key}`)
    const [first, second] = [bytesOf("first"), bytesOf("second")] as const

    const put = (bytes: Uint8Array) =>
      store.putIfAbsent(key, bytes).pipe(
        Effect.as("taken" as const),
        Effect.catchTag("ObjectExists", () => Effect.succeed("refused" as const)),
        // A store that does not know the condition may say so.
        Effect.catchIf(
          (error) => error._tag === "Invalid" && error.status === 501,
          () => unsafe("it does not know conditional writes")
        )
      )

    yield* Effect.gen(function*() {
      if ((yield* put(first)) === "refused") return yield* unsafe("it refuses a conditional write of a new object")
      if ((yield* put(second)) === "taken") {
        return yield* unsafe("it took a conditional write of an object that was there")
      }
      const found = yield* store.read(key).pipe(
        Effect.catchTags({
          ObjectMissing: () => unsafe("an object that was just put is not there"),
          TooLarge: () => unsafe("an object that was just put is another one")
        })
      )
      if (Buffer.compare(found, first) !== 0) {
        return yield* unsafe("it refused a conditional write and replaced the object nevertheless")
      }
    }).pipe(
      Effect.tapError(() => Effect.ignore(store.remove(key))),
      Effect.zipRight(store.remove(key))
    )
  })
