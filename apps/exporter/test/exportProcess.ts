/**
 * One run in a process of its own, which ends itself before a named step where it is told to: a folder, the sandbox it reads,
 * and the step. Says `begun` once it reads, and its report at the end.
 */
import { tables } from "@trunkline/calls"
import { Dataset, Points } from "@trunkline/dataset"
import { Disk, ParquetJsLite } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import { Effect, Layer } from "effect"
import { relative, sep } from "node:path"
import * as Export from "../src/Export.js"
import { Progress } from "../src/Progress.js"
import { Stop } from "../src/Stop.js"
import { defaults, sources } from "./support.js"

export interface Job {
  readonly out: string
  readonly runId: string
  readonly allo: { readonly url: string; readonly key: string }
  readonly allomia: { readonly url: string; readonly key: string }
  /** Its n-th step of this name is its last, and is not taken. */
  readonly end: { readonly step: string; readonly occurrence: number } | null
  /** Says every step it takes. */
  readonly telling: boolean
}

const placeOf = (out: string, path: string): string => {
  const [first, second] = relative(out, path).split(sep)
  return first !== "_trunkline" ? "partition" : second === "landing" || second === "publishing" ? second : "folder"
}

const main = (job: Job) => {
  let seen = 0
  const before = (step: string) =>
    Effect.sync(() => {
      if (job.telling) process.stdout.write(`step ${step}\n`)
      if (job.end === null || step !== job.end.step) return
      seen += 1
      // Not a moment later: no finalizer runs, and nothing is flushed.
      if (seen === job.end.occurrence) process.kill(process.pid, "SIGKILL")
    })
  // Nobody here asks for more of a sandbox than where it is.
  const elsewhere = Layer.effect(
    Sandbox,
    Effect.map(Sandbox, (sandbox) => ({
      ...sandbox,
      alloUrl: job.allo.url,
      allomiaUrl: job.allomia.url,
      keys: { ...sandbox.keys, allo: job.allo.key, allomia: job.allomia.key }
    }))
  ).pipe(Layer.provide(Sandbox.layer({ size: 100, allomiaCalls: 0, movement: false })))
  const telling = Layer.effect(
    Progress,
    Effect.map(Progress, (silent) => ({
      ...silent,
      phase: (source, phase) =>
        Effect.sync(() => {
          if (phase === "connecting") process.stdout.write(`begun ${source}\n`)
        })
    }))
  ).pipe(Layer.provide(Progress.layerSilent))
  return Effect.flatMap(
    Export.run({ ...defaults, runId: job.runId }),
    (report) => Effect.sync(() => process.stdout.write(`report ${JSON.stringify(report)}\n`))
  ).pipe(Effect.provide(Layer.mergeAll(
    sources().pipe(Layer.provide(elsewhere)),
    Stop.layer,
    telling,
    Dataset.layer({ out: job.out, tables }).pipe(
      Layer.provide(ParquetJsLite.layer),
      Layer.provide(
        Disk.layerWatched((step, path) =>
          step === "inspect" ? Effect.void : before(`${placeOf(job.out, path)} ${step}`)
        )
      ),
      Layer.provide(Layer.succeed(Points, before))
    )
  )))
}

const [, , text] = process.argv
if (text !== undefined && text.startsWith("{")) Effect.runFork(Effect.scoped(main(JSON.parse(text))))
