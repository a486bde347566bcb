/** A log that this package did not write: by the words of the protocol's document, with what several engines add to it. */
import { assert, it } from "@effect/vitest"
import { ParquetFiles, Session } from "@trunkline/dataset"
import { Effect } from "effect"
import { join } from "node:path"
import { bytes, scratch } from "./contract.js"
import { change, logKey, opened } from "./lake.js"

/** Rides by day, of a fleet of bicycles. */
const schemaString = `{"type":"struct","fields":[{"name":"ride","type":"long","nullable":false,"metadata":{}},` +
  `{"name":"price","type":"decimal(12,3)","nullable":true,"metadata":{"comment":"in crowns"}},` +
  `{"name":"stops","type":{"type":"array","elementType":{"type":"struct","fields":[` +
  `{"name":"at","type":"timestamp","nullable":true,"metadata":{}}]},"containsNull":true},"nullable":true,"metadata":{}},` +
  `{"name":"labels","type":{"type":"map","keyType":"string","valueType":"integer","valueContainsNull":true},` +
  `"nullable":true,"metadata":{}},{"name":"account","type":"string","nullable":true,"metadata":{}},` +
  `{"name":"day","type":"string","nullable":true,"metadata":{}}]}`

const commits: ReadonlyArray<ReadonlyArray<string>> = [
  [
    `{"commitInfo":{"timestamp":1790000000000,"operation":"CREATE TABLE AS SELECT","operationParameters":{"isManaged":"false",` +
    `"description":null,"partitionBy":"[\\"account\\",\\"day\\"]","properties":"{}"},"isolationLevel":"Serializable",` +
    `"isBlindAppend":true,"operationMetrics":{"numFiles":"2","numOutputRows":"30"},"engineInfo":"Engine/9","txnId":"0f1e"}}`,
    `{"metaData":{"id":"5f0c1b62-0c8f-4a61-9c1e-7c0b1f8f2a11","name":null,"description":"bicycles","format":{"provider":"parquet",` +
    `"options":{}},"schemaString":${JSON.stringify(schemaString)},"partitionColumns":["account","day"],` +
    `"configuration":{"delta.checkpointInterval":"4","delta.deletedFileRetentionDuration":"interval 2 weeks"},` +
    `"createdTime":1789999999000}}`,
    `{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}`,
    `{"add":{"path":"account=north/day=2026-09-21/part-00000-a.c000.snappy.parquet","partitionValues":{"account":"north",` +
    `"day":"2026-09-21"},"size":1024,"modificationTime":1790000000001,"dataChange":true,"stats":"{\\"numRecords\\":10,` +
    `\\"minValues\\":{\\"ride\\":1,\\"price\\":0.125},\\"maxValues\\":{\\"ride\\":10,\\"price\\":9.5},\\"nullCount\\":{\\"ride\\":0}}",` +
    `"tags":{"INSERTION_TIME":"1790000000000000","OPTIMIZE_TARGET_SIZE":null}}}`,
    `{"add":{"path":"account=s%C3%BCd%20%26%20west/day=2026-09-21/part-1%2525.parquet","partitionValues":{"account":` +
    `"s\u00fcd & west","day":"2026-09-21"},"size":9007199254740991,"modificationTime":1790000000002,"dataChange":true}}`
  ],
  [
    `{"txn":{"appId":"stream-7","version":41,"lastUpdated":1790000100000}}`,
    `{"add":{"path":"account=__HIVE_DEFAULT_PARTITION__/day=__HIVE_DEFAULT_PARTITION__/b.parquet","partitionValues":` +
    `{"account":null,"day":null},"size":0,"modificationTime":1790000100001,"dataChange":true,"stats":""}}`,
    `{"domainMetadata":{"domain":"x","configuration":"{}","removed":false}}`,
    `{"cdc":{"path":"_change_data/c.parquet","partitionValues":{},"size":7,"dataChange":false}}`,
    ``
  ],
  [
    `{"remove":{"path":"account%3Dnorth/day%3D2026-09-21/part-00000-a.c000.snappy.parquet","dataChange":true}}`,
    `{"add":{"path":"account=north/day=2026-09-21/part-00002-c.parquet","partitionValues":{"account":"north","day":` +
    `"2026-09-21"},"size":2048,"modificationTime":1790000200001,"dataChange":true,"stats":"{\\"numRecords\\":9}",` +
    `"baseRowId":null,"defaultRowCommitVersion":null,"clusteringProvider":null,"deletionVector":null}}`,
    `{"txn":{"appId":"stream-7","version":42}}`
  ],
  [
    `{"remove":{"path":"account=s%C3%BCd%20%26%20west/day=2026-09-21/part-1%2525.parquet","deletionTimestamp":1790000300000,` +
    `"dataChange":false,"extendedFileMetadata":true,"partitionValues":{"account":"s\u00fcd & west","day":"2026-09-21"},` +
    `"size":9007199254740991,"tags":{}}}`
  ]
]

