/** Records of both APIs as rows of the same columns that an export has, as a hand-written loop would map them. */

export interface Item {
  readonly id: string
  readonly direction: string | null
  readonly allo_number: string | null
  readonly contact_number: string | null
  readonly contacts: ReadonlyArray<{
    readonly id: string
    readonly name: string | null
    readonly company: { readonly id: string; readonly name: string } | null
    readonly deals: ReadonlyArray<{ readonly id: string; readonly name: string; readonly status: string }>
  }>
  readonly user: { readonly id: string; readonly name: string; readonly email: string } | null
  readonly date: string
  readonly duration: number
  readonly result: string | null
  readonly recording_url: string | null
  readonly summary: string | null
  readonly tags: ReadonlyArray<string>
  readonly transcript:
    | ReadonlyArray<{
      readonly source: string
      readonly time: string
      readonly text: string
      readonly start_seconds: number
      readonly end_seconds: number
    }>
    | null
}

export interface Call {
  readonly id: string
  readonly organizationId: string
  readonly callType: string
  readonly agentId: string | null
  readonly agentName: string | null
  readonly teamId: string | null
  readonly teamName: string | null
  readonly phoneNumber: string | null
  readonly callStartedAt: string
  readonly callEndedAt: string | null
  readonly callDurationSeconds: string
  readonly userPhoneNumber: string | null
  readonly createdAt: string | null
  readonly callEndedReason: string | null
  readonly userName: string | null
  readonly userPrimaryIntent: string | null
  readonly userSentiment: string | null
  readonly callSummary: string | null
  readonly outcome: string | null
  readonly transcriptUrl: string | null
  readonly recordingUrl: string | null
}

/** A row, whose instants are what a writer takes for one. Rows are literals: a spread would make the engine slow on them. */
export type Row = Readonly<Record<string, unknown>>
export type Instant = (text: string) => unknown

export const rowOfItem = (item: Item, instant: Instant, now: string): Row => {
  const [contact] = item.contacts
  return {
    call_id: item.id,
    organization_id: "team-1",
    direction: item.direction?.toLowerCase() ?? "unknown",
    started_at: instant(item.date),
    ended_at: instant(new Date(Date.parse(item.date) + item.duration * 1000).toISOString()),
    duration_seconds: item.duration,
    outcome: item.result?.toLowerCase() ?? "unknown",
    outcome_raw: item.result,
    business_outcome: null,
    agent_id: item.user?.id ?? null,
    agent_name: item.user?.name ?? null,
    agent_email: item.user?.email ?? null,
    team_id: null,
    team_name: null,
    line_number: item.allo_number,
    contact_number: item.contact_number,
    contact_id: contact?.id ?? null,
    contact_name: contact?.name ?? null,
    company_id: contact?.company?.id ?? null,
    company_name: contact?.company?.name ?? null,
    contacts: item.contacts.map(({ company, deals, id, name }) => ({
      id,
      name,
      company_id: company?.id ?? null,
      company_name: company?.name ?? null,
      deals: deals.map((deal) => ({ id: deal.id, name: deal.name, status: deal.status }))
    })),
    primary_intent: null,
    sentiment: null,
    summary: item.summary,
    tags: item.tags,
    has_recording: item.recording_url !== null,
    has_transcript: item.transcript === null ? null : true,
    details_at: null,
    created_at: null,
    extra: null,
    exported_at: instant(now),
    gone_at: null
  }
}

export const rowsOfTranscript = ({ id, transcript }: Item, instant: Instant, now: string): ReadonlyArray<Row> =>
  (transcript ?? []).map((line, seq) => ({
    call_id: id,
    seq,
    speaker: line.source.toLowerCase(),
    spoken_at: instant(line.time),
    start_seconds: line.start_seconds,
    end_seconds: line.end_seconds,
    text: line.text,
    exported_at: instant(now)
  }))

const outcomes: Readonly<Record<string, string>> = {
  "customer-ended-call": "answered",
  "assistant-ended-call": "answered",
  "assistant-forwarded-call": "transferred"
}

export const rowOfCall = (call: Call, instant: Instant, now: string): Row => ({
  call_id: call.id,
  organization_id: call.organizationId,
  direction: call.callType.toLowerCase(),
  started_at: instant(call.callStartedAt),
  ended_at: call.callEndedAt === null ? null : instant(call.callEndedAt),
  duration_seconds: Number(call.callDurationSeconds),
  outcome: outcomes[call.callEndedReason ?? ""] ?? "unknown",
  outcome_raw: call.callEndedReason,
  business_outcome: null,
  agent_id: call.agentId,
  agent_name: call.agentName,
  agent_email: null,
  team_id: call.teamId,
  team_name: call.teamName,
  line_number: call.phoneNumber,
  contact_number: call.userPhoneNumber,
  contact_id: null,
  contact_name: call.userName,
  company_id: null,
  company_name: null,
  contacts: [],
  primary_intent: call.userPrimaryIntent,
  sentiment: call.userSentiment,
  summary: call.callSummary,
  tags: [],
  has_recording: call.recordingUrl !== null,
  has_transcript: call.transcriptUrl !== null,
  details_at: instant(now),
  created_at: call.createdAt === null ? null : instant(call.createdAt),
  extra: call.outcome === null ? null : JSON.stringify({ outcome: call.outcome }),
  exported_at: instant(now),
  gone_at: null
})
