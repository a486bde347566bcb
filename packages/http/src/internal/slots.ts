/**
 * The arithmetic of the pace: which requests may still weigh on the server's count, and when the next may start. Pure
 * but for the state it is given; times are milliseconds of one monotonic clock.
 *
 * A request was counted by the server somewhere between its sending and its answer, nobody knows where. So it weighs
 * from its sending until one period after its answer, whatever the server's algorithm: fewer than `limit` such requests
 * means that no trailing second, and so no window of any phase, can be full. That is the *lease*. It is never refused,
 * and it loses one journey time a period.
 *
 * A server with fixed windows gives itself away: it counts fewer requests than we surely made within the last period.
 * Then a window began in between, and its edge is known to lie between two moments. From then on a request that was
 * surely counted before the latest edge weighs nothing, and the next window is filled from its first moment: that is
 * the *window gate*. It needs no clock of the server, no `Reset` header and no refusal to find the edge.
 */

interface Started {
  readonly at: number
  /** When its answer came; infinite while it is under way. */
  heard: number
  /** One, but for strangers, who are noticed together. */
  readonly count: number
}

/** Where an edge of the server's windows lies: after `low`, and before an answer that came at `heard`. */
interface Edge {
  readonly low: number
  readonly heard: number
}

export interface Slots {
  readonly period: number
  readonly ceiling: number
  limit: number
  /** Oldest first. Those of strangers, seen only in the count, have no sending time. */
  started: Array<Started>
  /** The sum of their counts. */
  sum: number
  /** With so many of them it is time to drop the old ones. */
  crowded: number
  /** Journeys seen, out and back: how many, the shortest, and the usual one. */
  journeys: number
  fastest: number
  usual: number
  edge: Edge | undefined
  /** Whether answers say how much is left. */
  tells: boolean
  /** Nobody starts before this moment. */
  closedUntil: number
  /** After refusals an edge is not believed before this moment. */
  edgesFrom: number
  refusals: number
  /** Requests of strangers to be expected in a period, and until when. */
  expected: number
  expectedUntil: number
  /** When an answer last told another limit. */
  changed: number
}

/** Room is counted in whole requests, and there is room for one. */
const whole = (limit: number): number => limit >= 1 ? Math.floor(limit) : 1

export const make = (limit: number, ceiling: number, period: number): Slots => ({
  period,
  ceiling,
  limit: whole(Math.min(limit, ceiling)),
  started: [],
  sum: 0,
  crowded: 64,
  journeys: 0,
  fastest: Number.POSITIVE_INFINITY,
  usual: 0,
  edge: undefined,
  tells: false,
  closedUntil: Number.NEGATIVE_INFINITY,
  edgesFrom: Number.NEGATIVE_INFINITY,
  refusals: 0,
  expected: 0,
  expectedUntil: Number.NEGATIVE_INFINITY,
  changed: Number.NEGATIVE_INFINITY
})

/** Clocks of two machines drift apart by less than this share of the time. */
const drift = 1e-4
/** An edge last seen this long ago is forgotten rather than extrapolated. */
const memory = 600_000
/** How long edges are not believed after a first refusal; doubled by every further one. */
const caution = 5_000
const longestCaution = 600_000
/** For so many periods after they were last noticed, room is left for strangers. */
const hospitality = 10

/**
 * What out and back together surely take: the shortest journey seen, less a share of the usual spread above it, so
 * that one shorter than any before does no harm. The share shrinks with experience.
 */
const journey = (slots: Slots): number =>
  slots.journeys === 0
    ? 0
    : Math.max(0, slots.fastest - (slots.usual - slots.fastest) / (1 + Math.min(7, slots.journeys / 50)))

/**
 * The latest moment the server can have counted a request. Both ends of a journey are shifted by the unknown shortest
 * way out, so only the shortest journey as a whole matters.
 */
const counted = (slots: Slots, heard: number): number => heard - journey(slots)

/** An edge as we know it now: between these two moments, and again every period. */
const edgeAt = (slots: Slots, now: number): { readonly low: number; readonly high: number } | undefined => {
  if (slots.edge === undefined || now - slots.edge.heard > memory) return undefined
  const slack = (now - slots.edge.heard) * drift
  const high = counted(slots, slots.edge.heard) + slack
  return { low: Math.min(slots.edge.low - slack, high), high }
}

/** The latest edge that has surely passed by `now`, as the earliest moment it can have been at. */
const passedEdge = (slots: Slots, now: number): number => {
  const edge = edgeAt(slots, now)
  if (edge === undefined) return Number.NEGATIVE_INFINITY
  return edge.low + Math.floor((now - edge.high) / slots.period) * slots.period
}

