/** A stretch that is read as answers which are whole in themselves. */
import { assert, describe, it } from "@effect/vitest"
import { Interval } from "@trunkline/dataset"
import type { Listing } from "@trunkline/export/Source"
import { DateTime, Effect } from "effect"
import * as Answers from "../src/internal/answers.js"
import type * as Walk from "../src/internal/walk.js"
import { page, pass } from "./fixtures/pages.js"

const seconds = (from: number, to: number) =>
  Interval.make(DateTime.unsafeMake(from * 1000), DateTime.unsafeMake(to * 1000))

const secondsOf = ({ from, to }: Interval.Interval) => [from.epochMillis / 1000, to.epochMillis / 1000] as const

/** `keys` with the seconds at which the vendor files them, one after the other; null where it gives none. */
const filed = (listing: Listing, ats: ReadonlyArray<number | null>): Listing => ({
  ...listing,
  entries: listing.entries.map((entry, place) => {
    const at = ats[place] ?? null
    return { ...entry, stamps: at === null ? [] : [DateTime.unsafeMake(at * 1000)] }
  })
})

const outcome = (...passes: Walk.Outcome["passes"]): Walk.Outcome => ({ passes, doubt: null })

/** Answers these pages in this order, and says what was asked for. A second of its own shows the row x. */
const inOrder = (range: Interval.Interval, ...pages: ReadonlyArray<Listing>) =>
  Effect.gen(function*() {
    const asked: Array<readonly [number, number]> = []
    const walked: Array<readonly [number, number]> = []
    const found = yield* Answers.inOrder({
      stamp: 0,
      first: (part) =>
        Effect.suspend(() => {
          const next = pages[asked.length]
          asked.push(secondsOf(part))
          return next === undefined ? Effect.die("asked for more than there is") : Effect.succeed(next)
        }),
      walk: (part) =>
        Effect.sync(() => {
          walked.push(secondsOf(part))
          return outcome(pass(page("x", { total: 1 })))
        })
    }, range)
    return { asked, walked, found: found === null ? null : told(found) }
  })

/** Of each outcome its keys, what it counts, and why it is in doubt. */
const told = (outcomes: ReadonlyArray<Walk.Outcome>) =>
  outcomes.map(({ doubt, passes }) =>
    [passes.map(({ keys }) => [...keys].join("")).join(" "), passes.flatMap(({ totals }) => totals), doubt] as const
  )

describe("answers in order", () => {
  const first = filed(page("a b c", { total: 5, next: 2 }), [0, 1, 2.5])
  const second = filed(page("c d e", { total: 3 }), [2.5, 3, 3])

  it.effect("each begin in the last second of the one before", () =>
    Effect.gen(function*() {
      const { asked, found, walked } = yield* inOrder(seconds(0, 10), first, second)
      assert.deepStrictEqual(found, [["ab", [2], null], ["cde", [3], null]])
      assert.deepStrictEqual(asked, [[0, 10], [2, 10]])
      assert.deepStrictEqual(walked, [])
    }))

  it.effect("count what was refused, and what they show twice", () =>
    Effect.gen(function*() {
      const refused = ["{\"id\":\"q\"}", "{\"id\":\"r\"}", "{\"id\":\"s\"}"]
      const refusing = filed(page("a b b c", { total: 9, next: 2, refused }), [0, 1, 1, 2])
      const after = filed(page("c d e", { total: 4, refused: ["{\"id\":\"s\"}"] }), [2, 3, 3])
      const { found } = yield* inOrder(seconds(0, 10), refusing, after)
      assert.deepStrictEqual(found, [["ab", [5], null], ["cde", [4], null]])
    }))

  it.effect("are no answers in order where their totals tell another number of rows, or none", () =>
    Effect.gen(function*() {
      for (const [one, two] of [[6, 3], [4, 3], [null, 3], [2, null], [null, null]] as const) {
        const { found } = yield* inOrder(seconds(0, 10), { ...first, total: one }, { ...second, total: two })
        assert.isNull(found, `${one} ${two}`)
      }
    }))

  it.effect("are none where rows come in another order, or without the time that they are filed by", () =>
    Effect.gen(function*() {
      for (const ats of [[0, 2, 1], [1, 0, 2], [0, null, 2], [null, null, null]]) {
        assert.isNull((yield* inOrder(seconds(0, 10), filed(first, ats), second)).found)
      }
      const none = page("", { total: 5, next: 2 })
      assert.isNull((yield* inOrder(seconds(0, 10), none, second)).found)
    }))

  it.effect("go on behind a second that holds more rows than an answer, which is walked", () =>
    Effect.gen(function*() {
      const full = filed(page("a b c", { total: 5, next: 2 }), [0, 0, 0])
      const { asked, found, walked } = yield* inOrder(seconds(0, 10), full, second)
      assert.deepStrictEqual([asked, walked], [[[0, 10], [1, 10]], [[0, 1]]])
      assert.deepStrictEqual(found, [["x", [1], null], ["cde", [3], null]])
      const alone = yield* inOrder(seconds(0, 1), full)
      assert.deepStrictEqual([alone.asked, alone.found], [[[0, 1]], [["x", [1], null]]])
    }))

  it.effect("leave the last one in doubt where it shows another number of rows than it says", () =>
    Effect.gen(function*() {
      const { found } = yield* inOrder(seconds(0, 10), page("a b", { total: 3 }))
      assert.deepStrictEqual(found, [["ab", [3], "the API says 3 rows and showed 2 different ones"]])
    }))
})