const north = (name: string) => `account=north/day=2026-09-21/${name}`
const west = "account=s\u00fcd & west/day=2026-09-21/part-1%25.parquet"
const nobody = "account=__HIVE_DEFAULT_PARTITION__/day=__HIVE_DEFAULT_PARTITION__/b.parquet"

/** What each version shows: path, bytes, rows. */
const expected: Array<Array<Array<string | number | null>>> = [
  [[north("part-00000-a.c000.snappy.parquet"), 1024, 10], [west, 9_007_199_254_740_991, null]],
  [[nobody, 0, null], [north("part-00000-a.c000.snappy.parquet"), 1024, 10], [west, 9_007_199_254_740_991, null]],
  [[nobody, 0, null], [north("part-00002-c.parquet"), 2048, 9], [west, 9_007_199_254_740_991, null]],
  [[nobody, 0, null], [north("part-00002-c.parquet"), 2048, 9]]
]

const written = Effect.gen(function*() {
  const all = yield* opened
  for (const [version, lines] of commits.entries()) {
    yield* all.store.put(logKey(version), bytes(lines.join(version % 2 === 0 ? "\n" : "\r\n")))
  }
  return all
})

it.scoped("every version of a log of others is read as the protocol means it", () =>
  Effect.gen(function*() {
    const { log } = yield* written
    for (const [version, files] of expected.entries()) {
      const snapshot = yield* log.snapshot("calls", { version })
      assert.deepStrictEqual(snapshot.files.map(({ bytes, path, rows }) => [path, bytes, rows]), files)
      assert.strictEqual(snapshot.schema, schemaString)
    }
    const snapshot = yield* log.snapshot("calls")
    assert.deepStrictEqual(snapshot.partitionBy, ["account", "day"])
    assert.strictEqual(snapshot.sequenceOf("stream-7"), 42)
    const found = yield* Effect.forEach(["north", null, "s\u00fcd & west"], (account) =>
      log.snapshot("calls", { account, version: 2 }))
    assert.deepStrictEqual(
      found.map(({ files }) =>
        files.map(({ path }) => path)
      ),
      [
        [north("part-00002-c.parquet")],
        [nobody],
        [west]
      ]
    )
  }))

/** As an engine writes it: columns in another order, parsed statistics, other codecs, and what later protocols have. */
const checkpoint = (path: string, codec: string) => {
  const add = (name: string, account: string | null, size: number, stats: string | null) => {
    const values = account === null
      ? "MAP {'account': NULL, 'day': NULL}"
      : `MAP {'account': '${account}', 'day': '2026-09-21'}`
    return `SELECT NULL AS protocol, struct_pack(path := '${name}', partitionValues := CAST(${values} AS MAP(VARCHAR, VARCHAR)), ` +
      `partitionValues_parsed := struct_pack(account := CAST(${
        account === null ? "NULL" : `'${account}'`
      } AS VARCHAR), ` +
      `"day" := CAST(NULL AS DATE)), size := CAST(${size} AS BIGINT), modificationTime := CAST(1790000000000 AS BIGINT), ` +
      `dataChange := false, tags := CAST(NULL AS MAP(VARCHAR, VARCHAR)), ` +
      `deletionVector := CAST(NULL AS STRUCT(storageType VARCHAR, cardinality BIGINT)), ` +
      `stats := CAST(${stats === null ? "NULL" : `'${stats}'`} AS VARCHAR), ` +
      `stats_parsed := struct_pack(numRecords := CAST(9 AS BIGINT), maxValues := struct_pack(ride := 'NaN'::DOUBLE))) AS add, ` +
      `NULL AS metaData, NULL AS txn, NULL AS remove`
  }
  const rows = [
    `SELECT struct_pack(minReaderVersion := 1, minWriterVersion := 2, readerFeatures := CAST(NULL AS VARCHAR[])) AS protocol`,
    `SELECT struct_pack(id := '5f0c1b62-0c8f-4a61-9c1e-7c0b1f8f2a11', format := struct_pack(provider := 'parquet', ` +
    `options := CAST(MAP {} AS MAP(VARCHAR, VARCHAR))), schemaString := ${ParquetFiles.quoted(schemaString)}, ` +
    `partitionColumns := ['account', 'day'], configuration := MAP {'delta.checkpointInterval': '4'}, ` +
    `createdTime := CAST(1789999999000 AS BIGINT)) AS metaData`,
    "SELECT struct_pack(appId := 'stream-7', version := CAST(42 AS BIGINT), lastUpdated := CAST(NULL AS BIGINT)) AS txn",
    "SELECT struct_pack(path := 'account=s%C3%BCd%20%26%20west/day=2026-09-21/part-1%2525.parquet', " +
    "deletionTimestamp := CAST(1790000300000 AS BIGINT), dataChange := false) AS remove",
    add("account=north/day=2026-09-21/part-00002-c.parquet", "north", 2048, `{"numRecords":9}`),
    add(nobody, null, 0, null),
    // An action of a later protocol.
    "SELECT struct_pack(version := 3) AS checkpointMetadata"
  ]
  return `COPY (${rows.map((row) => `(${row})`).join(" UNION ALL BY NAME ")}) TO ${ParquetFiles.quoted(path)} ` +
    `(FORMAT parquet, CODEC ${codec})`
}

