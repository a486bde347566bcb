/** How what has to be read of a list is cut into windows, and what that is asked. */
import { assert, describe, it } from "@effect/vitest"
import type { Interval } from "@trunkline/dataset"
import * as Grain from "@trunkline/export/Grain"
import { Progress, type Work } from "@trunkline/export/Progress"
import type { Listing } from "@trunkline/export/Source"
import { ApiError } from "@trunkline/http"
import { Effect, Option } from "effect"
import type * as Counts from "../src/internal/counts.js"
import * as Trust from "../src/internal/trust.js"
import * as Windows from "../src/internal/windows.js"
import { page } from "./fixtures/pages.js"
import * as Scope from "./fixtures/scope.js"
import type { Part } from "./fixtures/vendor.js"

interface World extends Scope.World {
  readonly ranges?: ReadonlyArray<Interval.Interval>
  /** What is known of how far totals can be trusted. */
  readonly limits?: Partial<Counts.Limits>
}

/** The windows of a list, and what it was asked. A page holds one row, so that a window holds fifty rows. */
const planned = ({ limits = {}, ranges = [Scope.hours(0, 8)], ...world }: World) =>
  Effect.gen(function*() {
    const { asked, scope } = yield* Scope.make({ ...world, list: { pageSize: 1, ...world.list } })
    const trust = yield* Trust.of(scope)
    const plan = yield* Windows.planned(scope, ranges, { concurrency: 1, trust })
    const windows = plan?.windows ?? []
    return { asked, counted: asked.map(({ range }) => range), plan, spans: spansOf(windows), windows }
  }).pipe(Scope.planning({
    ledger: {
      fact: (_, __, name) => {
        const limit = name === "widest range" ? limits.widest : name === "largest total" ? limits.cap : undefined
        const known = { limit, at: "2100-01-01T00:00:00Z" }
        return Effect.succeed(limit === undefined ? Option.none() : Option.some(JSON.stringify(known)))
      }
    }
  }))

const spansOf = (windows: ReadonlyArray<Windows.Window>) => windows.map(({ range }) => Scope.hoursOf(range))

/** Every hour of so many. */
const eachOf = (length: number) => Array.from({ length }, (_, n) => [n, n + 1] as const)

/** Nothing was counted of it: it is read as it is. */
const uncounted = { slices: 1, total: null, pass: null, doubt: null }

const told = (windows: ReadonlyArray<Windows.Window>) =>
  windows.map(({ doubt, pass, slices, total }) => ({ slices: slices.length, total, pass, doubt }))

const fault = new ApiError.ServerFault({ operation: "GET /notes", status: 500 })
const tooWide = new ApiError.Invalid({ operation: "GET /notes", status: 400 })
const revoked = new ApiError.Unauthorized({ operation: "GET /notes", status: 401 })

describe("a stretch", () => {
  it.effect("that is settled in part is one window up to there, and one behind", () =>
    Effect.gen(function*() {
      const { counted, windows } = yield* planned({ notes: Scope.notesIn(20, 1), now: 5 })
      assert.deepStrictEqual(counted, [[0, 8], [0, 5], [5, 8]])
      assert.deepStrictEqual(spansOf(windows), [[0, 5], [5, 8]])
      assert.deepStrictEqual(windows.map(({ settled, total }) => [settled, total]), [[true, 5], [false, 3]])
    }))

  it.effect("that is settled, or is not, is one window, and counted once", () =>
    Effect.gen(function*() {
      for (const now of [0, 8]) {
        const { counted, spans, windows } = yield* planned({ notes: Scope.notesIn(20, 1), now })
        assert.deepStrictEqual([counted, spans], [[[0, 8]], [[0, 8]]])
        assert.deepStrictEqual(told(windows), [{ ...uncounted, total: 8 }])
      }
    }))

  it.effect("that is empty is no plan", () =>
    Effect.gen(function*() {
      const { counted, plan } = yield* planned({ notes: [], ranges: [Scope.hours(3, 3)] })
      assert.deepStrictEqual([counted, plan], [[], null])
    }))

  it.effect("touches its neighbour, and is planned with it", () =>
    Effect.gen(function*() {
      const ranges = [Scope.hours(4, 8), Scope.hours(0, 4), Scope.hours(9, 10)]
      const { spans } = yield* planned({ notes: Scope.notesIn(20, 1), ranges })
      assert.deepStrictEqual(spans, [[0, 8], [9, 10]])
    }))

  it.effect("announces the requests and the rows of each window, and no row where none was told", () =>
    Effect.gen(function*() {
      const announced = (world: Partial<World>) =>
        Effect.gen(function*() {
          const works: Array<Work> = []
          const progress = yield* Progress
          yield* Effect.provideService(planned({ notes: Scope.notesIn(20, 1), ...world }), Progress, {
            ...progress,
            expect: (_, work) => Effect.sync(() => works.push(work))
          })
          return works.slice(1)
        })
      assert.deepStrictEqual(yield* announced({}), [{ requests: 8, rows: 8 }])
      const silent = (listing: Listing) => Effect.succeed({ ...listing, total: null })
      assert.deepStrictEqual(yield* announced({ turned: silent }), [{ requests: 1, rows: 0 }])
    }))
})

