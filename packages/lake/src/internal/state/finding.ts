/** The newest push of an account, as the lake has it. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Service } from "../../ObjectStore.js"
import * as Manifest from "./manifest.js"

/** Its number; 0 where there is none. What is older than `from` is not listed. */
export const newest = (store: Service, prefix: string, from: number) =>
  Stream.runFold(
    store.list(Manifest.manifestsOf(prefix), from > 1 ? { after: Manifest.keyOf(prefix, from - 1) } : {}),
    0,
    (found, { key }) => Math.max(found, Manifest.numberOf(key) ?? 0)
  )

/** Whether a push before this one is there still. */
export const hasOlder = (store: Service, prefix: string, number: number) =>
  Effect.map(
    Stream.runHead(store.list(Manifest.manifestsOf(prefix))),
    Option.exists(({ key }) => (Manifest.numberOf(key) ?? number) < number)
  )

/** Null where there is none, or no longer. */
export const at = (store: Service, prefix: string, number: number) =>
  Effect.catchTag(
    Manifest.read(store, Manifest.keyOf(prefix, number)),
    "ObjectMissing",
    () => Effect.succeed(null)
  )
