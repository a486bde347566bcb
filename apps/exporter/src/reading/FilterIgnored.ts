/** An API that answers what was not asked for. */
import * as Schema from "effect/Schema"

/** Nothing can be said of what it leaves out. */
export class FilterIgnored extends Schema.TaggedError<FilterIgnored>("@trunkline/exporter/reading/FilterIgnored")(
  "FilterIgnored",
  { asked: Schema.String, requestId: Schema.NullOr(Schema.String) }
) {
  override get message(): string {
    return `Asked for ${this.asked}, the API answered rows of other days: its date filter does not work, and nothing ` +
      "can be proved. Report it to the vendor with the request id"
  }
}
