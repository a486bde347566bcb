/** The history of runs: recorded in the ledger, published as a table, and continued where an earlier version left off. */
import { assert, describe, it } from "@effect/vitest"
import { DatasetReader, Ledger, Run, Verify } from "@trunkline/dataset"
import type { Writable } from "@trunkline/dataset/Dataset"
import { Disk, DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { folder } from "./support.js"
import { seen, tables, utc, within } from "./tables.js"

const begun = (id: string, day: number) => ({
  id,
  at: utc(`2026-11-${day}T03:00:00Z`),
  command: "export",
  version: "1.2.3"
})
const ended = (id: string, day: number, status: "certified" | "partial" | "failed" | "interrupted") => ({
  id,
  at: utc(`2026-11-${day}T03:05:00Z`),
  status,
  summary: {
    ...Run.silent,
    exit_code: status === "certified" ? 0 : 4,
    rows_new: 12,
    rows_landed: [{ table_name: "calls", rows: 14 }],
    scopes: [{
      source: "allo",
      scope: "team",
      from_at: utc("2026-08-01T00:00:00Z"),
      until_at: null,
      reconciled: null,
      proved: true
    }],
    problems: [{ tag: "Uncertified", source: "allo", scope: null, count: 2 }]
  }
})

const whole = (dataset: Writable, id: string, day: number, status: Parameters<typeof ended>[2]) =>
  Effect.gen(function*() {
    yield* dataset.beginRun(begun(id, day))
    yield* dataset.publish
    yield* dataset.endRun(ended(id, day, status))
  })

const shown = (dataset: Writable) =>
  Effect.map(
    seen(dataset, "runs", "started_at"),
    (rows) => rows.map(({ ended_at, exit_code, run_id, status }) => [run_id, status, ended_at, exit_code])
  )

describe("runs", () => {
  it.scopedLive("whose file could not be renamed are published by their end, and the next start goes on", () =>
    Effect.gen(function*() {
      const out = yield* folder
      let failures = 1
      const disk = Disk.layerWatched((step, path) =>
        step === "rename" && path.includes("/runs/") && failures-- > 0
          ? Effect.fail(new DiskError({ step, path, code: "EIO" }))
          : Effect.void
      )
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.beginRun(begun("one", 20))
          assert.strictEqual((yield* Effect.flip(dataset.publish))._tag, "DiskError")
          yield* dataset.endRun(ended("one", 20, "failed"))
        }), { disk })
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          assert.deepStrictEqual((yield* shown(dataset)).map(([id, status]) => [id, status]), [["one", "failed"]])
          yield* whole(dataset, "two", 21, "certified")
          assert.deepStrictEqual((yield* dataset.verify).problems, [])
        }))
    }))

  it.scopedLive("are published with what they said, one row each", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.beginRun(begun("one", 20))
          yield* dataset.publish
          assert.deepStrictEqual(yield* shown(dataset), [["one", "running", null, null]])
          yield* dataset.endRun(ended("one", 20, "certified"))
          yield* whole(dataset, "two", 21, "partial")
          const [first, second] = yield* seen(dataset, "runs", "started_at")
          assert.deepInclude(first, {
            run_id: "one",
            command: "export",
            version: "1.2.3",
            started_at: "2026-11-20 03:00:00+00",
            ended_at: "2026-11-20 03:05:00+00",
            status: "certified",
            exit_code: 0,
            rows_new: 12,
            rows_landed: [{ table_name: "calls", rows: 14 }],
            scopes: [{
              source: "allo",
              scope: "team",
              from_at: "2026-08-01 00:00:00+00",
              until_at: null,
              reconciled: null,
              proved: true
            }],
            problems: [{ tag: "Uncertified", source: "allo", scope: null, count: 2 }],
            source: "trunkline",
            month: "2026-11"
          })
          assert.deepInclude(second, { run_id: "two", status: "partial", exit_code: 4 })
          assert.deepStrictEqual((yield* dataset.runs(1)).map(({ run_id }) => run_id), ["two"])
        }))
      const { files, problems, rows } = yield* Verify.folder({ out, tables })
      assert.deepStrictEqual([files, problems, rows], [1, [], { runs: 2 }])
    }), 30_000)

  it.scopedLive("that were killed are told by the next one", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) => Effect.zipRight(dataset.beginRun(begun("one", 20)), dataset.publish))
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* whole(dataset, "two", 21, "failed")
          assert.deepStrictEqual(yield* shown(dataset), [
            ["one", "killed", null, null],
            ["two", "failed", "2026-11-21 03:05:00+00", 4]
          ])
        }))
    }), 30_000)

  it.scopedLive(
    "of an earlier version stand in the table as well, with what was kept of them",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* within(out, () => Effect.void)
        yield* Effect.scoped(
          Effect.flatMap(Ledger.open(join(out, "_trunkline/ledger.db")), (ledger) =>
            Effect.forEach([
              "DROP TABLE run_reports",
              "INSERT INTO runs VALUES ('old', 1792724400000, 1792724700000, 'certified'), ('dead', 1792810800000, NULL, NULL)",
              "PRAGMA user_version = 6"
            ], (sql) => ledger.run(sql)))
        )
        const read = yield* Effect.scoped(
          Effect.provide(Effect.flatMap(DatasetReader, ({ runs }) => runs(9)), DatasetReader.layer({ out }))
        )
        assert.deepStrictEqual(read.map(({ run_id, status }) => [run_id, status]), [
          ["dead", "running"],
          ["old", "certified"]
        ])
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            yield* whole(dataset, "new", 21, "certified")
            assert.deepStrictEqual((yield* shown(dataset)).map(([id, status]) => [id, status]), [
              ["old", "certified"],
              ["dead", "killed"],
              ["new", "certified"]
            ])
          }))
      }),
    30_000
  )

  it.scopedLive(
    "are recorded over a damaged file of them, which is named and not overwritten",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* within(out, (dataset) => whole(dataset, "one", 20, "certified"))
        const path = join(out, "runs/source=trunkline/month=2026-11/data.parquet")
        writeFileSync(path, "other")
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            yield* dataset.beginRun(begun("two", 21))
            const { damaged } = yield* dataset.publish
            assert.deepStrictEqual(damaged.map(({ problem }) => problem.path), [path])
            yield* dataset.endRun(ended("two", 21, "failed"))
            assert.deepStrictEqual((yield* dataset.runs(9)).map(({ run_id, status }) => [run_id, status]), [
              ["two", "failed"],
              ["one", "certified"]
            ])
          }))
      }),
    30_000
  )
})
