/** Rows of a list go to a sink as its windows are done: each once, and few at a time. */
import { assert, it } from "@effect/vitest"
import type { Interval } from "@trunkline/dataset"
import { Progress } from "@trunkline/export/Progress"
import * as Pull from "@trunkline/export/Pull"
import type { Connected, Slice, Source } from "@trunkline/export/Source"
import { Sources } from "@trunkline/export/Sources"
import { DateTime, Effect, Layer, Option, Sink } from "effect"
import * as Vendor from "./fixtures/vendor.js"

const hour = 60 * 60 * 1000
const now = Math.floor(Date.now() / hour) * hour

/** So many notes, one every so many milliseconds, the oldest first. */
const notesOf = (count: number, every: number): ReadonlyArray<Vendor.Note> =>
  Array.from({ length: count }, (_, n) => ({
    id: `note-${n}`,
    at: DateTime.unsafeMake(now - (count - n) * every),
    text: `The text of ${n}`
  }))

const sourcesOf = (source: Source) => Sources.layer(Effect.succeed([source]))

const pull = <A, E = never>(
  source: Source,
  sink: Sink.Sink<A, object, unknown, E>,
  options: Partial<Pull.Options> = {}
) => Pull.run({ table: Vendor.table, ...options }, sink).pipe(Effect.provide(sourcesOf(source)))

/** The same vendor, which shows an hour more at either end of what it is asked for. */
const generous = (source: Source): Source => {
  const wider = ({ from, to }: Interval.Interval) => ({
    from: DateTime.subtract(from, { hours: 1 }),
    to: DateTime.add(to, { hours: 1 })
  })
  const sliceOf = (slice: Slice): Slice => ({
    ...slice,
    count: (range) => slice.count(range === null ? null : wider(range)),
    page: (range, cursor) => slice.page(wider(range), cursor)
  })
  const connectedOf = (connected: Connected): Connected => ({
    ...connected,
    list: {
      ...connected.list,
      filter: Effect.map(connected.list.filter, (filter) => ({
        ...filter,
        place: { column: "at", sortedBy: 0, edge: hour, apart: 0 },
        exact: false,
        all: sliceOf(filter.all)
      }))
    }
  })
  return Vendor.connectedBy(source, connectedOf)
}

it.live("rows are few at a time, however long the range is", () =>
  Effect.gen(function*() {
    const notes = notesOf(40_000, 6 * 60_000)
    let answered = 0
    let taken = 0
    let most = 0
    const progress = Layer.succeed(Progress, {
      expect: () => Effect.void,
      answered: (_, rows) =>
        Effect.sync(() => {
          answered += rows
          most = Math.max(most, answered - taken)
        }),
      phase: () => Effect.void,
      notice: () => Effect.void
    })
    const { report, result } = yield* pull(
      Vendor.make(Effect.succeed(notes)),
      Sink.forEach(() =>
        Effect.sync(() => {
          taken += 1
        })
      ).pipe(Sink.map(() => taken)),
      { since: DateTime.unsafeMake(now - 300 * 24 * hour) }
    ).pipe(Effect.provide(progress))
    assert.deepStrictEqual([report.exitCode, report.problems, result], [0, [], Option.some(40_000)])
    assert.isAbove(report.windows.certified, 12)
    // Four windows of 2,500 rows are read at once, and some wait for those that they touch.
    assert.isBelow(most, 20_000)
  }))

it.live("a row that several windows show comes once", () =>
  Effect.gen(function*() {
    const notes = notesOf(20_000, 6 * 60_000)
    const { report, result } = yield* pull(generous(Vendor.make(Effect.succeed(notes))), Sink.collectAll<object>())
    assert.isAbove(report.windows.certified, 4)
    const ids = [...Option.getOrThrow(result)].map((row) => String(Reflect.get(row, "id")))
    assert.strictEqual(ids.length, new Set(ids).size)
    assert.deepStrictEqual(ids.toSorted(), notes.map(({ id }) => id).toSorted())
  }))

/** What a vendor shows of its notes in these answers, with totals to match. */
const hiding = (
  notes: ReadonlyArray<Vendor.Note>,
  { first, length }: { readonly first: number; readonly length: number },
  shows: (note: Vendor.Note, index: number) => boolean
) => {
  let answers = 0
  return Vendor.make(Effect.sync(() => {
    answers += 1
    return answers >= first && answers < first + length ? notes.filter(shows) : notes
  }))
}

