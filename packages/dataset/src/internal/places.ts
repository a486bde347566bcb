/**
 * What stands at the paths of a dataset. Only the folder of the dataset itself may be a symbolic link: nothing inside it is
 * written, read or removed through one, since what lies behind it is not the dataset's.
 */
import type { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Dirent, Stats } from "node:fs"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import { Damaged, HalfRestored } from "../DatasetError.js"
import * as Layout from "./layout.js"
import { codeOf, onDisk } from "./onDisk.js"

export type Kind = "missing" | "folder" | "file" | "symbolic link" | "pipe, socket or device"

const kind = (entry: Stats | Dirent): Kind =>
  entry.isSymbolicLink()
    ? "symbolic link"
    : entry.isDirectory()
    ? "folder"
    : entry.isFile()
    ? "file"
    : "pipe, socket or device"

/**
 * What is found, or null where nothing stands. Below a file nothing stands either. A run asks hundreds of times for what is not
 * there, so that no error is made of it.
 */
const standing = <A>(path: string, look: () => Promise<A>): Effect.Effect<A | null, DiskError> =>
  onDisk("inspect", path, () =>
    look().catch((cause: unknown) => {
      if (["ENOENT", "ENOTDIR"].includes(codeOf(cause))) return null
      throw cause
    }))

/** Links are not followed. */
const statusOf = (path: string): Effect.Effect<Stats | null, DiskError> => standing(path, () => fs.lstat(path))

export const kindOf = (path: string): Effect.Effect<Kind, DiskError> =>
  Effect.map(statusOf(path), (found) => found === null ? "missing" : kind(found))

export interface Entry {
  readonly name: string
  readonly kind: Kind
}

/** What stands in a folder; nothing where there is none. */
export const entriesOf = (folder: string): Effect.Effect<ReadonlyArray<Entry>, DiskError> =>
  Effect.map(
    standing(folder, () => fs.readdir(folder, { withFileTypes: true })),
    (entries) => (entries ?? []).map((entry) => ({ name: entry.name, kind: kind(entry) }))
  )

export const misplaced = (path: string, found: Kind, expected: "folder" | "file"): Damaged =>
  new Damaged({
    path,
    reason: `is a ${found}, and a ${expected} belongs there`,
    todo: found === "symbolic link"
      ? `Put the ${expected} itself there, or link the whole dataset, or run trunkline repair: nothing was read or ` +
        "written through this link"
      : "Move it elsewhere and run again, or run trunkline repair"
  })

/** The same of what no repair takes out of the way. */
const inTheWay = (path: string, found: Kind, expected: "folder" | "file"): Damaged =>
  new Damaged({
    path,
    reason: `is a ${found}, and a ${expected} belongs there`,
    todo: found === "symbolic link"
      ? `Put the ${expected} itself there, or link the whole dataset: nothing was read or written through this link`
      : "Move it elsewhere and run again"
  })

const demanded = (expected: "folder" | "file", path: string): Effect.Effect<Stats | null, DiskError | Damaged> =>
  Effect.filterOrFail(
    statusOf(path),
    (found) => found === null || kind(found) === expected,
    (found) => misplaced(path, found === null ? "missing" : kind(found), expected)
  )

/** Fails where anything else stands there; says whether there is something. */
export const demand = (expected: "folder" | "file", path: string): Effect.Effect<boolean, DiskError | Damaged> =>
  Effect.map(demanded(expected, path), (found) => found !== null)

/**
 * The same for every folder on the way from the dataset to a file in it, and for the file; gives what is known of the file, null
 * where there is none. Many files share folders: `seen` holds those that were found on the way to others just now.
 */
export const demandWithin = (
  out: string,
  path: string,
  seen: Set<string> = new Set()
): Effect.Effect<Stats | null, DiskError | Damaged> => {
  const folders: Array<string> = []
  for (let folder = dirname(path); folder !== out && !seen.has(folder); folder = dirname(folder)) {
    if (folder === dirname(folder)) break
    folders.unshift(folder)
  }
  return Effect.zipRight(
    Effect.forEach(
      folders,
      (folder) => Effect.map(demand("folder", folder), (isThere) => isThere && seen.add(folder)),
      { discard: true }
    ),
    demanded("file", path)
  )
}

