/**
 * What can go wrong with the log of a Delta table, beside what its store refuses.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Nothing was committed under this name yet.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoTable extends Schema.TaggedError<NoTable>("@trunkline/lake/DeltaError/NoTable")(
  "NoTable",
  { place: Schema.String, table: Schema.String }
) {
  override get message(): string {
    return `${this.place} has no table ${this.table}`
  }
}

/**
 * The table has no such version, or can no longer show it.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoVersion extends Schema.TaggedError<NoVersion>("@trunkline/lake/DeltaError/NoVersion")(
  "NoVersion",
  { table: Schema.String, version: Schema.Number, latest: Schema.Number }
) {
  override get message(): string {
    return `${this.table} has no version ${this.version}; its latest is ${this.latest}`
  }
}

/**
 * The log lacks a version between others, so that nothing after it can be trusted.
 *
 * @since 0.1.0
 * @category errors
 */
export class VersionGap extends Schema.TaggedError<VersionGap>("@trunkline/lake/DeltaError/VersionGap")(
  "VersionGap",
  { table: Schema.String, missing: Schema.Number }
) {
  override get message(): string {
    return `The log of ${this.table} lacks version ${this.missing}. Restore its file, or push into another prefix`
  }
}

/**
 * A file of the log is not what the protocol says.
 *
 * @since 0.1.0
 * @category errors
 */
export class DamagedLog extends Schema.TaggedError<DamagedLog>("@trunkline/lake/DeltaError/DamagedLog")(
  "DamagedLog",
  { key: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `${this.key}: ${this.reason}`
  }
}

/**
 * The table asks its readers or writers for something that this program does not do.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnsupportedTable extends Schema.TaggedError<UnsupportedTable>(
  "@trunkline/lake/DeltaError/UnsupportedTable"
)(
  "UnsupportedTable",
  { table: Schema.String, access: Schema.Literal("read", "write"), needs: Schema.Array(Schema.String) }
) {
  override get message(): string {
    return `To ${this.access} ${this.table}, a program needs ${this.needs.join(", ")}, which this one lacks`
  }
}

/**
 * Another pusher of the same account was first.
 *
 * @since 0.1.0
 * @category errors
 */
export class Overtaken extends Schema.TaggedError<Overtaken>("@trunkline/lake/DeltaError/Overtaken")(
  "Overtaken",
  {
    table: Schema.String,
    account: Schema.NullOr(Schema.String),
    sequence: Schema.Number,
    /** The sequence that the table has of this account; null if its files were changed without one. */
    found: Schema.NullOr(Schema.Number)
  }
) {
  override get message(): string {
    const whose = this.account === null ? "the account" : `account ${this.account}`
    const what = this.found === null ? "another program changed its files" : `the table is at ${this.found}`
    return `Push ${this.sequence} of ${whose} to ${this.table} was overtaken: ${what}. Nothing of this push was committed here`
  }
}

/**
 * The table has not reached the sequence that a commit follows: commits were lost, or it is another lake.
 *
 * @since 0.1.0
 * @category errors
 */
export class BehindLedger extends Schema.TaggedError<BehindLedger>("@trunkline/lake/DeltaError/BehindLedger")(
  "BehindLedger",
  {
    table: Schema.String,
    account: Schema.NullOr(Schema.String),
    follows: Schema.Number,
    found: Schema.NullOr(Schema.Number)
  }
) {
  override get message(): string {
    const whose = this.account === null ? "the account" : `account ${this.account}`
    return `${this.table} has ${
      this.found === null ? "nothing" : `only push ${this.found}`
    } of ${whose}, and this push follows ${this.follows}. Is this the lake of this dataset?`
  }
}

/**
 * A commit that would break the table, whoever else writes.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadCommit extends Schema.TaggedError<BadCommit>("@trunkline/lake/DeltaError/BadCommit")(
  "BadCommit",
  { table: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `A commit to ${this.table} is refused: ${this.reason}`
  }
}

/**
 * A vacuum that would remove too much or too little.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadVacuum extends Schema.TaggedError<BadVacuum>("@trunkline/lake/DeltaError/BadVacuum")(
  "BadVacuum",
  { table: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `A vacuum of ${this.table} is refused: ${this.reason}`
  }
}

/**
 * A column of the table has another type already.
 *
 * @since 0.1.0
 * @category errors
 */
export class ColumnChanged extends Schema.TaggedError<ColumnChanged>("@trunkline/lake/DeltaError/ColumnChanged")(
  "ColumnChanged",
  { table: Schema.String, column: Schema.String, from: Schema.String, to: Schema.String }
) {
  override get message(): string {
    return `${this.table}: column ${this.column} is ${this.from} in the table and ${this.to} in this commit`
  }
}

/**
 * Others won every version that a commit tried for.
 *
 * @since 0.1.0
 * @category errors
 */
export class Crowded extends Schema.TaggedError<Crowded>("@trunkline/lake/DeltaError/Crowded")(
  "Crowded",
  { table: Schema.String, tries: Schema.Number }
) {
  override get message(): string {
    return `Others won the last ${this.tries} versions of ${this.table}. Try again later`
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export type LogError = NoTable | NoVersion | VersionGap | DamagedLog | UnsupportedTable
