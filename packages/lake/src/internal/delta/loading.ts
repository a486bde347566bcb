/** A version of a table, out of its log. */
import type { QueryError } from "@trunkline/dataset/DatasetError"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { DamagedLog, LogError } from "../../DeltaError.js"
import { VersionGap } from "../../DeltaError.js"
import type { TooLarge } from "../../LakeError.js"
import type * as Store from "../../ObjectStore.js"
import * as Actions from "./actions.js"
import * as CheckpointFile from "./checkpointFile.js"
import * as Listing from "./listing.js"
import type * as Memory from "./memory.js"
import * as Names from "./names.js"
import * as Replay from "./replay.js"

/** Where a log is, and where this process may keep files meanwhile. */
export interface Place {
  readonly store: Store.Service
  readonly temporary: string
  readonly table: string
  /** What this process has read of it. */
  readonly log: Memory.Log
  /** By table: the state that was last read of it, which is never changed. */
  readonly latest: Map<string, Remembered>
}

interface Remembered {
  readonly account: string | null
  readonly state: Replay.Known
  /** How the newest of its commits was listed. */
  readonly mark: string
}

export type LoadError = LogError | TooLarge | Store.StoreError | QueryError

/** A commit is read whole. */
const commitLimit = 64 * 1024 * 1024

/** How many commits are in memory at once. */
const ahead = 4

/** The actions of a commit; none where nobody wrote it yet. With the mark that it is listed with, it is fetched once. */
export const commit = (
  { log, store, table }: Place,
  version: number,
  mark?: string
): Effect.Effect<Option.Option<ReadonlyArray<Actions.Action>>, DamagedLog | TooLarge | Store.StoreError> =>
  Effect.suspend(() => {
    const known = mark === undefined ? undefined : log.commit(version, mark)
    if (known !== undefined) return Effect.succeedSome(known)
    const key = Names.commitKey(table, version)
    return store.read(key, { limit: commitLimit }).pipe(
      Effect.flatMap((bytes) => Actions.actions(key, bytes)),
      Effect.tap((actions) => mark === undefined ? Effect.void : Effect.sync(() => log.keep(version, mark, actions))),
      Effect.asSome,
      Effect.catchTag("ObjectMissing", () => Effect.succeedNone)
    )
  })

/** Applies what the parts of a checkpoint say. */
const applied = (
  { table }: Place,
  { parts, reader, state, whose }: {
    readonly parts: ReadonlyArray<Memory.Part>
    readonly reader: CheckpointFile.Reader
    readonly state: Replay.State
    readonly whose: Replay.Whose | "none"
  }
) =>
  Effect.forEach(parts, ({ key, path }) =>
    Stream.runForEach(
      CheckpointFile.read({ reader, key, path, whose }),
      (actions) => Replay.apply({ table, state, actions, whose: whose === "none" ? undefined : whose })
    ), { discard: true })

const readCheckpoint = (
  place: Place,
  { checkpoint, state, whose }: {
    readonly checkpoint: Listing.Checkpoint
    readonly state: Replay.State
    readonly whose: Replay.Whose
  }
): Effect.Effect<void, LoadError> =>
  place.log.checkpoint(
    checkpoint,
    place.store,
    (parts, reader) => applied(place, { parts, reader, state, whose })
  )

/** What these commits make of a state. */
const replayed = (
  place: Place,
  { commits, listing, state, version, whose }: {
    readonly state: Replay.State
    readonly commits: ReadonlyArray<number>
    readonly listing: Listing.Listing
    readonly version: number
    readonly whose: Replay.Whose
  }
): Effect.Effect<Replay.Known, LoadError> => {
  const { table } = place
  return Stream.fromIterable(commits).pipe(
    Stream.rechunk(1),
    Stream.mapEffect(
      (version) =>
        Effect.map(commit(place, version, listing.commits.get(version)), (actions) => ({ actions, version })),
      { concurrency: ahead }
    ),
    Stream.runForEach(({ actions, version }) =>
      Effect.flatMap(
        Effect.mapError(actions, () => new VersionGap({ table, missing: version })),
        (found) => Replay.apply({ table, state, actions: found, whose })
      )
    ),
    Effect.flatMap(() => {
      state.version = version
      return Replay.known(table, state)
    })
  )
}

const follow = (
  place: Place,
  { listing, route, whose }: {
    readonly listing: Listing.Listing
    readonly route: Listing.Route
    readonly whose: Replay.Whose
  }
): Effect.Effect<Replay.Known, LoadError> =>
  Effect.gen(function*() {
    const state = Replay.empty()
    const { checkpoint, commits, version } = route
    if (checkpoint !== undefined) yield* readCheckpoint(place, { checkpoint, state, whose })
    return yield* replayed(place, { state, commits, listing, version, whose })
  })

