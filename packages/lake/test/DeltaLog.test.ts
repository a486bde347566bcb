import { assert, it } from "@effect/vitest"
import * as Column from "@trunkline/parquet/Column"
import { DateTime, Effect, Layer, TestClock } from "effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import * as DeltaLog from "../src/DeltaLog.js"
import type { Change } from "../src/DeltaTable.js"
import type { Service as Store } from "../src/ObjectStore.js"
import { bytes, scratch } from "./contract.js"
import {
  change,
  columns,
  copyOf,
  file,
  keysIn,
  logKey,
  opened,
  over,
  partitionBy,
  partitionOf,
  shown,
  written
} from "./lake.js"
import * as MemoryStore from "./memoryStore.js"

/** A commit of another writer. */
const foreign = (version: number, ...actions: ReadonlyArray<object>) =>
  [logKey(version), bytes(actions.map((one) => `${JSON.stringify(one)}\n`).join(""))] as const

const metaData = {
  id: "f3b1",
  format: { provider: "parquet", options: {} },
  schemaString: JSON.stringify({
    type: "struct",
    fields: [
      { name: "call_id", type: "string", nullable: false, metadata: { comment: "the vendor's" } },
      { name: "cost", type: "decimal(10,2)", nullable: true, metadata: {} },
      { name: "account", type: "string", nullable: true, metadata: {} },
      { name: "source", type: "string", nullable: true, metadata: {} },
      { name: "month", type: "string", nullable: true, metadata: {} }
    ]
  }),
  partitionColumns: partitionBy,
  configuration: {}
}

const protocol = { minReaderVersion: 1, minWriterVersion: 2 }

const added = (path: string, more: object = {}) => ({
  add: { path, partitionValues: partitionOf("paris"), size: 2, modificationTime: 5, dataChange: true, ...more }
})

it.scoped("the first commit makes the table, in the words of the protocol", () =>
  Effect.gen(function*() {
    const { log, store } = yield* opened
    yield* TestClock.adjust("1 hour")
    const one = yield* file(store, { account: "paris", name: "g1 é%.parquet", keys: ["a", "b"] })
    const ranges = {
      started_at: {
        min: DateTime.unsafeMake("2026-11-01T00:00:00.001Z"),
        max: DateTime.unsafeMake("2026-11-02"),
        nulls: 0
      },
      call_id: { min: "a", max: "b".repeat(257), nulls: 0 }
    }
    const done = yield* log.commit("calls", change({ account: "paris", sequence: 1, adds: [{ ...one, ranges }] }))
    assert.deepStrictEqual(done, { version: 0, already: false })
    const [commitInfo, first, second, txn, add, ...others] = yield* written(store, 0)
    assert.deepStrictEqual(others, [])
    assert.containsAllKeys(commitInfo, ["commitInfo"])
    assert.deepStrictEqual(first, { protocol: { minReaderVersion: 1, minWriterVersion: 2 } })
    const nullable = { nullable: true, metadata: {} }
    assert.deepNestedInclude(second, {
      "metaData.format": { provider: "parquet", options: {} },
      "metaData.partitionColumns": ["account", "source", "month"],
      "metaData.schemaString": JSON.stringify({
        type: "struct",
        fields: [
          { name: "call_id", type: "string", ...nullable },
          { name: "started_at", type: "timestamp", ...nullable },
          { name: "seconds", type: "integer", ...nullable },
          { name: "account", type: "string", ...nullable },
          { name: "source", type: "string", ...nullable },
          { name: "month", type: "string", ...nullable }
        ]
      })
    })
    assert.deepStrictEqual(txn, { txn: { appId: "paris", version: 1, lastUpdated: 3_600_000 } })
    assert.deepNestedInclude(add, {
      "add.path": "account=paris/source=allo/month=2026-11/g1%20%C3%A9%25.parquet",
      "add.partitionValues": { account: "paris", source: "allo", month: "2026-11" },
      "add.size": one.bytes,
      "add.modificationTime": 3_600_000,
      "add.dataChange": true,
      // A text that is too long for statistics is left out with its other end.
      "add.stats": JSON.stringify({
        numRecords: 2,
        minValues: { started_at: "2026-11-01T00:00:00.001Z" },
        maxValues: { started_at: "2026-11-02T00:00:00.000Z" },
        nullCount: { started_at: 0, call_id: 0 }
      })
    })
    const snapshot = yield* log.snapshot("calls")
    const { path, rows } = one
    assert.deepStrictEqual(snapshot.files.map((found) => [found.path, found.rows]), [[path, rows]])
    assert.deepStrictEqual([snapshot.sequenceOf("paris"), snapshot.sequenceOf("lyon")], [1, null])
  }))

