/** What the report says of golden.ts, worked out by hand. */

/** Talked, voicemails, other outcomes, of 0 seconds, of unknown duration; and the seconds of the first three. */
const durations = (
  heaps: readonly [talked: number, voicemail: number, other: number, zero: number, unknown: number],
  [talkSeconds, voicemailSeconds, otherSeconds]: readonly [number, number, number],
  [meanSeconds, p50Seconds, p90Seconds, p99Seconds]: ReadonlyArray<number> | []
) => {
  const [callsTalked, callsVoicemail, callsOther, callsZero, callsUnknown] = heaps
  return {
    calls: heaps.reduce((sum, calls) => sum + calls, 0),
    callsTalked,
    callsVoicemail,
    callsOther,
    callsZero,
    callsUnknown,
    talkSeconds,
    voicemailSeconds,
    otherSeconds,
    meanSeconds: meanSeconds ?? null,
    p50Seconds: p50Seconds ?? null,
    p90Seconds: p90Seconds ?? null,
    p99Seconds: p99Seconds ?? null
  }
}
/** All of the same length. */
const even = (seconds: number) => [seconds, seconds, seconds, seconds]

const edges = [1, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600]
const added = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0)
const buckets = (calls: ReadonlyArray<number>, talked: ReadonlyArray<number>) => {
  return edges.map((fromSeconds, index) => ({
    fromSeconds,
    toSeconds: edges[index + 1] ?? null,
    calls: calls[index] ?? 0,
    share: (calls[index] ?? 0) / added(calls),
    talked: talked[index] ?? 0,
    talkedShare: (talked[index] ?? 0) / added(talked)
  }))
}

const sentiment = (positive: number, neutral: number, negative: number, other: number, unknown: number) => ({
  positive,
  neutral,
  negative,
  other,
  unknown
})

const answering = (incoming: number, known: number, answered: number) => ({
  incoming,
  known,
  counted: known,
  answered,
  answerRate: known === 0 ? null : answered / known
})

const day = (text: string) => `2026-${text}T00:00:00.000Z`
const stretch = (from: string, to: string, state: string) => ({ fromAt: day(from), toAt: day(to), state })
const items = { scope: "team", organizationName: "Équipe", stream: "items" }

