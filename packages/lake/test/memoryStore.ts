/** A place for objects in memory, whose every request a test may fail, stop or hold. */
import { ApiError } from "@trunkline/http"
import { take } from "@trunkline/parquet/Disk"
import { Clock, DateTime, Effect, Stream } from "effect"
import { createHash } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import { byBytes, checkKey, checkPrefix } from "../src/internal/objectKey.js"
import { ObjectExists, ObjectMissing, TooLarge } from "../src/LakeError.js"
import { checkRange, type Listed, type Service, type Stored, type StoreError } from "../src/ObjectStore.js"

export interface Request {
  readonly step: "read" | "download" | "put" | "putIfAbsent" | "upload" | "list" | "remove"
  readonly key: string
}

/** Does the work of a request, or does not, or says that it did not. */
export type Around = <A, E>(request: Request, work: Effect.Effect<A, E>) => Effect.Effect<A, E | StoreError>

export const plain: Around = (_, work) => work

export interface Memory {
  readonly objects: Map<string, { readonly bytes: Uint8Array; readonly modifiedAt: number }>
  /** The same objects, as another process sees them. */
  readonly seen: (around: Around) => Service
}

export const outage: StoreError = new ApiError.ServerFault({ operation: "ObjectStore.put", status: 503 })

const place = "memory"
const limitOf = 64 * 1024 * 1024

export const make = (): Memory => {
  const objects: Memory["objects"] = new Map()
  const bytesAt = (key: string) =>
    Effect.flatMap(checkKey(key), () => {
      const found = objects.get(key)
      return found === undefined ? Effect.fail(new ObjectMissing({ place, key })) : Effect.succeed(found.bytes)
    })
  const put = (key: string, bytes: Uint8Array) =>
    Effect.zipWith(checkKey(key), Clock.currentTimeMillis, (_, modifiedAt) => {
      objects.set(key, { bytes: bytes.slice(), modifiedAt })
    })
  const stored = (bytes: Uint8Array): Stored => ({
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex")
  })
  const listed = (prefix: string, after: string | undefined): ReadonlyArray<Listed> =>
    [...objects]
      .filter(([key]) => key.startsWith(prefix) && (after === undefined || byBytes(key, after) > 0))
      .toSorted(([left], [right]) => byBytes(left, right))
      .map(([key, { bytes, modifiedAt }]) => ({
        key,
        bytes: bytes.length,
        modifiedAt: DateTime.unsafeMake(modifiedAt)
      }))
  return {
    objects,
    seen: (around) => ({
      place,
      read: (key, { limit = limitOf } = {}) =>
        around(
          { step: "read", key },
          Effect.flatMap(bytesAt(key), (bytes) =>
            bytes.length > limit ? Effect.fail(new TooLarge({ place, key, limit })) : Effect.succeed(bytes))
        ),
      range: (key, { bytes, from }) =>
        Effect.zipRight(
          checkRange({ bytes, from }),
          around({ step: "read", key }, Effect.map(bytesAt(key), (found) => found.slice(from, from + bytes)))
        ),
      download: (key, path) =>
        around(
          { step: "download", key },
          Effect.flatMap(
            bytesAt(key),
            (bytes) => Effect.as(take("write", path, () => writeFile(path, bytes)), stored(bytes))
          )
        ),
      put: (key, bytes) => around({ step: "put", key }, put(key, bytes)),
      putIfAbsent: (key, bytes) =>
        around(
          { step: "putIfAbsent", key },
          Effect.flatMap(Effect.sync(() => objects.has(key)), (taken): Effect.Effect<void, ObjectExists | StoreError> =>
            taken ? Effect.fail(new ObjectExists({ place, key })) : put(key, bytes))
        ),
      upload: (key, path) =>
        around(
          { step: "upload", key },
          Effect.flatMap(
            Effect.zipRight(checkKey(key), take("inspect", path, () => readFile(path))),
            (bytes) => Effect.as(put(key, bytes), stored(bytes))
          )
        ),
      list: (prefix, { after } = {}) =>
        Stream.unwrap(Effect.map(
          around({ step: "list", key: prefix }, Effect.map(checkPrefix(prefix), () => listed(prefix, after))),
          Stream.fromIterable
        )),
      remove: (key) => around({ step: "remove", key }, Effect.map(checkKey(key), () => void objects.delete(key)))
    })
  }
}
