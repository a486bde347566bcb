/** Takes what stands in the way of a dataset out of it. Nothing is deleted. */
import type { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import type { Damaged } from "../DatasetError.js"
import * as Layout from "./layout.js"
import { contentOf, makeFolder, onDisk, type Opened, ownPath } from "./opened.js"
import * as Places from "./places.js"

/**
 * Moves it into a folder of `_trunkline`, a file under its content, so that it is found again should it be part of the dataset.
 * Returns where it is now; null where there was nothing.
 */
export const setAside = (
  opened: Pick<Opened, "disk" | "out">,
  path: string,
  /** What its name ends in. */
  end = ".parquet"
): Effect.Effect<string | null, DiskError | Damaged> =>
  Effect.gen(function*() {
    const kind = yield* Places.kindOf(path)
    if (kind === "missing") return null
    const folder = ownPath(opened, Layout.aside)
    yield* makeFolder(opened.disk, opened.out, folder)
    yield* onDisk("create", folder, () => fs.chmod(folder, 0o700))
    const content = kind === "file" ? yield* contentOf(path) : null
    const to = join(folder, content === null || content === "unreadable" ? randomUUID() : `${content}${end}`)
    yield* opened.disk.rename(path, to)
    yield* opened.disk.syncDirectory(folder)
    yield* opened.disk.syncDirectory(dirname(path))
    return to
  })
