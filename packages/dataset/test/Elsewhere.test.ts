/** A dataset whose files are elsewhere: no row is ever missing from an answer, and a file is fetched when it is touched. */
import { assert, describe, it } from "@effect/vitest"
import { Dataset, DatasetReader, Elsewhere, Snapshot, Verify } from "@trunkline/dataset"
import { rows, type Writable } from "@trunkline/dataset/Dataset"
import * as Interval from "@trunkline/dataset/Interval"
import { Disk } from "@trunkline/parquet"
import * as Table from "@trunkline/parquet/Table"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { awayOf, carryAway, contents, layer, published } from "./elsewhere.js"
import { folder } from "./support.js"
import {
  call,
  landing,
  line,
  ofCalls,
  ofLines,
  ofThreads,
  proof,
  read,
  seen,
  tables,
  thread,
  utc,
  within
} from "./tables.js"

const october = "calls/source=allo/month=2026-10/data.parquet"
const november = "calls/source=allo/month=2026-11/data.parquet"
const december = "calls/source=allo/month=2026-12/data.parquet"

const parts = (answer: number) => [
  ofCalls(read(
    answer,
    call("a"),
    call("b", { started_at: utc("2026-12-01T00:00:00Z") }),
    call("o", { started_at: utc("2026-10-02T00:00:00Z") })
  )),
  ofLines(read(answer, line("a", 0, "one"), line("a", 1, "two"))),
  ofThreads(read(answer, thread("+2")))
]

/** A dataset with six files, all of which are elsewhere. */
const carried = Effect.gen(function*() {
  const out = join(yield* folder, "out")
  yield* within(out, (dataset) => Effect.zipRight(dataset.land(landing(parts(1), { proof: proof() })), dataset.publish))
  return { out, files: carryAway(out) }
})

const Marked = Schema.Struct({
  call_id: Schema.String,
  started_at: Schema.DateTimeUtcFromSelf,
  agent: Schema.NullOr(Schema.String),
  gone_at: Schema.NullOr(Schema.DateTimeUtcFromSelf)
})

/** Calls that a comparison marks as gone. */
const marked = Table.make({
  name: "calls",
  row: Marked,
  key: ["call_id"],
  eventTime: "started_at",
  groups: [{ name: "row", columns: ["started_at", "agent"] }, { name: "gone", columns: ["gone_at"] }],
  stamps: []
})

const withMarks = <A, E>(out: string, use: (dataset: Writable) => Effect.Effect<A, E>) =>
  Effect.flatMap(Dataset, use).pipe(
    Effect.provide(Layer.provide(Dataset.layer({ out, tables: [marked] }), Disk.layer))
  )

const ofMarked = (answer: number, ...found: ReadonlyArray<Omit<typeof Marked.Type, "gone_at">>) =>
  rows(marked, {
    groups: ["row", "gone"],
    rows: Stream.fromIterable(found.map((row) => ({ answer, row: { ...row, gone_at: null } })))
  })

const list = {
  source: "allo",
  tables: [{ table: "calls", id: "call_id", at: "started_at" }],
  only: null
}

