/** Reads a list window by window, each with its details, and hands its rows on. */
import { Dataset, type DatasetError, Interval } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Ended, FilterIgnored } from "../ExportError.js"
import * as Grain from "../Grain.js"
import type * as Planning from "../Planning.js"
import { Progress } from "../Progress.js"
import type { Failure, Filter, Scope } from "../Source.js"
import * as Counts from "./counts.js"
import * as Details from "./details.js"
import * as Gathering from "./gathering.js"
import * as Handing from "./handing.js"
import * as Met from "./met.js"
import * as Nowhere from "./nowhere.js"
import * as Outage from "./outage.js"
import * as Pass from "./pass.js"
import * as Reading from "./reading.js"
import * as Runs from "./run.js"
import { together } from "./together.js"
import type * as Unit from "./unit.js"
import * as Windows from "./windows.js"

export interface Options {
  readonly table: Unit.Table
  readonly details: boolean
  readonly concurrency: number
  readonly take: (rows: ReadonlyArray<object>) => Effect.Effect<void>
  /** A window was read: what it counts, and why some of its records cannot be rows, by their keys. */
  readonly read: (found: {
    readonly windows: Runs.State["windows"]
    readonly refused: ReadonlyMap<string, string>
  }) => Effect.Effect<void>
}

/** What the vendor is asked for to read a window: it may reach beyond both ends of it. */
const askedFor = ({ place, reach }: Filter, { range }: Windows.Window) => {
  const { from, to } = reach(range)
  const edge = (place?.edge ?? 0) + (place?.apart ?? 0)
  return { from: DateTime.subtract(from, { millis: edge }), to: DateTime.add(to, { millis: edge }) }
}

/** A stretch that was not counted is read in pieces of at most this length. */
const longest = Duration.toMillis("7 days")

/** A window is gathered in memory, and one that was not counted may hold any number of rows. */
const shortened = (
  { list: { grain } }: Scope,
  filter: Filter,
  window: Windows.Window
): ReadonlyArray<Windows.Window> => {
  const { pass, range, total } = window
  if (pass !== null || total !== null) return [window]
  const pieces = Math.min(
    Math.ceil((range.to.epochMillis - range.from.epochMillis) / longest),
    Windows.mostPieces(grain, filter, range)
  )
  return pieces <= 1 ? [window] : Grain.split(grain, range, pieces).map((range) => ({ ...window, range }))
}

/** A window that was read: as many rows as its lists say. Null where they do not say. */
interface Shown {
  readonly range: Interval.Interval
  readonly total: number | null
}

/**
 * The settled windows were counted and read while the API may have hidden a part of them from both. No comparison follows a
 * pull, so all of them are counted once more at its end.
 */
const countAgain = (scope: Scope, filter: Filter, shown: ReadonlyArray<Shown>) =>
  Effect.gen(function*() {
    const stretches = Interval.normalise(shown.map(({ range }) => range))
    const read = Counts.sum(shown.map(({ total }) => total))
    const count = Effect.map(
      Effect.forEach(stretches, (range) => Counts.ofRange(scope, filter, filter.reach(range))),
      Counts.sum
    )
    const first = yield* count
    if (first === null || read === null || first <= read) return
    // One answer may be wrong. Windows may count a row at an edge twice, and all of them together never more than there are.
    const again = yield* count
    if (again === null || again <= read) return
    const run = yield* Runs.Run
    yield* run.problem({
      tag: "Uncertified",
      source: scope.source,
      scope: scope.scope,
      message:
        `${
          again - read === 1 ? "One row" : `${again - read} rows`
        } may be missing: at the end the API counted ${again} rows, and its windows had ` +
        `shown ${read}. Pull again`,
      requestId: null
    })
  })

/** Where more calls of a window lack their details, the API does not answer: the windows that follow are read without. */
const mostLacking = 10

export const read = (
  scope: Scope,
  { filter, windows: planned }: Windows.Plan,
  options: Options
): Effect.Effect<
  void,
  Failure | Ended | FilterIgnored | DatasetError.WriteError,
  Planning.Planning | Runs.Run
> =>
  Effect.gen(function*() {
    const run = yield* Runs.Run
    const progress = yield* Progress
    const { details } = scope
    const windows = planned.flatMap((window) => shortened(scope, filter, window))
    // Lines of a transcript have no details of their own.
    let withDetails = options.details && options.table.parent === null
    const announced = ({ total }: Windows.Window) => withDetails && !details.listed ? total ?? 0 : 0
    yield* progress.expect(details.lane, {
      requests: windows.reduce((sum, window) => sum + announced(window), 0),
      rows: 0
    })
    const outage = yield* Outage.make(scope)
    const handing = yield* Handing.make({ ...options, asked: windows.map((window) => askedFor(filter, window)) })
    const nowhere = Nowhere.make()
    const shown: Array<Shown> = []
    const meeting = ({ settled }: Windows.Window): Met.Met =>
      settled
        ? {
          ...Met.none,
          add: (range, lists) => {
            shown.push({ range, total: Counts.sum(lists.map((passes) => Pass.toldAlike(passes.slice(-1)))) })
          }
        }
        : Met.none

    const readWindow = ({ number, window }: { readonly number: number; readonly window: Windows.Window }) =>
      Effect.gen(function*() {
        const gathering = Gathering.make(options.table, nowhere)
        const own = yield* Runs.make({ id: run.id, published: () => Effect.void }).pipe(
          Effect.provideService(Dataset, gathering.dataset)
        )
        const work = Effect.gen(function*() {
          yield* progress.phase(scope.source, "reading calls")
          const ending = yield* Reading.readWindow({
            scope,
            filter,
            window,
            met: meeting(window),
            full: true,
            concurrency: options.concurrency
          })
          if (!withDetails) return ending
          yield* Details.read(scope, { announced: announced(window), young: Duration.zero })
          const lacking = yield* gathering.dataset.due({ ...scope, limit: mostLacking + 1 })
          if (lacking.length > mostLacking) withDetails = false
          return ending
        })
        const ended = yield* Effect.exit(outage.guard(Effect.provideService(work, Runs.Run, own)))
        const { problems, windows } = yield* own.state
        yield* Effect.forEach(problems, run.problem, { discard: true })
        yield* options.read({ windows, refused: gathering.refused() })
        yield* handing.read(number, gathering.units())
        return yield* ended
      })

    // What was read is handed on, whatever ended the reading.
    const ended = yield* Effect.exit(
      together(windows.map((window, number) => ({ number, window })), readWindow, options)
    )
    yield* handing.rest
    yield* outage.report
    yield* ended
    yield* countAgain(scope, filter, shown)
  })
