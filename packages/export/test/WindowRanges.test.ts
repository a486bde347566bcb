/** What of a list has to be read, and what it takes to read it. */
import { assert, describe, it } from "@effect/vitest"
import * as Grain from "@trunkline/export/Grain"
import { DateTime, Duration, Effect } from "effect"
import * as Windows from "../src/internal/windows.js"
import * as Memory from "./fixtures/memory.js"
import { page, pass } from "./fixtures/pages.js"
import * as Scope from "./fixtures/scope.js"

describe("what has to be read", () => {
  /** Of a list that was certified up to the 90th hour, and is asked for up to the 100th, with a look-back of fifteen hours. */
  const ranges = (
    asked: Partial<Pick<Windows.Options, "full" | "refresh">> & { readonly lastRead?: number; readonly latest?: number }
  ) =>
    Effect.gen(function*() {
      const { service } = Memory.memory("")
      const { scope } = yield* Scope.make({ notes: [], now: 100 }).pipe(Scope.planning())
      const { lastRead } = asked
      yield* service.land({
        window: {
          source: scope.source,
          scope: scope.scope,
          stream: scope.list.stream,
          from: Scope.at(0),
          to: Scope.at(90)
        },
        proof: { verdict: "certified", lists: [{ kind: "window", walks: [pass(page("a", { total: 1 }))] }] },
        tables: [],
        facts: lastRead === undefined ? {} : { "last read": DateTime.formatIso(Scope.at(lastRead)) },
        runId: "run-1",
        readAt: Scope.at(90)
      })
      let remembered = 0
      const { done, ranges } = yield* Windows.ranges({ ...scope, latest: Scope.at(asked.latest ?? 100) }, {
        since: Scope.at(0),
        until: Scope.at(100),
        fullSince: Scope.at(20),
        lookback: Duration.hours(15),
        full: false,
        refresh: 0,
        concurrency: 1,
        ...asked
      }).pipe(Scope.planning({
        ledger: service,
        remember: () => {
          remembered += 1
        }
      }))
      yield* done.pipe(Scope.planning())
      return { ranges: ranges.map(Scope.hoursOf), remembered }
    })

  it.effect("is what is not certified, and what may have changed since the list was last read", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* ranges({})).ranges, [[85, 100]])
      assert.deepStrictEqual((yield* ranges({ lastRead: 60 })).ranges, [[45, 100]])
      assert.deepStrictEqual((yield* ranges({ lastRead: 110 })).ranges, [[85, 100]])
      assert.deepStrictEqual((yield* ranges({ latest: 110 })).ranges, [[85, 100]])
    }))

  it.effect("is all from where it was asked for, where all is to be read again", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* ranges({ full: true })).ranges, [[20, 100]])
    }))

  it.effect("is a part of the past as well, unless no run is to read it again", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* ranges({ refresh: 1 }), { ranges: [[0, 100]], remembered: 1 })
      assert.deepStrictEqual(yield* ranges({ refresh: 0 }), { ranges: [[85, 100]], remembered: 0 })
    }))
})

describe("a window", () => {
  it("takes a request for each page, or for each piece of a snapshot, and one at least", () => {
    const pages = (total: number | null, settled: boolean, snapshots: boolean) =>
      Windows.pagesOf({ pageSize: 50, snapshots }, { total, settled })
    for (const [total, asPages, asPieces] of [[null, 1, 1], [0, 1, 1], [50, 1, 2], [51, 2, 2], [200, 4, 5]] as const) {
      assert.deepStrictEqual([pages(total, true, true), pages(total, true, false), pages(total, false, false)], [
        asPages,
        asPages,
        asPages
      ])
      assert.strictEqual(pages(total, false, true), asPieces)
    }
  })

  it("is cut into pieces that are no shorter than a unit, or than what is read beyond their ends", () => {
    const pieces = (more: number) => Windows.mostPieces(Grain.hours, Scope.beyond(more), Scope.hours(0, 9))
    assert.deepStrictEqual([0, 1, 2, 4, 9, 10].map(pieces), [9, 9, 4, 2, 1, 0])
  })
})
