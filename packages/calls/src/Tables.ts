/**
 * Every table of calls and what goes with them; a dataset has one more, of its certificates.
 *
 * @since 0.1.0
 */
import type * as Table from "@trunkline/parquet/Table"
import * as Calls from "./Calls.js"
import * as Conversations from "./Conversations.js"
import * as Dimensions from "./Dimensions.js"
import * as HistoryCalls from "./HistoryCalls.js"
import * as HistoryMessages from "./HistoryMessages.js"
import * as Messages from "./Messages.js"
import * as Utterances from "./Utterances.js"

/**
 * @since 0.1.0
 * @category tables
 */
export const tables: ReadonlyArray<Table.Any> = [
  Calls.table,
  Messages.table,
  Utterances.table,
  Conversations.table,
  HistoryCalls.table,
  HistoryMessages.table,
  ...Dimensions.tables
]
