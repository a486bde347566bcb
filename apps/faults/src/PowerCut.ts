/** A disk that forgets what was not synced: bytes of files, and names in folders. */
import { Disk } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import type { Dice } from "../../../packages/export/test/fixtures/dice.js"

type Before = (
  step: string
) => Effect.Effect<void, Effect.Effect.Error<ReturnType<Parameters<typeof Disk.layerWatched>[0]>>>

/** Whether what became of a name is kept, though its folder was not synced since. */
export type IsKept = (path: string) => boolean

/** SQLite syncs its own files, and every one of its commits. */
const ownSyncs = /^(ledger|lock)[^/]*\.db/

const namesIn = (folder: string): ReadonlyMap<string, number> =>
  new Map(
    existsSync(folder)
      ? readdirSync(folder).map((name) => [name, statSync(join(folder, name)).ino])
      : []
  )

/** The bytes of a file that was not synced: none, some, all, or as many that are nothing. */
const cutShort = (bytes: Buffer, random: Dice): Buffer =>
  [
    Buffer.alloc(0),
    bytes.subarray(0, random.below(bytes.length + 1)),
    bytes,
    Buffer.alloc(bytes.length)
  ][random.below(4)] ?? bytes

/** What a folder would be after a power cut follows from its steps. `shadow` keeps files whose names were taken. */
export const make = (out: string, shadow: string) => {
  mkdirSync(shadow)
  /** Files whose bytes last. */
  const synced = new Set<number>()
  /** Names that last, by folder. */
  const lasting = new Map<string, ReadonlyMap<string, number>>()

  const noteFile = (path: string): void => {
    if (existsSync(path)) synced.add(statSync(path).ino)
  }
  const noteNames = (folder: string): void => {
    const names = namesIn(folder)
    lasting.set(folder, names)
    for (const [name, inode] of names) {
      const kept = join(shadow, String(inode))
      if (statSync(join(folder, name)).isFile() && !existsSync(kept)) linkSync(join(folder, name), kept)
    }
  }

  const layer = (before: Before): Layer.Layer<Disk> =>
    Layer.effect(
      Disk,
      Effect.map(Disk, (disk) =>
        Disk.of({
          ...disk,
          create: (path) =>
            Effect.map(disk.create(path), (file) => ({
              ...file,
              sync: Effect.tap(file.sync, () => Effect.sync(() => noteFile(path)))
            })),
          sync: (path) => Effect.tap(disk.sync(path), () => Effect.sync(() => noteFile(path))),
          syncDirectory: (path) => Effect.tap(disk.syncDirectory(path), () => Effect.sync(() => noteNames(path)))
        }))
    ).pipe(Layer.provide(Disk.layerWatched((step) => before(step))))

  const copy = (from: string, to: string, random: Dice, isKept: IsKept): void => {
    mkdirSync(to, { recursive: true })
    const [now, then] = [namesIn(from), lasting.get(from) ?? new Map<string, number>()]
    for (const name of new Set([...now.keys(), ...then.keys()])) {
      const path = join(from, name)
      if (ownSyncs.test(name)) {
        if (now.has(name)) copyFileSync(path, join(to, name))
        continue
      }
      const [current, lasts] = [now.get(name), then.get(name)]
      const chosen = current === lasts || isKept(path) ? current : lasts
      if (chosen === undefined) continue
      const isNow = chosen === current
      if (isNow && statSync(path).isDirectory()) {
        copy(path, join(to, name), random, isKept)
        continue
      }
      const kept = isNow ? path : join(shadow, String(chosen))
      if (!existsSync(kept)) continue
      if (synced.has(chosen)) copyFileSync(kept, join(to, name))
      else writeFileSync(join(to, name), cutShort(readFileSync(kept), random))
    }
  }

  return {
    layer,
    /** Makes the folder as it would be had the power been cut now. */
    into: (after: string, random: Dice, isKept: IsKept = () => random.chance(0.5)): void =>
      copy(out, after, random, isKept)
  }
}