it.scoped("each version is as it was, whatever came after it", () =>
  Effect.gen(function*() {
    const { log, store } = yield* opened
    let removes: ReadonlyArray<string> = []
    for (let sequence = 1; sequence <= 5; sequence++) {
      const one = yield* file(store, { account: "paris", name: `g${sequence}.parquet`, keys: [`a${sequence}`] })
      yield* log.commit("calls", change({ account: "paris", sequence, adds: [one], removes }))
      removes = [one.path]
    }
    for (let version = 0; version < 5; version++) {
      const snapshot = yield* log.snapshot("calls", { version })
      assert.deepStrictEqual(yield* keysIn(store, snapshot), [`a${version + 1}`])
      assert.strictEqual(snapshot.sequenceOf("paris"), version + 1)
    }
    const error = yield* Effect.flip(log.snapshot("calls", { version: 5 }))
    assert.deepInclude(error, { _tag: "NoVersion", version: 5, latest: 4 })
    assert.strictEqual((yield* Effect.flip(log.snapshot("other")))._tag, "NoTable")
  }))

it.scoped("a log that lacks a version is refused, by its number", () =>
  Effect.gen(function*() {
    const { log: before, memory, store } = yield* opened
    for (let sequence = 1; sequence <= 5; sequence++) {
      yield* before.commit("calls", change({ account: "paris", sequence }))
    }
    memory.objects.delete(logKey(2))
    const log = yield* over(store)
    assert.deepInclude(yield* Effect.flip(log.snapshot("calls")), { _tag: "VersionGap", missing: 2 })
    assert.deepInclude(
      yield* Effect.flip(log.commit("calls", change({ account: "paris", sequence: 6 }))),
      { _tag: "VersionGap", missing: 2 }
    )
    assert.strictEqual((yield* log.snapshot("calls", { version: 1 })).version, 1)
  }))

it.scoped("what other writers add to the protocol is read past, and carried where it is the table's", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* opened
    const [key, text] = foreign(
      0,
      { commitInfo: { operation: 7, inCommitTimestamp: {}, userMetadata: null } },
      {
        protocol: {
          ...protocol,
          minReaderVersion: 3,
          minWriterVersion: 7,
          readerFeatures: [],
          writerFeatures: ["appendOnly"]
        }
      },
      { metaData: { ...metaData, unknown: [1] } },
      { futureAction: { add: 1 } },
      { txn: { appId: "spark", version: -3 } },
      added("account=paris/x.parquet", { stats: "no JSON", baseRowId: 7, clusteringProvider: "x", tags: { a: null } })
    )
    yield* store.put(key, text)
    yield* store.put("calls/_delta_log/00000000000000000000.crc", bytes("{}"))
    yield* store.put("calls/_delta_log/_staged/00000000000000000009.json", bytes("{}"))
    const snapshot = yield* log.snapshot("calls")
    assert.deepStrictEqual(snapshot.files.map(({ path, rows }) => [path, rows]), [["account=paris/x.parquet", null]])
    yield* log.commit("calls", change({ account: "lyon", sequence: 1 }))
    const meta = (yield* written(memory.seen(MemoryStore.plain), 1)).find((one) => "metaData" in one)
    assert.deepNestedInclude(meta, { "metaData.id": "f3b1" })
    const { fields } = JSON.parse((yield* log.snapshot("calls")).schema)
    assert.deepStrictEqual(fields[0].metadata, { comment: "the vendor's" })
    assert.deepStrictEqual(
      fields.map(({ name }: { readonly name: string }) => name),
      ["call_id", "cost", "account", "source", "month", "started_at", "seconds"]
    )
  }))

