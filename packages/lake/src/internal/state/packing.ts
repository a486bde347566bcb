/** Files of `_trunkline` as segments: those that no earlier push has go into one new pack. One segment is in memory at a time. */
import type { Own as CarriedOwn } from "@trunkline/dataset/Carried"
import { Damaged } from "@trunkline/dataset/DatasetError"
import { type DiskError, WholeFile } from "@trunkline/parquet"
import { take } from "@trunkline/parquet/Disk"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Manifest from "./manifest.js"

/** So many packs are read by a restore, about. */
const mostPacks = 16

const liveIn = ({ packs, segments }: Pick<Manifest.Manifest, "packs" | "segments">) => {
  const live = packs.map((pack) => ({ ...pack, live: 0 }))
  for (const [, pack, , bytes] of segments) {
    const one = live[pack]
    if (one !== undefined) one.live += bytes
  }
  return live
}

/** Packs in which nothing is dead: of what was taken out of the ledger, they hold nothing. */
export const whole = (packed: Pick<Manifest.Manifest, "packs" | "segments">): ReadonlySet<string> =>
  new Set(liveIn(packed).flatMap(({ bytes, key, live }) => live === bytes ? [key] : []))

/** Packs that are worth keeping: one that is mostly dead is not, and neither are the smallest ones where there are too many. */
const worthOf = ({ own, packs, segments }: Manifest.Manifest): ReadonlySet<string> => {
  const used = new Set(own.flatMap(({ segments }) => segments))
  const live = liveIn({ packs, segments: segments.filter((_, index) => used.has(index)) })
  const worth = live.filter(({ bytes, live }) => live * 2 >= bytes).toSorted((left, right) => right.live - left.live)
  const stay = worth.length < mostPacks ? worth : worth.slice(0, mostPacks / 2)
  return new Set(stay.map(({ key }) => key))
}

/** Segments that need not be sent. What lives in other packs is sent again, from the ledger that is here. */
const kept = (former: Manifest.Manifest | null, only: ReadonlySet<string> | null) => {
  if (former === null) return new Map<string, Manifest.Segment>()
  const stay = only ?? worthOf(former)
  return new Map(
    former.segments.filter(([, pack]) => stay.has(former.packs[pack]?.key ?? "")).map((segment) =>
      [segment[0], segment] as const
    )
  )
}

export interface Packed {
  readonly own: ReadonlyArray<Manifest.Own>
  readonly packs: ReadonlyArray<Manifest.Pack>
  readonly segments: ReadonlyArray<Manifest.Segment>
  /** Null where nothing is new. */
  readonly pack: WholeFile.Written | null
}

const reading = (path: string) =>
  Effect.acquireRelease(
    take("inspect", path, () => fs.open(path, "r")),
    (handle) => Effect.ignore(take("inspect", path, () => handle.close()))
  )

/** Fills the buffer as far as the file goes. */
const fill = (handle: fs.FileHandle, path: string, buffer: Buffer): Effect.Effect<number, DiskError> =>
  take("inspect", path, async () => {
    let filled = 0
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return filled
  })

/** Writes the new pack to this file. */
export const pack = (
  { former, key, only = null, out, own, path }: {
    readonly out: string
    readonly own: ReadonlyArray<CarriedOwn>
    readonly former: Manifest.Manifest | null
    /** Packs of it that may be kept, by their keys; null for those that are worth it. */
    readonly only?: ReadonlySet<string> | null
    readonly path: string
    /** What the pack will be called in the lake. */
    readonly key: string
  }
) =>
  Effect.gen(function*() {
    const known = kept(former, only)
    const file = yield* WholeFile.create(path)
    const fresh = "new"
    /** By hash: where each segment stands; in the new pack where it says so. */
    const places = new Map<string, readonly [pack: number | typeof fresh, from: number, bytes: number, index: number]>()
    let written = 0
    const buffer = Buffer.alloc(Manifest.segmentBytes)
    const place = (bytes: Buffer) =>
      Effect.gen(function*() {
        const hash = createHash("sha256").update(bytes).digest("hex")
        const there = places.get(hash)
        if (there !== undefined) return there[3]
        const index = places.size
        const segment = known.get(hash)
        if (segment !== undefined) {
          places.set(hash, [segment[1], segment[2], segment[3], index])
          return index
        }
        const compressed = gzipSync(bytes, { level: 6 })
        yield* file.write(compressed)
        places.set(hash, [fresh, written, compressed.length, index])
        written += compressed.length
        return index
      })
    const owned = yield* Effect.forEach(own, ({ bytes, path }) =>
      Effect.scoped(Effect.gen(function*() {
        const whole = createHash("sha256")
        const segments: Array<number> = []
        const handle = yield* reading(join(out, path))
        for (let read = 0;;) {
          const filled = yield* fill(handle, path, buffer)
          read += filled
          if (filled > 0) {
            const some = buffer.subarray(0, filled)
            whole.update(some)
            segments.push(yield* place(some))
          }
          if (filled === buffer.length) continue
          if (read !== bytes) return yield* new Damaged({ path: join(out, path), reason: "changed while it was read" })
          return { path, bytes, sha256: whole.digest("hex"), segments }
        }
      })))
    const packed = written === 0 ? null : yield* file.finish(() => Effect.void)
    // Packs of which nothing is left are named no longer.
    const used = new Set([...places.values()].map(([pack]) => pack))
    const stay = (former?.packs ?? []).flatMap((pack, index) => used.has(index) ? [{ ...pack, index }] : [])
    const numbers = new Map<number | typeof fresh, number>([
      ...stay.map(({ index }, number) => [index, number] as const),
      [fresh, stay.length]
    ])
    const result: Packed = {
      own: owned,
      packs: [
        ...stay.map(({ bytes, key, sha256 }) => ({ key, bytes, sha256 })),
        ...packed === null ? [] : [{ key, bytes: packed.bytes, sha256: packed.sha256 }]
      ],
      segments: [...places].map(([hash, [pack, from, bytes]]) => [hash, numbers.get(pack) ?? 0, from, bytes] as const),
      pack: packed
    }
    return result
  })