for (const codec of ["snappy", "zstd", "gzip", "uncompressed"]) {
  it.scoped(`a checkpoint of others is read (${codec}), and a commit follows it`, () =>
    Effect.gen(function*() {
      const { log, memory, store } = yield* written
      const folder = yield* scratch
      const path = join(folder, "checkpoint.parquet")
      const session = yield* Session.make({ temporary: folder })
      yield* session.run(checkpoint(path, codec))
      yield* store.upload("calls/_delta_log/00000000000000000003.checkpoint.parquet", path)
      for (let version = 0; version <= 3; version++) memory.objects.delete(logKey(version))
      const snapshot = yield* log.snapshot("calls")
      assert.deepStrictEqual(snapshot.files.map(({ bytes, path, rows }) => [path, bytes, rows]), expected[3])
      assert.strictEqual(snapshot.sequenceOf("stream-7"), 42)
      for (const [account, path] of [["north", north("part-00002-c.parquet")], [null, nobody]] as const) {
        const { files } = yield* log.snapshot("calls", { account })
        assert.deepStrictEqual(files.map((file) => file.path), [path])
      }
      const mine = change({
        account: "north",
        sequence: 1,
        partitionBy: ["account", "day"],
        removes: [north("part-00002-c.parquet")]
      })
      // The fourth version after the last checkpoint gets one, as the table asks for.
      assert.deepStrictEqual(yield* log.commit("calls", mine), { version: 4, already: false })
      assert.isTrue(memory.objects.has("calls/_delta_log/00000000000000000004.checkpoint.parquet"))
      memory.objects.delete(logKey(4))
      const after = yield* log.snapshot("calls")
      assert.deepStrictEqual(after.files.map((file) => file.path), [nobody])
      assert.deepStrictEqual([after.sequenceOf("north"), after.sequenceOf("stream-7")], [1, 42])
    }))
}

const demanding: ReadonlyArray<readonly [string, string, string]> = [
  [
    "CAST(NULL AS STRUCT(storageType VARCHAR, cardinality BIGINT))",
    "{'storageType': 'u', 'cardinality': 1}",
    "deletionVectors"
  ],
  [
    "minReaderVersion := 1, minWriterVersion := 2, readerFeatures := CAST(NULL AS VARCHAR[])",
    "minReaderVersion := 3, minWriterVersion := 7, readerFeatures := ['v2Checkpoint']",
    "v2Checkpoint"
  ]
]

for (const [from, to, needs] of demanding) {
  it.scoped(`a checkpoint of others that needs ${needs} is refused by that name`, () =>
    Effect.gen(function*() {
      const { log, store } = yield* opened
      const folder = yield* scratch
      const path = join(folder, "checkpoint.parquet")
      const session = yield* Session.make({ temporary: folder })
      yield* session.run(checkpoint(path, "snappy").replace(from, to))
      yield* store.upload("calls/_delta_log/00000000000000000003.checkpoint.parquet", path)
      const error = yield* Effect.flip(log.snapshot("calls"))
      assert.deepInclude(error, { _tag: "UnsupportedTable", access: "read", needs: [needs] })
    }))
}
