/** A vendor that the engine has never heard of is exported, planned and compared like any other. */
import { assert, describe, it } from "@effect/vitest"
import { Dataset, type Interval } from "@trunkline/dataset"
import { compare } from "@trunkline/export/Compare"
import * as Export from "@trunkline/export/Export"
import * as Grain from "@trunkline/export/Grain"
import * as Plan from "@trunkline/export/Plan"
import type { Listing, Slice } from "@trunkline/export/Source"
import { Sources } from "@trunkline/export/Sources"
import { ApiError } from "@trunkline/http"
import { Disk } from "@trunkline/parquet"
import { Clock, DateTime, Effect, Layer, Option, Redacted, Ref } from "effect"
import { folder } from "./fixtures/account.js"
import { reading } from "./fixtures/runs.js"
import * as Vendor from "./fixtures/vendor.js"

const hour = 60 * 60 * 1000
const dataset = (out: string) =>
  Dataset.layer({ out, tables: [Vendor.table], sources: {} }).pipe(
    Layer.provide(Disk.layer)
  )

it.scopedLive("every note is in the dataset, and proved", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const now = Date.now()
    const noteOf = (number: number): Vendor.Note => ({
      id: `note-${number}`,
      at: DateTime.unsafeMake(now - number * hour),
      text: `The text of ${number}`
    })
    const notes = yield* Ref.make<ReadonlyArray<Vendor.Note>>(Array.from({ length: 300 }, (_, n) => noteOf(299 - n)))
    const sources = Sources.layer(Effect.succeed([Vendor.make(Ref.get(notes))]))
    const run = Effect.provide(Export.run(), Layer.merge(sources, dataset(out)))
    const first = yield* run
    assert.deepStrictEqual([first.status, first.rows["notes"], first.problems], ["certified", 300, []])
    const until = Date.parse(first.certifiedUntil["notes"] ?? "")
    assert.isAbove(until, now - 32 * hour)
    assert.isAtMost(until, now - 28 * hour)
    const plan = yield* Plan.make({ out, dataset: Option.none() }).pipe(Effect.provide(sources))
    assert.deepStrictEqual([plan.exitCode, plan.problems, plan.rows], [0, [], 300])
    const second = yield* run
    assert.deepStrictEqual([second.status, second.new, second.rows["notes"]], ["certified", 0, 300])
    // Somebody deletes what is settled.
    yield* Ref.update(notes, (before) => before.filter(({ id }) => id !== "note-200"))
    const compared = yield* reading(out, (dataset) => Effect.provide(compare(dataset), sources))
    assert.deepStrictEqual([compared.exitCode, compared.problems], [0, []])
    assert.deepStrictEqual(compared.differing.flatMap(({ missingThere }) => missingThere), ["note-200"])
  }))

/** The same vendor, whose pages come otherwise. */
const turned = (
  source: ReturnType<typeof Vendor.make>,
  page: (shown: Listing) => Effect.Effect<Listing, ApiError.ApiError>
) =>
  Vendor.connectedBy(source, (connected) => ({
    ...connected,
    list: {
      ...connected.list,
      filter: Effect.map(connected.list.filter, (filter) => {
        const all: Slice = {
          ...filter.all,
          page: (range, cursor) => Effect.flatMap(filter.all.page(range, cursor), page)
        }
        return { ...filter, all }
      })
    }
  }))

it.scopedLive("what is read again and fails, or proves nothing, keeps its certificate", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const now = Date.now()
    const notes = Array.from({ length: 60 }, (_, n): Vendor.Note => ({
      id: `note-${n}`,
      at: DateTime.unsafeMake(now - (120 - n) * hour),
      text: `The text of ${n}`
    }))
    const honest = Vendor.make(Effect.succeed(notes))
    const run = (source: typeof honest) =>
      Export.run({ full: true }).pipe(
        Effect.provide(Layer.merge(Sources.layer(Effect.succeed([source])), dataset(out)))
      )
    const first = yield* run(honest)
    assert.deepStrictEqual([first.status, first.rows["notes"]], ["certified", 60])
    const failing = yield* run(turned(honest, () => new ApiError.ServerFault({ operation: "GET /notes", status: 500 })))
    assert.deepStrictEqual([failing.exitCode, failing.certifiedUntil], [4, first.certifiedUntil])
    const lacking = yield* run(turned(honest, (shown) => Effect.succeed({ ...shown, entries: shown.entries.slice(1) })))
    assert.deepStrictEqual([lacking.exitCode, lacking.certifiedUntil], [4, first.certifiedUntil])
  }))