describe("a settled stretch", () => {
  /** Reads these, one after the other, and says how many it took. */
  const settled = (planned: number | null, ...readings: ReadonlyArray<ReadonlyArray<Walk.Outcome>>) =>
    Effect.gen(function*() {
      let made = 0
      const found = yield* Answers.settled(
        Effect.suspend(() => {
          const next = readings[made]
          made += 1
          return next === undefined ? Effect.die("read more often than there is") : Effect.succeed(next)
        }),
        planned
      )
      return { made, found: told(found) }
    })
  const [ab, bc] = [outcome(pass(page("a b", { total: 2 }))), outcome(pass(page("b c", { total: 2 })))]
  const abb = outcome(pass(page("a b b", { total: 3 })))

  it.effect("is read once where it shows what was counted, or nothing was", () =>
    Effect.gen(function*() {
      for (const planned of [2, null]) {
        assert.deepStrictEqual(yield* settled(planned, [ab]), { made: 1, found: [["ab", [2], null]] })
      }
    }))

  it.effect("counts what two neighbours show where it was met first", () =>
    Effect.gen(function*() {
      const { found, made } = yield* settled(3, [ab, bc])
      assert.deepStrictEqual([made, found], [1, [["ab", [2], null], ["c", [1], null]]])
      const parts = yield* Answers.settled(Effect.succeed([ab, bc]), 3)
      assert.deepStrictEqual(parts.map(({ passes }) => passes.map(({ shown }) => shown)), [[2], [1]])
      // A list may show a row twice, and count it once.
      const once = outcome(pass(page("b b c", { total: 2 })))
      assert.deepStrictEqual((yield* settled(null, [ab, once], [ab, once])).found, [
        ["ab", [2], null],
        ["c c", [1, 1], null]
      ])
    }))

  it.effect("is read again where it shows another number, and believed where it shows the same", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* settled(3, [ab], [ab]), { made: 2, found: [["ab", [2], null]] })
      const never = yield* settled(4, [ab], [bc], [ab])
      assert.deepStrictEqual(never, { made: 3, found: [["ab", [2], "the API counted 4 rows and showed 2"]] })
    }))

  it.effect("that shows a row twice is read twice, and counts it as often", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* settled(3, [abb], [abb]), { made: 2, found: [["ab ab", [3, 3], null]] })
      assert.deepStrictEqual(yield* settled(4, [abb, bc], [abb, bc]), {
        made: 2,
        found: [["ab ab", [3, 3], null], ["c", [1], null]]
      })
      // A second that was walked twice has its two walks already.
      const walked = outcome(pass(page("a c", { total: 3 })), pass(page("a b b", { total: 3 })))
      assert.deepStrictEqual((yield* settled(4, [walked], [walked])).found, [["ac ab", [3, 3], null]])
    }))

  it.effect("in doubt each time stays so, with the reason", () =>
    Effect.gen(function*() {
      const doubtful = { ...ab, doubt: "why" }
      assert.deepStrictEqual(yield* settled(2, [doubtful], [doubtful], [doubtful]), {
        made: 3,
        found: [["ab", [2], "why"]]
      })
      const partly = [ab, { ...bc, doubt: "why" }]
      assert.deepStrictEqual((yield* settled(3, partly, partly, partly)).found.map(([, , doubt]) => doubt), [
        "why",
        "why"
      ])
      // One that was in doubt proves nothing of the next.
      assert.strictEqual((yield* settled(3, [doubtful], [ab], [ab])).made, 3)
    }))
})
