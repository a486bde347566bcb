/** Folders of the bench: one of its own for each piece of work, and the files that lie in it. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A folder that is gone afterwards. */
export const inFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-bench-"))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export interface File {
  readonly path: string
  readonly bytes: number
  /** Another one where the file was written again. */
  readonly inode: number
}

/** Parquet files below a folder, which may not be there. */
export const parquetFiles = (folder: string): ReadonlyArray<File> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".parquet"))
    .map((path) => {
      const { ino, size } = statSync(join(folder, path))
      return { path, bytes: size, inode: ino }
    })