/**
 * The same vendor, whose ranges show a row at either end of them, and whose total of all notes says no more than this. Where it
 * is known by which column the vendor filters, edges of ranges are moved to where no row is near.
 */
const between = (source: ReturnType<typeof Vendor.make>, most: number, edge: number | null, counted: () => void) =>
  Vendor.connectedBy(source, (connected) => ({
    ...connected,
    list: {
      ...connected.list,
      filter: Effect.map(connected.list.filter, (filter) => {
        const wider = ({ from, to }: Interval.Interval) => ({ from, to: DateTime.add(to, { millis: 1 }) })
        const all: Slice = {
          count: (range) =>
            Effect.map(filter.all.count(range === null ? null : wider(range)), (listing) => {
              counted()
              return { ...listing, total: range === null ? Math.min(most, listing.total ?? 0) : listing.total }
            }),
          page: (range, cursor) => filter.all.page(wider(range), cursor),
          cuts: []
        }
        return { ...filter, place: edge === null ? null : { column: "at", sortedBy: 0, edge, apart: 0 }, all }
      })
    }
  }))

for (const { edge, most } of [{ edge: null, most: 100 }, { edge: null, most: 1000 }, { edge: 1000, most: 1000 }]) {
  const what = edge === null ? "are counted on both sides" : "are gone out of the way"
  it.scopedLive(`rows at the edges of ranges ${what}, and a total says at most ${most}`, () =>
    Effect.gen(function*() {
      const out = yield* folder
      const now = Math.floor(Date.now() / hour) * hour
      const noteOf = (number: number): Vendor.Note => ({
        id: `note-${number}`,
        // Every other hour has no row at its edge.
        at: DateTime.unsafeMake(now - number * (edge === null ? 1 : 2) * hour),
        text: `The text of ${number}`
      })
      const notes = yield* Ref.make<ReadonlyArray<Vendor.Note>>(Array.from({ length: 300 }, (_, n) => noteOf(299 - n)))
      let counts = 0
      const source = between(Vendor.make(Ref.get(notes)), most, edge, () => {
        counts += 1
      })
      const sources = Sources.layer(Effect.succeed([source]))
      const run = (hours: number) =>
        Export.run({ since: DateTime.unsafeMake(now - 200 * hour) }).pipe(
          Effect.provide(Layer.merge(sources, dataset(out))),
          Effect.withClock(ahead(hours * hour))
        )
      const asked: Array<number> = []
      for (const hours of [0, 1, 30]) {
        counts = 0
        const report = yield* run(hours)
        assert.deepStrictEqual([report.exitCode, report.problems], [0, []])
        assert.strictEqual(report.reconciled["notes"], most === 100 ? null : true)
        asked.push(counts)
      }
      // What was found of the total is remembered.
      if (most === 100) assert.isBelow(asked[1] ?? 0, 0.8 * (asked[0] ?? 0))
      yield* Ref.update(notes, (before) => before.filter(({ id }) => id !== "note-50"))
      const last = yield* run(31)
      assert.deepStrictEqual([last.exitCode, last.problems], [0, []])
      const list = { source: "notes", tables: [{ table: Vendor.table.name, id: "id", at: "at" }], only: null }
      const held = yield* reading(out, (dataset) => dataset.heldIds(list, null))
      assert.deepStrictEqual(held.flatMap(({ gone, id }) => gone ? [id] : []), ["note-50"])
    }))
}

for (const hidden of [[], ["note-50"]]) {
  const what = hidden.length === 0 ? "agrees where ranges show all of it" : "tells of a note that no range shows"
  it.scopedLive(`the total ${what}, also where ranges are cut and count what lies at their edges twice`, () =>
    Effect.gen(function*() {
      const out = yield* folder
      const now = Math.floor(Date.now() / hour) * hour
      // Half of them lie before everything that is asked for.
      const notes = Array.from({ length: 400 }, (_, n): Vendor.Note => ({
        id: `note-${399 - n}`,
        at: DateTime.unsafeMake(now - (399 - n) * hour),
        text: "A text"
      }))
      const source = Vendor.connectedBy(Vendor.make(Effect.succeed(notes)), (connected) => ({
        ...connected,
        list: {
          ...connected.list,
          filter: Effect.map(connected.list.filter, (filter) => {
            const listed = Vendor.sliceOf(Effect.succeed(notes.filter(({ id }) => !hidden.includes(id))))
            const shown = ({ from, to }: Interval.Interval) => ({
              from: DateTime.max(from, DateTime.subtract(to, { days: 2 })),
              to: DateTime.add(to, { millis: 1 })
            })
            const all: Slice = {
              count: (range) => range === null ? filter.all.count(null) : listed.count(shown(range)),
              page: (range, cursor) => listed.page(shown(range), cursor),
              cuts: []
            }
            return { ...filter, exact: false, place: null, all }
          })
        }
      }))
      const report = yield* Export.run({ since: DateTime.unsafeMake(now - 200 * hour) }).pipe(
        Effect.provide(Layer.merge(Sources.layer(Effect.succeed([source])), dataset(out)))
      )
      assert.deepStrictEqual(
        [report.exitCode, report.reconciled["notes"], report.problems.map(({ tag }) => tag)],
        hidden.length === 0 ? [0, true, []] : [4, false, ["Unreconciled"]]
      )
    }))
}

