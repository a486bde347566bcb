/** Rows that land as lines are the rows that landed as Parquet, value by value. */
import { assert, describe, it } from "@effect/vitest"
import { Dataset } from "@trunkline/dataset"
import { rows } from "@trunkline/dataset/Dataset"
import { Disk } from "@trunkline/parquet"
import * as Table from "@trunkline/parquet/Table"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { join } from "node:path"
import { landParquet } from "../earlier.js"
import { folder } from "../support.js"
import { landing } from "../tables.js"

const Thing = Schema.Struct({
  id: Schema.String,
  text: Schema.NullOr(Schema.String),
  whole: Schema.NullOr(Schema.Int),
  number: Schema.NullOr(Schema.Number),
  flag: Schema.NullOr(Schema.Boolean),
  at: Schema.NullOr(Schema.DateTimeUtcFromSelf),
  texts: Schema.NullOr(Schema.Array(Schema.String)),
  deep: Schema.NullOr(Schema.Array(Schema.Struct({
    name: Schema.NullOr(Schema.String),
    times: Schema.NullOr(Schema.Array(Schema.DateTimeUtcFromSelf)),
    place: Schema.NullOr(Schema.Struct({ "select": Schema.NullOr(Schema.Number), rooms: Schema.Array(Schema.Int) }))
  })))
})
type Thing = typeof Thing.Type

const things = Table.make({
  name: "things",
  row: Thing,
  key: ["id"],
  groups: [{ name: "all", columns: ["text", "whole", "number", "flag", "at", "texts", "deep"] }]
})

const texts = [
  "",
  " ",
  "null",
  "NULL",
  "0012",
  "12.50",
  "1e5",
  "true",
  "{\"a\": 1, \"a\": 2}",
  "[]",
  "2020-01-01",
  "nul \u0000 inside",
  "\u0000",
  "line\nfeed\r\n\t\u0001\u001f\u007f\u0085",
  "quote \" backslash \\ slash / \\u0041",
  "\u2028\u2029\ufeff bom",
  "😀 𝔘𝔫𝔦 👩‍👩‍👧",
  "half \ud83d",
  "\udc00 other half",
  "\ud83d\ud83d\ude00",
  "\uffff\ue000\ufffd",
  "ﬁ é e\u0301",
  "__proto__",
  "'; DROP TABLE things; --"
]

const numbers = [0, -0, 1, -1, 0.1, 1e308, -1e308, 5e-324, 1e21, 123456789012345680000, 2 ** 53 + 2, 1 / 3, 1.5]
const wholes = [0, -0, 1, -1, 2_147_483_647, -2_147_483_648]
const instants = [
  "1900-01-01T00:00:00.001Z",
  "2200-12-31T23:59:59.999Z",
  "1969-12-31T23:59:59.999Z",
  "2026-11-05T10:00:00.123Z",
  "0001-01-01T00:00:00.000Z",
  "9999-12-31T23:59:59.999Z"
].map((text) => DateTime.unsafeMake(text))

/** Hostile values everywhere, and the megabytes in a few rows. */
const made = (): ReadonlyArray<{ readonly answer: number; readonly row: Thing }> => {
  const found: Array<{ readonly answer: number; readonly row: Thing }> = []
  const random = Random.make("landing 1")
  const dice = (sides: number) => Effect.runSync(random.nextIntBetween(0, sides))
  const of = <A>(all: ReadonlyArray<A>): A | null => dice(5) === 0 ? null : all[dice(all.length)] ?? null
  const some = <A>(make: () => A): ReadonlyArray<A> => Array.from({ length: dice(4) }, make)
  const text = () => `${texts[dice(texts.length)]}${dice(3) === 0 ? dice(1_000_000) : ""}`
  for (let index = 0; index < 100_000; index++) {
    found.push({
      answer: 1 + dice(3),
      row: {
        id: `${text()} ${index}`,
        text: dice(6) === 0 ? null : index === 77 ? `long ${"é😀".repeat(2_500_000)}` : text(),
        whole: of(wholes),
        number: of([...numbers, dice(1_000_000) / 7]),
        flag: of([true, false]),
        at: of([...instants, DateTime.unsafeMake(dice(2_000_000_000) * 1001)]),
        texts: dice(4) === 0 ? null : some(text),
        deep: dice(3) === 0 ? null : some(() => ({
          name: of(texts),
          times: dice(2) === 0 ? null : some(() => instants[dice(instants.length)] ?? DateTime.unsafeMake(0)),
          place: dice(2) === 0 ? null : { "select": of(numbers), rooms: some(() => dice(9)) }
        }))
      }
    })
  }
  return found
}

const within = <A, E>(out: string, use: (dataset: Dataset["Type"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(Dataset, use).pipe(
    Effect.provide(Dataset.layer({ out, tables: [things] })),
    Effect.provide(Disk.layer)
  )

describe("landed rows", () => {
  it.scopedLive("are the same as lines and as Parquet, value by value", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const all = made()
      const [lines, parquet] = [join(root, "lines"), join(root, "parquet")]
      yield* within(lines, (dataset) =>
        Effect.zipRight(
          dataset.land(landing([rows(things, { groups: ["all"], rows: Stream.fromIterable(all) })])),
          dataset.publish
        ))
      yield* within(parquet, () => Effect.void)
      yield* landParquet(parquet, things, all)
      yield* within(parquet, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.publish
          const published = (out: string) => `read_parquet('${out}/things/source=allo/data.parquet')`
          const values = (out: string) =>
            `SELECT ${
              things.columns.map(({ name }) => `CAST("${name}" AS VARCHAR) AS "${name}", "${name}" AS "same ${name}"`)
                .join(", ")
            } FROM ${published(out)}`
          const differing = yield* dataset.session.rows(
            `SELECT (SELECT count(*) FROM ${published(lines)})::INTEGER AS rows,
              (SELECT count(*) FROM (${values(lines)} EXCEPT ALL ${values(parquet)}))::INTEGER AS more,
              (SELECT count(*) FROM (${values(parquet)} EXCEPT ALL ${values(lines)}))::INTEGER AS fewer`
          )
          assert.deepStrictEqual(differing, [{ rows: 100_000, more: 0, fewer: 0 }])
          const [told] = yield* dataset.session.rows(
            `SELECT max(length(text))::INTEGER AS longest, count(*) FILTER (number = 1e308)::INTEGER AS large,
              count(*) FILTER (contains(text, chr(0)))::INTEGER AS nul,
              count(*) FILTER (isinf(number) OR isnan(number) OR signbit(number) AND number = 0)::INTEGER AS strange
              FROM ${published(lines)}`
          )
          assert.strictEqual(told?.["longest"], 5_000_005)
          assert.isAbove(Number(told?.["large"]), 1000)
          assert.isAbove(Number(told?.["nul"]), 1000)
          assert.strictEqual(told?.["strange"], 0)
        }))
    }), 300_000)
})
