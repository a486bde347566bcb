/**
 * The ways work on a dataset can end other than well. A tag names what the caller can do about it; no message holds what
 * stands in a row.
 *
 * @since 0.1.0
 */
import type { DiskError } from "@trunkline/parquet"
import type { BadValue } from "@trunkline/parquet/BadValue"
import type { WholeFileError } from "@trunkline/parquet/WholeFile"
import * as Schema from "effect/Schema"
import type { ElsewhereError, HalfRestored } from "./ElsewhereError.js"
import type { UnsupportedSystem } from "./System.js"

export { type ElsewhereError, FetchFailed, FilesElsewhere, HalfRestored } from "./ElsewhereError.js"

/**
 * Another process is writing to this dataset. Wait for it, or end it; the dataset is free the moment it is gone.
 *
 * @since 0.1.0
 * @category errors
 */
export class DatasetLocked extends Schema.TaggedError<DatasetLocked>("@trunkline/dataset/DatasetError/DatasetLocked")(
  "DatasetLocked",
  {
    out: Schema.String,
    /** What the holder wrote beside the lock, where it can be read. */
    holder: Schema.NullOr(Schema.Struct({ pid: Schema.Number, host: Schema.String, since: Schema.String }))
  }
) {
  override get message(): string {
    const who = this.holder === null
      ? "another process"
      : `process ${this.holder.pid} on ${this.holder.host}, since ${this.holder.since}`
    return `${this.out} is being written by ${who}. Wait until it is done, or end it; readers need not wait`
  }
}

/**
 * There is no dataset in this folder.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoDataset extends Schema.TaggedError<NoDataset>("@trunkline/dataset/DatasetError/NoDataset")("NoDataset", {
  out: Schema.String
}) {
  override get message(): string {
    return `${this.out} holds no dataset. Name the folder of one, or export into this one first`
  }
}

/**
 * The folder lies on a network, where neither locks nor renames can be relied on.
 *
 * @since 0.1.0
 * @category errors
 */
export class NetworkFolder extends Schema.TaggedError<NetworkFolder>("@trunkline/dataset/DatasetError/NetworkFolder")(
  "NetworkFolder",
  { out: Schema.String, kind: Schema.String }
) {
  override get message(): string {
    return `${this.out} lies on a network file system (${this.kind}), where a lock or a rename may not hold. ` +
      "Export to a local disk and copy the folder afterwards"
  }
}

/**
 * The dataset was filled from another host, and one dataset never mixes two.
 *
 * @since 0.1.0
 * @category errors
 */
export class OtherHost extends Schema.TaggedError<OtherHost>("@trunkline/dataset/DatasetError/OtherHost")("OtherHost", {
  source: Schema.String,
  known: Schema.String,
  given: Schema.String
}) {
  override get message(): string {
    return `This dataset holds ${this.source} as ${this.known} knows it, and ${this.given} was given. ` +
      "Use a folder for each, or give the base URL it was filled from"
  }
}

/**
 * The dataset is cut into other pieces than asked for.
 *
 * @since 0.1.0
 * @category errors
 */
export class OtherPartition
  extends Schema.TaggedError<OtherPartition>("@trunkline/dataset/DatasetError/OtherPartition")("OtherPartition", {
    known: Schema.String,
    given: Schema.String
  })
{
  override get message(): string {
    return `This dataset has a file for each ${this.known}, and ${this.given} was asked for. ` +
      `Leave the option out, or export into a new folder`
  }
}

/**
 * The numbers of this dataset are tokens of another key.
 *
 * @since 0.1.0
 * @category errors
 */
export class OtherMaskKey extends Schema.TaggedError<OtherMaskKey>("@trunkline/dataset/DatasetError/OtherMaskKey")(
  "OtherMaskKey",
  { path: Schema.String }
) {
  override get message(): string {
    return `${this.path} holds another key than the one that masked the numbers of this dataset. One number would have two ` +
      "tokens. Give the key that masked them, or export into a new folder"
  }
}

/**
 * The key that masks numbers cannot be used.
 *
 * @since 0.1.0
 * @category errors
 */
