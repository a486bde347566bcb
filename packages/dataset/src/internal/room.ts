/** Tells a full disk, a used-up quota and a limit on the size of files apart from all other failures. */
import { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import { type LedgerError, LedgerFailed } from "../DatasetError.js"
import { codeOf } from "./onDisk.js"

/** As the system calls them. */
const noRoom: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"])

/** As libraries quote them: DuckDB hands on only the text. */
const texts: ReadonlyArray<readonly [text: string, code: string]> = [
  ["No space left on device", "ENOSPC"],
  ["There is not enough space on the disk", "ENOSPC"],
  ["max_temp_directory_size", "ENOSPC"],
  ["Disk quota exceeded", "EDQUOT"],
  ["File too large", "EFBIG"]
]

/** The code that stands behind a library's text, if it speaks of room. */
export const codeIn = (text: string): string | undefined => texts.find(([part]) => text.includes(part))?.[1]

/** More than SQLite ever adds to one of its files at a time without committing. */
const aLittle = 64 * 1024

const sizeOf = (path: string): Promise<number> => fs.stat(path).then(({ size }) => size, () => 0)

/**
 * Writes a little to a new file beside this one, behind the length this one has, and takes it away again. The result is why
 * the system refuses that; none if it does not.
 */
const refusalBeside = (path: string): Effect.Effect<string | undefined> =>
  Effect.promise(async () => {
    const probe = join(dirname(path), `probe-${randomUUID()}`)
    const sizes = await Promise.all(["", "-wal", "-shm", "-journal"].map((suffix) => sizeOf(`${path}${suffix}`)))
    try {
      const handle = await fs.open(probe, "wx", 0o600)
      try {
        const bytes = Buffer.alloc(aLittle, 1)
        for (let written = 0; written < bytes.length;) {
          const { bytesWritten } = await handle.write(
            bytes,
            written,
            bytes.length - written,
            Math.max(...sizes) + written
          )
          written += bytesWritten
        }
        await handle.sync()
        return
      } finally {
        await handle.close()
        await fs.rm(probe, { force: true })
      }
    } catch (cause) {
      return codeOf(cause)
    }
  })

/**
 * A failure of SQLite by its cause. SQLite says `SQLITE_FULL` only where the system says ENOSPC while a page is written: a
 * quota and a limit on the size of files are an I/O error to it, so the system is asked again.
 */
export const ledgerError = (
  path: string,
  failure: { readonly operation: string; readonly code: string }
): Effect.Effect<LedgerError> => {
  const { code } = failure
  const disk = (refusal: string) => new DiskError({ step: "write", path, code: refusal })
  if (code === "SQLITE_FULL") return Effect.succeed(disk("ENOSPC"))
  if (noRoom.has(code)) return Effect.succeed(disk(code))
  if (!code.startsWith("SQLITE_IOERR") && code !== "SQLITE_CANTOPEN") return Effect.succeed(new LedgerFailed(failure))
  return Effect.map(
    refusalBeside(path),
    (refusal) => refusal !== undefined && noRoom.has(refusal) ? disk(refusal) : new LedgerFailed(failure)
  )
}