const unsupported: ReadonlyArray<readonly [string, ReadonlyArray<object>, "read" | "write"]> = [
  ["columnMapping", [{ protocol: { minReaderVersion: 2, minWriterVersion: 5 } }, { metaData }], "read"],
  ["reader version 4", [{ protocol: { minReaderVersion: 4, minWriterVersion: 7 } }, { metaData }], "read"],
  ["deletionVectors", [
    { protocol: { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ["deletionVectors"], writerFeatures: [] } },
    { metaData }
  ], "read"],
  [
    "deletionVectors",
    [{ protocol }, { metaData }, added("a.parquet", { deletionVector: { storageType: "u" } })],
    "read"
  ],
  ["files outside the table", [{ protocol }, { metaData }, added("s3://other/a.parquet")], "read"],
  ["files outside the table", [{ protocol }, { metaData }, added("/a.parquet")], "read"],
  ["files of the format orc", [{ protocol }, { metaData: { ...metaData, format: { provider: "orc" } } }], "read"],
  ["writer version 3", [{ protocol: { minReaderVersion: 1, minWriterVersion: 3 } }, { metaData }], "write"],
  ["rowTracking", [
    { protocol: { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ["appendOnly", "rowTracking"] } },
    { metaData }
  ], "write"],
  ["delta.invariants", [{ protocol }, {
    metaData: {
      ...metaData,
      schemaString: JSON.stringify({
        type: "struct",
        fields: [{ name: "n", type: "string", nullable: true, metadata: { "delta.invariants": "{}" } }]
      })
    }
  }], "write"]
]

for (const [needs, actions, access] of unsupported) {
  it.scoped(`a table that needs ${needs} to ${access} is refused by that name`, () =>
    Effect.gen(function*() {
      const { log, store } = yield* opened
      yield* store.put(...foreign(0, ...actions))
      const reading = yield* Effect.either(log.snapshot("calls"))
      assert.strictEqual(reading._tag, access === "read" ? "Left" : "Right")
      const error = yield* Effect.flip(log.commit("calls", change({ account: "lyon", sequence: 1 })))
      assert.deepInclude(error, { _tag: "UnsupportedTable", access, needs: [needs] })
    }))
}

it.scoped("a table that only grows takes no removal", () =>
  Effect.gen(function*() {
    const { log, store } = yield* opened
    const configuration = { "delta.appendOnly": "true" }
    const path = "account=paris/a.parquet"
    yield* store.put(...foreign(0, { protocol }, { metaData: { ...metaData, configuration } }, added(path)))
    const error = yield* Effect.flip(log.commit("calls", change({ account: "paris", sequence: 1, removes: [path] })))
    assert.strictEqual(error._tag, "UnsupportedTable")
    yield* log.commit("calls", change({ account: "paris", sequence: 1 }))
  }))

const damaged: ReadonlyArray<readonly [string, string]> = [
  ["an empty file", ""],
  ["a line that is no JSON", `${JSON.stringify({ protocol })}\n{"add":{"path":"+33612345678`],
  ["an add without a size", JSON.stringify({ add: { path: "+33612345678", partitionValues: {}, dataChange: true } })],
  ["a table that says nothing of itself", JSON.stringify({ txn: { appId: "a", version: 1 } })]
]

for (const [what, text] of damaged) {
  it.scoped(`${what} is damage, told without what stands in it`, () =>
    Effect.gen(function*() {
      const { log, store } = yield* opened
      yield* store.put(logKey(0), bytes(text))
      const error = yield* Effect.flip(log.snapshot("calls"))
      assert.deepInclude(error, { _tag: "DamagedLog", key: logKey(0) })
      assert.notInclude(String(error.message), "336")
    }))
}

it.scoped("columns are added in place, by the same table", () =>
  Effect.gen(function*() {
    const { log } = yield* opened
    yield* log.commit("calls", change({ account: "paris", sequence: 1 }))
    const { id } = yield* log.snapshot("calls")
    const more = [...columns, { name: "tags", type: Column.List(Column.Text), nullable: false }]
    yield* log.commit("calls", change({ account: "paris", sequence: 2, columns: more }))
    const grown = yield* log.snapshot("calls")
    assert.strictEqual(grown.id, id)
    assert.deepStrictEqual(JSON.parse(grown.schema).fields.at(-1), {
      name: "tags",
      type: { type: "array", elementType: "string", containsNull: true },
      nullable: true,
      metadata: {}
    })
    // A program that does not know the column leaves it there.
    yield* log.commit("calls", change({ account: "lyon", sequence: 1 }))
    assert.strictEqual((yield* log.snapshot("calls")).schema, grown.schema)
  }))

