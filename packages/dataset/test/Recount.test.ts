/** Every certificate is computed anew from the keys that the ledger keeps, and every key has a row. */
import { assert, describe, it } from "@effect/vitest"
import { Ledger, Proof, Session, Verify } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { readFileSync, renameSync, statSync } from "node:fs"
import { join } from "node:path"
import { deflateSync } from "node:zlib"
import { folder } from "./support.js"
import {
  call,
  landing,
  november,
  ofCalls,
  ofThreads,
  proof,
  read,
  tables,
  thread,
  utc,
  walk,
  within
} from "./tables.js"

const conversations = { ...november, stream: "conversations" }

/** Two calls in one certified window, one conversation in another. */
const good = (out: string) =>
  within(out, (dataset) =>
    Effect.gen(function*() {
      yield* dataset.land(landing([ofCalls(read(1, call("a"), call("b")))], {
        proof: proof({ lists: [{ kind: "window", walks: [walk({ totals: [2], keys: new Set(["a", "b"]) })] }] })
      }))
      yield* dataset.land(landing([ofThreads(read(1, thread("+2")))], {
        window: conversations,
        proof: proof({ lists: [{ kind: "feed", walks: [walk({ keys: new Set([Proof.key("+1", "+2")]) })] }] })
      }))
      yield* dataset.publish
    }))

const overLedger = (out: string, ...sql: ReadonlyArray<string>) =>
  Effect.scoped(
    Effect.flatMap(Ledger.open(join(out, "_trunkline/ledger.db")), (ledger) =>
      Effect.forEach(sql, (one) => ledger.run(one)))
  )

const counted = (out: string, sql: string) =>
  Effect.scoped(Effect.flatMap(
    Ledger.openReader(join(out, "_trunkline/ledger.db")),
    (ledger) => Effect.map(ledger.all(Schema.Struct({ count: Schema.Number }), sql), ([row]) => row?.count)
  ))

const windows = "UPDATE windows SET"
const items = "WHERE stream = 'items'"
const hashOf = (...keys: ReadonlyArray<string>) => createHash("sha256").update(keys.join("\n")).digest("hex")
const blobOf = (...keys: ReadonlyArray<string>) => `x'${deflateSync(JSON.stringify([keys, []])).toString("hex")}'`
const ofItems = "WHERE window = (SELECT id FROM windows WHERE stream = 'items')"

/** Takes a row out of a file, and lets the ledger say that it never was there. */
const takeOut = (out: string, table: string, file: string, where: string, unit: string) =>
  Effect.gen(function*() {
    const path = join(out, table, file)
    const session = yield* Session.make({ temporary: join(out, "_trunkline", "temporary") })
    yield* session.run(
      `COPY (FROM read_parquet('${path}', hive_partitioning = false) WHERE NOT (${where})) TO '${path}.less' (FORMAT parquet)`
    )
    renameSync(`${path}.less`, path)
    const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex")
    const shelf = `shelf = (SELECT id FROM shelves WHERE name = '${table}')`
    yield* overLedger(
      out,
      `UPDATE files SET sha256 = '${sha256}', bytes = ${statSync(path).size}, rows = rows - 1 WHERE ${shelf}`,
      `DELETE FROM keys WHERE ${shelf} AND unit = '${unit}'`
    )
  }).pipe(Effect.scoped)

const takeOutB = (out: string) => takeOut(out, "calls", "source=allo/month=2026-11/data.parquet", "call_id = 'b'", "b")

