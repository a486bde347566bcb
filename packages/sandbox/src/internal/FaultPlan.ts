/** Decides which request meets which fault: first by the scripts in their order, then at random by the profile. */
import * as Fault from "../Fault.js"
import { hash, pick } from "./random.js"

export interface Candidate {
  readonly api: Fault.Api
  readonly method: string
  readonly path: string
  readonly page: number | null
  readonly key: string | null
  readonly organizationId: string | null
}

const flaky: ReadonlyArray<Fault.Fault> = [
  Fault.Failed({ status: 500, as: "json" }),
  Fault.Failed({ status: 502, as: "html" }),
  Fault.Failed({ status: 503, as: "json" }),
  Fault.Failed({ status: 504, as: "html" }),
  Fault.RateLimited({ retryAfter: "seconds", seconds: 1 }),
  Fault.RateLimited({ retryAfter: "absent", seconds: 1 }),
  Fault.ResetBeforeHeaders(),
  Fault.ResetInBody(),
  Fault.Truncated(),
  Fault.Unknown({ words: false }),
  Fault.WrongCase()
]

const storm: ReadonlyArray<Fault.Fault> = [
  ...flaky,
  Fault.RateLimited({ retryAfter: "date", seconds: 1 }),
  Fault.RateLimited({ retryAfter: "zero", seconds: 1 }),
  Fault.RateLimited({ retryAfter: "negative", seconds: 1 }),
  Fault.RateLimited({ retryAfter: "body", seconds: 1 }),
  Fault.Empty(),
  Fault.Html(),
  Fault.Drip({ bytes: 512, every: "5 millis" }),
  Fault.Stalled(),
  Fault.Ties(),
  Fault.Repeated(),
  Fault.Total({ says: "null" }),
  Fault.Total({ says: "missing" }),
  Fault.Total({ says: "drift" }),
  Fault.Endless(),
  Fault.Hollow(),
  Fault.Clamped(),
  Fault.Unknown({ words: true })
]

interface Waiting {
  readonly script: Fault.Script
  skip: number
  times: number
}

export class FaultPlan {
  private readonly waiting: Array<Waiting> = []
  private turn = 0
  private inARow = 0

  constructor(private readonly seed: number, private readonly profile: Fault.Profile) {}

  push(script: Fault.Script): void {
    this.waiting.push({ script, skip: script.skip ?? 0, times: script.times ?? 1 })
  }

  clear(): void {
    this.waiting.length = 0
  }

  next(candidate: Candidate): Fault.Fault | null {
    for (const entry of this.waiting) {
      if (entry.times <= 0 || !matches(entry.script.match, candidate)) continue
      if (entry.skip > 0) {
        entry.skip--
        continue
      }
      entry.times--
      return entry.script.fault
    }
    return this.roll()
  }

  private roll(): Fault.Fault | null {
    if (this.profile === "calm") return null
    const drawn = hash({ seed: this.seed, stream: 85 }, this.turn++)
    const [share, most, faults] = this.profile === "flaky" ? [10, 2, flaky] : [33, 4, storm]
    if (drawn % 100 >= share || this.inARow >= most) {
      this.inARow = 0
      return null
    }
    this.inARow++
    return pick(faults, drawn >>> 8, Fault.Failed({ status: 500, as: "json" }))
  }
}

const matches = (match: Fault.Match | undefined, candidate: Candidate): boolean =>
  match === undefined ||
  ((match.api === undefined || match.api === candidate.api) &&
    (match.method === undefined || match.method === candidate.method) &&
    (match.path === undefined || candidate.path.includes(match.path)) &&
    (match.page === undefined || match.page === candidate.page) &&
    (match.key === undefined || match.key === candidate.key) &&
    (match.organizationId === undefined || match.organizationId === candidate.organizationId))