export class MaskKeyUnusable
  extends Schema.TaggedError<MaskKeyUnusable>("@trunkline/dataset/DatasetError/MaskKeyUnusable")(
    "MaskKeyUnusable",
    { path: Schema.String, reason: Schema.String }
  )
{
  override get message(): string {
    return `${this.path}: ${this.reason}. It masks the phone numbers of the dataset`
  }
}

/**
 * The dataset holds numbers in clear, so that there are no tokens to make anew.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotMasked extends Schema.TaggedError<NotMasked>("@trunkline/dataset/DatasetError/NotMasked")("NotMasked", {
  out: Schema.String
}) {
  override get message(): string {
    return `${this.out} holds phone numbers in clear, and no tokens that could be made anew. Mask it first: trunkline mask`
  }
}

/**
 * A later version of this program wrote the ledger.
 *
 * @since 0.1.0
 * @category errors
 */
export class NewerLedger extends Schema.TaggedError<NewerLedger>("@trunkline/dataset/DatasetError/NewerLedger")(
  "NewerLedger",
  { found: Schema.Number, known: Schema.Number }
) {
  override get message(): string {
    return `The ledger is of version ${this.found}, and this program knows versions up to ${this.known}. ` +
      "Install the version that wrote it, or a later one; nothing was changed"
  }
}

/**
 * The ledger speaks of another dataset than the folder it lies in.
 *
 * @since 0.1.0
 * @category errors
 */
export class OtherLedger extends Schema.TaggedError<OtherLedger>("@trunkline/dataset/DatasetError/OtherLedger")(
  "OtherLedger",
  { out: Schema.String, folder: Schema.String, ledger: Schema.String }
) {
  override get message(): string {
    const what = this.ledger === "none"
      ? `${this.out} holds files of a dataset, and no ledger that knows them. `
      : `The ledger in ${this.out} belongs to another dataset (${this.ledger} instead of ${this.folder}). `
    return `${what}Run trunkline repair, or put back the _trunkline of this folder`
  }
}

/**
 * A file is not what the ledger says it is, or something else stands where a file or folder of the dataset belongs. Nothing
 * this program does leads there.
 *
 * @since 0.1.0
 * @category errors
 */
export class Damaged extends Schema.TaggedError<Damaged>("@trunkline/dataset/DatasetError/Damaged")("Damaged", {
  path: Schema.String,
  reason: Schema.String,
  /** What to do, where it is not to put the file back. */
  todo: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const todo = this.todo ??
      "Put it back from a copy, or run trunkline repair; trunkline verify names all that is wrong"
    return `${this.path} ${this.reason}. ${todo}`
  }
}

/**
 * The file of the ledger is damaged, and nothing is built on it.
 *
 * @since 0.1.0
 * @category errors
 */
export class DamagedLedger extends Schema.TaggedError<DamagedLedger>("@trunkline/dataset/DatasetError/DamagedLedger")(
  "DamagedLedger",
  {
    path: Schema.String,
    /** What SQLite found, which names pages, tables and indices and no values. */
    findings: Schema.Array(Schema.String)
  }
) {
  override get message(): string {
    return `${this.path} is damaged (${
      this.findings.slice(0, 3).join("; ")
    }). Check the disk, then run trunkline repair, or ` +
      "put the whole folder back from a copy"
  }
}

/**
 * The ledger could not be read or written. What was to be recorded is not; running again is safe. A full disk is not this
 * error but a `DiskError`.
 *
 * @since 0.1.0
 * @category errors
 */
export class LedgerFailed extends Schema.TaggedError<LedgerFailed>("@trunkline/dataset/DatasetError/LedgerFailed")(
  "LedgerFailed",
  {
    operation: Schema.String,
    /** As SQLite calls it, such as `SQLITE_CORRUPT`. */
    code: Schema.String
  }
) {
  override get message(): string {
    const what = this.code.startsWith("SQLITE_CORRUPT") || this.code === "SQLITE_NOTADB"
      ? "Check the disk, then run trunkline repair"
      : this.code.startsWith("SQLITE_IOERR")
      ? "Check the disk, then run again"
      : this.code.startsWith("SQLITE_READONLY") || this.code === "SQLITE_CANTOPEN"
      ? "Give this user the right to write there"
      : "Run again"
    return `The ledger failed to ${this.operation} (${this.code}). ${what}`
  }
}