it.scoped("says what the certified windows of a range counted, and of which windows that is known", () =>
  Effect.flatMap(folder, (out) =>
    within(out, (dataset) =>
      Effect.gen(function*() {
        const keys = (...keys: ReadonlyArray<string>) =>
          proof({ lists: [{ kind: "window", walks: [walk({ totals: [keys.length], keys: new Set(keys) })] }] })
        const december = { ...november, from: november.to, to: utc("2027-01-01T00:00:00Z") }
        yield* dataset.land(landing([ofCalls(read(1, call("a")))], { proof: keys("a") }))
        yield* dataset.land(landing([ofCalls(read(2, call("b")))], { proof: keys("b"), window: december }))
        yield* dataset.publish
        const ofNovember = yield* dataset.counted(november, november)
        assert.deepStrictEqual([...ofNovember.keys], ["a"])
        const ofBoth = yield* dataset.counted(november, { from: november.from, to: utc("2027-06-01T00:00:00Z") })
        assert.deepStrictEqual([...ofBoth.keys], ["a", "b"])
        assert.deepStrictEqual(ofBoth.windows, [{ from: november.from, to: december.to }])
        assert.deepStrictEqual((yield* dataset.counted({ ...november, scope: "another" }, november)).windows, [])
        assert.deepStrictEqual([...yield* dataset.keysOf(november, [december])], ["b"])
        // Keys of no other window, even if it holds this one.
        assert.deepStrictEqual([...yield* dataset.keysOf(november, ofBoth.windows)], [])
        assert.deepStrictEqual([...yield* dataset.keysOf({ ...november, stream: "other" }, [november])], [])
      }))))

it.scoped("finds those of a few ids that are published, and whether they are gone", () =>
  Effect.flatMap(folder, (out) =>
    within(out, (dataset) =>
      Effect.gen(function*() {
        const list = { source: "allo", tables: [{ table: "calls", id: "call_id", at: "started_at" }], only: null }
        yield* dataset.land(landing([ofCalls(read(1, call("a"), call("b")))]))
        yield* dataset.publish
        assert.deepStrictEqual(yield* dataset.heldAmong(list, ["b", "c"]), [
          { id: "b", gone: false, at: call("b").started_at }
        ])
        assert.deepStrictEqual(
          yield* dataset.heldAmong({ ...list, only: { column: "call_id", value: "b" } }, ["a"]),
          []
        )
        assert.deepStrictEqual(yield* dataset.heldAmong(list, []), [])
      }))))

/** What was done to it, and what verify then says. */
const cases: ReadonlyArray<{
  readonly name: string
  readonly spoil: (out: string) => Effect.Effect<void, unknown>
  readonly tags: ReadonlyArray<string>
}> = [
  { name: "nothing", spoil: () => Effect.void, tags: [] },
  {
    name: "a certificate with another count",
    spoil: (out) => overLedger(out, `${windows} distinct_keys = 3 ${items}`),
    tags: ["ChangedCertificate"]
  },
  {
    name: "a certificate with another count of quarantined rows",
    spoil: (out) => overLedger(out, `${windows} quarantined = 1 ${items}`),
    tags: ["ChangedCertificate"]
  },
  {
    name: "a certificate with another hash",
    spoil: (out) => overLedger(out, `${windows} keys_sha256 = '${hashOf("a")}' ${items}`),
    tags: ["ChangedCertificate"]
  },
  {
    name: "a certificate of another total",
    spoil: (out) => overLedger(out, `${windows} total_last = 1 ${items}`),
    tags: ["ChangedCertificate"]
  },
  {
    name: "a certificate of a longer range",
    spoil: (out) =>
      overLedger(out, `${windows} to_at = to_at + 86400000 ${items}`, "UPDATE certified SET to_at = to_at + 86400000"),
    // The one that was given, and the one that nobody gave.
    tags: ["ChangedCertificate", "ChangedCertificate", "LedgerContradiction"]
  },
  {
    name: "a certificate without its verdict",
    spoil: (out) => overLedger(out, `${windows} verdict = 'open' ${items}`),
    tags: ["ChangedCertificate", "LedgerContradiction", "LedgerContradiction"]
  },
  {
    name: "a certificate that the ledger has no more",
    spoil: (out) => overLedger(out, "DELETE FROM window_keys", "DELETE FROM certified", "DELETE FROM windows"),
    tags: ["ChangedCertificate", "ChangedCertificate"]
  },
  {
    name: "a key that stands in no file",
    spoil: takeOutB,
    tags: ["MissingKeys"]
  },
  {
    name: "a pair of numbers that stands in no file",
    spoil: (out) => takeOut(out, "threads", "source=allo/data.parquet", "true", "[\"+1\",\"+2\"]"),
    tags: ["MissingKeys"]
  },
  {
    name: "a row that is gone with all keys of its window",
    spoil: (out) => Effect.zipRight(takeOutB(out), overLedger(out, `DELETE FROM window_keys ${ofItems}`)),
    tags: ["LedgerContradiction"]
  },
  {
    name: "a row that is gone with its key",
    spoil: (out) =>
      Effect.zipRight(takeOutB(out), overLedger(out, `UPDATE window_keys SET keys = ${blobOf("a")} ${ofItems}`)),
    tags: ["ChangedCertificate"]
  },
  {
    name: "a row that is gone with its key, its count and its hash",
    spoil: (out) =>
      Effect.zipRight(
        takeOutB(out),
        overLedger(
          out,
          `UPDATE window_keys SET keys = ${blobOf("a")} ${ofItems}`,
          `${windows} distinct_keys = 1, total_first = 1, total_last = 1, keys_sha256 = '${hashOf("a")}' ${items}`
        )
      ),
    tags: ["ChangedCertificate"]
  },
  {
    name: "keys that cannot be read",
    spoil: (out) => overLedger(out, `UPDATE window_keys SET keys = x'00' ${ofItems}`),
    tags: ["ChangedCertificate"]
  }
]

