/** A sandbox, a folder, and runs over both. */
import { NodeHttpClient } from "@effect/platform-node"
import { Account, AlloClient, Conversations } from "@trunkline/allo"
import { AllomiaClient, Calls, Organizations } from "@trunkline/allomia"
import { tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { Disk, ParquetJsLite } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import { Context, Duration, Effect, Layer, Option, Redacted } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Export from "../src/Export.js"
import { Progress } from "../src/Progress.js"
import { Sources } from "../src/Sources.js"
import { Stop } from "../src/Stop.js"

export const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "trunkline-export-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

export interface Keys {
  readonly allo?: string | null
  readonly allomia?: string | null
  readonly organizationIds?: ReadonlyArray<string>
}

/** Both sources of the sandbox, as fast as it answers. */
export const sources = (keys: Keys = {}): Layer.Layer<Sources, never, Sandbox> =>
  Layer.scoped(
    Sources,
    Effect.gen(function*() {
      const sandbox = yield* Sandbox
      const alloKey = keys.allo === undefined ? sandbox.keys.allo : keys.allo
      const allomiaKey = keys.allomia === undefined ? sandbox.keys.allomia : keys.allomia
      const allo = alloKey === null ? null : yield* Layer.build(
        Layer.mergeAll(Conversations.layer, Account.layer).pipe(
          Layer.provideMerge(AlloClient.layer({
            apiKey: Redacted.make(alloKey),
            baseUrl: sandbox.alloUrl,
            timeLimit: "2 seconds"
          }))
        )
      )
      const allomia = allomiaKey === null ? null : yield* Layer.build(
        Layer.mergeAll(Calls.layer, Organizations.layer).pipe(
          Layer.provideMerge(AllomiaClient.layer({
            apiKey: Redacted.make(allomiaKey),
            baseUrl: sandbox.allomiaUrl,
            requestsPerSecond: 100_000,
            timeLimit: "2 seconds"
          }))
        )
      )
      return {
        allo: allo === null ? null : {
          client: Context.get(allo, AlloClient),
          conversations: Context.get(allo, Conversations),
          account: Context.get(allo, Account)
        },
        allomia: allomia === null ? null : {
          client: Context.get(allomia, AllomiaClient),
          calls: Context.get(allomia, Calls),
          organizations: Context.get(allomia, Organizations),
          organizationIds: keys.organizationIds ?? []
        }
      }
    })
  ).pipe(Layer.provide(NodeHttpClient.layerUndici))

export const defaults: Export.Options = {
  runId: "run",
  since: Option.none(),
  until: Option.none(),
  full: false,
  lookback: Duration.days(7),
  transcripts: false,
  details: true,
  contacts: [],
  concurrency: 4
}

let runs = 0

/** One run into a folder, as the command makes it. */
export const run = (out: string, options: Partial<Export.Options> = {}, keys: Keys = {}) =>
  Effect.suspend(() => Export.run({ ...defaults, runId: `run-${++runs}`, ...options })).pipe(
    Effect.provide(Layer.mergeAll(
      sources(keys),
      Stop.layer,
      Progress.layerSilent,
      Dataset.layer({ out, tables, sources: {} }).pipe(Layer.provide(Layer.merge(Disk.layer, ParquetJsLite.layer)))
    ))
  )
