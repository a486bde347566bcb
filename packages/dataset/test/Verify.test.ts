/** Everything that can be wrong with a dataset has a name of its own, and a good one has none. */
import { assert, describe, it } from "@effect/vitest"
import { Dataset, Ledger, Session, Verify } from "@trunkline/dataset"
import { Disk } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { folder } from "./support.js"
import { call, landing, line, ofCalls, ofLines, ofThreads, proof, read, tables, thread, utc, within } from "./tables.js"

const good = (out: string) =>
  within(out, (dataset) =>
    Effect.zipRight(
      dataset.land(landing([
        ofCalls(read(1, call("a"), call("b", { started_at: utc("2026-12-01T00:00:00Z") }))),
        ofLines(read(1, line("a", 0, "one"), line("a", 1, "two"))),
        ofThreads(read(1, thread("+2")))
      ], { proof: proof() })),
      dataset.publish
    ))

const monthOf = (out: string, month: string) => join(out, `calls/source=allo/month=${month}/data.parquet`)

/** Each says which command mends it; what none mends says what does. */
const problems = (out: string) =>
  Effect.map(Verify.folder({ out, tables }), ({ problems }) =>
    problems.map((problem) => {
      assert.include(problem.message, Verify.mendedBy[problem._tag] ?? "Install the version")
      return problem._tag
    }))

const flip = (path: string) => {
  const bytes = readFileSync(path)
  const middle = Math.floor(bytes.length / 3)
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle)
  writeFileSync(path, bytes)
}

const overLedger = (out: string, sql: string) =>
  Effect.scoped(Effect.flatMap(Ledger.open(join(out, "_trunkline/ledger.db")), (ledger) => ledger.run(sql)))

/** What was done to it, and what verify then says. */
const cases: ReadonlyArray<{
  readonly name: string
  readonly spoil: (out: string, other: string) => Effect.Effect<void, unknown>
  readonly tags: ReadonlyArray<string>
}> = [
  { name: "nothing", spoil: () => Effect.void, tags: [] },
  {
    name: "a flipped byte",
    spoil: (out) => Effect.sync(() => flip(monthOf(out, "2026-11"))),
    tags: ["ChangedFile"]
  },
  {
    name: "a missing file",
    spoil: (out) => Effect.sync(() => rmSync(monthOf(out, "2026-11"))),
    tags: ["MissingFile"]
  },
  {
    name: "two files swapped between partitions",
    spoil: (out) =>
      Effect.sync(() => {
        renameSync(monthOf(out, "2026-11"), join(out, "x"))
        renameSync(monthOf(out, "2026-12"), monthOf(out, "2026-11"))
        renameSync(join(out, "x"), monthOf(out, "2026-12"))
      }),
    tags: ["SwappedFile", "SwappedFile"]
  },
  {
    name: "a foreign file where readers look",
    spoil: (out) => Effect.sync(() => cpSync(monthOf(out, "2026-11"), join(out, "calls/source=allo/old.parquet"))),
    tags: ["UnknownFile"]
  },
  {
    name: "a foreign file beside the tables, and a page that is none",
    spoil: (out) =>
      Effect.sync(() => {
        mkdirSync(join(out, "mine"))
        cpSync(monthOf(out, "2026-11"), join(out, "mine/own.parquet"))
        writeFileSync(join(out, "trunkline.sql"), "")
        writeFileSync(join(out, "report.html"), "")
      }),
    tags: ["UnknownFile"]
  },
  {
    name: "a key in two files",
    spoil: (out) =>
      Effect.gen(function*() {
        cpSync(monthOf(out, "2026-11"), monthOf(out, "2026-12"))
        // As if that had been published: neither bytes nor rows tell.
        yield* overLedger(
          out,
          "UPDATE files SET sha256 = (SELECT sha256 FROM files AS other WHERE other.shelf = files.shelf AND other.partition = '2026-11') WHERE partition = '2026-12'"
        )
      }),
    tags: ["DuplicateKeys"]
  },
  {
    name: "a key twice in one file, and not the rows of the ledger",
    spoil: (out) =>
      Effect.gen(function*() {
        const session = yield* Session.make({ temporary: join(out, "spill") })
        const path = monthOf(out, "2026-11")
        const twice = `${path}.twice`
        yield* session.run(
          `COPY (FROM read_parquet('${path}', hive_partitioning = false) UNION ALL
            FROM read_parquet('${path}', hive_partitioning = false)) TO '${twice}' (FORMAT parquet)`
        )
        renameSync(twice, path)
        const report = yield* Verify.folder({ out, tables })
        const [changed] = report.problems
        assert.strictEqual(changed?._tag, "ChangedFile")
        const { createHash } = yield* Effect.promise(() => import("node:crypto"))
        const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex")
        yield* overLedger(
          out,
          `UPDATE files SET sha256 = '${sha256}' WHERE partition = '2026-11'
            AND shelf = (SELECT id FROM shelves WHERE name = 'calls')`
        )
      }).pipe(Effect.scoped),
    tags: ["OtherRows", "DuplicateKeys"]
  },
  {
    name: "a link in the place of a file",
    spoil: (out) =>
      Effect.sync(() => {
        renameSync(monthOf(out, "2026-11"), join(out, "../linked"))
        symlinkSync(join(out, "../linked"), monthOf(out, "2026-11"))
      }),
    tags: ["Damaged"]
  },
  {
    name: "a folder in the place of a file",
    spoil: (out) =>
      Effect.sync(() => {
        rmSync(monthOf(out, "2026-11"))
        mkdirSync(monthOf(out, "2026-11"))
      }),
    tags: ["Damaged"]
  },
  {
    name: "a certificate of another hash",
    spoil: (out) => overLedger(out, "UPDATE windows SET keys_sha256 = 'no'"),
    tags: ["ChangedCertificate"]
  },
  {
    name: "keys that contradict the rows",
    spoil: (out) => overLedger(out, "DELETE FROM keys"),
    tags: ["LedgerContradiction", "LedgerContradiction", "LedgerContradiction"]
  },
  {
    name: "a ledger that is damaged",
    spoil: (out) =>
      Effect.sync(() => {
        const path = join(out, "_trunkline/ledger.db")
        writeFileSync(path, readFileSync(path).fill(0xa5, 4096, 3 * 4096))
      }),
    tags: ["DamagedLedger"]
  },
  {
    name: "a ledger that is gone",
    spoil: (out) => Effect.sync(() => rmSync(join(out, "_trunkline/ledger.db"))),
    tags: ["OtherLedger"]
  },
  {
    name: "a ledger from another folder",
    spoil: (out, other) =>
      Effect.sync(() => cpSync(join(other, "_trunkline/ledger.db"), join(out, "_trunkline/ledger.db"))),
    tags: ["OtherLedger"]
  },
  {
    name: "a ledger of a newer version",
    spoil: (out) => overLedger(out, "PRAGMA user_version = 99"),
    tags: ["NewerLedger"]
  },
  {
    name: "a landing that is gone",
    spoil: (out) =>
      Effect.zipRight(
        within(out, (dataset) => dataset.land(landing([ofCalls(read(2, call("c")))]))),
        Effect.sync(() => {
          rmSync(join(out, "_trunkline/landing"), { recursive: true })
          mkdirSync(join(out, "_trunkline/landing"))
        })
      ),
    tags: ["ChangedLanding"]
  }
]

