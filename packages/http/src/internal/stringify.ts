/** JSON text of what came as JSON text. What is nested too deeply can be read and cannot be written again. */
import * as Either from "effect/Either"
import type * as Option from "effect/Option"

export const stringify = (value: unknown): Option.Option<string> =>
  Either.getRight(Either.try(() => JSON.stringify(value)))
