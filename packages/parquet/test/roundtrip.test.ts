/** Whatever goes into a file comes out of it, with each engine, whoever reads it. */
import { assert, describe, it } from "@effect/vitest"
import { Column, ParquetFile, ParquetJsLite, ParquetReader } from "@trunkline/parquet"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet"
import { join } from "node:path"
import {
  anyRow,
  duckdb,
  engines,
  folder,
  instant,
  live,
  neutral,
  plain,
  Row,
  texts,
  types,
  unmarked,
  write
} from "./support.js"

const edges: ReadonlyArray<Row> = [
  plain,
  { ...plain, tags: [""], maybe_tags: [], times: [], table: [[]], place: { city: null, rooms: [] }, contacts: [] },
  {
    ...plain,
    maybe_text: "",
    maybe_flag: false,
    maybe_whole: 0,
    maybe_number: 0,
    maybe_at: instant("1970-01-01"),
    maybe_tags: ["a", "", "😀"],
    times: [instant("1969-12-31T23:59:59.999Z"), instant("2200-01-01")],
    table: [[], [1], [2, -3], []],
    place: { city: "Paris", rooms: [1, 2] },
    contacts: [
      { id: null, name: "", deals: null },
      { id: "c2", name: "Zoé 😀", deals: [] },
      {
        id: "c3",
        name: "x",
        deals: [{ id: "d1", name: null, worth: null }, { id: "d2", name: "🤝", worth: -1.5 }]
      }
    ]
  },
  ...texts.map((text) => ({ ...plain, text, maybe_text: text, tags: [text, text] })),
  ...["\u0000", "a\u0000b", "x".repeat(1024 * 1024), "😀".repeat(512 * 1024)].map((text) => ({ ...plain, text })),
  // A lone half of a pair cannot be UTF-8; one whole file was lost over it.
  ...["\ud83d", "a\ude00b", "\ude00\ud83d"].map((text) => ({ ...plain, text, tags: [text] })),
  ...[-1, 1, 2147483647, -2147483648].map((whole) => ({
    ...plain,
    id: whole,
    whole,
    maybe_whole: whole,
    table: [[whole]]
  })),
  ...[-0, -1, 0.1, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 53 + 2].map((number) => ({
    ...plain,
    number,
    maybe_number: number
  })),
  ...[
    "0001-01-01",
    "1900-01-01T00:00:00.001Z",
    "1969-12-31T23:59:59.999Z",
    "1970-01-01T00:00:00.001Z",
    "2026-03-04T05:06:07.089Z",
    "2200-12-31T23:59:59.999Z",
    "9999-12-31T23:59:59.999Z"
  ].map((text) => ({ ...plain, happened_at: instant(text), maybe_at: instant(text), times: [instant(text)] }))
].map((row, id) => ({ ...row, id }))

const readBack = (path: string) => Effect.map(Stream.runCollect(ParquetReader.rows(path)), Chunk.toReadonlyArray)

