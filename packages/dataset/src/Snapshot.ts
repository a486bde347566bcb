/**
 * Published files as they are at one moment, for queries. DuckDB opens a file several times in the course of a query, and a
 * writer may replace it in between: it would then read the new file by what it knows of the old one.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import * as Layout from "./internal/layout.js"
import { codeOf, onDisk } from "./internal/onDisk.js"

/** A writer that replaces one file after the other leaves time for this between two of them. */
const tries = 20

const inodeOf = async (path: string): Promise<number | null> => {
  try {
    return (await fs.lstat(path)).ino
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return null
    throw cause
  }
}

/** What stands there is a link itself, and would point elsewhere from another folder. */
class NotPlain extends Data.Error {}

/** Makes the folder inside that of the dataset, and none where there is no dataset. */
const makeFolder = async (out: string, folder: string): Promise<void> => {
  if (!(await fs.lstat(join(out, Layout.own))).isDirectory()) throw new NotPlain()
  await fs.mkdir(dirname(folder), { mode: 0o700 }).catch((cause) => {
    if (codeOf(cause) !== "EEXIST") throw cause
  })
  await fs.mkdir(folder, { mode: 0o700 })
}

/** Links all files, and says whether all of them were still there together after the last. */
const link = async (out: string, folder: string, names: ReadonlyArray<string>): Promise<boolean> => {
  const linked = new Map<string, number | null>()
  for (const name of names) {
    const to = join(folder, name)
    await fs.mkdir(dirname(to), { recursive: true })
    await fs.rm(to, { force: true })
    try {
      const from = join(out, name)
      if (!(await fs.lstat(from)).isFile()) throw new NotPlain()
      await fs.link(from, to)
    } catch (cause) {
      // A publish may take away a file after it was listed.
      if (codeOf(cause) !== "ENOENT") throw cause
    }
    linked.set(name, await inodeOf(to))
  }
  for (const [name, inode] of linked) if ((await inodeOf(join(out, name))) !== inode) return false
  return true
}

/**
 * A folder in which these files of a dataset stand under their names until the scope ends. The folder of the dataset itself
 * where that cannot be made, as by a reader who may not write there: then a query may fail while a writer replaces a file.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  out: string,
  /** Paths inside the folder of the dataset. */
  names: ReadonlyArray<string>
): Effect.Effect<string, never, Scope.Scope> => {
  const folder = join(out, Layout.own, Layout.temporary, `reader-${randomUUID()}`)
  const remove = Effect.ignore(onDisk("unlink", folder, () => fs.rm(folder, { recursive: true, force: true })))
  return onDisk("create", folder, async () => {
    await makeFolder(out, folder)
    for (let left = tries; left > 0; left--) if (await link(out, folder, names)) break
    return folder
  }).pipe(
    Effect.onError(() => remove),
    (made) => Effect.acquireRelease(made, () => remove),
    Effect.orElseSucceed(() => out)
  )
}
