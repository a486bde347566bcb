/** What the exit code says, for scripts. */
import * as Struct from "effect/Struct"
import type { Tag } from "./Failure.js"

/** 0 all is well · 1 unexpected · 2 flags, configuration or folder · 3 refused, and nothing could be read · 4 partial · 5 dataset locked or damaged · 130 stopped by a signal. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 130

/** Several at once: the one a script has to know first. */
const gravity: ReadonlyArray<ExitCode> = [130, 5, 2, 1, 3, 4]

export const worst = (codes: Iterable<ExitCode>): ExitCode => {
  const all = new Set(codes)
  return gravity.find((code) => all.has(code)) ?? 0
}

const byTag = {
  // The dataset is locked, or damaged.
  DatasetLocked: 5,
  Damaged: 5,
  DamagedLedger: 5,
  MissingFile: 5,
  ChangedFile: 5,
  SwappedFile: 5,
  UnknownFile: 5,
  ChangedLanding: 5,
  LedgerContradiction: 5,
  NewerLedger: 5,
  OtherLedger: 5,
  LedgerFailed: 5,
  DatasetQueryFailed: 5,
  Corrupted: 5,
  DuplicateKeys: 5,
  OtherRows: 5,
  // A flag, a setting, a statement or the folder cannot be used.
  NoDataset: 2,
  NetworkFolder: 2,
  OtherHost: 2,
  OtherPartition: 2,
  DatasetMissing: 2,
  NotAFile: 2,
  DiskError: 2,
  InvalidFlag: 2,
  InvalidSetting: 2,
  EmptyRange: 2,
  SqlError: 2,
  SandboxError: 2,
  // The API refuses the key or the question.
  Unauthorized: 3,
  Forbidden: 3,
  NotFound: 3,
  Invalid: 3,
  Conflict: 3,
  PaymentRequired: 3,
  // A part could not be read or proved.
  Unreachable: 4,
  ServerFault: 4,
  RateLimited: 4,
  QuotaExceeded: 4,
  Undecodable: 4,
  FilterIgnored: 4,
  Quarantined: 4,
  Uncertified: 4,
  // The clocks differ by more than a day, a list does not end, or a record cannot be asked for.
  ClockSkew: 4,
  NoProgress: 4,
  UnusableId: 4,
  // Each check of the doctor has a code of its own.
  Doctor: 4,
  // The program is wrong: rows are checked before they are written.
  BadValue: 1,
  EngineFailed: 1,
  Unexpected: 1,
  Interrupted: 130
} satisfies Record<Tag, ExitCode>

/** Every tag there is. */
export const tags = Struct.keys(byTag)

/** The code of a failure by its tag. */
export const ofTag = (tag: Tag): ExitCode => byTag[tag]

/** The codes of problems. Refused is only who could read nothing at all. */
export const ofProblems = (
  problems: ReadonlyArray<{ readonly tag: Tag }>,
  { heard }: { readonly heard: boolean }
): ReadonlyArray<ExitCode> =>
  problems.map(({ tag }) => {
    const code = ofTag(tag)
    return code === 3 && heard ? 4 : code
  })
