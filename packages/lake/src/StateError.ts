/**
 * What can go wrong with the state of an account in a lake, beside what the store refuses.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const whose = (account: string | null): string => account === null ? "The account" : `Account ${account}`

/**
 * Another machine pushed this account. What this folder holds beyond its own last push is in no lake.
 *
 * @since 0.1.0
 * @category errors
 */
export class PushOvertaken extends Schema.TaggedError<PushOvertaken>("@trunkline/lake/StateError/PushOvertaken")(
  "PushOvertaken",
  {
    place: Schema.String,
    account: Schema.NullOr(Schema.String),
    out: Schema.String,
    /** The push that the folder descends from; 0 for none. */
    known: Schema.Number,
    found: Schema.Number
  }
) {
  override get message(): string {
    const here = this.known === 0 ? "was never pushed there" : `descends from push ${this.known}`
    return `${
      whose(this.account)
    } in ${this.place} is at push ${this.found}, of another folder; ${this.out} ${here}. ` +
      "Nothing was pushed. Restore into a new folder, and go on from there"
  }
}

/**
 * The folder is pushed to another lake, or as another account, or it holds another dataset.
 *
 * @since 0.1.0
 * @category errors
 */
export class OtherLake extends Schema.TaggedError<OtherLake>("@trunkline/lake/StateError/OtherLake")("OtherLake", {
  out: Schema.String,
  known: Schema.String,
  given: Schema.String
}) {
  override get message(): string {
    return `${this.out} is pushed to ${this.known}, and ${this.given} was given. Give the one it is pushed to, or restore ` +
      "from the other one into a new folder"
  }
}

/**
 * The lake has fewer pushes of the account than the folder knows of: it lost some, or was put back from a copy.
 *
 * @since 0.1.0
 * @category errors
 */
export class LakeBehind extends Schema.TaggedError<LakeBehind>("@trunkline/lake/StateError/LakeBehind")("LakeBehind", {
  place: Schema.String,
  account: Schema.NullOr(Schema.String),
  known: Schema.Number,
  /** 0 for none. */
  found: Schema.Number
}) {
  override get message(): string {
    return `${
      whose(this.account)
    } in ${this.place} is at push ${this.found}, and this folder knows push ${this.known}. The ` +
      "lake lost what was pushed. Put it back, or push to another prefix"
  }
}

/**
 * The account has no state in this lake.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoState extends Schema.TaggedError<NoState>("@trunkline/lake/StateError/NoState")("NoState", {
  place: Schema.String,
  account: Schema.NullOr(Schema.String)
}) {
  override get message(): string {
    return `${whose(this.account)} was never pushed to ${this.place}`
  }
}

/**
 * A later version of this program pushed.
 *
 * @since 0.1.0
 * @category errors
 */
export class NewerState extends Schema.TaggedError<NewerState>("@trunkline/lake/StateError/NewerState")("NewerState", {
  place: Schema.String,
  key: Schema.String,
  found: Schema.Number,
  known: Schema.Number
}) {
  override get message(): string {
    return `${this.place}: ${this.key} is of format ${this.found}, and this program knows formats up to ${this.known}. ` +
      "Install the version that wrote it, or a later one; nothing was changed"
  }
}

/**
 * What stands in the lake is not what was pushed.
 *
 * @since 0.1.0
 * @category errors
 */
export class DamagedState extends Schema.TaggedError<DamagedState>("@trunkline/lake/StateError/DamagedState")(
  "DamagedState",
  { place: Schema.String, key: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `${this.place}: ${this.key} ${this.reason}. Put it back, or restore from another lake`
  }
}
