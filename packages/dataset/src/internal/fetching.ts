/** Brings published files that are elsewhere to their places, for the one writer of a dataset. */
import type { DiskError } from "@trunkline/parquet"
import type { Service as Disk } from "@trunkline/parquet/Disk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { randomUUID } from "node:crypto"
import { dirname, join } from "node:path"
import { type Damaged, FetchFailed, type LedgerError, type QueryError } from "../DatasetError.js"
import * as Elsewhere from "../Elsewhere.js"
import type { Fetching, Wanted } from "../Elsewhere.js"
import type { Statements } from "../Ledger.js"
import type { Point } from "../Points.js"
import * as Layout from "./layout.js"
import * as Modes from "./modes.js"
import { hashOf, makeFolder, sizeOf } from "./opened.js"
import { kindOf, ownFilesIn } from "./places.js"

type Failure = Damaged | LedgerError | QueryError

/** How many files are on their way at once. */
const atOnce = 8

interface Folder {
  readonly out: string
  readonly disk: Disk
  readonly ledger: Statements
  readonly modes: Modes.Modes
  readonly points: (point: Point) => Effect.Effect<void, DiskError>
}

export const make = Effect.fnUntraced(function*({ disk, ledger, modes, out, points }: Folder) {
  const list = yield* Elsewhere.list(out)
  const service = yield* Effect.serviceOption(Elsewhere.Elsewhere)
  const temporary = join(out, Layout.own, Layout.fetching)
  for (const name of yield* ownFilesIn(temporary)) yield* disk.unlink(join(temporary, name))
  const kept = new Map((list?.files ?? []).map((file) => [`${join(out, file.path)} ${file.sha256}`, file]))
  const keptAs = ({ path, sha256 }: Wanted) => kept.get(`${path} ${sha256}`)
  const placing = yield* Effect.makeSemaphore(1)

  /** By path: who wants a file that is on its way waits for it. */
  const turns = new Map<string, Effect.Semaphore>()
  const inTurn = (path: string) => {
    const turn = turns.get(path) ?? Effect.unsafeMakeSemaphore(1)
    turns.set(path, turn)
    return turn.withPermits(1)
  }

  const fetch = (file: Elsewhere.File): Effect.Effect<void, Failure> =>
    Effect.gen(function*() {
      if ((yield* kindOf(join(out, file.path))) !== "missing") return
      const place = list?.place ?? ""
      if (Option.isNone(service)) return yield* Elsewhere.refusal(out, { place, files: [file] }) ?? Effect.void
      const path = join(out, file.path)
      const partial = join(temporary, `${randomUUID()}.parquet`)
      const wrong = (reason: string) => new FetchFailed({ place, name: file.name, reason })
      yield* makeFolder(disk, out, temporary)
      yield* Effect.gen(function*() {
        yield* points("fetch")
        yield* service.value.download(file, partial)
        if ((yield* sizeOf(out, partial)) !== file.bytes) return yield* wrong("it has another length there")
        if ((yield* hashOf(partial)) !== file.sha256) return yield* wrong("its bytes are not those that were pushed")
        yield* Modes.set(partial, modes.file)
        yield* disk.sync(partial)
        yield* makeFolder(disk, out, dirname(path), modes.folder)
        yield* placing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
          // Somebody else in this process may have brought it, and a publish replaced or dropped it since.
          if ((yield* kindOf(path)) !== "missing") return
          if (!(yield* Elsewhere.isNamed(ledger, file))) return
          yield* disk.rename(partial, path)
          yield* disk.syncDirectory(dirname(path))
        })))
      }).pipe(Effect.ensuring(Effect.ignore(disk.unlink(partial))))
    }).pipe(inTurn(file.path))

  const fetchAll = (files: ReadonlyArray<Elsewhere.File>) =>
    Effect.gen(function*() {
      const error = Option.isNone(service) ? Elsewhere.refusal(out, { place: list?.place ?? "", files }) : null
      if (error !== null) return yield* error
      yield* Effect.forEach(files, fetch, { concurrency: atOnce, discard: true })
    })

  const fetching: Fetching = {
    isRestored: list !== null,
    isKept: (file) => keptAs(file) !== undefined,
    bring: (files) =>
      Effect.gen(function*() {
        if (kept.size === 0) return
        const absent: Array<Elsewhere.File> = []
        for (const wanted of files) {
          const file = keptAs(wanted)
          if (file !== undefined && (yield* kindOf(wanted.path)) === "missing") absent.push(file)
        }
        yield* fetchAll(absent)
      }),
    bringAll: Effect.gen(function*() {
      const absent = (yield* Elsewhere.missing(out, ledger))?.files ?? []
      yield* fetchAll(absent)
      // Nothing is elsewhere any more, and nothing will be.
      if (list !== null) yield* disk.unlink(join(out, Layout.notice))
      return absent.length
    })
  }
  return fetching
})