/** What was counted before this moment does not weigh on a request sent now. */
const horizon = (slots: Slots, now: number): number => Math.max(now - slots.period, passedEdge(slots, now))

/** When the next request may start: `now` or earlier if at once, infinite if an answer has to come first. */
export const next = (slots: Slots, now: number): number => {
  if (slots.closedUntil > now) return slots.closedUntil
  const expected = expectedAt(slots, now)
  if (slots.sum + 1 + expected < slots.limit) return now
  const edge = edgeAt(slots, now)
  const before = horizon(slots, now)
  const weighs = countedAfter(slots, before)
  const room = Math.max(0, expected - weight(slots, (started) => isStranger(started) && weighs(started)))
  const over = weight(slots, weighs) + room - slots.limit
  // A burst sent at once hides an edge that falls into it: its last request follows an answer, so that it can tell.
  const blind = over === -1 && slots.limit > 1 && slots.tells && edge === undefined
  if (over < 0 && !blind) return now
  const weighing = slots.started.filter(weighs)
  if (blind && weighing.length > 0 && weighing.every(({ heard }) => !Number.isFinite(heard))) {
    return Number.POSITIVE_INFINITY
  }
  if (over < 0) return now
  const at = counted(slots, lastOf(over + 1, weighing))
  if (!Number.isFinite(at)) return Number.POSITIVE_INFINITY
  const leased = at + slots.period
  if (edge === undefined) return leased
  const periods = Math.max(
    Math.ceil((at - edge.low) / slots.period),
    Math.floor((now - edge.high) / slots.period) + 1
  )
  return Math.min(leased, edge.high + periods * slots.period)
}

const add = (slots: Slots, started: Started): void => {
  slots.started.push(started)
  slots.sum += started.count
}

const keep = (slots: Slots, kept: (started: Started) => boolean): void => {
  slots.started = slots.started.filter(kept)
  slots.sum = weight(slots, () => true)
}

/** The sum of the counts of some. Each answer asks for this, of thousands of requests where the pace is high. */
const weight = (slots: Slots, weighs: (started: Started) => boolean): number => {
  let sum = 0
  for (const started of slots.started) if (weighs(started)) sum += started.count
  return sum
}

/** Whether the server may have counted a request after a moment. */
const countedAfter = (slots: Slots, moment: number): (started: Started) => boolean => {
  const heardAfter = moment + journey(slots)
  return ({ heard }) => heard > heardAfter
}

/** When the last of so many was answered, the earliest answered first; infinite if there are not so many yet. */
const lastOf = (many: number, weighing: ReadonlyArray<Started>): number => {
  let left = many
  for (const { count, heard } of weighing.toSorted((a, b) => a.heard - b.heard)) {
    left -= count
    if (left <= 0) return heard
  }
  return Number.POSITIVE_INFINITY
}

/** A request starts. */
export const start = (slots: Slots, now: number): Started => {
  if (slots.started.length >= slots.crowded) {
    const old = now - 2 * slots.period
    keep(slots, ({ heard }) => heard > old)
    slots.crowded = Math.max(64, 2 * slots.started.length)
  }
  const started: Started = { at: now, heard: Number.POSITIVE_INFINITY, count: 1 }
  add(slots, started)
  return started
}

/** Its answer came, or it ended without one. */
export const hear = (slots: Slots, started: Started, now: number): void => {
  if (Number.isFinite(started.heard)) return
  // The clock shows whole milliseconds, and this one may be almost over.
  started.heard = now + 1
  const took = started.heard - started.at
  slots.fastest = Math.min(slots.fastest, took)
  slots.usual += (took - slots.usual) / Math.min(16, slots.journeys + 1)
  slots.journeys += 1
}

/** An answer told the limit, and how much of it was left when it was made. */
export const learn = (
  slots: Slots,
  started: Started,
  told: { readonly limit: number | undefined; readonly remaining: number | undefined }
): void => {
  const limit = told.limit ?? slots.limit
  const adopted = whole(Math.min(limit, slots.ceiling))
  if (adopted !== slots.limit) {
    slots.limit = adopted
    slots.edge = undefined
    slots.changed = started.heard
  }
  if (told.remaining === undefined || told.remaining > limit) return
  slots.tells = true
  const used = limit - told.remaining
  // A count that does not even count this request tells neither an edge nor strangers.
  if (used <= 0) return
  const at = counted(slots, started.heard)
  findEdge(slots, started, at, told.remaining > 0 ? used : Number.POSITIVE_INFINITY)
  findStrangers(slots, started, used)
}

