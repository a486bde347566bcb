/** Reads and writes JSON. `none` is text that is not JSON, or a value nested too deeply to be written. */
import * as Either from "effect/Either"
import type * as Option from "effect/Option"

export const parse = (text: string): Option.Option<unknown> =>
  Either.getRight(Either.try((): unknown => JSON.parse(text)))

export const stringify = (value: unknown): Option.Option<string> =>
  Either.getRight(Either.try(() => JSON.stringify(value)))
