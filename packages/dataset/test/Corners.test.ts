/** Corners in which rows were lost, doubled or held back. */
import { assert, describe, it } from "@effect/vitest"
import { Dataset } from "@trunkline/dataset"
import { rows } from "@trunkline/dataset/Dataset"
import { Disk } from "@trunkline/parquet"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { folder } from "./support.js"
import {
  call,
  calls,
  groups,
  landing,
  line,
  november,
  ofCalls,
  ofLines,
  proof,
  read,
  seen,
  tables,
  utc,
  within
} from "./tables.js"

describe("a dataset", () => {
  it.scopedLive("publishes while a window is still landing, and loses neither", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([ofCalls(read(1, call("a")))], { proof: proof() }))
          const begun = yield* Deferred.make<void>()
          const onward = yield* Deferred.make<void>()
          const slow = Stream.fromIterable(read(2, call("b"))).pipe(
            Stream.tap(() => Effect.zipRight(Deferred.succeed(begun, undefined), Deferred.await(onward)))
          )
          const landingNow = yield* Effect.fork(
            dataset.land({ ...landing([]), tables: [rows(calls, { groups, rows: slow })] })
          )
          yield* Deferred.await(begun)
          yield* dataset.publish
          yield* Deferred.succeed(onward, undefined)
          yield* Fiber.join(landingNow)
          yield* dataset.publish
          assert.deepStrictEqual((yield* seen(dataset, "calls", "call_id")).map((row) => row["call_id"]), ["a", "b"])
          assert.deepStrictEqual((yield* dataset.verify).problems, [])
        }))
    }))

  it.scopedLive("never shows lines that a newer answer emptied, wherever their call has moved since", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const december = { started_at: utc("2026-12-03T00:00:00Z") }
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          const steps = [
            landing([ofCalls(read(1, call("a"))), ofLines(read(1, line("a", 0, "first")))]),
            landing([ofLines([], [{ answer: 5, of: ["a"] }])]),
            landing([ofCalls(read(6, call("a", december)))]),
            landing([ofLines(read(3, line("a", 0, "stale")))])
          ]
          for (const step of steps) {
            yield* dataset.land(step)
            yield* dataset.publish
          }
          assert.deepStrictEqual(yield* seen(dataset, "lines", "call_id"), [])
        }))
    }))

  it.scopedLive("shows a call in one month or the other when its move is interrupted", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.land(landing([ofCalls(read(1, call("a"), call("b")))]))
          yield* dataset.publish
          for (let turn = 0; turn < 8; turn++) {
            const month = turn % 2 === 0 ? "12" : "11"
            yield* dataset.land(landing([
              ofCalls(read(10 + turn, call("a", { started_at: utc(`2026-${month}-03T00:00:00Z`) })))
            ]))
            const publishing = yield* Effect.fork(dataset.publish)
            yield* Effect.sleep(turn * 7)
            yield* Fiber.interrupt(publishing)
            assert.deepStrictEqual((yield* seen(dataset, "calls", "call_id")).map((row) => row["call_id"]), ["a", "b"])
          }
        }))
    }))

  it.scopedLive("whose ledger is gone is not written to, for its rows would stand twice", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.zipRight(dataset.land(landing([ofCalls(read(1, call("a")))])), dataset.publish))
      rmSync(join(out, "_trunkline"), { recursive: true })
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(Dataset.layer({ out, tables }).pipe(Layer.provide(Disk.layer))))
      )
      assert.strictEqual(error._tag, "OtherLedger")
      assert.include(error.message, "no ledger")
    }))

  it.scopedLive("counts all rows of a landing, also of two readings of one table", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          const landed = yield* dataset.land(landing([
            ofCalls(read(1, call("a"), call("b")), ["list"]),
            ofCalls(read(2, call("a")), groups)
          ]))
          assert.deepStrictEqual(landed.rows, { calls: 3 })
        }))
    }))

  it.scopedLive("takes no source that would name a folder elsewhere", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          for (const source of ["../../evil", "a/b", "", "..", "A"]) {
            const exit = yield* Effect.exit(
              dataset.land(landing([ofCalls(read(1, call("a")))], { window: { ...november, source } }))
            )
            assert.isTrue(Exit.isFailure(exit), source)
          }
        }))
    }))
})
