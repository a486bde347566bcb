/** A whole export into a dataset, composed from the packages as their README says. */
import { NodeHttpClient } from "@effect/platform-node"
import { AlloClient } from "@trunkline/allo"
import { AllomiaClient } from "@trunkline/allomia"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { Export, Sources } from "@trunkline/export"
import * as AlloSource from "@trunkline/export/allo"
import * as AllomiaSource from "@trunkline/export/allomia"
import { Disk, ParquetJsLite } from "@trunkline/parquet"
import { DateTime, Effect, Layer, Redacted } from "effect"
import { setFlagsFromString } from "node:v8"
import { measured } from "./processes.js"
import { isKind, type Kind } from "./world.js"

export interface Ours {
  readonly exitCode: number
  readonly problems: ReadonlyArray<string>
  readonly calls: number
  readonly new: number
  readonly updated: number
  readonly requests: number
}

const [, , kind, url = "", out = "", since = ""] = process.argv
const apiKey = Redacted.make("ak_live_0123456789abcdef")

// As the command does, which has neighbours.
setFlagsFromString("--heap-growing-percent=50")

const sources = (kind: Kind) =>
  kind === "calls"
    ? Sources.layer(Effect.all([AllomiaSource.make])).pipe(
      Layer.provide(AllomiaClient.layer({ apiKey, baseUrl: `${url}/api`, requestsPerSecond: 1_000_000 }))
    )
    : Sources.layer(Effect.all([AlloSource.make])).pipe(Layer.provide(AlloClient.layer({ apiKey, baseUrl: url })))

const exported = (kind: Kind) =>
  Export.run({
    since: DateTime.unsafeMake(Number(since)),
    transcripts: kind === "transcripts"
  }).pipe(
    Effect.map((report): Ours => ({
      exitCode: report.exitCode,
      problems: report.problems.map(({ message }) => message),
      calls: report.rows["calls"] ?? 0,
      new: report.new,
      updated: report.updated,
      requests: report.requests.total
    })),
    Effect.provide(Layer.merge(
      sources(kind).pipe(Layer.provide(NodeHttpClient.layerUndici)),
      Dataset.layer({ out, tables }).pipe(Layer.provide([Disk.layer, ParquetJsLite.layer]))
    ))
  )

if (isKind(kind)) await measured(() => Effect.runPromise(exported(kind)))
