/**
 * The lake of a dataset: its published files as Delta tables, and the state that another machine goes on from.
 *
 * A push commits the state of an account first. The tables follow from what that says, so a push that was stopped between two
 * tables is finished by whoever pushes the account next.
 *
 * @since 0.1.0
 */
import type { Carried } from "@trunkline/dataset/Carried"
import type { Disk } from "@trunkline/parquet"
import type * as Table from "@trunkline/parquet/Table"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as DeltaError from "./DeltaError.js"
import { DeltaLog } from "./DeltaLog.js"
import type * as DeltaTable from "./DeltaTable.js"
import * as Checking from "./internal/lake/checking.js"
import * as Publishing from "./internal/lake/publishing.js"
import type { ObjectStore } from "./ObjectStore.js"
import * as State from "./State.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Every table that a dataset may have, for the types of its columns. */
  readonly tables: ReadonlyArray<Pick<Table.Any, "name" | "columns">>
  /** A folder of this machine, for what is fetched to be checked; made when needed. */
  readonly temporary: string
}

/**
 * What a push did.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pushed {
  readonly number: number
  /** False where the lake had all of it. */
  readonly changed: boolean
  readonly files: { readonly sent: number; readonly bytes: number }
  /** Of the ledger, compressed. */
  readonly packed: number
  /** Tables with a new version. */
  readonly tables: ReadonlyArray<Published>
  /** Objects of older versions. */
  readonly removed: Vacuumed
}

/**
 * @since 0.1.0
 * @category models
 */
export type Published = Publishing.Published

/**
 * What is wrong with what stands in the lake.
 *
 * @since 0.1.0
 * @category models
 */
export type LakeFinding = Checking.LakeFinding

/**
 * @since 0.1.0
 * @category models
 */
export type Checked = Checking.Checked

/**
 * The newest push of an account, and what the tables show otherwise.
 *
 * @since 0.1.0
 * @category models
 */
export type Standing = Checking.Standing

/**
 * @since 0.1.0
 * @category models
 */
export interface Vacuumed {
  readonly files: number
  readonly bytes: number
}

/**
 * @since 0.1.0
 * @category errors
 */
export type PublishError = Publishing.PublishError

/**
 * @since 0.1.0
 * @category errors
 */
export type CheckError = Checking.CheckError

/**
 * @since 0.1.0
 * @category errors
 */
export type VacuumError = PublishError | DeltaError.BadVacuum

/**
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /**
   * What `Dataset.carry` hands over. Every tenth push removes what only older versions name; one by which somebody was erased or
   * masked, or a partition dropped, does so at once, and keeps no older version.
   */
  readonly push: (options: {
    readonly account: string | null
    readonly carried: Carried
    readonly retention?: Duration.DurationInput | undefined
  }) => Effect.Effect<Pushed, State.PushError | VacuumError>
  /** Brings the tables to what the newest push of the account says. Nothing is done where they are there, or further. */
  readonly finish: (account: string | null) => Effect.Effect<ReadonlyArray<Published>, PublishError>
  /** Makes the dataset of an account in a new or empty folder; its published files stay here until they are touched. */
  readonly restore: (options: {
    readonly account: string | null
    readonly out: string
  }) => Effect.Effect<State.Manifest, State.RestoreError>
  /** The newest push of an account, and whether the tables show it; none where it was never pushed. No data file is read. */
  readonly standing: (account: string | null) => Effect.Effect<Option.Option<Standing>, PublishError>
  /** Reads every file and the ledger of an account, and says what is not as its newest push said. */
  readonly check: (account: string | null) => Effect.Effect<Checked, CheckError>
  /**
   * Removes what only older versions of an account name; by default those that another followed more than 7 days ago. After
   * rows were erased it is run with a retention of 0.
   */
  readonly vacuum: (options: {
    readonly account: string | null
    readonly retention?: Duration.DurationInput | undefined
  }) => Effect.Effect<Vacuumed, VacuumError>
}

/**
 * @since 0.1.0
 * @category services
 */
export class Lake extends Context.Tag("@trunkline/lake/Lake")<Lake, Service>() {
  static readonly layer = (options: Options): Layer.Layer<Lake, never, ObjectStore | Disk> =>
    Layer.effect(this, make(options)).pipe(Layer.provide(DeltaLog.layer(options)))
}

const week = "7 days"
/** Pushes from one vacuum to the next. */
const between = 10

const make = (options: Options) =>
  Effect.gen(function*() {
    const context = yield* Effect.context<ObjectStore | Disk>()
    const subject: Publishing.Subject = { log: yield* DeltaLog, tables: options.tables }
    const finish: Service["finish"] = (account) =>
      Effect.flatMap(
        State.latest(account),
        Option.match({
          onNone: () => Effect.succeed([]),
          onSome: (manifest) => Publishing.publish(subject, manifest)
        })
      ).pipe(Effect.withSpan("Lake.finish"), Effect.provide(context))
    const vacuum: Service["vacuum"] = ({ account, retention = week }) =>
      Effect.gen(function*() {
        // A push that no table shows yet names files that a vacuum of the tables would take for nobody's.
        yield* finish(account)
        let [files, bytes] = [0, 0]
        for (const { name } of options.tables) {
          const removed: DeltaTable.Vacuumed = yield* subject.log.vacuum(name, { account, retention }).pipe(
            Effect.catchTag("NoTable", () => Effect.succeed({ files: 0, bytes: 0, paths: [] }))
          )
          files += removed.files
          bytes += removed.bytes
        }
        // Last of all, since its manifests tell the next push whether something is left to remove.
        const state = yield* State.vacuum({ account, retention })
        files += state.manifests + state.packs
        bytes += state.bytes
        return { files, bytes }
      }).pipe(Effect.withSpan("Lake.vacuum"), Effect.provide(context))
    return {
      push: ({ account, carried, retention }) =>
        Effect.gen(function*() {
          const { changed, files, forgets, manifest, packed } = yield* State.push({ account, carried })
          const { number } = manifest
          const tables = yield* Publishing.publish(subject, manifest)
          const removed = forgets || (changed && number % between === 0)
            ? yield* vacuum({ account, retention: forgets ? 0 : retention })
            : { files: 0, bytes: 0 }
          return { number, changed: changed || tables.length > 0, files, packed, tables, removed }
        }).pipe(Effect.withSpan("Lake.push"), Effect.provide(context)),
      finish,
      restore: (asked) => Effect.provide(State.restore(asked), context),
      standing: (account) => Effect.provide(Checking.standing(subject, account), context),
      check: (account) =>
        Checking.check({ ...subject, temporary: options.temporary, account }).pipe(
          Effect.withSpan("Lake.check"),
          Effect.provide(context)
        ),
      vacuum
    } satisfies Service
  })
