/**
 * A folder of Parquet with its ledger: windows of rows land, landings are published, and what is certified is known.
 *
 * @since 0.1.0
 */
import type { Disk } from "@trunkline/parquet"
import type * as Table from "@trunkline/parquet/Table"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { join } from "node:path"
import * as Carried from "./Carried.js"
import type * as DatasetError from "./DatasetError.js"
import * as DatasetReader from "./DatasetReader.js"

import * as Erase from "./Erase.js"
import * as Gathered from "./Gathered.js"
import * as Inspection from "./Inspection.js"
import * as Folding from "./internal/folding.js"
import * as Intents from "./internal/intents.js"
import * as Landings from "./internal/landing.js"
import * as Layout from "./internal/layout.js"
import * as Marks from "./internal/marks.js"
import type { Opened } from "./internal/opened.js"
import * as Opening from "./internal/opening.js"
import * as Publishing from "./internal/publishing.js"
import * as Renumbered from "./internal/renumbered.js"
import * as RunLog from "./internal/runs.js"
import * as Sightings from "./internal/sightings.js"
import * as Standings from "./internal/standing.js"
import * as State from "./internal/state.js"
import * as Ledger from "./Ledger.js"
import * as Mask from "./Mask.js"
import * as Repair from "./Repair.js"
import { Budget } from "./Session.js"
import * as Verify from "./Verify.js"

/**
 * @since 0.1.0
 * @category models
 */
export type Options = Opening.Options

/**
 * @since 0.1.0
 * @category constructors
 */
export { check, makeOut } from "./internal/opening.js"

/**
 * A row, and the number of the answer it was read from.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reading<Row> {
  readonly answer: number
  readonly row: Row
}

/**
 * The rows of one table in a landing; made by `rows` or `gathered`.
 *
 * @since 0.1.0
 * @category models
 */
export type TableRows<E> = Landings.TableRows<E>

/**
 * A window that was read: its rows, its proof (none for what claims no stretch of time, such as details), and what else is
 * to be remembered in the same moment.
 *
 * @since 0.1.0
 * @category models
 */
export type Landing<E> = Landings.Landing<E>

/**
 * @since 0.1.0
 * @category models
 */
export type Landed = Landings.Landed

/**
 * @since 0.1.0
 * @category models
 */
export type Published = Publishing.Published

/**
 * @since 0.1.0
 * @category models
 */
export type Changes = Publishing.Changes

/**
 * A row of a table that says who or what was met, such as an agent.
 *
 * @since 0.1.0
 * @category models
 */
export type Sighting = Sightings.Sighting

interface Known {
  readonly groups: ReadonlyArray<string>
  readonly emptied?: TableRows<never>["emptied"]
}

/**
 * The rows of a table, and which of its groups they know. For a table whose rows are replaced together, `emptied` names
 * those that were read and have none, by the columns of `replacedBy`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const rows = <Row extends object, E>(
  table: Table.Table<Row>,
  { rows, ...known }: Known & { readonly rows: Stream.Stream<Reading<Row>, E> }
): TableRows<E> => ({
  ...known,
  table,
  rows: Stream.suspend(() => {
    const gathered = Gathered.make(table)
    return rows.pipe(
      Stream.mapChunks((chunk) => {
        for (const reading of chunk) gathered.add(reading)
        return Chunk.of(gathered.takeFull())
      }),
      Stream.concat(Stream.sync(() => gathered.take()))
    )
  })
})

/**
 * As `rows`, for rows that were gathered before.
 *
 * @since 0.1.0
 * @category constructors
 */
export const gathered = (table: Table.Any, { taken, ...known }: Known & { readonly taken: Gathered.Taken }): TableRows<
  never
> => ({ ...known, table, rows: Stream.succeed(taken) })

/**
 * @since 0.1.0
 * @category models
 */
