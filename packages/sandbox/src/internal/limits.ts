/** The limits of a key: requests a second, and requests a day to Allo's first interface. */
import type { Api } from "../Fault.js"
import type { Answer, Ask } from "./Answer.js"
import type { Key } from "./keys.js"
import { RateLimit } from "./RateLimit.js"
import * as Refusal from "./refusal.js"
import { day as dayLength } from "./time.js"

export interface Rates {
  readonly reads: number
  readonly writes: number
  readonly allomia: number
  readonly kind: "fixed" | "sliding"
  readonly phase: number
}

export const quotaSpent = (limit: number, resetIn: number): Answer =>
  Refusal.v1(429, "API_KEY_QUOTA_EXCEEDED", [{
    message: `limit=${limit};type=DAILY;reset_in=${resetIn}`,
    field: "DAILY"
  }])

export class Limits {
  private readonly limit: RateLimit
  private readonly quotas = new Map<string, { day: number; used: number }>()

  constructor(private readonly rates: Rates | null, private readonly dailyQuota: number) {
    this.limit = new RateLimit({ kind: rates?.kind ?? "fixed", phase: rates?.phase ?? 0 })
  }

  /** Counts a request and writes what is left into the headers; a refusal where nothing is left. */
  take(api: Api, key: Key, ask: Ask, headers: { [name: string]: string }): Answer | null {
    const { dailyQuota, rates } = this
    const tell = (limit: number, remaining: number, reset: number) => {
      headers["X-RateLimit-Limit"] = String(limit)
      headers["X-RateLimit-Remaining"] = String(remaining)
      headers["X-RateLimit-Reset"] = String(reset)
    }
    if (api === "allo-v1") {
      if (dailyQuota === Number.POSITIVE_INFINITY) return null
      const day = Math.floor(ask.now / dayLength)
      const kept = this.quotas.get(key.text)
      const state = kept !== undefined && kept.day === day ? kept : { day, used: 0 }
      this.quotas.set(key.text, state)
      const allowed = state.used < dailyQuota
      if (allowed) state.used++
      const resetIn = Math.ceil(((day + 1) * dayLength - ask.now) / 1000)
      tell(dailyQuota, dailyQuota - state.used, Math.floor(ask.now / 1000) + resetIn)
      return allowed ? null : quotaSpent(dailyQuota, resetIn)
    }
    if (rates === null) return null
    const read = ask.method === "GET"
    const limit = api === "allomia" ? rates.allomia : read ? rates.reads : rates.writes
    if (limit === Number.POSITIVE_INFINITY) return null
    const taken = this.limit.take(`${key.text} ${api === "allomia" || read ? "read" : "write"}`, limit, ask.now)
    if (api === "allo-v2") tell(taken.limit, taken.remaining, taken.reset)
    if (taken.allowed) return null
    headers["Retry-After"] = String(taken.retryAfter)
    return Refusal.refuse(api, ask, "RATE_LIMIT_EXCEEDED", {
      status: 429,
      message: `More than ${taken.limit} requests in a second.`,
      retryAfter: taken.retryAfter,
      suggestion: "Wait, then go on at the allowed pace.",
      clinic: "Too many requests"
    })
  }
}
