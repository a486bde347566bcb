/** A thousand records of each list, and a thousand refusals, changed at random. */
import { describeChanges } from "../fixtures/changes.js"

describeChanges(1000)
