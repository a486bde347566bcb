/** A damaged dataset is mended by reading again what was lost, and everything that was there before is there afterwards. */
import { assert, describe, it } from "@effect/vitest"
import { Ledger, Points, Verify } from "@trunkline/dataset"
import type { Writable } from "@trunkline/dataset/Dataset"
import { Disk, DiskError } from "@trunkline/parquet"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
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
  walk,
  within
} from "../tables.js"

const december = { ...november, from: november.to, to: utc("2027-01-01T00:00:00Z") }
const frontier = { frontier: "frontier " }

/** What the vendor has: calls of two months with their lines, and threads. Each reading is of a later answer. */
const landMonth = (dataset: Writable, answer: number, window: typeof november) => {
  const [id, started_at] = window === november ? ["a", utc("2026-11-05T10:00:00Z")] : ["b", utc("2026-12-01T00:00:00Z")]
  return dataset.land(landing([
    ofCalls(read(answer, call(id, { started_at }))),
    ofLines(read(answer, line(id, 0, "one"), line(id, 1, "two")))
  ], {
    window,
    proof: proof({ lists: [{ kind: "window", walks: [walk({ keys: new Set([id]) })] }] }),
    pending: [{ id, endedAt: started_at, dueAt: started_at }],
    settled: [id]
  }))
}

const landThreads = (dataset: Writable, answer: number) =>
  dataset.land(landing([ofThreads(read(answer, thread("+2")))], {
    window: { ...november, stream: "threads" },
    facts: { "frontier +1": "2026-11-20T00:00:00Z", other: "stays" }
  }))

const good = (out: string) =>
  within(out, (dataset) =>
    Effect.all([
      landMonth(dataset, 1, november),
      landMonth(dataset, 1, december),
      landThreads(dataset, 1),
      dataset.see({
        source: "allo",
        at: utc("2026-11-20T00:00:00Z"),
        sightings: []
      }),
      dataset.publish
    ]))

/** Reads whatever is not certified, and the threads where nobody knows how far they were read. */
const readAgain = (dataset: Writable, answer = 2) =>
  Effect.gen(function*() {
    const open = yield* dataset.plan({
      source: "allo",
      scope: "team",
      stream: "items",
      since: november.from,
      until: december.to,
      now: utc("2027-03-01T00:00:00Z"),
      lookback: 0
    })
    const read: Array<string> = []
    for (const window of [november, december]) {
      if (
        !open.some(({ from, to }) => DateTime.lessThan(from, window.to) && DateTime.greaterThan(to, window.from))
      ) continue
      read.push(window === november ? "november" : "december")
      yield* landMonth(dataset, answer, window)
    }
    if ((yield* dataset.fact("allo", "team", "frontier +1"))._tag === "None") {
      read.push("threads")
      yield* landThreads(dataset, answer)
    }
    yield* dataset.publish
    return read
  })

const rowsOf = (dataset: Writable) =>
  Effect.map(
    Effect.all([
      seen(dataset, "calls", "call_id"),
      seen(dataset, "lines", "call_id, seq"),
      seen(dataset, "threads", "contact")
    ]),
    (found) => found.map((rows) => rows.map((row) => ({ ...row, exported_at: null })))
  )

const monthOf = (out: string, month: string, table = "calls") =>
  join(out, `${table}/source=allo/month=${month}/data.parquet`)

const flip = (path: string) => {
  const bytes = readFileSync(path)
  const middle = Math.floor(bytes.length / 3)
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle)
  writeFileSync(path, bytes)
}

const overLedger = (out: string, ...statements: ReadonlyArray<string>) =>
  Effect.scoped(
    Effect.flatMap(Ledger.open(join(out, "_trunkline/ledger.db")), (ledger) =>
      Effect.forEach(statements, (sql) => ledger.run(sql), { discard: true }))
  )

interface Case {
  readonly name: string
  readonly spoil: (out: string) => Effect.Effect<void, unknown>
  /** What is to be read once more. */
  readonly again: ReadonlyArray<string>
}

const sync = (spoil: (out: string) => void) => (out: string) => Effect.sync(() => spoil(out))

