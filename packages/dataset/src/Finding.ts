/**
 * What can be wrong with the files and the ledger of a dataset, and what it casts doubt on.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { relative, sep } from "node:path"
import type { Damaged } from "./DatasetError.js"
import * as Interval from "./Interval.js"

const at = { path: Schema.String }

/**
 * A published file is gone. Put it back from a copy, or have it read again: `trunkline repair`.
 *
 * @since 0.1.0
 * @category problems
 */
export class MissingFile extends Schema.TaggedError<MissingFile>("@trunkline/dataset/Finding/MissingFile")(
  "MissingFile",
  at
) {
  override get message(): string {
    return `${this.path} is missing. Put it back from a copy, or read it again: trunkline repair`
  }
}

/**
 * The bytes of a file are not those that were published: the disk or a program changed them.
 *
 * @since 0.1.0
 * @category problems
 */
export class ChangedFile extends Schema.TaggedError<ChangedFile>("@trunkline/dataset/Finding/ChangedFile")(
  "ChangedFile",
  { path: Schema.String, readable: Schema.Boolean }
) {
  override get message(): string {
    return `${this.path} is not what was published${this.readable ? "" : ", and cannot be read"}. ` +
      "Put it back from a copy, or read it again: trunkline repair"
  }
}

/**
 * A file lies where another of this dataset belongs.
 *
 * @since 0.1.0
 * @category problems
 */
export class SwappedFile extends Schema.TaggedError<SwappedFile>("@trunkline/dataset/Finding/SwappedFile")(
  "SwappedFile",
  { path: Schema.String, belongsTo: Schema.String }
) {
  override get message(): string {
    return `${this.path} is the file of ${this.belongsTo}. Move it back, or run trunkline repair`
  }
}

/**
 * A file that was not published, in a place where readers would read it.
 *
 * @since 0.1.0
 * @category problems
 */
export class UnknownFile extends Schema.TaggedError<UnknownFile>("@trunkline/dataset/Finding/UnknownFile")(
  "UnknownFile",
  at
) {
  override get message(): string {
    return `${this.path} was not written by this dataset, and readers may take its rows for yours. Move it elsewhere, or run ` +
      "trunkline repair"
  }
}

/**
 * A landed file that waits to be published is gone or changed.
 *
 * @since 0.1.0
 * @category problems
 */
export class ChangedLanding extends Schema.TaggedError<ChangedLanding>("@trunkline/dataset/Finding/ChangedLanding")(
  "ChangedLanding",
  at
) {
  override get message(): string {
    return `${this.path} waits to be published and is missing or changed. Put it back from a copy, or read it again: ` +
      "trunkline repair"
  }
}

/**
 * Rows of the ledger contradict each other.
 *
 * @since 0.1.0
 * @category problems
 */
export class LedgerContradiction
  extends Schema.TaggedError<LedgerContradiction>("@trunkline/dataset/Finding/LedgerContradiction")(
    "LedgerContradiction",
    {
      path: Schema.String,
      /** Which rows, and how; none of their values but counts and names of tables, sources and partitions. */
      what: Schema.String
    }
  )
{
  override get message(): string {
    return `${this.path} contradicts itself: ${this.what}. Run trunkline repair, or put the whole folder back from a copy`
  }
}

/**
 * @since 0.1.0
 * @category problems
 */
export type Problem =
  | MissingFile
  | ChangedFile
  | SwappedFile
  | UnknownFile
  | ChangedLanding
  | LedgerContradiction
  | Damaged

/**
 * A problem, and what it casts doubt on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Finding {
  readonly problem: Problem
  /** Null where every source is concerned. */
  readonly source: string | null
  /** Rows whose event time lies before this instant are not concerned; null where all are. */
  readonly from: DateTime.Utc | null
}

/**
 * The first instant of a partition; null of one without event times.
 *
 * @internal
 */
export const startOf = (partition: string): DateTime.Utc | null =>
  /^\d{4}-\d{2}(-\d{2})?$/.test(partition)
    ? Option.getOrNull(DateTime.make(`${partition.length === 7 ? `${partition}-01` : partition}T00:00:00Z`))
    : null

/**
 * The stretch of time of a partition; null of one without event times.
 *
 * @internal
 */
export const rangeOf = (partition: string): Interval.Interval | null => {
  const from = startOf(partition)
  return from === null
    ? null
    : Interval.make(from, DateTime.add(from, partition.length === 7 ? { months: 1 } : { days: 1 }))
}

/**
 * A problem of a partition.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofPartition = (
  problem: Problem,
  { partition, source }: { readonly source: string; readonly partition: string }
): Finding => ({ problem, source, from: startOf(partition) })

const valueIn = (folder: string | undefined, key: RegExp): string | null => key.exec(folder ?? "")?.[1] ?? null

/**
 * A problem of a path, whose folders may name a partition.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofPath = (problem: UnknownFile, out: string): Finding => {
  const [, source, partition] = relative(out, problem.path).split(sep)
  return {
    problem,
    source: valueIn(source, /^source=(.*)$/),
    from: startOf(valueIn(partition, /^(?:month|day)=(.*)$/) ?? "")
  }
}