/** What this program keeps in `_trunkline`. A name that is not among them is left alone. */
const own: ReadonlyMap<string, "folder" | "file"> = new Map([
  ...[Layout.landing, Layout.publishing, Layout.temporary, Layout.fetching, Layout.aside].map((name) =>
    [name, "folder"] as const
  ),
  // A migration keeps the ledger that it found.
  ...["ledger-1.db", "ledger-1.db.partial"].map((name) => [name, "file"] as const),
  ...[Layout.ledger, Layout.lock].flatMap((name) =>
    ["", "-wal", "-shm", "-journal"].map((end) => [`${name}${end}`, "file"] as const)
  ),
  ...[
    Layout.holder,
    Layout.identity,
    `${Layout.identity}.partial`,
    Layout.elsewhere,
    `${Layout.elsewhere}.partial`,
    Layout.restoring,
    `${Layout.restoring}.partial`,
    Layout.lake,
    `${Layout.lake}.partial`,
    Layout.eraseKey,
    Layout.maskKey,
    `${Layout.eraseKey}.partial`,
    Layout.erasedList,
    `${Layout.erasedList}.partial`,
    "trunkline.sql.partial",
    Layout.demo
  ].map((name) => [name, "file"] as const)
])

/** What stands in `restoring.json`: where what is restored comes from. */
export const Restoring = Schema.parseJson(Schema.Struct({ place: Schema.String }))

/** Fails for a folder whose restore was stopped. */
export const refuseHalf = (out: string): Effect.Effect<void, HalfRestored | DiskError> =>
  Effect.gen(function*() {
    const path = join(out, Layout.own, Layout.restoring)
    if ((yield* kindOf(path)) === "missing") return
    const text = yield* onDisk("inspect", path, () => fs.readFile(path, "utf8"))
    // A crash may have left it empty.
    const place = Option.match(Schema.decodeOption(Restoring)(text), {
      onNone: () => "a lake",
      onSome: (known) => known.place
    })
    return yield* new HalfRestored({ out, place })
  })

/** Before anything is opened: a pipe in the place of a file would be waited for, and a link followed. */
export const checkOwn = (out: string): Effect.Effect<void, DiskError | Damaged | HalfRestored> =>
  Effect.gen(function*() {
    const folder = join(out, Layout.own)
    if (!(yield* demand("folder", folder))) return
    for (const { kind, name } of yield* entriesOf(folder)) {
      const expected = own.get(name)
      if (expected !== undefined && kind !== expected) return yield* inTheWay(join(folder, name), kind, expected)
    }
    yield* refuseHalf(out)
  })

/** Whether a file in `landing` or `publishing` has a name that this program gives. */
const isOwn = (name: string): boolean =>
  /^(?:tmp_|\.trunkline-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[a-z.]+$/.test(name)

/** The files in a folder of `_trunkline` that this program wrote. */
export const ownFilesIn = (folder: string): Effect.Effect<ReadonlyArray<string>, DiskError | Damaged> =>
  Effect.zipRight(
    demand("folder", folder),
    Effect.map(
      entriesOf(folder),
      (entries) => entries.filter(({ kind, name }) => kind === "file" && isOwn(name)).map(({ name }) => name)
    )
  )

/** Anything else there is left where it is, and named. */
export const nameOthers = (folder: string): Effect.Effect<void, DiskError> =>
  Effect.flatMap(entriesOf(folder), (entries) =>
    Effect.forEach(
      entries.filter(({ kind, name }) => kind !== "file" || !isOwn(name)),
      ({ kind, name }) =>
        Effect.logWarning(`A ${kind} that this program did not write is left alone. Move it elsewhere`).pipe(
          Effect.annotateLogs({ path: join(folder, name) })
        ),
      { discard: true }
    ))
