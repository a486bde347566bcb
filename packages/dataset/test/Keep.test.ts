/** Rows past what is kept leave with the next publish, and nothing speaks of them any more. */
import { assert, describe, it } from "@effect/vitest"
import { Keep } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { activeAt, assertKept, at, fill, ids, keep, kept, now, problems } from "./keeping.js"
import { folder } from "./support.js"
import { call, landing, ofCalls, read, seen, utc, within } from "./tables.js"

const counted = (out: string) =>
  within(out, (dataset) => Effect.map(seen(dataset, "calls", "call_id"), (rows) => rows.map((row) => row["call_id"])))

describe("what is older than is kept", () => {
  it.scoped(
    "leaves with the next publish, whole months and rows, and is spoken of nowhere",
    () =>
      Effect.gen(function*() {
        const out = yield* folder
        yield* at(now)
        yield* within(out, fill)
        assert.deepStrictEqual(yield* counted(out), ids)
        yield* within(out, (dataset) => Effect.zipRight(dataset.publish, assertKept(dataset)), { keep, activeAt })
        assert.isFalse(existsSync(join(out, "calls/source=allo/month=2026-08")))
        assert.isFalse(existsSync(join(out, "certificates/source=allo/month=2026-09")))
        assert.deepStrictEqual(yield* problems(out), [])
      }),
    60_000
  )

  it.scoped("does not come back, and each later run goes on without being asked", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* at(now)
      yield* within(out, (dataset) => Effect.zipRight(fill(dataset), dataset.publish), { keep, activeAt })
      yield* within(out, (dataset) =>
        Effect.gen(function*() {
          yield* dataset.ask("allo", "team", utc("2026-01-01T00:00:00Z"))
          assert.strictEqual(
            Option.getOrThrow(yield* dataset.since("allo", "team")).toString(),
            utc("2026-10-12T00:00:00Z").toString()
          )
          yield* dataset.land(landing([ofCalls(read(2, call("late", { started_at: utc("2026-09-05T00:00:00Z") })))]))
          yield* dataset.publish
          yield* assertKept(dataset)
        }), { activeAt })
      yield* at(utc("2027-01-20T00:00:00Z"))
      yield* within(out, (dataset) => dataset.publish, { activeAt })
      assert.deepStrictEqual(yield* counted(out), ["2026-11-25"])
      assert.deepStrictEqual(yield* problems(out), [])
    }), 60_000)

  it.scoped("stays from the moment on that all is to be kept", () =>
    Effect.gen(function*() {
      const out = yield* folder
      yield* at(now)
      yield* within(out, (dataset) => Effect.zipRight(fill(dataset), dataset.publish), { keep, activeAt })
      yield* at(utc("2027-06-20T00:00:00Z"))
      yield* within(out, (dataset) => dataset.publish, { keep: Keep.forever, activeAt })
      yield* within(out, (dataset) => dataset.publish, { activeAt })
      assert.deepStrictEqual(yield* counted(out), kept)
    }), 60_000)
})

it("a length of time is read strictly", () => {
  const day = (text: string) =>
    Keep.isKeep(text)
      ? Option.match(Keep.before(text, now), { onNone: () => "all", onSome: DateTime.formatIso })
      : "refused"
  assert.deepStrictEqual(
    ["24mo", "2y", "30d", "7d", "forever", "6d", "0mo", "2", "mo", "2 y", "-2y", "51y", "99999y"].map(day),
    [
      "2024-12-10T00:00:00.000Z",
      "2024-12-10T00:00:00.000Z",
      "2026-11-10T00:00:00.000Z",
      "2026-12-03T00:00:00.000Z",
      "all",
      ...Array.from({ length: 8 }, () => "refused")
    ]
  )
})
