/** What the exit code of the command says, for scripts. */
import * as Exported from "@trunkline/export/ExitCode"
import * as Struct from "effect/Struct"
import type { Tag } from "./Failure.js"

export { type ExitCode, worst } from "@trunkline/export/ExitCode"

const byTag = {
  ...Exported.byTag,
  // Another process is writing.
  DatasetLocked: 6,
  // The dataset is damaged.
  DamagedLedger: 5,
  NewerLedger: 5,
  OtherLedger: 5,
  DuplicateKeys: 5,
  OtherRows: 5,
  ChangedCertificate: 5,
  MissingKeys: 5,
  // A flag, a setting, a statement or the folder cannot be used.
  NoDataset: 2,
  NetworkFolder: 2,
  UnsupportedSystem: 2,
  OtherHost: 2,
  OtherPartition: 2,
  NotMasked: 2,
  HalfRestored: 2,
  DatasetMissing: 2,
  InvalidFlag: 2,
  InvalidSetting: 2,
  InvalidConfiguration: 2,
  SqlError: 2,
  SandboxError: 2,
  // The program is wrong: rows are checked before they are written.
  EngineFailed: 1,
  // Each check of the doctor has a code of its own.
  Doctor: 4,
  Interrupted: 130
} satisfies Record<Tag, Exported.ExitCode>

/** Every tag there is. */
export const tags = Struct.keys(byTag)

/** The code of a failure by its tag. */
export const ofTag = (tag: Tag): Exported.ExitCode => byTag[tag]
