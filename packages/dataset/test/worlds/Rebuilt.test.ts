/** A ledger that is lost, damaged or of another folder is made anew from the published files, and the rest is read again. */
import { assert, describe, it } from "@effect/vitest"
import { Ledger } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { good, ledgerOf, readAgain, repairing, rowsOf, runAt, tags } from "../rebuilt.js"
import { folder } from "../support.js"
import { call, landing, ofCalls, read, seen, utc, within } from "../tables.js"

interface Case {
  readonly name: string
  readonly tag: "OtherLedger" | "DamagedLedger"
  readonly spoil: (out: string, other: string) => void
}

const cases: ReadonlyArray<Case> = [
  { name: "is gone", tag: "OtherLedger", spoil: (out) => rmSync(ledgerOf(out)) },
  { name: "is empty", tag: "OtherLedger", spoil: (out) => truncateSync(ledgerOf(out), 0) },
  { name: "is of another folder", tag: "OtherLedger", spoil: (out, other) => cpSync(ledgerOf(other), ledgerOf(out)) },
  {
    name: "is gone with all that lies beside it",
    tag: "OtherLedger",
    spoil: (out) => rmSync(join(out, "_trunkline"), { recursive: true })
  },
  {
    name: "has a page of something else",
    tag: "DamagedLedger",
    spoil: (out) => writeFileSync(ledgerOf(out), readFileSync(ledgerOf(out)).fill(0xa5, 4096, 3 * 4096))
  },
  {
    name: "was cut",
    tag: "DamagedLedger",
    spoil: (out) => truncateSync(ledgerOf(out), Math.floor(statSync(ledgerOf(out)).size / 3))
  },
  { name: "is no ledger", tag: "DamagedLedger", spoil: (out) => writeFileSync(ledgerOf(out), "not a ledger") }
]

describe("a ledger that", () => {
  for (const { name, spoil, tag } of cases) {
    it.scopedLive(`${name} is made anew, and what is final is not read again`, () =>
      Effect.gen(function*() {
        const [out, other] = [yield* folder, yield* folder]
        yield* good(out)
        yield* good(other)
        const before = yield* within(out, rowsOf)
        spoil(out, other)
        if (existsSync(join(out, "_trunkline"))) assert.deepStrictEqual(yield* tags(out), [tag])
        assert.include(
          ["OtherLedger", "DamagedLedger", "LedgerFailed"],
          (yield* Effect.flip(within(out, () => Effect.void)))._tag
        )
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            const report = yield* dataset.repair(repairing)
            assert.deepStrictEqual(report.found.map(({ _tag }) => _tag), [tag])
            assert.deepStrictEqual(report.beyond, [])
            assert.deepStrictEqual((yield* dataset.verify).problems, [])
            assert.deepStrictEqual(yield* rowsOf(dataset), before)
            assert.deepStrictEqual((yield* dataset.runs(10)).map(({ rows_new, run_id }) => [run_id, rows_new]), [
              ["run", 5]
            ])
            assert.deepStrictEqual(yield* readAgain(dataset), ["november", "december", "threads"])
            assert.deepStrictEqual(yield* rowsOf(dataset), before)
            const stood = yield* dataset.stand({
              kind: "difference",
              source: "allo",
              scope: "team",
              name: "items",
              says: "1 and 2",
              at: runAt
            })
            assert.isAbove(stood.number, 2003)
          }), { damaged: true })
        assert.deepStrictEqual(yield* tags(out), [])
        const aside = existsSync(join(out, "_trunkline/aside")) ? readdirSync(join(out, "_trunkline/aside")) : []
        const hadBytes = !["is gone", "is gone with all that lies beside it"].includes(name)
        assert.strictEqual(aside.filter((file) => file.endsWith(".db")).length, hadBytes ? 1 : 0)
        // The next run is one like any other.
        assert.deepStrictEqual(yield* within(out, (dataset) => readAgain(dataset)), [])
      }), 60_000)
  }

  it.scopedLive("a later version wrote is left as it is", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* good(out)
      yield* Effect.scoped(
        Effect.flatMap(Ledger.open(ledgerOf(out)), (ledger) => ledger.run("PRAGMA user_version = 99"))
      )
      const bytes = readFileSync(ledgerOf(out))
      const refused = yield* Effect.flip(within(out, () => Effect.void, { damaged: true }))
      assert.strictEqual(refused._tag, "NewerLedger")
      assert.isTrue(bytes.equals(readFileSync(ledgerOf(out))))
      assert.isFalse(existsSync(join(out, "_trunkline/aside")))
    }), 30_000)

  it.scopedLive("is right stays, where only the name of the folder is lost", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* good(out)
      for (const text of [null, "{}", "{\"id\":\"of another\"}"]) {
        rmSync(join(out, "_trunkline/dataset.json"))
        if (text !== null) writeFileSync(join(out, "_trunkline/dataset.json"), text)
        assert.deepStrictEqual(yield* tags(out), ["OtherLedger"])
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            assert.deepStrictEqual((yield* dataset.repair(repairing)).beyond, [])
            assert.deepStrictEqual(yield* readAgain(dataset), [])
          }), { damaged: true })
        assert.deepStrictEqual(yield* tags(out), [])
      }
    }), 30_000)
})

