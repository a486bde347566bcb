/** Reads the windows of a list: each oldest first, landed as it comes, and proved by itself. */
import { type DatasetError, type Interval, Proof } from "@trunkline/dataset"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { type Ended, FilterIgnored } from "../ExportError.js"
import * as Grain from "../Grain.js"
import * as Planning from "../Planning.js"
import { Progress } from "../Progress.js"
import type { Cursor, Failure, Filter, Listing, Scope, Slice } from "../Source.js"
import * as Answers from "./answers.js"
import * as Budget from "./budget.js"
import * as ByIds from "./byIds.js"
import * as Counts from "./counts.js"
import * as DetailAges from "./detailAges.js"
import * as Harvest from "./harvest.js"
import type { Met } from "./met.js"
import * as Outage from "./outage.js"
import * as Pass from "./pass.js"
import { isApiError, isFinal, Run } from "./run.js"
import { together } from "./together.js"
import * as Walk from "./walk.js"
import * as WindowEnd from "./windowEnd.js"
import * as Windows from "./windows.js"

export interface Options {
  /** Whether details that are known are asked for again. */
  readonly full: boolean
  readonly concurrency: number
}

/** Rows of a window that gather before they land: a crash loses these, and each landing costs a few writes to the disk. */
export const landAfter = 5000

/** A range is cut into so many snapshots at a time. */
const mostSnapshots = 16

type Error = Failure | Ended | FilterIgnored | DatasetError.WriteError
type Context = Planning.Planning | Run

/** Reads what was planned, and says whether all of it was proved. */
export const read = (
  scope: Scope,
  { filter, windows }: Windows.Plan,
  options: Options,
  met: Met
): Effect.Effect<boolean, Error, Context> =>
  Effect.gen(function*() {
    const progress = yield* Progress
    yield* progress.phase(scope.source, "reading calls")
    const outage = yield* Outage.make(scope)
    const read = yield* together(
      windows,
      (window) => outage.guard(readWindow({ scope, filter, window, met, ...options })),
      { concurrency: options.concurrency }
    )
    yield* outage.report
    return read.every((ending) => ending === "whole")
  })

/** How a window ended that was read in parts. */
const worst = (endings: ReadonlyArray<Outage.Ending>): Outage.Ending =>
  endings.find((ending) => ending === "failed") ?? endings.find((ending) => ending !== "whole") ?? "whole"

export interface Reading extends Options {
  readonly scope: Scope
  readonly filter: Filter
  readonly window: Windows.Window
  readonly met: Met
}

