/** Lakes of which every request is counted, and may fail before or after it had its effect. */
import * as FolderStore from "@trunkline/lake/FolderStore"
import { ObjectStore, type Service } from "@trunkline/lake/ObjectStore"
import { Disk, DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

export interface Request {
  readonly name: keyof Service
  readonly key: string
}

export const broken = new DiskError({ step: "write", path: "the lake", code: "EIO" })

/** What happens before and after each request of a store. */
export interface Watch {
  readonly before?: (request: Request) => Effect.Effect<void, DiskError>
  readonly after?: (request: Request) => Effect.Effect<void, DiskError>
}

const nothing = () => Effect.void

export const watched = (store: Service, { after = nothing, before = nothing }: Watch): Service => {
  const around = <A, E>(name: keyof Service, key: string, effect: Effect.Effect<A, E>) =>
    before({ name, key }).pipe(Effect.zipRight(effect), Effect.zipLeft(after({ name, key })))
  return {
    place: store.place,
    read: (key, options) => around("read", key, store.read(key, options)),
    range: (key, range) => around("range", key, store.range(key, range)),
    download: (key, path) => around("download", key, store.download(key, path)),
    put: (key, bytes) => around("put", key, store.put(key, bytes)),
    putIfAbsent: (key, bytes) => around("putIfAbsent", key, store.putIfAbsent(key, bytes)),
    upload: (key, path) => around("upload", key, store.upload(key, path)),
    list: (prefix, options) =>
      Stream.unwrap(Effect.map(
        around("list", prefix, Stream.runCollect(store.list(prefix, options))),
        (found) => Stream.fromChunk(found)
      )),
    remove: (key) => around("remove", key, store.remove(key))
  }
}

export const lakeOf = (folder: string, watch: Watch = {}): Layer.Layer<ObjectStore> =>
  Layer.effect(ObjectStore, Effect.map(FolderStore.make(folder), (store) => watched(store, watch))).pipe(
    Layer.provide(Disk.layer)
  )

/** Requests that a lake gets, in their order. */
export const counted = (folder: string) => {
  const requests: Array<Request> = []
  return { requests, layer: lakeOf(folder, { before: (request) => Effect.sync(() => requests.push(request)) }) }
}

/** The n-th request fails, from 1 on, before or after it has its effect. */
export const failing = (folder: string, nth: number, when: "before" | "after") => {
  let seen = 0
  const fail = (request: Request) => {
    seen += 1
    return seen === nth ? Effect.zipRight(Effect.logDebug(request.name), broken) : Effect.void
  }
  return {
    layer: lakeOf(folder, { [when]: fail }),
    reached: () => seen >= nth
  }
}
