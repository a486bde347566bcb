/**
 * One push: data files, then the pack, then the manifest, which is the commit. The folder remembers the push before anything is
 * sent, so that one that was killed, or whose answer was lost, is recognised by the next.
 */
import { type Carried, type File as CarriedFile, temporaryFolder } from "@trunkline/dataset/Carried"
import { Damaged } from "@trunkline/dataset/DatasetError"
import { type Disk, take } from "@trunkline/parquet/Disk"
import * as FileHash from "@trunkline/parquet/FileHash"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import type { ObjectMissing, TooLarge } from "../../LakeError.js"
import type { Service, StoreError } from "../../ObjectStore.js"
import { DamagedState, LakeBehind, type NewerState, OtherLake, PushOvertaken } from "../../StateError.js"
import * as Names from "../delta/names.js"
import * as Finding from "./finding.js"
import * as Local from "./local.js"
import * as Manifest from "./manifest.js"
import * as Packing from "./packing.js"

/** Files that are sent at once. */
const atOnce = 4

/** So many attempts at one push are remembered. */
const mostAttempts = 1000

export interface Subject {
  readonly store: Service
  readonly account: string | null
  readonly carried: Carried
}

/** The folder of a partition of a Delta table, where all files of an account and a source begin so. */
const folderOf = (account: string | null, { source, table }: Pick<CarriedFile, "source" | "table">): string =>
  `${table}/${Names.folderOf(["account", "source"], { account, source })}/`

/** A name that no other file ever has. */
const dataKey = ({ account }: Subject, file: CarriedFile, push: string): string => {
  // A day is a file of its month.
  const dated = file.value === "" ? "" : `month=${file.value.slice(0, 7)}/${file.value}-`
  return `${folderOf(account, file)}${dated}${file.sha256.slice(0, 16)}-${push}.parquet`
}

const says = ({ account, dataset, place }: Local.Local): string =>
  `${place} (account ${account ?? "without a name"}, dataset ${dataset})`

/** Which push the folder goes on from. A push of its own whose answer was lost is recognised. */
const settle = ({ account, carried, store }: Subject, prefix: string) =>
  Effect.gen(function*() {
    const { id, out } = carried
    const { place } = store
    const fresh: Local.Local = { place, account, dataset: id, number: 0, push: null }
    let local = (yield* Local.read(out)) ?? fresh
    if (says(local) !== says(fresh)) return yield* new OtherLake({ out, known: says(local), given: says(fresh) })
    const found = yield* Finding.newest(store, prefix, local.number)
    if (found < local.number) return yield* new LakeBehind({ place, account, known: local.number, found })
    if (found > local.number && local.push !== null) {
      const next = yield* Finding.at(store, prefix, local.number + 1)
      if (next !== null && local.push.attempts.includes(next.push)) {
        local = { ...local, number: next.number, push: null }
        yield* Local.write(out, local)
      }
    }
    if (found > local.number) return yield* new PushOvertaken({ place, account, out, known: local.number, found })
    const former = found === 0 ? null : yield* Manifest.read(store, Manifest.keyOf(prefix, found))
    if (former !== null && former.dataset !== id) {
      return yield* new OtherLake({ out, known: says(local), given: says({ ...fresh, dataset: former.dataset }) })
    }
    return { former, local }
  })

/** What an attempt that was stopped has sent already. */
const sentBefore = ({ account, carried, store }: Subject, name: string) =>
  Effect.gen(function*() {
    const sent = new Map<string, number>()
    const folders = new Set(carried.files.map((file) => folderOf(account, file)))
    for (const folder of folders) {
      yield* Stream.runForEach(store.list(folder), ({ bytes, key }) =>
        Effect.sync(() => {
          if (key.endsWith(`-${name}.parquet`)) sent.set(key, bytes)
        }))
    }
    return sent
  })

const nameOf = ({ path, sha256 }: Pick<CarriedFile, "path" | "sha256">): string => `${path} ${sha256}`

/** Sends the files that the push before does not have. */
const sendFiles = (
  subject: Subject,
  { former, name, sent }: {
    readonly former: Manifest.Manifest | null
    readonly name: string
    readonly sent: ReadonlyMap<string, number>
  }
) =>
  Effect.gen(function*() {
    const { carried, store } = subject
    const known = new Map((former?.files ?? []).map((file) => [nameOf(file), file]))
    return yield* Effect.forEach(carried.files, (file) =>
      Effect.gen(function*() {
        const before = known.get(nameOf(file))
        if (before !== undefined) return before
        const { bytes, elsewhere, rows, sha256, source, table, value } = file
        const path = join(carried.out, file.path)
        if (elsewhere !== null) return yield* new Damaged({ path, reason: "is neither here nor in the lake" })
        const key = dataKey(subject, file, name)
        // What is damaged here is not sent.
        if ((yield* take("inspect", path, () => FileHash.sha256(path))) !== sha256) {
          return yield* new Damaged({ path, reason: "is not what was published" })
        }
        if (sent.get(key) !== bytes) {
          const stored = yield* store.upload(key, path)
          if (stored.sha256 !== sha256) {
            return yield* new Damaged({ path, reason: "changed while it was sent" })
          }
        }
        return { table, source, value, path: file.path, key, bytes, sha256, rows }
      }), { concurrency: atOnce })
  })

const areSame = (
  some: ReadonlyArray<Pick<CarriedFile, "path" | "sha256">>,
  others: ReadonlyArray<Pick<CarriedFile, "path" | "sha256">>
): boolean => {
  const names = new Set(others.map(nameOf))
  return some.length === others.length && some.every((one) => names.has(nameOf(one)))
}

