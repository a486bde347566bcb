/** Our own clients against the sandbox; `worlds/conformance.test.ts` has them read ten times as much. */
import { describeClients } from "./conformance.js"

describeClients(1000)
