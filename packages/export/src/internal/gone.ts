/** Finds held rows that the vendor no longer lists, asks for each by its id, and marks those that it no longer returns. */
import { type DatasetError, Hiding, Interval } from "@trunkline/dataset"
import type { HeldList, Readable } from "@trunkline/dataset/DatasetReader"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Ended } from "../ExportError.js"
import * as Grain from "../Grain.js"
import * as Planning from "../Planning.js"
import type { Entry, Failure, Filter, Scope } from "../Source.js"
import * as ByIds from "./byIds.js"
import * as Harvest from "./harvest.js"
import type { Met } from "./met.js"
import * as Published from "./published.js"
import { Run } from "./run.js"

/** More rows than these, and a larger share of the list, are not believed to be gone at once. */
const most = { rows: 100, share: 0.01 }

/** The same rows missing so much later are believed to be gone. */
const patience = Duration.hours(6)

/** Requests that a run may spend on asking for rows by their ids. */
const mostRequests = 500

export interface Options {
  readonly acceptGone: boolean
  readonly concurrency: number
}

/** Of ids that were asked for, those that the vendor answered. An id that cannot be asked for counts as answered. */
const answered = (
  dataset: Readable,
  scope: Scope,
  ids: ReadonlyArray<string>,
  { concurrency }: Pick<Options, "concurrency">
) =>
  Effect.gen(function*() {
    // No vendor knows the words that stand for rows of erased people.
    const asked = ids.filter((id) => !Hiding.isWord(id))
    const held = new Map((yield* dataset.heldAmong(Published.heldList(scope), asked)).map(({ at, id }) => [id, at]))
    const isMoved = ({ key, stamps }: Entry): boolean => {
      const at = held.get(key)
      return stamps.length > 0 && at !== undefined && at !== null &&
        !stamps.some((stamp) => stamp.epochMillis === at.epochMillis)
    }
    const idOf = yield* ByIds.received(scope, asked)
    const found = yield* Effect.forEach(
      ByIds.chunksOf(asked, scope.details.atOnce),
      (chunk) =>
        Effect.map(ByIds.read(scope, chunk, idOf), ({ entries, refused, unusable }) => ({
          there: refused.length > 0 ? chunk : [...entries.map(({ key }) => key), ...unusable],
          moved: entries.filter(isMoved)
        })),
      { concurrency }
    )
    return { there: new Set(found.flatMap(({ there }) => there)), moved: found.flatMap(({ moved }) => moved) }
  })

/** Too many of a list to be believed at once. */
const isMany = (gone: number, held: number): boolean => gone > most.rows && gone > held * most.share

const factName = (list: string): string => `many gone since ${list}`

type Identity = Pick<Scope, "source" | "scope">

/** The next rows that are many wait anew. */
const forget = (scope: Identity, list: string) =>
  Effect.gen(function*() {
    const { ledger, remember } = yield* Planning.Planning
    const known = yield* ledger.fact(scope.source, scope.scope, factName(list))
    if (Option.isSome(known) && known.value !== "") yield* remember(scope, factName(list), "")
  })

/** Once numbers agree, the many rows that earlier runs missed are back, or marked. */
export const resolve = (
  scope: Identity,
  list: string
): Effect.Effect<void, DatasetError.WriteError, Planning.Planning | Run> =>
  Effect.gen(function*() {
    const run = yield* Run
    const { problems } = yield* run.state
    const isMissing = problems.some(({ tag, ...of }) =>
      tag === "ManyGone" && of.source === scope.source && of.scope === scope.scope
    )
    if (!isMissing) yield* forget(scope, list)
  })

/** Whether so many of a list may be marked in this run. */
const believed = (
  scope: Pick<Scope, "source" | "scope" | "now">,
  { gone, held, list }: { readonly gone: number; readonly held: number; readonly list: string },
  { acceptGone }: Pick<Options, "acceptGone">
): Effect.Effect<boolean, DatasetError.WriteError, Planning.Planning | Run> =>
  Effect.gen(function*() {
    if (!isMany(gone, held)) return true
    const run = yield* Run
    const { ledger, remember } = yield* Planning.Planning
    const known = yield* ledger.fact(scope.source, scope.scope, factName(list))
    const since = Option.flatMap(known, DateTime.make)
    const isDue = Option.isSome(since) &&
      DateTime.lessThanOrEqualTo(DateTime.addDuration(since.value, patience), scope.now)
    if (acceptGone || isDue) {
      yield* forget(scope, list)
      return true
    }
    if (Option.isNone(since)) yield* remember(scope, factName(list), DateTime.formatIso(scope.now))
    yield* run.problem({
      tag: "ManyGone",
      source: scope.source,
      scope: scope.scope,
      message:
        `The API no longer returns ${gone} of ${held} rows. None is marked as gone now; a run that finds the same ` +
        `${Duration.toHours(patience)} hours later marks them, and so does --accept-gone`,
      requestId: null
    })
    return false
  })

