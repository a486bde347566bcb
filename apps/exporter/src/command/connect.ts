/** `trunkline connect`: a database file with the views, for programs that open one. */
import * as Folder from "@trunkline/dataset/Folder"
import * as Effect from "effect/Effect"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { attempt } from "../attempt.js"
import { printJson, printLines } from "../terminal/Output.js"
import * as Asked from "./asked.js"
import { checkFolder } from "./sql.js"

/** Writes the database of one dataset, and returns the tables that have files. */
export const write = (out: string, file: string) =>
  Effect.gen(function*() {
    yield* checkFolder(out)
    const { write } = yield* Effect.promise(() => import("@trunkline/analytics/Database"))
    const own = join(out, Folder.own)
    // A folder of tables that was copied without its ledger has no place of its own.
    const place = yield* attempt(own, () => fs.stat(own)).pipe(
      Effect.as(own),
      Effect.orElseSucceed(() => out)
    )
    const partial = join(place, `${Folder.database}.${randomUUID()}.partial`)
    return yield* Effect.gen(function*() {
      const tables = yield* write({ folder: out, file: partial })
      // Who has the old file open goes on reading it.
      yield* attempt(file, () => fs.rename(partial, file))
      // Changes to the old file that DuckDB has not merged into it do not belong to the new one.
      yield* attempt(file, () => fs.rm(`${file}.wal`, { force: true }))
      return tables
    }).pipe(
      Effect.ensuring(
        Effect.forEach(["", ".wal"], (end) =>
          Effect.ignore(attempt(partial, () => fs.rm(partial + end, { force: true }))))
      )
    )
  })

export const run = (flags: Asked.OfDataset) =>
  Effect.gen(function*() {
    const out = yield* Asked.out(flags.out)
    const file = join(out, Folder.database)
    const tables = yield* write(out, file)
    if (flags.json) yield* printJson({ file, tables, out, exitCode: 0, problems: [] })
    else yield* printLines([file])
    return 0 as const
  })
