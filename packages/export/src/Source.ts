/**
 * What the engine asks of a vendor. An adapter per vendor answers these questions; everything else (windows, walks, proofs,
 * planning, comparing) is written once, over this port.
 *
 * @since 0.1.0
 */
import type { DatasetError, Interval } from "@trunkline/dataset"
import type { Sighting } from "@trunkline/dataset/Dataset"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type { Ended } from "./ExportError.js"
import type * as Grain from "./Grain.js"
import type { Cursor, Failure, Listing } from "./Listing.js"
import type { Planning } from "./Planning.js"
import type { Lane } from "./Progress.js"

export type { Sighting }
export type { Cursor, Detail, Entry, Failure, Listing, Row } from "./Listing.js"

/**
 * A list with a time filter, or the part of it that one more filter selects.
 *
 * @since 0.1.0
 * @category models
 */
export interface Slice {
  /** A page of one record, asked for its total: that of a range, or without any filter of time. */
  readonly count: (range: Interval.Interval | null) => Effect.Effect<Listing, Failure>
  /** Oldest first, from the first page (null) on. */
  readonly page: (range: Interval.Interval, cursor: Cursor | null) => Effect.Effect<Listing, Failure>
  /** Ways to cut it into smaller slices, the best first. Whether the pieces add up is checked. */
  readonly cuts: ReadonlyArray<() => ReadonlyArray<Slice>>
}

/**
 * The column whose instant the vendor filters by.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  readonly column: string
  /** Which of the stamps of an entry it is, where the list is sorted by it; null where it is sorted otherwise. */
  readonly sortedBy: number | null
  /** A range is asked for with so many milliseconds more at either end. */
  readonly edge: number
  /** The instant in the column may differ from the one that the vendor filters by so much, in milliseconds. */
  readonly apart: number
}

/**
 * How the vendor understands a range of this list.
 *
 * @since 0.1.0
 * @category models
 */
export interface Filter {
  /** Where the rows of a range are looked for: a vendor may filter by another stamp than the one that files a row. */
  readonly reach: (range: Interval.Interval) => Interval.Interval
  /** How long after its end a range is settled, in milliseconds. */
  readonly settling: number
  /** How a row is told to lie in a range; null where the edges of a range are not known to the second. */
  readonly place: Place | null
  /** Whether a range shows just its own rows, so that neighbours add up. */
  readonly exact: boolean
  readonly all: Slice
}

/**
 * A list that is read in windows of time.
 *
 * @since 0.1.0
 * @category models
 */
export interface WindowedList {
  /** Its name in the ledger: what is asked, joined by `+`. */
  readonly stream: string
  readonly lane: Lane
  readonly grain: Grain.Grain
  readonly pageSize: number
  /** Finds out how the vendor understands a range, or remembers it. */
  readonly filter: Effect.Effect<Filter, Failure | Ended | DatasetError.WriteError, Planning>
  /** Forgets what was remembered of that, since counts do not agree. */
  readonly forget: Effect.Effect<void, DatasetError.WriteError, Planning>
  /** Whether a recent window is cut until each piece is one answer. Otherwise it is walked until nothing new comes. */
  readonly snapshots: boolean
  /** Whether a refusal means that a shorter range would be answered. */
  readonly tooWide: (error: Failure) => boolean
  /** Where its rows are published. */
  readonly published: {
    readonly tables: ReadonlyArray<{ readonly table: string; readonly id: string; readonly at: string }>
    /** Only rows with this value in this column; null for all rows of the source. */
    readonly only: { readonly column: string; readonly value: string } | null
  }
}

/**
 * Records that are asked for by id, with their details.
 *
 * @since 0.1.0
 * @category models
 */
export interface DetailList {
  readonly lane: Lane
  /** Names the details for people, such as `late summaries`. */
  readonly label: string
  /** Whether a record of the list holds them already, so that only those unfinished are asked for. */
  readonly listed: boolean
  /** Ids that one request may name. */
  readonly atOnce: number
  /** How the id of this key may be written. */
  readonly spellings: (key: string) => ReadonlyArray<string>
  readonly read: (ids: ReadonlyArray<string>) => Effect.Effect<Pick<Listing, "entries" | "refused">, Failure>
}

/**
 * A list sorted by last activity, the newest first, with a lower bound only.
 *
 * @since 0.1.0
 * @category models
 */
