/**
 * Compares a list as a run does at its end, and says what an export would land or mark. What is young, and windows that differ,
 * are listed; nothing is landed.
 */
import { type DatasetError, Interval } from "@trunkline/dataset"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Grain from "../Grain.js"
import type * as Planning from "../Planning.js"
import type { Problem } from "../Problem.js"
import type { Scope } from "../Source.js"
import * as Apart from "./apart.js"
import * as Comparing from "./comparing.js"
import type { Difference } from "./difference.js"
import * as Differing from "./differing.js"
import * as Gone from "./gone.js"
import * as ListedAgain from "./listedAgain.js"
import * as Met from "./met.js"
import * as Published from "./published.js"
import * as Quarantine from "./quarantine.js"
import * as Trust from "./trust.js"

export interface Compared {
  /** Whether all that differs is named; null where the numbers of the list cannot be told. */
  readonly agrees: boolean | null
  /** Both numbers; null where they cannot be told. */
  readonly sides: Comparing.Sides | null
  readonly differing: ReadonlyArray<Difference>
  readonly problems: ReadonlyArray<Problem>
}

type Error = Comparing.Error

/** Windows that are compared side by side. */
const concurrency = 4

/** The settled past as far as it is certified; null where a part of it is not. */
const settledPast = ({ dataset, filter, scope }: Comparing.Counted) =>
  Effect.gen(function*() {
    const { list: { grain, stream } } = scope
    const since = yield* dataset.since(scope.source, scope.scope)
    if (Option.isNone(since)) return null
    const { from } = Grain.cover(grain, Interval.make(since.value, since.value))
    const unsettled = DateTime.max(from, Grain.unsettled(grain, scope.now, filter.settling))
    const certified = yield* dataset.intervals({ source: scope.source, scope: scope.scope, stream })
    const past = Comparing.settledPast(certified, Interval.make(from, scope.latest))
    return past === null || (DateTime.lessThan(from, unsettled) && past.to.epochMillis === from.epochMillis)
      ? null
      : yield* Comparing.cut({ dataset, filter, scope }, past)
  })

/** What is held of a list: by id whether it is marked as gone, and what lies in quarantine. */
const holding = (dataset: Readable, scope: Scope) =>
  Effect.gen(function*() {
    const ids = yield* dataset.heldIds(Published.heldList(scope), null)
    const visible = new Set(ids.flatMap(({ gone, id }) => gone ? [] : [id]))
    return { visible, aside: new Set(yield* Quarantine.unresolved(dataset, scope)) }
  })

type Holding = Effect.Effect.Success<ReturnType<typeof holding>>

/** Lists what is younger than the settled past. */
const readYoung = (
  counted: Comparing.Counted,
  { edge }: Comparing.Stretch,
  { aside, visible }: Holding,
  met: Met.Met
) =>
  Effect.gen(function*() {
    const { dataset, filter: { place }, scope } = counted
    const { list: { grain } } = scope
    const range = Grain.whole(grain, {
      from: edge,
      to: Grain.cover(grain, Interval.make(scope.latest, scope.latest)).to
    })
    const { certain, keys, refused } = yield* ListedAgain.list(counted, range, met)
    const inside = place === null ? Grain.inside(grain, range) : range
    const ofRange = DateTime.lessThan(inside.from, inside.to)
      ? yield* dataset.heldIds(Published.inColumn(scope, place), [inside])
      : []
    const left = ofRange.flatMap(({ gone, id }) => gone || keys.has(id) || refused.has(id) ? [] : [id])
    const arrived = [...keys].filter((id) => !visible.has(id))
    return {
      range,
      certain,
      arrived,
      left,
      held: [...keys, ...refused].filter((id) => visible.has(id)).length + left.length,
      shown: keys.size + refused.size,
      more: met.since(edge).more,
      // A row of the quarantine that can be read by now counts as young as well.
      refused: new Set([...refused, ...arrived.filter((id) => aside.has(id))]),
      ahead: [...arrived, ...refused].filter((id) => !visible.has(id) && !aside.has(id)).length
    }
  })

