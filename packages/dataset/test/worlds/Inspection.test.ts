/** What a run finds of damage, what it publishes all the same, and how much it reads to find out. */
import { assert, describe, it } from "@effect/vitest"
import { Ledger, Run, Verify } from "@trunkline/dataset"
import type { Writable } from "@trunkline/dataset/Dataset"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { dirname, join } from "node:path"
import { folder } from "../support.js"
import {
  call,
  landing,
  line,
  november,
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
} from "../tables.js"

const december = { ...november, from: november.to, to: utc("2027-01-01T00:00:00Z") }
const inDecember = { started_at: utc("2026-12-05T10:00:00.123Z") }

const monthOf = (out: string, month: string, table = "calls") =>
  join(out, `${table}/source=allo/month=${month}/data.parquet`)
const ledgerOf = (out: string) => join(out, "_trunkline/ledger.db")

/** Two months whose files of calls are of the same size. */
const good = (out: string) =>
  within(out, (dataset) =>
    Effect.gen(function*() {
      yield* dataset.land(landing([
        ofCalls(read(1, call("a"))),
        ofLines(read(1, line("a", 0, "one"))),
        ofThreads(read(1, thread("+2")))
      ], { proof: proof() }))
      yield* dataset.land(landing([ofCalls(read(1, call("b", inDecember)))], { window: december, proof: proof() }))
      yield* dataset.publish
    }))

const flip = (path: string, position: number) => {
  const bytes = readFileSync(path)
  bytes.writeUInt8(bytes.readUInt8(position) ^ 1, position)
  writeFileSync(path, bytes)
}

const overLedger = (out: string, ...statements: ReadonlyArray<string>) =>
  Effect.scoped(
    Effect.flatMap(
      Ledger.open(ledgerOf(out)),
      (ledger) => Effect.forEach(statements, (sql) => ledger.run(sql), { discard: true })
    )
  )

const inspected = (dataset: Writable) =>
  Effect.map(dataset.inspect, ({ findings }) => findings.map(({ problem }) => problem._tag).toSorted())

/** What is done to the files of November's calls, and what is found. */
const harms: ReadonlyArray<{
  readonly name: string
  readonly harm: (path: string, out: string) => void
  readonly tags: ReadonlyArray<string>
}> = [
  ...Array.from({ length: 16 }, (_, index) => ({
    name: `a flipped byte at ${index} sixteenths`,
    harm: (path: string) => flip(path, Math.floor((statSync(path).size - 1) * index / 15)),
    tags: ["ChangedFile"]
  })),
  { name: "a file that was cut", harm: (path) => truncateSync(path, 100), tags: ["ChangedFile"] },
  { name: "a file that is gone", harm: (path) => rmSync(path), tags: ["MissingFile"] },
  {
    name: "a folder in place of a file",
    harm: (path) => {
      rmSync(path)
      mkdirSync(path)
    },
    tags: ["Damaged"]
  },
  {
    name: "the file of another month, of the same size",
    harm: (path, out) => {
      assert.strictEqual(statSync(path).size, statSync(monthOf(out, "2026-12")).size)
      cpSync(monthOf(out, "2026-12"), path)
    },
    tags: ["SwappedFile"]
  }
]

const levels = [
  "calls",
  "calls/source=allo",
  "calls/source=allo/month=2026-11",
  "calls/source=x/month=2020-13",
  "lines/.a"
]