export interface Feed {
  /** Names it among its facts in the ledger. */
  readonly id: string
  /** Names it for people, without a phone number. */
  readonly label: string
  /** Null for all of it. */
  readonly page: (since: DateTime.Utc | null, cursor: Cursor | null) => Effect.Effect<Listing, Failure>
  /** The page that shows the record of this position, the first one at 0; null where pages have no numbers. */
  readonly at: (position: number, pageSize: number) => Cursor | null
  readonly count: (since: DateTime.Utc) => Effect.Effect<Listing, Failure>
  /** Whether a refusal concerns this feed alone, so that the others can still be read. */
  readonly refusedAlone: (error: Failure) => boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Feeds {
  readonly stream: string
  /** Where its rows are published, one line by the column `line`. */
  readonly published: { readonly table: string; readonly id: string; readonly at: string; readonly line: string }
  readonly lane: Lane
  readonly pageSize: number
  /** Null where the key may not list them: they are found in the `line_number` of what was read. */
  readonly all: ReadonlyArray<Feed> | null
  readonly of: (line: string) => Feed
}

/**
 * Lists without a filter and without a total, one per contact.
 *
 * @since 0.1.0
 * @category models
 */
export interface Histories {
  /** The source its rows are filed under. */
  readonly source: string
  readonly stream: string
  readonly lane: Lane
  readonly pageSize: number
  /** Begins one walk from the first page to the last. */
  readonly walk: (
    contactId: string
  ) => Effect.Effect<(cursor: Cursor | null) => Effect.Effect<Listing, Failure>>
  /** Records of a history, where the vendor lets us know. */
  readonly count: (contactId: string) => Effect.Effect<number, Failure>
}

/**
 * One team or organisation that was connected to, and what can be read of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connected {
  readonly source: string
  /** As it stands in the ledger; `-` where the vendor names none. */
  readonly scope: string
  /** The server's clock when it was connected to; null where it did not tell. */
  readonly answeredAt: DateTime.Utc | null
  readonly list: WindowedList
  readonly details: DetailList
  readonly feeds: Feeds | null
  readonly histories: Histories | null
}

/**
 * A scope with the time that both clocks tell of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Scope extends Connected {
  /** The earlier of the server's clock and this machine's. What is settled, and what is due, goes by this one. */
  readonly now: DateTime.Utc
  /** The later of the two. A range that is not told its end reaches up to here. */
  readonly latest: DateTime.Utc
}

/**
 * A scope that is known by name and not connected to yet: one that cannot be reached stops no other.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScopeName {
  readonly scope: string
  readonly stream: string
  readonly grain: Grain.Grain
  readonly connect: Effect.Effect<Connected, Failure | Ended, Planning>
  /**
   * The same under the name of another account: the vendor may name none, or a new one. Null where names come from a list of
   * what the key opens, so that none is ever changed.
   */
  readonly as: ((account: string) => ScopeName) | null
  /** The vendor lists it and says that it was deleted: later it may leave the list without a word. */
  readonly deleted: boolean
}

/**
 * How much of each record is asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Wanted {
  readonly transcripts: boolean
}

/**
 * A vendor, with the key of one account.
 *
 * @since 0.1.0
 * @category models
 */
export interface Source {
  /** As in the ledger and in the column `source`. */
  readonly name: string
  readonly lanes: ReadonlyArray<Lane>
  /** Whether it has histories of single contacts. */
  readonly hasHistories: boolean
  /** Every scope that the key opens. */
  readonly scopes: (
    wanted: Wanted
  ) => Effect.Effect<ReadonlyArray<ScopeName>, Failure | Ended, Planning>
  /** Whether the scopes come from a list, which may leave out one that it showed before. */
  readonly listed: boolean
  /** Those of these scopes that the key opens, with as few requests as that takes. */
  readonly scopesAmong: (
    known: ReadonlyArray<string>,
    wanted: Wanted
  ) => Effect.Effect<ReadonlyArray<ScopeName>, Failure | Ended, Planning>
  /** Who and what its records and lists have shown since this was asked last. */
  readonly seen: Effect.Effect<ReadonlyArray<Sighting>>
  /** What the user can do where the scopes could not be listed, or null. */
  readonly advice: (error: Failure) => string | null
}
