/**
 * The log of Delta tables, by hand: versions that any engine reads, and commits that one of any number of writers wins.
 *
 * Protocol: reader version 1, writer version 2. A table is a prefix of the store, such as `calls`; its log is
 * `calls/_delta_log/00000000000000000012.json` and the like. A commit is one `putIfAbsent`. A commit file is read whole, up to
 * 64 MiB; a checkpoint is read some thousand rows at a time. Memory grows with the files that a version names.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { BadVacuum } from "./DeltaError.js"
import type { Change, CommitError, Committed, DataFile, ReadError, Snapshot, Vacuum, Vacuumed } from "./DeltaTable.js"
import type * as Actions from "./internal/delta/actions.js"
import * as Checkpointing from "./internal/delta/checkpointing.js"
import * as Committing from "./internal/delta/committing.js"
import * as Loading from "./internal/delta/loading.js"
import * as Memory from "./internal/delta/memory.js"
import * as Names from "./internal/delta/names.js"
import type * as Replay from "./internal/delta/replay.js"
import * as Vacuuming from "./internal/delta/vacuuming.js"
import { ObjectStore } from "./ObjectStore.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** A folder of this machine, for checkpoints while they are read and written; made when needed. */
  readonly temporary: string
}

/**
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /** The latest version unless told otherwise; with the files of one account, if one is given. */
  readonly snapshot: (
    table: string,
    options?: { readonly version?: number | undefined; readonly account?: string | null | undefined }
  ) => Effect.Effect<Snapshot, ReadError>
  /**
   * The next version. A rival that changed other accounts makes it try the version after; one that changed this account fails
   * it. The same change again is no failure and changes nothing. Makes the table if it is not there.
   */
  readonly commit: (table: string, change: Change) => Effect.Effect<Committed, CommitError>
  /**
   * Writes the latest version as one file, which makes reading it quick, and returns its number. Every tenth commit does so by
   * itself, of a table of more than 400 accounts every twentieth, of more than 1600 every fortieth, and so on, unless the table's
   * `delta.checkpointInterval` says otherwise; one that fails is logged, and does no harm.
   */
  readonly checkpoint: (table: string) => Effect.Effect<number, ReadError>
  /** Removes data files. One that was stopped is run again. */
  readonly vacuum: (table: string, options?: Vacuum) => Effect.Effect<Vacuumed, ReadError | BadVacuum>
}

const Stats = Schema.parseJson(Schema.Struct({ numRecords: Schema.NonNegativeInt }))
const rowsIn = ParseResult.decodeUnknownEither(Stats)

const fileOf = (path: string, { modificationTime, partitionValues, size, stats }: Actions.Add): DataFile => ({
  path,
  bytes: size,
  modifiedAt: DateTime.unsafeMake(modificationTime),
  partition: partitionValues,
  rows: Either.getOrNull(Either.map(rowsIn(stats), ({ numRecords }) => numRecords))
})

const snapshotOf = (table: string, state: Replay.Known): Snapshot => ({
  table,
  version: state.version,
  id: state.metadata.id,
  schema: state.metadata.schemaString,
  partitionBy: state.metadata.partitionColumns,
  files: [...state.files].toSorted(([left], [right]) => left < right ? -1 : 1).map(([path, add]) => fileOf(path, add)),
  sequenceOf: (account) => state.transactions.get(Names.appOf(account))?.version ?? null
})

/** Null: each service remembers for itself. */
class Shared extends Context.Reference<Shared>()<"@trunkline/lake/DeltaLog/Shared", Memory.Memory | null>(
  "@trunkline/lake/DeltaLog/Shared",
  { defaultValue: () => null }
) {}

/**
 * Services that are opened over this layer fetch each commit and each checkpoint once for all of them, for as long as the layer
 * lives: many accounts share the log of a table.
 *
 * @since 0.1.0
 * @category layers
 */
export const sharing = ({ temporary }: Options): Layer.Layer<never> => Layer.scoped(Shared, Memory.make(temporary))

/**
 * @since 0.1.0
 * @category services
 */
export class DeltaLog extends Context.Tag("@trunkline/lake/DeltaLog")<DeltaLog, Service>() {
  static readonly layer = (options: Options): Layer.Layer<DeltaLog, never, ObjectStore> =>
    Layer.scoped(
      this,
      Effect.gen(function*() {
        const store = yield* ObjectStore
        const memory = (yield* Shared) ?? (yield* Memory.make(options.temporary))
        const latest: Loading.Place["latest"] = new Map()
        const place = (table: string): Loading.Place => ({
          ...options,
          store,
          table,
          log: memory.of(store, table),
          latest
        })
        return {
          snapshot: (table, { account, version } = {}) =>
            Effect.map(
              Loading.load(place(table), { version, whose: account === undefined ? undefined : { account } }),
              (state) => snapshotOf(table, state)
            ),
          commit: (table, change) =>
            Effect.map(
              Effect.tap(
                Committing.commit(place(table), change),
                ({ already, interval, version }) =>
                  already || version === 0 || version % interval !== 0
                    ? Effect.void
                    : Effect.ignoreLogged(Checkpointing.checkpoint(place(table)))
              ),
              ({ already, version }) => ({ already, version })
            ),
          checkpoint: (table) => Checkpointing.checkpoint(place(table)),
          vacuum: (table, vacuum = {}) => Vacuuming.vacuum(place(table), vacuum)
        }
      })
    )
}