describe("a run", () => {
  for (const { harm, name, tags } of harms) {
    it.scopedLive(
      `finds ${name}, publishes all but its partition, and goes on once it is mended`,
      () =>
        Effect.gen(function*() {
          const [out, copy] = [yield* folder, yield* folder]
          yield* good(out)
          cpSync(out, copy, { recursive: true })
          const path = monthOf(out, "2026-11")
          harm(path, out)
          yield* within(out, (dataset) =>
            Effect.gen(function*() {
              const report = yield* dataset.inspect
              assert.deepStrictEqual(report.findings.map(({ problem }) => [problem._tag, problem.path]), [[
                tags[0],
                path
              ]])
              assert.deepStrictEqual(report.findings.map(({ from, source }) => [source, from]), [[
                "allo",
                november.from
              ]])
              assert.include(report.findings[0]?.problem.message, "2026-11")
              yield* dataset.land(landing([
                ofCalls(read(2, call("c"))),
                ofThreads(read(2, thread("+3")))
              ], { proof: proof(), runId: "later" }))
              yield* dataset.land(landing([ofCalls(read(2, call("d", inDecember)))], {
                window: december,
                proof: proof(),
                runId: "later"
              }))
              const published = yield* dataset.publish
              assert.deepStrictEqual(published.damaged.map(({ problem }) => problem.path), [path])
              assert.strictEqual(published.new, 2)
            }))
          rmSync(path, { recursive: true, force: true })
          yield* within(out, (dataset) =>
            Effect.gen(function*() {
              assert.deepStrictEqual((yield* seen(dataset, "calls", "call_id")).map((row) => row["call_id"]), [
                "b",
                "d"
              ])
              assert.lengthOf(yield* seen(dataset, "threads", "contact"), 2)
              const certificates = yield* seen(dataset, "certificates", "from_at")
              assert.deepStrictEqual(certificates.map((row) => [row["month"], row["run_id"]]), [
                ["2026-11", "run"],
                ["2026-12", "later"]
              ])
            }))
          cpSync(monthOf(copy, "2026-11"), path)
          yield* within(out, (dataset) =>
            Effect.gen(function*() {
              assert.deepStrictEqual(yield* inspected(dataset), [])
              assert.deepStrictEqual((yield* dataset.publish).damaged, [])
              assert.deepStrictEqual(
                (yield* seen(dataset, "calls", "call_id")).map((row) => row["call_id"]),
                ["a", "b", "c", "d"]
              )
              assert.deepStrictEqual(
                (yield* seen(dataset, "certificates", "from_at")).map((row) => row["run_id"]),
                ["later", "later"]
              )
              const verified = yield* dataset.verify
              assert.deepStrictEqual([verified.problems, verified.waiting], [[], 0])
            }))
        }),
      60_000
    )
  }

  for (const level of levels) {
    it.scopedLive(`finds a foreign file in ${level}, and publishes everything`, () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* good(out)
        const path = join(out, level, "copy.parquet")
        mkdirSync(dirname(path), { recursive: true })
        cpSync(monthOf(out, "2026-11"), path)
        writeFileSync(join(out, "calls/notes.txt"), "no reader takes this for rows")
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            const report = yield* dataset.inspect
            assert.deepStrictEqual(report.findings.map(({ problem }) => [problem._tag, problem.path]), [
              ["UnknownFile", path]
            ])
            yield* dataset.land(landing([ofCalls(read(2, call("c")))], { proof: proof(), runId: "later" }))
            const published = yield* dataset.publish
            assert.deepStrictEqual([published.new, published.damaged.length], [1, 1])
          }))
      }), 30_000)
  }

  it.scopedLive("leaves out a landing that is damaged, and publishes the others", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* good(out)
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          const landings = join(out, "_trunkline/landing")
          yield* dataset.land(landing([ofCalls(read(2, call("c")))], { proof: proof(), runId: "later" }))
          const [name = ""] = readdirSync(landings)
          const whole = readFileSync(join(landings, name))
          flip(join(landings, name), 50)
          yield* dataset.land(landing([ofCalls(read(2, call("d")))]))
          const published = yield* dataset.publish
          assert.deepStrictEqual(published.damaged.map(({ problem }) => problem._tag), ["ChangedLanding"])
          assert.deepStrictEqual(
            (yield* seen(dataset, "calls", "call_id")).map((row) => row["call_id"]),
            ["a", "b", "d"]
          )
          writeFileSync(join(landings, name), whole)
          assert.deepStrictEqual((yield* dataset.publish).damaged, [])
          assert.lengthOf(yield* seen(dataset, "calls", "call_id"), 4)
        }))
    }), 30_000)
})

const Read = Schema.Struct({ partition: Schema.String, checked_at: Schema.Number })

/** Partitions whose content was read at this instant. */
const readNow = (out: string) =>
  Effect.gen(function*() {
    const ledger = yield* Ledger.openReader(ledgerOf(out))
    const rows = yield* ledger.all(Read, "SELECT partition, checked_at FROM files")
    const now = (yield* DateTime.now).epochMillis
    return rows.filter(({ checked_at }) => checked_at === now).map(({ partition }) => partition)
  }).pipe(Effect.scoped)

