/** Writes the next version of a table, or learns who wrote it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { randomUUID } from "node:crypto"
import {
  BadCommit,
  BehindLedger,
  type ColumnChanged,
  Crowded,
  DamagedLog,
  Overtaken,
  UnsupportedTable,
  VersionGap
} from "../../DeltaError.js"
import type { Change, CommitError, Committed } from "../../DeltaTable.js"
import type * as Actions from "./actions.js"
import { bytesOf } from "./actions.js"
import * as Changes from "./change.js"
import * as Loading from "./loading.js"
import * as Names from "./names.js"
import * as Replay from "./replay.js"
import * as Retention from "./retention.js"
import * as TableSchema from "./schema.js"

/** A commit that no reader of ours would take is not written. */
const commitLimit = 16 * 1024 * 1024

const tries = 1000

interface Work {
  readonly table: string
  readonly change: Change
  readonly app: string
  readonly mark: Replay.Change
}

const overtaken = ({ change, table }: Work, found: number | null) =>
  new Overtaken({ table, account: change.account, sequence: change.sequence, found })

/** Whether the table stands where the change leaves it, by this change and no other. */
const isThere = ({ app, change, mark }: Work, state: Replay.Known): boolean => {
  const last = state.changes.get(app)
  if (last?.sequence === change.sequence) return last.print === mark.print
  // Nothing but what is gone may tell of a change that added no file.
  return change.adds.length === 0 && change.removes.every((path) => !state.files.has(path))
}

type Place = "already" | "next"

const placeOf = (work: Work, state: Replay.Known): Either.Either<Place, Overtaken | BehindLedger> => {
  const { app, change, table } = work
  const found = state.transactions.get(app)?.version ?? null
  if (found === change.sequence) {
    return isThere(work, state) ? Either.right("already") : Either.left(overtaken(work, found))
  }
  if (found === change.after) return Either.right("next")
  return Either.left(
    found !== null && (change.after === null || found > change.after)
      ? overtaken(work, found)
      : new BehindLedger({ table, account: change.account, follows: change.after ?? 0, found })
  )
}

const writable = ({ change, table }: Work, state: Replay.Known): Either.Either<void, BadCommit | UnsupportedTable> => {
  const lacks = [...Replay.writerLacks(state.protocol)]
  if (state.metadata.configuration?.["delta.appendOnly"] === "true" && change.removes.length > 0) {
    lacks.push("to remove from a table that only grows")
  }
  if (lacks.length > 0) return Either.left(new UnsupportedTable({ table, access: "write", needs: lacks }))
  const has = state.metadata.partitionColumns
  const same = has.length === change.partitionBy.length &&
    has.every((name, index) => name === change.partitionBy[index])
  return same ? Either.void : Either.left(
    new BadCommit({
      table,
      reason: `it is partitioned by ${change.partitionBy.join(", ")}, the table by ${has.join(", ")}`
    })
  )
}

/** The metadata of the table after the change, if it is new. */
const metadataAfter = (
  { change, table }: Work,
  state: Replay.Known
): Either.Either<Actions.Metadata | undefined, BadCommit | ColumnChanged | UnsupportedTable | DamagedLog> => {
  const has = TableSchema.fieldsOf(state.metadata.schemaString)
  if (has === undefined) {
    return Either.left(
      new DamagedLog({ key: Names.logFolder(table), reason: "the schema of the table cannot be read" })
    )
  }
  if (TableSchema.invariants(has)) {
    return Either.left(new UnsupportedTable({ table, access: "write", needs: ["delta.invariants"] }))
  }
  return Either.map(
    TableSchema.merged(table, has, TableSchema.fromColumns(change.columns, change.partitionBy)),
    (fields) =>
      fields.length === has.length ? undefined : { ...state.metadata, schemaString: TableSchema.schemaString(fields) }
  )
}

const filesOf = (
  { change, table }: Work,
  state: Replay.Known
): Either.Either<ReadonlyArray<Actions.Add>, BadCommit> => {
  const removed: Array<Actions.Add> = []
  for (const path of change.removes) {
    const file = state.files.get(path)
    if (file === undefined) {
      return Either.left(new BadCommit({ table, reason: `the account has no ${path} in the table` }))
    }
    removed.push(file)
  }
  const again = change.adds.find(({ path }) => state.files.has(path) || state.removed.has(path))
  return again === undefined
    ? Either.right(removed)
    : Either.left(new BadCommit({ table, reason: `${again.path} is or was in the table; give each file a new name` }))
}

interface Next {
  readonly first: ReadonlyArray<Actions.Action>
  readonly removed: ReadonlyArray<Actions.Add>
}

const behind = (work: Work, state: Replay.Known) =>
  Either.gen(function*() {
    yield* writable(work, state)
    const removed = yield* filesOf(work, state)
    const metaData = yield* metadataAfter(work, state)
    const next: Next = { removed, first: metaData === undefined ? [] : [{ metaData }] }
    return next
  })