/**
 * Requests surely counted in the period before this one, yet missing from its count: an edge lies after the oldest of
 * them. A count at its limit proves nothing, since it cannot grow further.
 */
const findEdge = (slots: Slots, started: Started, at: number, used: number): void => {
  if (started.heard < slots.edgesFrom) return
  const heardBefore = started.at + journey(slots)
  const surely = (other: Started): boolean =>
    other !== started && other.at > at - slots.period && other.heard < heardBefore
  const sure = weight(slots, surely)
  const missing = sure + 1 - used
  if (missing <= 0 || missing > sure) return
  const oldest = slots.started.filter(surely)[missing - 1]
  if (oldest === undefined) return
  slots.edge = narrow(slots, { low: oldest.at, heard: started.heard })
}

/** The new edge, narrowed by the one that was known, if that is an edge of the same windows. */
const narrow = (slots: Slots, found: Edge): Edge => {
  if (slots.edge === undefined) return found
  const { heard, low } = slots.edge
  const slack = (found.heard - heard) * drift
  // Both are shorter than a period, so the known one meets the new one in two places at the most.
  const latest = Math.floor((found.heard - low + slack) / slots.period)
  const meetings = [latest - 1, latest].map((periods) => ({
    low: Math.max(found.low, low + periods * slots.period - slack),
    heard: Math.min(found.heard, heard + periods * slots.period + slack)
  })).filter((meeting) => meeting.low <= meeting.heard)
  // In two places, neither is the better guess.
  return meetings.length === 1 && meetings[0] !== undefined ? meetings[0] : found
}

const isStranger = (started: Started): boolean => started.at === Number.NEGATIVE_INFINITY

/** More was counted than we can have made: somebody else uses the key, and weighs as we do. */
const findStrangers = (slots: Slots, started: Started, used: number): void => {
  if (isFalseEdge(slots, started, used)) {
    slots.edge = undefined
    slots.edgesFrom = started.heard + caution
    slots.expectedUntil = Number.NEGATIVE_INFINITY
    keep(slots, (other) => !isStranger(other))
    return
  }
  const after = countedAfter(slots, horizon(slots, started.at))
  const weighs = (other: Started): boolean => other === started || after(other)
  const more = Math.min(used, slots.limit) - weight(slots, weighs)
  const known = weight(slots, (other) => isStranger(other) && weighs(other))
  if (more > 0) add(slots, { at: Number.NEGATIVE_INFINITY, heard: started.heard, count: more })
  const strangers = known + Math.max(0, more)
  if (strangers > 0 && strangers >= expectedAt(slots, started.heard)) {
    expect(slots, strangers, started.heard)
  }
}

/**
 * What looks like a crowd of strangers since the edge, and is no more than we made within a period, was counted before
 * it: there is no such edge. A server with sliding windows seems to have one once in some thousand requests.
 */
const isFalseEdge = (slots: Slots, started: Started, used: number): boolean => {
  const counts = Math.min(used, slots.limit)
  const oursSince = (moment: number) => {
    const after = countedAfter(slots, moment)
    return weight(slots, (other) => !isStranger(other) && (other === started || after(other)))
  }
  return slots.edge !== undefined && counts - oursSince(horizon(slots, started.at)) > slots.limit / 4 &&
    counts <= oursSince(started.at - slots.period)
}

/** Strangers come again: room is left for as many as there were. */
const expect = (slots: Slots, strangers: number, now: number): void => {
  slots.expected = strangers
  slots.expectedUntil = now + hospitality * slots.period
}

/** Never more than half, so that we get our share, and are not stopped by a mistake. */
const expectedAt = (slots: Slots, now: number): number =>
  now < slots.expectedUntil ? Math.min(slots.expected, Math.floor(slots.limit / 2)) : 0

/**
 * The server refused: nobody starts for that long, and edges are believed less readily. Within the limit only strangers
 * can have taken the place, even if no answer showed them, so one more of them is expected.
 */
export const refuse = (slots: Slots, now: number, wait: number): void => {
  // Requests that were under way together are refused together, and count once.
  if (now >= slots.closedUntil) {
    slots.refusals += 1
    const explained = now < slots.changed + 2 * slots.period
    if (!explained) expect(slots, expectedAt(slots, now) + 1, now)
  }
  slots.closedUntil = Math.max(slots.closedUntil, now + Math.max(wait, slots.period))
  slots.edge = undefined
  slots.edgesFrom = now + Math.min(longestCaution, caution * 2 ** (slots.refusals - 1))
}