describe("above the size at which all is read", () => {
  for (
    const [name, apart, runs] of [
      ["every hour", Duration.hours(1), 30],
      ["every day", Duration.days(1), 24],
      ["every four days", Duration.days(4), 8],
      ["every week", Duration.days(7), 5],
      ["every month", Duration.days(30), 4]
    ] as const
  ) {
    it.scoped(`each file is read within seven runs or a week: ${name}`, () =>
      Effect.gen(function*() {
        const out = yield* folder
        const days = Array.from({ length: 20 }, (_, index) => `2026-11-${String(index + 1).padStart(2, "0")}`)
        yield* TestClock.setTime(utc("2026-11-21T00:00:00Z").epochMillis)
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            yield* dataset.inspect
            yield* TestClock.adjust(apart)
            yield* dataset.land(landing([
              ofCalls(read(1, ...days.map((day) => call(day, { started_at: utc(`${day}T10:00:00Z`) }))))
            ]))
            yield* dataset.publish
            const published = (yield* DateTime.now).epochMillis
            const last = new Map(days.map((day) => [day, { run: 0, at: published }]))
            let most = 0
            for (let run = 1; run <= runs; run++) {
              yield* TestClock.adjust(apart)
              const { checked } = yield* dataset.inspect
              const partitions = yield* readNow(out)
              assert.strictEqual(checked.files, partitions.length)
              assert.strictEqual(checked.of, 20)
              const now = (yield* DateTime.now).epochMillis
              most = Math.max(most, partitions.length)
              for (const day of partitions) last.set(day, { run, at: now })
              for (const [day, read] of last) {
                assert.isAtMost(run - read.run, 6, `${day} at run ${run}`)
                // No run can read a file between two runs.
                assert.isAtMost(
                  now - read.at,
                  Math.max(7 * 86_400_000 - Duration.toMillis(apart), 0),
                  `${day} at ${run}`
                )
              }
            }
            if (Duration.lessThan(apart, Duration.days(1))) assert.isAtMost(most, 4)
          }), { readAllBelow: 1, partition: "day" })
      }), 60_000)
  }

  it.scoped("all are read while they are together smaller", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* good(out)
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          for (let run = 0; run < 3; run++) {
            yield* TestClock.adjust("1 hour")
            const { checked } = yield* dataset.inspect
            assert.deepStrictEqual([checked.files, checked.of], [6, 6])
            assert.isAbove(checked.bytes, 6000)
          }
        }))
    }), 30_000)
})

/** Takes back what later versions added. */
const asVersion1 = [
  "ALTER TABLE files DROP COLUMN checked_at",
  "ALTER TABLE files DROP COLUMN checked_run",
  "DELETE FROM counters WHERE name LIKE 'inspect%'",
  "DROP TABLE window_keys",
  "DROP TABLE spellings",
  "DROP TABLE folds",
  "DROP TABLE standing",
  "DROP TABLE run_reports",
  "DROP TABLE quarantine",
  `CREATE TABLE quarantine (
    source TEXT NOT NULL, scope TEXT NOT NULL, stream TEXT NOT NULL, sha256 TEXT NOT NULL, raw TEXT NOT NULL,
    reason TEXT NOT NULL, first_at INTEGER NOT NULL, run_id TEXT NOT NULL,
    PRIMARY KEY (source, scope, stream, sha256)
  ) WITHOUT ROWID`,
  "PRAGMA user_version = 1"
]

describe("a ledger of an earlier version", () => {
  it.scopedLive("is read by verify and continued by a run", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* good(out)
      yield* overLedger(out, ...asVersion1)
      assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          const { checked, findings } = yield* dataset.inspect
          assert.deepStrictEqual([checked.files, checked.of, findings.length], [6, 6, 0])
          yield* dataset.land(landing([ofCalls(read(2, call("c")))]))
          yield* dataset.publish
          assert.lengthOf(yield* seen(dataset, "calls", "call_id"), 3)
        }), { readAllBelow: 1 })
    }), 30_000)

  it.scopedLive("is kept beside the new one until a run is certified", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* good(out)
      yield* overLedger(out, ...asVersion1)
      const kept = join(out, "_trunkline", "ledger-1.db")
      const ended = (status: "partial" | "certified") =>
        within(out, (dataset) =>
          Effect.gen(function*() {
            yield* dataset.beginRun({ id: status, at: november.from, command: "export", version: null })
            yield* dataset.endRun({ id: status, at: november.from, status, summary: Run.silent })
          }))
      yield* ended("partial")
      assert.strictEqual(statSync(kept).mode & 0o777, 0o600)
      const inode = statSync(kept).ino
      yield* ended("partial")
      assert.strictEqual(statSync(kept).ino, inode)

      // A program of that version finds its own ledger.
      const ledger = ledgerOf(out)
      for (const companion of ["", "-wal", "-shm"]) rmSync(`${ledger}${companion}`, { force: true })
      cpSync(kept, ledger)
      // It does not know the history of runs.
      rmSync(join(out, "runs"), { recursive: true })
      const version = yield* Effect.scoped(Effect.flatMap(
        Ledger.openReader(ledger),
        ({ all }) => all(Schema.Struct({ user_version: Schema.Number }), "PRAGMA user_version")
      ))
      assert.deepStrictEqual(version, [{ user_version: 1 }])

      yield* ended("certified")
      assert.isFalse(existsSync(kept))
      assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
    }), 30_000)
})

