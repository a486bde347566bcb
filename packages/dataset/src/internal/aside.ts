/** A partition as it shall be, written where no reader looks. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { Damaged, type QueryError } from "../DatasetError.js"
import type { Connection } from "../Session.js"
import type { NewFile } from "./intents.js"
import * as Layout from "./layout.js"
import * as Modes from "./modes.js"
import { hashOf, onDisk, type Opened, ownPath, type Shelf } from "./opened.js"
import * as Sql from "./sql.js"

const Copied = Schema.Struct({ Count: Schema.NumberFromString })

/** Writes a partition aside, so that it lasts and is known by its hash before anything is announced. */
export const writeAside = (
  opened: Opened,
  connection: Connection,
  place: { readonly shelf: Shelf; readonly partition: string; readonly old: string | null },
  query: string
): Effect.Effect<NewFile, Damaged | QueryError> =>
  Effect.gen(function*() {
    const file = `${randomUUID()}.parquet`
    const path = ownPath(opened, Layout.publishing, file)
    const written = Effect.gen(function*() {
      yield* opened.points("partition write")
      const copied = yield* connection.all(
        Copied,
        `COPY (${query}) TO ${Sql.text(path)} (
          FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 30000, ROW_GROUP_SIZE_BYTES '16MB', KV_METADATA {
            "trunkline.dataset": ${Sql.text(opened.id)}, "trunkline.table": ${Sql.text(place.shelf.table)}
          })`
      )
      // DuckDB makes it with what the umask of the process leaves. Until here only its owner reaches it.
      yield* Modes.set(path, opened.modes.file)
      yield* opened.disk.sync(path)
      yield* opened.disk.syncDirectory(ownPath(opened, Layout.publishing))
      const newSha256 = yield* hashOf(path)
      const { size } = yield* onDisk("inspect", path, () => fs.stat(path))
      if (newSha256 === null) return yield* new Damaged({ path, reason: "vanished while it was being written" })
      return {
        shelf: place.shelf,
        partition: place.partition,
        file,
        oldSha256: place.old,
        newSha256,
        rows: copied[0]?.Count ?? 0,
        bytes: size
      }
    })
    return yield* Effect.onError(written, () => Effect.ignore(opened.disk.unlink(path)))
  })
