/**
 * Makes a dataset in a new folder from what was carried away: the ledger and the small files at once, and the published files when
 * they are touched.
 *
 * Until the last step the folder says that it is half restored. Whatever ends a restore, the next one begins again.
 *
 * @since 0.1.0
 */
import { Disk, type DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import {
  type Damaged,
  type DamagedLedger,
  type DatasetLocked,
  FetchFailed,
  type LedgerError,
  type NetworkFolder,
  type NewerLedger,
  OtherLedger
} from "./DatasetError.js"
import type * as Elsewhere from "./Elsewhere.js"
import * as Folder from "./Folder.js"
import * as Layout from "./internal/layout.js"
import * as Modes from "./internal/modes.js"
import { hashOf, identityIn, makeFolder, onDisk, sizeOf } from "./internal/opened.js"
import { makeOut } from "./internal/opening.js"
import * as Places from "./internal/places.js"
import * as PrivateFile from "./internal/privateFile.js"
import * as Ledger from "./Ledger.js"
import * as Lock from "./Lock.js"
import { refuseWindows, type UnsupportedSystem } from "./System.js"

/**
 * Something stands in the folder that is to be restored into.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotEmpty extends Schema.TaggedError<NotEmpty>("@trunkline/dataset/Restore/NotEmpty")("NotEmpty", {
  out: Schema.String,
  /** Some of what stands there. */
  found: Schema.String
}) {
  override get message(): string {
    return `${this.out} is not empty (${this.found}). A dataset is restored into a folder that is new or empty`
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export type RestoreError =
  | NotEmpty
  | FetchFailed
  | Damaged
  | DamagedLedger
  | DatasetLocked
  | LedgerError
  | NetworkFolder
  | NewerLedger
  | OtherLedger
  | UnsupportedSystem

/**
 * A file of `_trunkline`, as it was carried away.
 *
 * @since 0.1.0
 * @category models
 */
export interface Part {
  /** Inside the folder of the dataset, with slashes. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly out: string
  /** Of the dataset. */
  readonly id: string
  /** Where it comes from, for messages. */
  readonly place: string
  /** Published files, which stay there until they are touched. */
  readonly files: ReadonlyArray<Elsewhere.File>
  readonly parts: ReadonlyArray<Part>
  /** Brings a part into a file that is not there yet. Its bytes are checked. */
  readonly download: (part: Part, to: string) => Effect.Effect<void, FetchFailed | DiskError>
  /** What `Carried.recall` gives afterwards. */
  readonly lake: string
}

/** What stands in `_trunkline` before a restore says that it has begun. */
const first = [
  ...[Layout.lock, Layout.holder].flatMap((name) => ["", "-wal", "-shm", "-journal"].map((end) => `${name}${end}`)),
  `${Layout.restoring}.partial`
]

/** What a restore that was stopped may have left, or the first moments of one. */
const refuseOther = (out: string): Effect.Effect<void, NotEmpty | DiskError> =>
  Effect.gen(function*() {
    const own = join(out, Layout.own)
    const isBegun = (yield* Places.kindOf(join(own, Layout.restoring))) !== "missing"
    const inOwn = isBegun
      ? []
      : (yield* Places.entriesOf(own)).map(({ name }) => name).filter((name) => !first.includes(name))
    const beside = (yield* Places.entriesOf(out)).map(({ name }) => name).filter((name) =>
      name !== Layout.own && !(isBegun && name === Layout.notice)
    )
    const [found] = [...beside, ...inOwn.map((name) => join(Layout.own, name))]
    if (found !== undefined) return yield* new NotEmpty({ out, found })
  })

/**
 * Whether a restore of this folder was stopped before it was done, so that the next one begins again.
 *
 * @since 0.1.0
 * @category restoring
 */
export const isUnfinished = (out: string): Effect.Effect<boolean, DiskError> =>
  Effect.gen(function*() {
    const own = resolve(out, Layout.own)
    if ((yield* Places.kindOf(own)) !== "folder") return false
    const names = (yield* Places.entriesOf(own)).map(({ name }) => name)
    if (names.includes(Layout.restoring)) return true
    const beside = yield* Places.entriesOf(out)
    return names.every((name) => first.includes(name)) && beside.every(({ name }) => name === Layout.own)
  })

/** Whatever a restore that was stopped has left, but for the lock and the word that it is half done. */
const clear = (out: string) =>
  Effect.gen(function*() {
    const own = join(out, Layout.own)
    for (const { name } of yield* Places.entriesOf(own)) {
      if (first.includes(name) || name === Layout.restoring) continue
      yield* onDisk("unlink", join(own, name), () => fs.rm(join(own, name), { recursive: true, force: true }))
    }
  })

const bring = (disk: Disk["Type"], { download, out, place }: Options, part: Part) =>
  Effect.gen(function*() {
    const path = join(out, part.path)
    const partial = join(out, Layout.own, Layout.fetching, `${randomUUID()}.part`)
    const wrong = (reason: string) => new FetchFailed({ place, name: part.path, reason })
    // Such as a list that somebody changed: nothing is written outside of it.
    if (!/^_trunkline\/(?:[a-z]+\/)?[\w.-]+$/.test(part.path) || part.path.includes("..")) {
      return yield* wrong("no dataset has such a file")
    }
    yield* download(part, partial)
    if ((yield* sizeOf(out, partial)) !== part.bytes) return yield* wrong("it has another length there")
    if ((yield* hashOf(partial)) !== part.sha256) return yield* wrong("its bytes are not those that were pushed")
    yield* onDisk("write", partial, () => fs.chmod(partial, 0o600))
    yield* disk.sync(partial)
    yield* makeFolder(disk, out, dirname(path))
    yield* disk.rename(partial, path)
    yield* disk.syncDirectory(dirname(path))
  })

/** The ledger that came is one, is sound, and is that of this dataset. */
const checkLedger = (out: string, id: string) =>
  Effect.gen(function*() {
    const path = join(out, Layout.own, Layout.ledger)
    const found = yield* Ledger.openUntouched(path)
    if (Option.isNone(found)) return yield* new OtherLedger({ out, folder: id, ledger: "none" })
    const damaged = yield* Ledger.damage(found.value, path, "pages")
    if (damaged !== null) return yield* damaged
    const identity = yield* identityIn(found.value)
    const folder = yield* Folder.identityOf(join(out, Layout.own, Layout.identity))
    const says = Option.match(identity, { onNone: () => "none", onSome: (known) => known.id })
    if (says !== id || !Option.contains(folder, id)) {
      return yield* new OtherLedger({ out, folder: Option.getOrElse(folder, () => "none"), ledger: says })
    }
  }).pipe(Effect.scoped)

/** Who was allowed to read the tables still is. */
const setModes = (disk: Disk["Type"], out: string, files: boolean) =>
  Effect.gen(function*() {
    const { umask } = yield* Folder.choicesOf(join(out, Layout.own, Layout.identity))
    const modes = Modes.of(umask === undefined ? Modes.narrowest : Number.parseInt(umask, 8))
    yield* Modes.widen(out, modes)
    const path = join(out, Layout.notice)
    yield* disk.unlink(path)
    if (!files) return
    yield* PrivateFile.create(disk, path, notice)
    yield* Modes.set(path, modes.file)
    yield* disk.syncDirectory(out)
  })

const notice =
  `This folder does not hold all published files of its dataset. Some are still in the lake it was restored from.
DuckDB, pandas and other programs see only the rows of the files that are here.
To bring all of them here: trunkline restore --all
`

/**
 * @since 0.1.0
 * @category restoring
 */
export const restore: (options: Options) => Effect.Effect<void, RestoreError, Disk> = Effect.fn("Restore.restore")(
  function*(given) {
    const disk = yield* Disk
    const options = { ...given, out: resolve(given.out) }
    const { files, id, out, parts, place } = options
    const own = join(out, Layout.own)
    yield* refuseWindows
    yield* Folder.refuseNetwork(out)
    yield* refuseOther(out)
    yield* makeOut(out)
    yield* makeFolder(disk, out, own)
    yield* Lock.acquire(out)
    yield* refuseOther(out)
    const restoring = join(own, Layout.restoring)
    yield* PrivateFile.replace(disk, restoring, JSON.stringify({ place }))
    yield* clear(out)
    yield* makeFolder(disk, out, join(own, Layout.fetching))
    yield* Effect.forEach(parts, (part) => bring(disk, options, part), { discard: true })
    yield* checkLedger(out, id)
    yield* PrivateFile.replace(disk, join(own, Layout.elsewhere), JSON.stringify({ place, files }))
    yield* PrivateFile.replace(disk, join(own, Layout.lake), options.lake)
    yield* setModes(disk, out, files.length > 0)
    yield* disk.unlink(restoring)
    yield* disk.syncDirectory(own)
  },
  Effect.scoped
)
