/** Writes the text of the views beside the tables: whole or not at all, and only when it differs. */
import { trunklineSql } from "@trunkline/analytics/trunklineSql"
import * as Folder from "@trunkline/dataset/Folder"
import type { DiskError } from "@trunkline/parquet"
import type * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { attempt } from "./attempt.js"

const name = "trunkline.sql"

export const writeViews = (
  out: string,
  rows: Readonly<Record<string, number>>
): Effect.Effect<void, DiskError> => {
  const text = trunklineSql({ tables: Object.keys(rows).filter((table) => (rows[table] ?? 0) > 0) })
  const path = join(out, name)
  const partial = join(out, Folder.own, `${name}.partial`)
  return attempt(path, async () => {
    const there = await fs.lstat(path).catch(() => null)
    // Neither is a pipe waited for, nor is anything written behind a link.
    const before = there?.isFile() === true ? await fs.readFile(path, "utf8").catch(() => null) : null
    if (before === text) return
    await fs.rm(partial, { force: true })
    await fs.writeFile(partial, text, { flag: "wx" })
    await fs.rename(partial, path)
  })
}