it.scopedLive("a vendor that tells no totals is read page by page, and every window is named once", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const now = Date.now()
    const notes = Array.from({ length: 300 }, (_, n): Vendor.Note => ({
      id: `note-${n}`,
      at: DateTime.unsafeMake(now - 40 * hour - n * 61_000),
      text: `The text of ${n}`
    }))
    let asked = 0
    const source = Vendor.connectedBy(Vendor.make(Effect.succeed(notes)), (connected) => ({
      ...connected,
      list: {
        ...connected.list,
        grain: Grain.seconds,
        filter: Effect.map(connected.list.filter, (filter) => {
          const untold = (listing: Effect.Effect<Listing, ApiError.ApiError>) =>
            Effect.map(listing, (listing) => {
              asked += 1
              return { ...listing, total: null }
            })
          const all: Slice = {
            ...filter.all,
            count: (range) => untold(filter.all.count(range)),
            page: (range, cursor) => untold(filter.all.page(range, cursor))
          }
          return { ...filter, all }
        })
      }
    }))
    const report = yield* Export.run({ since: DateTime.unsafeMake(now - 60 * hour) }).pipe(
      Effect.provide(Layer.merge(Sources.layer(Effect.succeed([source])), dataset(out)))
    )
    assert.deepStrictEqual([report.exitCode, report.rows["notes"]], [4, 300])
    // The one that is settled, and the one in which nothing is shown and nothing counted.
    assert.deepStrictEqual(report.problems.map(({ tag }) => tag), ["Uncertified", "Uncertified"])
    assert.strictEqual(new Set(report.problems.map(({ message }) => message)).size, 2)
    // There are six pages.
    assert.isBelow(asked, 40)
  }))

it.scopedLive("one wrong total of the whole list costs a few requests, and changes nothing", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const now = Date.now()
    const notes = Array.from({ length: 2000 }, (_, n): Vendor.Note => ({
      id: `note-${n}`,
      at: DateTime.unsafeMake(now - 40 * hour - (2000 - n) * 61_000),
      text: `The text of ${n}`
    }))
    let counts = 0
    let wrong = false
    const source = Vendor.connectedBy(Vendor.make(Effect.succeed(notes)), (connected) => ({
      ...connected,
      list: {
        ...connected.list,
        grain: Grain.seconds,
        filter: Effect.map(connected.list.filter, (filter) => {
          const count: Slice["count"] = (range) =>
            Effect.map(filter.all.count(range), (listing) => {
              counts += 1
              const isWrong = range === null && wrong
              if (isWrong) wrong = false
              return isWrong ? { ...listing, entries: [], total: 0 } : listing
            })
          return { ...filter, all: { ...filter.all, count } }
        })
      }
    }))
    const run = Effect.gen(function*() {
      counts = 0
      const { exitCode, problems, reconciled } = yield* Effect.provide(
        Export.run(),
        Layer.merge(Sources.layer(Effect.succeed([source])), dataset(out))
      )
      assert.deepStrictEqual({ exitCode, problems, reconciled }, {
        exitCode: 0,
        problems: [],
        reconciled: { notes: true }
      })
      return counts
    })
    yield* run
    const usual = yield* run
    wrong = true
    assert.isBelow(yield* run, usual + 10)
    assert.isFalse(wrong)
    assert.strictEqual(yield* run, usual)
  }))

