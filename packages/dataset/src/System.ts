/**
 * The operating system, as far as a dataset depends on it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { platform } from "node:os"

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
 * The system keeps no promise that a dataset is built on.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnsupportedSystem extends Schema.TaggedError<UnsupportedSystem>(
  "@trunkline/dataset/System/UnsupportedSystem"
)("UnsupportedSystem", { system: Schema.String }) {
  override get message(): string {
    return `A dataset needs Linux or macOS: ${this.system} does not flush folders to the disk, nor replace a file that is open. ` +
      "Run this in WSL, with the folder on its own disk and not under /mnt"
  }
}

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
