/** Limits the requests per second of each key, separately for reads and writes. */

export interface Taken {
  readonly allowed: boolean
  readonly limit: number
  readonly remaining: number
  /** Unix seconds at which the next window begins. */
  readonly reset: number
  /** Whole seconds to wait after a refusal. */
  readonly retryAfter: number
}

const window = 1000

export class RateLimit {
  private readonly fixed = new Map<string, { turn: number; used: number }>()
  private readonly sliding = new Map<string, Array<number>>()

  constructor(private readonly options: { readonly kind: "fixed" | "sliding"; readonly phase: number }) {}

  take(key: string, limit: number, now: number): Taken {
    return this.options.kind === "fixed" ? this.takeFixed(key, limit, now) : this.takeSliding(key, limit, now)
  }

  private takeFixed(key: string, limit: number, now: number): Taken {
    const turn = Math.floor((now - this.options.phase) / window)
    const kept = this.fixed.get(key)
    const state = kept !== undefined && kept.turn === turn ? kept : { turn, used: 0 }
    this.fixed.set(key, state)
    const allowed = state.used < limit
    if (allowed) state.used++
    const end = (turn + 1) * window + this.options.phase
    return {
      allowed,
      limit,
      remaining: limit - state.used,
      reset: Math.ceil(end / 1000),
      retryAfter: Math.max(1, Math.ceil((end - now) / 1000))
    }
  }

  /** A refused request does not count: a second after the oldest answer the next request is allowed. */
  private takeSliding(key: string, limit: number, now: number): Taken {
    const times = this.sliding.get(key) ?? []
    while (times[0] !== undefined && times[0] <= now - window) times.shift()
    const allowed = times.length < limit
    if (allowed) times.push(now)
    this.sliding.set(key, times)
    const free = (times[0] ?? now) + window
    return {
      allowed,
      limit,
      remaining: limit - times.length,
      reset: Math.ceil(free / 1000),
      retryAfter: Math.max(1, Math.ceil((free - now) / 1000))
    }
  }
}
