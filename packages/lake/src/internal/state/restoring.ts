/** Files of `_trunkline` put together from packs. Each pack is fetched once; one segment is in memory at a time. */
import type { DiskError } from "@trunkline/parquet"
import { take } from "@trunkline/parquet/Disk"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createHash, randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { gunzip } from "node:zlib"
import type { ObjectMissing } from "../../LakeError.js"
import type { Service, StoreError } from "../../ObjectStore.js"
import { DamagedState } from "../../StateError.js"
import * as Manifest from "./manifest.js"

const opening = (path: string, flags: string): Effect.Effect<fs.FileHandle, DiskError, Scope.Scope> =>
  Effect.acquireRelease(
    take(flags === "r" ? "inspect" : "create", path, () => fs.open(path, flags, 0o600)),
    (handle) => Effect.ignore(take("inspect", path, () => handle.close()))
  )

/** Packs of a push as files, each of which is fetched when it is needed first, and removed with the scope. */
export const make = (store: Service, { own, packs, segments }: Manifest.Manifest) =>
  Effect.gen(function*() {
    const { place } = store
    const fetched = new Map<number, string>()

    const fetch = (number: number, { key, sha256 }: Manifest.Pack, folder: string) =>
      Effect.gen(function*() {
        const there = fetched.get(number)
        if (there !== undefined) return there
        const path = join(folder, `${randomUUID()}.pack`)
        const stored = yield* store.download(key, path)
        if (stored.sha256 !== sha256) return yield* new DamagedState({ place, key, reason: "is not what was pushed" })
        fetched.set(number, path)
        return path
      })

    yield* Effect.addFinalizer(() =>
      Effect.forEach([...fetched.values()], (path) =>
        Effect.ignore(take("unlink", path, () => fs.rm(path, { force: true }))), { discard: true })
    )

    /** Writes the file with this path to another one, which is not there yet. */
    const assemble = (
      path: string,
      to: string
    ): Effect.Effect<void, DamagedState | ObjectMissing | StoreError> =>
      Effect.scoped(Effect.gen(function*() {
        const file = own.find((one) =>
          one.path === path
        )
        const target = yield* opening(to, "wx")
        /** By pack, so that each is opened once: which segment stands where in the file. */
        const wanted = new Map<number, Array<readonly [segment: Manifest.Segment, at: number]>>()
        for (const [place, index] of (file?.segments ?? []).entries()) {
          const segment = segments[index]
          if (segment === undefined) continue
          const found = wanted.get(segment[1]) ?? []
          found.push([segment, place * Manifest.segmentBytes])
          wanted.set(segment[1], found)
        }
        for (const [number, places] of wanted) {
          const pack = packs[number]
          if (pack === undefined) continue
          const from = yield* fetch(number, pack, dirname(to))
          yield* Effect.scoped(Effect.gen(function*() {
            const source = yield* opening(from, "r")
            for (const [[hash, , offset, length], at] of places) {
              const compressed = Buffer.alloc(length)
              yield* take("inspect", from, () => source.read(compressed, 0, length, offset))
              const damaged = () => new DamagedState({ place, key: pack.key, reason: "is not what was pushed" })
              const bytes = yield* Effect.tryPromise({
                try: () => promisify(gunzip)(compressed, { maxOutputLength: Manifest.segmentBytes }),
                catch: damaged
              })
              if (createHash("sha256").update(bytes).digest("hex") !== hash) return yield* damaged()
              yield* take("write", to, () => target.write(bytes, 0, bytes.length, at))
            }
          }))
        }
        yield* take("sync", to, () => target.sync())
      }))
    return { assemble }
  })