it.scopedLive("what was chosen for a dataset outlives its ledger", () =>
  Effect.gen(function*() {
    const out = yield* folder
    yield* within(out, () => Effect.void, { keep: "40y", umask: 0o027 })
    yield* good(out)
    const modeOf = () => statSync(join(out, "calls/source=allo/month=2026-05/data.parquet")).mode & 0o777
    assert.strictEqual(modeOf(), 0o640)
    rmSync(ledgerOf(out))
    yield* within(out, (dataset) =>
      Effect.gen(function*() {
        yield* dataset.repair(repairing)
        assert.isNotNull(yield* dataset.kept)
      }), { damaged: true })
    yield* within(out, (dataset) => Effect.map(dataset.kept, assert.isNotNull))
    assert.strictEqual(modeOf(), 0o640)
    assert.deepStrictEqual(yield* tags(out), [])
  }), 30_000)

describe("with the ledger are lost", () => {
  const lose = (out: string) => rmSync(ledgerOf(out))
  const fileOf = (out: string, name: string) => join(out, `calls/source=allo/month=${name}/data.parquet`)

  it.scopedLive(
    "files that cannot be read: they are set aside, and their months read again",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* good(out)
        const before = yield* within(out, rowsOf)
        lose(out)
        rmSync(fileOf(out, "2026-05"))
        writeFileSync(fileOf(out, "2026-06"), readFileSync(fileOf(out, "2026-06")).subarray(0, 300))
        cpSync(fileOf(out, "2026-11"), fileOf(out, "2026-12"))
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            assert.deepStrictEqual((yield* dataset.repair(repairing)).beyond, [])
            assert.deepStrictEqual(yield* readAgain(dataset), ["may", "june", "november", "december", "threads"])
            assert.deepStrictEqual(yield* rowsOf(dataset), before)
          }), { damaged: true })
        assert.deepStrictEqual(yield* tags(out), [])
      }),
    30_000
  )

  it.scopedLive(
    "certificates: everything is read again, and rows that do not come back stay",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* good(out)
        const before = yield* within(out, rowsOf)
        lose(out)
        rmSync(join(out, "certificates"), { recursive: true })
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            assert.deepStrictEqual((yield* dataset.repair(repairing)).beyond, [])
            assert.strictEqual((yield* dataset.since("allo")).pipe((since) => since._tag), "Some")
            assert.deepStrictEqual(yield* readAgain(dataset, ["m2"]), [
              "may",
              "june",
              "november",
              "december",
              "threads"
            ])
            assert.deepStrictEqual(yield* rowsOf(dataset), before)
          }), { damaged: true })
        assert.deepStrictEqual(yield* tags(out), [])
      }),
    30_000
  )

  it.scopedLive("the answers of before, and a newer one wins all the same", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* good(out)
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          const answer = yield* dataset.answer
          yield* dataset.land(
            landing([ofCalls(read(answer, call("j", { seconds: 7, started_at: utc("2026-06-05T10:00:00Z") })))])
          )
          yield* dataset.publish
        }))
      lose(out)
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.repair(repairing)
          const answer = yield* dataset.answer
          yield* dataset.land(
            landing([
              ofCalls(read(answer, call("j", { seconds: 8, started_at: utc("2026-06-05T10:00:00Z") })), ["list"])
            ])
          )
          yield* dataset.publish
          const rows = yield* seen(dataset, "calls", "call_id")
          assert.deepStrictEqual(rows.filter((row) => row["call_id"] === "j").map((row) => row["seconds"]), [8])
        }), { damaged: true })
    }), 30_000)

  it.scopedLive(
    "nothing that an earlier version has not written: a column that a file lacks is null",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* good(out)
        const [from, to] = [fileOf(out, "2026-06"), join(out, "less")]
        yield* within(out, (dataset) =>
          dataset.session.run(
            `COPY (SELECT * EXCLUDE (intent, agent) FROM read_parquet('${from}')) TO '${to}' (FORMAT parquet)`
          ))
        renameSync(to, from)
        lose(out)
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            assert.deepStrictEqual((yield* dataset.repair(repairing)).beyond, [])
            assert.deepStrictEqual(yield* readAgain(dataset), ["may", "june", "november", "december", "threads"])
          }), { damaged: true, hints: { scopedBy: ["agent"], detailsAt: { allo: "intent" } } })
        assert.deepStrictEqual(yield* tags(out), [])
      }),
    30_000
  )
})
