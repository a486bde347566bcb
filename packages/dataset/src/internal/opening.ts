/** Opens the folder of a dataset for its one writer: checks whose it is, takes the lock, and mends what a crash left. */
import { Disk, DiskError } from "@trunkline/parquet"
import type * as Table from "@trunkline/parquet/Table"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import * as DatasetError from "../DatasetError.js"
import * as Elsewhere from "../Elsewhere.js"
import * as Folder from "../Folder.js"
import type { Declaration } from "../Hiding.js"
import type * as Keep from "../Keep.js"
import * as Ledger from "../Ledger.js"
import * as Lock from "../Lock.js"
import * as Mask from "../Mask.js"
import * as OwnTables from "../OwnTables.js"
import { Points } from "../Points.js"
import * as Session from "../Session.js"
import { refuseWindows, type UnsupportedSystem } from "../System.js"
import * as Erased from "./erased.js"
import * as ErasedList from "./erasedList.js"
import * as Erasing from "./erasing.js"
import * as Fetching from "./fetching.js"
import * as Folding from "./folding.js"
import * as Identity from "./identity.js"
import * as Intents from "./intents.js"
import * as Keeping from "./keeping.js"
import * as Kept from "./kept.js"
import * as Landings from "./landing.js"
import * as Layout from "./layout.js"
import * as Modes from "./modes.js"
import { identityIn, makeFolder, onDisk, type Opened, otherLedger, type Spelling } from "./opened.js"
import * as Places from "./places.js"
import * as Rebuilding from "./rebuilding.js"
import * as Remasking from "./remasking.js"
import * as Room from "./room.js"

export interface Options {
  readonly out: string
  /** Every table but those of `OwnTables`. */
  readonly tables: ReadonlyArray<Table.Any>
  /** As remembered, else `month`. */
  readonly partition?: "month" | "day" | undefined
  /** The base URL of each source that is read from. */
  readonly sources?: Readonly<Record<string, string>> | undefined
  /** Landed rows that are merged at a time; when left out, some ten thousand, and more of narrow tables. */
  readonly mergeAtMost?: number | undefined
  /** `inspect` reads all files while they are together smaller than this; `Inspection.readAllBelow` when left out. */
  readonly readAllBelow?: number | undefined
  /** One spelling for ids that come in two; rows that were kept under the other one are brought to it. */
  readonly spelling?: Spelling | undefined
  /** What the tables say of people. A dataset from which people were erased is opened with it. */
  readonly people?: Declaration | undefined
  /** Whether numbers of people are masked, and where the key is that masks them. */
  readonly mask?: Mask.Options | undefined
  /** Makes tokens. Rows of before can be masked where it is given, and `people`. */
  readonly masking?: Mask.Maker | undefined
  /** Opens a dataset of which something is damaged that refuses to open otherwise, so that `repair` mends it. */
  readonly damaged?: boolean | undefined
  /** How long rows are kept, such as `24mo`, or `forever`; remembered. */
  readonly keep?: Keep.Keep | undefined
  /** By table without event times, the column that says when a row was last active: so long it is kept. */
  readonly activeAt?: Readonly<Record<string, string>> | undefined
  /** What is taken from the modes of published files and folders, remembered; at first all but their owner. */
  readonly umask?: number | undefined
  /** What published rows tell of how they were read, where a ledger is made anew from them. */
  readonly hints?: Rebuilding.Hints | undefined
}

const Host = Schema.Struct({ host: Schema.String })

const checkTables = (tables: ReadonlyArray<Table.Any>) =>
  Effect.forEach(tables, ({ key, name, parent, replacedBy }) =>
    // Where the rows of a unit live is known from the one parent they have.
    parent !== null && replacedBy.length < key.length && (replacedBy.length !== 1 || replacedBy[0] !== parent.by)
      ? Effect.dieMessage(`${name}: rows that live with a parent are replaced by what names it`)
      : Effect.void, { discard: true })