describe("a certificate", () => {
  for (const { name, spoil, tags } of cases) {
    it.scopedLive(`is recomputed: ${name}`, () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* good(out)
        yield* spoil(out)
        const { notRecomputable, problems } = yield* Verify.folder({ out, tables })
        assert.deepStrictEqual(problems.map(({ _tag }) => _tag), tags)
        assert.strictEqual(notRecomputable, 0)
        // Keys of conversations are phone numbers.
        for (const { message } of problems) assert.notInclude(message, "+2")
      }), 30_000)
  }

  it.scopedLive("of before keys were kept is counted, and is no problem", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* good(out)
      yield* overLedger(out, "DROP TABLE window_keys", "PRAGMA user_version = 3")
      const before = yield* Verify.folder({ out, tables })
      assert.deepStrictEqual([before.problems, before.notRecomputable], [[], 2])
      yield* within(out, () => Effect.void)
      const migrated = yield* Verify.folder({ out, tables })
      assert.deepStrictEqual([migrated.problems, migrated.notRecomputable], [[], 2])
      yield* good(out)
      const again = yield* Verify.folder({ out, tables })
      assert.deepStrictEqual([again.problems, again.notRecomputable], [[], 0])
    }), 30_000)

  it.scopedLive(
    "has its keys found where its rows wait, and in quarantine by id or by hash",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        const [named, nameless] = ["{\"id\":\"r\",\"date\":7}", "{\"id\":null}"]
        const sha256 = createHash("sha256").update(nameless).digest("hex")
        const refused = [{ raw: named, reason: "no date", key: "r" }, { raw: nameless, reason: "no date" }]
        const lists = (...keys: ReadonlyArray<string>) => [
          {
            kind: "window" as const,
            walks: [walk({ totals: [keys.length + 1], keys: new Set(["a"]), refused: new Set(keys) })]
          }
        ]
        yield* within(out, (dataset) =>
          dataset.land(
            landing([ofCalls(read(1, call("a")))], { refused, proof: proof({ lists: lists("r", sha256) }) })
          ))
        const waiting = yield* Verify.folder({ out, tables })
        assert.deepStrictEqual([waiting.problems, waiting.waiting], [[], 1])
        yield* within(out, (dataset) => dataset.land(landing([], { proof: proof({ lists: lists("other") }) })))
        const [problem, ...others] = (yield* Verify.folder({ out, tables })).problems
        assert.deepStrictEqual(others, [])
        assert.deepInclude(problem, { _tag: "MissingKeys", source: "allo", stream: "items", count: 1 })
      }),
    30_000
  )

  it.scopedLive("is only recounted where its keys are not those of rows", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.zipRight(
          dataset.land(landing([ofCalls(read(1, call("own")))], { proof: proof(), keysOfRows: false })),
          dataset.publish
        ))
      assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
      yield* overLedger(out, `${windows} keys_sha256 = '${hashOf("b")}'`)
      assert.lengthOf((yield* Verify.folder({ out, tables })).problems, 1)
    }), 30_000)

  it.scopedLive(
    "keeps its keys until it is replaced, withdrawn, or covered by newer ones",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* good(out)
        const kept = "SELECT count(*) AS count FROM window_keys WHERE keys IS NOT NULL"
        assert.strictEqual(yield* counted(out, kept), 2)
        yield* within(out, (dataset) => dataset.land(landing([], { proof: proof({ verdict: "open" }) })))
        assert.strictEqual(yield* counted(out, kept), 1)
        const half = utc("2026-11-15T00:00:00Z")
        yield* within(out, (dataset) =>
          Effect.gen(function*() {
            const land = (from: typeof half, to: typeof half, readAt: string, stream = "items") =>
              dataset.land(
                landing([], { window: { ...november, from, to, stream }, proof: proof(), readAt: utc(readAt) })
              )
            yield* land(november.from, november.to, "2026-12-01T00:00:00Z")
            yield* land(november.from, half, "2026-12-02T00:00:00Z")
            yield* land(half, november.to, "2026-12-03T00:00:00Z", "items+transcript")
            yield* dataset.publish
          }))
        assert.strictEqual(yield* counted(out, kept), 3)
        const { notRecomputable, problems } = yield* Verify.folder({ out, tables })
        assert.deepStrictEqual([problems, notRecomputable], [[], 0])
      }),
    30_000
  )

  it.scopedLive("keeps the keys of what was read last, though a clock was ahead before", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const half = utc("2026-11-15T00:00:00Z")
      const reading = (id: string, year: number, windows: ReadonlyArray<readonly [typeof half, typeof half]>) =>
        within(out, (dataset) =>
          Effect.gen(function*() {
            const at = utc(`${year}-12-01T00:00:00Z`)
            yield* dataset.beginRun({ id, at, command: "export", version: null })
            for (const [from, to] of windows) {
              yield* dataset.land(
                landing([], { runId: id, window: { ...november, from, to }, proof: proof(), readAt: at })
              )
            }
            yield* dataset.publish
          }))
      yield* reading("ahead", 2027, [[november.from, november.to]])
      yield* reading("right", 2026, [[november.from, half], [half, november.to]])
      const kept = "SELECT count(*) AS count FROM window_keys JOIN windows ON window = id WHERE keys IS NOT NULL"
      assert.strictEqual(yield* counted(out, kept), 2)
      assert.strictEqual(yield* counted(out, `${kept} AND run_id = 'right'`), 2)
    }))

  it.scopedLive("has keys of any text", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const odd = [
        "é😀",
        "a\u0000b",
        "\ud800x",
        "\"'\\,/\n",
        "",
        "[\"x\"]",
        "\u0001\u001f\u007f\u2028",
        "x".repeat(3000)
      ]
      const ids = [...odd, ...Array.from({ length: 3000 }, (_, index) => `id ${index}`)]
      const lists = (keys: ReadonlyArray<string>) =>
        proof({ lists: [{ kind: "window", walks: [walk({ totals: [keys.length], keys: new Set(keys) })] }] })
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([ofCalls(read(1, ...ids.map((id) => call(id))))], { proof: lists(ids) }))
          yield* dataset.land(landing([ofThreads(read(1, ...odd.map((contact) => thread(contact))))], {
            window: conversations,
            proof: lists(odd.map((contact) => Proof.key("+1", contact)))
          }))
          yield* dataset.publish
        }))
      assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
    }), 30_000)
})
