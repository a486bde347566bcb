/** What can be derived from a schema, tried with a thousand values of each record. */
import { describeRecords } from "../fixtures/derived.js"

describeRecords(1000)
