/**
 * What a dataset answers without being changed, to its writer and to any number of readers beside it.
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import { join, resolve } from "node:path"
import type { Certificate, Window } from "./Certificate.js"
import * as DatasetError from "./DatasetError.js"
import type { Declaration, Hiding } from "./Hiding.js"
import * as Erased from "./internal/erased.js"
import * as Held from "./internal/held.js"
import * as Kept from "./internal/kept.js"
import * as KeptKeys from "./internal/keptKeys.js"
import * as Landings from "./internal/landing.js"
import * as Layout from "./internal/layout.js"
import { identityIn } from "./internal/opened.js"
import * as Overviews from "./internal/overview.js"
import * as Places from "./internal/places.js"
import * as Quarantine from "./internal/quarantine.js"
import * as RunLog from "./internal/runs.js"
import * as Sightings from "./internal/sightings.js"
import * as Spellings from "./internal/spellings.js"
import * as Standings from "./internal/standing.js"
import * as State from "./internal/state.js"
import type * as Interval from "./Interval.js"
import * as Ledger from "./Ledger.js"
import * as Mask from "./Mask.js"
import type * as Run from "./Run.js"
import * as Session from "./Session.js"

/**
 * A range of a stream, and how much of it to read again.
 *
 * @since 0.1.0
 * @category models
 */
export type Question = State.Question

/**
 * The rows of a vendor's list, wherever they are published.
 *
 * @since 0.1.0
 * @category models
 */
export type HeldList = Held.HeldList
/** @since 0.1.0 */
export type HeldError = Held.HeldError

