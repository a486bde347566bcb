/** What is certified after a sequence of readings, what is planned, and which ids are due. */
import { assert, describe, it } from "@effect/vitest"
import type { Writable } from "@trunkline/dataset/Dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { folder } from "./support.js"
import { landing, november, proof, utc, within } from "./tables.js"

const day = (number: number) => utc(`2026-11-${String(number).padStart(2, "0")}T00:00:00Z`)

type Reading = readonly [
  stream: string,
  from: number,
  to: number,
  verdict: "certified" | "open" | "uncertified",
  scope?: string
]

const rich = "items+transcript"

/** Days of `items` and of `items+transcript` that are certified in the end. */
const sequences: ReadonlyArray<readonly [what: string, readings: ReadonlyArray<Reading>, items: string, rich: string]> =
  [
    ["one window", [["items", 1, 3, "certified"]], "1-3", ""],
    ["an open window is not", [["items", 1, 3, "open"]], "", ""],
    ["an uncertified window is not", [["items", 1, 3, "uncertified"]], "", ""],
    ["windows that touch are one", [["items", 1, 3, "certified"], ["items", 3, 5, "certified"]], "1-5", ""],
    ["windows apart stay apart", [["items", 1, 2, "certified"], ["items", 3, 5, "certified"]], "1-2 3-5", ""],
    ["the richer stands for the poorer", [[rich, 1, 3, "certified"]], "1-3", "1-3"],
    ["the poorer adds nothing to the richer", [[rich, 1, 3, "certified"], ["items", 2, 5, "certified"]], "1-5", "1-3"],
    ["a failure takes its own days", [["items", 1, 5, "certified"], ["items", 2, 3, "uncertified"]], "1-2 3-5", ""],
    ["so does an open reading", [["items", 1, 5, "certified"], ["items", 4, 6, "open"]], "1-4", ""],
    ["a failure beside it takes nothing", [["items", 1, 3, "certified"], ["items", 3, 5, "uncertified"]], "1-3", ""],
    ["a poorer failure takes the richer", [[rich, 1, 5, "certified"], ["items", 1, 2, "uncertified"]], "2-5", "2-5"],
    ["a richer failure takes the poorer", [["items", 1, 5, "certified"], [rich, 4, 5, "uncertified"]], "1-4", ""],
    ["another list takes nothing", [["items", 1, 5, "certified"], ["calls", 1, 5, "uncertified"]], "1-5", ""],
    ["another scope takes nothing", [["items", 1, 5, "certified"], ["items", 1, 5, "open", "other"]], "1-5", ""],
    ["another scope adds nothing", [["items", 1, 5, "certified", "other"]], "", ""],
    [
      "what failed is certified again",
      [["items", 1, 5, "certified"], ["items", 1, 5, "uncertified"], ["items", 2, 3, "certified"]],
      "2-3",
      ""
    ]
  ]

const spoken = (intervals: ReadonlyArray<{ readonly from: DateTime.Utc; readonly to: DateTime.Utc }>) =>
  intervals.map(({ from, to }) => [from, to].map((at) => DateTime.toPartsUtc(at).day).join("-")).join(" ")

const landAll = (dataset: Writable, readings: ReadonlyArray<Reading>) =>
  Effect.forEach(readings, ([stream, from, to, verdict, scope = november.scope]) =>
    dataset.land(landing([], {
      window: { ...november, scope, stream, from: day(from), to: day(to) },
      proof: proof({ verdict })
    })), { discard: true })

describe("certified", () => {
  for (const [what, readings, items, richer] of sequences) {
    it.scopedLive(what, () =>
      Effect.gen(function*() {
        yield* within(yield* folder, (dataset) =>
          Effect.gen(function*() {
            yield* landAll(dataset, readings)
            assert.strictEqual(spoken(yield* dataset.intervals({ ...november, stream: "items" })), items)
            assert.strictEqual(spoken(yield* dataset.intervals({ ...november, stream: rich })), richer)
          }))
      }), 30_000)
  }

  it.scopedLive("is planned no more, but for what is recent", () =>
    Effect.gen(function*() {
      yield* within(yield* folder, (dataset) =>
        Effect.gen(function*() {
          yield* landAll(dataset, [["items", 3, 6, "certified"], ["items", 7, 9, "certified"]])
          const plan = (now: number, lookback: number, full = false) =>
            Effect.map(
              dataset.plan({
                ...november,
                since: day(2),
                until: day(9),
                now: day(now),
                lookback: `${lookback} days`,
                full
              }),
              spoken
            )
          assert.strictEqual(yield* plan(9, 0), "2-3 6-7")
          assert.strictEqual(yield* plan(9, 1), "2-3 6-7 8-9")
          assert.strictEqual(yield* plan(9, 2), "2-3 6-9")
          // The look-back reaches neither past the range nor past now.
          assert.strictEqual(yield* plan(12, 4), "2-3 6-7 8-9")
          assert.strictEqual(yield* plan(5, 1), "2-3 4-5 6-7")
          assert.strictEqual(yield* plan(9, 0, true), "2-9")
        }))
    }), 30_000)
})

