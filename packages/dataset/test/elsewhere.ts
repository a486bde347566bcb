/** Takes the published files of a dataset to another folder, and brings them back on demand. */
import { DatasetError, Elsewhere } from "@trunkline/dataset"
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createHash } from "node:crypto"
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"

/** Beside the folder of the dataset. */
export const awayOf = (out: string): string => `${out}-away`

export const published = (out: string): ReadonlyArray<string> =>
  readdirSync(out, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("data.parquet") && !name.startsWith("_trunkline"))
    .toSorted()

/** All of them go, or those that are chosen. The folder says so as after a restore. */
export const carryAway = (out: string, isChosen: (path: string) => boolean = () => true): ReadonlyArray<string> => {
  const away = awayOf(out)
  mkdirSync(away, { recursive: true })
  const files = published(out).filter(isChosen).map((path) => {
    const bytes = readFileSync(join(out, path))
    const sha256 = createHash("sha256").update(bytes).digest("hex")
    renameSync(join(out, path), join(away, sha256))
    return { path, sha256, bytes: bytes.length, name: sha256 }
  })
  writeFileSync(join(out, "_trunkline/elsewhere.json"), JSON.stringify({ place: "a place", files }), { mode: 0o600 })
  writeFileSync(join(out, "INCOMPLETE.txt"), "Files are elsewhere")
  return files.map(({ path }) => path)
}

/** What was fetched is noted, each time. */
export const layer = (out: string, fetched: Array<string> = []): Layer.Layer<Elsewhere.Elsewhere> =>
  Layer.succeed(Elsewhere.Elsewhere, {
    download: (file, to) =>
      Effect.gen(function*() {
        const from = join(awayOf(out), file.name)
        if (!existsSync(from)) {
          return yield* new DatasetError.FetchFailed({ place: "a place", name: file.name, reason: "it is not there" })
        }
        fetched.push(file.path)
        yield* Effect.try({
          try: () => copyFileSync(from, to),
          catch: () => new DiskError({ step: "write", path: to, code: "EIO" })
        })
      })
  })

/** Every file of a folder, by what it holds. */
export const contents = (out: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [relative(out, path), createHash("sha256").update(readFileSync(path)).digest("hex")]
    })
  )