/**
 * DuckDB refused or failed. A full disk is not this error but a `DiskError`.
 *
 * @since 0.1.0
 * @category errors
 */
export class DatasetQueryFailed
  extends Schema.TaggedError<DatasetQueryFailed>("@trunkline/dataset/DatasetError/DatasetQueryFailed")(
    "DatasetQueryFailed",
    {
      /** DuckDB's own word, such as `Out of Memory Error`. */
      kind: Schema.String,
      /** What it says of the text of a query; of anything else it may repeat values, and is left out. */
      reason: Schema.NullOr(Schema.String)
    }
  )
{
  override get message(): string {
    const what = this.kind === "IO Error"
      ? "Check that the files may be read"
      : this.kind.startsWith("Out of")
      ? "Give this process more memory"
      : undefined
    return [`DuckDB: ${this.kind}${this.reason === null ? "" : `: ${this.reason}`}`, what].filter((text) =>
      text !== undefined
    ).join(". ")
  }
}

/**
 * How a proof can contradict itself.
 *
 * @since 0.1.0
 * @category models
 */
export const Contradiction = Schema.Literal(
  "NothingRead",
  "Unfinished",
  "TotalMoved",
  "PassesDiffer",
  "FewerRows",
  "MoreRows",
  "PartsOverlap"
)
/** @since 0.1.0 */
export type Contradiction = typeof Contradiction.Type

const contradictions = {
  NothingRead: "a list of it was not read",
  Unfinished: "a walk over it broke off before the last page",
  TotalMoved: "its total moved in the last two walks",
  PassesDiffer: "its total moved, and the last two walks met different rows",
  FewerRows: "the walks met fewer rows than its last total",
  MoreRows: "the walks met more rows than its last total",
  PartsOverlap: "a row stands in two of its lists, which are to add up to the whole"
} satisfies Record<Contradiction, string>

/**
 * A window was to be certified by walks that do not prove it. Nothing was stored. This is a defect of the program that read it.
 *
 * @since 0.1.0
 * @category errors
 */
export class ContradictoryProof
  extends Schema.TaggedError<ContradictoryProof>("@trunkline/dataset/DatasetError/ContradictoryProof")(
    "ContradictoryProof",
    { source: Schema.String, stream: Schema.String, contradiction: Contradiction }
  )
{
  override get message(): string {
    return `A window of ${this.source} ${this.stream} cannot be certified (${this.contradiction}): ` +
      `${contradictions[this.contradiction]}. This is a bug: report it`
  }
}

/**
 * Why a statement of the ledger fails.
 *
 * @since 0.1.0
 * @category errors
 */
export type LedgerError = LedgerFailed | DiskError

/**
 * Why a query fails, or what it would read is not here.
 *
 * @since 0.1.0
 * @category errors
 */
export type QueryError = DatasetQueryFailed | DiskError | ElsewhereError

/**
 * Why numbers cannot be masked as they were before.
 *
 * @since 0.1.0
 * @category errors
 */
export type MaskError = OtherMaskKey | MaskKeyUnusable | Damaged

/**
 * Why a dataset does not open.
 *
 * @since 0.1.0
 * @category errors
 */
export type OpenError =
  | MaskError
  | NotMasked
  | DatasetLocked
  | NetworkFolder
  | UnsupportedSystem
  | OtherHost
  | OtherPartition
  | NewerLedger
  | OtherLedger
  | Damaged
  | DamagedLedger
  | LedgerFailed
  | HalfRestored
  | QueryError

/**
 * Why a step of landing or publishing ends; the dataset is as it was before it, or whole after it.
 *
 * @since 0.1.0
 * @category errors
 */
export type WriteError = ContradictoryProof | Damaged | LedgerFailed | QueryError | BadValue | WholeFileError

/**
 * @since 0.1.0
 * @category errors
 */
export type DatasetError = OpenError | WriteError | NoDataset

/**
 * Every tag an error of this package can have, for tables that must name all of them.
 *
 * @since 0.1.0
 * @category errors
 */
export type Tag = DatasetError["_tag"]
