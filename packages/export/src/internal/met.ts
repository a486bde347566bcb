/** What the windows of a list showed in one run: each that was read to its end, with its rows. */
import type { DatasetError } from "@trunkline/dataset"
import * as Interval from "@trunkline/dataset/Interval"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Pass from "./pass.js"

type Keys = Effect.Effect<ReadonlySet<string>, DatasetError.LedgerError>

export interface Met {
  /**
   * With the walks over each of the lists that a window is made of. Where the ledger keeps the keys of the window, they are not
   * kept here: memory does not grow with the rows of a run.
   */
  readonly add: (range: Interval.Interval, lists: ReadonlyArray<ReadonlyArray<Pass.Pass>>, inLedger?: boolean) => void
  /** Before these stretches are read again: a row that was deleted since is no longer shown. */
  readonly forget: (ranges: Interval.Intervals) => void
  /** The stretches of time that were read to their end. */
  readonly ranges: () => Interval.Intervals
  /** The windows from the oldest to the newest, so many together that their keys fit into memory. */
  readonly groups: () => ReadonlyArray<Interval.Intervals>
  /** The keys of all windows that touch these stretches. */
  readonly touching: (ranges: Interval.Intervals) => Keys
  /** Of these keys, those that any window showed. */
  readonly shown: (keys: Iterable<string>) => Keys
  /** Rows that a list showed more than once, and how often more. */
  readonly repeated: () => ReadonlyMap<string, number>
  /** What was read last of the windows that begin at this instant or later, each with the number of its rows. */
  readonly windowsSince: (
    instant: DateTime.Utc
  ) => ReadonlyArray<{ readonly range: Interval.Interval; readonly rows: number }>
  /**
   * How many different rows the windows showed that begin at this instant or later, the keys of those that could not be kept,
   * and how often more than once rows among them were listed.
   */
  readonly since: (
    instant: DateTime.Utc
  ) => { readonly held: number; readonly refused: ReadonlySet<string>; readonly more: number }
}

interface Window {
  readonly range: Interval.Interval
  /** Null where the ledger keeps them. */
  readonly keys: ReadonlySet<string> | null
  readonly size: number
  readonly refused: ReadonlySet<string>
  /** Of those that could not be kept, so many are no keys of the window as well. */
  readonly refusedOnly: number
}

const isTouching = ({ range }: Window, { from, to }: Interval.Interval): boolean =>
  range.from.epochMillis < to.epochMillis && from.epochMillis < range.to.epochMillis

export const make = ({ atOnce = 20_000, inLedger = () => Effect.succeed(new Set()) }: {
  /** The keys that the ledger keeps of these windows. */
  readonly inLedger?: (windows: ReadonlyArray<Interval.Interval>) => Keys
  /** Windows are taken together up to so many rows. */
  readonly atOnce?: number
} = {}): Met => {
  let windows: Array<Window> = []
  const repeated = new Map<string, { readonly times: number; readonly window: Window }>()

  const keysOf = (some: ReadonlyArray<Window>): Keys =>
    Effect.gen(function*() {
      const elsewhere = some.filter(({ keys }) => keys === null).map(({ range }) => range)
      const found = new Set(elsewhere.length === 0 ? [] : yield* inLedger(elsewhere))
      for (const { keys } of some) for (const key of keys ?? []) found.add(key)
      return found
    })

  const groups = (): ReadonlyArray<ReadonlyArray<Window>> => {
    const found: Array<Array<Window>> = []
    let rows = 0
    for (const window of windows.toSorted((one, other) => one.range.from.epochMillis - other.range.from.epochMillis)) {
      rows += window.size
      const last = found.at(-1)
      if (last === undefined || rows > atOnce) {
        found.push([window])
        rows = window.size
      } else {
        last.push(window)
      }
    }
    return found
  }

  const more = (window: Window): number => {
    let sum = 0
    for (const [key, { times, window: last }] of repeated) {
      if (window.keys === null ? last === window : window.keys.has(key)) sum += times
    }
    return sum
  }

  return {
    add: (range, lists, isInLedger = false) => {
      const newest = lists.flatMap(Pass.newest)
      const keys = Pass.keys(newest)
      const refused = Pass.refused(newest)
      const refusedOnly = [...refused].filter((key) => !keys.has(key)).length
      const window = { range, keys: isInLedger ? null : keys, size: keys.size, refused, refusedOnly }
      windows.push(window)
      for (const key of repeated.keys()) if (keys.has(key)) repeated.delete(key)
      for (const [key, times] of lists.flatMap((passes) => [...Pass.repeated(passes)])) {
        repeated.set(key, { times, window })
      }
    },
    forget: (ranges) => {
      windows = windows.filter(({ range }) => Interval.subtract([range], ranges).length > 0)
    },
    ranges: () => Interval.normalise(windows.map(({ range }) => range)),
    groups: () => groups().map((group) => group.map(({ range }) => range)),
    touching: (ranges) => keysOf(windows.filter((window) => ranges.some((range) => isTouching(window, range)))),
    shown: (keys) =>
      Effect.gen(function*() {
        const asked = new Set(keys)
        const found = new Set<string>()
        for (const group of asked.size === 0 ? [] : groups()) {
          const known = yield* keysOf(group)
          for (const key of asked) if (known.has(key)) found.add(key)
        }
        return found
      }),
    repeated: () => new Map([...repeated].map(([key, { times }]) => [key, times])),
    windowsSince: (instant) => {
      const newest = new Map(
        windows.map((window) => [`${window.range.from.epochMillis} ${window.range.to.epochMillis}`, window])
      )
      return [...newest.values()]
        .filter(({ range }) => range.from.epochMillis >= instant.epochMillis)
        .map((window) => ({ range: window.range, rows: window.size + window.refusedOnly + more(window) }))
    },
    since: (instant) => {
      const young = windows.filter(({ range }) => range.from.epochMillis >= instant.epochMillis)
      const keys = new Set(young.flatMap((window) => [...window.keys ?? []]))
      // What is certified is hardly ever young, and then no other window shows its rows.
      const certified = young.filter((window) => window.keys === null)
      let more = 0
      for (const [key, { times, window }] of repeated) if (keys.has(key) || certified.includes(window)) more += times
      return {
        held: certified.reduce((sum, { size }) => sum + size, keys.size),
        refused: new Set(young.flatMap(({ refused }) => [...refused])),
        more
      }
    }
  }
}

/** Keeps nothing, where no comparison follows. */
export const none: Met = {
  ...make(),
  add: () => undefined
}
