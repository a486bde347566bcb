/**
 * How much of an allowance of 20 requests a second is used, and at what price in refusals: our pace beside Effect's
 * rate limiter and a loop that only waits when it is told to.
 */
import { percentInTenths } from "@trunkline/analytics/Words"
import { Pace } from "@trunkline/http"
import * as Testing from "@trunkline/http/testing"
import { Clock, Duration, Effect, Random, RateLimiter, type Scope } from "effect"
import { median, table } from "./print.js"

export const limit = 20
const inFlight = 8
const phases = Array.from({ length: 10 }, (_, n) => 37 + n * 100)
const minute = 60
export const seed = 1

export type Told = Pace.Told & { readonly refused: boolean }

/** Runs one request under a rule for when to start. */
export interface Rule {
  readonly name: string
  readonly make: Effect.Effect<(request: Effect.Effect<Told>) => Effect.Effect<Told>, never, Scope.Scope>
}

const ours: Rule = {
  name: "Pace (ours)",
  make: Effect.map(Pace.make({ limit }), (pace) => (request) =>
    pace.turn((turn) =>
      request.pipe(
        Effect.tap(turn.answered),
        Effect.tap(({ refused }) => refused ? pace.close(Duration.seconds(1)) : Effect.void)
      )
    ))
}

const limiter = (algorithm: "fixed-window" | "token-bucket"): Rule => ({
  name: `RateLimiter ${algorithm}`,
  make: RateLimiter.make({ limit, interval: "1 seconds", algorithm })
})

const plain: Rule = { name: "retry after Retry-After", make: Effect.succeed((request) => request) }

export const rules: ReadonlyArray<Rule> = [ours, limiter("fixed-window"), limiter("token-bucket"), plain]

interface Server {
  readonly algorithm: "fixed" | "sliding"
  readonly phase: number
  readonly oneWay: readonly [fewest: number, most: number]
}

interface Outcome {
  /** Of 200 in the first ten seconds. A window that was nearly over when we came may make it more. */
  readonly used: number
  /** Of what the server's windows could have let in, the first and the last of them left out. */
  readonly steady: number
  readonly asked: number
  readonly refused: number
}

/** Workers that ask one request after the other, and wait a second after a refusal as its Retry-After says. */
export const work = (rule: Rule, request: Effect.Effect<Told>, seconds: number) =>
  Effect.gen(function*() {
    const began = yield* Clock.currentTimeMillis
    const turn = yield* rule.make
    const once = Effect.tap(turn(request), ({ refused }) => refused ? Effect.sleep("1 seconds") : Effect.void)
    const worker = Effect.repeat(once, {
      while: () => Effect.map(Clock.currentTimeMillis, (now) => now - began < seconds * 1000)
    })
    yield* Effect.all(Array.from({ length: inFlight }, () => worker), { concurrency: inFlight, discard: true })
  }).pipe(Effect.scoped)

const simulate = (rule: Rule, { algorithm, oneWay, phase }: Server) =>
  Effect.gen(function*() {
    const admitted: Array<number> = []
    let asked = 0
    let refused = 0
    const journey = Random.nextRange(...oneWay)
    const script = Testing.limited({
      algorithm,
      limit: () => limit,
      phaseMillis: phase,
      latency: Effect.all([journey, journey])
    })(() =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        admitted.push(now)
        return Testing.json({})
      })
    )
    const request = Effect.gen(function*() {
      asked += 1
      const reply = script({ method: "GET", path: "/", query: {}, headers: {}, body: "" }, asked)
      const answer = Effect.isEffect(reply) ? yield* reply : reply
      const headers = answer._tag === "Answer" ? answer.headers : {}
      const told = {
        limit: Number(headers["x-ratelimit-limit"]),
        remaining: Number(headers["x-ratelimit-remaining"]),
        refused: answer._tag === "Answer" && answer.status === 429
      }
      if (told.refused) refused += 1
      return told
    })
    yield* work(rule, request, minute)
    return outcome({ admitted, asked, refused, phase, seconds: minute })
  }).pipe(Effect.withRandom(Random.make(`${seed}, ${phase}`)))

interface Counted {
  /** In milliseconds since the first request was sent. */
  readonly admitted: ReadonlyArray<number>
  readonly asked: number
  readonly refused: number
  readonly phase: number
  readonly seconds: number
}

export const outcome = ({ admitted, asked, phase, refused, seconds }: Counted): Outcome => {
  const first = -Math.floor(phase / 1000)
  const last = Math.floor((seconds * 1000 - phase) / 1000)
  const whole = admitted.filter((at) => at >= first * 1000 + phase && at < last * 1000 + phase).length
  return {
    used: admitted.filter((at) => at < 10_000).length / (10 * limit),
    steady: whole / ((last - first) * limit),
    asked,
    refused
  }
}

export const head = ["server", "one way", "rule", "used in 10 s", "worst phase", "steady", "refused of 10,000"]

export const row = (server: string, way: string, rule: string, outcomes: ReadonlyArray<Outcome>) => {
  const total = (of: (outcome: Outcome) => number) => outcomes.reduce((sum, outcome) => sum + of(outcome), 0)
  const used = outcomes.map((outcome) => outcome.used)
  return [
    server,
    way,
    rule,
    percentInTenths(median(used)),
    percentInTenths(Math.min(...used)),
    percentInTenths(median(outcomes.map((outcome) => outcome.steady))),
    (total((outcome) => outcome.refused) / total((outcome) => outcome.asked) * 10_000).toFixed(0)
  ]
}

const profiles: ReadonlyArray<readonly [fewest: number, most: number]> = [[5, 25], [40, 90], [5, 90]]

/** A minute of every combination, in a few seconds. */
export const virtual = Effect.forEach(
  ["fixed", "sliding"] as const,
  (algorithm) =>
    Effect.forEach(profiles, (oneWay) =>
      Effect.forEach(rules, (rule) =>
        Effect.map(
          Effect.forEach(
            phases,
            (phase) => Effect.suspend(() => Testing.inVirtualTime(simulate(rule, { algorithm, oneWay, phase })))
          ),
          (outcomes) => row(algorithm, `${oneWay[0]}-${oneWay[1]} ms`, rule.name, outcomes)
        )))
).pipe(
  Effect.map((rows) => table(head, rows.flat(2)))
)
