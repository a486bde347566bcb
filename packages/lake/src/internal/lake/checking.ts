/** Reads all that an account has in a lake, and holds it against what its newest push said. One file is here at a time. */
import type { LedgerError, QueryError } from "@trunkline/dataset/DatasetError"
import * as Elsewhere from "@trunkline/dataset/Elsewhere"
import * as Ledger from "@trunkline/dataset/Ledger"
import * as ParquetFiles from "@trunkline/dataset/ParquetFiles"
import * as Session from "@trunkline/dataset/Session"
import { take } from "@trunkline/parquet/Disk"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { ObjectStore } from "../../ObjectStore.js"
import * as State from "../../State.js"
import { NoState } from "../../StateError.js"
import * as Publishing from "./publishing.js"

export interface LakeFinding {
  readonly _tag: "MissingObject" | "ChangedObject" | "OtherRows" | "OtherTable" | "DamagedState"
  /** The key of an object, or the name of a table. */
  readonly name: string
  readonly message: string
}

export interface Checked {
  readonly account: string | null
  /** Of the newest push. */
  readonly number: number
  readonly files: number
  readonly bytes: number
  readonly rows: number
  readonly findings: ReadonlyArray<LakeFinding>
}

export interface Subject extends Publishing.Subject {
  readonly temporary: string
  readonly account: string | null
}

export type CheckError = Publishing.PublishError | State.RestoreError | QueryError | LedgerError

/** Fetches a file, and says what is not as it was pushed. */
const checkFile = (session: Session.Session, folder: string, file: State.File) =>
  Effect.gen(function*() {
    const store = yield* ObjectStore
    const { bytes, key, rows, sha256 } = file
    const path = join(folder, `${randomUUID()}.parquet`)
    const finding = (_tag: LakeFinding["_tag"], message: string): LakeFinding => ({ _tag, name: key, message })
    yield* Effect.addFinalizer(() => Effect.ignore(take("unlink", path, () => fs.rm(path, { force: true }))))
    const stored = yield* Effect.catchTag(store.download(key, path), "ObjectMissing", () => Effect.succeed(null))
    if (stored === null) return finding("MissingObject", `there is no ${key}`)
    if (stored.bytes !== bytes || stored.sha256 !== sha256) {
      return finding("ChangedObject", `${key} is not what was pushed`)
    }
    const [found] = yield* session.rows(`SELECT count(*)::DOUBLE AS rows FROM ${ParquetFiles.rows([path])}`)
    return found?.["rows"] === rows
      ? null
      : finding("OtherRows", `${key} has ${String(found?.["rows"])} rows, and the ledger says ${rows}`)
  }).pipe(Effect.scoped)

/** What a table shows of the account beside what was pushed. */
const checkTable = ({ log }: Publishing.Subject, manifest: State.Manifest, name: string) =>
  Effect.gen(function*() {
    const { files } = yield* Publishing.filesOf(log, name, manifest.account)
    const wanted = new Map(
      manifest.files.filter(({ table }) => table === name).map((file) => [Publishing.pathOf(file), file])
    )
    const more = files.filter(({ bytes, path }) => wanted.get(path)?.bytes !== bytes).length
    const here = new Set(files.map(({ path }) => path))
    const less = [...wanted.keys()].filter((path) => !here.has(path)).length
    const message =
      `${name} does not show push ${manifest.number}: it has ${more} other files and lacks ${less}. Push again`
    return more + less === 0 ? null : { _tag: "OtherTable", name, message } satisfies LakeFinding
  })

export interface Standing {
  /** Of the newest push. */
  readonly number: number
  readonly at: DateTime.Utc
  readonly findings: ReadonlyArray<LakeFinding>
}

const namesOf = ({ tables }: Publishing.Subject, manifest: State.Manifest): ReadonlySet<string> =>
  new Set([...tables.map(({ name }) => name), ...manifest.files.map(({ table }) => table)])

/** The newest push of an account, and whether the tables show it; none where it was never pushed. No data file is read. */
export const standing = (subject: Publishing.Subject, account: string | null) =>
  Effect.gen(function*() {
    const found = yield* State.latest(account)
    if (Option.isNone(found)) return Option.none()
    const { at, number } = found.value
    const shown = yield* Effect.forEach(namesOf(subject, found.value), (name) => checkTable(subject, found.value, name))
    return Option.some<Standing>({ number, at, findings: shown.filter((finding) => finding !== null) })
  })

/** Restores the ledger beside, and asks it which files there are. */
const checkState = (manifest: State.Manifest, out: string) =>
  Effect.gen(function*() {
    const { account, files, number } = manifest
    const finding = (message: string): LakeFinding => ({ _tag: "DamagedState", name: `push ${number}`, message })
    const failed = yield* Effect.flip(State.restore({ account, out })).pipe(Effect.option)
    if (Option.isSome(failed)) return finding(failed.value.message)
    const ledger = yield* Ledger.openReader(join(out, "_trunkline", "ledger.db"))
    const known = new Set((yield* Elsewhere.missing(out, ledger))?.files.map(({ name }) => name))
    const differ = files.filter(({ key }) => !known.has(key)).length
    return differ === 0 ? null : finding(`the ledger of push ${number} does not know ${differ} of its files`)
  }).pipe(Effect.scoped)

export const check = (subject: Subject) =>
  Effect.gen(function*() {
    const { account, temporary } = subject
    const store = yield* ObjectStore
    const manifest = yield* Effect.flatMap(
      State.latest(account),
      Option.match({ onNone: () => new NoState({ place: store.place, account }), onSome: Effect.succeed })
    )
    const folder = join(temporary, `check-${randomUUID()}`)
    yield* Effect.acquireRelease(
      take("create", folder, () => fs.mkdir(folder, { recursive: true, mode: 0o700 })),
      () => Effect.ignore(take("unlink", folder, () => fs.rm(folder, { recursive: true, force: true })))
    )
    const session = yield* Session.make({ temporary: join(folder, "spill") })
    const state = yield* checkState(manifest, join(folder, "state"))
    const shown = yield* Effect.forEach(namesOf(subject, manifest), (name) => checkTable(subject, manifest, name))
    const files = yield* Effect.forEach(manifest.files, (file) => checkFile(session, folder, file))
    const findings = [state, ...shown, ...files].filter((finding) => finding !== null)
    const sum = (of: (file: State.File) => number) => manifest.files.reduce((sum, file) => sum + of(file), 0)
    return {
      account,
      number: manifest.number,
      files: manifest.files.length,
      bytes: sum(({ bytes }) => bytes),
      rows: sum(({ rows }) => rows),
      findings
    } satisfies Checked
  }).pipe(Effect.scoped)