/**
 * What can be asked of a dataset without changing it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Readable {
  readonly out: string
  readonly id: string
  readonly partition: "month" | "day"
  /** The keyed hashes that make a token of each number of a person; null where numbers are kept in clear. */
  readonly mask: Effect.Effect<Mask.Hashes | null, DatasetError.MaskError | DatasetError.LedgerError>
  /** What is certified for a stream, by itself or by a richer one. */
  readonly intervals: (
    stream: Pick<Window, "source" | "scope" | "stream">
  ) => Effect.Effect<Interval.Intervals, DatasetError.LedgerError>
  /** What is to be read: the range without what is certified, and again what of it is recent. */
  readonly plan: (question: Question) => Effect.Effect<Interval.Intervals, DatasetError.LedgerError>
  /** The earliest instant this scope was ever asked for; any scope of the source, where none is named. */
  readonly since: (
    source: string,
    scope?: string | undefined
  ) => Effect.Effect<Option.Option<DateTime.Utc>, DatasetError.LedgerError>
  /** Before when nothing is kept, and since when everything is promised to be there; null where all rows are kept. */
  readonly kept: Effect.Effect<Kept.Kept | null, DatasetError.LedgerError>
  /** Every source that was ever asked for anything, or that has rows. */
  readonly sources: Effect.Effect<ReadonlyArray<string>, DatasetError.LedgerError>
  /** Every scope of a source that was ever asked for. */
  readonly scopes: (source: string) => Effect.Effect<ReadonlyArray<string>, DatasetError.LedgerError>
  /** Every window and what its newest proof says. */
  readonly certificates: Effect.Effect<ReadonlyArray<Certificate>, DatasetError.LedgerError>
  /** What is known of each key of a table that says who or what was met. */
  readonly seen: (
    table: string,
    source: string
  ) => Effect.Effect<ReadonlyArray<Readonly<Record<string, unknown>>>, DatasetError.LedgerError>
  /** The newest runs first, so many of them, behind so many that are newer. */
  readonly runs: (
    limit: number,
    offset?: number | undefined
  ) => Effect.Effect<ReadonlyArray<Run.Row>, DatasetError.LedgerError>
  /** Rows of each table, as published. */
  readonly rows: Effect.Effect<Readonly<Record<string, number>>, DatasetError.LedgerError>
  /** Rows in quarantine that were not read since, without their text. */
  readonly quarantine: Effect.Effect<ReadonlyArray<Quarantined>, DatasetError.LedgerError>
  /** The text of the row in quarantine that has this number. */
  readonly refused: (number: number) => Effect.Effect<Option.Option<string>, DatasetError.LedgerError>
  /** The windows of a list whose rows in quarantine are to be asked for again; of accepted ones, once a week. */
  readonly again: (
    list: Pick<Window, "source" | "scope" | "stream">,
    now: DateTime.Utc
  ) => Effect.Effect<Interval.Intervals, DatasetError.LedgerError>
  /** All that no run could mend, rows in quarantine among it, by number. */
  readonly standing: Effect.Effect<ReadonlyArray<Standing>, DatasetError.LedgerError>
  /** Ids whose details are due, the longest due first. */
  readonly due: (options: {
    readonly source: string
    readonly scope: string
    readonly now: DateTime.Utc
    readonly limit: number
  }) => Effect.Effect<ReadonlyArray<PendingDetails>, DatasetError.LedgerError>
  /** How many ids of a scope wait for details: all of them, or those that are due by then. */
  readonly pending: (
    source: string,
    scope: string,
    dueBy?: DateTime.Utc | undefined
  ) => Effect.Effect<number, DatasetError.LedgerError>
  /** These keys as ids that the vendor knows: as each was last received. */
  readonly spelled: (
    source: string,
    keys: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<string>, DatasetError.LedgerError>
  /** What was remembered under a name, such as a frontier. */
  readonly fact: (
    source: string,
    scope: string,
    name: string
  ) => Effect.Effect<Option.Option<string>, DatasetError.LedgerError>
  /**
   * How many published rows of a vendor's list the vendor still returned when they were last compared; in these ranges, or in
   * all.
   */
  readonly held: (
    list: HeldList,
    ranges: Interval.Intervals | null
  ) => Effect.Effect<number, HeldError>
  /** The published rows of a vendor's list, or a sample of so many, and whether a comparison found them gone. */
  readonly heldIds: (
    list: HeldList,
    ranges: Interval.Intervals | null,
    sample?: number | undefined
  ) => Effect.Effect<
    ReadonlyArray<{ readonly id: string; readonly gone: boolean }>,
    HeldError
  >
  /** Of these ids, those of published rows of a vendor's list, when each row is, and whether a comparison found it gone. */
  readonly heldAmong: (
    list: HeldList,
    ids: ReadonlyArray<string>
  ) => Effect.Effect<
    ReadonlyArray<{ readonly id: string; readonly gone: boolean; readonly at: DateTime.Utc | null }>,
    HeldError
  >
  /** The keys that the ledger keeps of these windows of a stream: those that each counted when it was certified last. */
  readonly keysOf: (
    list: Pick<Window, "source" | "scope" | "stream">,
    windows: ReadonlyArray<Interval.Interval>
  ) => Effect.Effect<ReadonlySet<string>, DatasetError.LedgerError>
  /** The keys that the certified windows of a list counted which touch this range. */
  readonly counted: (
    list: Pick<Window, "source" | "scope" | "stream">,
    range: Interval.Interval
  ) => Effect.Effect<KeptKeys.Counted, DatasetError.LedgerError>
  /** The different values that published rows of a vendor's list have in a column. */
  readonly heldValues: (
    list: HeldList,
    column: string
  ) => Effect.Effect<ReadonlyArray<string>, HeldError>
  /** Every key of a table that is published, in its order, with its partition. */
  readonly keys: (table: string, source: string) => Stream.Stream<Key, DatasetError.LedgerError>
  /**
   * The published files of a table as a relation of `session`, with the columns that stand in them; none where the table has
   * no file. A file that was published later is not among them.
   */
  readonly published: (
    table: string,
    source: string
  ) => Effect.Effect<Option.Option<string>, HeldError>
  /** What is changed before it lands, such as rows of people who were erased; null for nothing. */
  readonly hiding: Effect.Effect<Hiding | null>
  readonly session: Session.Session
}

