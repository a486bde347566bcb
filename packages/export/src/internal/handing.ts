/**
 * Hands on the rows of windows as the windows are done. A list shows rows at the edge of a window in the next one too, so a window
 * waits for those it touches, and each row is handed on once.
 */
import type { Interval } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Unit from "./unit.js"

type Window =
  | { readonly _tag: "Unread" }
  | { readonly _tag: "Read"; readonly units: Map<string, Unit.Unit> }
  /** Its keys are kept as long as a window that it touches was not handed on. */
  | { readonly _tag: "HandedOn"; readonly keys: ReadonlySet<string> }

export interface Handing {
  /** The window of this number was read, as far as it could be. */
  readonly read: (number: number, units: Map<string, Unit.Unit>) => Effect.Effect<void>
  /** Hands on what waits for windows that are not read any more. */
  readonly rest: Effect.Effect<void>
}

/** `asked` is what was asked for to read each window, in the order of time. */
export const make = (options: {
  readonly table: Unit.Table
  readonly asked: Interval.Intervals
  readonly take: (rows: ReadonlyArray<object>) => Effect.Effect<void>
}): Effect.Effect<Handing> =>
  Effect.map(Effect.makeSemaphore(1), (semaphore) => {
    const { asked, table, take } = options
    const windows: Array<Window> = asked.map(() => ({ _tag: "Unread" }))

    const touch = (one: number, other: number): boolean => {
      const [earlier, later] = [asked[Math.min(one, other)], asked[Math.max(one, other)]]
      return earlier !== undefined && later !== undefined && later.from.epochMillis <= earlier.to.epochMillis
    }
    const touched = (number: number): ReadonlyArray<number> => {
      const found: Array<number> = []
      for (let before = number - 1; touch(before, number); before--) found.push(before)
      for (let after = number + 1; touch(number, after); after++) found.push(after)
      return found
    }
    const isHandedOn = (number: number) => windows[number]?._tag === "HandedOn"

    const handOn = (number: number) =>
      Effect.suspend(() => {
        const window = windows[number]
        if (window?._tag !== "Read") return Effect.void
        const others = touched(number)
        const rows: Array<object> = []
        const keys = new Set<string>()
        for (const [key, unit] of window.units) {
          if (others.some((other) => has(windows[other], key))) continue
          keys.add(key)
          let all = unit
          for (const other of others) {
            const same = windows[other]
            if (same?._tag !== "Read") continue
            all = Unit.merge(all, same.units.get(key) ?? [])
            same.units.delete(key)
          }
          for (const row of Unit.rowsOf(table, all)) rows.push(row)
        }
        windows[number] = { _tag: "HandedOn", keys }
        for (const one of [number, ...others]) {
          if (isHandedOn(one) && touched(one).every(isHandedOn)) windows[one] = { _tag: "HandedOn", keys: new Set() }
        }
        return take(rows)
      })

    return {
      read: (number, units) =>
        semaphore.withPermits(1)(Effect.suspend(() => {
          windows[number] = { _tag: "Read", units }
          const ready = [number, ...touched(number)].toSorted((left, right) => left - right).filter((one) =>
            touched(one).every((other) => windows[other]?._tag !== "Unread")
          )
          return Effect.forEach(ready, handOn, { discard: true })
        })),
      rest: semaphore.withPermits(1)(Effect.suspend(() => Effect.forEach(windows.keys(), handOn, { discard: true })))
    }
  })

const has = (window: Window | undefined, key: string): boolean => window?._tag === "HandedOn" && window.keys.has(key)