describe("verify", () => {
  for (const { name, spoil, tags } of cases) {
    it.scopedLive(`finds ${name}`, () =>
      Effect.gen(function*() {
        const [out, other] = [yield* folder, yield* folder]
        yield* good(out)
        yield* good(other)
        yield* spoil(out, other)
        assert.deepStrictEqual(yield* problems(out), tags)
      }), 30_000)
  }

  it.scopedLive("counts what is there, and says what waits", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* good(out)
      yield* within(out, (dataset) =>
        dataset.land(landing([ofCalls(read(2, call("c")))], { refused: [{ raw: "{\"id\":null}", reason: "no id" }] })))
      const { problems, ...report } = yield* Verify.folder({ out, tables })
      assert.deepStrictEqual(problems, [])
      assert.deepStrictEqual(report, {
        files: 5,
        rows: { calls: 2, certificates: 1, lines: 2, threads: 1 },
        waiting: 1,
        quarantined: 1,
        notRecomputable: 0
      })
    }), 30_000)

  it.scopedLive("needs a dataset and no lock, and leaves the lock to a writer", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const missing = yield* Effect.flip(Verify.folder({ out, tables }))
      assert.strictEqual(missing._tag, "NoDataset")
      yield* Effect.gen(function*() {
        const dataset = yield* Dataset
        assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
        yield* dataset.land(landing([ofCalls(read(1, call("a")))], { proof: proof() }))
        yield* dataset.publish
        assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
      }).pipe(Effect.provide(Dataset.layer({ out, tables }).pipe(Layer.provide(Disk.layer))))
    }), 30_000)

  it.scopedLive("finds nothing wrong while a writer publishes, and damage all the same", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const ofMonth = (month: number) => ({ started_at: utc(`2026-${String(month).padStart(2, "0")}-05T10:00:00Z`) })
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          let answer = 0
          const publish = Effect.suspend(() => {
            answer++
            return Effect.zipRight(
              dataset.land(landing([
                ofCalls(read(answer, call(`n${answer}`), call("a", ofMonth(1 + answer % 3)), call("b", ofMonth(10))))
              ])),
              dataset.publish
            )
          })
          yield* publish
          const writer = yield* Effect.fork(Effect.forever(publish))
          for (let round = 0; round < 15; round++) {
            assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [], `round ${round}`)
          }
          const harmed = join(out, "calls/source=allo/month=2026-10/data.parquet")
          writeFileSync(harmed, "other")
          const found = (yield* Verify.folder({ out, tables })).problems
          assert.deepStrictEqual(found.flatMap((problem) => "path" in problem ? [problem.path] : []), [harmed])
          yield* Fiber.interrupt(writer)
          assert.isAbove(answer, 3)
        }))
    }), 60_000)
})
