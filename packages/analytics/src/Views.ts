/**
 * Every view by its name.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import * as agentsDaily from "./internal/views/agentsDaily.js"
import * as answerRate from "./internal/views/answerRate.js"
import * as businessHours from "./internal/views/businessHours.js"
import * as callDurationDaily from "./internal/views/callDurationDaily.js"
import * as callDurationHistogram from "./internal/views/callDurationHistogram.js"
import * as calls from "./internal/views/calls.js"
import * as callsByAgent from "./internal/views/callsByAgent.js"
import * as callsByHour from "./internal/views/callsByHour.js"
import * as concurrency from "./internal/views/concurrency.js"
import * as coverage from "./internal/views/coverage.js"
import * as durationByOutcome from "./internal/views/durationByOutcome.js"
import * as intentBreakdown from "./internal/views/intentBreakdown.js"
import * as intentDuration from "./internal/views/intentDuration.js"
import * as intentMovers from "./internal/views/intentMovers.js"
import * as intentOutcome from "./internal/views/intentOutcome.js"
import * as intentWeekly from "./internal/views/intentWeekly.js"
import * as messagesDaily from "./internal/views/messagesDaily.js"
import * as missedFollowup from "./internal/views/missedFollowup.js"
import * as outbound from "./internal/views/outbound.js"
import * as periodChange from "./internal/views/periodChange.js"
import * as repeatByIntent from "./internal/views/repeatByIntent.js"
import * as repeatCallers from "./internal/views/repeatCallers.js"
import * as transcriptStats from "./internal/views/transcriptStats.js"
import type { View } from "./View.js"

/**
 * The row of each view.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rows {
  readonly calls: Schema.Schema.Type<typeof calls.Row>
  readonly call_duration_daily: Schema.Schema.Type<typeof callDurationDaily.Row>
  readonly call_duration_histogram: Schema.Schema.Type<typeof callDurationHistogram.Row>
  readonly calls_by_agent: Schema.Schema.Type<typeof callsByAgent.Row>
  readonly intent_breakdown: Schema.Schema.Type<typeof intentBreakdown.Row>
  readonly intent_duration: Schema.Schema.Type<typeof intentDuration.Row>
  readonly answer_rate: Schema.Schema.Type<typeof answerRate.Row>
  readonly calls_by_hour: Schema.Schema.Type<typeof callsByHour.Row>
  readonly missed_followup: Schema.Schema.Type<typeof missedFollowup.Row>
  readonly repeat_callers: Schema.Schema.Type<typeof repeatCallers.Row>
  readonly duration_by_outcome: Schema.Schema.Type<typeof durationByOutcome.Row>
  readonly intent_outcome: Schema.Schema.Type<typeof intentOutcome.Row>
  readonly intent_weekly: Schema.Schema.Type<typeof intentWeekly.Row>
  readonly intent_movers: Schema.Schema.Type<typeof intentMovers.Row>
  readonly repeat_by_intent: Schema.Schema.Type<typeof repeatByIntent.Row>
  readonly outbound: Schema.Schema.Type<typeof outbound.Row>
  readonly business_hours: Schema.Schema.Type<typeof businessHours.Row>
  readonly concurrency: Schema.Schema.Type<typeof concurrency.Row>
  readonly agents_daily: Schema.Schema.Type<typeof agentsDaily.Row>
  readonly messages_daily: Schema.Schema.Type<typeof messagesDaily.Row>
  readonly transcript_stats: Schema.Schema.Type<typeof transcriptStats.Row>
  readonly period_change: Schema.Schema.Type<typeof periodChange.Row>
  readonly coverage: Schema.Schema.Type<typeof coverage.Row>
}

/** @since 0.1.0 */
export type Name = keyof Rows

/**
 * In the order in which they must be created.
 *
 * @since 0.1.0
 * @category views
 */
export const views: { readonly [name in Name]: View<Rows[name]> } = {
  calls: calls.view,
  call_duration_daily: callDurationDaily.view,
  call_duration_histogram: callDurationHistogram.view,
  calls_by_agent: callsByAgent.view,
  intent_breakdown: intentBreakdown.view,
  intent_duration: intentDuration.view,
  answer_rate: answerRate.view,
  calls_by_hour: callsByHour.view,
  missed_followup: missedFollowup.view,
  repeat_callers: repeatCallers.view,
  duration_by_outcome: durationByOutcome.view,
  intent_outcome: intentOutcome.view,
  intent_weekly: intentWeekly.view,
  intent_movers: intentMovers.view,
  repeat_by_intent: repeatByIntent.view,
  outbound: outbound.view,
  business_hours: businessHours.view,
  concurrency: concurrency.view,
  agents_daily: agentsDaily.view,
  messages_daily: messagesDaily.view,
  transcript_stats: transcriptStats.view,
  period_change: periodChange.view,
  coverage: coverage.view
}
