/** Who may read the published files. What lies in `_trunkline` is for its owner alone, whatever is chosen here. */
import type { DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import type { LedgerError } from "../DatasetError.js"
import type { Ledger } from "../Ledger.js"
import { onDisk } from "./onDisk.js"
import * as Places from "./places.js"
import * as Remembered from "./remembered.js"

export interface Modes {
  readonly folder: number
  readonly file: number
}

export const of = (umask: number): Modes => ({ folder: 0o777 & ~umask, file: 0o666 & ~umask })

/** Nobody but the owner. */
export const narrowest = 0o077

/** A file of another user stays as it is: only its owner can change that. */
export const set = (path: string, mode: number): Effect.Effect<void, DiskError> =>
  onDisk("write", path, () => fs.chmod(path, mode)).pipe(
    Effect.catchIf(({ code }) => code === "EPERM", () => Effect.void)
  )

const setBelow = (folder: string, modes: Modes): Effect.Effect<void, DiskError> =>
  Effect.gen(function*() {
    if ((yield* Places.kindOf(folder)) !== "folder") return
    yield* set(folder, modes.folder)
    for (const { kind, name } of yield* Places.entriesOf(folder)) {
      if (kind === "folder") yield* setBelow(join(folder, name), modes)
      if (kind === "file") yield* set(join(folder, name), modes.file)
    }
  })

/** Who may read the files has to get to them. The folder of a dataset may be one that a person made, so no right is taken away. */
export const widen = (folder: string, modes: Modes): Effect.Effect<void, DiskError> =>
  Effect.flatMap(
    onDisk("inspect", folder, () => fs.stat(folder)),
    ({ mode }) => set(folder, (mode & 0o7777) | modes.folder)
  )

const name = "umask"

/** The modes that were chosen, now or before. Where they are new, everything that stands gets them. */
export const choose = (
  ledger: Ledger,
  { folders, out, umask }: {
    readonly out: string
    readonly umask: number | undefined
    /** Of the tables. */
    readonly folders: ReadonlyArray<string>
  }
): Effect.Effect<Modes, LedgerError> =>
  Effect.gen(function*() {
    const known = yield* Remembered.get(ledger, name)
    const chosen = umask ?? (known === null ? narrowest : Number.parseInt(known, 8))
    const modes = of(chosen)
    const text = chosen.toString(8)
    if (text === known) return modes
    for (const folder of folders) yield* setBelow(folder, modes)
    if (umask !== undefined) yield* widen(out, modes)
    yield* Remembered.set(ledger, name, text)
    return modes
  })