/** A checkpoint that cannot be read costs time where commits before it are still there. */
const firstOf = (
  place: Place,
  { listing, routes, whose }: {
    readonly listing: Listing.Listing
    readonly routes: Listing.Routes
    readonly whose: Replay.Whose
  }
): Effect.Effect<Replay.Known, LoadError> => {
  const [route, next, ...others] = routes
  const followed = follow(place, { listing, route, whose })
  return next === undefined
    ? followed
    : Effect.catchTag(followed, "DamagedLog", (error) =>
      Effect.logWarning(error.message).pipe(
        Effect.zipRight(firstOf(place, { listing, routes: [next, ...others], whose }))
      ))
}

/** The latest version, out of what is remembered and the commits since; null where that is not enough. */
const caughtUp = (
  place: Place,
  account: string | null
): Effect.Effect<{ readonly state: Replay.Known; readonly listing: Listing.Listing } | null, LoadError> =>
  Effect.gen(function*() {
    const { latest: states, store, table } = place
    const remembered = states.get(table)
    if (remembered === undefined || remembered.account !== account) return null
    const { mark, state } = remembered
    const listing = yield* Listing.list(store, table, state.version)
    // Another mark: somebody removed the table and made it anew.
    if (listing.commits.get(state.version) !== mark) return null
    const { latest } = listing
    const commits = Array.from({ length: latest - state.version }, (_, index) => state.version + 1 + index)
    if (!commits.every((version) => listing.commits.has(version))) return null
    if (commits.length === 0) return { state, listing }
    const followed = replayed(place, {
      state: Replay.copy(state),
      commits,
      listing,
      version: latest,
      whose: { account }
    })
    return { state: yield* followed, listing }
  }).pipe(Effect.catchTag("VersionGap", () => Effect.succeed(null)))

/** This version, or the latest; with the files of one account or of all. */
export const load = (
  place: Place,
  { version, whose }: { readonly version?: number | undefined; readonly whose?: Replay.Whose } = {}
): Effect.Effect<Replay.Known, LoadError> => {
  const { latest, store, table } = place
  const remember = (state: Replay.Known, { commits }: Listing.Listing): Replay.Known => {
    const mark = commits.get(state.version)
    if (version === undefined && whose !== undefined && mark !== undefined) {
      latest.set(table, { account: whose.account, state, mark })
    }
    return state
  }
  const from = (first: number) =>
    Effect.gen(function*() {
      const listing = yield* Listing.list(store, table, first)
      const routes = yield* Listing.routes({ listing, place: store.place, table, version })
      return remember(yield* firstOf(place, { listing, routes, whose }), listing)
    })
  return Effect.gen(function*() {
    const known = version === undefined && whose !== undefined ? yield* caughtUp(place, whose.account) : null
    if (known !== null) return remember(known.state, known.listing)
    const hint = yield* Listing.lastCheckpoint(store, table)
    if (hint === 0 || (version !== undefined && version < hint)) return yield* from(0)
    // The hint may be wrong. Then the whole log is listed, and says what is wrong.
    return yield* Effect.catchTags(from(hint), {
      DamagedLog: () => from(0),
      NoTable: () => from(0),
      NoVersion: () => from(0),
      VersionGap: () => from(0)
    })
  })
}

/** The latest version in two parts: the files of its checkpoint on this disk, and what commits since then made of the rest. */
export const onTop = <A, E>(
  place: Place,
  use: (parts: {
    /** None where no checkpoint is there. */
    readonly paths: ReadonlyArray<string>
    readonly state: Replay.Known
  }) => Effect.Effect<A, E>
): Effect.Effect<A, E | LoadError> => {
  const { log, store, table } = place
  const from = (first: number) =>
    Effect.gen(function*() {
      const listing = yield* Listing.list(store, table, first)
      const [{ checkpoint, commits, version }] = yield* Listing.routes({
        listing,
        place: store.place,
        table,
        version: undefined
      })
      const state = Replay.empty()
      const replay = replayed(place, { state, commits, listing, version, whose: undefined })
      if (checkpoint === undefined) return yield* Effect.flatMap(replay, (state) => use({ paths: [], state }))
      return yield* log.checkpoint(checkpoint, store, (parts, reader) =>
        Effect.gen(function*() {
          yield* applied(place, { parts, reader, state, whose: "none" })
          return yield* use({ paths: parts.map(({ path }) => path), state: yield* replay })
        }))
    })
  return Effect.flatMap(Listing.lastCheckpoint(store, table), from)
}