it.scopedLive("a list that grows while it is compared is not counted window by window", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const now = Date.now()
    const notes: Array<Vendor.Note> = Array.from({ length: 3000 }, (_, n) => ({
      id: `note-${n}`,
      at: DateTime.unsafeMake(now - 40 * hour - (3000 - n) * 10 * 60_000),
      text: `The text of ${n}`
    }))
    let counts = 0
    let arriving = 0
    const source = Vendor.connectedBy(Vendor.make(Effect.sync(() => notes)), (connected) => ({
      ...connected,
      list: {
        ...connected.list,
        // Windows are no more than fifty pages.
        pageSize: 2,
        filter: Effect.map(connected.list.filter, (filter) => {
          const count: Slice["count"] = (range) => {
            counts += 1
            if (arriving > 0 && range === null) {
              arriving -= 1
              notes.push({ id: `note-${notes.length}`, at: DateTime.unsafeMake(Date.now()), text: "New" })
            }
            return filter.all.count(range)
          }
          return { ...filter, all: { ...filter.all, count } }
        })
      }
    }))
    const run = Effect.gen(function*() {
      counts = 0
      const report = yield* Effect.provide(
        Export.run({ refresh: 0 }),
        Layer.merge(Sources.layer(Effect.succeed([source])), dataset(out))
      )
      assert.deepStrictEqual([report.exitCode, report.problems], [0, []])
      return { counts, windows: report.windows.certified }
    })
    assert.isAbove((yield* run).windows, 30)
    const quiet = yield* run
    for (const rows of [1, 2, 5]) {
      arriving = rows
      assert.isBelow((yield* run).counts, quiet.counts + 25)
    }
  }))

for (const grain of [Grain.seconds, Grain.hours]) {
  it.scopedLive(`notes that are written after a run began are no difference, in a list by units of ${grain.unit} ms`, () =>
    Effect.gen(function*() {
      const out = yield* folder
      const now = Date.now()
      const notes: Array<Vendor.Note> = Array.from({ length: 300 }, (_, n) => ({
        id: `note-${n}`,
        at: DateTime.unsafeMake(now - 40 * hour - (300 - n) * 61_000),
        text: `The text of ${n}`
      }))
      let arriving = 0
      const source = Vendor.connectedBy(Vendor.make(Effect.sync(() => notes)), (connected) => ({
        ...connected,
        list: {
          ...connected.list,
          grain,
          filter: Effect.map(connected.list.filter, (filter) => {
            const count: Slice["count"] = (range) => {
              if (arriving > 0 && range === null) {
                arriving -= 1
                // As if the run had taken some minutes by now.
                notes.push({
                  id: `note-${notes.length}`,
                  at: DateTime.unsafeMake(Date.now() + 3 * 60_000),
                  text: "New"
                })
              }
              return filter.all.count(range)
            }
            return { ...filter, all: { ...filter.all, count } }
          })
        }
      }))
      for (const rows of [0, 1, 2, 5]) {
        arriving = rows
        const report = yield* Effect.provide(
          Export.run({ refresh: 0 }),
          Layer.merge(Sources.layer(Effect.succeed([source])), dataset(out))
        )
        assert.deepStrictEqual([report.exitCode, report.problems], [0, []])
      }
    }))
}

/** The clock of this machine, so much ahead. */
const ahead = (millis: number): Clock.Clock => {
  const real = Clock.make()
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => real.unsafeCurrentTimeMillis() + millis,
    unsafeCurrentTimeNanos: () => real.unsafeCurrentTimeNanos() + BigInt(millis) * 1_000_000n,
    currentTimeMillis: Effect.map(real.currentTimeMillis, (now) => now + millis),
    currentTimeNanos: Effect.map(real.currentTimeNanos, (now) => now + BigInt(millis) * 1_000_000n),
    sleep: (duration) => real.sleep(duration)
  }
}

it.scopedLive("more rows than are believed to be gone at once are marked six hours later, wherever they lie", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const now = Date.now()
    const notes = yield* Ref.make<ReadonlyArray<Vendor.Note>>(Array.from({ length: 6000 }, (_, n) => ({
      id: `note-${n}`,
      at: DateTime.unsafeMake(now - (6060 - n) * hour / 3),
      text: `The text of ${n}`
    })))
    const run = (hours: number) =>
      Export.run({ refresh: 0 }).pipe(
        Effect.provide(Layer.merge(Sources.layer(Effect.succeed([Vendor.make(Ref.get(notes))])), dataset(out))),
        Effect.withClock(ahead(hours * hour))
      )
    const first = yield* run(0)
    assert.deepStrictEqual([first.exitCode, first.rows["notes"]], [0, 6000])
    // These lie in the first of several windows.
    yield* Ref.update(notes, (before) => before.filter((_, n) => n < 500 || n >= 700))
    const second = yield* run(1)
    assert.deepStrictEqual([second.exitCode, second.problems.map(({ tag }) => tag)], [4, ["ManyGone", "Unreconciled"]])
    const third = yield* run(8)
    assert.deepStrictEqual([third.exitCode, third.problems], [0, []])
    const list = { source: "notes", tables: [{ table: Vendor.table.name, id: "id", at: "at" }], only: null }
    const held = yield* reading(out, (dataset) => dataset.held(list, null))
    assert.strictEqual(held, 5800)
  }))

