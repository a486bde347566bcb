/** Writes the text of the views beside the tables: whole or not at all, and only when it differs. */
import { trunklineSql } from "@trunkline/analytics/trunklineSql"
import { tables } from "@trunkline/calls/Tables"
import * as Folder from "@trunkline/dataset/Folder"
import * as OwnTables from "@trunkline/dataset/OwnTables"
import type { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { attempt } from "./attempt.js"
import * as Folders from "./configuration/Folders.js"

const name = "trunkline.sql"

const write = (path: string, partial: string, text: string): Effect.Effect<void, DiskError> =>
  attempt(path, async () => {
    const there = await fs.lstat(path).catch(() => null)
    // Neither is a pipe waited for, nor is anything written behind a link.
    const before = there?.isFile() === true ? await fs.readFile(path, "utf8").catch(() => null) : null
    if (before === text) return
    await fs.rm(partial, { force: true })
    await fs.writeFile(partial, text, { flag: "wx" })
    await fs.rename(partial, path)
  })

export const writeViews = (
  out: string,
  rows: Readonly<Record<string, number>>
): Effect.Effect<void, DiskError> =>
  write(
    join(out, name),
    join(out, Folder.own, `${name}.partial`),
    trunklineSql({ tables: Object.keys(rows).filter((table) => (rows[table] ?? 0) > 0) })
  )

const holdsRows = (folder: string): Effect.Effect<boolean> =>
  Effect.tryPromise(() => fs.readdir(folder, { recursive: true })).pipe(
    Effect.map((names) => names.some((name) => name.endsWith(".parquet"))),
    Effect.orElseSucceed(() => false)
  )

/** Views over the datasets of all accounts in this folder, those of earlier configurations among them. */
export const writeViewsOfAll = (out: string): Effect.Effect<void, DiskError> =>
  Effect.gen(function*() {
    const names = yield* Effect.orElseSucceed(Effect.tryPromise(() => fs.readdir(out)), (): ReadonlyArray<string> => [])
    const accounts = names.filter((name) => name.startsWith(Folders.ofAccount("")))
    if (accounts.length === 0) return
    const filled = yield* Effect.filter(
      [...tables, ...OwnTables.tables].map(({ name }) => name),
      (table) => Effect.exists(accounts, (account) => holdsRows(join(out, account, table)))
    )
    yield* write(
      join(out, name),
      join(out, `.${name}.${randomUUID()}.partial`),
      trunklineSql({ tables: filled, accounts: true })
    )
  })
