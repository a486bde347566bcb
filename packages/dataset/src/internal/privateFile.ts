/** Files of `_trunkline` that only their owner reads, and that are there whole or not at all. */
import type { Disk, DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { dirname } from "node:path"
import { onDisk } from "./onDisk.js"

/** A file that is not there yet, whose bytes last. */
export const create = (disk: Disk["Type"], path: string, text: string): Effect.Effect<void, DiskError> =>
  Effect.scoped(Effect.gen(function*() {
    const file = yield* disk.create(path)
    yield* onDisk("write", path, () => fs.chmod(path, 0o600))
    yield* file.write(new TextEncoder().encode(text))
    yield* file.sync
  }))

/** Takes the place of what is there. */
export const replace = (disk: Disk["Type"], path: string, text: string): Effect.Effect<void, DiskError> =>
  Effect.gen(function*() {
    const partial = `${path}.partial`
    yield* disk.unlink(partial)
    yield* create(disk, partial, text)
    yield* disk.rename(partial, path)
    yield* disk.syncDirectory(dirname(path))
  })
