/** Why the notebooks could not be executed, or may not be committed as they are, and what to do about it. */
import * as Schema from "effect/Schema"

export class Unfit extends Schema.TaggedError<Unfit>("@trunkline/notebook/Unfit")("Unfit", {
  reason: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}
