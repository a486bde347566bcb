/** What the tests share: both engines, a folder that goes away, DuckDB, and rows of every type. */
import { DuckDBInstance } from "@duckdb/node-api"
import { Disk, Hyparquet, ParquetFile, ParquetJsLite } from "@trunkline/parquet"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export const engines = [
  { name: "parquetjs-lite", layer: ParquetJsLite.layer, instant: "TIMESTAMP" },
  { name: "hyparquet-writer", layer: Hyparquet.layer, instant: "TIMESTAMP WITH TIME ZONE" }
] as const

export const live = (engine: (typeof engines)[number]) => Layer.merge(engine.layer, Disk.layer)

export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "trunkline-parquet-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export const Deal = Schema.Struct({
  id: Schema.String,
  name: Schema.NullOr(Schema.String),
  worth: Schema.NullOr(Schema.Number)
})
export const Person = Schema.Struct({
  id: Schema.NullOr(Schema.String),
  name: Schema.String,
  deals: Schema.NullOr(Schema.Array(Deal))
})

/** Every type, with and without nulls, and as deep as contacts with their deals. */
export const Row = Schema.Struct({
  id: Schema.Int,
  text: Schema.String,
  maybe_text: Schema.NullOr(Schema.String),
  flag: Schema.Boolean,
  maybe_flag: Schema.NullOr(Schema.Boolean),
  whole: Schema.Int,
  maybe_whole: Schema.NullOr(Schema.Int),
  number: Schema.Number,
  maybe_number: Schema.NullOr(Schema.Number),
  happened_at: Schema.DateTimeUtcFromSelf,
  maybe_at: Schema.NullOr(Schema.DateTimeUtcFromSelf),
  tags: Schema.Array(Schema.String),
  maybe_tags: Schema.NullOr(Schema.Array(Schema.String)),
  times: Schema.NullOr(Schema.Array(Schema.DateTimeUtcFromSelf)),
  table: Schema.Array(Schema.Array(Schema.Int)),
  place: Schema.NullOr(Schema.Struct({ city: Schema.NullOr(Schema.String), rooms: Schema.Array(Schema.Int) })),
  contacts: Schema.NullOr(Schema.Array(Person))
})
export interface Row extends Schema.Schema.Type<typeof Row> {}

export const types = (instant: string): Readonly<Record<keyof Row, string>> => ({
  id: "INTEGER",
  text: "VARCHAR",
  maybe_text: "VARCHAR",
  flag: "BOOLEAN",
  maybe_flag: "BOOLEAN",
  whole: "INTEGER",
  maybe_whole: "INTEGER",
  number: "DOUBLE",
  maybe_number: "DOUBLE",
  happened_at: instant,
  maybe_at: instant,
  tags: "VARCHAR[]",
  maybe_tags: "VARCHAR[]",
  times: `${instant}[]`,
  table: "INTEGER[][]",
  place: "STRUCT(city VARCHAR, rooms INTEGER[])",
  contacts: "STRUCT(id VARCHAR, \"name\" VARCHAR, deals STRUCT(id VARCHAR, \"name\" VARCHAR, worth DOUBLE)[])[]"
})

export const instant = (text: string): DateTime.Utc => DateTime.unsafeMake(text)

export const plain: Row = {
  id: 0,
  text: "",
  maybe_text: null,
  flag: false,
  maybe_flag: null,
  whole: 0,
  maybe_whole: null,
  number: 0,
  maybe_number: null,
  happened_at: instant("1970-01-01T00:00:00Z"),
  maybe_at: null,
  tags: [],
  maybe_tags: null,
  times: null,
  table: [],
  place: null,
  contacts: null
}

export const write = <A extends Row>(path: string, rows: Iterable<A>, groupRows?: number) =>
  Stream.run(Stream.fromIterable(rows), ParquetFile.sink(Row, { path, groupRows }))

