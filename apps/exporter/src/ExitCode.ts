/** What the exit code of the command says, for scripts. */
import * as Exported from "@trunkline/export/ExitCode"
import * as Struct from "effect/Struct"
import type { Tag } from "./Failure.js"

export { type ExitCode, worst } from "@trunkline/export/ExitCode"

const byTag = {
  ...Exported.byTag,
  // Another process is writing.
  DatasetLocked: 6,
  // Another machine was first, or is just now at work.
  PushOvertaken: 6,
  Overtaken: 6,
  Crowded: 6,
  LedgerInUse: 6,
  // The lake is not what was pushed into it, or less.
  DamagedState: 5,
  DamagedLog: 5,
  VersionGap: 5,
  NoVersion: 5,
  NoTable: 5,
  LakeBehind: 5,
  BehindLedger: 5,
  ColumnChanged: 5,
  ObjectMissing: 5,
  TooLarge: 5,
  Unpublished: 5,
  MissingObject: 5,
  ChangedObject: 5,
  OtherTable: 5,
  // The lake or its place cannot be used.
  NoState: 2,
  NewerState: 2,
  OtherLake: 2,
  NotEmpty: 2,
  UnsupportedTable: 2,
  UnknownTable: 2,
  UnsafeStore: 2,
  NoCredentials: 2,
  BadKey: 2,
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
  DatabaseFailed: 2,
  // The program is wrong: rows and commits are checked before they are written.
  EngineFailed: 1,
  BadCommit: 1,
  BadVacuum: 1,
  // Each check of the doctor has a code of its own.
  Doctor: 4,
  // Of a fleet.
  NoWorker: 4,
  BadNight: 4,
  Interrupted: 130
} satisfies Record<Tag, Exported.ExitCode>

/** Every tag there is. */
export const tags = Struct.keys(byTag)

/** The code of a failure by its tag. */
export const ofTag = (tag: Tag): Exported.ExitCode => byTag[tag]
