/**
 * What is kept of people on the other side: rows, keys and refused texts pass here before they are landed, and once more where
 * they are in a dataset already.
 *
 * @since 0.1.0
 */
import type * as Table from "@trunkline/parquet/Table"

/**
 * A row of any table, by column.
 *
 * @since 0.1.0
 * @category models
 */
export type Row = Readonly<Record<string, unknown>>

/**
 * What the columns of a table say of people; `Personal` of `@trunkline/calls` says it of calls and all that goes with them.
 *
 * @since 0.1.0
 * @category models
 */
export interface TableDeclaration {
  /** Columns that say who the person is, or anything of them. */
  readonly personal: ReadonlySet<string>
  /** The other side's numbers, as they are spelled. */
  readonly numbers: (row: Row) => ReadonlyArray<string>
  /** The keys of the contacts that a row names. */
  readonly contacts: (row: Row) => ReadonlyArray<string>
  /** What is left of a row without the person; null where nothing is. */
  readonly bare: (row: Row) => Row | null
  /** Where a row is that left its table: texts it is found by, and its instants in milliseconds. */
  readonly placed: (row: Row) => Readonly<Record<string, string | number>>
  /** The row with each of its free texts changed; the same row where nothing is. */
  readonly reworded: (row: Row, change: (text: string) => string) => Row
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Declaration {
  readonly tables: ReadonlyMap<string, TableDeclaration>
  /** JSON with each of its texts changed; the same text where nothing is. What is no JSON is changed as one text. */
  readonly json: (text: string, change: (text: string) => string) => string
  /** A text with each number in it changed, whose digits have one of these lengths, unless `change` returns null. */
  readonly replaceNumbers: (
    text: string,
    options: { readonly lengths: ReadonlySet<number>; readonly change: (digits: string) => string | null }
  ) => string
  /** The digits of every spelling of a number; null of what is no number. */
  readonly spellings: (text: string) => ReadonlyArray<string> | null
  /** The one spelling of the id of a contact. */
  readonly contactKey: (id: string) => string
}

/**
 * What the ledger remembers of a row of an erased person.
 *
 * @since 0.1.0
 * @category models
 */
export interface Trace {
  readonly table: string
  readonly person: string
  /** Stands for its key in certificates. Nothing in it says whose row it was. */
  readonly unit: string
  /** The part of it that stands for the person or the row. */
  readonly id: string
  /** Where the row was, so that it is counted still; null of a row that stays as a bare fact. */
  readonly says: Readonly<Record<string, string | number>> | null
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Kept {
  /** Null where nothing of it is kept; the same row where all is. */
  readonly row: Row | null
  readonly trace: Trace | null
}

/**
 * Changes what would be landed. The same words come out for the same words, however often they are read: certificates and
 * comparisons go by what comes out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hiding {
  readonly row: (source: string, table: Pick<Table.Any, "name" | "key" | "parent">, row: Row) => Kept
  /** A key of a certificate, of a row of one of these tables. */
  readonly key: (
    source: string,
    tables: ReadonlyArray<Pick<Table.Any, "name" | "key" | "parent">>,
    unit: string
  ) => string
  /** The text of a row that could not be kept. */
  readonly text: (source: string, raw: string) => string
}

/** What stands for a key that left begins so. */
const prefix = "erased-"

/**
 * @since 0.1.0
 * @category constructors
 */
export const word = (hash: string): string => `${prefix}${hash}`

/**
 * Whether an id stands for a row that left, so that no vendor knows it.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isWord = (id: string): boolean => id.startsWith(prefix)
