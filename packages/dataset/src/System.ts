/**
 * The operating system, as far as a dataset depends on it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { platform } from "node:os"
import { UnsupportedSystem } from "./DatasetError.js"

/**
 * What Node calls the system it runs on.
 *
 * @since 0.1.0
 * @category references
 */
export class System extends Context.Reference<System>()("@trunkline/dataset/System", {
  defaultValue: (): NodeJS.Platform => platform()
}) {}

/**
 * Fails on Windows: a dataset flushes folders to the disk, and replaces files while others read them.
 *
 * @since 0.1.0
 * @category checking
 */
export const refuseWindows: Effect.Effect<void, UnsupportedSystem> = Effect.flatMap(
  System,
  (system) => system === "win32" ? Effect.fail(new UnsupportedSystem({ system: "Windows" })) : Effect.void
)