/** Reads a window to its end. Where that fails, or proves nothing, its rows are kept and its problem is reported. */
export const readWindow = (reading: Reading): Effect.Effect<Outage.Ending, Error, Context> =>
  Effect.gen(function*() {
    const { concurrency, filter, full, scope, window: { pass, range, settled, slices, total } } = reading
    const { details, list } = scope
    const run = yield* Run
    const name = Grain.text(list.grain, range)
    const harvest = Harvest.make()
    const unfinished = new Map<string, { readonly endedAt: DateTime.Utc; readonly dueAt: DateTime.Utc }>()
    const finished = new Set<string>()
    const seen = new Set<string>()
    let pages = 0
    let isDeepRefused = false
    const announced = Windows.pagesOf(list, { settled, total })

    const land = (proof: Proof.Proof | null) =>
      Effect.suspend(() => {
        const pending = [...unfinished].map(([id, when]) => ({ id, ...when, again: full && !details.listed }))
        const settled = [...finished]
        unfinished.clear()
        finished.clear()
        return run.land({
          window: { source: scope.source, scope: scope.scope, stream: list.stream, from: range.from, to: range.to },
          proof,
          keysOfRows: list.published.tables.length > 0,
          ...harvest.take(),
          pending,
          // What the list says of details is newer than what the ledger knows of them.
          postponed: details.listed ? pending : [],
          settled
        })
      })

    const keep = Effect.fnUntraced(
      function*(page: Listing) {
        if (page.entries.some(({ stamps }) => stamps.every((at) => Grain.isOutside(list.grain, range, at)))) {
          return yield* new FilterIgnored({ asked: name, requestId: page.requestId })
        }
        harvest.add(page, yield* run.dataset.answer)
        for (const { detail, key } of page.entries) {
          seen.add(key)
          if (detail === null) continue
          const dueAt = !details.listed
            ? scope.now
            : detail.finished
            ? null
            : DetailAges.next(detail.endedAt, scope.now)
          if (dueAt === null) finished.add(key)
          else unfinished.set(key, { endedAt: detail.endedAt, dueAt })
        }
        if (harvest.size() >= landAfter) yield* land(null)
      }
    )

    const totalOf = (slice: Slice, range: Interval.Interval) =>
      Effect.map(Planning.onePage(list.lane, slice.count(range)), ({ total }) => total)
    type Read = Effect.Effect.Success<ReturnType<typeof Planning.pages>>
    const listOf = (slice: Slice, range: Interval.Interval, read: Read): Walk.List<Error, Context> => ({
      page: Effect.fnUntraced(function*(cursor: Cursor | null) {
        pages += 1
        const page = yield* read(cursor, slice.page(range, cursor), pages <= announced).pipe(
          Effect.tapError(() =>
            Effect.sync(() => {
              isDeepRefused ||= cursor !== null
            })
          )
        )
        yield* keep(page)
        return page
      }),
      stillThere: (keys) => Effect.zipRight(land(null), ByIds.count(scope, keys, { concurrency })),
      total: totalOf(slice, range)
    })

    // Each reading in pieces explains itself anew.
    const pieces = Planning.pages(list.lane, { planned: total, pieces: true })
    /** Cuts a range into pieces that are one answer each: nothing can move inside of one answer. */
    const snapshots = (
      range: Interval.Interval,
      read: Read,
      cut: { readonly depth: number; readonly all: Budget.Pieces } | null = null
    ): Effect.Effect<ReadonlyArray<Walk.Outcome>, Error, Context> =>
      Effect.gen(function*() {
        const page = yield* listOf(filter.all, range, read).page(null)
        const all = cut?.all ?? Budget.pieces((yield* Planning.Planning).budget, list.lane, total ?? page.total)
        const depth = cut?.depth ?? 0
        if (page.next !== null && Grain.count(list.grain, range) > 1) {
          const rows = page.total ?? list.pageSize * 2
          const pieces = Math.min(mostSnapshots, Math.ceil(rows / Windows.snapshotRows(list)))
          const parts = Grain.split(list.grain, range, pieces)
          const shown = page.entries.length + page.refused.length
          yield* all.cut({ depth, claimed: page.total, shown, parts: parts.length })
          const next = { depth: depth + 1, all }
          return (yield* together(parts, (part) => snapshots(part, read, next), { concurrency })).flat()
        }
        yield* all.claim(page.total)
        const recorder = Pass.recorder()
        recorder.page(page)
        // An answer that says more than it shows is no snapshot.
        const pass = page.next === null ? Pass.counting(recorder.pass(), page.total) : null
        if (pass !== null) return [{ passes: [pass], doubt: null }]
        const part = listOf(filter.all, range, yield* Planning.pages(list.lane))
        return [yield* settled ? Walk.settled(part) : Walk.open(part)]
      })

    const reach = filter.reach(range)
    const planned = slices.length > 1 ? null : total
    const walked = Effect.forEach(slices, (slice) =>
      Effect.gen(function*() {
        const part = listOf(slice, reach, yield* Planning.pages(list.lane, { planned }))
        return yield* settled ? Walk.settled(part, planned) : Walk.open(part, planned)
      }))
    const inPieces = Effect.flatMap(pieces, (read) => snapshots(reach, read))
    const inOrder = (stamp: number) =>
      Effect.flatMap(pieces, (read) =>
        Answers.inOrder({
          stamp,
          first: (range) => listOf(filter.all, range, read).page(null),
          walk: (range) =>
            Effect.flatMap(Planning.pages(list.lane), (read) => Walk.settled(listOf(filter.all, range, read)))
        }, reach))
    const sortedBy = filter.place?.sortedBy ?? null
    const answers = sortedBy === null
      ? inPieces
      : Effect.flatMap(inOrder(sortedBy), (found) => found === null ? inPieces : Effect.succeed(found))
    const outcomes: Effect.Effect<ReadonlyArray<Walk.Outcome>, Error, Context> = pass !== null
      ? Effect.succeed([{ passes: [pass], doubt: null }])
      : !settled && list.snapshots
      // Where the totals of pieces cannot be true, the window is read as one list.
      ? Effect.catchTag(inPieces, "NoProgress", () => walked)
      : list.snapshots
      ? Answers.settled(answers, total)
      : walked

    /** The slices of a window make up the whole, also after they were read. */
    const checkSum = (outcomes: ReadonlyArray<Walk.Outcome>) =>
      Effect.gen(function*() {
        const sum = Counts.sum(outcomes.map(({ passes }) => Pass.toldAlike(passes.slice(-1))))
        const whole = yield* totalOf(filter.all, reach)
        if (whole !== sum) return `its parts make ${sum} rows, and the API says ${whole ?? "nothing"} for the whole`
        // A row that changes while the parts are read may be in two of them, and hide another.
        const overlap = Proof.contradiction(Walk.proof(outcomes, "certified")) === "PartsOverlap"
        return overlap ? "two of its parts showed the same row" : null
      })

    const ending = { scope, range, name, land }
    /** Rows that change places do so within fewer pages of a shorter window, or of a part of it. */
    const narrower = (): ReadonlyArray<Windows.Window> => {
      const same = { settled, total: null, pass: null, doubt: null }
      if (Windows.mostPieces(list.grain, filter, range) > 1) {
        return Grain.split(list.grain, range, 2).map((range) => ({ ...same, range, slices: [filter.all] }))
      }
      const parts = slices.includes(filter.all) ? filter.all.cuts[0]?.() ?? [] : []
      return parts.length === 0 ? [] : [{ ...same, range, slices: parts }]
    }
    return yield* Effect.gen(function*() {
      const found = yield* outcomes
      const doubt = found.find((outcome) => outcome.doubt !== null)?.doubt ?? reading.window.doubt ??
        (settled && slices.length > 1 ? yield* checkSum(found) : null)
      // A vendor that tells no totals proves a shorter window no better.
      const isSilent = Pass.silent(found.flatMap(({ passes }) => passes))
      if (doubt !== null && settled && !isSilent && reading.window.doubt === null) {
        const smaller = narrower()
        if (smaller.length > 0) {
          yield* land(null)
          return worst(yield* Effect.forEach(smaller, (window) => readWindow({ ...reading, window })))
        }
      }
      const finished = yield* WindowEnd.finish(ending, found, { settled, doubt })
      if (finished.ending === "whole") {
        reading.met.add(range, found.map((outcome) => outcome.passes), finished.landed === "certified")
      }
      return finished.ending
    }).pipe(
      Effect.catchAll((error) =>
        Effect.gen(function*() {
          if (!isApiError(error) || isFinal(error)) return yield* WindowEnd.leave(ending, error)
          // A refused deep page, or a range that is too wide. The count may not have shown it, if its refusal was garbled.
          const narrower = error._tag === "Invalid" && (isDeepRefused || list.tooWide(error))
          if (narrower && Windows.mostPieces(list.grain, filter, range) > 1) {
            yield* land(null)
            const halves = yield* Effect.forEach(
              Grain.split(list.grain, range, 2),
              (range) =>
                readWindow({
                  ...reading,
                  window: { range, settled, slices: [filter.all], total: null, pass: null, doubt: reading.window.doubt }
                })
            )
            return worst(halves)
          }
          return yield* WindowEnd.fail(ending, error, { keys: seen, pages })
        })
      )
    )
  })
