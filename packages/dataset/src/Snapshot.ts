/**
 * Published files as they are at one moment, for queries. DuckDB opens a file several times in the course of a query, and a
 * writer may replace it in between: it would then read the new file by what it knows of the old one.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import { demandAll, type NotWhole } from "./Elsewhere.js"
import * as Layout from "./internal/layout.js"
import { codeOf, onDisk } from "./internal/onDisk.js"

/** Between two tries. A publish may replace thousands of files one after the other, and ends. */
const pauses = { first: Duration.millis(10), longest: Duration.millis(500) }

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
      // A publish took the file away after it was listed.
      if (codeOf(cause) === "ENOENT") return false
      throw cause
    }
    linked.set(name, await inodeOf(to))
  }
  for (const [name, inode] of linked) if ((await inodeOf(join(out, name))) !== inode) return false
  return true
}

/**
 * Files, and the folder in which they stand under their names.
 *
 * @since 0.1.0
 * @category models
 */
export interface Snapshot {
  readonly folder: string
  readonly names: ReadonlyArray<string>
}

const same = (some: ReadonlyArray<string>, others: ReadonlyArray<string>): boolean =>
  some.length === others.length && some.every((name, index) => name === others[index])

/**
 * The files of a dataset as they were together at one moment, until the scope ends: while a writer replaces them it tries again.
 * The files themselves where they cannot be linked, as by a reader who may not write there: then a query may fail while a writer
 * replaces a file. It fails where published files are elsewhere, whatever is listed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E>(
  out: string,
  /** Lists them, as paths inside the folder of the dataset. */
  list: Effect.Effect<ReadonlyArray<string>, E>
): Effect.Effect<Snapshot, E | NotWhole, Scope.Scope> => {
  const folder = join(out, Layout.own, Layout.temporary, `reader-${randomUUID()}`)
  const remove = Effect.ignore(onDisk("unlink", folder, () => fs.rm(folder, { recursive: true, force: true })))
  const attempt = (pause: Duration.Duration): Effect.Effect<Snapshot, E> =>
    Effect.gen(function*() {
      const names = yield* list
      const linked = yield* Effect.option(onDisk("create", folder, () => link(out, folder, names)))
      if (linked._tag === "None") return { folder: out, names }
      // A file that appeared meanwhile may hold rows of one that was listed.
      if (linked.value && same(names, yield* list)) return { folder, names }
      yield* Effect.sleep(pause)
      return yield* attempt(Duration.min(Duration.times(pause, 2), pauses.longest))
    })
  const made = Effect.acquireRelease(
    Effect.isSuccess(onDisk("create", folder, () => makeFolder(out, folder))),
    () => remove
  )
  // First: a file that is here now is listed afterwards.
  return Effect.zipRight(demandAll(out), made).pipe(
    Effect.flatMap((made) =>
      made ? attempt(pauses.first) : Effect.map(list, (names): Snapshot => ({ folder: out, names }))
    )
  )
}
