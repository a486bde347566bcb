/** What commands do with a lake. */
import { Dataset } from "@trunkline/dataset/Dataset"
import { Lake } from "@trunkline/lake/Lake"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Lakes from "../Lakes.js"
import * as Layers from "../Layers.js"
import { Process } from "../Process.js"
import type { Chosen } from "./chosenLake.js"

/** The lake, and the way to files that are only there. */
export const layer = ({ place, server }: Chosen) =>
  Layer.unwrapEffect(Effect.map(Process, ({ variables }) => Lakes.layer(Lakes.store({ place, server, variables }))))

/** Of a dataset that no source is read into, with the files that are only in the lake. */
export const datasetOf = (out: string) => Layers.dataset({ out, vendors: { allo: null, allomia: null } })

/** Pushes an open dataset; then removes what only older versions name. */
export const push = (account: string | null, { retention }: Chosen) =>
  Effect.gen(function*() {
    const dataset = yield* Dataset
    const lake = yield* Lake
    return yield* dataset.carry((carried) => lake.push({ account, carried, retention }))
  })