/** What a ledger says of itself, unless it is not for this folder, or not for what was asked. Nothing is written. */
const known = Effect.fnUntraced(function*(out: string, ledger: Ledger.Statements, options: Options) {
  const identity = yield* identityIn(ledger)
  if (Option.isNone(identity)) return identity
  const known = identity.value
  // The identity is in the folder first: a ledger that knows one without it has come from elsewhere.
  const found = yield* Folder.identityOf(Identity.pathOf(out))
  if (!Option.contains(found, known.id)) {
    return yield* otherLedger(out, found, known.id)
  }
  if (options.partition !== undefined && options.partition !== known.partition) {
    return yield* new DatasetError.OtherPartition({ known: known.partition, given: options.partition })
  }
  // What writes fetches what it touches.
  if (Option.isNone(yield* Effect.serviceOption(Elsewhere.Elsewhere))) yield* Elsewhere.refuse(out, ledger)
  for (const [source, url] of Object.entries(options.sources ?? {})) {
    const given = Folder.hostOf(url)
    const [host] = yield* ledger.all(Host, "SELECT host FROM sources WHERE source = ?", source)
    if (host !== undefined && host.host !== given) {
      return yield* new DatasetError.OtherHost({ source, known: host.host, given })
    }
  }
  return identity
})

const tableNames = (options: Pick<Options, "tables">): ReadonlyArray<string> => [
  ...OwnTables.tables.map(({ name }) => name),
  ...options.tables.map(({ name }) => name)
]

/** A first start that was killed has left no files. Files without a ledger would be doubled by what is written now. */
const refuseFiles = Effect.fnUntraced(function*(out: string, options: Pick<Options, "tables">) {
  for (const name of tableNames(options)) {
    if ((yield* Places.entriesOf(join(out, name))).length === 0) continue
    return yield* otherLedger(out, yield* Folder.identityOf(Identity.pathOf(out)))
  }
})

/** The choice is made once. What a dataset holds in clear is rewritten, from the commit of this on. */
const beginMasked = Effect.fnUntraced(
  function*(
    { disk, ledger, out }: { readonly out: string; readonly disk: Disk["Type"]; readonly ledger: Ledger.Ledger },
    { mask, masking, people }: Options,
    isLost: boolean
  ) {
    const isMasked = yield* Mask.isMasked(ledger)
    if (mask?.rotate === true) {
      if (!isMasked) return yield* new DatasetError.NotMasked({ out })
      return (yield* Mask.isUnfinished(ledger)) ? () => Effect.void : yield* Mask.rotate({ disk, ledger, out }, mask)
    }
    if (mask?.numbers !== true || isMasked) return () => Effect.void
    const unfinished = isLost || (yield* Mask.isBegun(ledger))
    return unfinished && (masking === undefined || people === undefined)
      ? yield* Effect.dieMessage("Rows are masked by a dataset that is opened with `masking` and `people`")
      : yield* Mask.begin({ out, disk }, mask, unfinished)
  }
)

/** A ledger that cannot be used is set aside, and what it knew of this folder is told. */
const judge = Effect.fnUntraced(function*(out: string, disk: Disk["Type"], options: Options) {
  const session = yield* Session.make({ temporary: join(out, Layout.own, Layout.temporary, Layout.writer) })
  const { id, lost } = yield* Rebuilding.judge({ out, disk, session, tables: options.tables })
  const named = yield* Folder.identityOf(Identity.pathOf(out))
  if (Option.isSome(id)) yield* Identity.of(out, disk, id.value)
  if (lost === null) {
    const isRenamed = Option.isSome(id) && !Option.contains(named, id.value)
    const fault = otherLedger(out, named, Option.getOrUndefined(id))
    return { lost: null, rebuilt: isRenamed ? { fault, path: Identity.pathOf(out), aside: null } : null }
  }
  const partition = lost.partition ?? options.partition ?? "month"
  if (options.partition !== undefined && options.partition !== partition) {
    return yield* new DatasetError.OtherPartition({ known: partition, given: options.partition })
  }
  return {
    lost: { ...lost, partition, id: yield* Identity.of(out, disk, Option.getOrElse(id, () => randomUUID())) },
    rebuilt: { fault: lost.fault, path: join(out, Layout.own, Layout.ledger), aside: lost.aside }
  }
}, Effect.scoped)

