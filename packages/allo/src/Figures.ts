/**
 * The figures that Allo computes itself: of the team, and of the calls that it made.
 *
 * @since 0.1.0
 */
import { Wire } from "@trunkline/http"
import * as Schema from "effect/Schema"
import { Agent } from "./ConversationItem.js"

/**
 * A figure now and before. `change` is a share: 0.15 is 15 % more.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Metric = Wire.record(Schema.Struct({
  value: Wire.maybe(Wire.quantity),
  previous: Wire.maybe(Wire.quantity),
  change: Wire.maybe(Schema.Finite)
}))
/** @since 0.1.0 */
export interface Metric extends Schema.Schema.Type<typeof Metric> {}

/**
 * A length now and before.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LengthMetric = Wire.record(Schema.Struct({
  value: Wire.maybe(Wire.seconds),
  previous: Wire.maybe(Wire.seconds),
  change: Wire.maybe(Schema.Finite)
}))
/** @since 0.1.0 */
export interface LengthMetric extends Schema.Schema.Type<typeof LengthMetric> {}

/**
 * Whole days as YYYY-MM-DD, as the API understood them.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Days = Wire.record(Schema.Struct({
  from: Wire.maybe(Schema.String),
  to: Wire.maybe(Schema.String)
}))
/** @since 0.1.0 */
export interface Days extends Schema.Schema.Type<typeof Days> {}

const figures = {
  talkTime: Wire.maybe(LengthMetric).pipe(Schema.fromKey("talk_time_seconds")),
  callsOverOneMinute: Wire.maybe(Metric).pipe(Schema.fromKey("calls_over_1_min")),
  /** From 0 to 1. */
  answerRate: Wire.maybe(Metric).pipe(Schema.fromKey("answer_rate"))
}

/** @since 0.1.0 */
export const UserFigures = Wire.record(Schema.Struct({
  user: Wire.maybe(Agent),
  calls: Wire.maybe(Metric),
  ...figures
}))
/** @since 0.1.0 */
export interface UserFigures extends Schema.Schema.Type<typeof UserFigures> {}

/**
 * The team's calls, both ways, and each user's part in them.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TeamFigures = Wire.record(
  Schema.Struct({
    date: Wire.maybe(Days),
    compareDate: Wire.maybe(Days).pipe(Schema.fromKey("compare_date")),
    summary: Wire.maybe(Wire.record(Schema.Struct({
      totalCalls: Wire.maybe(Metric).pipe(Schema.fromKey("total_calls")),
      ...figures
    }))),
    breakdown: Wire.list(UserFigures),
    lastUpdated: Wire.maybe(Wire.instant).pipe(Schema.fromKey("last_updated"))
  }),
  ({ summary }) => summary === null ? "summary" : undefined
)
/** @since 0.1.0 */
export interface TeamFigures extends Schema.Schema.Type<typeof TeamFigures> {}

/**
 * How many calls came so far. `rate` is a share of all dials.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FunnelStage = Wire.record(Schema.Struct({
  count: Wire.maybe(Metric),
  rate: Wire.maybe(Wire.quantity)
}))
/** @since 0.1.0 */
export interface FunnelStage extends Schema.Schema.Type<typeof FunnelStage> {}

/** @since 0.1.0 */
export const SeriesPoint = Wire.record(Schema.Struct({
  date: Wire.maybe(Schema.String),
  value: Wire.maybe(Wire.quantity)
}))
/** @since 0.1.0 */
export interface SeriesPoint extends Schema.Schema.Type<typeof SeriesPoint> {}

/**
 * An hour of the week. The API does not say of which zone.
 *
 * @since 0.1.0
 * @category schemas
 */
export const HeatmapCell = Wire.record(Schema.Struct({
  day: Wire.maybe(
    Wire.openLiteral(["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"])
  ),
  hour: Wire.maybe(Wire.quantity),
  value: Wire.maybe(Wire.quantity)
}))
/** @since 0.1.0 */
export interface HeatmapCell extends Schema.Schema.Type<typeof HeatmapCell> {}

const [series, cells] = [Wire.list(SeriesPoint), Wire.list(HeatmapCell)]

/**
 * The calls that the team made: how far they came, when they were made, by whom, and the time they took.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OutboundFigures = Wire.record(
  Schema.Struct({
    date: Wire.maybe(Days),
    compareDate: Wire.maybe(Days).pipe(Schema.fromKey("compare_date")),
    funnel: Wire.maybe(Wire.record(Schema.Struct({
      dials: Wire.maybe(FunnelStage),
      connected: Wire.maybe(FunnelStage),
      conversations: Wire.maybe(FunnelStage),
      conversions: Wire.maybe(FunnelStage)
    }))),
    timeSeries: Wire.maybe(Wire.record(Schema.Struct({
      dials: series,
      connected: series,
      connectionRate: series.pipe(Schema.fromKey("connection_rate")),
      conversions: series
    }))).pipe(Schema.fromKey("time_series")),
    heatmap: Wire.maybe(Wire.record(Schema.Struct({
      dials: cells,
      connected: cells,
      connectionRate: cells.pipe(Schema.fromKey("connection_rate"))
    }))),
    leaderboard: Wire.list(Wire.record(Schema.Struct({
      user: Wire.maybe(Agent),
      connected: Wire.maybe(Wire.quantity)
    }))),
    timeSpent: Wire.maybe(Wire.record(Schema.Struct({
      averageRinging: Wire.maybe(LengthMetric).pipe(Schema.fromKey("avg_ringing_time_seconds")),
      averageConversation: Wire.maybe(LengthMetric).pipe(Schema.fromKey("avg_conversation_time_seconds")),
      totalConversation: Wire.maybe(LengthMetric).pipe(Schema.fromKey("total_conversation_time_seconds"))
    }))).pipe(Schema.fromKey("time_spent")),
    lastUpdated: Wire.maybe(Wire.instant).pipe(Schema.fromKey("last_updated"))
  }),
  ({ funnel }) => funnel === null ? "funnel" : undefined
)
/** @since 0.1.0 */
export interface OutboundFigures extends Schema.Schema.Type<typeof OutboundFigures> {}

/**
 * One call behind the figures. Whether it reached a voicemail is said only here.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OutboundCall = Wire.record(Schema.Struct({
  id: Wire.id,
  user: Wire.maybe(Agent),
  alloNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("allo_number")),
  alloNumberLabel: Wire.maybe(Schema.String).pipe(Schema.fromKey("allo_number_label")),
  contactNumber: Wire.maybe(Schema.String).pipe(Schema.fromKey("contact_number")),
  stage: Wire.maybe(Wire.openLiteral(["DIAL", "CONNECTED", "CONVERSATION", "CONVERSION"])),
  voicemail: Wire.maybe(Wire.flag),
  duration: Wire.maybe(Wire.seconds),
  date: Wire.maybe(Wire.instant)
}))
/** @since 0.1.0 */
export interface OutboundCall extends Schema.Schema.Type<typeof OutboundCall> {}