/** Without `hours`, which are 168 each. */
export const goldenSources = [
  {
    source: "allo",
    totals: {
      // 10, 20, 59, 120 and 3600 seconds, and a voicemail of 20.
      ...durations([5, 1, 0, 8, 1], [3809, 20, 0], [3809 / 5, 59, 2208, 3460.8]),
      incoming: 13,
      outgoing: 2,
      messages: 5,
      firstAt: "2026-03-28T22:30:00.000Z",
      lastAt: "2026-04-02T12:00:00.000Z",
      readAt: "2026-04-02T20:00:00.000Z"
    },
    durations: {
      directions: [
        { direction: "inbound", ...durations([3, 1, 0, 8, 1], [3779, 20, 0], [3779 / 3, 120, 2904, 3530.4]) },
        { direction: "outbound", ...durations([2, 0, 0, 0, 0], [30, 0, 0], [15, 15, 19, 19.9]) }
      ],
      buckets: buckets([0, 3, 1, 0, 1, 0, 0, 0, 0, 1], [0, 2, 1, 0, 1, 0, 0, 0, 0, 1])
    },
    days: [
      // The second call of the first day ends on the next.
      { day: "2026-03-28", calls: 2, talkSeconds: 3720, whole: true },
      { day: "2026-03-29", calls: 5, talkSeconds: 10, whole: true },
      { day: "2026-03-30", calls: 4, talkSeconds: 20, whole: true },
      { day: "2026-03-31", calls: 1, talkSeconds: 0, whole: true },
      { day: "2026-04-02", calls: 3, talkSeconds: 59, whole: false }
    ],
    labels: [{
      kind: "tag",
      sharesAddUp: false,
      calls: 15,
      unlabelled: 12,
      detailsPending: 0,
      labels: 3,
      rows: [
        {
          label: "support",
          unlabelled: false,
          share: 2 / 15,
          ...durations([2, 0, 0, 0, 0], [3720, 0, 0], [1860, 1860, 3252, 3565.2]),
          sentiment: sentiment(0, 0, 0, 0, 2)
        },
        {
          label: "outreach",
          unlabelled: false,
          share: 1 / 15,
          ...durations([1, 0, 0, 0, 0], [20, 0, 0], even(20)),
          sentiment: sentiment(0, 0, 0, 0, 1)
        },
        {
          label: "vip",
          unlabelled: false,
          share: 1 / 15,
          ...durations([1, 0, 0, 0, 0], [120, 0, 0], even(120)),
          sentiment: sentiment(0, 0, 0, 0, 1)
        },
        {
          label: "(unlabelled)",
          unlabelled: true,
          share: 12 / 15,
          // 10 and 59 seconds, and a voicemail of 20.
          ...durations([2, 1, 0, 8, 1], [69, 20, 0], [34.5, 34.5, 54.1, 58.51]),
          sentiment: sentiment(0, 0, 0, 0, 12)
        }
      ]
    }],
    agents: {
      agents: 2,
      rows: [
        {
          name: "Anna",
          ...durations([3, 0, 0, 0, 0], [3779, 0, 0], [3779 / 3, 120, 2904, 3530.4]),
          outgoing: 0,
          ...answering(3, 3, 3)
        },
        {
          name: "Bob",
          ...durations([2, 0, 0, 0, 0], [30, 0, 0], [15, 15, 19, 19.9]),
          outgoing: 2,
          ...answering(0, 0, 0)
        },
        { name: null, ...durations([0, 1, 0, 8, 1], [0, 20, 0], []), outgoing: 0, ...answering(10, 9, 0) }
      ]
    },
    answers: {
      ...answering(13, 12, 3),
      outcomes: [
        { outcome: "missed", calls: 7, answered: false },
        { outcome: "answered", calls: 2, answered: true },
        { outcome: "blocked", calls: 1, answered: false },
        { outcome: "transferred", calls: 1, answered: true },
        { outcome: "unknown", calls: 1, answered: false },
        { outcome: "voicemail", calls: 1, answered: false }
      ],
      days: [
        { day: "2026-03-28", ...answering(2, 2, 2), whole: true },
        { day: "2026-03-29", ...answering(4, 3, 0), whole: true },
        { day: "2026-03-30", ...answering(3, 3, 0), whole: true },
        { day: "2026-03-31", ...answering(1, 1, 0), whole: true },
        { day: "2026-04-02", ...answering(3, 3, 1), whole: false }
      ]
    },
    followup: {
      misses: 8,
      callers: 6,
      reached: 3,
      reachedInTime: 2,
      reachedLate: 1,
      tried: 0,
      calledAgain: 1,
      waiting: 1,
      lost: 1,
      unreachable: 1,
      reachedShare: 3 / 6,
      reachedInTimeShare: 2 / 6,
      triedShare: 0,
      lostShare: 1 / 6,
      // After 30 minutes, four and a half hours, and two days.
      p50Seconds: 16_200,
      p90Seconds: 141_480,
      within: [
        { hours: 0.25, callers: 0 },
        { hours: 1, callers: 1 },
        { hours: 4, callers: 1 },
        { hours: 24, callers: 2 },
        { hours: 72, callers: 3 }
      ],
      asOf: "2026-04-02T20:00:00.000Z",
      open: null
    },
    repeats: {
      callers: 7,
      again: 3,
      calls: 7,
      soon: 3,
      spread: [
        { from: 2, to: 2, callers: 2 },
        { from: 3, to: 3, callers: 1 },
        { from: 4, to: 5, callers: 0 },
        { from: 6, to: 9, callers: 0 },
        { from: 10, to: null, callers: 0 }
      ],
      top: null
    },
    coverage: {
      windows: 4,
      certified: 2,
      open: 1,
      uncertified: 1,
      gaps: 2,
      gapSeconds: 5 * 86_400,
      quarantined: 2,
      // 12 hours after its first day begins somewhere, and 14 hours before its last one may end.
      provenFrom: "2026-03-01T12:00:00.000Z",
      provenTo: "2026-03-09T10:00:00.000Z",
      streams: 2,
      rows: [
        {
          ...items,
          fromAt: day("03-01"),
          toAt: day("04-01"),
          certifiedTo: "2026-03-09T10:00:00.000Z",
          quarantined: 2,
          stretches: [
            // From the fifth to the tenth two windows overlap: the certified one was read later.
            stretch("03-01", "03-10", "certified"),
            stretch("03-10", "03-12", "open"),
            stretch("03-12", "03-15", "gap"),
            // Read together with transcripts.
            stretch("03-15", "03-18", "certified"),
            stretch("03-18", "03-20", "gap"),
            stretch("03-20", "04-01", "uncertified")
          ]
        },
        {
          scope: "team",
          organizationName: "Équipe",
          stream: "items+transcript",
          fromAt: day("03-15"),
          toAt: day("03-18"),
          certifiedTo: "2026-03-17T10:00:00.000Z",
          quarantined: 0,
          stretches: [stretch("03-15", "03-18", "certified")]
        }
      ],
      troubles: [
        { ...items, ...stretch("03-12", "03-15", "gap") },
        { ...items, ...stretch("03-18", "03-20", "gap") },
        { ...items, ...stretch("03-20", "04-01", "uncertified") }
      ]
    }
  },
  {
    source: "allomia",
    totals: {
      // 30, 60 and 90 seconds, and 40 with an outcome nobody knows.
      ...durations([3, 0, 1, 1, 0], [180, 0, 40], [60, 60, 84, 89.4]),
      incoming: 4,
      outgoing: 0,
      messages: 0,
      firstAt: "2026-10-24T12:00:00.000Z",
      lastAt: "2026-10-25T23:30:00.000Z",
      readAt: "2026-10-27T00:00:00.000Z"
    },
    durations: {
      directions: [
        { direction: "inbound", ...durations([2, 0, 1, 1, 0], [90, 0, 40], [45, 45, 57, 59.7]) },
        { direction: "web", ...durations([1, 0, 0, 0, 0], [90, 0, 0], even(90)) }
      ],
      buckets: buckets([0, 0, 2, 2], [0, 0, 1, 2])
    },
    days: [
      { day: "2026-10-24", calls: 1, talkSeconds: 0, whole: true },
      { day: "2026-10-25", calls: 3, talkSeconds: 90, whole: true },
      { day: "2026-10-26", calls: 1, talkSeconds: 90, whole: true }
    ],
    labels: [{
      kind: "intent",
      sharesAddUp: true,
      calls: 4,
      unlabelled: 2,
      detailsPending: 1,
      labels: 1,
      rows: [
        {
          label: "Billing",
          unlabelled: false,
          share: 1 / 2,
          ...durations([2, 0, 0, 0, 0], [90, 0, 0], [45, 45, 57, 59.7]),
          sentiment: sentiment(1, 0, 1, 0, 0)
        },
        {
          label: "(unlabelled)",
          unlabelled: true,
          share: 1 / 2,
          ...durations([1, 0, 1, 0, 0], [90, 0, 40], even(90)),
          sentiment: sentiment(0, 0, 0, 1, 1)
        }
      ]
    }],
    agents: {
      agents: 2,
      rows: [
        {
          name: "Léa",
          ...durations([2, 0, 0, 0, 0], [90, 0, 0], [45, 45, 57, 59.7]),
          outgoing: 0,
          ...answering(2, 2, 2)
        },
        { name: "Robot", ...durations([1, 0, 0, 0, 0], [90, 0, 0], even(90)), outgoing: 0, ...answering(0, 0, 0) },
        { name: null, ...durations([0, 0, 1, 1, 0], [0, 0, 40], []), outgoing: 0, ...answering(2, 0, 0) }
      ]
    },
    answers: {
      ...answering(4, 2, 2),
      outcomes: [
        { outcome: "answered", calls: 2, answered: true },
        { outcome: "unknown", calls: 2, answered: false }
      ],
      days: [
        { day: "2026-10-24", ...answering(1, 0, 0), whole: true },
        { day: "2026-10-25", ...answering(3, 2, 2), whole: true }
      ]
    },
    followup: {
      misses: 0,
      callers: 0,
      reached: 0,
      reachedInTime: 0,
      reachedLate: 0,
      tried: 0,
      calledAgain: 0,
      waiting: 0,
      lost: 0,
      unreachable: 0,
      reachedShare: null,
      reachedInTimeShare: null,
      triedShare: null,
      lostShare: null,
      p50Seconds: null,
      p90Seconds: null,
      within: [0.25, 1, 4, 24, 72].map((hours) => ({ hours, callers: 0 })),
      asOf: null,
      open: null
    },
    repeats: {
      // One number at two organisations is two callers.
      callers: 3,
      again: 1,
      calls: 2,
      soon: 1,
      spread: [
        { from: 2, to: 2, callers: 1 },
        { from: 3, to: 3, callers: 0 },
        { from: 4, to: 5, callers: 0 },
        { from: 6, to: 9, callers: 0 },
        { from: 10, to: null, callers: 0 }
      ],
      top: null
    },
    coverage: {
      windows: 3,
      certified: 2,
      open: 1,
      uncertified: 0,
      gaps: 0,
      gapSeconds: 0,
      quarantined: 0,
      // Nothing of the second organisation is certified.
      provenFrom: null,
      provenTo: null,
      streams: 2,
      rows: [
        {
          scope: "o1",
          organizationName: "Clinique du Lac",
          stream: "calls",
          fromAt: day("10-01"),
          toAt: day("10-26"),
          certifiedTo: day("10-26"),
          quarantined: 0,
          stretches: [stretch("10-01", "10-26", "certified")]
        },
        {
          scope: "o2",
          organizationName: null,
          stream: "calls",
          fromAt: day("10-05"),
          toAt: day("10-06"),
          certifiedTo: null,
          quarantined: 0,
          stretches: [stretch("10-05", "10-06", "open")]
        }
      ],
      troubles: []
    }
  }
]
