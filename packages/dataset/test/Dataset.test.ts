/** Opening, remembering, planning: what a dataset knows of itself between runs. */
import { assert, describe, it } from "@effect/vitest"
import { Dataset, DatasetReader, Gathered, Ledger } from "@trunkline/dataset"
import type { DatasetError } from "@trunkline/dataset"
import type { Options, Writable } from "@trunkline/dataset/Dataset"
import { gathered, rows } from "@trunkline/dataset/Dataset"
import { Disk } from "@trunkline/parquet"
import * as Table from "@trunkline/parquet/Table"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { networkOf } from "../src/Folder.js"
import { folder } from "./support.js"
import {
  Call,
  call,
  calls,
  collected,
  landing,
  november,
  ofCalls,
  proof,
  read,
  seen,
  tables,
  utc,
  within
} from "./tables.js"

const opening = <A, E>(
  options: Options,
  use: (dataset: Writable) => Effect.Effect<A, E>
): Effect.Effect<A, E | DatasetError.OpenError> =>
  Effect.flatMap(Dataset, use).pipe(Effect.provide(Dataset.layer(options).pipe(Layer.provide(Disk.layer))))

const refusal = (options: Options) => Effect.flip(opening(options, () => Effect.void))

const day = (text: string) => utc(`2026-11-${text}T00:00:00Z`)

