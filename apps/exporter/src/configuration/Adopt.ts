/** Makes a dataset in the folder of all accounts an account, or two, by source. Killed at any step, it can be gone on with. */
import { declaration } from "@trunkline/calls/Personal"
import { tables } from "@trunkline/calls/Tables"
import { NoDataset } from "@trunkline/dataset/DatasetError"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import * as Division from "@trunkline/dataset/Division"
import * as Folder from "@trunkline/dataset/Folder"
import * as Lock from "@trunkline/dataset/Lock"
import * as OwnTables from "@trunkline/dataset/OwnTables"
import { Disk } from "@trunkline/parquet/Disk"
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { attempt } from "../attempt.js"
import { InvalidSetting } from "../Environment.js"
import * as Folders from "./Folders.js"

export type Vendor = "allo" | "allomia"

const tableNames = [...tables, ...OwnTables.tables].map(({ name }) => name)

const views = "trunkline.sql"

/** It names files by their old paths. `trunkline connect` writes it anew. */
const databases = [Folder.database, `${Folder.database}.wal`]

/** In the folder of an adoption: the ledger of a dataset that was divided. */
const divided = "before"

/** Old histories of Allo have a source of their own. */
const vendorOf = (source: string): Vendor | null =>
  source === "allomia" ? "allomia" : source === "allo" || source.startsWith("allo-") ? "allo" : null

/** The vendors whose rows a dataset holds, or which it was asked for. */
export const vendorsOf = (dataset: Readable) =>
  Effect.map(
    dataset.sources,
    (sources): ReadonlyArray<Vendor> => [...new Set(sources.flatMap((source) => vendorOf(source) ?? []))].toSorted()
  )

export interface Part {
  readonly name: string
  readonly source: Vendor
}

/** The accounts that a dataset becomes. One of both vendors becomes two. */
export const partsOf = (name: string, vendors: ReadonlyArray<Vendor>): ReadonlyArray<Part> =>
  vendors.length > 1
    ? vendors.map((source) => ({ name: `${name}-${source}`, source }))
    : vendors.map((source) => ({ name, source }))

/** Where the dataset is: `whole` in the folder itself, or in the folder of an adoption that was killed. */
export interface Standing {
  readonly stands: "nowhere" | "whole" | "moving" | "divided"
  /** Under which name an adoption began. */
  readonly name: string | null
}

export const standing = (out: string): Effect.Effect<Standing> =>
  Effect.gen(function*() {
    const there = yield* Folders.entries(out)
    const name = Folders.adoption(there)
    const done = name === null ? [] : yield* Folders.entries(join(out, Folders.ofAdoption(name)))
    return {
      name,
      stands: there.includes(Folder.own)
        ? "whole"
        : done.includes(Folder.own)
        ? "moving"
        // The last step of a division takes away the old ledger, and then the folder.
        : name !== null
        ? "divided"
        : "nowhere"
    }
  })

const twice = (path: string) =>
  new InvalidSetting({
    name: path,
    reason: "stands there already. Move it away, or name another account"
  })

const remove = (path: string) => attempt(path, () => fs.rm(path, { recursive: true, force: true }), "unlink")

/** Moves what belongs to the dataset from one folder into the other. Each rename is whole, and none is done twice. */
const move = (names: ReadonlyArray<string>, { from, to }: { readonly from: string; readonly to: string }) =>
  Effect.gen(function*() {
    const disk = yield* Disk
    const [there, moved] = [yield* Folders.entries(from), yield* Folders.entries(to)]
    for (const name of names.filter((name) => there.includes(name))) {
      if (moved.includes(name)) return yield* twice(join(to, name))
      yield* disk.rename(join(from, name), join(to, name))
    }
    yield* disk.syncDirectory(to)
    yield* disk.syncDirectory(from)
  })

