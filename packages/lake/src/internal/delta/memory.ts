/** What a process has read of logs: each commit and each checkpoint is fetched once, whichever account it is read for. */
import type { QueryError } from "@trunkline/dataset/DatasetError"
import { take } from "@trunkline/parquet/Disk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { VersionGap } from "../../DeltaError.js"
import type * as Store from "../../ObjectStore.js"
import type * as Actions from "./actions.js"
import * as CheckpointFile from "./checkpointFile.js"
import type * as Listing from "./listing.js"

/** A part of a checkpoint on this disk. */
export interface Part {
  readonly key: string
  readonly path: string
  readonly bytes: number
}

interface Fetched {
  readonly mark: string
  readonly parts: ReadonlyArray<Part>
}

/** What is known of one log. */
export interface Log {
  /** Commits by their version, as long as they are listed as they were. */
  readonly commit: (version: number, mark: string) => ReadonlyArray<Actions.Action> | undefined
  readonly keep: (version: number, mark: string, actions: ReadonlyArray<Actions.Action>) => void
  /** The files of a checkpoint on this disk. */
  readonly checkpoint: <A, E>(
    checkpoint: Listing.Checkpoint,
    store: Store.Service,
    read: (parts: ReadonlyArray<Part>, reader: CheckpointFile.Reader) => Effect.Effect<A, E>
  ) => Effect.Effect<A, E | Store.StoreError | VersionGap | QueryError>
}

export interface Memory {
  readonly of: (store: Pick<Store.Service, "place">, table: string) => Log
}

/** Some hundred commits lie behind a checkpoint; a log that has none is not kept whole. */
const mostCommits = 200

/** A commit that touches more files is one of a few. */
const mostActions = 1000

const isThere = ({ bytes, path }: Part): Effect.Effect<boolean> =>
  Effect.orElseSucceed(
    Effect.map(take("inspect", path, () => fs.stat(path)), ({ size }) => size === bytes),
    () => false
  )

const remove = (parts: ReadonlyArray<Part>): Effect.Effect<void> =>
  Effect.forEach(parts, ({ path }) => Effect.ignore(take("unlink", path, () => fs.rm(path, { force: true }))), {
    discard: true
  })

interface Room {
  readonly folder: string
  readonly reader: CheckpointFile.Reader
}

const logOf = (table: string, room: Effect.Effect<Room, QueryError>): Log => {
  const commits = new Map<number, { readonly mark: string; readonly actions: ReadonlyArray<Actions.Action> }>()
  let fetched: Fetched | undefined
  // One reader at a time: the next checkpoint takes the place of the one before.
  const one = Effect.unsafeMakeSemaphore(1)
  const fetch = ({ keys, mark, version }: Listing.Checkpoint, store: Store.Service, folder: string) =>
    Effect.gen(function*() {
      if (fetched?.mark === mark && (yield* Effect.every(fetched.parts, isThere))) return fetched
      const before = fetched?.parts ?? []
      fetched = undefined
      for (const known of commits.keys()) if (known <= version) commits.delete(known)
      yield* remove(before)
      const parts = keys.map((key) => ({ key, path: join(folder, `${randomUUID()}.parquet`) }))
      const found: Fetched = {
        mark,
        parts: yield* Effect.forEach(
          parts,
          ({ key, path }) => Effect.map(store.download(key, path), ({ bytes }) => ({ key, path, bytes }))
        ).pipe(
          // Another writer may clean its log.
          Effect.catchTag("ObjectMissing", () => new VersionGap({ table, missing: version })),
          Effect.onError(() => remove(parts.map((part) => ({ ...part, bytes: 0 }))))
        )
      }
      fetched = found
      return found
    })
  return {
    commit: (version, mark) => {
      const found = commits.get(version)
      return found?.mark === mark ? found.actions : undefined
    },
    keep: (version, mark, actions) => {
      commits.delete(version)
      if (actions.length > mostActions) return
      commits.set(version, { mark, actions })
      const [oldest] = commits.keys()
      if (commits.size > mostCommits && oldest !== undefined) commits.delete(oldest)
    },
    checkpoint: (checkpoint, store, read) =>
      one.withPermits(1)(Effect.gen(function*() {
        const { folder, reader } = yield* room
        const { parts } = yield* fetch(checkpoint, store, folder)
        return yield* read(parts, reader)
      }))
  }
}

/** Until the scope ends. The folder is made when needed. */
export const make = (temporary: string): Effect.Effect<Memory, never, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const one = yield* Effect.makeSemaphore(1)
    let made = Option.none<Room>()
    // Made when it is first needed; what failed is tried again.
    const room: Effect.Effect<Room, QueryError> = one.withPermits(1)(Effect.suspend(() =>
      Option.match(made, {
        onSome: Effect.succeed,
        onNone: () =>
          Effect.gen(function*() {
            const folder = yield* CheckpointFile.scratch(temporary)
            const found: Room = { folder, reader: yield* CheckpointFile.reader(join(folder, "spill")) }
            made = Option.some(found)
            return found
          }).pipe(Scope.extend(scope))
      })
    ))
    const logs = new Map<string, Log>()
    return {
      of: (store, table) => {
        const name = `${store.place}\n${table}`
        const log = logs.get(name) ?? logOf(table, room)
        logs.set(name, log)
        return log
      }
    }
  })
