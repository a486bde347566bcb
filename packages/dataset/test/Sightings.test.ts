/** Who and what was met: one row per key, with the newest that is known of it and when it was first and last seen. */
import { assert, describe, it } from "@effect/vitest"
import { Dataset, Verify } from "@trunkline/dataset"
import type { Sighting, Writable } from "@trunkline/dataset/Dataset"
import { Disk } from "@trunkline/parquet"
import * as Table from "@trunkline/parquet/Table"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { folder } from "./support.js"
import { seen, tables, utc } from "./tables.js"

const people = Table.make({
  name: "people",
  row: Schema.Struct({
    id: Schema.String,
    name: Schema.NullOr(Schema.String),
    email: Schema.NullOr(Schema.String),
    first_seen_at: Schema.DateTimeUtcFromSelf,
    last_seen_at: Schema.DateTimeUtcFromSelf
  }),
  key: ["id"],
  groups: [{ name: "row", columns: ["name", "email", "first_seen_at", "last_seen_at"] }]
})

const all = [...tables, people]

const within = <A, E>(out: string, use: (dataset: Writable) => Effect.Effect<A, E>) =>
  Effect.flatMap(Dataset, use).pipe(
    Effect.provide(Dataset.layer({ out, tables: all }).pipe(Layer.provide(Disk.layer)))
  )

const met = (dataset: Writable, day: number, ...rows: ReadonlyArray<Sighting["row"]>) =>
  Effect.zipRight(
    dataset.see({
      source: "allo",
      at: utc(`2026-11-${String(day).padStart(2, "0")}T00:00:00Z`),
      sightings: rows.map((row) => ({ table: people, row }))
    }),
    dataset.publish
  )

const day = (number: number) => `2026-11-${String(number).padStart(2, "0")} 00:00:00+00`

const fileOf = (out: string) => join(out, "people/source=allo/data.parquet")

describe("what was met", () => {
  it.scopedLive("stands once, with the newest that is known of it", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* met(dataset, 5, { id: "a", name: "Zoé 😀", email: null }, { id: "b\u0000\"", name: null, email: null })
          yield* met(dataset, 6, { id: "a", name: null, email: "a@b.c" })
          yield* met(dataset, 7, { id: "a", name: "Zoe \ud800", email: null }, { id: "c", name: "C", email: null })
          // An answer that comes late makes nothing older.
          yield* met(dataset, 3, { id: "c", name: "C", email: null })
          assert.deepStrictEqual(yield* seen(dataset, "people", "id"), [
            {
              id: "a",
              name: "Zoe \ufffd",
              email: "a@b.c",
              first_seen_at: day(5),
              last_seen_at: day(7),
              source: "allo"
            },
            { id: "b\u0000\"", name: null, email: null, first_seen_at: day(5), last_seen_at: day(5), source: "allo" },
            { id: "c", name: "C", email: null, first_seen_at: day(3), last_seen_at: day(7), source: "allo" }
          ])
          // Nothing was met since, so that nothing is written.
          const { ino } = statSync(fileOf(out))
          yield* dataset.publish
          assert.strictEqual(statSync(fileOf(out)).ino, ino)
        }))
      yield* within(out, (dataset) => met(dataset, 9, { id: "b\u0000\"", name: "B", email: null }))
      const { problems, rows } = yield* Verify.folder({ out, tables: all })
      assert.deepStrictEqual([problems, rows["people"]], [[], 3])
    }), 30_000)

  it.scopedLive("keeps the newest name, also where an older record is read later", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const shown = (dataset: Writable, readOn: number, madeOn: number, row: Sighting["row"]) =>
        Effect.zipRight(
          dataset.see({
            source: "allo",
            at: utc(`2026-11-${readOn}T00:00:00Z`),
            sightings: [{ table: people, row, asOf: utc(`2026-11-${madeOn}T00:00:00Z`) }]
          }),
          dataset.publish
        )
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* shown(dataset, 20, 19, { id: "a", name: "Newer", email: null })
          yield* shown(dataset, 21, 10, { id: "a", name: "Older", email: "older@b.c" })
          // One call may bring both, in any order.
          yield* dataset.see({
            source: "allo",
            at: utc("2026-11-21T00:00:00Z"),
            sightings: [19, 12].map((made) => ({
              table: people,
              row: { id: "b", name: `Of ${made}`, email: null },
              asOf: utc(`2026-11-${made}T00:00:00Z`)
            }))
          })
          yield* dataset.publish
        }))
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* shown(dataset, 22, 11, { id: "a", name: "Between", email: "between@b.c" })
          assert.deepStrictEqual(
            (yield* seen(dataset, "people", "id")).map(({ email, name }) => [name, email]),
            [["Newer", "between@b.c"], ["Of 19", null]]
          )
        }))
    }), 30_000)

  it.scopedLive("is published by the next publish where it comes during one", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          const see = (day: number, name: string) =>
            dataset.see({
              source: "allo",
              at: utc(`2026-11-0${day}T00:00:00Z`),
              sightings: [{ table: people, row: { id: "a", name, email: null } }]
            })
          yield* see(5, "A")
          const publishing = yield* Effect.fork(dataset.publish)
          for (let turn = 0; turn < 50; turn++) {
            yield* see(6, `B${turn}`)
            yield* Effect.yieldNow()
          }
          yield* Fiber.join(publishing)
          yield* dataset.publish
          const [row] = yield* seen(dataset, "people", "id")
          assert.deepInclude(row, { name: "B49", first_seen_at: day(5), last_seen_at: day(6) })
        }))
    }), 30_000)

  it.scopedLive("waits in the ledger while its file is damaged", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* met(dataset, 5, { id: "a", name: "A", email: null })
          writeFileSync(fileOf(out), "other")
          const { damaged } = yield* met(dataset, 6, { id: "b", name: "B", email: null })
          assert.deepStrictEqual(damaged.map(({ problem }) => problem.path), [fileOf(out)])
        }))
    }), 30_000)

  it.scopedLive("is not kept for tables that a dataset does not have", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* Effect.flatMap(Dataset, (dataset) => met(dataset, 5, { id: "a", name: "A", email: null })).pipe(
        Effect.provide(Dataset.layer({ out, tables }).pipe(Layer.provide(Disk.layer)))
      )
      assert.isFalse(existsSync(join(out, "people")))
      assert.deepStrictEqual(readdirSync(out), ["_trunkline"])
    }), 30_000)
})