for (const engine of engines) {
  describe(`over ${engine.name}`, () => {
    it.scoped("keeps every value of every type, for DuckDB and for hyparquet", () =>
      Effect.gen(function*() {
        const query = yield* duckdb
        const path = join(yield* folder, "edges.parquet")
        const written = yield* write(path, edges, 7)
        assert.strictEqual(written.rows, edges.length)

        const mine = yield* readBack(path)
        const theirs = yield* query(`SELECT * FROM read_parquet('${path}') ORDER BY id`)
        const bytes = yield* query(`SELECT hex(encode(text)) AS text FROM read_parquet('${path}') ORDER BY id`)
        assert.strictEqual(mine.length, edges.length)
        assert.strictEqual(theirs.length, edges.length)
        edges.forEach((row, index) => {
          assert.deepStrictEqual(neutral(mine[index]), neutral(row), `hyparquet, row ${index}`)
          assert.deepStrictEqual(unmarked(neutral(theirs[index])), unmarked(neutral(row)), `DuckDB, row ${index}`)
          assert.strictEqual(bytes[index]?.["text"], Buffer.from(row.text).toString("hex").toUpperCase())
        })
        const micros = yield* query(
          `SELECT epoch_us(happened_at) AS micros FROM read_parquet('${path}') ORDER BY id DESC LIMIT 1`
        )
        assert.deepStrictEqual(micros, [{ micros: 253402300799999000n }])
      }).pipe(Effect.provide(live(engine))))

    it.scoped("gives the types that were pinned, also when there are no rows or only nulls", () =>
      Effect.gen(function*() {
        const query = yield* duckdb
        const path = join(yield* folder, "types.parquet")
        for (const rows of [[], [plain]]) {
          yield* write(path, rows)
          const described = yield* query(`DESCRIBE SELECT * FROM read_parquet('${path}')`)
          assert.deepStrictEqual(
            Object.fromEntries(described.map((column) => [column["column_name"], column["column_type"]])),
            types(engine.instant)
          )
          assert.strictEqual((yield* query(`FROM read_parquet('${path}')`)).length, rows.length)
          assert.strictEqual((yield* readBack(path)).length, rows.length)
          assert.deepStrictEqual((yield* ParquetReader.footer(path)).columns, Column.fromSchema(Row))
        }
      }).pipe(Effect.provide(live(engine))))

    it.scoped("keeps what is said of the file, and says how large it is", () =>
      Effect.gen(function*() {
        const query = yield* duckdb
        const path = join(yield* folder, "metadata.parquet")
        const metadata = { producer: "trunkline 0.1.0", table: "calls", note: "😀 é" }
        const rows = Stream.repeatValue(plain).pipe(Stream.take(25))
        const written = yield* Stream.run(rows, ParquetFile.sink(Row, { path, metadata, groupRows: 10 }))
        const footer = yield* ParquetReader.footer(path)
        assert.deepStrictEqual(footer.metadata, metadata)
        assert.deepStrictEqual(footer.groups, [10, 10, 5])
        assert.deepStrictEqual(
          yield* query(
            `SELECT octet_length(content)::INTEGER AS bytes, sha256(content) AS sha256 FROM read_blob('${path}')`
          ).pipe(Effect.map((found) => found.map((file) => ({ ...file, path, rows: 25 })))),
          [written]
        )
        const kept = yield* query(
          `SELECT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata('${path}')`
        )
        assert.deepStrictEqual(Object.fromEntries(kept.map(({ key, value }) => [key, value])), metadata)
      }).pipe(Effect.provide(live(engine))))

    it.scoped("keeps it all when DuckDB writes it again, however it packs", () =>
      Effect.gen(function*() {
        const query = yield* duckdb
        const inside = yield* folder
        yield* write(join(inside, "edges.parquet"), edges, 7)
        for (const codec of ["zstd", "snappy", "gzip", "uncompressed"]) {
          const path = join(inside, `${codec}.parquet`)
          yield* query(
            `COPY (FROM read_parquet('${join(inside, "edges.parquet")}') ORDER BY id)
             TO '${path}' (FORMAT parquet, COMPRESSION ${codec})`
          )
          assert.deepStrictEqual(neutral(yield* readBack(path)), neutral(edges), codec)
        }
      }).pipe(Effect.provide(live(engine))))

    it.scoped("keeps long lists in their rows across pages and groups", () =>
      Effect.gen(function*() {
        const query = yield* duckdb
        const path = join(yield* folder, "lists.parquet")
        const Listed = Schema.Struct({ id: Schema.Int, tags: Schema.Array(Schema.String) })
        const row = (id: number) => ({ id, tags: ["a", "b", "c"].slice(0, id % 4).map((tag) => `${tag}${id}`) })
        yield* Stream.run(Stream.map(Stream.range(0, 21_999), row), ParquetFile.sink(Listed, { path }))
        assert.deepStrictEqual((yield* ParquetReader.footer(path)).groups, [20_000, 2_000])
        const wrong = yield* query(
          `SELECT count(*)::INTEGER AS wrong FROM read_parquet('${path}')
           WHERE tags <> list_transform(['a', 'b', 'c'][:(id % 4)], lambda tag: tag || id)`
        )
        assert.deepStrictEqual(wrong, [{ wrong: 0 }])
        // From the middle of a group, where pages of the second version give rows the lists of others.
        for (const from of [0, 9_000, 17_500, 20_500]) {
          const found = yield* Effect.promise(async () =>
            parquetReadObjects({ file: await asyncBufferFromFile(path), rowStart: from, rowEnd: from + 500 })
          )
          assert.deepStrictEqual(found, Array.from({ length: 500 }, (_, index) => row(from + index)))
        }
      }).pipe(Effect.provide(live(engine))), 30_000)
  })
}

describe("parquetjs-lite", () => {
  it.scoped("is held to the profile in which its files are right, and takes no options", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(Object.keys(ParquetJsLite), ["layer"])
      const path = join(yield* folder, "profile.parquet")
      yield* write(path, edges, 10)
      const metadata = yield* Effect.promise(async () => parquetMetadataAsync(await asyncBufferFromFile(path)))
      const used = new Set(metadata.schema.slice(1).map((element) => `${element.type} ${element.converted_type}`))
      assert.deepStrictEqual([...used].toSorted(), [
        "BOOLEAN undefined",
        "BYTE_ARRAY UTF8",
        "DOUBLE undefined",
        "INT32 undefined",
        "INT64 TIMESTAMP_MICROS",
        "undefined LIST",
        "undefined undefined"
      ])
      for (const chunk of metadata.row_groups.flatMap((group) => group.columns)) {
        assert.isUndefined(chunk.offset_index_offset)
        assert.isUndefined(chunk.column_index_offset)
        assert.strictEqual(chunk.meta_data?.codec, "SNAPPY")
        assert.strictEqual(chunk.meta_data?.statistics === undefined, chunk.meta_data?.type === "BYTE_ARRAY")
      }
    }).pipe(Effect.provide(live(engines[0]))))
})

describe("both engines", () => {
  it.scoped("give back the same rows, which are the rows that were written", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const seed = 20_261
      const found = yield* Effect.promise(() =>
        FastCheck.check(
          FastCheck.asyncProperty(FastCheck.array(anyRow, { maxLength: 40 }), (rows) =>
            Effect.runPromise(Effect.gen(function*() {
              const read = yield* Effect.forEach(engines, (engine) =>
                write(join(path, engine.name), rows, 9).pipe(
                  Effect.zipRight(readBack(join(path, engine.name))),
                  Effect.provide(live(engine))
                ))
              for (const back of read) assert.deepStrictEqual(neutral(back), neutral(rows))
            }))),
          { seed, numRuns: 40 }
        )
      )
      assert.isFalse(found.failed, `seed ${seed}, path ${found.counterexamplePath}: ${String(found.errorInstance)}`)
    }))
})
