/** Nights of an account for processes that are killed in them. The tenth ends with a checkpoint and a vacuum. */
import { Dataset } from "@trunkline/dataset"
import { rows, type Writable } from "@trunkline/dataset/Dataset"
import * as OwnTables from "@trunkline/dataset/OwnTables"
import { Lake } from "@trunkline/lake/Lake"
import type { ObjectStore } from "@trunkline/lake/ObjectStore"
import * as State from "@trunkline/lake/State"
import { Disk } from "@trunkline/parquet"
import * as Table from "@trunkline/parquet/Table"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const calls = Table.make({
  name: "calls",
  row: Schema.Struct({
    call_id: Schema.String,
    started_at: Schema.DateTimeUtcFromSelf,
    words: Schema.NullOr(Schema.String)
  }),
  key: ["call_id"],
  eventTime: "started_at",
  groups: [{ name: "row", columns: ["started_at", "words"] }],
  stamps: []
})

const contacts = Table.make({
  name: "contacts",
  row: Schema.Struct({ contact: Schema.String, words: Schema.NullOr(Schema.String) }),
  key: ["contact"],
  groups: [{ name: "row", columns: ["words"] }],
  stamps: []
})

export const tables: ReadonlyArray<Table.Any> = [calls, contacts]

/** Each night changes a call of two months and a contact, and adds one. The same night once more changes no row. */
const landNight = (dataset: Writable, night: number) =>
  Effect.gen(function*() {
    const words = `of night ${night}`
    const at = (month: string) => DateTime.unsafeMake(`2026-${month}-05T10:00:00Z`)
    const part = <Row extends object>(table: Table.Table<Row>, ...found: ReadonlyArray<Row>) =>
      rows(table, { groups: ["row"], rows: Stream.fromIterable(found.map((row) => ({ answer: night, row }))) })
    yield* dataset.land({
      window: { source: "allo", scope: "team", stream: "items", from: at("10"), to: at("12") },
      proof: null,
      tables: [
        part(
          calls,
          { call_id: "a", started_at: at("10"), words },
          { call_id: "b", started_at: at("11"), words },
          { call_id: `new-${night}`, started_at: at("11"), words }
        ),
        part(contacts, { contact: "x", words }, { contact: `new-${night}`, words })
      ],
      runId: `run ${night}`,
      readAt: at("12")
    })
    yield* dataset.publish
  })

export interface Machine {
  readonly out: string
  readonly lake: Layer.Layer<ObjectStore>
  readonly account?: string
  readonly disk?: Layer.Layer<Disk>
}

const lakeLayer = ({ disk = Disk.layer, lake, out }: Machine) =>
  Layer.merge(
    Lake.layer({ tables: [...tables, ...OwnTables.tables], temporary: `${out}-temporary` }),
    State.elsewhere
  ).pipe(Layer.provideMerge(Layer.merge(lake, disk)))

/** Lives a night, and pushes it. A tenth push removes all older versions. */
export const night = (machine: Machine, of: number, begin: Effect.Effect<void> = Effect.void) =>
  Effect.gen(function*() {
    const dataset = yield* Dataset
    const lake = yield* Lake
    yield* landNight(dataset, of)
    yield* begin
    const account = machine.account ?? "paris"
    return yield* dataset.carry((carried) => lake.push({ account, carried, retention: 0 }))
  }).pipe(
    Effect.provide(Dataset.layer({ out: machine.out, tables })),
    Effect.provide(lakeLayer(machine))
  )

export const restore = (machine: Machine) =>
  Effect.flatMap(Lake, ({ restore }) => restore({ account: machine.account ?? "paris", out: machine.out })).pipe(
    Effect.provide(lakeLayer(machine))
  )
