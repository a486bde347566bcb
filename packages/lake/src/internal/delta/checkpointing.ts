/** Writes a version as one file, so that readers do not read every commit before it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { DamagedLog, UnsupportedTable } from "../../DeltaError.js"
import type { ReadError } from "../../DeltaTable.js"
import type * as Actions from "./actions.js"
import * as CheckpointFile from "./checkpointFile.js"
import * as Loading from "./loading.js"
import * as Names from "./names.js"
import * as Replay from "./replay.js"
import * as Retention from "./retention.js"

/** What stands in a checkpoint: removals are forgotten once nothing needs them. */
const actionsOf = (state: Replay.Known, now: number): ReadonlyArray<Actions.Action> => {
  const { metadata, protocol } = state
  const oldest = now - Retention.ofRemoved(metadata)
  return [
    { protocol },
    { metaData: metadata },
    ...[...state.transactions.values()].map((txn) => ({ txn })),
    ...[...state.removed.values()]
      .filter(({ deletionTimestamp = 0 }) => deletionTimestamp >= oldest)
      .map((remove) => ({ remove: { ...remove, dataChange: false } })),
    ...[...state.files.values()].map((add) => ({ add: { ...add, dataChange: false } }))
  ]
}

/** What is to be written, as actions and as files of the checkpoint before. */
interface Contents {
  readonly state: Replay.Known
  readonly base: CheckpointFile.Base | null
}

const write = (
  place: Loading.Place,
  { base, state }: Contents
): Effect.Effect<number | undefined, ReadError> =>
  Effect.scoped(Effect.gen(function*() {
    const { store, table, temporary } = place
    const lacks = Replay.writerLacks(state.protocol)
    if (lacks.length > 0) return yield* new UnsupportedTable({ table, access: "write", needs: lacks })
    const { version } = state
    const key = Names.checkpointKey(table, version)
    const folder = yield* CheckpointFile.scratch(temporary)
    const path = join(folder, "checkpoint.parquet")
    const counts = yield* CheckpointFile.write({
      actions: actionsOf(state, yield* Clock.currentTimeMillis),
      base,
      folder,
      path
    })
    if (counts === undefined) return undefined
    const { found, meant } = counts
    // Readers trust a checkpoint and look at nothing before it.
    if (found.actions !== meant.actions || found.files !== meant.files) {
      return yield* new DamagedLog({ key, reason: "is not what was written, and was not uploaded" })
    }
    const { bytes } = yield* store.upload(key, path)
    const last = { version, size: found.actions, sizeInBytes: bytes, numOfAddFiles: found.files }
    yield* store.put(Names.lastCheckpointKey(table), new TextEncoder().encode(JSON.stringify(last)))
    return version
  }))

/** Of the checkpoint before and the commits since: memory grows with these, and not with the table. */
const onTop = (place: Loading.Place): Effect.Effect<number | undefined, ReadError> =>
  Loading.onTop(place, ({ paths, state }) =>
    Effect.gen(function*() {
      const oldest = Math.max(0, (yield* Clock.currentTimeMillis) - Retention.ofRemoved(state.metadata))
      const touched = new Set([...state.files.keys(), ...state.removed.keys()])
      return yield* write(place, { state, base: paths.length === 0 ? null : { paths, touched, oldest } })
    })).pipe(
      // What is wrong with the log, or with what names its newest checkpoint, is said where it is read as a whole.
      Effect.catchTag(
        "DamagedLog",
        "DatasetQueryFailed",
        "NoTable",
        "NoVersion",
        "VersionGap",
        () => Effect.succeed(undefined)
      )
    )

/** Of the latest version; returns its number. Writing it twice, or not at all, does no harm. */
export const checkpoint = (place: Loading.Place): Effect.Effect<number, ReadError> =>
  Effect.gen(function*() {
    const done = yield* onTop(place)
    if (done !== undefined) return done
    const state = yield* Loading.load(place)
    return (yield* write(place, { state, base: null })) ?? state.version
  })