const identify = Effect.fnUntraced(function*(
  out: string,
  disk: Disk["Type"],
  ledger: Ledger.Ledger,
  options: Options,
  lost: Effect.Effect.Success<ReturnType<typeof judge>>["lost"]
) {
  const stands = lost === null ? yield* known(out, ledger, options) : Option.some(lost)
  const isNew = lost !== null || Option.isNone(stands)
  yield* ErasedList.recall({ disk, out }, { ledger, isNew })
  const { mask: remembered = [] } = yield* Folder.choicesOf(Identity.pathOf(out))
  yield* ledger.transaction("open commit", (statements) => Mask.recall(out, statements, { remembered, isNew }))
  const masked = yield* beginMasked({ out, disk, ledger }, options, lost !== null)
  if (Option.isSome(stands)) {
    const { id } = stands.value
    yield* ledger.transaction(
      "open commit",
      (statements) => Effect.zipRight(masked(statements), Identity.rememberMask(out, disk, id, statements))
    )
    return stands.value
  }
  yield* refuseFiles(out, options)
  const found = yield* Folder.identityOf(Identity.pathOf(out))
  const id = yield* Identity.of(out, disk, Option.getOrElse(found, () => randomUUID()))
  const partition = options.partition ?? "month"
  yield* ledger.transaction("open commit", (statements) =>
    Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      yield* statements.run("INSERT INTO dataset VALUES (1, ?, ?, ?)", id, partition, now)
      yield* masked(statements)
      yield* Identity.rememberMask(out, disk, id, statements)
    }))
  return { id, partition }
})

/** `known` has refused a host that differs. */
const recordHosts = (ledger: Ledger.Ledger, sources: Readonly<Record<string, string>>) =>
  Effect.forEach(
    Object.entries(sources),
    ([source, url]) => ledger.run("INSERT OR IGNORE INTO sources VALUES (?, ?)", source, Folder.hostOf(url)),
    { discard: true }
  )

// Files that DuckDB spilled are useless once its process is gone. A living reader is younger than a day.
const sweepTemporary = Effect.fnUntraced(function*(folder: string) {
  const now = yield* Clock.currentTimeMillis
  for (const { name } of yield* Places.entriesOf(folder)) {
    const isWriters = name.startsWith(Layout.writer)
    if (!isWriters && !/^(?:reader-|duckdb_temp)/.test(name)) continue
    const path = join(folder, name)
    const { mtimeMs } = yield* onDisk("inspect", path, () => fs.lstat(path))
    if (isWriters || now - mtimeMs > 86_400_000) {
      yield* onDisk("unlink", path, () => fs.rm(path, { recursive: true, force: true }))
    }
  }
})

const folders = [Layout.landing, Layout.publishing, Layout.temporary]

/**
 * Fails where no dataset can begin or go on in this folder, as far as that is told without opening its ledger. It writes
 * nothing, and `open` begins with it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const check: (
  options: Pick<Options, "out" | "tables" | "damaged">
) => Effect.Effect<
  void,
  | UnsupportedSystem
  | DatasetError.NetworkFolder
  | DatasetError.OtherLedger
  | DatasetError.Damaged
  | DatasetError.HalfRestored
  | DiskError
> = Effect.fnUntraced(function*(options) {
  const out = resolve(options.out)
  yield* refuseWindows
  yield* Folder.refuseNetwork(out)
  yield* Places.checkOwn(out)
  if (options.damaged !== true) {
    for (const name of tableNames(options)) yield* Places.demand("folder", join(out, name))
  }
  const ledger = join(out, Layout.own, Layout.ledger)
  const there = (yield* Places.demand("file", ledger)) &&
    (yield* onDisk("inspect", ledger, () => fs.lstat(ledger))).size > 0
  if (!there && options.damaged !== true) yield* refuseFiles(out, options)
})

/**
 * Makes the folder of a dataset, and those above it, which get the modes that the process gives. Where one cannot be made, those that were are taken away again.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeOut = (folder: string, umask = Modes.narrowest): Effect.Effect<void, DiskError> =>
  Effect.gen(function*() {
    const mode = Modes.of(umask).folder
    const missing: Array<string> = []
    for (
      let path = folder;
      (yield* Places.kindOf(path)) === "missing" && dirname(path) !== path;
      path = dirname(path)
    ) {
      missing.unshift(path)
    }
    const made: Array<string> = []
    yield* Effect.forEach(missing, (path) =>
      // Another process may be making them as well.
      onDisk("create", path, () => fs.mkdir(path, path === folder ? { mode } : {})).pipe(
        Effect.zipRight(Effect.sync(() => made.unshift(path))),
        Effect.zipRight(path === folder ? Modes.set(path, mode) : Effect.void),
        Effect.catchIf(({ code }) => code === "EEXIST", () => Effect.void)
      ), { discard: true }).pipe(
        Effect.onError(() =>
          Effect.forEach(made, (path) => Effect.ignore(Effect.tryPromise(() => fs.rmdir(path))), { discard: true })
        )
      )
    const found = yield* onDisk("create", folder, () => fs.stat(folder))
    if (!found.isDirectory()) return yield* new DiskError({ step: "create", path: folder, code: "ENOTDIR" })
  })

/**
 * Opens the dataset in a folder for writing, or begins one: takes its lock, finishes or forgets what a crash left, and gives
 * it back with the scope.
 */
