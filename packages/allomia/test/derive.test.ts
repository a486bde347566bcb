/** What can be derived from a schema, tried with some values; `worlds/derive.test.ts` takes a thousand of each. */
import { describeRecords } from "./fixtures/derived.js"

describeRecords(100)
