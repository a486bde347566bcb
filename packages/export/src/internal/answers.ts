/**
 * Reads a stretch of the settled past as answers that are whole in themselves: inside of one answer nothing moves, and rows of
 * equal times cannot change places.
 */
import { Interval, Proof } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Listing } from "../Source.js"
import * as Pass from "./pass.js"
import type * as Walk from "./walk.js"

const second = 1000

/** A stretch is read so often at most, until it shows what was counted, or the same twice. */
const mostReadings = 3

type Outcomes = ReadonlyArray<Walk.Outcome>

export interface Reading<E, R> {
  /** Which of the stamps of an entry the list is sorted by, and filed by. */
  readonly stamp: number
  /** The first page of what begins in this stretch. */
  readonly first: (range: Interval.Interval) => Effect.Effect<Listing, E, R>
  /** Where one second holds more rows than an answer. */
  readonly walk: (range: Interval.Interval) => Effect.Effect<Walk.Outcome, E, R>
}

const passOf = (page: Listing): Pass.Pass => {
  const recorder = Pass.recorder()
  recorder.page(page)
  return recorder.pass()
}

const outcomeOf = (pass: Pass.Pass, doubt: string | null = null): Walk.Outcome => ({
  passes: [pass],
  doubt
})

/** Without the rows of the next answer. Null where the totals of both tell another number of rows. */
const before = (page: Listing, next: Listing): Walk.Outcome | null => {
  const [pass, following] = [passOf(page), passOf(next)]
  const isNext = (key: string) => following.keys.has(key) || following.refused.has(key)
  const keys = new Set([...pass.keys].filter((key) => !isNext(key)))
  const refused = new Set([...pass.refused].filter((key) => !isNext(key)))
  const repeats = new Map([...pass.repeats].filter(([key]) => !isNext(key)))
  const part = { ...pass, keys, refused, repeats }
  const counted = page.total === null || next.total === null ? null : page.total - next.total
  const piece = Pass.counting(part, counted)
  return piece === null ? null : outcomeOf(piece)
}

/** When the vendor files the last row of an answer, to the second; null where the answer is in another order. */
const lastSecond = ({ entries }: Listing, stamp: number): number | null => {
  const stamps = entries.flatMap(({ stamps }) => stamps[stamp] === undefined ? [] : [stamps[stamp].epochMillis])
  const last = stamps.at(-1)
  const isSorted = stamps.every((at, index) => at >= (stamps[index - 1] ?? at))
  return last === undefined || !isSorted || stamps.length < entries.length ? null : Math.floor(last / second) * second
}

/**
 * One answer after the other: what lies before the last second of an answer is all there, and the next one begins there. Null
 * where the totals do not agree with that.
 */
export const inOrder = <E, R>(
  { first, stamp, walk }: Reading<E, R>,
  range: Interval.Interval
): Effect.Effect<Outcomes | null, E, R> =>
  Effect.gen(function*() {
    const outcomes: Array<Walk.Outcome> = []
    const from = (millis: number) => Interval.make(DateTime.unsafeMake(millis), range.to)
    let begin = range.from.epochMillis
    let page = yield* first(range)
    while (page.next !== null) {
      const last = lastSecond(page, stamp)
      if (last === null) return null
      if (last > begin) {
        const next: Listing = yield* first(from(last))
        const outcome = before(page, next)
        if (outcome === null) return null
        outcomes.push(outcome)
        begin = last
        page = next
        continue
      }
      const end = begin + second
      outcomes.push(yield* walk(Interval.make(DateTime.unsafeMake(begin), DateTime.unsafeMake(end))))
      if (end >= range.to.epochMillis) return outcomes
      begin = end
      page = yield* first(from(end))
    }
    const pass = passOf(page)
    const whole = Pass.counting(pass, page.total)
    return [...outcomes, whole === null ? outcomeOf(pass, Pass.doubt([pass])) : outcomeOf(whole)]
  })

/** Neighbours show what lies at their common edge twice. It counts where it was met first. */
const disjoint = (outcomes: Outcomes): Outcomes => {
  const seen = new Set<string>()
  const isNew = (key: string) => !seen.has(key)
  const rest = (pass: Pass.Pass): Pass.Pass => ({
    ...pass,
    keys: new Set([...pass.keys].filter(isNew)),
    refused: new Set([...pass.refused].filter(isNew)),
    repeats: new Map([...pass.repeats].filter(([key]) => isNew(key)))
  })
  return outcomes.map((outcome) => {
    const all = new Set([...Pass.keys(outcome.passes), ...Pass.refused(outcome.passes)])
    // A list that holds a row twice counts it once or twice.
    const isOnce = Pass.total(outcome.passes) === Pass.met(outcome.passes)
    const count = isOnce ? Pass.met : Pass.metTwice
    const less = count(outcome.passes) - count(outcome.passes.map(rest))
    const passes = outcome.passes.map((pass) => ({
      ...rest(pass),
      shown: pass.shown - (Pass.metTwice([pass]) - Pass.metTwice([rest(pass)])),
      totals: pass.totals.map((total) => total === null ? null : total - less)
    }))
    for (const key of all) seen.add(key)
    return { ...outcome, passes }
  })
}

const passesOf = (outcomes: Outcomes): ReadonlyArray<Pass.Pass> => outcomes.flatMap(({ passes }) => passes)

/** Reads until all that was counted was shown, or until two readings show the same. */
export const settled = <E, R>(
  read: Effect.Effect<Outcomes, E, R>,
  planned: number | null
): Effect.Effect<Outcomes, E, R> =>
  Effect.gen(function*() {
    let found = yield* read
    let before: Outcomes | null = null
    for (let readings = 1; readings < mostReadings && !isProved(found, before, planned); readings++) {
      before = found
      found = yield* read
    }
    if (isProved(found, before, planned)) return disjoint(found.map(twice))
    const rows = Pass.metTwice(passesOf(found))
    const doubt = found.find(({ doubt }) => doubt !== null)?.doubt ??
      `the API counted ${planned ?? "nothing"} rows and showed ${rows}`
    return disjoint(found).map((outcome) => ({ ...outcome, doubt }))
  })

/** What an answer holds twice was there in two readings. */
const twice = (outcome: Walk.Outcome): Walk.Outcome => {
  const last = outcome.passes.at(-1)
  return last === undefined || last.repeats.size === 0 || outcome.passes.length > 1
    ? outcome
    : { ...outcome, passes: [last, last] }
}

const isWhole = (outcomes: Outcomes): boolean => outcomes.every(({ doubt }) => doubt === null)

const isProved = (found: Outcomes, before: Outcomes | null, planned: number | null): boolean => {
  if (!isWhole(found)) return false
  const isCounted = planned === null || Pass.metTwice(passesOf(found)) === planned
  if (isCounted && passesOf(found).every(({ repeats }) => repeats.size === 0)) return true
  return before !== null && isWhole(before) && Proof.same(union(found), union(before))
}

const union = (outcomes: Outcomes) => ({
  totals: [],
  requestIds: [],
  keys: Pass.keys(passesOf(outcomes)),
  refused: Pass.refused(passesOf(outcomes))
})
