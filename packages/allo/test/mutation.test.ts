/** A few records and refusals changed at random; `worlds/mutation.test.ts` takes more of them. */
import { describeChanges } from "./fixtures/changes.js"

describeChanges(150)
