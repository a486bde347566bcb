/** A thousand records of each kind that a vendor may send. */
import { describeAnyRecord } from "../anyRecord.js"

describeAnyRecord(1000)
