/** Exports with proof, composed from the engine: stop one at any moment and start it again. */
import { Calls, tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { Export, Rows, Sources } from "@trunkline/export"
import * as AlloSource from "@trunkline/export/allo"
import { Disk, Table } from "@trunkline/parquet"
import { Effect, Layer, Schema } from "effect"

/** Some lines of an Allo account, into a folder. */
export const linesOf = (out: string, numbers: readonly [string, ...Array<string>]) =>
  Export.run().pipe(Effect.provide(Layer.merge(
    Sources.layer(Effect.all([AlloSource.ofLines(numbers)])),
    Dataset.layer({ out, tables }).pipe(Layer.provide(Disk.layer))
  )))

/** A table of our own. */
export const talks = Table.make({
  name: "talks",
  row: Schema.Struct({ id: Schema.String, at: Schema.DateTimeUtcFromSelf, minutes: Schema.NullOr(Schema.Number) }),
  key: ["id"],
  eventTime: "at",
  groups: [{ name: "row", columns: ["at", "minutes"] }]
})

const talkOf = ({ call_id: id, duration_seconds: seconds, started_at: at }: Calls.Row) => ({
  table: talks,
  groups: ["row"],
  row: { id, at, minutes: seconds === null ? null : seconds / 60 }
})

/** The whole account, into a folder with that table. */
export const talksOf = (out: string) =>
  Export.run().pipe(Effect.provide(Layer.merge(
    Sources.layer(Effect.map(AlloSource.make, (source) => [
      Rows.map(source, (entry) => Rows.of(Calls.table)(entry).map(talkOf))
    ])),
    Dataset.layer({ out, tables: [talks] }).pipe(Layer.provide(Disk.layer))
  )))
