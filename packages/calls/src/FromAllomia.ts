/**
 * Records of Allomia as rows.
 *
 * @since 0.1.0
 */
import { Call, CallDetails } from "@trunkline/allomia"
import type * as Wire from "@trunkline/http/Wire"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Calls from "./Calls.js"
import { checking, refusing } from "./internal/checked.js"
import * as Extra from "./internal/extra.js"
import { linked, wholeSeconds, word } from "./internal/values.js"
import type { Mapped } from "./Mapped.js"
import * as Outcome from "./Outcome.js"
import * as Phone from "./Phone.js"
import type { RefusedRow } from "./Refused.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface CallReading {
  readonly readAt: DateTime.Utc
  /** The organisation that was asked for, where a record does not say its own. */
  readonly organizationId: string | null
}

const check = checking(Calls.table)
const refuseCall = refusing(Call)
const refuseDetails = refusing(CallDetails)

/**
 * A call as lists know it: nothing of its outcome, intent or summary.
 *
 * @since 0.1.0
 * @category mapping
 */
export const call = (call: Call, reading: CallReading): Either.Either<Mapped<Calls.Row>, RefusedRow> =>
  check({
    row: Either.map(Extra.column(call.extra), (extra) => ({ ...listed(call, reading), extra })),
    groups: ["list", "agent", "contacts", "tags", "gone"] satisfies ReadonlyArray<Calls.Group>,
    refuse: (table, reason) => refuseCall(call, table, reason)
  })

/**
 * A call with what was made of it afterwards.
 *
 * @since 0.1.0
 * @category mapping
 */
export const details = (call: CallDetails, reading: CallReading): Either.Either<Mapped<Calls.Row>, RefusedRow> =>
  check({
    // What came of a call stays here as well, where it stood before it had a column.
    row: Either.map(
      Extra.column(call.outcome === null ? call.extra : { outcome: call.outcome, ...call.extra }),
      (extra) => {
        const row = listed(call, reading)
        const outcome = call.outcome ?? outcomeOf(call.extra)
        return {
          ...row,
          outcome: Outcome.fromAllomia({
            endedReason: call.callEndedReason,
            outcome,
            durationSeconds: row.duration_seconds ?? between(row.started_at, row.ended_at)
          }),
          outcome_raw: call.callEndedReason,
          business_outcome: outcome,
          contact_name: call.userName,
          primary_intent: call.userPrimaryIntent,
          sentiment: call.userSentiment,
          summary: call.callSummary,
          has_recording: linked(call.recordingUrl),
          has_transcript: linked(call.transcriptUrl),
          details_at: reading.readAt,
          extra
        }
      }
    ),
    groups: Calls.table.groups.map(({ name }) => name),
    refuse: (table, reason) => refuseDetails(call, table, reason)
  })

/** The documents speak of an outcome without showing its name. */
const outcomeOf = (extra: Wire.Extra): string | null => {
  const value = extra["callOutcome"]
  return typeof value === "string" ? value : null
}

const between = (start: DateTime.Utc, end: DateTime.Utc | null): number | null =>
  end === null ? null : DateTime.distance(start, end) / 1000

const listed = (call: Omit<Call, "extra">, reading: CallReading): Calls.Row => ({
  call_id: call.id,
  organization_id: call.organizationId ?? reading.organizationId,
  direction: word(call.callType),
  started_at: call.callStartedAt,
  ended_at: call.callEndedAt,
  duration_seconds: wholeSeconds(call.callDuration),
  outcome: "unknown",
  outcome_raw: null,
  business_outcome: null,
  agent_id: call.agentId,
  agent_name: call.agentName,
  agent_email: null,
  team_id: call.teamId,
  team_name: call.teamName,
  line_number: call.phoneNumber,
  contact_number: call.userPhoneNumber,
  contact_country: Phone.country(call.userPhoneNumber, call.phoneNumber),
  contact_id: null,
  contact_name: null,
  company_id: null,
  company_name: null,
  contacts: [],
  primary_intent: null,
  sentiment: null,
  summary: null,
  tags: [],
  has_recording: false,
  has_transcript: null,
  details_at: null,
  created_at: call.createdAt,
  extra: null,
  exported_at: reading.readAt,
  gone_at: null
})