export const open = Effect.fnUntraced(function*(options: Options) {
  const disk = yield* Disk
  const points = yield* Points
  const out = resolve(options.out)
  const own = join(out, Layout.own)
  const tables = options.tables.filter(({ name }) => !OwnTables.tables.some((own) => own.name === name))
  yield* checkTables(tables)
  yield* check(options)
  yield* makeOut(out, options.umask)
  yield* makeFolder(disk, out, own)
  yield* Lock.take(out)
  const path = join(own, Layout.ledger)
  const { lost, rebuilt } = options.damaged === true
    ? yield* judge(out, disk, options)
    : { lost: null, rebuilt: null }
  // No other process writes under the lock. Opening the ledger changes files, so refusals come before it.
  yield* Effect.scoped(Effect.flatMap(
    Ledger.openUntouched(path),
    Option.match({ onNone: () => Effect.void, onSome: (ledger) => known(out, ledger, options) })
  ))
  yield* Lock.sign(out)
  yield* onDisk("create", own, () => fs.chmod(own, 0o700))
  yield* Layout.privately(path).pipe(
    Effect.catchAll((code) => Effect.flatMap(Room.ledgerError(path, { operation: "open", code }), Effect.fail))
  )
  const ledger = yield* Ledger.open(path)
  const { id, partition } = yield* identify(out, disk, ledger, options, lost)
  const mask = yield* Effect.cached(Mask.of(out, ledger, options.mask))
  if (options.mask !== undefined) yield* mask
  yield* recordHosts(ledger, options.sources ?? {})
  if (options.spelling !== undefined) yield* Folding.foldPending(ledger, options.spelling)
  yield* Effect.forEach(folders, (folder) => makeFolder(disk, out, join(own, folder)), { discard: true })
  for (const folder of folders) yield* onDisk("create", own, () => fs.chmod(join(own, folder), 0o700))
  yield* Effect.forEach([Layout.landing, Layout.publishing], (folder) => Places.nameOthers(join(own, folder)), {
    discard: true
  })
  const temporary = join(own, Layout.temporary)
  yield* sweepTemporary(temporary)
  const session = yield* Session.make({ temporary: join(temporary, Layout.writer) })
  yield* Identity.rememberChoices(out, disk, id, options)
  // A ledger that is made anew knows none.
  const choices = lost === null ? {} : yield* Folder.choicesOf(Identity.pathOf(out))
  const modes = yield* Modes.choose(ledger, {
    out,
    umask: options.umask ?? (choices.umask === undefined ? undefined : Number.parseInt(choices.umask, 8)),
    folders: tableNames(options).map((name) => join(out, name))
  })
  const opened: Opened = {
    out,
    id,
    partition,
    tables: new Map(tables.map((table) => [table.name, table])),
    ledger,
    disk,
    session,
    points,
    spelling: options.spelling ?? null,
    kept: yield* Kept.choose(ledger, options.keep ?? choices.keep),
    activeAt: options.activeAt ?? {},
    modes,
    fetching: yield* Fetching.make({ out, disk, ledger, modes, points }),
    rebuilt,
    people: options.people ?? null,
    hiding: { current: yield* Erased.open(out, ledger, options.people) },
    mask,
    masking: options.masking ?? null
  }
  if (lost !== null) {
    const hints = options.hints ?? { scopedBy: [], detailsAt: {} }
    yield* Rebuilding.remake(opened, { files: lost.files, hints })
  }
  yield* Intents.recover(opened, { damaged: options.damaged ?? false })
  yield* Keeping.finish(opened)
  yield* Landings.sweep(opened)
  // Nothing else begins before the person is out. What cannot be read for it is named by whoever reads it.
  if (options.damaged !== true && (yield* Erasing.isUnfinished(ledger))) yield* Erasing.finish(opened)
  if (options.damaged !== true && (yield* Mask.isUnfinished(ledger))) yield* Remasking.finish(opened)
  return opened
})