describe("a stretch without a row", () => {
  it.effect("is counted twice, and not read", () =>
    Effect.gen(function*() {
      const { counted, windows } = yield* planned({ notes: Scope.notesAt([9]), now: 5 })
      assert.deepStrictEqual(counted, [[0, 8], [0, 8]])
      assert.deepStrictEqual(spansOf(windows), [[0, 5], [5, 8]])
      assert.deepStrictEqual(
        windows.map(({ pass, settled, slices, total }) => [settled, total, slices.length, pass?.totals]),
        [[true, 0, 0, [0]], [false, 0, 0, [0]]]
      )
    }))

  it.effect("is read all the same where the second answer shows a row, or counts one, or does not say", () =>
    Effect.gen(function*() {
      const second = [
        page("", { total: 1 }),
        page("a", { total: 0 }),
        page("a", { total: 1 }),
        page("", { total: null })
      ]
      for (const answer of second) {
        const { counted, windows } = yield* planned({
          notes: [],
          now: 5,
          turned: (listing, _, number) => Effect.succeed(number === 0 ? listing : answer)
        })
        assert.deepStrictEqual(counted, [[0, 8], [0, 8]])
        assert.deepStrictEqual([spansOf(windows), told(windows)], [[[0, 5], [5, 8]], [uncounted, uncounted]])
      }
    }))

  it.effect("is none where the answer shows a row, or a refused one, or counts one", () =>
    Effect.gen(function*() {
      const refused = ["{}"]
      const answers = [
        page("a", { total: 0 }),
        page("", { total: 0, refused }),
        page("a", { total: 0, refused }),
        page("", { total: 1 })
      ]
      for (const answer of answers) {
        const { counted, windows } = yield* planned({ notes: [], turned: () => Effect.succeed(answer) })
        assert.deepStrictEqual([counted, told(windows)], [[[0, 8]], [{ ...uncounted, total: answer.total }]])
      }
    }))
})