const cases: ReadonlyArray<Case> = [
  { name: "nothing", spoil: () => Effect.void, again: [] },
  { name: "a flipped byte", spoil: sync((out) => flip(monthOf(out, "2026-11"))), again: ["november"] },
  { name: "a missing file", spoil: sync((out) => rmSync(monthOf(out, "2026-12"))), again: ["december"] },
  {
    name: "missing lines of a call",
    spoil: sync((out) => rmSync(monthOf(out, "2026-11", "lines"))),
    again: ["november"]
  },
  {
    name: "a missing table without times",
    spoil: sync((out) => rmSync(join(out, "threads"), { recursive: true })),
    again: ["threads"]
  },
  {
    name: "all calls gone",
    spoil: sync((out) => rmSync(join(out, "calls"), { recursive: true })),
    again: ["november", "december"]
  },
  {
    name: "two files in each other's place",
    spoil: sync((out) => {
      renameSync(monthOf(out, "2026-11"), join(out, "x"))
      renameSync(monthOf(out, "2026-12"), monthOf(out, "2026-11"))
      renameSync(join(out, "x"), monthOf(out, "2026-12"))
    }),
    again: []
  },
  {
    name: "a copy of another month in the place of a file",
    spoil: sync((out) => cpSync(monthOf(out, "2026-12"), monthOf(out, "2026-11"))),
    again: ["november"]
  },
  {
    name: "a file that was moved beside its folder",
    spoil: sync((out) => renameSync(monthOf(out, "2026-11"), join(out, "calls/source=allo/old.parquet"))),
    again: []
  },
  {
    name: "a foreign file where readers look",
    spoil: sync((out) => writeFileSync(join(out, "calls/source=allo/mine.parquet"), "mine")),
    again: []
  },
  {
    name: "a link in the place of a file",
    spoil: sync((out) => {
      renameSync(monthOf(out, "2026-11"), `${out}-elsewhere`)
      symlinkSync(`${out}-elsewhere`, monthOf(out, "2026-11"))
    }),
    again: ["november"]
  },
  {
    name: "a link in the place of a table",
    spoil: sync((out) => {
      renameSync(join(out, "calls"), `${out}-elsewhere`)
      symlinkSync(`${out}-elsewhere`, join(out, "calls"))
    }),
    again: ["november", "december"]
  },
  {
    name: "a folder in the place of a file",
    spoil: sync((out) => {
      rmSync(monthOf(out, "2026-11"))
      mkdirSync(monthOf(out, "2026-11"))
    }),
    again: ["november"]
  },
  {
    name: "a key in two files",
    spoil: (out) =>
      Effect.zipRight(
        Effect.sync(() => cpSync(monthOf(out, "2026-11"), monthOf(out, "2026-12"))),
        overLedger(
          out,
          "UPDATE files SET sha256 = (SELECT sha256 FROM files AS other WHERE other.shelf = files.shelf AND other.partition = '2026-11') WHERE partition = '2026-12'"
        )
      ),
    again: ["november", "december"]
  },
  {
    name: "rows that the ledger counts otherwise",
    spoil: (out) =>
      overLedger(
        out,
        "UPDATE files SET rows = 7 WHERE partition = '2026-11' AND shelf = (SELECT id FROM shelves WHERE name = 'calls')"
      ),
    again: ["november"]
  },
  {
    name: "keys that are gone from the ledger",
    spoil: (out) =>
      overLedger(out, "DELETE FROM keys WHERE unit = 'a' AND shelf = (SELECT id FROM shelves WHERE name = 'calls')"),
    again: ["november"]
  },
  {
    name: "a certificate whose hash was changed",
    spoil: (out) =>
      overLedger(
        out,
        `UPDATE windows SET keys_sha256 = 'no' WHERE stream = 'items' AND from_at = ${november.from.epochMillis}`
      ),
    again: ["november"]
  },
  {
    name: "time that is certified where no window is",
    spoil: (out) => overLedger(out, "DELETE FROM window_keys", "UPDATE windows SET verdict = 'open'"),
    again: ["november", "december"]
  },
  {
    name: "missing certificates",
    spoil: sync((out) => rmSync(join(out, "certificates"), { recursive: true })),
    again: []
  },
  {
    name: "a landing that is gone",
    spoil: (out) =>
      Effect.zipRight(
        within(out, (dataset) => landMonth(dataset, 2, november)),
        Effect.sync(() => {
          rmSync(join(out, "_trunkline/landing"), { recursive: true })
          mkdirSync(join(out, "_trunkline/landing"))
        })
      ),
    again: ["november"]
  }
]

const tags = (out: string) =>
  Effect.map(Verify.folder({ out, tables }), (report) => report.problems.map(({ _tag }) => _tag))

