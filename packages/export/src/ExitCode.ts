/**
 * What the exit code says, for scripts.
 *
 * @since 0.1.0
 */
import type { DatasetError, Finding } from "@trunkline/dataset"
import type { ApiError } from "@trunkline/http"
import * as Struct from "effect/Struct"
import type { ClockSkew, EmptyRange, FilterIgnored, NoProgress, OtherAccount } from "./ExportError.js"

/**
 * 0 all is well · 1 unexpected · 2 flags, configuration or folder · 3 refused, and nothing could be read · 4 partial · 5 dataset damaged · 6 dataset locked by another process: try again · 130 stopped by a signal.
 *
 * @since 0.1.0
 * @category models
 */
export const all = [0, 1, 2, 3, 4, 5, 6, 130] as const
/** @since 0.1.0 */
export type ExitCode = (typeof all)[number]

/** Several at once: the one a script has to know first. */
const gravity: ReadonlyArray<ExitCode> = [130, 5, 6, 2, 1, 3, 4]

export const worst = (codes: Iterable<ExitCode>): ExitCode => {
  const all = new Set(codes)
  return gravity.find((code) => all.has(code)) ?? 0
}

type Failure =
  | ApiError.ApiError
  | DatasetError.WriteError
  | DatasetError.LedgerError
  | DatasetError.QueryError
  | DatasetError.MaskError
  | Finding.Problem
  | FilterIgnored
  | EmptyRange
  | ClockSkew
  | NoProgress
  | OtherAccount

/** What no service fails with: the run says so itself. */
type Told =
  | "UnusableId"
  | "Quarantined"
  | "Uncertified"
  | "Unreconciled"
  | "ManyGone"
  | "Vanished"
  | "NothingListed"
  | "UnreadableRows"
  | "NotReturned"
  | "LedgerHeld"
  | "Stale"
  | "Unexpected"

/**
 * Every name that a problem of a run can have.
 *
 * @since 0.1.0
 * @category models
 */
export type Tag = Failure["_tag"] | Told

/**
 * The code of each. A program with failures of its own adds them to this table.
 *
 * @since 0.1.0
 * @category constants
 */
export const byTag = {
  // The dataset is damaged.
  Damaged: 5,
  MissingFile: 5,
  ChangedFile: 5,
  SwappedFile: 5,
  UnknownFile: 5,
  ChangedLanding: 5,
  LedgerContradiction: 5,
  LedgerFailed: 5,
  DatasetQueryFailed: 5,
  Corrupted: 5,
  // The range or the folder cannot be used.
  EmptyRange: 2,
  OtherAccount: 2,
  OtherMaskKey: 2,
  MaskKeyUnusable: 2,
  NotAFile: 2,
  DiskError: 2,
  // Files of the dataset are kept elsewhere.
  FilesElsewhere: 2,
  // The API refuses the key or the question.
  Unauthorized: 3,
  Forbidden: 3,
  NotFound: 3,
  Invalid: 3,
  Conflict: 3,
  PaymentRequired: 3,
  // A part could not be read or proved.
  Unreachable: 4,
  FetchFailed: 4,
  ServerFault: 4,
  RateLimited: 4,
  QuotaExceeded: 4,
  Undecodable: 4,
  FilterIgnored: 4,
  Quarantined: 4,
  Uncertified: 4,
  Unreconciled: 4,
  ManyGone: 4,
  Vanished: 4,
  NothingListed: 4,
  UnreadableRows: 4,
  NotReturned: 4,
  // The last proof is older than was asked for.
  Stale: 4,
  // The clocks differ by more than a day, a list does not end, or a record cannot be asked for.
  ClockSkew: 4,
  NoProgress: 4,
  UnusableId: 4,
  // Another program reads what was to be removed.
  LedgerHeld: 6,
  // The program is wrong: rows and proofs are checked before they are written.
  BadValue: 1,
  ContradictoryProof: 1,
  Unexpected: 1
} as const satisfies Record<Tag, ExitCode>

/** Every tag there is. */
export const tags = Struct.keys(byTag)

/** The codes of problems. Refused is only who could read nothing at all. */
export const ofProblems = (
  problems: ReadonlyArray<{ readonly tag: Tag }>,
  { heard }: { readonly heard: boolean }
): ReadonlyArray<ExitCode> =>
  problems.map(({ tag }) => {
    const code: ExitCode = byTag[tag]
    return code === 3 && heard ? 4 : code
  })
