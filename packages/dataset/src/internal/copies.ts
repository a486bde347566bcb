/** Published rows that land once more, changed by a query. */
import type { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { Damaged, type LedgerError, type QueryError } from "../DatasetError.js"
import type { Statements } from "../Ledger.js"
import type { Connection, Parameter } from "../Session.js"
import * as Layout from "./layout.js"
import { hashOf, onDisk, type Opened, ownPath, type Shelf } from "./opened.js"
import * as Sql from "./sql.js"

/** A file that no landing names yet: without one, the next start removes it. */
export interface Copy {
  readonly file: string
  readonly sha256: string
  readonly rows: number
  readonly bytes: number
  readonly groups: ReadonlyArray<string>
}

const Copied = Schema.Struct({ Count: Schema.NumberFromString })

/** Null where the query has no rows. */
export const write = (
  opened: Opened,
  connection: Connection,
  { groups, parameters, query }: {
    readonly groups: ReadonlyArray<string>
    readonly query: string
    readonly parameters?: ReadonlyArray<Parameter>
  }
): Effect.Effect<Copy | null, DiskError | Damaged | QueryError> => {
  const file = `${randomUUID()}.parquet`
  const path = ownPath(opened, Layout.landing, file)
  return Effect.gen(function*() {
    const [copied] = yield* connection.all(Copied, `COPY (${query}) TO ${Sql.text(path)} (FORMAT parquet)`, parameters)
    const rows = copied?.Count ?? 0
    if (rows === 0) {
      yield* Effect.ignore(opened.disk.unlink(path))
      return null
    }
    yield* onDisk("write", path, () => fs.chmod(path, 0o600))
    yield* opened.disk.sync(path)
    yield* opened.disk.syncDirectory(ownPath(opened, Layout.landing))
    const sha256 = yield* hashOf(path)
    const { size } = yield* onDisk("inspect", path, () => fs.stat(path))
    if (sha256 === null) return yield* new Damaged({ path, reason: "vanished while it was being written" })
    return { file, sha256, rows, bytes: size, groups }
  }).pipe(Effect.onError(() => Effect.ignore(opened.disk.unlink(path))))
}

export const record = (
  statements: Statements,
  shelf: Pick<Shelf, "id">,
  { bytes, file, groups, rows, sha256 }: Copy
): Effect.Effect<void, LedgerError> =>
  statements.run(
    `INSERT INTO landings (shelf, window, file, sha256, rows, bytes, groups, emptied)
      VALUES (?, NULL, ?, ?, ?, ?, ?, '[]')`,
    shelf.id,
    file,
    sha256,
    rows,
    bytes,
    JSON.stringify(groups)
  )
