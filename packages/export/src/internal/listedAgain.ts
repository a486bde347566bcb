/** What a list shows of a stretch of time, read to its end and kept nowhere. */
import type { Interval } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import { FilterIgnored } from "../ExportError.js"
import * as Grain from "../Grain.js"
import * as Planning from "../Planning.js"
import type { Cursor, Filter, Scope, Slice } from "../Source.js"
import type { Met } from "./met.js"
import * as Pass from "./pass.js"
import * as Walk from "./walk.js"
import * as Windows from "./windows.js"

export interface Listed {
  readonly keys: ReadonlySet<string>
  /** Rows that could not be kept. */
  readonly refused: ReadonlySet<string>
  /** Whether all of it was shown, as far as the totals tell. */
  readonly certain: boolean
}

/** A list, and how it is read. */
interface Counted {
  readonly scope: Scope
  readonly filter: Filter
  readonly options: Pick<Windows.Options, "concurrency" | "trust">
}

const walked = (counted: Counted, window: Windows.Window, slice: Slice) =>
  Effect.gen(function*() {
    const { grain, lane } = counted.scope.list
    const { range } = window
    const read = yield* Planning.pages(lane)
    const page = (cursor: Cursor | null) =>
      Effect.gen(function*() {
        const listing = yield* read(cursor, slice.page(counted.filter.reach(range), cursor), true)
        if (listing.entries.some(({ stamps }) => stamps.every((at) => Grain.isOutside(grain, range, at)))) {
          return yield* new FilterIgnored({ asked: Grain.text(grain, range), requestId: listing.requestId })
        }
        return listing
      })
    const first = yield* Walk.walk({ page })
    if (Pass.full([first])) return { passes: [first], certain: true }
    const { doubt, passes } = yield* Walk.open({ page })
    return { passes: [first, ...passes], certain: doubt === null }
  })

/** Windows that were read to their end are added to `met`. */
export const list = (counted: Counted, range: Interval.Interval, met: Met) =>
  Effect.gen(function*() {
    const { filter, options, scope } = counted
    const again = { ...scope, list: { ...scope.list, filter: Effect.succeed(filter) } }
    const plan = yield* Windows.planned(again, [range], options)
    const windows = yield* Effect.forEach(plan?.windows ?? [], (window) =>
      Effect.gen(function*() {
        const lists = window.pass === null
          ? yield* Effect.forEach(window.slices, (slice) => walked(counted, window, slice))
          : [{ passes: [window.pass], certain: true }]
        const passes = lists.flatMap(({ passes }) => passes)
        const certain = window.doubt === null && lists.every(({ certain }) => certain)
        if (certain) met.add(window.range, lists.map((list) => list.passes))
        return { passes, certain }
      }), { concurrency: options.concurrency })
    const passes = windows.flatMap(({ passes }) => passes)
    const listed: Listed = {
      keys: Pass.keys(passes),
      refused: Pass.refused(passes),
      certain: windows.every(({ certain }) => certain)
    }
    return listed
  })