/**
 * A row that could not be kept.
 *
 * @since 0.1.0
 * @category models
 */
export type Quarantined = Quarantine.Quarantined

/**
 * What a dataset holds at a glance.
 *
 * @since 0.1.0
 * @category models
 */
export type Overview = Overviews.Overview

/**
 * What stands until it is mended elsewhere, or accepted.
 *
 * @since 0.1.0
 * @category models
 */
export type Standing = Standings.Standing

/**
 * @since 0.1.0
 * @category models
 */
export interface PendingDetails {
  readonly id: string
  readonly endedAt: DateTime.Utc
  readonly dueAt: DateTime.Utc
  /** How often it was asked for. */
  readonly asked: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Key {
  /** The columns of the key as text; of a table replaced in units, those of the unit. Several are a JSON array. */
  readonly unit: string
  readonly partition: string
}

const Total = Schema.Struct({ table: Schema.String, rows: Schema.Number })
const PendingRow = Schema.Struct({
  // The driver ends text at its first NUL, and an id may hold one.
  id: Schema.StringFromHex,
  ended_at: Schema.Number,
  due_at: Schema.Number,
  asked: Schema.Number
})
const Count = Schema.Struct({ count: Schema.Number })
const Value = Schema.Struct({ value: Schema.String })
const KeyRow = Schema.Struct({ unit: Schema.String, partition: Schema.String })
/**
 * Answers from a ledger that is open.
 *
 * @internal
 */
export const make = (
  dataset: Pick<Readable, "out" | "id" | "partition" | "session" | "hiding" | "mask"> & Held.Writer,
  ledger: Ledger.Ledger
): Readable => ({
  ...dataset,
  intervals: (stream) => State.certified(ledger, stream),
  plan: (question) => State.plan(ledger, question),
  since: (source, scope) => State.earliest(ledger, source, scope),
  kept: Kept.of(ledger),
  sources: State.sources(ledger),
  scopes: (source) => State.scopes(ledger, source),
  certificates: State.certificates(ledger),
  seen: (table, source) => Sightings.known(ledger, table, source),
  runs: (limit, offset = 0) => RunLog.newest(ledger, limit, offset),
  rows: Effect.map(
    ledger.all(
      Total,
      `SELECT shelves.name AS "table", sum(rows) AS rows FROM files JOIN shelves ON shelves.id = shelf GROUP BY 1`
    ),
    (totals) => Object.fromEntries(totals.map(({ rows, table }) => [table, rows]))
  ),
  quarantine: Quarantine.all(ledger),
  refused: (number) => Effect.map(Quarantine.text(ledger, number), Option.fromNullable),
  again: (list, now) => Quarantine.again(ledger, list, now),
  standing: Standings.all(ledger),
  due: ({ limit, now, scope, source }) =>
    Effect.map(
      ledger.all(
        PendingRow,
        `SELECT hex(id) AS id, ended_at, min(due_at, ?) AS due_at, asked FROM pending
          WHERE source = ? AND scope = ? AND (pending.due_at <= ? OR ${Quarantine.isDueById})
          ORDER BY pending.due_at, pending.id LIMIT ?`,
        now.epochMillis,
        source,
        scope,
        now.epochMillis,
        ...Quarantine.dueById(source, scope, now),
        limit
      ),
      (found) =>
        found.map(({ asked, due_at, ended_at, id }) => ({
          id,
          endedAt: DateTime.unsafeMake(ended_at),
          dueAt: DateTime.unsafeMake(due_at),
          asked
        }))
    ),
  pending: (source, scope, dueBy) =>
    Effect.map(
      ledger.all(
        Count,
        "SELECT count(*) AS count FROM pending WHERE source = ? AND scope = ? AND due_at <= ?",
        source,
        scope,
        dueBy?.epochMillis ?? Landings.never - 1
      ),
      ([row]) => row?.count ?? 0
    ),
  spelled: (source, keys) => Spellings.of(ledger, source, keys),
  fact: (source, scope, name) =>
    Effect.map(
      ledger.all(Value, "SELECT value FROM facts WHERE source = ? AND scope = ? AND name = ?", source, scope, name),
      (found) => Option.map(Array.head(found), ({ value }) => value)
    ),
  published: (table, source) => Effect.map(Held.relation(dataset, ledger, table, source), Option.fromNullable),
  held: (list, ranges) => Held.count(dataset, ledger, list, ranges),
  heldIds: (list, ranges, sample) => Held.ids(dataset, ledger, list, ranges, sample),
  heldAmong: (list, ids) => Held.among(dataset, ledger, list, ids),
  keysOf: (list, windows) => KeptKeys.ofWindows(ledger, list, windows),
  counted: (list, range) => KeptKeys.counted(ledger, list, range),
  heldValues: (list, column) => Held.values(dataset, ledger, list, column),
  keys: (table, source) =>
    Stream.paginateChunkEffect("", (after) =>
      Effect.map(
        ledger.all(
          KeyRow,
          `SELECT unit, partition FROM keys JOIN shelves ON shelves.id = shelf
            WHERE name = ? AND source = ? AND unit > ? ORDER BY unit LIMIT 10000`,
          table,
          source,
          after
        ),
        (found) => [Chunk.unsafeFromArray(found), Option.map(Option.fromNullable(found.at(-1)), ({ unit }) => unit)]
      ))
})

/**
 * A dataset that another process may be writing to.
 *
 * @since 0.1.0
 * @category models
 */
export interface Beside extends Readable {
  /** What every table holds, and which files are not as published by name or size. */
  readonly overview: Effect.Effect<Overviews.Overview, HeldError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly out: string
  /** What the tables say of people, for whoever compares the dataset with a vendor. */
  readonly people?: Declaration | undefined
  /** Where the key is that masks the numbers of the dataset. */
  readonly mask?: Pick<Mask.Options, "file"> | undefined
}

/**
 * A reader, of whom there may be any number beside the writer.
 *
 * @since 0.1.0
 * @category services
 */
export class DatasetReader extends Context.Tag("@trunkline/dataset/DatasetReader")<DatasetReader, Beside>() {
  static readonly layer = (
    options: Options
  ): Layer.Layer<
    DatasetReader,
    | DatasetError.NoDataset
    | DatasetError.NewerLedger
    | DatasetError.Damaged
    | DatasetError.DamagedLedger
    | DatasetError.HalfRestored
    | DatasetError.LedgerError
    | DatasetError.QueryError
  > => Layer.scoped(this, read(options))
}

const read = Effect.fn("Dataset.read")(function*(options: Options) {
  const out = resolve(options.out)
  const path = join(out, Layout.own, Layout.ledger)
  yield* Places.checkOwn(out)
  if (!(yield* Places.demand("file", path))) return yield* new DatasetError.NoDataset({ out })
  const ledger = yield* Ledger.openCurrent(path)
  const identity = yield* identityIn(ledger)
  if (Option.isNone(identity)) return yield* new DatasetError.NoDataset({ out })
  const session = yield* Session.make({ temporary: join(out, Layout.own, Layout.temporary, `reader-${randomUUID()}`) })
  // Whoever compares nothing reads nothing, and needs no key.
  const hiding = options.people === undefined ? null : yield* Erased.open(out, ledger, options.people)
  const mask = yield* Effect.cached(Mask.of(out, ledger, options.mask))
  const dataset = { out, ...identity.value, session, hiding: Effect.succeed(hiding), mask }
  const beside: Beside = { ...make(dataset, ledger), overview: Overviews.of({ ...dataset, ledger, tables: [] }) }
  return beside
})
