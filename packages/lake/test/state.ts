/** Nights of a small dataset, each of which ends with a push. */
import type { Writable } from "@trunkline/dataset/Dataset"
import type { ObjectStore } from "@trunkline/lake/ObjectStore"
import * as State from "@trunkline/lake/State"
import { Disk } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { live } from "../../dataset/test/scenario.js"
import { within } from "../../dataset/test/tables.js"

export const account = "paris"

/** Opens a dataset that fetches what is in the lake. */
export const opened = <A, E>(
  out: string,
  lake: Layer.Layer<ObjectStore>,
  use: (dataset: Writable) => Effect.Effect<A, E, ObjectStore | Disk>
) =>
  within(out, (dataset) => use(dataset).pipe(Effect.provide(Layer.merge(lake, Disk.layer)))).pipe(
    Effect.provide(Layer.provide(State.elsewhere, lake))
  )

export const pushed = (dataset: Writable) => dataset.carry((carried) => State.push({ account, carried }))

/** Lives up to a phase, and pushes. */
export const night = (out: string, lake: Layer.Layer<ObjectStore>, phase: number) =>
  opened(out, lake, (dataset) => Effect.zipRight(live(dataset, phase), pushed(dataset)))

export const restored = (out: string, lake: Layer.Layer<ObjectStore>) =>
  State.restore({ account, out }).pipe(Effect.provide(Layer.merge(lake, Disk.layer)))

export const latest = (lake: Layer.Layer<ObjectStore>) => State.latest(account).pipe(Effect.provide(lake))