export interface Writable extends DatasetReader.Readable {
  /** A number higher than any before, for one answer: what a later number says wins. */
  readonly answer: Effect.Effect<number, DatasetError.LedgerError>
  /** Keeps a window: all of its files and the certificate its proof earns, or nothing. Several may land at once. */
  readonly land: <E>(landing: Landing<E>) => Effect.Effect<Landed, E | DatasetError.WriteError>
  /**
   * Merges all landings into the partitions, those left from before first. One at a time. What belongs into a damaged
   * partition waits: see `Published.damaged`.
   */
  readonly publish: Effect.Effect<Published, DatasetError.WriteError>
  /** What was published since the dataset was opened, by a publish that failed or was interrupted also. */
  readonly changed: Effect.Effect<Changes>
  /** Marks rows that the vendor no longer returns, and returns how many were. Shown once they are published. */
  readonly mark: (marking: Marks.Marking) => Effect.Effect<number, DatasetError.WriteError>
  /** Remembers who and what was met, for the tables that say so; shown once they are published. */
  readonly see: (seen: Sightings.Seen) => Effect.Effect<void, DatasetError.LedgerError>
  /** Remembers from when on this scope was asked for, or a whole source that may have listed nothing yet. */
  readonly ask: (
    source: string,
    scope: string | null,
    since: DateTime.Utc
  ) => Effect.Effect<void, DatasetError.LedgerError>
  /**
   * Records what stands and no run can mend: what was known and is no longer listed, or a difference that no reading places.
   * What was accepted stays accepted while it `says` the same.
   */
  readonly stand: (
    standing: Standings.Subject & { readonly says: string; readonly at: DateTime.Utc }
  ) => Effect.Effect<Standings.Stood, DatasetError.LedgerError>
  /** It no longer stands. Nothing happens where it never did. */
  readonly resolve: (subject: Standings.Subject) => Effect.Effect<void, DatasetError.LedgerError>
  /** Accepts what stands under this number, a row in quarantine as well. False where nothing does. */
  readonly accept: (number: number, at: DateTime.Utc) => Effect.Effect<boolean, DatasetError.LedgerError>
  /** Records that a run has begun, before it reads anything. One that has not ended before it was killed. */
  readonly beginRun: (run: RunLog.Begun) => Effect.Effect<void, DatasetError.LedgerError>
  /** Records how a run ended, and publishes it unless something is being published. */
  readonly endRun: (
    run: RunLog.Ended
  ) => Effect.Effect<void, DatasetError.Damaged | DatasetError.LedgerError | DatasetError.QueryError>
  /**
   * Checks what a run can afford: names and sizes of all files, the content of those whose turn it is, and whether the rows of
   * the ledger agree. Changes no file.
   */
  readonly inspect: Effect.Effect<
    Inspection.Report,
    DatasetError.Damaged | DatasetError.LedgerError | DatasetError.QueryError
  >
  /** The checks of `Verify.folder`, under the lock this dataset holds. */
  readonly verify: Effect.Effect<
    Verify.Report,
    DatasetError.Damaged | DatasetError.LedgerError | DatasetError.QueryError
  >
  /** By how many keys its tokens are made, and whether none is left to be made; 0 keys where numbers are in clear. */
  readonly masked: Effect.Effect<
    { readonly keys: number; readonly done: boolean },
    DatasetError.MaskError | DatasetError.LedgerError
  >
  /** Takes what is damaged out of the dataset, so that the next run reads it again. */
  readonly repair: (
    options: Repair.Options
  ) => Effect.Effect<
    Repair.Report,
    DatasetError.Damaged | DatasetError.LedgerError | DatasetError.QueryError
  >
  /**
   * Takes a person out of every table, landing, text and copy, and remembers a keyed hash of them. Null where what is given is no
   * number. Of a person who was erased before, it looks for what is left.
   */
  readonly erase: (
    options: Erase.Options
  ) => Effect.Effect<
    Erase.Report | null,
    DatasetError.MaskError | DatasetError.LedgerError | DatasetError.QueryError
  >
  /** The person is known no longer, and is read again by the next run. False where nobody is remembered so. */
  readonly forgetErased: (
    who: Erase.Who,
    options: Pick<Repair.Options, "frontier">
  ) => Effect.Effect<boolean, DatasetError.MaskError | DatasetError.LedgerError | DatasetError.QueryError>
  /** Brings all published files that are kept elsewhere, and returns how many there were. */
  readonly fetch: Effect.Effect<number, DatasetError.Damaged | DatasetError.LedgerError | DatasetError.QueryError>
  /**
   * Publishes what landed, and hands the dataset over as it is then, for as long as that takes. Other publishes wait; what lands
   * meanwhile is no part of it.
   */
  readonly carry: <A, E, R>(
    use: (carried: Carried.Carried) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | Carried.CarryError, R>
  /** Rows of damaged files that were not read since. */
  readonly lost: Effect.Effect<ReadonlyArray<Repair.Lost>, DatasetError.LedgerError>
  /** The lost rows of a source were named, and are looked for no longer. */
  readonly forgetLost: (source: string) => Effect.Effect<void, DatasetError.LedgerError>
}

const Counter = Schema.Struct({ value: Schema.Number })

/** Numbers are taken from the ledger by the thousand: what a crash leaves unused is never used. */
const answers = Effect.fnUntraced(function*(ledger: Ledger.Ledger) {
  const block = 1000
  const taking = yield* Effect.makeSemaphore(1)
  let next = 0
  let end = 0
  const more = Effect.gen(function*() {
    if (next < end) return
    next = yield* ledger.transaction("state commit", (statements) =>
      Effect.gen(function*() {
        const [row] = yield* statements.all(
          Counter,
          `INSERT INTO counters VALUES ('answer', 1 + ?) ON CONFLICT (name) DO UPDATE SET value = value + ? RETURNING value`,
          block,
          block
        )
        return (row?.value ?? 1) - block
      }))
    end = next + block
  })
  const take: Effect.Effect<number, DatasetError.LedgerError> = Effect.suspend(() =>
    next < end ? Effect.succeed(next++) : Effect.zipRight(taking.withPermits(1)(more), take)
  )
  return take
})

const writable = Effect.fnUntraced(function*(opened: Opened, options: Options) {
  const publishing = yield* Effect.makeSemaphore(1)
  const { within } = yield* Budget
  const { ledger } = opened
  const subject = { ...opened, tables: [...opened.tables.values()] }
  let changed = Publishing.unchanged
  const made = (changes: Partial<Changes>) => {
    changed = Publishing.sum(changed, changes)
  }
  const publish = Publishing.publish(opened, { atMost: options.mergeAtMost, within, made })
  const dataset: Writable = {
    ...DatasetReader.make({ ...opened, hiding: Effect.sync(() => opened.hiding.current) }, ledger),
    // A run that lasts over midnight goes by the day on which it began.
    kept: Effect.succeed(opened.kept),
    answer: yield* answers(ledger),
    land: (landing) => Landings.land(opened, landing).pipe(Effect.withSpan("Dataset.land")),
    publish: publishing.withPermits(1)(publish).pipe(Effect.withSpan("Dataset.publish")),
    changed: Effect.sync(() => changed),
    mark: (marking) => Marks.mark(opened, marking).pipe(Effect.withSpan("Dataset.mark")),
    see: (seen) => Sightings.see(opened, seen),
    ask: (source, scope, since) =>
      State.ask(
        ledger,
        source,
        scope,
        opened.kept === null ? since : DateTime.max(since, opened.kept.since)
      ),
    stand: (standing) => Standings.stand(ledger, standing),
    resolve: (subject) => Standings.resolve(ledger, subject),
    accept: (number, at) => Standings.accept(ledger, number, at),
    beginRun: (run) =>
      Effect.gen(function*() {
        yield* RunLog.begin(ledger, run)
        yield* Renumbered.forgetAll(ledger, opened.spelling === null || (yield* Folding.isDone(ledger)))
      }),
    endRun: (run) =>
      Effect.gen(function*() {
        yield* RunLog.end(ledger, run)
        if (run.status === "certified") yield* Ledger.forgetKept(join(opened.out, Layout.own, Layout.ledger))
        // A publish that was given up may still be stopping. Then the next one publishes the run.
        yield* publishing.withPermitsIfAvailable(1)(
          within("part")(
            // The publish before it may have ended between a rename and its record.
            Effect.zipRight(
              Intents.recover(opened, { damaged: false }),
              Effect.scoped(Effect.flatMap(opened.session.connect, (connection) => RunLog.publish(opened, connection)))
            )
          )
        )
      }),
    inspect: publishing.withPermits(1)(
      within("all")(Inspection.inspect(subject, { readAllBelow: options.readAllBelow ?? Inspection.readAllBelow }))
    ),
    verify: publishing.withPermits(1)(within("all")(Verify.inspect(subject))),
    repair: (asked) =>
      publishing.withPermits(1)(within("all")(Repair.repair(opened, asked))).pipe(Effect.withSpan("Dataset.repair")),
    erase: (asked) =>
      publishing.withPermits(1)(within("all")(Erase.erase(opened, asked))).pipe(Effect.withSpan("Dataset.erase")),
    forgetErased: (who, asked) =>
      publishing.withPermits(1)(within("all")(Erase.forget(opened, who, asked))).pipe(
        Effect.withSpan("Dataset.forgetErased")
      ),
    masked: Effect.zipWith(
      opened.mask,
      Mask.isUnfinished(ledger),
      (hashes, unfinished) => ({ keys: hashes?.length ?? 0, done: !unfinished })
    ),
    fetch: publishing.withPermits(1)(opened.fetching.bringAll).pipe(Effect.withSpan("Dataset.fetch")),
    carry: (use) => publishing.withPermits(1)(Carried.carry(opened, publish, use)),
    lost: Repair.lost(ledger),
    forgetLost: (source) => Repair.forgetLost(ledger, source)
  }
  return dataset
})

/**
 * Opens the dataset in a folder for writing, or begins one. What was landed before waits for `publish`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = Effect.fn("Dataset.open")(function*(options: Options) {
  return yield* writable(yield* Opening.open(options), options)
})

/**
 * The one writer of a dataset.
 *
 * @since 0.1.0
 * @category services
 */
export class Dataset extends Context.Tag("@trunkline/dataset/Dataset")<Dataset, Writable>() {
  static readonly layer = (
    options: Options
  ): Layer.Layer<Dataset, DatasetError.OpenError, Disk> => Layer.scoped(this, open(options))
}
