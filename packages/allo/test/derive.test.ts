/** What can be derived from a schema, tried with some values; `worlds/` takes a thousand of each. */
import { describeRecords } from "./fixtures/derived.js"
import { describeTeamRecords } from "./fixtures/derivedTeam.js"

describeRecords(100)
describeTeamRecords(100)