describe("repair", () => {
  for (const { again, name, spoil } of cases) {
    it.scopedLive(`mends ${name}`, () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* good(out)
        const before = yield* within(out, rowsOf)
        yield* spoil(out)
        const found = yield* tags(out)
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            const report = yield* dataset.repair(frontier)
            assert.deepStrictEqual(report.found.map(({ _tag }) => _tag), found)
            assert.deepStrictEqual(report.beyond, [])
            assert.strictEqual(report.steps.length > 0, found.length > 0)
            assert.deepStrictEqual((yield* dataset.verify).problems, [])
            assert.deepStrictEqual(yield* readAgain(dataset), again)
            assert.deepStrictEqual(yield* rowsOf(dataset), before)
            assert.deepStrictEqual(yield* dataset.lost, [])
          }), { damaged: true })
        assert.deepStrictEqual(yield* tags(out), [])
      }), 60_000)
  }

  it.scopedLive("goes on after whatever ended it, before any of its steps", () =>
    Effect.gen(function*() {
      const spoil = (out: string) => {
        flip(monthOf(out, "2026-11"))
        cpSync(monthOf(out, "2026-12"), monthOf(out, "2026-12", "lines"))
        renameSync(join(out, "threads"), join(out, "calls/source=allo/threads"))
      }
      const base = yield* folder
      yield* good(base)
      const before = yield* within(base, rowsOf)
      spoil(base)
      const asked: Array<string> = []
      let failing = Number.POSITIVE_INFINITY
      const step = (name: string, path: string) =>
        Effect.suspend(() => {
          asked.push(name)
          return asked.length > failing
            ? Effect.fail(new DiskError({ step: "write", path, code: "EIO" }))
            : Effect.void
        })
      const repairing = (out: string) =>
        within(out, (dataset) => dataset.repair(frontier), { damaged: true, disk: Disk.layerWatched(step) }).pipe(
          Effect.provideService(Points, (point) => step(point, out))
        )
      const copy = yield* folder
      cpSync(base, copy, { recursive: true })
      yield* repairing(copy)
      const steps = asked.length
      assert.isAbove(steps, 10)
      for (failing = 0; failing < steps; failing++) {
        const out = join(yield* folder, "out")
        cpSync(base, out, { recursive: true })
        asked.length = 0
        assert.isTrue(Exit.isFailure(yield* Effect.exit(repairing(out))), `step ${failing}`)
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            const { beyond } = yield* dataset.repair(frontier)
            assert.deepStrictEqual(beyond, [], `step ${failing}`)
            yield* readAgain(dataset)
            assert.deepStrictEqual(yield* rowsOf(dataset), before, `step ${failing}`)
            assert.deepStrictEqual(yield* dataset.lost, [], `step ${failing}`)
          }), { damaged: true })
        assert.deepStrictEqual(yield* tags(out), [], `step ${failing}`)
        rmSync(out, { recursive: true })
      }
    }), 300_000)

  it.scopedLive(
    "asks for details again that a lost landing may have held, and not for all there are",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        const [old, young] = [utc("2026-01-05T10:00:00Z"), utc("2026-11-05T10:00:00Z")]
        const ended = [["known", old], ["waiting", old], ["young", young]] as const
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            const listed = ended.map(([id, started_at]) => call(id, { started_at }))
            yield* dataset.land(landing([ofCalls(read(1, ...listed), ["list"])], {
              pending: ended.map(([id, at]) => ({ id, endedAt: at, dueAt: at })),
              settled: ended.map(([id]) => id)
            }))
            const known = [call("known", { started_at: old, intent: "billing" }), call("young", { intent: "other" })]
            yield* dataset.land(landing([ofCalls(read(2, ...known), ["details"])]))
            yield* dataset.publish
            yield* dataset.land(
              landing([ofCalls(read(3, call("waiting", { started_at: old, intent: "late" })), ["details"])])
            )
          }))
        for (const name of readdirSync(join(out, "_trunkline/landing"))) rmSync(join(out, "_trunkline/landing", name))
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            const { beyond } = yield* dataset.repair(frontier)
            assert.deepStrictEqual(beyond, [])
            const due = yield* dataset.due({
              source: "allo",
              scope: "team",
              now: utc("2026-12-01T00:00:00Z"),
              limit: 10
            })
            assert.deepStrictEqual(due.map(({ id }) => id).toSorted(), ["waiting", "young"])
          }), { damaged: true })
      }),
    30_000
  )

  it.scopedLive("knows what did not come back", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* good(out)
      rmSync(monthOf(out, "2026-11"))
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.repair(frontier)
          yield* dataset.publish
          assert.deepStrictEqual(yield* dataset.lost, [{ source: "allo", table: "calls", count: 1, keys: ["a"] }])
          yield* dataset.forgetLost("allo")
          assert.deepStrictEqual(yield* dataset.lost, [])
        }), { damaged: true })
    }), 30_000)

  it.scopedLive("opens a dataset of which a file was changed while it was being renamed", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* good(out)
      const before = yield* within(out, rowsOf)
      let commits = 0
      // The new file has its name, and the ledger does not know it yet.
      const died = yield* Effect.exit(
        within(out, (dataset) =>
          Effect.zipRight(dataset.land(landing([ofCalls(read(2, call("a", { seconds: 99 })))])), dataset.publish)).pipe(
            Effect.provideService(Points, (point) =>
              point === "mark commit" && commits++ === 0
                ? Effect.fail(new DiskError({ step: "write", path: out, code: "EIO" }))
                : Effect.void)
          )
      )
      assert.isTrue(Exit.isFailure(died))
      flip(monthOf(out, "2026-11"))
      const refused = yield* Effect.flip(within(out, () =>
        Effect.void))
      assert.strictEqual(refused._tag, "Damaged")
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          assert.deepStrictEqual((yield* dataset.repair(frontier)).beyond, [])
          yield* readAgain(dataset, 3)
          assert.deepStrictEqual(yield* rowsOf(dataset), before)
        }), { damaged: true })
      assert.deepStrictEqual(yield* tags(out), [])
    }), 30_000)
})
