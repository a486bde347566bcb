/** What a stranger to this repository writes: an export with proof over the published packages, killed and started again by `run.mjs`. */
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { AlloClient } from "@trunkline/allo"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { Export, Sources } from "@trunkline/export"
import * as AlloSource from "@trunkline/export/allo"
import { Disk } from "@trunkline/parquet"
import { Config, Console, Effect, Layer } from "effect"

const Live = Layer.merge(
  Sources.layer(Effect.all([AlloSource.make])),
  Dataset.layer({ out: "data", tables }).pipe(Layer.provide(Disk.layer))
).pipe(
  Layer.provide(AlloClient.layerConfig({
    apiKey: Config.redacted("ALLO_API_KEY"),
    baseUrl: Config.string("ALLO_BASE_URL")
  })),
  Layer.provide(NodeHttpClient.layerUndici)
)

Export.run().pipe(
  Effect.flatMap((report) => Console.log(JSON.stringify(report))),
  Effect.provide(Live),
  NodeRuntime.runMain
)
