/** What a run makes of the numbers of a list: it agrees, it is read again, or the run says that it cannot tell. */
import { assert, describe, it } from "@effect/vitest"
import { Finding } from "@trunkline/dataset"
import { Duration, Effect } from "effect"
import * as Notes from "./fixtures/notes.js"
import { at } from "./fixtures/scope.js"

const agrees = { reconciled: true, problems: [], messages: [], notices: [] }
/** What came of a run, without its notices. */
const summary = (
  { problems, reconciled }: { readonly reconciled: unknown; readonly problems: ReadonlyArray<string> }
) => ({
  reconciled,
  problems
})

it.effect("a list that agrees is counted once, and nothing is found out anew", () =>
  Effect.gen(function*() {
    const list = Notes.world(Notes.hourly(900, 1000))
    for (const now of [1000, 1001]) {
      assert.deepStrictEqual(yield* list.run(now), agrees)
      assert.deepStrictEqual(
        ["whole", "filter", "forget"].map((what) => list.vendor.asked.filter((one) => one.what === what).length),
        [1, 1, 0]
      )
    }
  }))

describe("a list is neither compared nor counted", () => {
  const compared = (list: ReturnType<typeof Notes.world>, options: Parameters<typeof list.run>[1] = {}) =>
    Effect.map(list.run(1000, options), ({ reconciled }) => [reconciled, list.count("whole")])

  it.effect("where the run ends in the past", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000))
      assert.deepStrictEqual(yield* compared(list, { until: at(950) }), [null, 0])
    }))

  it.effect("where a part of the settled past could not be read", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000), { pageSize: 1 })
      list.vendor.fails = ({ from, what }) => what === "page" && from === 900
      assert.deepStrictEqual(yield* compared(list), [null, 0])
    }))

  it.effect("where something young could not be read", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000))
      list.vendor.fails = ({ from, what }) => what === "page" && from === 972
      assert.deepStrictEqual(yield* compared(list), [null, 0])
    }))

  it.effect("where its rows are published in tables of the caller", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000), { published: [] })
      assert.deepStrictEqual(yield* compared(list), [null, 0])
    }))

  it.effect("where files of it are damaged", () =>
    Effect.gen(function*() {
      const problem = new Finding.MissingFile({ path: "notes/file.parquet" })
      const list = Notes.world(Notes.hourly(900, 1000), {
        dataset: (service) => ({
          ...service,
          publish: Effect.map(
            service.publish,
            (published) => ({
              ...published,
              damaged: [{ source: "notes", table: "notes", from: null, to: null, problem }]
            })
          )
        })
      })
      assert.deepStrictEqual(yield* compared(list), [null, 0])
    }))

  it.effect("where the vendor tells no total of it, and nothing else is in doubt", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000))
      list.vendor.total = (rows, { what }) => what === "whole" ? null : rows
      assert.deepStrictEqual(yield* compared(list), [null, 1])
      assert.strictEqual(list.count("forget"), 0)
    }))
})

describe("a difference in the settled past", () => {
  it.effect("heals where a row left: its window is read again, and the row is gone", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000))
      yield* list.run(1000)
      list.vendor.notes = list.vendor.notes.filter(({ id }) => id !== "930")
      assert.deepStrictEqual(yield* list.run(1001), agrees)
      assert.isFalse(list.held().includes("930"))
      assert.strictEqual(list.count("forget"), 1)
    }))

  it.effect("heals where a row came late", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000))
      yield* list.run(1000)
      list.vendor.notes = [...list.vendor.notes, Notes.note("late", 930)]
      assert.deepStrictEqual(yield* list.run(1001), agrees)
      assert.isTrue(list.held().includes("late"))
    }))

  it.effect("is reported with both numbers where no range shows the row, and no window is read again", () =>
    Effect.gen(function*() {
      const list = Notes.world([...Notes.hourly(900, 1000), Notes.note("hidden", 930)])
      list.vendor.hidden = ["hidden"]
      const { messages, ...found } = yield* list.run(1000)
      assert.deepStrictEqual(summary(found), { reconciled: false, problems: ["Unreconciled"] })
      assert.include(messages[0], "The API counts 101 rows, and the dataset holds 100")
      // The settled past is walked twice, and what is young is counted only before it is read.
      const young = list.count("count", ({ from, to }) => from === 972 && to === 1000)
      assert.deepStrictEqual([list.count("page", ({ from }) => from < 972), young, list.count("forget")], [2, 1, 1])
      // Three comparisons count it twice each.
      assert.strictEqual(list.count("whole"), 6)
    }))

  it.effect("is no more where the row that no range shows leaves, and is looked into once more", () =>
    Effect.gen(function*() {
      const list = Notes.world([...Notes.hourly(900, 1000), Notes.note("hidden", 930)])
      list.vendor.hidden = ["hidden"]
      yield* list.run(1000)
      list.vendor.notes = list.vendor.notes.filter(({ id }) => id !== "hidden")
      for (const forgotten of [1, 0]) {
        assert.deepStrictEqual(yield* list.run(1002 - forgotten), agrees)
        assert.strictEqual(list.count("forget"), forgotten)
      }
    }))

  it.effect("heals while rows arrive, which are read as well", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000))
      yield* list.run(1000)
      list.vendor.notes = list.vendor.notes.filter(({ id }) => id !== "930")
      let isArriving = true
      list.vendor.before = ({ what }) => {
        if (what !== "whole" || list.count("ids") === 0 || !isArriving) return
        isArriving = false
        list.vendor.notes = [...list.vendor.notes, Notes.note("new", 990)]
      }
      assert.deepStrictEqual(yield* list.run(1001), agrees)
      assert.deepStrictEqual([list.held().includes("930"), list.held().includes("new")], [false, true])
    }))

  it.effect("is read again twice, and no more, where its window never shows what it counts", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1000))
      yield* list.run(1000)
      list.vendor.notes = [...list.vendor.notes, Notes.note("unread", 930)]
      list.vendor.unread = ["unread"]
      const found = summary(yield* list.run(1001))
      assert.deepStrictEqual(found, { reconciled: false, problems: ["Uncertified", "Unreconciled"] })
      // A walk that lacks a row is tried six times.
      assert.strictEqual(list.count("page", ({ from, to }) => from === 900 && to === 972), 2 * 6)
    }))
})