const changedColumns: ReadonlyArray<readonly [string, Partial<Change>, string]> = [
  ["another type", { columns: [{ name: "seconds", type: Column.Double, nullable: true }] }, "ColumnChanged"],
  ["a list where a value was", {
    columns: [{ name: "seconds", type: Column.List(Column.Int32), nullable: true }]
  }, "ColumnChanged"],
  ["another spelling", { columns: [{ name: "Seconds", type: Column.Int32, nullable: true }] }, "BadCommit"],
  ["another partition", { partitionBy: ["account", "source"] }, "BadCommit"]
]

for (const [what, of, tag] of changedColumns) {
  it.scoped(`columns that change are refused: ${what}`, () =>
    Effect.gen(function*() {
      const { log } = yield* opened
      yield* log.commit("calls", change({ account: "paris", sequence: 1 }))
      const error = yield* Effect.flip(log.commit("calls", change({ account: "paris", sequence: 2, ...of })))
      assert.strictEqual(error._tag, tag)
      assert.strictEqual((yield* log.snapshot("calls")).version, 0)
    }))
}

/** A log, and the keys that it was asked to read. */
const watched = Effect.gen(function*() {
  const memory = MemoryStore.make()
  const read: Array<string> = []
  const store = memory.seen(({ key, step }, work) => {
    if (step === "read" || step === "download") read.push(key)
    return work
  })
  const since = Effect.sync(() => read.splice(0))
  return { memory, store, since, log: yield* over(store) }
})

it.scoped("what a process has read of a table it does not read again", () =>
  Effect.gen(function*() {
    const { log, memory, since, store } = yield* watched
    const rival = yield* over(memory.seen(MemoryStore.plain))
    const adds = yield* Effect.all([file(store, { account: "lyon", name: "g1.parquet", keys: ["b"] })])
    for (let sequence = 1; sequence <= 14; sequence++) {
      yield* rival.commit("calls", change({ account: "paris", sequence }))
    }
    yield* since
    yield* log.snapshot("calls", { account: "lyon" })
    assert.deepStrictEqual((yield* since).filter((key) => key.endsWith(".json")), [11, 12, 13].map((v) => logKey(v)))
    yield* log.commit("calls", change({ account: "lyon", sequence: 1, adds }))
    assert.deepStrictEqual(yield* since, [])
    yield* rival.commit("calls", change({ account: "paris", sequence: 15 }))
    yield* since
    const snapshot = yield* log.snapshot("calls", { account: "lyon" })
    assert.deepStrictEqual(yield* since, [14, 15].map((version) => logKey(version)))
    assert.deepStrictEqual(shown(snapshot), shown(yield* rival.snapshot("calls", { account: "lyon" })))
    assert.deepStrictEqual(yield* keysIn(store, snapshot), ["b"])
    // Another account is read by itself, and so is an old version.
    assert.deepStrictEqual((yield* log.snapshot("calls", { account: "paris" })).files, [])
    assert.deepStrictEqual((yield* log.snapshot("calls", { account: "lyon", version: 3 })).files, [])
    assert.deepStrictEqual(yield* keysIn(store, yield* log.snapshot("calls", { account: "lyon" })), ["b"])
  }))

/** Services of one process, which share what they fetch, and the folder that it lies in. */
const sharing = (store: Store) =>
  Effect.gen(function*() {
    const temporary = yield* scratch
    const shared = yield* Layer.build(DeltaLog.sharing({ temporary }))
    return { temporary, another: Effect.provide(over(store), shared) }
  })

