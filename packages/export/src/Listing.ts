/**
 * One page of a vendor's list, and what can be wrong with it.
 *
 * @since 0.1.0
 */
import type { RefusedRow, Utterances } from "@trunkline/calls"
import type { TableRows } from "@trunkline/dataset/Dataset"
import type { Trace } from "@trunkline/dataset/Hiding"
import type { ApiError } from "@trunkline/http"
import type * as DateTime from "effect/DateTime"

/**
 * What a request to a vendor may fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type Failure = ApiError.ApiError

/**
 * A row of a table, and the groups of columns that the record knows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Row {
  readonly table: TableRows<never>["table"]
  readonly row: object
  readonly groups: ReadonlyArray<string>
}

/**
 * What is known of the details of a record (a summary, an intent), which a vendor adds some time after the call.
 *
 * @since 0.1.0
 * @category models
 */
export interface Detail {
  readonly endedAt: DateTime.Utc
  /** Whether the vendor has nothing more to add. */
  readonly finished: boolean
}

/**
 * One record of a list, as rows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry {
  /** Names the record in its list. */
  readonly key: string
  /** Tells it from another record of the list that has the same key. It is kept nowhere. */
  readonly apart?: string | undefined
  /** How the vendor wrote it, where that is not the key: a request by id sends this. */
  readonly id?: string | undefined
  /** The instants a filter may go by. A record with none of them near the asked range shows that the filter is ignored. */
  readonly stamps: ReadonlyArray<DateTime.Utc>
  readonly rows: ReadonlyArray<Row>
  /** The lines of its transcript, which replace those read before; null where the answer holds no transcript. */
  readonly lines: ReadonlyArray<{ readonly row: Utterances.Row }> | null
  /** Null for a record that never has details, such as a message. */
  readonly detail: Detail | null
  /** What is remembered of it where it is that of an erased person. */
  readonly traces?: ReadonlyArray<Trace> | undefined
}

/**
 * Where a page begins: a number, or a token of the vendor.
 *
 * @since 0.1.0
 * @category models
 */
export type Cursor = number | string

/**
 * One page of a list.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listing {
  readonly entries: ReadonlyArray<Entry>
  /** Records that cannot be rows. They count, and go to quarantine. */
  readonly refused: ReadonlyArray<RefusedRow>
  /** Records that a full page holds. */
  readonly size: number
  /** Records of the whole list, where the vendor says so. */
  readonly total: number | null
  /** The next page; null after the last. */
  readonly next: Cursor | null
  readonly requestId: string | null
  /** The server's clock. */
  readonly answeredAt: DateTime.Utc | null
}