describe("young rows", () => {
  /** A list to which a row is added once what is young was read, as often as that is read. */
  const growing = (most: number) => {
    const list = Notes.world(Notes.hourly(900, 1000))
    let made = 0
    let isRead = false
    list.vendor.before = ({ from, what }) => {
      if (what === "page" && from >= 972) isRead = true
      if (what !== "whole" || !isRead || made === most) return
      isRead = false
      list.vendor.notes = [...list.vendor.notes, Notes.note(`new-${made++}`, 990)]
    }
    return list
  }

  it.effect("that came after they were read are read in the same run, and no settled window is counted", () =>
    Effect.gen(function*() {
      const list = growing(1)
      assert.deepStrictEqual(yield* list.run(1000), agrees)
      assert.isTrue(list.held().includes("new-0"))
      const settled = list.count("count", ({ from, to }) => from < 972 && to <= 972)
      assert.deepStrictEqual([settled, list.count("forget")], [1, 0])
    }))

  it.effect("that come all the while are left to the next run after two turns", () =>
    Effect.gen(function*() {
      const list = growing(Number.POSITIVE_INFINITY)
      assert.deepStrictEqual(yield* list.run(1000), agrees)
      assert.isTrue(list.held().includes("new-1"))
      assert.isFalse(list.held().includes("new-2"))
      assert.strictEqual(list.count("forget"), 0)
    }))

  it.effect("that are counted and never shown are a difference", () =>
    Effect.gen(function*() {
      const list = Notes.world([...Notes.hourly(900, 1000)])
      list.vendor.before = ({ what }) => {
        if (what !== "whole" || list.vendor.unread.length > 0) return
        list.vendor.notes = [...list.vendor.notes, Notes.note("unread", 990)]
        list.vendor.unread = ["unread"]
      }
      const found = summary(yield* list.run(1000))
      assert.deepStrictEqual(found, { reconciled: false, problems: ["Uncertified", "Unreconciled"] })
    }))

  it.effect("are read again in the windows that they came to, and in no others", () =>
    Effect.gen(function*() {
      const list = Notes.world([
        ...Notes.hourly(900, 1000),
        ...Notes.hourly(972, 1000).map((note) => ({ ...note, id: `${note.id}-again` }))
      ], { pageSize: 1 })
      let left = 1
      list.vendor.before = ({ what }) => {
        if (what === "whole" && left > 0) list.vendor.notes = [...list.vendor.notes, Notes.note(`new-${left--}`, 995)]
      }
      assert.deepStrictEqual(yield* list.run(1000), agrees)
      const pages = (since: number) => list.count("page", ({ from }) => from === since)
      assert.deepStrictEqual([pages(972), pages(986)], [1, 2])
    }))

  it.effect("are young with all of their window, a part of which was certified before a clock went back", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 985), { place: null })
      yield* list.run(1000)
      assert.deepStrictEqual(yield* list.run(990, { lookback: Duration.hours(20) }), agrees)
      assert.deepStrictEqual([list.count("whole"), list.count("forget")], [1, 0])
    }))

  it.effect("are read again in windows that differ, also where these are as wide as ranges may be", () =>
    Effect.gen(function*() {
      const list = Notes.world(Notes.hourly(900, 1008))
      yield* list.remember("widest range", JSON.stringify({ limit: 9, at: "1970-02-01T00:00:00Z" }))
      yield* list.run(1000)
      list.vendor.before = ({ what }) => {
        if (what === "whole") list.vendor.notes = [...Notes.hourly(900, 1008), Notes.note("new", 1000)]
      }
      assert.deepStrictEqual(yield* list.run(1008), agrees)
      const pages = (since: number) => list.count("page", ({ from, to }) => from === since && to === since + 9)
      assert.deepStrictEqual([pages(981), pages(990), pages(999)], [1, 1, 2])
    }))
})

it.effect("many rows that were missing for an hour, and are again a day later, wait as long as the first time", () =>
  Effect.gen(function*() {
    const all = [0, 1, 2].flatMap((n) => Notes.hourly(900, 970).map((note) => ({ ...note, id: `${note.id}-${n}` })))
    const list = Notes.world(all)
    yield* list.run(1000)
    const missing = all.slice(0, 70)
    for (const now of [1001, 1025, 1030]) {
      list.vendor.notes = missing
      assert.deepStrictEqual(summary(yield* list.run(now)), {
        reconciled: false,
        problems: ["ManyGone", "Unreconciled"]
      })
      list.vendor.notes = now === 1025 ? missing : all
      yield* list.run(now + 1)
      assert.strictEqual(list.held().length, 210)
    }
    list.vendor.notes = missing
    yield* list.run(1040)
    assert.strictEqual(list.held().length, 210)
    assert.deepStrictEqual(yield* list.run(1046), agrees)
    assert.strictEqual(list.held().length, 70)
  }))