it.scoped("what a process has fetched for one account it does not fetch for another", () =>
  Effect.gen(function*() {
    const { memory, since, store } = yield* watched
    const rival = yield* over(memory.seen(MemoryStore.plain))
    const { another, temporary } = yield* sharing(store)
    const names = ["lyon", "paris"]
    for (let sequence = 1; sequence <= 7; sequence++) {
      for (const account of names) {
        const added = yield* file(store, { account, name: `g${sequence}.parquet`, keys: [`${account}-${sequence}`] })
        const last = (yield* rival.snapshot("calls", { account }).pipe(
          Effect.map(({ files }) => files.map(({ path }) => path)),
          Effect.orElseSucceed(() => [])
        )).slice(0, 1)
        yield* rival.commit("calls", change({ account, sequence, adds: [added], removes: last }))
      }
    }
    const fetched = Effect.map(since, (keys) => keys.filter((key) => !key.endsWith("_last_checkpoint")))
    /** What a service of its own sees of an account. */
    const seen = (account: string) =>
      Effect.gen(function*() {
        const found = shown(yield* (yield* another).snapshot("calls", { account }))
        assert.deepStrictEqual(found, shown(yield* rival.snapshot("calls", { account })))
        return found.files.map(({ path }) => path.split("/").at(-1))
      })
    yield* fetched
    assert.deepStrictEqual(yield* seen("paris"), ["g7.parquet"])
    const checkpoint = "calls/_delta_log/00000000000000000010.checkpoint.parquet"
    assert.deepStrictEqual(yield* fetched, [checkpoint, ...[11, 12, 13].map((version) => logKey(version))])
    assert.deepStrictEqual(yield* seen("lyon"), ["g7.parquet"])
    assert.deepStrictEqual(yield* seen("nobody"), [])
    assert.deepStrictEqual(yield* fetched, [])
    yield* rival.commit("calls", change({ account: "lyon", sequence: 8 }))
    assert.deepStrictEqual(yield* seen("lyon"), ["g7.parquet"])
    assert.deepStrictEqual(yield* fetched, [logKey(14)])
    // Somebody tidies up the folder of temporary files.
    for (const name of yield* Effect.promise(() => fs.readdir(temporary, { recursive: true }))) {
      if (name.endsWith(".parquet")) yield* Effect.promise(() => fs.rm(join(temporary, name)))
    }
    assert.deepStrictEqual(yield* seen("paris"), ["g7.parquet"])
    assert.deepStrictEqual(yield* fetched, [checkpoint])
  }))

it.scoped("a table that was made anew is another one for all services of a process", () =>
  Effect.gen(function*() {
    const { memory, store } = yield* opened
    const { another } = yield* sharing(store)
    const empty = copyOf(memory)
    const made = (account: string, keys: ReadonlyArray<string>) =>
      Effect.gen(function*() {
        const rival = yield* over(store)
        for (let sequence = 1; sequence <= 12; sequence++) {
          const adds = yield* Effect.all(
            sequence === 1 ? [file(store, { account, name: `${keys}.parquet`, keys })] : []
          )
          yield* rival.commit("calls", change({ account, sequence, adds }))
        }
      })
    const seen = (account: string) =>
      Effect.gen(function*() {
        return yield* keysIn(store, yield* (yield* another).snapshot("calls", { account }))
      })
    yield* made("paris", ["a"])
    assert.deepStrictEqual([yield* seen("paris"), yield* seen("lyon")], [["a"], []])
    memory.objects.clear()
    for (const [key, object] of empty.objects) memory.objects.set(key, object)
    yield* TestClock.adjust("1 second")
    yield* made("lyon", ["b"])
    assert.deepStrictEqual([yield* seen("paris"), yield* seen("lyon")], [[], ["b"]])
  }))

it.scoped("a table that was removed and made anew is another one", () =>
  Effect.gen(function*() {
    const { log, memory, store } = yield* opened
    const one = yield* file(store, { account: "paris", name: "g1.parquet", keys: ["a"] })
    const two = yield* file(store, { account: "paris", name: "g2.parquet", keys: ["b"] })
    const empty = copyOf(memory)
    yield* log.commit("calls", change({ account: "paris", sequence: 1, adds: [one] }))
    assert.deepStrictEqual(yield* keysIn(store, yield* log.snapshot("calls", { account: "paris" })), ["a"])
    memory.objects.clear()
    for (const [key, object] of empty.objects) memory.objects.set(key, object)
    assert.strictEqual((yield* Effect.flip(log.snapshot("calls", { account: "paris" })))._tag, "NoTable")
    yield* TestClock.adjust("1 second")
    const rival = yield* over(store)
    yield* rival.commit("calls", change({ account: "paris", sequence: 1, adds: [two] }))
    yield* rival.commit("calls", change({ account: "paris", sequence: 2 }))
    assert.deepStrictEqual(yield* keysIn(store, yield* log.snapshot("calls", { account: "paris" })), ["b"])
  }))
