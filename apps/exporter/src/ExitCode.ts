/** What the exit code says, for scripts. */

/** 0 all is well · 1 unexpected · 2 flags, configuration or folder · 3 refused, and nothing could be read · 4 partial · 5 dataset locked or damaged · 130 stopped by a signal. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 130

/** Several at once: the one a script has to know first. */
const gravity: ReadonlyArray<ExitCode> = [130, 5, 2, 1, 3, 4]

export const worst = (codes: Iterable<ExitCode>): ExitCode => {
  const all = new Set(codes)
  return gravity.find((code) => all.has(code)) ?? 0
}

const byTag: Readonly<Record<string, ExitCode>> = {
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
  NoDataset: 2,
  NetworkFolder: 2,
  OtherHost: 2,
  OtherPartition: 2,
  DatasetMissing: 2,
  InvalidParameter: 2,
  InvalidFlag: 2,
  EmptyRange: 2,
  InvalidSetting: 2,
  DiskError: 2,
  SqlError: 2,
  SandboxError: 2,
  Unauthorized: 3,
  Forbidden: 3,
  NotFound: 3,
  Invalid: 3,
  Conflict: 3,
  PaymentRequired: 3,
  Unreachable: 4,
  ServerFault: 4,
  RateLimited: 4,
  QuotaExceeded: 4,
  Undecodable: 4,
  FilterIgnored: 4,
  Quarantined: 4,
  Uncertified: 4
}

/** The code of a failure by its tag; what no table names is unexpected. */
export const ofTag = (tag: string): ExitCode => byTag[tag] ?? 1

/** The codes of problems. Refused is only who could read nothing at all. */
export const ofProblems = (
  problems: ReadonlyArray<{ readonly tag: string }>,
  { heard }: { readonly heard: boolean }
): ReadonlyArray<ExitCode> =>
  problems.map(({ tag }) => {
    const code = ofTag(tag)
    return code === 3 && heard ? 4 : code
  })