const part = (_: Vendor.Note, index: number) => index % 3 !== 0
const nothing = () => false
const ages = { settled: 5 * 24 * hour, young: hour }

// No comparison follows a pull. So each reading has to notice by itself what it was counted with.
for (const age of ["settled", "young"] as const) {
  for (const [what, shows, length] of [["a part", part, 6], ["nothing", nothing, 1]] as const) {
    it.live(`${what} is shown of ${age} rows for a while: all come, or the exit code says that they do not`, () =>
      Effect.gen(function*() {
        const notes = notesOf(300, 2 * 60_000).map((note) => ({
          ...note,
          at: DateTime.subtract(note.at, { millis: ages[age] })
        }))
        // The first walk has six pages, and follows one count.
        for (let first = 2; first <= 8; first++) {
          const { report, result } = yield* pull(hiding(notes, { first, length }, shows), Sink.collectAll<object>(), {
            since: DateTime.subtract(DateTime.unsafeMake(now - ages[age]), { days: 1 }),
            concurrency: 1
          })
          const rows = Option.match(result, { onNone: () => 0, onSome: (rows) => [...rows].length })
          // Nothing at all is asked about once more.
          const mayLack = shows === part && report.exitCode === 4
          assert.isTrue(rows === 300 || mayLack, `from answer ${first}: ${rows} of 300, exit ${report.exitCode}`)
        }
      }))
  }
}

const everyPage = (source: Source): Source => source

/** The same vendor, which tells a total on its first pages only. */
const firstPage = (source: Source): Source => {
  const sliceOf = (slice: Slice): Slice => ({
    ...slice,
    page: (range, cursor) =>
      Effect.map(slice.page(range, cursor), (page) => cursor === null ? page : { ...page, total: null })
  })
  return Vendor.connectedBy(source, (connected) => ({
    ...connected,
    list: {
      ...connected.list,
      filter: Effect.map(connected.list.filter, (filter) => ({ ...filter, all: sliceOf(filter.all) }))
    }
  }))
}

for (const [what, of] of [["each page", everyPage], ["the first page", firstPage]] as const) {
  it.live(`a part is shown until all windows are read: the count at the end tells both numbers, of ${what}`, () =>
    Effect.gen(function*() {
      const notes = notesOf(300, 2 * 60_000).map((note) => ({
        ...note,
        at: DateTime.subtract(note.at, { millis: ages.settled })
      }))
      const since = DateTime.subtract(DateTime.unsafeMake(now - ages.settled), { days: 1 })
      let answers = 1
      let told: ReadonlyArray<string> = []
      // Nobody could know of an outage that lasts until the last answer.
      for (let length = 0; length < answers; length++) {
        answers = 0
        const vendor = Vendor.make(Effect.sync(() => {
          answers += 1
          return answers <= length ? notes.filter(part) : notes
        }))
        const { report, result } = yield* pull(of(vendor), Sink.collectAll<object>(), { since, concurrency: 1 })
        if (length >= answers) break
        const rows = Option.match(result, { onNone: () => 0, onSome: (rows) => [...rows].length })
        assert.isTrue(rows === 300 || report.exitCode === 4, `${length} of ${answers} answers: ${rows} of 300`)
        told = report.problems.map(({ message }) => message)
      }
      assert.deepStrictEqual(told, [
        "100 rows may be missing: at the end the API counted 300 rows, and its windows had shown 200. Pull again"
      ])
    }))
}

it.live("what the sink fails with is what the pull fails with", () =>
  Effect.gen(function*() {
    const failed = yield* Effect.flip(pull(Vendor.make(Effect.succeed(notesOf(5000, hour / 4))), Sink.fail("full")))
    assert.strictEqual(failed, "full")
  }))

it.live("an empty range is a problem, and the sink is given up", () =>
  Effect.gen(function*() {
    const since = DateTime.unsafeMake(now)
    const { report, result } = yield* pull(Vendor.make(Effect.succeed(notesOf(10, hour))), Sink.collectAll<object>(), {
      since,
      until: since
    })
    assert.deepStrictEqual([report.exitCode, report.problems.map(({ tag }) => tag)], [2, ["EmptyRange"]])
    assert.isTrue(Option.isNone(result))
  }))
