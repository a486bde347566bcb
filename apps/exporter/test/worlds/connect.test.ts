/** `trunkline connect`: a database file of the views that stays true, wherever the dataset lies and whoever reads it. */
import type { DuckDBConnection } from "@duckdb/node-api"
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { folder, installed, quick, reached, trunkline } from "../commandline.js"
import { opened } from "../database.js"

const command = installed()

/** Each beside a folder that a pattern of this name would match. */
const odd = [
  ["data[1]", "data1"],
  ["st*ar", "stXar"],
  ["wh?t", "what"],
  ["back\\slash", "backslash"],
  ["qu'ote \"two\"", "quote"],
  ["source=allomia", "source=allo"]
] as const

const rows = (connection: DuckDBConnection, sql: string) =>
  Effect.promise(async () => (await connection.runAndReadAll(sql)).getRowsJson())

const count = (connection: DuckDBConnection, table: string) =>
  Effect.map(rows(connection, `SELECT count(*)::INTEGER FROM ${table}`), ([first]) => Number(first?.[0]))

it.scopedLive(
  "the folder's name changes no figure, and a later export is seen through the file",
  () =>
    Effect.gen(function*() {
      const { env } = yield* reached
      const { world } = yield* Sandbox
      const here = yield* folder
      const first = yield* trunkline(command(), ["export", "--out", "plain"], { env, cwd: here })
      assert.strictEqual(first.code, 0, first.stderr)
      const expected = yield* Effect.flatMap(
        trunkline(command(), ["sql", "--out", "plain", "--json", "SELECT count(*)::INTEGER AS calls FROM calls"], {
          cwd: here
        }),
        ({ stdout }) => Effect.succeed(Number(JSON.parse(stdout)[0].calls))
      )
      assert.isAbove(expected, 0)

      for (const [name, sibling] of odd) {
        yield* Effect.promise(async () => {
          await fs.cp(join(here, "plain"), join(here, name, "data"), { recursive: true })
          await fs.cp(join(here, "plain"), join(here, sibling, "data"), { recursive: true, force: false })
        })
        const connected = yield* trunkline(command(), ["connect", "--out", join(here, name, "data"), "--json"], {
          cwd: here
        })
        assert.strictEqual(connected.code, 0, `${name}: ${connected.stderr}`)
        const { exitCode, file, problems } = JSON.parse(connected.stdout)
        assert.deepStrictEqual([exitCode, problems], [0, []])
        const database = yield* opened(file)
        assert.strictEqual(yield* count(database, "calls"), expected, name)
      }

      // New files, in place of old ones: the file that is open shows them, without another `connect`.
      const [odder] = odd[0]
      const database = yield* opened(join(here, odder, "data/trunkline.duckdb"))
      yield* world.arrive({ source: "allo" })
      const more = yield* trunkline(command(), ["export", "--out", join(odder, "data"), "--json"], { env, cwd: here })
      assert.strictEqual(more.code, 0, more.stderr)
      const now = Number(JSON.parse(more.stdout).rows.calls)
      assert.strictEqual(now, expected + 1)
      assert.strictEqual(yield* count(database, "calls"), now)
      assert.strictEqual((yield* rows(database, "SELECT sum(calls)::INTEGER FROM call_duration_daily"))[0]?.[0], now)
    }).pipe(Effect.provide(quick)),
  240_000
)

it.scopedLive(
  "a session in any zone, without a setting, gets the figures of `trunkline sql`",
  () =>
    Effect.gen(function*() {
      const { env } = yield* reached
      const here = yield* folder
      assert.strictEqual((yield* trunkline(command(), ["export"], { env, cwd: here })).code, 0)
      const file = (yield* trunkline(command(), ["connect"], { cwd: here })).stdout.trim()
      for (
        const query of [
          "SELECT day::VARCHAR AS d, sum(calls)::INTEGER AS n FROM call_duration_daily GROUP BY ALL ORDER BY ALL",
          "SELECT weekday::INTEGER AS w, hour::INTEGER AS h, sum(calls)::INTEGER AS n FROM calls_by_hour GROUP BY ALL ORDER BY ALL"
        ]
      ) {
        const { stdout } = yield* trunkline(command(), ["sql", "--json", query], { cwd: here })
        const asked = JSON.parse(stdout).map((row: object) => Object.values(row))
        assert.isAbove(asked.length, 5)
        for (const zone of ["UTC", "Asia/Tokyo", "America/Los_Angeles"]) {
          const database = yield* opened(file)
          yield* rows(database, `SET TimeZone = '${zone}'`)
          assert.deepStrictEqual(yield* rows(database, query), asked, zone)
        }
      }
    }).pipe(Effect.provide(quick)),
  120_000
)

it.scopedLive("the file is whole at every moment, and nothing is left beside it", () =>
  Effect.gen(function*() {
    const { env } = yield* reached
    const here = yield* folder
    const out = join(here, "data")
    assert.strictEqual((yield* trunkline(command(), ["export"], { env, cwd: here })).code, 0)
    const first = yield* trunkline(command(), ["connect"], { cwd: here })
    const file = first.stdout.trim()
    const calls = yield* Effect.scoped(Effect.flatMap(opened(file), (database) => count(database, "calls")))
    const reading = Effect.gen(function*() {
      for (let turn = 0; turn < 25; turn++) {
        assert.strictEqual(
          yield* Effect.scoped(Effect.flatMap(opened(file), (database) => count(database, "calls"))),
          calls
        )
      }
    })
    const [, ended] = yield* Effect.all([
      reading,
      Effect.forEach([1, 2, 3], () => trunkline(command(), ["connect"], { cwd: here }), { concurrency: 2 })
    ], { concurrency: 2 })
    assert.deepStrictEqual(ended.map(({ code, stderr }) => [code, stderr]), [[0, ""], [0, ""], [0, ""]])
    const left = yield* Effect.promise(() => fs.readdir(out, { recursive: true }))
    assert.deepStrictEqual(left.filter((name) => name.includes("duckdb")), ["trunkline.duckdb"])
  }).pipe(Effect.provide(quick)), 120_000)

it.scopedLive(
  "without a dataset, or where the file cannot be, it ends with 2 and says why",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      const nothing = yield* trunkline(command(), ["connect", "--out", "nowhere", "--json"], { cwd: here })
      assert.strictEqual(nothing.code, 2)
      const document = JSON.parse(nothing.stdout)
      assert.strictEqual(document.exitCode, 2)
      assert.deepStrictEqual(document.problems.map(({ tag }: { readonly tag: string }) => tag), ["NoDataset"])
      assert.deepStrictEqual(yield* Effect.promise(() => fs.readdir(here)), [])

      const { env } = yield* reached
      assert.strictEqual((yield* trunkline(command(), ["export"], { env, cwd: here })).code, 0)
      yield* Effect.promise(() => fs.mkdir(join(here, "data/trunkline.duckdb/mine"), { recursive: true }))
      const taken = yield* trunkline(command(), ["connect", "--json"], { cwd: here })
      assert.strictEqual(taken.code, 2, taken.stderr)
      assert.strictEqual(JSON.parse(taken.stdout).exitCode, 2)
      assert.deepStrictEqual(
        yield* Effect.promise(async () =>
          (await fs.readdir(join(here, "data/_trunkline"))).filter((_) => _.includes("duckdb"))
        ),
        []
      )
    }).pipe(Effect.provide(quick)),
  120_000
)