it.scopedLive("remembers from when on each scope was asked for, and the earliest of a source", () =>
  Effect.gen(function*() {
    const out = yield* folder
    yield* within(out, (dataset) =>
      Effect.gen(function*() {
        for (const [source, scope, from] of [["allo", "a", 9], ["allo", "b", 7], ["allomia", "a", 3]] as const) {
          yield* dataset.ask(source, scope, day(from))
        }
        const since = (source: string, scope?: string) =>
          Effect.map(dataset.since(source, scope), Option.map(({ epochMillis }) => new Date(epochMillis).getUTCDate()))
        assert.deepStrictEqual(yield* since("allo"), Option.some(7))
        assert.deepStrictEqual(yield* since("allo", "a"), Option.some(9))
        assert.deepStrictEqual(yield* since("allomia"), Option.some(3))
        assert.deepStrictEqual(yield* since("allomia", "b"), Option.none())
      }))
  }))

describe("pending", () => {
  /** Which ids are due on which day after these landings, each with how often it was asked for; `x` begins due on day 3. */
  const later = { id: "x", dueAt: day(5) }
  const listed = { id: "x", endedAt: day(1), dueAt: day(3) }
  for (
    const [what, landings, due, waiting] of [
      ["an id waits until its day", [{ pending: [listed] }], ["2:", "3:x0", "4:x0"], 1],
      [
        "an id that is listed again keeps its day",
        [{ pending: [listed] }, { pending: [{ ...listed, dueAt: day(5) }] }],
        ["3:x0"],
        1
      ],
      [
        "an id that is asked for again takes the new day",
        [{ pending: [listed] }, { pending: [{ ...listed, dueAt: day(5), again: true }] }],
        ["4:", "5:x0"],
        1
      ],
      ["a postponed id was asked for", [{ pending: [listed] }, { postponed: [later] }], ["4:", "5:x1"], 1],
      ["a settled id is never due", [{ pending: [listed] }, { settled: ["x"] }], ["28:"], 0],
      [
        "a settled id that is listed again stays settled",
        [
          { pending: [listed] },
          { settled: ["x"] },
          { pending: [listed] }
        ],
        ["28:"],
        0
      ],
      [
        "a settled id that is asked for again is due",
        [
          { pending: [listed] },
          { settled: ["x"] },
          { pending: [{ ...listed, again: true }] }
        ],
        ["2:", "3:x0"],
        1
      ],
      ["the longest due comes first", [{ pending: [{ ...listed, id: "z", dueAt: day(2) }, listed] }], ["3:z0 x0"], 2]
    ] as const
  ) {
    it.scopedLive(what, () =>
      Effect.gen(function*() {
        yield* within(yield* folder, (dataset) =>
          Effect.gen(function*() {
            for (const more of landings) yield* dataset.land(landing([], more))
            const found = yield* Effect.forEach(due, (expected) => {
              const [now = ""] = expected.split(":")
              return Effect.map(
                dataset.due({ source: "allo", scope: "team", now: day(Number(now)), limit: 10 }),
                (ids) => `${now}:${ids.map(({ asked, id }) => `${id}${asked}`).join(" ")}`
              )
            })
            assert.deepStrictEqual(found, [...due])
            assert.strictEqual(yield* dataset.pending("allo", "team"), waiting)
            assert.lengthOf(yield* dataset.due({ source: "allo", scope: "other", now: day(28), limit: 10 }), 0)
          }))
      }), 30_000)
  }

  it.scopedLive("counts those due by a day, and gives no more than asked for", () =>
    Effect.gen(function*() {
      yield* within(yield* folder, (dataset) =>
        Effect.gen(function*() {
          const pending = [2, 3, 4].map((due) => ({ id: `${due}`, endedAt: day(1), dueAt: day(due) }))
          yield* dataset.land(landing([], { pending }))
          assert.deepStrictEqual(
            yield* Effect.forEach([1, 2, 3, 9], (by) => dataset.pending("allo", "team", day(by))),
            [0, 1, 2, 3]
          )
          const first = yield* dataset.due({ source: "allo", scope: "team", now: day(9), limit: 2 })
          assert.deepStrictEqual(first.map(({ id }) => id), ["2", "3"])
        }))
    }), 30_000)
})