/** Marks rows of a list, together with those that this run marked before no more than are believed. */
export const mark = (
  scope: Pick<Scope, "source" | "scope" | "now">,
  { ids, list, name }: { readonly ids: ReadonlyArray<string>; readonly list: HeldList; readonly name: string },
  options: Pick<Options, "acceptGone">
): Effect.Effect<void, DatasetError.WriteError, Planning.Planning | Run> =>
  Effect.gen(function*() {
    if (ids.length === 0) return
    const run = yield* Run
    const before = run.marked(list)
    const held = before + (yield* run.dataset.held(list, null))
    const told = { gone: before + ids.length, held, list: name }
    if (isMany(before, held) || (yield* believed(scope, told, options))) {
      yield* run.mark({ list, ids, goneAt: scope.now })
    }
  })

/** Rows that were not listed where a list was read to its end, each asked for by its id. */
export interface Lacking {
  /** The vendor no longer returns them. */
  readonly gone: ReadonlyArray<string>
  /** The vendor still answers them. */
  readonly unlisted: ReadonlyArray<string>
  /** The vendor answers them with another time than the one they are held with. */
  readonly moved: ReadonlyArray<Entry>
}

/** Held rows that the stretches of time did not list which were read to their end. Writes nothing. */
export const lacking = (
  dataset: Readable,
  scope: Scope,
  { place }: Filter,
  met: Met,
  options: Pick<Options, "concurrency">
): Effect.Effect<Lacking, Failure | Ended | DatasetError.WriteError, Planning.Planning> =>
  Effect.gen(function*() {
    const list = Published.inColumn(scope, place)
    const { grain } = scope.list
    const most = mostRequests * scope.details.atOnce
    const inside = met.ranges().map((range) => place === null ? Grain.inside(grain, range) : range)
    const missing = new Set<string>()
    const certain = new Set<string>()
    let left = new Set<string>()
    // A row may have moved while it was read: what the windows around it did not show, another one may have.
    const lookElsewhere = Effect.gen(function*() {
      const elsewhere = yield* met.shown(left)
      for (const id of left) if (!elsewhere.has(id)) missing.add(id)
      left = new Set()
    })
    for (const group of met.groups()) {
      // A row near the edge of a day may belong to the next one, which was not read. Asking for it by its id tells.
      const near = Interval.normalise(place === null ? group.map((range) => Grain.around(grain, range)) : group)
      const shown = yield* met.touching(near)
      const held = yield* dataset.heldIds(list, near)
      const found = held.flatMap(({ gone, id }) => gone || shown.has(id) || missing.has(id) ? [] : [id])
      if (found.length === 0) continue
      for (const id of found) left.add(id)
      for (const { id } of yield* dataset.heldIds(list, Interval.intersect(inside, near))) {
        if (left.has(id)) certain.add(id)
      }
      if (left.size + missing.size >= most) yield* lookElsewhere
      if (missing.size >= most) break
    }
    yield* lookElsewhere
    const asked = [...missing].slice(0, most)
    if (asked.length === 0) return { gone: [], unlisted: [], moved: [] }
    const { moved, there } = yield* answered(dataset, scope, asked, options)
    const elsewhere = new Set(moved.map(({ key }) => key))
    return {
      gone: asked.filter((id) => !there.has(id)),
      unlisted: [...there].filter((id) => certain.has(id) && !elsewhere.has(id)),
      moved
    }
  })

/** Keeps what the vendor says of rows that got another time. */
const move = ({ now, scope, source }: Scope, moved: ReadonlyArray<Entry>) =>
  Effect.gen(function*() {
    if (moved.length === 0) return
    const run = yield* Run
    const harvest = Harvest.make()
    harvest.add({ entries: moved, refused: [] }, yield* run.dataset.answer)
    yield* run.land({
      window: { source, scope, stream: "details", from: now, to: now },
      proof: null,
      ...harvest.take()
    })
    yield* run.publish
  })

/**
 * Marks rows that the vendor no longer returns, and moves those that got another time. Returns those that it still answers by
 * their ids, and does not list.
 */
export const find = (
  scope: Scope,
  filter: Filter,
  met: Met,
  options: Options
): Effect.Effect<ReadonlyArray<string>, Failure | Ended | DatasetError.WriteError, Planning.Planning | Run> =>
  Effect.gen(function*() {
    const { dataset } = yield* Run
    const { gone, moved, unlisted } = yield* lacking(dataset, scope, filter, met, options)
    yield* move(scope, moved)
    yield* mark(scope, { ids: gone, list: Published.heldList(scope), name: scope.list.stream }, options)
    return unlisted
  })
