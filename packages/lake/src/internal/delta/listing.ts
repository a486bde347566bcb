/** Which files of a log make one of its versions. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { NoTable, NoVersion, VersionGap } from "../../DeltaError.js"
import type * as Store from "../../ObjectStore.js"
import * as Names from "./names.js"

export interface Checkpoint {
  readonly version: number
  readonly keys: ReadonlyArray<string>
  /** When and how large its parts were written. */
  readonly mark: string
}

export interface Listing {
  /** By version: when and how large the commit was written, which tells it from another one of its name. */
  readonly commits: ReadonlyMap<number, string>
  /** Only those that are there with all their parts, the newest first. */
  readonly checkpoints: ReadonlyArray<Checkpoint>
  readonly latest: number
}

/** A checkpoint, if any, and the commits behind it, without a gap. */
export interface Route {
  readonly checkpoint: Checkpoint | undefined
  readonly commits: ReadonlyArray<number>
  readonly version: number
}

const LastCheckpoint = Schema.parseJson(Schema.Struct({ version: Schema.NonNegativeInt }))
const decodeLast = ParseResult.decodeUnknownOption(LastCheckpoint)
const lastCheckpointLimit = 1024 * 1024

/** Where a list may begin. It is a hint: it may be missing, damaged, or older or newer than what is there. */
export const lastCheckpoint = (store: Store.Service, table: string): Effect.Effect<number, Store.StoreError> =>
  store.read(Names.lastCheckpointKey(table), { limit: lastCheckpointLimit }).pipe(
    Effect.map((bytes) =>
      Option.match(decodeLast(new TextDecoder().decode(bytes)), { onNone: () => 0, onSome: ({ version }) => version })
    ),
    Effect.catchTags({ ObjectMissing: () => Effect.succeed(0), TooLarge: () => Effect.succeed(0) })
  )

/** Everything of this version and later. */
export const list = (
  store: Store.Service,
  table: string,
  from: number
): Effect.Effect<Listing, Store.StoreError> => {
  const folder = Names.logFolder(table)
  const commits = new Map<number, string>()
  const parts = new Map<
    string,
    { readonly version: number; readonly parts: number; readonly keys: Map<string, string> }
  >()
  return store.list(folder, from === 0 ? {} : { after: Names.before(table, from) }).pipe(
    Stream.runForEach(({ bytes, key, modifiedAt }) =>
      Effect.sync(() => {
        const file = Names.logFile(key.slice(folder.length))
        const mark = `${DateTime.formatIso(modifiedAt)} ${bytes}`
        if (file?._tag === "Commit") commits.set(file.version, mark)
        if (file?._tag === "Checkpoint") {
          const name = `${file.version}/${file.parts}`
          const found = parts.get(name) ?? { version: file.version, parts: file.parts, keys: new Map<string, string>() }
          parts.set(name, found)
          found.keys.set(key, mark)
        }
      })
    ),
    Effect.map(() => {
      const checkpoints = [...parts.values()].filter((one) => one.keys.size === one.parts)
        .toSorted((left, right) => right.version - left.version)
        .map(({ keys, version }) => ({ version, keys: [...keys.keys()], mark: [...keys].flat().join("\n") }))
      let latest = checkpoints[0]?.version ?? -1
      for (const version of commits.keys()) latest = Math.max(latest, version)
      return { commits, checkpoints, latest }
    })
  )
}

export type Routes = readonly [Route, ...ReadonlyArray<Route>]

/** Every way to a version, the shortest first; or why there is none. */
export const routes = (
  { listing, place, table, version }: {
    readonly listing: Listing
    readonly place: string
    readonly table: string
    readonly version: number | undefined
  }
): Either.Either<readonly [Route, ...ReadonlyArray<Route>], NoTable | NoVersion | VersionGap> => {
  const { checkpoints, commits, latest } = listing
  if (latest < 0) return Either.left(new NoTable({ place, table }))
  const target = version ?? latest
  if (target > latest) return Either.left(new NoVersion({ table, version: target, latest }))
  const found: Array<Route> = []
  let gap: number | undefined
  for (const checkpoint of [...checkpoints.filter((one) => one.version <= target), undefined]) {
    const behind: Array<number> = []
    let missing: number | undefined
    for (let at = (checkpoint?.version ?? -1) + 1; at <= target && missing === undefined; at++) {
      if (commits.has(at)) behind.push(at)
      else missing = at
    }
    if (missing === undefined) found.push({ checkpoint, commits: behind, version: target })
    else gap ??= missing
  }
  const [first, ...others] = found
  if (first !== undefined) return Either.right([first, ...others])
  // Another writer may clean what lies before a checkpoint.
  return Either.left(
    gap === 0 && checkpoints.length > 0
      ? new NoVersion({ table, version: target, latest })
      : new VersionGap({ table, missing: gap ?? target })
  )
}
