/** What went wrong, in the words of the person who has to do something about it. */
import * as Exported from "@trunkline/export/Problem"
import * as Schema from "effect/Schema"
import { tags } from "./ExitCode.js"

export const Problem = Schema.Struct({
  ...Exported.Problem.fields,
  /** What a script can act on, such as `Unauthorized` or `InvalidFlag`. */
  tag: Schema.Literal(...tags)
})
export interface Problem extends Schema.Schema.Type<typeof Problem> {}