it.scopedLive("a row in quarantine counts as held: nothing but itself is named", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const notes = Array.from({ length: 60 }, (_, n): Vendor.Note => ({
      id: `note-${n}`,
      at: DateTime.unsafeMake(Date.now() - (120 - n) * hour),
      text: `The text of ${n}`
    }))
    const refuse = (shown: Listing): Listing => ({
      ...shown,
      entries: shown.entries.filter(({ key }) => key !== "note-30"),
      refused: shown.entries.flatMap(({ key }) =>
        key === "note-30" ? [{ table: Vendor.table.name, reason: "text", raw: Redacted.make(`{"id":"${key}"}`) }] : []
      )
    })
    const source = turned(Vendor.make(Effect.succeed(notes)), (shown) => Effect.succeed(refuse(shown)))
    const run = Effect.provide(Export.run(), Layer.merge(Sources.layer(Effect.succeed([source])), dataset(out)))
    for (const _ of [1, 2]) {
      const { certifiedUntil, problems, reconciled, rows } = yield* run
      assert.deepStrictEqual(problems.map(({ tag }) => tag), ["Quarantined"])
      assert.deepStrictEqual([rows["notes"], reconciled["notes"]], [59, true])
      assert.isNotNull(certifiedUntil["notes"])
    }
  }))

for (const deleted of [true, false]) {
  const what = deleted ? "said to be deleted: nobody has to accept that" : "not said to be deleted: it is named"
  it.scopedLive(`what is listed no more, and was ${what}`, () =>
    Effect.gen(function*() {
      const out = yield* folder
      const at = DateTime.unsafeMake(Date.now() - 60 * hour)
      const vendor = Vendor.make(Effect.succeed([{ id: "note-1", at, text: "The text of 1" }]))
      const listing = (scopes: ReadonlyArray<string>) => ({
        ...vendor,
        listed: true,
        scopes: (wanted: Parameters<typeof vendor.scopes>[0]) =>
          Effect.map(vendor.scopes(wanted), (names) =>
            names.flatMap((name) =>
              scopes.map((scope) => ({
                ...name,
                scope,
                deleted: deleted && scope === "-",
                connect: Effect.map(name.connect, (connected) => ({ ...connected, scope }))
              }))
            ))
      })
      const sourcesOf = (scopes: ReadonlyArray<string>) => Sources.layer(Effect.succeed([listing(scopes)]))
      const run = (scopes: ReadonlyArray<string>) =>
        Effect.provide(Export.run(), Layer.merge(sourcesOf(scopes), dataset(out)))
      assert.deepStrictEqual((yield* run(["-", "other"])).problems, [])
      const second = yield* run(["other"])
      const compared = yield* reading(out, (dataset) => Effect.provide(compare(dataset), sourcesOf(["other"])))
      for (const { exitCode, problems } of [second, compared]) {
        assert.deepStrictEqual(
          [exitCode, problems.map(({ scope, tag }) => [tag, scope])],
          deleted ? [0, []] : [4, [["Vanished", "-"]]]
        )
      }
    }))
}

describe("an hour with more notes than a window may hold, read by parts", () => {
  const at = DateTime.unsafeMake(Date.now() - 60 * hour)
  const notes = Array.from({ length: 2600 }, (_, n): Vendor.Note => ({ id: `note-${n}`, at, text: `The text of ${n}` }))
  const half = (rest: number): Vendor.Part => (all) =>
    all.filter(({ id }) => Number(id.slice("note-".length)) % 2 === rest)
  const run = (parts: ReadonlyArray<Vendor.Part>) =>
    Effect.gen(function*() {
      const out = yield* folder
      const sources = Sources.layer(Effect.succeed([Vendor.make(Effect.succeed(notes), parts)]))
      return yield* Effect.provide(Export.run(), Layer.merge(sources, dataset(out)))
    })

  it.scopedLive("is certified where the parts are the whole", () =>
    Effect.gen(function*() {
      const report = yield* run([half(0), half(1)])
      assert.deepStrictEqual([report.status, report.rows["notes"], report.problems], ["certified", 2600, []])
    }))

  it.scopedLive("is not certified where two parts show one note, and none shows another, with totals to match", () =>
    Effect.gen(function*() {
      const odd = half(1)
      const report = yield* run([(all) => [...half(0)(all).slice(1), ...odd(all).slice(0, 1)], odd])
      assert.deepStrictEqual([report.exitCode, report.rows["notes"]], [4, 2599])
      assert.include(report.problems[0]?.message ?? "", "two of its parts showed the same row")
    }))
})
