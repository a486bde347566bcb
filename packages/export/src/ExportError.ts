/**
 * What ends the reading of a scope, besides what its API and the dataset refuse.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The run was asked to stop before this request was answered.
 *
 * @since 0.1.0
 * @category errors
 */
export class Stopped extends Schema.TaggedError<Stopped>("@trunkline/export/ExportError/Stopped")("Stopped", {}) {
  override get message(): string {
    return "The run was asked to stop"
  }
}

/**
 * The API answered rows of other days than it was asked for, so nothing can be said of what it leaves out.
 *
 * @since 0.1.0
 * @category errors
 */
export class FilterIgnored extends Schema.TaggedError<FilterIgnored>("@trunkline/export/ExportError/FilterIgnored")(
  "FilterIgnored",
  { asked: Schema.String, requestId: Schema.NullOr(Schema.String) }
) {
  override get message(): string {
    return `Asked for ${this.asked}, the API answered rows of other days: its date filter does not work, and nothing ` +
      "can be proved. Report it to the vendor with the request id"
  }
}

/**
 * The range ends before it begins. An error, since reading nothing would look as if everything were there.
 *
 * @since 0.1.0
 * @category errors
 */
export class EmptyRange extends Schema.TaggedError<EmptyRange>("@trunkline/export/ExportError/EmptyRange")(
  "EmptyRange",
  { since: Schema.String, until: Schema.String }
) {
  override get message(): string {
    return `Nothing lies before --until ${this.until}, since reading begins at ${this.since}. ` +
      "Say from when on with --since"
  }
}

/**
 * A reading that asks without end, and was ended.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoProgress extends Schema.TaggedError<NoProgress>("@trunkline/export/ExportError/NoProgress")(
  "NoProgress",
  { reason: Schema.String }
) {
  override get message(): string {
    return `Reading made no progress and was ended: ${this.reason}. What was read is kept, and the next run tries again`
  }
}

/**
 * The key shows other rows than those that are held: it is the key of another account, or nobody can tell.
 *
 * @since 0.1.0
 * @category errors
 */
export class OtherAccount extends Schema.TaggedError<OtherAccount>("@trunkline/export/ExportError/OtherAccount")(
  "OtherAccount",
  {
    known: Schema.String,
    /** As the vendor names it now; null where it names none. */
    found: Schema.NullOr(Schema.String),
    /** Of so many held rows that were asked for, the vendor showed so many. */
    shown: Schema.Number,
    asked: Schema.Number,
    certain: Schema.Boolean
  }
) {
  override get message(): string {
    return `The folder holds the account ${this.known === "-" ? "of a key without a team" : this.known}, and the key ` +
      `opens ${this.found ?? "one without a name"}. Of ${this.asked} rows that are held it shows ${this.shown}, so ` +
      `${this.certain ? "it is another account" : "nobody can tell whether it is the same account"}. ` +
      "Use its own key or another folder; --same-account reads it all the same"
  }
}

/**
 * What ends a reading before its end, though no API refused it.
 *
 * @since 0.1.0
 * @category errors
 */
export type Ended = Stopped | NoProgress

/**
 * The clock of the API and that of this machine are more than a day apart.
 *
 * @since 0.1.0
 * @category errors
 */
export class ClockSkew extends Schema.TaggedError<ClockSkew>("@trunkline/export/ExportError/ClockSkew")(
  "ClockSkew",
  { api: Schema.String, machine: Schema.String, days: Schema.Number, read: Schema.Boolean }
) {
  override get message(): string {
    return `The Date header of the API says ${this.api}, and the clock of this machine says ${this.machine}: ` +
      `${this.days} days apart. ` +
      (this.read
        ? "The earlier one decides what is settled, and the later one how far is asked, so more stays open than usual. "
        : "Nothing was read, since nobody can tell what is settled. ") +
      "Check the clock of this machine, with NTP for example; if it is right, report the Date header to the vendor"
  }
}
