/** The pace at every phase of the server's windows. */
import { describeUse, ten } from "../fixtures/pacing.js"

describeUse(ten)
