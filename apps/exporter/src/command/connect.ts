/** `trunkline connect`: a database file with the views, for programs that open one. */
import * as Folder from "@trunkline/dataset/Folder"
import * as Effect from "effect/Effect"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { attempt } from "../attempt.js"
import * as Folders from "../configuration/Folders.js"
import { printJson, printLines } from "../terminal/Output.js"
import { over } from "./sql.js"
import type * as Subject from "./subject.js"
import { InvalidFlag } from "./values.js"

/** Writes the database of one dataset, or of those of all accounts in this folder, and returns the tables that have files. */
const write = (out: string, file: string, accounts: boolean) =>
  Effect.gen(function*() {
    const { write } = yield* Effect.promise(() => import("@trunkline/analytics/Database"))
    // DuckDB writes beside a file, under a name that is wrong where the path holds a `?`. So it is not made in the dataset.
    const workshop = yield* Effect.acquireRelease(
      attempt(tmpdir(), () => fs.mkdtemp(join(tmpdir(), "trunkline-"))),
      (folder) => Effect.ignore(attempt(folder, () => fs.rm(folder, { recursive: true, force: true })))
    )
    const made = join(workshop, Folder.database)
    const tables = yield* write({ folder: out, file: made, accounts })
    const own = join(out, Folder.own)
    // The folder of all accounts has no place of its own, nor have tables that were copied without their ledger.
    const place = yield* attempt(own, () => fs.stat(own)).pipe(
      Effect.as(own),
      Effect.orElseSucceed(() => out)
    )
    const partial = join(place, `${Folder.database}.${randomUUID()}.partial`)
    yield* Effect.addFinalizer(() => Effect.ignore(attempt(partial, () => fs.rm(partial, { force: true }))))
    yield* attempt(partial, () => fs.copyFile(made, partial))
    // Who has the old file open goes on reading it.
    yield* attempt(file, () => fs.rename(partial, file))
    // Changes to the old file that DuckDB has not merged into it do not belong to the new one.
    yield* attempt(file, () => fs.rm(`${file}.wal`, { force: true }))
    return tables
  }).pipe(Effect.scoped)

export const run = (flags: Subject.OfSubject) =>
  Effect.gen(function*() {
    if (flags.account.length > 1) {
      return yield* new InvalidFlag({ flag: "--account", reason: "is given twice. Name one, or none for all of them" })
    }
    const { accounts, folder } = yield* over(flags)
    const [account] = flags.account
    const out = account === undefined ? folder : join(folder, Folders.ofAccount(account))
    const file = join(out, Folder.database)
    const tables = yield* write(out, file, accounts !== undefined && account === undefined)
    if (flags.json) yield* printJson({ file, tables, out, exitCode: 0, problems: [] })
    else yield* printLines([file])
    return 0 as const
  })