/** The actions that make a table. */
const making = ({ change, table }: Work, now: number): Either.Either<Next, BehindLedger | BadCommit> => {
  const { account, after, columns, partitionBy, removes } = change
  if (after !== null) return Either.left(new BehindLedger({ table, account, follows: after, found: null }))
  if (removes.length > 0) return Either.left(new BadCommit({ table, reason: "there is no table to remove files from" }))
  return Either.right({
    removed: [],
    first: [
      { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
      {
        metaData: {
          id: randomUUID(),
          format: { provider: "parquet", options: {} },
          schemaString: TableSchema.schemaString(TableSchema.fromColumns(columns, partitionBy)),
          partitionColumns: partitionBy,
          createdTime: now,
          configuration: {}
        }
      }
    ]
  })
}

/** Whether these actions are those of the change: of this process, or of one that finished it. */
const isOurs = ({ app, mark }: Work, actions: ReadonlyArray<Actions.Action>): boolean =>
  actions.some(({ txn }) => txn?.appId === app && txn.version === mark.sequence) &&
  actions.some(({ commitInfo }) => commitInfo?.trunkline === Replay.changeText(mark))

/** Fails if a rival changed this account. */
const conflict = (work: Work, actions: ReadonlyArray<Actions.Action>) =>
  Effect.gen(function*() {
    const { app, change, table } = work
    const txn = actions.find((one) => one.txn?.appId === app)?.txn
    if (txn !== undefined) return yield* overtaken(work, txn.version)
    for (const { add, remove } of actions) {
      for (const file of [add, remove]) {
        if (file === undefined) continue
        const path = yield* Replay.pathOf(table, file)
        if (Names.accountOf(path, file.partitionValues) === change.account) return yield* overtaken(work, null)
      }
    }
  })

/** The change as it would be the next version; or that it stands already. */
const proposal = (work: Work, state: Replay.Known | undefined) =>
  Effect.gen(function*() {
    const { change, mark, table } = work
    const now = yield* Clock.currentTimeMillis
    if (state !== undefined && (yield* placeOf(work, state)) === "already") return undefined
    const next = yield* state === undefined ? making(work, now) : behind(work, state)
    const bytes = bytesOf(Changes.actionsOf({ change, mark, now, ...next }))
    if (bytes.length > commitLimit) {
      return yield* new BadCommit({ table, reason: `it is larger than ${commitLimit} bytes; push in several steps` })
    }
    return bytes
  })

/** The state after what others committed behind it, up to the end of the log; or the version that is the change. */
const catchUp = (place: Loading.Place, work: Work, before: Replay.Known) =>
  Effect.gen(function*() {
    const state = Replay.copy(before)
    const { id } = state.metadata
    for (;;) {
      const version = state.version + 1
      const found = yield* Loading.commit(place, version)
      if (Option.isNone(found)) break
      const actions = found.value
      if (isOurs(work, actions)) return version
      yield* conflict(work, actions)
      yield* Replay.apply({ table: place.table, state, actions, whose: { account: work.change.account } })
      state.version = version
    }
    const known = yield* Replay.known(place.table, state)
    if (known.metadata.id !== id) {
      return yield* new BadCommit({ table: place.table, reason: "another program made the table anew meanwhile" })
    }
    return known
  })

export interface Ended extends Committed {
  /** Versions from one checkpoint to the next. */
  readonly interval: number
}

/** Makes the change the next version of the table. */
export const commit = (
  place: Loading.Place,
  change: Change
): Effect.Effect<Ended, CommitError> =>
  Effect.gen(function*() {
    const { store, table } = place
    const reason = Changes.problem(change)
    if (reason !== undefined) return yield* new BadCommit({ table, reason })
    const work: Work = { table, change, app: Names.appOf(change.account), mark: Changes.markOf(change) }
    const load = Loading.load(place, { whose: { account: change.account } })
    let state: Replay.Known | undefined = yield* Effect.catchTag(load, "NoTable", () => Effect.succeed(undefined))
    for (let tried = 0; tried < tries; tried++) {
      const interval = Retention.checkpointInterval(state?.metadata, state?.transactions.size ?? 0)
      const bytes = yield* proposal(work, state)
      if (bytes === undefined) return { version: state?.version ?? 0, already: true, interval }
      const version: number = (state?.version ?? -1) + 1
      const key = Names.commitKey(table, version)
      const written = yield* Effect.either(store.putIfAbsent(key, bytes))
      if (Either.isRight(written)) return { version, already: false, interval }
      const error = written.left
      const isLost = error._tag === "ObjectExists"
      // Without an answer, it may be there all the same.
      if (!isLost) {
        const found = yield* Effect.orElseSucceed(Loading.commit(place, version), Option.none)
        if (Option.isNone(found)) return yield* error
      }
      if (state === undefined) {
        state = yield* load
      } else {
        const ended: Replay.Known | number = yield* catchUp(place, work, state)
        if (typeof ended === "number") return { version: ended, already: true, interval }
        state = ended
        if (state.version < version) return yield* new VersionGap({ table, missing: version })
      }
    }
    return yield* new Crowded({ table, tries })
  })
