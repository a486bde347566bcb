/** What the windows of a list showed in one run: each that was read to its end, with its keys. */
import * as Interval from "@trunkline/dataset/Interval"
import type * as DateTime from "effect/DateTime"

export interface Met {
  readonly add: (range: Interval.Interval, keys: Iterable<string>, refused: Iterable<string>) => void
  /** The stretches of time that were read to their end. */
  readonly ranges: () => Interval.Intervals
  readonly has: (key: string) => boolean
  /** Keys of windows that begin at this instant or later, and those of rows that could not be kept. */
  readonly since: (
    instant: DateTime.Utc
  ) => { readonly keys: ReadonlySet<string>; readonly refused: ReadonlySet<string> }
}

export const make = (): Met => {
  const windows: Array<{
    readonly range: Interval.Interval
    readonly keys: ReadonlySet<string>
    readonly refused: ReadonlySet<string>
  }> = []
  return {
    add: (range, keys, refused) => windows.push({ range, keys: new Set(keys), refused: new Set(refused) }),
    ranges: () => Interval.normalise(windows.map(({ range }) => range)),
    has: (key) => windows.some(({ keys }) => keys.has(key)),
    since: (instant) => {
      const young = windows.filter(({ range }) => range.from.epochMillis >= instant.epochMillis)
      return {
        keys: new Set(young.flatMap(({ keys }) => [...keys])),
        refused: new Set(young.flatMap(({ refused }) => [...refused]))
      }
    }
  }
}