export const compareList = (
  dataset: Readable,
  scope: Scope
): Effect.Effect<Compared, Error | DatasetError.WriteError, Planning.Planning> =>
  Effect.gen(function*() {
    const { list, source } = scope
    if (list.published.tables.length === 0) return { agrees: null, sides: null, differing: [], problems: [] }
    const options = { trust: yield* Trust.of(scope), concurrency }
    const held = yield* holding(dataset, scope)
    const known = yield* Apart.known(dataset, scope)

    // Each attempt asks anew how the vendor understands a range, and lists anew what is young.
    const attempt = Effect.gen(function*() {
      const met = Met.make()
      const counted: Comparing.Counted = { dataset, scope, filter: yield* list.filter, options }
      const stretch = yield* settledPast(counted)
      const young = stretch === null ? null : yield* readYoung(counted, stretch, held, met)
      if (stretch === null || young?.certain !== true) return { met, counted, young: null, compared: null, found: null }
      const compared: Comparing.Compared = {
        ...counted,
        stretch,
        met,
        young: () => young,
        ahead: { settled: 0, young: young.ahead }
      }
      const found = yield* Comparing.compare(compared, yield* Comparing.apart(known, met, known.unlisted))
      return { met, counted, young, compared, found }
    })
    const first = yield* attempt
    const isClear = first.found === null || first.found.agrees && !first.found.isNews
    const last = isClear ? first : yield* attempt
    const { compared, counted, found, met, young } = last
    const sides = found?.sides ?? null
    const difference = (range: Interval.Interval) => ({
      source,
      scope: scope.scope,
      stream: list.stream,
      from: DateTime.formatIso(range.from),
      to: DateTime.formatIso(range.to)
    })
    const ofYoung = ({ gone, unlisted }: Pick<Gone.Lacking, "gone" | "unlisted">): ReadonlyArray<Difference> => {
      if (young === null) return []
      const named = {
        missingHere: young.arrived,
        missingThere: young.left.filter((id) => gone.includes(id)),
        unlisted: young.left.filter((id) => unlisted.includes(id))
      }
      return Object.values(named).every((ids) => ids.length === 0)
        ? []
        : [{ ...difference(young.range), settled: false, here: young.held, there: young.shown, ...named }]
    }
    // Rows that arrive all the while are read by the next export.
    const arriving = found?.moved === true && (young?.arrived.length ?? 0) > (first.young?.arrived.length ?? 0)
    if (found?.agrees === true || arriving) {
      const agrees = found?.capped === true ? null : true
      return { agrees, sides, differing: ofYoung({ gone: [], unlisted: [] }), problems: [] }
    }

    const windows = yield* Effect.forEach(
      yield* Differing.windows(counted, sides !== null && sides.here > sides.there, met),
      (one) => Effect.map(ListedAgain.list(counted, one.window, met), (listed) => ({ ...one, ...listed })),
      { concurrency }
    )
    const { gone, moved, unlisted } = yield* Gone.lacking(dataset, scope, counted.filter, met, options)
    const lacking = { gone, unlisted: [...unlisted, ...moved.map(({ key }) => key)] }
    const named = new Set([...young?.arrived ?? [], ...young?.left ?? []])
    const isNew = (id: string) => !named.has(id) && named.add(id).size > 0
    const differing: Array<Difference> = [...ofYoung(lacking)]
    let ahead = 0
    for (const { certain, keys, refused, total, window } of windows) {
      const missingHere = [...keys].filter((id) => !held.visible.has(id)).filter(isNew)
      const near = counted.filter.place === null ? Grain.around(list.grain, window) : window
      const ofWindow = new Set(
        (yield* dataset.heldIds(Published.inColumn(scope, counted.filter.place), [near])).map(({ id }) => id)
      )
      const missingThere = lacking.gone.filter((id) => ofWindow.has(id)).filter(isNew)
      const unlisted = lacking.unlisted.filter((id) => ofWindow.has(id)).filter(isNew)
      ahead += missingHere.filter((id) => !held.aside.has(id)).length - missingThere.length
      if (certain && missingHere.length + missingThere.length + unlisted.length === 0) continue
      const there = [...keys, ...refused].filter((id) => held.visible.has(id) || held.aside.has(id))
      differing.push({
        ...difference(window),
        settled: true,
        here: there.filter((id) => !missingHere.includes(id)).length + missingThere.length + unlisted.length,
        there: total,
        missingHere,
        missingThere,
        unlisted
      })
    }
    const problems = windows.filter(({ certain }) => !certain).map(({ window }): Problem => ({
      tag: "Uncertified",
      source,
      scope: scope.scope,
      message: `${
        Grain.text(list.grain, window)
      } could not be listed to its end: the API shows fewer rows than it says`,
      requestId: null
    }))
    if (compared === null || young === null) return { agrees: null, sides, differing, problems }
    // A row that is held and no longer listed may count at the vendor or not.
    const left = young.left.filter((id) => lacking.gone.includes(id)).length
    const healed = { ...compared, ahead: { settled: ahead, young: young.ahead - left } }
    for (const unlisted of [[], [...new Set([...known.unlisted, ...lacking.unlisted])]]) {
      const again = yield* Comparing.compare(healed, yield* Comparing.apart(known, met, unlisted))
      if (again === null) return { agrees: null, sides, differing, problems }
      const isEdge = again.capped && windows.length === 0
      if (again.agrees || isEdge) return { agrees: again.capped ? null : true, sides, differing, problems }
    }
    const told = sides ?? { here: 0, there: 0 }
    const unreconciled: Problem = {
      tag: "Unreconciled",
      source,
      scope: scope.scope,
      message:
        `The API counts ${told.there} rows, and the dataset holds ${told.here}. Windows that differ do not explain it`,
      requestId: null
    }
    return { agrees: false, sides, differing, problems: [...problems, unreconciled] }
  }).pipe(Effect.withSpan("CompareList"))
