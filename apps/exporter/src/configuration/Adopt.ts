/** Makes a dataset that stands in the folder of all accounts one of them, by renames that can be gone on with. */
import { tables } from "@trunkline/calls/Tables"
import { NoDataset } from "@trunkline/dataset/DatasetError"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import * as Folder from "@trunkline/dataset/Folder"
import * as Lock from "@trunkline/dataset/Lock"
import * as OwnTables from "@trunkline/dataset/OwnTables"
import { DiskError } from "@trunkline/parquet"
import { Disk } from "@trunkline/parquet/Disk"
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { InvalidSetting } from "../Environment.js"
import { folderOf, movingTo } from "./Configuration.js"

/** What belongs to a dataset besides its own folder. What else lies beside it stays where it is. */
const parts = [...[...tables, ...OwnTables.tables].map(({ name }) => name), "trunkline.sql"]

const entries = (folder: string) =>
  Effect.orElseSucceed(Effect.tryPromise(() => fs.readdir(folder)), (): ReadonlyArray<string> => [])

const vendorOf = (source: string): string => source.split("-")[0] ?? source

/** The vendors whose rows a dataset holds, or which it was asked for. */
export const sourcesOf = (dataset: Readable) =>
  Effect.gen(function*() {
    const certificates = yield* dataset.certificates
    const folders = yield* Effect.forEach(parts, (part) => entries(join(dataset.out, part)))
    // Runs are filed under the name of this program.
    const filed = folders.flat().flatMap((name) => /^source=(allo.*)$/.exec(name)?.[1] ?? [])
    return [...new Set([...certificates.map(({ source }) => source), ...filed].map(vendorOf))].toSorted()
  })

const twice = (path: string) =>
  new InvalidSetting({
    name: path,
    reason: "stands there already. Move it away, or name another account"
  })

/** What is of the dataset, from one folder into the other. Each rename is whole, and one that was done is not done again. */
const move = (disk: Disk["Type"], names: ReadonlyArray<string>, { from, to }: { from: string; to: string }) =>
  Effect.gen(function*() {
    const [there, moved] = [yield* entries(from), yield* entries(to)]
    for (const name of names.filter((name) => there.includes(name))) {
      if (moved.includes(name)) return yield* twice(join(to, name))
      yield* disk.rename(join(from, name), join(to, name))
    }
    yield* disk.syncDirectory(to)
    yield* disk.syncDirectory(from)
  })

/** The folder that a killed adoption left, by the name of its account; null where there is none. */
export const halfway = (out: string): Effect.Effect<string | null> =>
  Effect.map(
    entries(out),
    (names) => names.find((name) => name.startsWith(movingTo("")))?.slice(movingTo("").length) ?? null
  )

/**
 * First the ledger goes into a folder that no command reads, so that no other run begins; then the tables; at last that
 * folder gets the name of the account. Killed anywhere in between, the same command goes on.
 */
export const adopt = (out: string, name: string) =>
  Effect.gen(function*() {
    const disk = yield* Disk
    const [from, staging, target] = [out, join(out, movingTo(name)), join(out, folderOf(name))]
    const there = yield* entries(out)
    if (there.includes(folderOf(name))) return yield* twice(target)
    const begun = (yield* entries(staging)).includes(Folder.own)
    if (!begun && !there.includes(Folder.own)) return yield* new NoDataset({ out })
    if (begun && there.includes(Folder.own)) return yield* twice(join(out, Folder.own))
    yield* Effect.tryPromise({
      try: () => fs.mkdir(staging, { recursive: true }),
      catch: () => new DiskError({ step: "create", path: staging, code: "UNKNOWN" })
    })
    if (!begun) {
      const ledger = move(disk, [Folder.own], { from, to: staging })
      // Windows renames no folder of which a file is open.
      yield* process.platform === "win32"
        ? Effect.zipRight(Effect.scoped(Lock.take(out)), ledger)
        : Effect.scoped(Effect.zipRight(Lock.take(out), ledger))
    }
    yield* move(disk, parts, { from, to: staging })
    yield* disk.rename(staging, target)
    yield* disk.syncDirectory(out)
    return target
  })
