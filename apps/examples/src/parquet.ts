/** Every call of an Allo account in one Parquet file, without the exporter. */
import { Conversations } from "@trunkline/allo"
import { Disk, ParquetFile, ParquetJsLite } from "@trunkline/parquet"
import { Duration, Effect, Layer, Schema, Stream } from "effect"

const Call = Schema.Struct({
  id: Schema.String,
  started_at: Schema.DateTimeUtcFromSelf,
  seconds: Schema.NullOr(Schema.Number),
  result: Schema.NullOr(Schema.String),
  summary: Schema.NullOr(Schema.String),
  tags: Schema.Array(Schema.String)
})

/** The file appears when it is whole; a failure leaves nothing of it. */
export const download = (path: string) =>
  Stream.unwrap(Effect.map(Conversations, (conversations) => conversations.items({ type: "CALL" }))).pipe(
    Stream.map(({ date, duration, id, result, summary, tags }) => {
      const seconds = duration === null ? null : Duration.toSeconds(duration)
      return { id, started_at: date, seconds, result, summary, tags }
    }),
    Stream.run(ParquetFile.sink(Call, { path })),
    Effect.provide(Layer.merge(ParquetJsLite.layer, Disk.layer))
  )
