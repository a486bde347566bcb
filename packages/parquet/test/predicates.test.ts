/** What DuckDB finds by a filter, skipping what statistics let it skip, is what a scan of the source rows finds. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { join } from "node:path"
import { anyRow, duckdb, engines, folder, instant, live, type Row, texts, write } from "./support.js"

const seed = 20_262
const size = 3_000

/** In order of text, so that groups hold different ranges and a wrong statistic skips a group that matches. */
const rows: ReadonlyArray<Row> = FastCheck.sample(anyRow, { seed, numRuns: size })
  .map((row): Row => ({ ...row, number: row.number + 0 }))
  .toSorted((left, right) => left.happened_at.epochMillis - right.happened_at.epochMillis)
  .map((row, id) => ({ ...row, id }))

interface Predicate {
  readonly sql: string
  readonly holds: (row: Row) => boolean
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
/** DuckDB compares the bytes of UTF-8; JavaScript compares halves of pairs, which is another order. */
const order = (left: string, right: string) =>
  Buffer.compare(Buffer.from(left.toWellFormed()), Buffer.from(right.toWellFormed()))

type Operator = "=" | "<>" | "<" | "<=" | ">" | ">="
const operators: ReadonlyArray<Operator> = ["=", "<>", "<", "<=", ">", ">="]
const compare = (operator: Operator, sign: number): boolean =>
  operator === "=" ?
    sign === 0 :
    operator === "<>" ?
    sign !== 0 :
    operator === "<" ?
    sign < 0 :
    operator === "<=" ?
    sign <= 0 :
    operator === ">" ?
    sign > 0 :
    sign >= 0

const compared = <A>(
  column: string,
  get: (row: Row) => A | null,
  probes: ReadonlyArray<A>,
  literal: (probe: A) => string,
  sign: (left: A, right: A) => number
): ReadonlyArray<Predicate> => [
  ...probes.flatMap((probe) =>
    operators.map((operator): Predicate => ({
      sql: `${column} ${operator} ${literal(probe)}`,
      holds: (row) => {
        const value = get(row)
        return value !== null && compare(operator, sign(value, probe))
      }
    }))
  ),
  { sql: `${column} IS NULL`, holds: (row) => get(row) === null },
  { sql: `${column} IS NOT NULL`, holds: (row) => get(row) !== null }
]

const contained = (
  column: string,
  get: (row: Row) => ReadonlyArray<string> | null,
  probes: ReadonlyArray<string>
): ReadonlyArray<Predicate> => [
  ...probes.map((probe): Predicate => ({
    sql: `list_contains(${column}, ${quoted(probe)})`,
    holds: (row) => get(row)?.includes(probe) === true
  })),
  { sql: `${column} IS NULL`, holds: (row) => get(row) === null },
  { sql: `len(${column}) = 0`, holds: (row) => get(row)?.length === 0 }
]

const wholes = [0, -1, 1, 7, -13, 2147483647, -2147483648]
const numbers = [0, -1, 0.1, 7, -13, 1e-300, 5e-324, 1e21, -Number.MAX_VALUE]
const times = [
  "1900-01-01",
  "1969-12-31T23:59:59.999Z",
  "1970-01-01",
  "1970-01-01T00:00:00.001Z",
  "1950-06-01",
  "2000-01-01",
  "2100-02-03T04:05:06.007Z",
  "2200-12-31"
].map(instant)

const predicates = (timestamp: string): ReadonlyArray<Predicate> => {
  const time = (probe: DateTime.Utc) =>
    `${timestamp === "TIMESTAMP" ? "TIMESTAMP" : "TIMESTAMPTZ"} '${
      DateTime.formatIso(probe).replace("T", " ").replace("Z", timestamp === "TIMESTAMP" ? "" : "+00")
    }'`
  const subtract = (left: number, right: number) => left < right ? -1 : left > right ? 1 : 0
  const later = (left: DateTime.Utc, right: DateTime.Utc) => subtract(left.epochMillis, right.epochMillis)
  return [
    ...compared("text", (row) => row.text, texts, quoted, order),
    ...compared("maybe_text", (row) => row.maybe_text, texts, quoted, order),
    ...compared("whole", (row) => row.whole, wholes, String, subtract),
    ...compared("maybe_whole", (row) => row.maybe_whole, wholes, String, subtract),
    ...compared("number", (row) => row.number, numbers, (probe) => `'${probe}'::DOUBLE`, subtract),
    ...compared("maybe_number", (row) => row.maybe_number, numbers, (probe) => `'${probe}'::DOUBLE`, subtract),
    ...compared("happened_at", (row) => row.happened_at, times, time, later),
    ...compared("maybe_at", (row) => row.maybe_at, times, time, later),
    ...compared("flag", (row) => row.flag, [true, false], String, (left, right) => Number(left) - Number(right)),
    ...compared(
      "maybe_flag",
      (row) => row.maybe_flag,
      [true, false],
      String,
      (left, right) => Number(left) - Number(right)
    ),
    ...contained("tags", (row) => row.tags, texts),
    ...contained("maybe_tags", (row) => row.maybe_tags, texts),
    ...contained(
      "list_transform(contacts, lambda contact: contact.name)",
      (row) => row.contacts?.map((contact) => contact.name) ?? null,
      texts
    ),
    ...texts.map((probe): Predicate => ({
      sql: `place.city = ${quoted(probe)}`,
      holds: (row) => row.place?.city === probe
    })),
    ...["😀", "caf", "zzzz", "\ufffd", "\u{10ffff}"].map((probe): Predicate => ({
      sql: `text LIKE ${quoted(`${probe}%`)}`,
      holds: (row) => row.text.toWellFormed().startsWith(probe)
    })),
    {
      sql: "happened_at BETWEEN " + times.slice(0, 2).map(time).join(" AND "),
      holds: (row) => later(row.happened_at, times[1] ?? row.happened_at) <= 0
    },
    { sql: "place IS NULL", holds: (row) => row.place === null },
    { sql: "len(\"table\") = 2", holds: (row) => row.table.length === 2 },
    { sql: "len(contacts[1].deals) = 0", holds: (row) => row.contacts?.[0]?.deals?.length === 0 }
  ]
}

for (const engine of engines) {
  describe(`over ${engine.name}`, () => {
    it.scoped("every filter finds the rows that a scan finds", () =>
      Effect.gen(function*() {
        const query = yield* duckdb
        const path = join(yield* folder, "rows.parquet")
        yield* write(path, rows, 200)
        const all = predicates(engine.instant)
        assert.isAbove(all.length, 500)
        yield* query(`CREATE VIEW rows AS SELECT * FROM read_parquet('${path}')`)
        let found = 0
        // Each filter is a scan of its own, or nothing would be skipped; a hundred go in one statement for speed.
        for (let from = 0; from < all.length; from += 100) {
          const some = all.slice(from, from + 100)
          const counts = yield* query(
            some.map(({ sql }, index) => `SELECT ${index} AS i, count(*)::INTEGER AS n FROM rows WHERE ${sql}`).join(
              " UNION ALL "
            )
          )
          for (const { i, n } of counts) {
            const predicate = some[Number(i)]
            const expected = rows.filter((row) => predicate?.holds(row)).length
            assert.strictEqual(n, expected, `seed ${seed}: ${predicate?.sql}`)
            found += expected
          }
        }
        // That the probes meet rows at all.
        assert.isAbove(found, 100_000)
      }).pipe(Effect.provide(live(engine))), 30_000)
  })
}
