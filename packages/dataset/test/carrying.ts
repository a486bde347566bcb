/** Carries a dataset into a folder that plays the lake, and from there into another folder. */
import { type Carried, DatasetError, Elsewhere, Restore } from "@trunkline/dataset"
import type { Writable } from "@trunkline/dataset/Dataset"
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createHash } from "node:crypto"
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** Steps that change what is there after a power cut. */
export const lasting: ReadonlySet<string> = new Set(["sync", "rename", "syncDirectory", "unlink"])

interface Manifest {
  readonly id: string
  readonly files: ReadonlyArray<Elsewhere.File>
  readonly parts: ReadonlyArray<Restore.Part>
}

const kept = (away: string, from: string): string => {
  const sha256 = createHash("sha256").update(readFileSync(from)).digest("hex")
  copyFileSync(from, join(away, sha256))
  return sha256
}

/** What is carried of a dataset, which stands in `away` afterwards. */
export const push = (dataset: Writable, away: string) =>
  dataset.carry(({ files, id, out, own }: Carried.Carried) =>
    Effect.sync(() => {
      mkdirSync(away, { recursive: true })
      const manifest: Manifest = {
        id,
        files: files.map(({ bytes, elsewhere, path, sha256 }) => ({
          path,
          bytes,
          sha256,
          name: elsewhere ?? kept(away, join(out, path))
        })),
        parts: own.map(({ bytes, path }) => ({ path, bytes, sha256: kept(away, join(out, path)) }))
      }
      writeFileSync(join(away, "manifest.json"), JSON.stringify(manifest))
      return manifest
    })
  )

const download = (away: string, name: string, to: string) =>
  Effect.gen(function*() {
    if (!existsSync(join(away, name))) {
      return yield* new DatasetError.FetchFailed({ place: away, name, reason: "it is not there" })
    }
    yield* Effect.try({
      try: () => copyFileSync(join(away, name), to),
      catch: () => new DiskError({ step: "write", path: to, code: "EIO" })
    })
  })

export const restore = (away: string, out: string) =>
  Effect.suspend(() => {
    const { files, id, parts }: Manifest = JSON.parse(readFileSync(join(away, "manifest.json"), "utf8"))
    return Restore.restore({
      out,
      id,
      place: away,
      files,
      parts,
      lake: "{}",
      download: ({ sha256 }, to) => download(away, sha256, to)
    })
  })

export const layer = (away: string, fetched: Array<string> = []): Layer.Layer<Elsewhere.Elsewhere> =>
  Layer.succeed(Elsewhere.Elsewhere, {
    download: ({ name, path }, to) => Effect.zipRight(Effect.sync(() => fetched.push(path)), download(away, name, to))
  })
