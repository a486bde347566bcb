/**
 * What stands in a cell of an answer.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"

/**
 * A `BIGINT` is a number where a number can hold it. An instant is a `DateTime.Utc`, to the millisecond; a day, a wall
 * clock and whatever else has no equal here is text, as DuckDB prints it.
 *
 * @since 0.1.0
 * @category models
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | DateTime.Utc
  | ReadonlyArray<Value>
  | { readonly [field: string]: Value }