/** Takes the ledger away from where commands look for it, once all before is done. No other process writes meanwhile. */
const takeLedger = <E, R>(out: string, to: string, before: Effect.Effect<void, E, R>) => {
  const rename = Effect.gen(function*() {
    const disk = yield* Disk
    yield* disk.rename(join(out, Folder.own), join(out, to))
    yield* disk.syncDirectory(out)
  })
  // Windows renames no folder that holds an open file.
  return process.platform === "win32"
    ? Effect.zipRight(Effect.scoped(Effect.zipRight(Lock.take(out), before)), rename)
    : Effect.scoped(Effect.zipRight(Lock.take(out), Effect.zipRight(before, rename)))
}

/** Writes a copy of the dataset for each part, which keeps its own source. Nothing finds the copies before they are moved. */
const divide = (out: string, staging: string, parts: ReadonlyArray<Part>) =>
  Effect.gen(function*() {
    const disk = yield* Disk
    for (const { name, source } of parts) {
      const to = join(staging, Folders.ofAccount(name))
      yield* Division.copy({ from: out, to, tables })
      yield* Division.keep({ out: to, tables, people: declaration, keeps: (one) => vendorOf(one) === source })
    }
    yield* disk.syncDirectory(staging)
  })

/** The parts get their names, and the files of the old dataset go: each part has a name of its own for them. */
const finishDivision = (out: string, staging: string) =>
  Effect.gen(function*() {
    const disk = yield* Disk
    const copies = (yield* Folders.entries(staging)).filter((name) => name.startsWith(Folders.ofAccount("")))
    yield* move(copies, { from: staging, to: out })
    for (const table of tableNames) {
      const folder = join(out, table)
      const files = (yield* Folders.entries(folder)).filter((name) => name.startsWith("source="))
      yield* Effect.forEach(files, (name) => remove(join(folder, name)), { discard: true })
      // Files of somebody else in it stay.
      yield* Effect.ignore(attempt(folder, () => fs.rmdir(folder), "unlink"))
      yield* disk.syncDirectory(out)
    }
    yield* Effect.forEach([views, ...databases], (name) => disk.unlink(join(out, name)), { discard: true })
    yield* remove(staging)
    yield* disk.syncDirectory(out)
  })

/**
 * `ready` runs before anything changes, when nothing is in the way any more. Up to the rename of the ledger the dataset stands
 * as before; from then on the same command goes on.
 */
export const adopt = <E, R>(
  out: string,
  { name, parts, ready }: {
    readonly name: string
    readonly parts: ReadonlyArray<Part>
    readonly ready: Effect.Effect<void, E, R>
  }
) =>
  Effect.gen(function*() {
    const disk = yield* Disk
    const staging = join(out, Folders.ofAdoption(name))
    const { stands } = yield* standing(out)
    const there = yield* Folders.entries(out)
    const targets = parts.map((part) => Folders.ofAccount(part.name))
    if (stands === "nowhere") return yield* new NoDataset({ out })
    if (stands === "whole") {
      const taken = targets.find((target) => there.includes(target))
      if (taken !== undefined) return yield* twice(join(out, taken))
      const begun = yield* Folders.entries(staging)
      if (begun.includes(Folder.own) || begun.includes(divided)) return yield* twice(join(out, Folder.own))
      const isDivided = parts.length > 1
      const before = Effect.gen(function*() {
        // A division that was killed before it took the ledger begins anew.
        yield* remove(staging)
        yield* ready
        yield* attempt(staging, () => fs.mkdir(staging), "create")
        if (isDivided) yield* divide(out, staging, parts)
        yield* disk.syncDirectory(out)
      })
      yield* takeLedger(out, join(Folders.ofAdoption(name), isDivided ? divided : Folder.own), before)
    }
    if (stands === "divided" || parts.length > 1) yield* finishDivision(out, staging)
    else {
      const [target = ""] = targets
      yield* move([...tableNames, views], { from: out, to: staging })
      yield* Effect.forEach(databases, (name) => disk.unlink(join(out, name)), { discard: true })
      if (there.includes(target)) return yield* twice(join(out, target))
      yield* disk.rename(staging, join(out, target))
      yield* disk.syncDirectory(out)
    }
    return targets.map((target) => join(out, target))
  })
