/** Removes data files that no version names which is still to be shown. */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { BadVacuum, UnsupportedTable } from "../../DeltaError.js"
import type { ReadError, Vacuum, Vacuumed } from "../../DeltaTable.js"
import type { Listed, StoreError } from "../../ObjectStore.js"
import * as Loading from "./loading.js"
import * as Names from "./names.js"
import * as Replay from "./replay.js"
import * as Retention from "./retention.js"

const atOnce = 8

/** How many paths a report names. */
const named = 1000

/** How far back the last commit of an account is looked for. */
const lookBack = 100

/** Whether a vacuum may look at this: not the log, and nothing that is hidden or outside of all partitions. */
const isData = (path: string, partitionBy: ReadonlyArray<string>): boolean => {
  const [first] = partitionBy
  return (first === undefined || path.startsWith(`${first}=`)) &&
    path.split("/").every((segment) => segment.includes("=") || !/^[_.]/.test(segment))
}

/** When the last change of this account was committed, by the clock of the store; none where it is long ago. */
const committedAt = (
  place: Loading.Place,
  { app, state }: { readonly app: string; readonly state: Replay.Known }
): Effect.Effect<Option.Option<number>, ReadError> =>
  Effect.gen(function*() {
    const { store, table } = place
    const sequence = state.transactions.get(app)?.version
    if (sequence === undefined) return Option.none()
    const oldest = Math.max(0, state.version - lookBack)
    for (let version = state.version; version >= oldest; version--) {
      const actions = yield* Loading.commit(place, version)
      if (Option.isNone(actions)) break
      if (!actions.value.some(({ txn }) => txn?.appId === app && txn.version === sequence)) continue
      const key = Names.commitKey(table, version)
      const found = yield* Stream.runHead(Stream.filter(store.list(key), (one) => one.key === key))
      return Option.map(found, ({ modifiedAt }) => DateTime.toEpochMillis(modifiedAt))
    }
    return Option.none()
  })

/**
 * Removes what no snapshot within the retention names. A file that no version ever named may belong to a push that is under
 * way, and is left for a week, whatever the retention.
 */
export const vacuum = (
  place: Loading.Place,
  { account, dryRun = false, retention = "7 days" }: Vacuum
): Effect.Effect<Vacuumed, ReadError | BadVacuum> =>
  Effect.gen(function*() {
    const { store, table } = place
    const kept = Duration.toMillis(retention)
    const state = yield* Loading.load(place, { whose: account === undefined ? undefined : { account } })
    const lacks = Replay.writerLacks(state.protocol)
    if (lacks.length > 0) return yield* new UnsupportedTable({ table, access: "write", needs: lacks })
    const { partitionColumns: partitionBy } = state.metadata
    const remembered = Retention.ofRemoved(state.metadata)
    if (kept > remembered) {
      const days = remembered / Duration.toMillis("1 day")
      return yield* new BadVacuum({ table, reason: `the log remembers removed files for ${days} days, and no longer` })
    }
    if (account !== undefined && partitionBy[0] !== "account") {
      return yield* new BadVacuum({ table, reason: "its files are not filed by account" })
    }
    const now = yield* Clock.currentTimeMillis
    // What was uploaded before the account's last commit, and is not in it, belongs to a push that can no longer land.
    const abandoned = account === undefined || kept > 0
      ? Option.none()
      : yield* committedAt(place, { app: Names.appOf(account), state })
    const uploadedBefore = Math.max(
      now - Math.max(kept, Retention.week),
      Option.getOrElse(abandoned, () => Number.NEGATIVE_INFINITY)
    )
    const folder = `${table}/`
    const pathOf = ({ key }: Listed) => key.slice(folder.length)
    const isOld = (object: Listed): boolean => {
      const path = pathOf(object)
      if (!isData(path, partitionBy) || state.files.has(path)) return false
      const removed = state.removed.get(path)
      return removed === undefined
        ? DateTime.toEpochMillis(object.modifiedAt) < uploadedBefore
        // At once means at once, whatever the clock of whoever removed it.
        : kept === 0 || (removed.deletionTimestamp ?? 0) < now - kept
    }
    const remove = (object: Listed): Effect.Effect<Listed, StoreError> =>
      dryRun ? Effect.succeed(object) : Effect.as(store.remove(object.key), object)
    const prefix = account === undefined ? folder : `${folder}${Names.folderOf(["account"], { account })}/`
    const paths: Array<string> = []
    const found = yield* store.list(prefix).pipe(
      Stream.filter(isOld),
      Stream.mapEffect(remove, { concurrency: atOnce }),
      Stream.runFold({ files: 0, bytes: 0 }, ({ bytes, files }, object) => {
        if (paths.length < named) paths.push(pathOf(object))
        return { files: files + 1, bytes: bytes + object.bytes }
      })
    )
    return { ...found, paths }
  })
