/** What the windows of a list showed in one run: each that was read to its end, with its rows. */
import * as Interval from "@trunkline/dataset/Interval"
import type * as DateTime from "effect/DateTime"
import * as Pass from "./pass.js"

export interface Met {
  /** With the walks over each of the lists that a window is made of. */
  readonly add: (range: Interval.Interval, lists: ReadonlyArray<ReadonlyArray<Pass.Pass>>) => void
  /** Before these stretches are read again: a row that was deleted since is no longer shown. */
  readonly forget: (ranges: Interval.Intervals) => void
  /** The stretches of time that were read to their end. */
  readonly ranges: () => Interval.Intervals
  readonly has: (key: string) => boolean
  /** Rows that a list showed more than once, and how often more. */
  readonly repeated: () => ReadonlyMap<string, number>
  /** What was read last of the windows that begin at this instant or later, each with the number of its rows. */
  readonly windowsSince: (
    instant: DateTime.Utc
  ) => ReadonlyArray<{ readonly range: Interval.Interval; readonly rows: number }>
  /**
   * Keys of windows that begin at this instant or later, those of rows that could not be kept, and how often more than once
   * rows among them were listed.
   */
  readonly since: (
    instant: DateTime.Utc
  ) => { readonly keys: ReadonlySet<string>; readonly refused: ReadonlySet<string>; readonly more: number }
}

export const make = (): Met => {
  let windows: Array<{
    readonly range: Interval.Interval
    readonly keys: ReadonlySet<string>
    readonly refused: ReadonlySet<string>
  }> = []
  const repeated = new Map<string, number>()
  return {
    add: (range, lists) => {
      const newest = lists.flatMap(Pass.newest)
      const keys = Pass.keys(newest)
      windows.push({ range, keys, refused: Pass.refused(newest) })
      for (const key of keys) repeated.delete(key)
      for (const [key, times] of lists.flatMap((passes) => [...Pass.repeated(passes)])) repeated.set(key, times)
    },
    forget: (ranges) => {
      windows = windows.filter(({ range }) => Interval.subtract([range], ranges).length > 0)
    },
    ranges: () => Interval.normalise(windows.map(({ range }) => range)),
    has: (key) => windows.some(({ keys }) => keys.has(key)),
    repeated: () => repeated,
    windowsSince: (instant) => {
      const newest = new Map(
        windows.map((window) => [`${window.range.from.epochMillis} ${window.range.to.epochMillis}`, window])
      )
      return [...newest.values()]
        .filter(({ range }) => range.from.epochMillis >= instant.epochMillis)
        .map(({ keys, range, refused }) => {
          const all = [...new Set([...keys, ...refused])]
          return { range, rows: all.reduce((sum, key) => sum + 1 + (repeated.get(key) ?? 0), 0) }
        })
    },
    since: (instant) => {
      const young = windows.filter(({ range }) => range.from.epochMillis >= instant.epochMillis)
      const keys = new Set(young.flatMap(({ keys }) => [...keys]))
      return {
        keys,
        refused: new Set(young.flatMap(({ refused }) => [...refused])),
        more: [...keys].reduce((sum, key) => sum + (repeated.get(key) ?? 0), 0)
      }
    }
  }
}

/** Keeps nothing, where no comparison follows. */
export const none: Met = {
  add: () => undefined,
  forget: () => undefined,
  ranges: () => [],
  has: () => false,
  repeated: () => new Map(),
  windowsSince: () => [],
  since: () => ({ keys: new Set(), refused: new Set(), more: 0 })
}
