/** Three nights of a small dataset, for processes that are killed in them. */
import { Dataset } from "@trunkline/dataset"
import { rows, type Writable } from "@trunkline/dataset/Dataset"
import type { ObjectStore } from "@trunkline/lake/ObjectStore"
import * as State from "@trunkline/lake/State"
import { Disk } from "@trunkline/parquet"
import * as Table from "@trunkline/parquet/Table"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const Call = Schema.Struct({
  call_id: Schema.String,
  started_at: Schema.DateTimeUtcFromSelf,
  words: Schema.NullOr(Schema.String)
})

const calls = Table.make({
  name: "calls",
  row: Call,
  key: ["call_id"],
  eventTime: "started_at",
  groups: [{ name: "row", columns: ["started_at", "words"] }],
  stamps: []
})

const call = (id: string, month: string, words: string) => ({
  call_id: id,
  started_at: DateTime.unsafeMake(`2026-${month}-05T10:00:00Z`),
  words
})

/** New rows; then a changed one and one of another month; then one that moves to another month. */
const nights = [
  [call("a", "10", "one"), call("b", "11", "two")],
  [call("a", "10", "other words"), call("c", "12", "three")],
  [call("b", "12", "two")]
]

const window = {
  source: "allo",
  scope: "team",
  stream: "items",
  from: DateTime.unsafeMake("2026-10-01T00:00:00Z"),
  to: DateTime.unsafeMake("2027-01-01T00:00:00Z")
}

/** Lives through what of these nights is not done. */
export const live = (dataset: Writable, upTo: number) =>
  Effect.gen(function*() {
    for (const [night, found] of nights.slice(0, upTo + 1).entries()) {
      if (Option.isNone(yield* dataset.fact("allo", "team", `night ${night}`))) {
        const answer = yield* dataset.answer
        yield* dataset.land({
          window,
          proof: null,
          tables: [rows(calls, { groups: ["row"], rows: Stream.fromIterable(found.map((row) => ({ answer, row }))) })],
          runId: `run ${night}`,
          readAt: window.to,
          facts: { [`night ${night}`]: "landed" }
        })
      }
      yield* dataset.publish
    }
  })

/** Every row and what is wrong, once all files are here. */
export const state = (dataset: Writable) =>
  Effect.gen(function*() {
    yield* dataset.fetch
    const relation = Option.getOrElse(yield* dataset.published("calls", "allo"), () => "(SELECT 1 AS call_id)")
    return {
      rows: yield* dataset.session.rows(`SELECT * FROM ${relation} ORDER BY call_id`),
      problems: (yield* dataset.verify).problems
    }
  })

export const account = "paris"

/** The dataset in a folder, which fetches what is in the lake. */
export const opened = <A, E>(
  out: string,
  lake: Layer.Layer<ObjectStore>,
  use: (dataset: Writable) => Effect.Effect<A, E, ObjectStore | Disk>,
  disk: Layer.Layer<Disk> = Disk.layer
) =>
  Effect.flatMap(Dataset, use).pipe(
    Effect.provide(Layer.mergeAll(
      lake,
      disk,
      Dataset.layer({ out, tables: [calls] }).pipe(
        Layer.provide(Disk.layer),
        Layer.provide(State.elsewhere),
        Layer.provide(lake)
      )
    ))
  )

export const pushed = (dataset: Writable) => dataset.carry((carried) => State.push({ account, carried }))

export const restored = (out: string, lake: Layer.Layer<ObjectStore>, disk: Layer.Layer<Disk> = Disk.layer) =>
  State.restore({ account, out }).pipe(Effect.provide(Layer.merge(lake, disk)))
