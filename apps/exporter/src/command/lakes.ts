/** What commands do with a lake. */
import { Dataset } from "@trunkline/dataset/Dataset"
import * as Guard from "@trunkline/lake/Guard"
import { Lake } from "@trunkline/lake/Lake"
import { ObjectStore } from "@trunkline/lake/ObjectStore"
import * as State from "@trunkline/lake/State"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Lakes from "../Lakes.js"
import * as Layers from "../Layers.js"
import * as Transfers from "../terminal/Transfers.js"
import * as Asked from "./asked.js"
import type { Chosen } from "./chosenLake.js"

/** A lake that can be reached as far as its settings say. All accounts share its connections and its keys. */
export interface Opened extends Chosen {
  readonly store: ObjectStore["Type"]
}

export const open = (chosen: Chosen) =>
  Effect.gen(function*() {
    const environment = yield* Asked.environment
    const services = yield* Layer.build(Lakes.store({ ...chosen, environment }))
    return { ...chosen, store: Context.get(services, ObjectStore) } satisfies Opened
  })

/** Gives the lake to what works with it, and tells what goes there and comes from there wherever `shown` is asked to. */
export const using = <A, E, R>(
  { store }: Opened,
  work: (shown: Transfers.Transfers["shown"]) => Effect.Effect<A, E, R>
) =>
  Effect.suspend(() => {
    const transfers = Transfers.make(store)
    return Effect.provide(
      work(transfers.shown),
      Layer.provideMerge(Lakes.layer, Layer.succeed(ObjectStore, transfers.store))
    )
  })

/** Of a dataset that no source is read into, with the files that are only in the lake. */
export const datasetOf = (out: string) => Layers.dataset({ out, vendors: { allo: null, allomia: null } })

/** Whose dataset a folder without a configuration is: who it was pushed or restored as. */
export const accountOf = (out: string) => Effect.map(State.accountOf(out), Option.getOrNull)

/** Before the first push to a place: on a store that drops the condition of a write, two machines both win. */
export const prove = Effect.gen(function*() {
  const store = yield* ObjectStore
  const first = yield* Stream.runHead(store.list("state/"))
  if (Option.isNone(first)) yield* Guard.prove(store)
})

/** Pushes an open dataset; then removes what only older versions name. */
export const push = (account: string | null, { retention }: Chosen) =>
  Effect.gen(function*() {
    yield* prove
    const dataset = yield* Dataset
    const lake = yield* Lake
    return yield* dataset.carry((carried) => lake.push({ account, carried, retention }))
  })