const reading = <A, E>(out: string, use: (dataset: DatasetReader["Type"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(DatasetReader, use).pipe(Effect.provide(DatasetReader.layer({ out })))

describe("files that are elsewhere", () => {
  it.scopedLive("are fetched by a publish that touches them, and no others", () =>
    Effect.gen(function*() {
      const { out } = yield* carried
      const fetched: Array<string> = []
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(fetched, [])
          yield* dataset.land(landing([ofCalls(read(2, call("n")))]))
          const done = yield* dataset.publish
          assert.deepStrictEqual([done.new, done.updated, done.damaged.length], [1, 0, 0])
          assert.deepStrictEqual(fetched.filter((path) => path.startsWith("calls/")), [november])
          // What was there is there still, beside what is new.
          assert.deepStrictEqual((yield* seen(dataset, "calls", "call_id")).map((row) => row["call_id"]), ["a", "n"])
        })).pipe(Effect.provide(layer(out, fetched)))
    }))

  it.scopedLive("are no damage to an inspection, and a file that is here and changed is", () =>
    Effect.gen(function*() {
      const { out } = yield* carried
      const fetched: Array<string> = []
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          const first = yield* dataset.inspect
          assert.deepStrictEqual([first.findings.length, first.checked.files, first.checked.of], [0, 0, 6])
          yield* dataset.land(landing([ofCalls(read(2, call("n")))]))
          yield* dataset.publish
          writeFileSync(join(out, november), "other")
          const { findings } = yield* dataset.inspect
          assert.deepStrictEqual(findings.map(({ problem }) => problem._tag), ["ChangedFile"])
          // It was published since, so that the one elsewhere is another.
          rmSync(join(out, november))
          const after = yield* dataset.inspect
          assert.deepStrictEqual(after.findings.map(({ problem }) => problem._tag), ["MissingFile"])
        })).pipe(Effect.provide(layer(out, fetched)))
    }))

  it.scopedLive("refuse every reader that needs all rows, and none of the others", () =>
    Effect.gen(function*() {
      const { files, out } = yield* carried
      const refused = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.map(Effect.flip(effect), (error) => {
          assert.strictEqual(error._tag, "FilesElsewhere")
          assert.include("message" in error ? error.message : "", `${files.length} published files`)
        })
      yield* refused(Verify.folder({ out, tables }))
      yield* refused(Elsewhere.demandAll(out))
      yield* refused(Effect.scoped(Snapshot.make(out, Effect.succeed([]))))
      yield* reading(out, (dataset) =>
        Effect.gen(function*() {
          yield* refused(dataset.held(list, null))
          yield* refused(dataset.heldIds(list, null))
          yield* refused(dataset.heldAmong(list, ["a"]))
          yield* refused(dataset.heldValues(list, "call_id"))
          yield* refused(dataset.published("calls", "allo"))
          assert.deepStrictEqual(yield* dataset.rows, { calls: 3, lines: 2, threads: 1, certificates: 1 })
          const { holdings, problems } = yield* dataset.overview
          assert.deepStrictEqual(problems, [])
          assert.deepStrictEqual(
            holdings.map(({ elsewhere, gone, table }) => [table, elsewhere, gone]),
            [["calls", 3, null], ["certificates", 1, null], ["lines", 1, null], ["threads", 1, null]]
          )
        }))
    }))

  it.scopedLive("are not opened for writing without what fetches them, and nothing is written", () =>
    Effect.gen(function*() {
      const { out } = yield* carried
      // The lock is no part of it, and the driver removes an empty log when it closes, late.
      const lasting = () => Object.entries(contents(out)).filter(([name]) => !/lock\.|-(?:shm|wal)$/.test(name))
      const before = lasting()
      for (const damaged of [false, true]) {
        const error = yield* Effect.flip(within(out, (dataset) => dataset.publish, { damaged }))
        assert.strictEqual(error._tag, "FilesElsewhere")
      }
      assert.deepStrictEqual(lasting(), before)
    }))

  it.scopedLive("are all fetched once they are asked for, with the modes of the others", () =>
    Effect.gen(function*() {
      const { files, out } = yield* carried
      const fetched: Array<string> = []
      const whole = within(out, (dataset) => dataset.fetch).pipe(Effect.provide(layer(out, fetched)))
      assert.strictEqual(yield* whole, files.length)
      assert.deepStrictEqual(fetched.toSorted(), files)
      assert.deepStrictEqual(published(out), files)
      assert.isFalse(existsSync(join(out, "INCOMPLETE.txt")))
      assert.deepStrictEqual(readdirSync(join(out, "_trunkline/fetching")), [])
      assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
      yield* Elsewhere.demandAll(out)
      // Nothing is needed to go on.
      assert.strictEqual(yield* within(out, (dataset) => dataset.fetch), 0)
      assert.strictEqual(yield* reading(out, (dataset) => dataset.held(list, null)), 3)
    }))

  it.scopedLive("are fetched once, whoever asks for them at the same time", () =>
    Effect.gen(function*() {
      const { files, out } = yield* carried
      const fetched: Array<string> = []
      yield* within(out, ({ fetch }) => Effect.all([fetch, fetch, fetch], { concurrency: 3 })).pipe(
        Effect.provide(layer(out, fetched))
      )
      assert.deepStrictEqual(fetched.toSorted(), files)
      assert.deepStrictEqual(published(out), files)
    }))

  it.scopedLive("are not taken from elsewhere with other bytes, or other length, or not at all", () =>
    Effect.gen(function*() {
      for (const bytes of ["longer or shorter", "same", null]) {
        const { out } = yield* carried
        const [first = ""] = readdirSync(awayOf(out))
        const path = join(awayOf(out), first)
        if (bytes === null) rmSync(path)
        else {
          const now = contents(awayOf(out))
          assert.include(Object.values(now), first)
          const length = yield* Effect.map(
            Elsewhere.list(out),
            (found) => found?.files.find(({ name }) => name === first)?.bytes ?? 0
          )
          writeFileSync(path, bytes === "same" ? Buffer.alloc(length, 1) : bytes)
        }
        const error = yield* Effect.flip(within(out, (dataset) => dataset.fetch).pipe(Effect.provide(layer(out))))
        assert.strictEqual(error._tag, "FetchFailed")
        assert.isBelow(published(out).length, 6)
        assert.deepStrictEqual(readdirSync(join(out, "_trunkline/fetching")), [])
      }
    }))

  it.scopedLive("are fetched for the months that are asked for", () =>
    Effect.gen(function*() {
      const { out } = yield* carried
      const fetched: Array<string> = []
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          const range = [Interval.make(utc("2026-12-01T00:00:00Z"), utc("2026-12-05T00:00:00Z"))]
          assert.deepStrictEqual(yield* dataset.heldIds(list, range), [{ id: "b", gone: false }])
          assert.deepStrictEqual(fetched, [december])
          assert.strictEqual(yield* dataset.held(list, null), 3)
          assert.deepStrictEqual(fetched.toSorted(), [october, november, december])
        })).pipe(Effect.provide(layer(out, fetched)))
    }))

  it.scopedLive("are counted once, and fetched again only where they changed", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "out")
      yield* withMarks(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([
            ofMarked(
              1,
              ...["09", "10", "11", "12"].flatMap((month) =>
                ["x", "y", null].map((agent) => ({
                  call_id: `${month}${agent}`,
                  agent,
                  started_at: utc(`2026-${month}-02T00:00:00Z`)
                }))
              )
            )
          ]))
          yield* dataset.publish
          yield* dataset.mark({ list, answer: 2, ids: ["10x"], goneAt: utc("2026-12-24T00:00:00Z") })
          yield* dataset.publish
        }))
      const range = (from: string, to: string) => [Interval.make(utc(`${from}T00:00:00Z`), utc(`${to}T00:00:00Z`))]
      const ofX = { ...list, only: { column: "agent", value: "x" } }
      const questions = (dataset: Writable) =>
        Effect.all([
          dataset.held(list, null),
          dataset.held(ofX, null),
          dataset.held(list, range("2026-09-01", "2027-01-01")),
          // Neither October nor November is meant as a whole.
          dataset.held(list, range("2026-10-02", "2026-11-02")),
          dataset.held(ofX, range("2026-09-15", "2026-12-01")),
          Effect.map(dataset.heldValues(list, "agent"), (values) => values.toSorted()),
          Effect.map(dataset.heldValues(ofX, "call_id"), (values) => values.toSorted())
        ])
      const expected = yield* withMarks(out, questions)
      assert.deepStrictEqual(expected.slice(0, 5), [11, 3, 11, 2, 1])
      const asked = (fetched: Array<string>) => withMarks(out, questions).pipe(Effect.provide(layer(out, fetched)))
      carryAway(out)
      const first: Array<string> = []
      assert.deepStrictEqual(yield* asked(first), expected)
      assert.strictEqual(first.length, 4)

      yield* Effect.forEach(published(out), (path) => Effect.sync(() => rmSync(join(out, path))))
      const counts = (dataset: Writable) => Effect.all([dataset.held(list, null), dataset.heldValues(list, "agent")])
      const second: Array<string> = []
      yield* withMarks(out, (dataset) =>
        Effect.gen(function*() {
          assert.strictEqual((yield* counts(dataset))[0], 11)
          assert.deepStrictEqual(second, [])
          assert.deepStrictEqual(
            (yield* dataset.heldAmong(list, ["10x", "10y", "none"])).map(({ gone, id }) => [id, gone]).toSorted(),
            [["10x", true], ["10y", false]]
          )
          assert.deepStrictEqual(second, [october])
          yield* dataset.land(
            landing([ofMarked(9, { call_id: "new", agent: "z", started_at: utc("2026-11-05T00:00:00Z") })])
          )
          yield* dataset.publish
          const [rows, agents] = yield* counts(dataset)
          assert.deepStrictEqual([rows, agents.toSorted()], [12, ["x", "y", "z"]])
          assert.deepStrictEqual(second, [october, november])
        })).pipe(Effect.provide(layer(out, second)))
    }), 60_000)

  it.scopedLive("are counted once also where they are here, and again when they changed", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "out")
      const row = (id: string, month: string) => ({
        call_id: id,
        agent: "x",
        started_at: utc(`2026-${month}-02T00:00:00Z`)
      })
      yield* withMarks(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([ofMarked(1, row("a", "10"), row("b", "11"))]))
          yield* dataset.publish
          assert.strictEqual(yield* dataset.held(list, null), 2)
          const files = published(out)
          assert.strictEqual(files.length, 2)
          // It cannot be read now, and need not be.
          const bytes = readFileSync(join(out, october))
          writeFileSync(join(out, october), "no Parquet")
          assert.strictEqual(yield* dataset.held(list, null), 2)
          writeFileSync(join(out, october), bytes)
          yield* dataset.mark({ list, answer: 2, ids: ["b"], goneAt: utc("2026-12-24T00:00:00Z") })
          yield* dataset.publish
          assert.strictEqual(yield* dataset.held(list, null), 1)
        }))
    }))

  it.scopedLive("are fetched to be verified, repaired and kept no longer by their writer", () =>
    Effect.gen(function*() {
      const { files, out } = yield* carried
      const fetched: Array<string> = []
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          assert.deepStrictEqual((yield* dataset.verify).problems, [])
          assert.strictEqual(fetched.length, files.length)
          // A file that is damaged here is put back from there.
          writeFileSync(join(out, november), "other")
          const { beyond } = yield* dataset.repair({ frontier: "frontier" })
          assert.deepStrictEqual(beyond, [])
          assert.strictEqual((yield* seen(dataset, "calls", "call_id")).length, 3)
          assert.deepStrictEqual((yield* dataset.verify).problems, [])
        })).pipe(Effect.provide(layer(out, fetched)))
    }))

  it.scopedLive("are refused where the list of them leads out of the folder", () =>
    Effect.gen(function*() {
      for (const path of ["../data.parquet", "calls/../../data.parquet", "/data.parquet", "_trunkline/data.parquet"]) {
        const { out } = yield* carried
        writeFileSync(
          join(out, "_trunkline/elsewhere.json"),
          JSON.stringify({ place: "a place", files: [{ path, sha256: "0", bytes: 1, name: "0" }] })
        )
        const error = yield* Effect.flip(within(out, (dataset) => dataset.fetch).pipe(Effect.provide(layer(out))))
        assert.strictEqual(error._tag, "Damaged", path)
      }
    }))

  // Everybody may look everywhere as root.
  it.scopedLive.skipIf(process.getuid?.() === 0)(
    "refuse a reader who may not look into the folder of the ledger",
    () =>
      Effect.gen(function*() {
        const { out } = yield* carried
        chmodSync(join(out, "_trunkline"), 0)
        const error = yield* Effect.flip(Elsewhere.demandAll(out))
        assert.strictEqual(error._tag, "FilesElsewhere")
      })
  )
})