/** Text of every kind that has gone wrong somewhere: astral characters beside the end of the first plane, lookalikes, NUL. */
export const texts = [
  "",
  " ",
  "ok",
  "Ok",
  "null",
  "NULL",
  "it's",
  "\"quoted\"",
  "a\nb\tc",
  "😀 Zoé",
  "😀",
  "👩‍👩‍👧",
  "caf\ufffd",
  "\ufffd",
  "\ufeffbom",
  "\ue000",
  "\uffff",
  "\u{10000}",
  "\u{10ffff}",
  "ﬁ",
  "é",
  "e\u0301",
  "日本",
  "0",
  "-1",
  "{\"a\":1}",
  "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz😀",
  "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\ufffd"
]

const text = FastCheck.oneof(
  { arbitrary: FastCheck.constantFrom(...texts), weight: 3 },
  { arbitrary: FastCheck.string({ unit: "binary", maxLength: 12 }), weight: 1 }
)
const whole = FastCheck.oneof(
  FastCheck.constantFrom(0, -1, 1, 2147483647, -2147483648),
  FastCheck.integer({ min: -20, max: 20 }),
  FastCheck.integer()
)
const number = FastCheck.oneof(
  FastCheck.constantFrom(0, -0, -1, 0.1, 1e-300, 5e-324, -1.7976931348623157e308, 1e21, 9007199254740992),
  FastCheck.integer({ min: -20, max: 20 }),
  FastCheck.double({ noNaN: true, noDefaultInfinity: true })
)
const time = FastCheck.oneof(
  FastCheck.constantFrom(
    "1900-01-01",
    "1969-12-31T23:59:59.999Z",
    "1970-01-01",
    "1970-01-01T00:00:00.001Z",
    "2200-12-31"
  ),
  FastCheck.date({ min: new Date("1900-01-01"), max: new Date("2200-12-31"), noInvalidDate: true })
).map((input) => DateTime.unsafeMake(input))
const maybe = <A>(arbitrary: FastCheck.Arbitrary<A>) => FastCheck.option(arbitrary, { nil: null, freq: 3 })
const list = <A>(arbitrary: FastCheck.Arbitrary<A>) => FastCheck.array(arbitrary, { maxLength: 3 })

export const anyRow: FastCheck.Arbitrary<Row> = FastCheck.record({
  id: whole,
  text,
  maybe_text: maybe(text),
  flag: FastCheck.boolean(),
  maybe_flag: maybe(FastCheck.boolean()),
  whole,
  maybe_whole: maybe(whole),
  number,
  maybe_number: maybe(number),
  happened_at: time,
  maybe_at: maybe(time),
  tags: list(text),
  maybe_tags: maybe(list(text)),
  times: maybe(list(time)),
  table: list(list(whole)),
  place: maybe(FastCheck.record({ city: maybe(text), rooms: list(whole) })),
  contacts: maybe(list(FastCheck.record({
    id: maybe(text),
    name: text,
    deals: maybe(list(FastCheck.record({ id: text, name: maybe(text), worth: maybe(number) })))
  })))
})

/** The same value whoever read it: instants as milliseconds, text well-formed, no minus zero. */
export const neutral = (value: unknown): unknown => {
  if (typeof value === "number") return value + 0
  if (typeof value === "string") return value.toWellFormed()
  if (Array.isArray(value)) return value.map(neutral)
  if (value instanceof Date) return { milliseconds: value.getTime() }
  if (DateTime.isDateTime(value)) return { milliseconds: DateTime.toEpochMillis(value) }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, neutral(inner)]))
  }
  return value
}

/** DuckDB's driver takes a leading byte order mark off what it hands to JavaScript; the file and DuckDB itself have it. */
export const unmarked = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll("\"\ufeff", "\""))

export const duckdb = Effect.gen(function*() {
  const connection = yield* Effect.acquireRelease(
    Effect.promise(async () => (await DuckDBInstance.create(":memory:", { threads: "1" })).connect()),
    (connection) => Effect.sync(() => connection.closeSync())
  )
  yield* Effect.promise(() => connection.run("SET TimeZone = 'UTC'"))
  return (sql: string): Effect.Effect<ReadonlyArray<Record<string, unknown>>> =>
    Effect.promise(async () => (await connection.runAndReadAll(sql)).getRowObjectsJS())
})
