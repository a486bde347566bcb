/** A dataset is carried to another machine: whole or not at all, and it goes on there as if it had stayed. */
import { assert, describe, it } from "@effect/vitest"
import { DatasetReader, Elsewhere, Ledger, type Restore, Verify } from "@trunkline/dataset"
import type { Writable } from "@trunkline/dataset/Dataset"
import { Disk } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { lasting, layer, push, restore } from "../carrying.js"
import { published } from "../elsewhere.js"
import { state } from "../life.js"
import { live, phases } from "../scenario.js"
import { ended, folder, start } from "../support.js"
import { call, landing, line, november, ofCalls, ofLines, proof, read, tables, within } from "../tables.js"

const withLake = <A, E>(away: string, out: string, use: (dataset: Writable) => Effect.Effect<A, E>) =>
  within(out, use).pipe(Effect.provide(layer(away)))

/** A dataset of one phase, carried away. */
const carried = Effect.gen(function*() {
  const root = yield* folder
  const away = join(root, "away")
  yield* within(join(root, "first"), (dataset) => Effect.zipRight(live(dataset, 1), push(dataset, away)))
  return { root, away, out: join(root, "second") }
})

const restored = (away: string, out: string) => restore(away, out).pipe(Effect.provide(Disk.layer))

describe("a dataset that is carried", () => {
  it.scopedLive("after each night into a fresh folder equals one that stayed", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const away = join(root, "away")
      let last = ""
      for (const phase of phases) {
        const here = join(root, `night-${phase}`)
        if (phase > 0) {
          yield* restored(away, here)
          assert.deepStrictEqual(published(here), [])
        }
        yield* withLake(away, here, (dataset) => Effect.zipRight(live(dataset, phase), push(dataset, away)))
        if (last !== "") rmSync(last, { recursive: true })
        last = here
      }
      const stayed = yield* within(join(root, "stayed"), (dataset) =>
        Effect.zipRight(live(dataset, phases.length), state(dataset)))
      const moved = yield* withLake(away, last, (dataset) =>
        Effect.zipRight(dataset.fetch, state(dataset)))
      assert.deepStrictEqual(moved, stayed)
      assert.deepStrictEqual((yield* Verify.folder({ out: last, tables })).problems, [])
    }), 60_000)

  it.scopedLive("holds no file of another than the ledger, what was chosen, erasure and landings that wait", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const away = join(root, "away")
      const out = join(root, "first")
      yield* within(out, (dataset) => live(dataset, 0))
      for (const name of ["mask.key", "demo.json", "ledger-3.db", "trunkline.sql.partial"]) {
        writeFileSync(join(out, "_trunkline", name), "secret")
      }
      const { parts } = yield* within(out, (dataset) =>
        // Lines whose call is not known wait for it, and come along.
        Effect.zipRight(dataset.land(landing([ofLines(read(2, line("unknown", 0, "one")))])), push(dataset, away)))
      const [ledger, identity, waits, ...more] = parts.map(({ path }) => path)
      assert.deepStrictEqual([ledger, identity, more], ["_trunkline/ledger.db", "_trunkline/dataset.json", []])
      assert.match(waits ?? "", /^_trunkline\/landing\//)
      for (const name of readdirSync(away)) assert.notInclude(readFileSync(join(away, name), "latin1"), "secret")

      yield* restored(away, join(root, "second"))
      yield* withLake(away, join(root, "second"), (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([ofCalls(read(3, call("unknown")))]))
          assert.strictEqual((yield* dataset.publish).waiting, 0)
          yield* dataset.fetch
          const { tables } = yield* state(dataset)
          assert.include(tables["lines"]?.join() ?? "", "unknown")
        }))
    }))

  it.scopedLive("takes along who was erased", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const out = join(root, "first")
      const parts = yield* within(out, (dataset) =>
        Effect.gen(function*() {
          for (const name of ["erase.key", "erased.json"]) writeFileSync(join(out, "_trunkline", name), name)
          return (yield* push(dataset, join(root, "away"))).parts
        }))
      assert.deepStrictEqual(parts.slice(2).map(({ path }) => path), ["_trunkline/erase.key", "_trunkline/erased.json"])
    }))

  it.scopedLive("is one of one moment: what lands meanwhile is no part of it", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const out = join(root, "first")
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* live(dataset, 0)
          yield* dataset.carry(({ own }) =>
            Effect.gen(function*() {
              const path = join(out, own[0]?.path ?? "")
              const before = readFileSync(path)
              assert.strictEqual(before.length, own[0]?.bytes)
              for (let index = 0; index < 300; index++) {
                yield* dataset.land(landing([ofCalls(read(index, call(`m${index}`)))], { proof: proof() }))
              }
              // More than the thousand pages at which SQLite would put them into the file.
              assert.isAbove(statSync(`${path}-wal`).size, 1000 * 4096)
              assert.isTrue(readFileSync(path).equals(before))
            })
          )
        }))
    }), 60_000)

  it.scopedLive("is refused while another program reads old pages of the ledger", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const out = join(root, "first")
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* live(dataset, 0)
          const error = yield* Effect.scoped(Effect.gen(function*() {
            const reader = yield* Ledger.openReader(join(out, "_trunkline/ledger.db"))
            yield* reader.run("BEGIN")
            yield* reader.all(Schema.Struct({ count: Schema.Number }), "SELECT count(*) AS count FROM files")
            yield* dataset.ask("allo", "another", november.from)
            const error = yield* Effect.flip(push(dataset, join(root, "away")))
            yield* reader.run("ROLLBACK")
            return error
          }))
          assert.strictEqual(error._tag, "LedgerInUse")
          yield* push(dataset, join(root, "away"))
        }))
    }), 60_000)

  it.scopedLive("is refused while rows wait because of damage", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const out = join(root, "first")
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* live(dataset, 0)
          writeFileSync(join(out, "calls/source=allo/month=2026-11/data.parquet"), "other")
          yield* dataset.land(landing([ofCalls(read(9, call("n")))]))
          const error = yield* Effect.flip(push(dataset, join(root, "away")))
          assert.strictEqual(error._tag, "Unpublished")
          assert.isFalse(existsSync(join(root, "away")))
        }))
    }))
})

