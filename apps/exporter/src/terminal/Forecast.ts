/** How fast a lane goes and how long it will take, from the answers of the last seconds. Pure: time is handed in. */

/** Answers are remembered for so many seconds: long enough to be steady, short enough to follow a change. */
const memory = 20
/** Until a lane has been watched for so long, it is believed to go as fast as it may. */
const trust = 3

export interface Lane {
  readonly expected: { readonly requests: number; readonly rows: number }
  readonly done: { readonly requests: number; readonly rows: number }
  /** Answers in each second, the oldest first. */
  readonly recent: ReadonlyArray<{ readonly second: number; readonly answers: number }>
  /** When work first came, in milliseconds; null before. */
  readonly since: number | null
  /** When the last answer came. */
  readonly last: number | null
}

export const empty: Lane = {
  expected: { requests: 0, rows: 0 },
  done: { requests: 0, rows: 0 },
  recent: [],
  since: null,
  last: null
}

export const expect = (lane: Lane, work: { readonly requests: number; readonly rows: number }, now: number): Lane => ({
  ...lane,
  expected: {
    requests: Math.max(0, lane.expected.requests + work.requests),
    rows: Math.max(0, lane.expected.rows + work.rows)
  },
  // A lane that had nothing left to do is watched anew, or its idle time would count as slowness.
  ...(remaining(lane) === 0 && work.requests > 0 ? { since: now, recent: [] } : {})
})

export const answered = (lane: Lane, rows: number, now: number): Lane => {
  const second = Math.floor(now / 1000)
  const newest = lane.recent.at(-1)
  const kept = lane.recent.filter((entry) => entry.second > second - memory - 1)
  return {
    ...lane,
    done: { requests: lane.done.requests + 1, rows: lane.done.rows + rows },
    recent: newest?.second === second
      ? [...kept.slice(0, -1), { second, answers: newest.answers + 1 }]
      : [...kept, { second, answers: 1 }],
    since: lane.since ?? now,
    last: now
  }
}

export const remaining = (lane: Lane): number => Math.max(0, lane.expected.requests - lane.done.requests)

/** Requests a second over the time it was watched, up to the last twenty seconds; null until it is known. */
export const observed = (lane: Lane, now: number): number | null => {
  if (lane.since === null) return null
  const watched = Math.min((now - lane.since) / 1000, memory)
  if (watched < trust) return null
  const from = now / 1000 - watched
  const answers = lane.recent.reduce((sum, entry) => {
    // Of the second in which the watch begins only a part counts.
    const share = Math.min(1, Math.max(0, entry.second + 1 - from))
    return sum + entry.answers * share
  }, 0)
  return answers / watched
}

/** Seconds until the lane is done; null where it has nothing to do, infinite where nothing moves. */
export const secondsLeft = (lane: Lane, limit: number, now: number): number | null => {
  const left = remaining(lane)
  if (left === 0) return null
  return left / Math.min(observed(lane, now) ?? limit, limit)
}

/** The slowest of several. */
export const slowest = (times: Iterable<number | null>): number | null => {
  let most: number | null = null
  for (const time of times) if (time !== null) most = Math.max(most ?? 0, time)
  return most
}
