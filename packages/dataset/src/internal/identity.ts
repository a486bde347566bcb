/** The file in `_trunkline` that says whose folder it is, and what was chosen for it: it outlives the ledger. */
import type { Disk } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { join } from "node:path"
import * as Folder from "../Folder.js"
import type * as Keep from "../Keep.js"
import type { Statements } from "../Ledger.js"
import * as Mask from "../Mask.js"
import * as Layout from "./layout.js"
import * as PrivateFile from "./privateFile.js"

export const pathOf = (out: string): string => join(out, Layout.own, Layout.identity)

interface Chosen {
  readonly keep?: Keep.Keep | undefined
  readonly umask?: number | undefined
}

/** Says in the folder whose it is, and what was chosen for it. */
const writeIdentity = (
  out: string,
  disk: Disk["Type"],
  id: string,
  choices: Effect.Effect.Success<ReturnType<typeof Folder.choicesOf>>
) => PrivateFile.replace(disk, pathOf(out), `${JSON.stringify({ id, ...choices })}\n`)

/** What is chosen with words stands beside the ledger too, which may be lost. */
export const rememberChoices = Effect.fnUntraced(
  function*(out: string, disk: Disk["Type"], id: string, options: Chosen) {
    const known = yield* Folder.choicesOf(pathOf(out))
    const { keep = known.keep, umask } = options
    const chosen = umask === undefined ? known.umask : umask.toString(8)
    if (keep === known.keep && chosen === known.umask) return
    yield* writeIdentity(out, disk, id, {
      ...known,
      ...keep === undefined ? {} : { keep },
      ...chosen === undefined ? {} : { umask: chosen }
    })
  }
)

/** As the last step before a commit: what masks numbers stands beside the ledger first. */
export const rememberMask = Effect.fnUntraced(
  function*(out: string, disk: Disk["Type"], id: string, ledger: Statements) {
    const choices = yield* Folder.choicesOf(pathOf(out))
    const mask = Option.getOrElse(yield* Mask.fingerprints(ledger), () => [])
    if (mask.join() !== (choices.mask ?? []).join()) yield* writeIdentity(out, disk, id, { ...choices, mask })
  }
)

/** Whose folder it is from now on. */
export const of = Effect.fnUntraced(function*(out: string, disk: Disk["Type"], id: string) {
  const path = pathOf(out)
  if (!Option.contains(yield* Folder.identityOf(path), id)) {
    yield* writeIdentity(out, disk, id, yield* Folder.choicesOf(path))
  }
  return id
})