describe("a stretch of more than fifty pages", () => {
  const lengths = (spans: ReadonlyArray<readonly [number, number]>) => spans.map(([from, to]) => to - from)

  it.effect("is cut into windows that are a little shorter, with a count for each", () =>
    Effect.gen(function*() {
      for (const [rows, windows] of [[50, 1], [51, 2], [100, 3]] as const) {
        const { asked, spans } = yield* planned({ notes: Scope.notesIn(rows, 1), ranges: [Scope.hours(0, rows)] })
        assert.deepStrictEqual([spans.length, asked.length], [windows, windows === 1 ? 1 : windows + 1])
      }
      for (const [perHour, windows] of [[25, 1], [26, 2]] as const) {
        const notes = Scope.notesIn(4, perHour)
        const { spans } = yield* planned({ notes, ranges: [Scope.hours(0, 4)], list: { pageSize: 2 } })
        assert.strictEqual(spans.length, windows)
      }
    }))

  it.effect("is cut where it is settled, or read page by page, and not where each piece is to be one answer", () =>
    Effect.gen(function*() {
      for (const [now, snapshots, windows] of [[0, false, 2], [0, true, 1], [100, false, 2], [100, true, 2]] as const) {
        const { spans } = yield* planned({ notes: Scope.notesIn(8, 10), now, list: { snapshots } })
        assert.strictEqual(spans.length, windows)
      }
    }))

  it.effect("is cut where it has two units of time, and not where it has one", () =>
    Effect.gen(function*() {
      const notes = Scope.notesIn(2, 26)
      assert.deepStrictEqual((yield* planned({ notes, ranges: [Scope.hours(0, 2)] })).spans, [[0, 1], [1, 2]])
      const unit = yield* planned({ notes: Scope.notesIn(2, 60), ranges: [Scope.hours(0, 1)] })
      assert.deepStrictEqual([unit.counted, told(unit.windows)], [[[0, 1]], [{ ...uncounted, total: 60 }]])
    }))

  it.effect("is cut into no pieces that are shorter than what is read beyond their ends", () =>
    Effect.gen(function*() {
      const { spans } = yield* planned({ notes: Scope.notesIn(20, 40), filter: Scope.beyond(4) })
      assert.deepStrictEqual(lengths(spans), [4, 4])
    }))

  const odd: Part = (notes) => notes.filter((_, n) => n % 2 === 1)
  const even: Part = (notes) => notes.filter((_, n) => n % 2 === 0)
  const first: Part = (notes) => notes.slice(0, 1)
  const unit = (world: Partial<World>) =>
    planned({ notes: Scope.notesIn(1, 51), ranges: [Scope.hours(0, 1)], cuts: [[odd, even]], ...world })

  it.effect("in one unit of time is read in parts that add up, counted with what is read beyond its end", () =>
    Effect.gen(function*() {
      const { asked, windows } = yield* unit({ filter: Scope.beyond(3) })
      assert.deepStrictEqual(told(windows), [{ ...uncounted, total: 51, slices: 2 }])
      assert.deepStrictEqual(asked.map(({ range, slice }) => [slice, range]), [
        ["all", [0, 4]],
        ["all 0", [0, 4]],
        ["all 1", [0, 4]]
      ])
    }))

  it.effect("in one unit of time is read in the first parts that add up, and else as a whole", () =>
    Effect.gen(function*() {
      const second = yield* unit({ cuts: [[odd, first], [odd, even]] })
      assert.deepStrictEqual([told(second.windows), second.asked.length], [[{ ...uncounted, total: 51, slices: 2 }], 5])
      const whole = yield* unit({ cuts: [[odd, first], [even]] })
      assert.deepStrictEqual([told(whole.windows), whole.asked.length], [[{ ...uncounted, total: 51 }], 4])
    }))

  it.effect("in one unit of time is whole where it has just fifty pages, or no total", () =>
    Effect.gen(function*() {
      const fifty = yield* unit({ notes: Scope.notesIn(1, 50) })
      const silent = yield* unit({ turned: (listing) => Effect.succeed({ ...listing, total: null }) })
      assert.deepStrictEqual([fifty, silent].map(({ asked, windows }) => [asked.length, told(windows)]), [
        [1, [{ ...uncounted, total: 50 }]],
        [1, [uncounted]]
      ])
    }))

  it.effect("in one unit of time is cut again where a part is too large as well", () =>
    Effect.gen(function*() {
      const cuts = [[odd, even]]
      const { asked, windows } = yield* unit({ notes: Scope.notesIn(1, 102), cuts })
      assert.deepStrictEqual([asked.length, told(windows)], [3, [{ ...uncounted, total: 102, slices: 2 }]])
    }))
})

describe("a count", () => {
  const failing = (error: typeof fault | typeof tooWide | typeof revoked, longerThan: number) =>
    planned({
      notes: Scope.notesIn(20, 1),
      now: 5,
      list: { tooWide: ({ _tag }) => _tag === "Invalid" },
      turned: (listing, { range }) =>
        range !== null && range[1] - range[0] > longerThan ? Effect.fail(error) : Effect.succeed(listing)
    })

  it.effect("that fails leaves its window to be read all the same", () =>
    Effect.gen(function*() {
      const { counted, windows } = yield* failing(fault, 1)
      assert.deepStrictEqual(counted, [[0, 8]])
      assert.deepStrictEqual(windows.map(({ settled }) => settled), [true, false])
      assert.deepStrictEqual(told(windows), [uncounted, uncounted])
    }))

  it.effect("that is refused as too wide is made of both halves, down to one unit", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* failing(tooWide, 1)).spans, eachOf(8))
      const never = yield* failing(tooWide, 0)
      assert.deepStrictEqual([never.spans, never.asked.length], [eachOf(8), 15])
    }))

  it.effect("that is refused for the key ends the planning", () =>
    Effect.map(Effect.flip(failing(revoked, 1)), ({ _tag }) => assert.strictEqual(_tag, "Unauthorized")))
})

