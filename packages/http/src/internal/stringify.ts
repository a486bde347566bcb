/** JSON text of what came as JSON text. Nested too deeply, it can be read and cannot be written again. */
import * as Either from "effect/Either"

export const stringify = (value: unknown): string =>
  Either.getOrElse(Either.try(() => JSON.stringify(value)), () => "(nested too deeply to be written)")