describe("a restore", () => {
  it.scopedLive("is refused where something stands, and leaves it", () =>
    Effect.gen(function*() {
      const { away, out } = yield* carried
      mkdirSync(out)
      writeFileSync(join(out, "mine"), "mine")
      const error = yield* Effect.flip(restored(away, out))
      assert.strictEqual(error._tag, "NotEmpty")
      assert.deepStrictEqual(readdirSync(out), ["mine"])
      rmSync(join(out, "mine"))
      yield* restored(away, out)
      assert.strictEqual((yield* Effect.flip(restored(away, out)))._tag, "NotEmpty")
    }))

  it.scopedLive("of other bytes leaves a folder that says it is half restored, and the next one finishes it", () =>
    Effect.gen(function*() {
      const { away, out } = yield* carried
      const { parts }: { readonly parts: ReadonlyArray<Restore.Part> } = JSON.parse(
        readFileSync(join(away, "manifest.json"), "utf8")
      )
      const ledger = join(away, parts[0]?.sha256 ?? "")
      const bytes = readFileSync(ledger)
      writeFileSync(ledger, Buffer.from(bytes).fill(7, 5000, 5001))
      assert.strictEqual((yield* Effect.flip(restored(away, out)))._tag, "FetchFailed")
      const refused = [
        Effect.flip(withLake(away, out, (dataset) => dataset.rows)),
        Effect.flip(Verify.folder({ out, tables })),
        Effect.flip(Elsewhere.demandAll(out)),
        Effect.flip(Effect.provide(DatasetReader, DatasetReader.layer({ out })))
      ]
      for (const one of refused) assert.strictEqual((yield* one)._tag, "HalfRestored")
      writeFileSync(ledger, bytes)
      yield* restored(away, out)
      yield* withLake(away, out, (dataset) => Effect.asVoid(dataset.fetch))
    }))

  it.scopedLive("killed before each step that lasts is finished by another", () =>
    Effect.gen(function*() {
      const { away, out, root } = yield* carried
      let steps = 0
      yield* restore(away, out).pipe(
        Effect.provide(Disk.layerWatched((step) =>
          Effect.sync(() => {
            if (lasting.has(step)) steps += 1
          })
        ))
      )
      const expected = yield* withLake(away, out, (dataset) => Effect.zipRight(dataset.fetch, state(dataset)))
      assert.isAbove(steps, 15)
      yield* Effect.forEach(Array.from({ length: steps }, (_, index) => index + 1), (nth) =>
        Effect.gen(function*() {
          const killed = join(root, `killed-${nth}`)
          const { errors, signal } = yield* ended(yield* start("restore", [away, killed, String(nth)]))
          assert.deepStrictEqual([signal, errors], ["SIGKILL", ""], `step ${nth}`)
          if (existsSync(join(killed, "_trunkline/restoring.json"))) {
            assert.strictEqual((yield* Effect.flip(Elsewhere.demandAll(killed)))._tag, "HalfRestored")
          }
          // Killed behind its last name it is done.
          const again = yield* Effect.either(restored(away, killed))
          if (again._tag === "Left") assert.deepStrictEqual([again.left._tag, nth], ["NotEmpty", steps])
          assert.deepStrictEqual(
            yield* withLake(away, killed, (dataset) => Effect.zipRight(dataset.fetch, state(dataset))),
            expected,
            `step ${nth}`
          )
          rmSync(killed, { recursive: true })
        }), { concurrency: 2 })
    }), 300_000)
})