const partitionOf = ({ source, table, value }: Pick<CarriedFile, "source" | "table" | "value">): string =>
  JSON.stringify([table, source, value])

/** Whether what the push before has is no longer to be anywhere. */
const forgetful = (
  carried: Carried,
  { former, own }: { readonly former: Manifest.Manifest | null; readonly own: ReadonlyArray<Manifest.Own> }
): boolean => {
  if (former === null) return false
  const partitions = new Set(carried.files.map(partitionOf))
  const known = new Map(former.own.map(({ path, sha256 }) => [path, sha256]))
  const hashes = new Map(own.map(({ path, sha256 }) => [path, sha256]))
  return former.files.some((file) => !partitions.has(partitionOf(file))) ||
    carried.own.some(({ forgets, path }) => forgets && known.get(path) !== hashes.get(path))
}

export type PushError =
  | Damaged
  | DamagedState
  | LakeBehind
  | NewerState
  | ObjectMissing
  | OtherLake
  | PushOvertaken
  | StoreError
  | TooLarge

export interface Pushed {
  /** What the lake has now. */
  readonly manifest: Manifest.Manifest
  /** False where nothing had changed, and nothing was written. */
  readonly changed: boolean
  /** Whether older versions are to go at once. Each push says so until a vacuum has removed them. */
  readonly forgets: boolean
  readonly files: { readonly sent: number; readonly bytes: number }
  /** Of the ledger and the small files, compressed. */
  readonly packed: number
}

export const push = (subject: Subject): Effect.Effect<Pushed, PushError, Disk> =>
  Effect.gen(function*() {
    const { account, carried, store } = subject
    const { id, out, partition } = carried
    const { place } = store
    const prefix = yield* Manifest.prefixOf(account)
    const { former, local } = yield* settle(subject, prefix)
    const number = local.number + 1
    const attempt = randomUUID()
    const under = local.push ?? { name: randomUUID(), attempts: [] }
    const temporary = temporaryFolder(out)
    yield* take("create", temporary, () => fs.mkdir(temporary, { recursive: true, mode: 0o700 }))
    const key = Manifest.packKey(prefix, attempt)
    const packing = (only: ReadonlySet<string> | null) =>
      Effect.gen(function*() {
        const path = join(temporary, `${randomUUID()}.pack`)
        yield* Effect.addFinalizer(() => Effect.ignore(take("unlink", path, () => fs.rm(path, { force: true }))))
        return { ...yield* Packing.pack({ out, own: carried.own, former, only, path, key }), path }
      })
    const first = yield* packing(null)
    const forgets = forgetful(carried, { former, own: first.own })
    // The dead part of a pack may speak of who is to be forgotten.
    const whole = Packing.whole(first)
    const packed = forgets && whole.size < first.packs.length ? yield* packing(whole) : first
    // A vacuum removes the manifests last.
    const unfinished = former?.forgets === true && (yield* Finding.hasOlder(store, prefix, former.number))
    if (former !== null && areSame(carried.files, former.files) && areSame(packed.own, former.own)) {
      return { manifest: former, changed: false, forgets: unfinished, files: { sent: 0, bytes: 0 }, packed: 0 }
    }
    const sent = local.push === null ? new Map<string, number>() : yield* sentBefore(subject, under.name)
    const underWay = { name: under.name, attempts: [...under.attempts, attempt].slice(-mostAttempts) }
    yield* Local.write(out, { ...local, push: underWay })
    const files = yield* sendFiles(subject, { former, name: under.name, sent })
    if (packed.pack !== null) {
      const stored = yield* store.upload(key, packed.path)
      if (stored.sha256 !== packed.pack.sha256) {
        return yield* new DamagedState({ place, key, reason: "changed while it was sent" })
      }
    }
    const manifest: Manifest.Manifest = {
      format: Manifest.format,
      account,
      number,
      push: attempt,
      at: yield* DateTime.now,
      dataset: id,
      forgets: unfinished || forgets,
      partition,
      files,
      own: packed.own,
      packs: packed.packs,
      segments: packed.segments
    }
    const overtaken = (found: number) => new PushOvertaken({ place, account, out, known: local.number, found })
    const committed = yield* store.putIfAbsent(Manifest.keyOf(prefix, number), yield* Manifest.encode(manifest)).pipe(
      Effect.as(attempt),
      Effect.catchTag("ObjectExists", () => Effect.map(Finding.at(store, prefix, number), (found) => found?.push))
    )
    if (committed === undefined || !underWay.attempts.includes(committed)) return yield* overtaken(number)
    // A request of an earlier attempt, which was thought to be lost, has arrived. What came since follows it.
    if (committed !== attempt) return yield* push(subject)
    // A rival may have gone so far ahead that a vacuum removed the manifest that this one would have met.
    const newest = yield* Finding.newest(store, prefix, number)
    if (newest > number) return yield* overtaken(newest)
    yield* Local.write(out, { ...local, number, push: null })
    const before = new Set((former?.files ?? []).map(({ key }) => key))
    const fresh = files.filter(({ key }) => !before.has(key))
    return {
      manifest,
      changed: true,
      forgets: manifest.forgets,
      files: { sent: fresh.length, bytes: fresh.reduce((sum, { bytes }) => sum + bytes, 0) },
      packed: packed.pack?.bytes ?? 0
    }
  }).pipe(Effect.scoped)
