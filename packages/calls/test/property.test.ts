/** Some records that a vendor may send; `worlds/property.test.ts` takes more of them. */
import { describeAnyRecord } from "./anyRecord.js"

describeAnyRecord(200)