const ofCallsShelf = "shelf = (SELECT id FROM shelves WHERE name = 'calls')"

describe("a damaged ledger", () => {
  it.scopedLive(
    "is refused by a run and named by verify, whichever of its pages is overwritten",
    () =>
      Effect.gen(function*() {
        const [out, copy] = [yield* folder, yield* folder]
        yield* good(out)
        cpSync(out, copy, { recursive: true })
        const pages = statSync(ledgerOf(out)).size / 4096
        assert.isAbove(pages, 20)
        for (let page = 0; page < pages; page++) {
          rmSync(join(out, "_trunkline"), { recursive: true })
          cpSync(join(copy, "_trunkline"), join(out, "_trunkline"), { recursive: true })
          const file = openSync(ledgerOf(out), "r+")
          writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096)
          closeSync(file)
          const run = yield* Effect.flip(within(out, (dataset) => dataset.inspect))
          assert.include(["DamagedLedger", "LedgerFailed"], run._tag, `page ${page}`)
          assert.match(run.message, /trunkline repair/)
          const verify = yield* Effect.either(Verify.folder({ out, tables }))
          if (verify._tag === "Left") assert.strictEqual(verify.left._tag, "LedgerFailed", `page ${page}`)
          else assert.deepStrictEqual(verify.right.problems.map(({ _tag }) => _tag), ["DamagedLedger"], `page ${page}`)
        }
      }),
    120_000
  )

  it.scopedLive(
    "that misses a key is found within seven inspections, however large it is",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* good(out)
        yield* overLedger(out, `DELETE FROM keys WHERE unit = 'a' AND ${ofCallsShelf}`)
        const found = yield* within(
          out,
          (dataset) => Effect.replicateEffect(Effect.map(dataset.inspect, ({ findings }) => findings.length), 14),
          { readAllBelow: 1 }
        )
        assert.deepStrictEqual([...new Set(found)].toSorted(), [0, 1])
        assert.lengthOf(found.filter((count) => count === 1), 2)
      }),
    30_000
  )

  for (
    const [name, sql, what] of [
      [
        "a key that is gone",
        `DELETE FROM keys WHERE unit = 'a' AND ${ofCallsShelf}`,
        /calls allo 2026-11 has 0 keys and 1 rows/
      ],
      [
        "a key in another month",
        `UPDATE keys SET partition = '2026-12' WHERE unit = 'a' AND ${ofCallsShelf}`,
        /calls allo 2026-12 has 2 keys and 1 rows/
      ],
      [
        "a file that was forgotten",
        "DELETE FROM files WHERE partition = '2026-12'",
        /calls allo 2026-12 has 1 keys and 0 rows/
      ],
      [
        "keys of no table",
        `UPDATE keys SET shelf = 99 WHERE unit = 'a' AND ${ofCallsShelf}`,
        /1 keys belong to no table/
      ],
      [
        "files of no table",
        "UPDATE files SET shelf = 99 WHERE partition = '2026-12' AND shelf = (SELECT id FROM shelves WHERE name = 'calls')",
        /rows of files belong to rows of shelves/
      ],
      [
        "a claim without proof",
        "UPDATE certified SET to_at = to_at + 86400000",
        /allo items is certified where no window is/
      ],
      [
        "a proof that was taken back",
        "UPDATE windows SET verdict = 'open'",
        /allo items is certified where no window is/
      ],
      ["a certificate of later", "UPDATE windows SET published = revision + 1", /published before it was given/],
      ["a hash that is none", "UPDATE files SET sha256 = 'x' WHERE partition = ''", /a file without a hash/]
    ] as const
  ) {
    it.scopedLive(`contradicts itself: ${name}`, () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* good(out)
        yield* overLedger(out, "PRAGMA foreign_keys = OFF", sql)
        const said = (problems: ReadonlyArray<{ readonly _tag: string; readonly message: string }>) =>
          problems.filter(({ _tag }) => _tag === "LedgerContradiction").map(({ message }) => message).join("\n")
        assert.match(said((yield* Verify.folder({ out, tables })).problems), what)
        const { findings } = yield* within(out, (dataset) => dataset.inspect)
        assert.match(said(findings.map(({ problem }) => problem)), what)
      }), 30_000)
  }
})