describe("a dataset", () => {
  it.scopedLive("keeps to the partition it was begun with", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "not/there/yet")
      yield* opening({ out, tables, partition: "day" }, (dataset) =>
        Effect.zipRight(dataset.land(landing([ofCalls(read(1, call("a")))])), dataset.publish))
      assert.isTrue(existsSync(join(out, "calls/source=allo/day=2026-11-05/data.parquet")))
      assert.strictEqual(
        yield* opening({ out, tables }, (dataset) =>
          Effect.succeed(dataset.partition)),
        "day"
      )
      const error = yield* refusal({ out, tables, partition: "month" })
      assert.strictEqual(error._tag, "OtherPartition")
      assert.match(error.message, /a file for each day, and month was asked for/)
    }), 30_000)

  it.scopedLive(
    "keeps to the hosts it was filled from, and takes any port of this machine for one",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        const nothing = () => Effect.void
        yield* opening({
          out,
          tables,
          sources: { allo: "https://api.withallo.com/v2", allomia: "http://127.0.0.1:4001" }
        }, nothing)
        yield* opening(
          { out, tables, sources: { allo: "https://API.withallo.com", allomia: "http://localhost:5/x" } },
          nothing
        )
        const error = yield* refusal({ out, tables, sources: { allo: "https://staging.withallo.com" } })
        assert.strictEqual(error._tag, "OtherHost")
        assert.match(error.message, /api\.withallo\.com knows it, and staging\.withallo\.com was given/)
      }),
    30_000
  )

  it.scopedLive(
    "refuses the ledger of another folder, a later one, and one that was lost",
    () =>
      Effect.gen(function*() {
        const [out, other] = [yield* folder, yield* folder]
        yield* opening({ out: other, tables }, () => Effect.void)
        yield* within(
          out,
          (dataset) => Effect.zipRight(dataset.land(landing([ofCalls(read(1, call("a")))])), dataset.publish)
        )
        const [ours, theirs] = [out, other].map((path) => join(path, "_trunkline/ledger.db"))
        cpSync(theirs ?? "", ours ?? "")
        assert.strictEqual((yield* refusal({ out, tables }))._tag, "OtherLedger")
        rmSync(ours ?? "")
        assert.strictEqual((yield* refusal({ out, tables }))._tag, "OtherLedger")
        yield* Effect.scoped(
          Effect.flatMap(Ledger.open(theirs ?? ""), (ledger) => ledger.run("PRAGMA user_version = 99"))
        )
        assert.strictEqual((yield* refusal({ out: other, tables }))._tag, "NewerLedger")
      }),
    30_000
  )

  it.scopedLive(
    "never publishes over a file it does not know, or over one that was changed",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        const path = join(out, "calls/source=allo/month=2026-11/data.parquet")
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            mkdirSync(join(path, ".."), { recursive: true })
            writeFileSync(path, "mine")
            yield* dataset.land(landing([ofCalls(read(1, call("a")))]))
            const first = yield* dataset.publish
            assert.deepStrictEqual(first.damaged.map(({ problem }) => [problem._tag, problem.path]), [
              ["UnknownFile", path]
            ])
            assert.strictEqual(readFileSync(path, "utf8"), "mine")
            rmSync(path)
            yield* dataset.publish
            writeFileSync(path, "mine")
            yield* dataset.land(landing([ofCalls(read(2, call("b")))]))
            assert.match((yield* dataset.publish).damaged[0]?.problem.message ?? "", /is not what was published/)
            assert.strictEqual(readFileSync(path, "utf8"), "mine")
          }))
      }),
    30_000
  )

  it("knows the file systems of networks", () => {
    assert.strictEqual(networkOf(0x6969), "NFS")
    assert.isUndefined(networkOf(0xef53))
  })

  it.scopedLive("sweeps what a crash left beside its records", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) => dataset.land(landing([ofCalls(read(1, call("a")))])))
      const id = "0b0a4f5e-6a0c-4f53-9d7e-1f0f6f3d9a53"
      for (
        const name of [`landing/${id}.parquet`, `landing/.trunkline-${id}.partial`, `publishing/tmp_${id}.parquet`]
      ) {
        writeFileSync(join(out, "_trunkline", name), "half")
      }
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          assert.lengthOf(readdirSync(join(out, "_trunkline/landing")), 1)
          assert.lengthOf(readdirSync(join(out, "_trunkline/publishing")), 0)
          assert.strictEqual((yield* dataset.publish).new, 1)
        }))
      for (const name of readdirSync(join(out, "_trunkline"))) {
        const { mode } = statSync(join(out, "_trunkline", name))
        assert.strictEqual((mode & 0o077).toString(8), "0", name)
      }
    }), 30_000)

  it.scopedLive("hands out numbers that only rise, over restarts too", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const some = within(out, (dataset) => Effect.replicateEffect(dataset.answer, 1500))
      const numbers = [...yield* some, ...yield* some]
      assert.strictEqual(numbers[0], 1)
      assert.isTrue(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0)))
    }), 30_000)

  it.scopedLive(
    "plans what is not certified and what is recent, and lets the richer stand for the poorer",
    () =>
      Effect.gen(function*() {
        yield* within(yield* folder, (dataset) =>
          Effect.gen(function*() {
            const window = (stream: string, from: string, to: string) => ({
              ...november,
              stream,
              from: day(from),
              to: day(to)
            })
            const land = (stream: string, from: string, to: string, verdict: "certified" | "open" | "uncertified") =>
              dataset.land(landing([], { window: window(stream, from, to), proof: proof({ verdict }) }))
            const question = {
              source: "allo",
              scope: "team",
              stream: "items",
              since: day("01"),
              until: day("20"),
              now: day("20"),
              lookback: "2 days"
            } as const
            const plan = (more: object = {}) =>
              Effect.map(dataset.plan({ ...question, ...more }), (found) =>
                found.map(({ from, to }) =>
                  `${DateTime.formatIso(from).slice(8, 10)}-${DateTime.formatIso(to).slice(8, 10)}`
                ))

            assert.deepStrictEqual(yield* plan(), ["01-20"])
            yield* land("items", "01", "05", "certified")
            yield* land("items+transcript", "05", "19", "certified")
            assert.deepStrictEqual(yield* plan(), ["18-20"])
            assert.deepStrictEqual(yield* plan({ full: true }), ["01-20"])
            assert.deepStrictEqual(yield* plan({ stream: "items+transcript" }), ["01-05", "18-20"])
            assert.deepStrictEqual(yield* plan({ scope: "other" }), ["01-20"])
            assert.deepStrictEqual(yield* plan({ source: "allomia" }), ["01-20"])
            // A reading that fails takes the verdict, whoever had it, and no row.
            yield* land("items", "04", "07", "uncertified")
            assert.deepStrictEqual(yield* plan(), ["04-07", "18-20"])
            yield* land("items", "19", "20", "open")
            assert.deepStrictEqual(yield* plan(), ["04-07", "18-20"])
            assert.lengthOf(yield* dataset.certificates, 4)
            yield* land("items", "04", "07", "certified")
            assert.deepStrictEqual(yield* plan(), ["18-20"])
            assert.lengthOf(yield* dataset.certificates, 4)
          }))
      }),
    30_000
  )

  it.scopedLive("keeps a window whole or not at all", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          const failing = rows(calls, {
            groups: ["list"],
            rows: Stream.concat(Stream.fromIterable(read(1, call("a"))), Stream.fail("no more"))
          })
          const error = yield* Effect.flip(dataset.land({
            ...landing([]),
            tables: [ofCalls(read(1, call("b"))), failing],
            proof: proof()
          }))
          assert.strictEqual(error, "no more")
          assert.lengthOf(yield* dataset.certificates, 0)
          assert.deepStrictEqual(readdirSync(join(out, "_trunkline/landing")), [])
          const bad = { ...call("c"), seconds: 0.5 }
          const refused = yield* Effect.flip(dataset.land(landing([ofCalls(read(1, bad))])))
          assert.strictEqual(refused._tag, "BadValue")
          assert.deepStrictEqual(readdirSync(join(out, "_trunkline/landing")), [])
        }))
    }), 30_000)

  it.scopedLive(
    "lists an id that is due as a whole, also one with a NUL in it, and settles it",
    () =>
      Effect.gen(function*() {
        yield* within(yield* folder, (dataset) =>
          Effect.gen(function*() {
            const ids = ["a\u0000b", "a\u0000c", "é 🔥", ""]
            const pending = ids.map((id) => ({ id, endedAt: day("01"), dueAt: day("02") }))
            yield* dataset.land(landing([], { pending }))
            const due = Effect.map(
              dataset.due({ source: "allo", scope: "team", now: day("02"), limit: 10 }),
              (found) => found.map(({ id }) => id).toSorted()
            )
            assert.deepStrictEqual(yield* due, ids.toSorted())
            yield* dataset.land(landing([], {
              postponed: [{ id: "a\u0000b", dueAt: day("09") }],
              settled: ["a\u0000c", "é 🔥", ""]
            }))
            assert.deepStrictEqual(yield* due, [])
          }))
      }),
    30_000
  )

  it.scopedLive(
    "remembers details that are due, frontiers, refused rows and the first day asked for",
    () =>
      Effect.gen(function*() {
        yield* within(yield* folder, (dataset) =>
          Effect.gen(function*() {
            const due = (now: DateTime.Utc) =>
              Effect.map(
                dataset.due({ source: "allo", scope: "team", now, limit: 10 }),
                (found) => found.map(({ asked, id }) => `${id} ${asked}`)
              )
            const refused = [{ raw: "{}", reason: "no id" }, { raw: "[]", reason: "no row" }]
            const pending = ["x", "y"].map((id) => ({ id, endedAt: day("01"), dueAt: day("02") }))
            const first = yield* dataset.land(landing([], { pending, refused, facts: { frontier: "one" } }))
            assert.strictEqual(first.quarantined, 2)
            assert.deepStrictEqual(yield* due(day("01")), [])
            assert.deepStrictEqual(yield* due(day("02")), ["x 0", "y 0"])
            const again = yield* dataset.land(landing([], {
              pending,
              refused,
              postponed: [{ id: "x", dueAt: day("09") }],
              settled: ["y"],
              facts: { frontier: "two" }
            }))
            assert.strictEqual(again.quarantined, 0)
            assert.deepStrictEqual(yield* due(day("09")), ["x 1"])
            assert.strictEqual(yield* dataset.pending("allo", "team"), 1)
            assert.deepStrictEqual(yield* dataset.fact("allo", "team", "frontier"), Option.some("two"))
            assert.deepStrictEqual((yield* dataset.quarantine).map(({ reason }) => reason).toSorted(), [
              "no id",
              "no row"
            ])
            const [one] = yield* dataset.quarantine
            assert.include(["{}", "[]"], Option.getOrThrow(yield* dataset.refused(one?.number ?? 0)))

            assert.isTrue(Option.isNone(yield* dataset.since("allo", "team")))
            yield* dataset.ask("allo", "team", day("05"))
            yield* dataset.ask("allo", "team", day("08"))
            assert.deepStrictEqual(yield* dataset.since("allo", "team"), Option.some(day("05")))
            // Nothing may have been listed when the whole source was asked for.
            yield* dataset.ask("allo", null, day("02"))
            assert.deepStrictEqual(yield* dataset.since("allo"), Option.some(day("02")))
            assert.deepStrictEqual(yield* dataset.since("allo", "team"), Option.some(day("05")))
            assert.deepStrictEqual(yield* dataset.scopes("allo"), ["team"])
          }))
      }),
    30_000
  )

  it.scopedLive("is read while it is written, without a lock", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const missing = yield* Effect.flip(
        Effect.void.pipe(
          Effect.provide(DatasetReader.layer({ out })),
          Effect.zipRight(DatasetReader),
          Effect.provide(DatasetReader.layer({ out }))
        )
      )
      assert.strictEqual(missing._tag, "NoDataset")
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([ofCalls(read(1, call("a"), call("b")))], { proof: proof() }))
          yield* dataset.publish
          yield* Effect.gen(function*() {
            const reader = yield* DatasetReader
            assert.strictEqual(reader.id, dataset.id)
            assert.deepStrictEqual(yield* reader.rows, { calls: 2, certificates: 1 })
            assert.deepStrictEqual(yield* reader.intervals({ source: "allo", scope: "team", stream: "items" }), [
              { from: november.from, to: november.to }
            ])
            assert.deepStrictEqual(yield* collected(reader.keys("calls", "allo")), [
              { unit: "a", partition: "2026-11" },
              { unit: "b", partition: "2026-11" }
            ])
            const [zone] = yield* reader.session.rows(
              "SELECT current_setting('TimeZone') AS zone, current_setting('memory_limit') AS memory, current_setting('threads') AS threads"
            )
            assert.deepStrictEqual(zone, { zone: "UTC", memory: "244.1 MiB", threads: "1" })
            // While the reader looks, the writer goes on.
            yield* dataset.land(landing([ofCalls(read(2, call("c")))]))
            yield* dataset.publish
            assert.strictEqual((yield* reader.rows)["calls"], 3)
          }).pipe(Effect.provide(DatasetReader.layer({ out })))
        }))
    }), 30_000)

  it.scopedLive("speaks of a query's text, and not of the values in it", () =>
    Effect.gen(function*() {
      yield* within(yield* folder, ({ session }) =>
        Effect.gen(function*() {
          assert.match((yield* Effect.flip(session.rows("SELEC 1"))).message, /Parser Error: syntax error/)
          const error = yield* Effect.flip(session.rows("SELECT CAST('+33612345678' AS DATE)"))
          assert.strictEqual("kind" in error ? error.kind : error._tag, "Conversion Error")
          assert.notInclude(error.message, "336")
        }))
    }), 30_000)

  it.scopedLive("keeps a column of a later version, and reads old files beside new ones", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const Later = Schema.Struct({ ...Call.fields, mood: Schema.NullOr(Schema.String) })
      const later = Table.make({
        name: "calls",
        row: Later,
        key: ["call_id"],
        eventTime: "started_at",
        groups: [...calls.groups.slice(0, 3), { name: "extra", columns: ["extra", "mood"] }].map((group) => ({
          name: group.name,
          columns: Later.fields === undefined ? [] : group.columns.filter(isColumn)
        })),
        stamps: ["exported_at"]
      })
      const months = ["2026-10-05", "2026-11-05"].map((text) => utc(`${text}T00:00:00Z`))
      const [october, inNovember] = [months[0] ?? day("01"), months[1] ?? day("01")]
      const act = (table: Table.Any, answer: number, found: ReadonlyArray<object>) =>
        opening({ out, tables: [table] }, (dataset) =>
          Effect.gen(function*() {
            const rows = Gathered.make(table)
            for (const row of found) rows.add({ answer, row })
            yield* dataset.land(
              landing([gathered(table, { groups: table.groups.map(({ name }) => name), taken: rows.take() })])
            )
            yield* dataset.publish
            return (yield* seen(dataset, "calls", "call_id")).map((
              row
            ) => [row["call_id"], row["summary"], row["mood"]])
          }))
      // The version before wrote both months; the later one touches November only.
      yield* act(calls, 1, [call("a", { started_at: october }), call("b", { started_at: inNovember })])
      assert.deepStrictEqual(yield* act(later, 2, [{ ...call("c", { started_at: inNovember }), mood: "calm" }]), [
        ["a", null, null],
        ["b", null, null],
        ["c", null, "calm"]
      ])
      // The version before comes again: what it does not know it carries along, also in rows that it changes and moves.
      assert.deepStrictEqual(
        yield* act(calls, 3, [
          call("c", { started_at: october, summary: "new" }),
          call("d", { started_at: inNovember })
        ]),
        [["a", null, null], ["b", null, null], ["c", "new", "calm"], ["d", null, null]]
      )
    }), 30_000)
})

type Column = keyof Call | "mood"
const isColumn = (name: string): name is Column => name === "mood" || name in Call.fields
