/**
 * What could not become a row: for quarantine, where nothing is lost.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"

/**
 * @since 0.1.0
 * @category models
 */
export interface RefusedRow {
  /** Where the row would have gone; null where even that is not known. */
  readonly table: string | null
  /** Names columns and fields, never their values: those are people's names, numbers and words. */
  readonly reason: string
  /** The record as JSON, whole. */
  readonly raw: Redacted.Redacted
}

/**
 * A row that the vendor's package could not read, as its pages hand it on under `rejected`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unreadable = (
  rejected: { readonly paths: ReadonlyArray<string>; readonly raw: Redacted.Redacted },
  table: string | null = null
): RefusedRow => ({ table, reason: `cannot read ${rejected.paths.join(", ")}`, raw: rejected.raw })