describe("a total that may hide more", () => {
  const hourly = Scope.notesIn(20, 5)

  it.effect("makes its stretch two halves, down to one unit", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* planned({ notes: hourly, limits: { cap: 21 } })).spans, [[0, 4], [4, 8]])
      const { spans } = yield* planned({ notes: hourly, limits: { cap: 5 }, ranges: [Scope.hours(0, 2)] })
      assert.deepStrictEqual(spans, [[0, 1], [1, 2]])
    }))

  it.effect("is that of a stretch wider than those that are answered", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* planned({ notes: hourly, limits: { widest: 4 } })).spans, [[0, 4], [4, 8]])
      assert.deepStrictEqual((yield* planned({ notes: hourly, limits: { widest: 8 } })).spans, [[0, 8]])
    }))

  it.effect("is left as it is where a half holds hardly less, unless the stretch is too wide to be answered", () =>
    Effect.gen(function*() {
      const near = { notes: hourly, filter: Scope.beyond(8) }
      assert.deepStrictEqual((yield* planned({ ...near, limits: { cap: 5 } })).spans, [[0, 8]])
      assert.deepStrictEqual((yield* planned({ ...near, limits: { cap: 5, widest: 8 } })).spans, [[0, 8]])
      assert.deepStrictEqual((yield* planned({ ...near, limits: { widest: 7 } })).spans, [[0, 4], [4, 8]])
    }))

  it.effect("is in doubt where the unit of time has parts, and they do not add up, also when read beyond its end", () =>
    Effect.gen(function*() {
      const half: Part = (notes) => notes.slice(0, 2)
      const other: Part = (notes) => notes.slice(2)
      for (const more of [0, 3]) {
        const total = 5 * (1 + more)
        const unit = (...parts: ReadonlyArray<Part>) =>
          planned({
            notes: hourly,
            ranges: [Scope.hours(0, 1)],
            limits: { cap: total },
            cuts: [parts],
            filter: Scope.beyond(more)
          })
        const doubt = `the API says ${total} rows, and the parts of them add up to others`
        assert.deepStrictEqual(told((yield* unit(half)).windows), [{ ...uncounted, total, doubt }])
        assert.deepStrictEqual(told((yield* unit(half, other)).windows), [{ ...uncounted, total }])
      }
    }))
})

describe("a count of many windows", () => {
  const long = (length: number, world: Partial<World>) =>
    planned({ notes: [], ranges: [Scope.hours(0, length)], ...world })
  /** It says so many rows, whatever is asked, and shows one. */
  const says = (total: number) => () => Effect.succeed(page("a", { total }))

  it.effect("comes to its end, by hours and by days", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* long(300, { notes: Scope.notesIn(300, 50) })).windows.length, 300)
      const list = { grain: Grain.days }
      const days = yield* long(300 * 24, { notes: Scope.notesIn(300 * 24, 2), list })
      assert.strictEqual(days.windows.length, 300)
      const full = yield* long(300 * 24, { notes: Scope.notesIn(300 * 24, 3), list })
      assert.strictEqual(full.windows.length, 300)
    }))

  it.effect("comes to its end where each is empty, and wider ones are not answered", () =>
    Effect.gen(function*() {
      const { asked, spans } = yield* long(512, { limits: { widest: 1 } })
      assert.deepStrictEqual([asked.length, spans], [511 + 2 * 512, eachOf(512)])
    }))

  it.effect("comes to its end where each shows a row, says none, and wider ones are refused", () =>
    Effect.gen(function*() {
      const { spans } = yield* long(512, {
        list: { tooWide: () => true },
        turned: (_, { range }) =>
          range !== null && range[1] - range[0] > 1 ? Effect.fail(tooWide) : Effect.succeed(page("a", { total: 0 }))
      })
      assert.deepStrictEqual(spans, eachOf(512))
    }))

  it.effect("is given up where each says as many rows as the whole, and the whole is read as it is", () =>
    Effect.gen(function*() {
      const { asked, spans, windows } = yield* long(2400, { turned: says(51) })
      assert.deepStrictEqual([asked.length, spans, told(windows)], [200, [[0, 2400]], [uncounted]])
    }))

  it.effect("is given up where every other one fails", () =>
    Effect.gen(function*() {
      const { spans } = yield* long(512, {
        turned: (_, { range }) =>
          range === null || range[1] - range[0] > 1
            ? says(51)()
            : range[0] % 2 === 0
            ? Effect.fail(fault)
            : says(1)()
      })
      assert.deepStrictEqual(spans, [[0, 512]])
    }))
})
