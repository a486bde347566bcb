/** Limits that are lower than told or change, and clocks that are wrong or jump, ours and theirs. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Between from "../between.js"
import type { Row, Wrong } from "../Row.js"
import * as Still from "../still.js"

const hour = 3_600_000
const jumps = [0, 1, -1, 20, -20, 72, -72, 960, -960].map((hours) => hours * hour)

/** A clock that shows so much more than another, which may change. What it counts, no setting moves. */
const shifted = (clock: Clock.Clock, ahead: () => number): Clock.Clock => ({
  [Clock.ClockTypeId]: Clock.ClockTypeId,
  unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + ahead(),
  unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
  currentTimeMillis: Effect.sync(() => clock.unsafeCurrentTimeMillis() + ahead()),
  currentTimeNanos: Effect.sync(() => clock.unsafeCurrentTimeNanos()),
  sleep: (duration) => clock.sleep(duration)
})

const tooMany: Between.Spoil = () => ({
  status: 429,
  headers: { "content-type": "application/json", "retry-after": "1" },
  body: Buffer.from("{}")
})

export const limits: Row = {
  name: "limits",
  words: "Limits that are low, slide or drop, and clocks, ours and theirs, that are wrong or jump during the run",
  cases: { whole: 400, ten: 24, one: 1, soak: 0 },
  seconds: 120,
  make: Effect.gen(function*() {
    const stillOf = yield* Still.ofEach
    return ({ number, random }) =>
      Effect.gen(function*() {
        const still = stillOf(number)
        const between = yield* Between.make(still.sandbox)
        const limit = [1000, 40, 25, 15][random.below(4)] ?? 1000
        const dropsAt = random.chance(0.3) ? random.below(15) : Number.POSITIVE_INFINITY
        const sliding = random.chance(0.5)
        const phase = random.below(1000)
        const [ours, theirs] = [jumps[random.below(jumps.length)] ?? 0, jumps[random.below(jumps.length)] ?? 0]
        const [oursAt, theirsAt] = [random.below(25), random.below(25)]
        const admitted: Array<{ readonly method: string; readonly at: number }> = []
        let asked = 0
        let refused = 0
        between.spoil(({ method, number }) => {
          asked = number
          const now = performance.now() + phase
          const allowed = number > dropsAt ? Math.ceil(limit / 2) : limit
          // As Allo counts: what is got and what is posted each has its limit.
          const before = admitted.filter(({ at, method: other }) =>
            other === method && (sliding ? at > now - 1000 : Math.floor(at / 1000) === Math.floor(now / 1000))
          ).length
          if (before >= allowed) {
            refused += 1
            return tooMany
          }
          admitted.push({ method, at: now })
          return (answer) => ({
            ...answer,
            headers: {
              ...answer.headers,
              "x-ratelimit-limit": String(allowed),
              "x-ratelimit-remaining": String(allowed - before - 1),
              date: new Date(Date.now() + (number >= theirsAt ? theirs : 0)).toUTCString()
            }
          })
        })
        const out = yield* Still.folder
        const clock = yield* Effect.clock
        const ended = yield* still.export(out, {}, { past: between.sandbox }).pipe(
          Effect.withClock(shifted(clock, () => asked >= oursAt ? ours : 0))
        )
        const tags = new Set(ended.report?.problems.map(({ tag }) => tag))
        const apart = Math.max(Math.abs(ours), Math.abs(theirs), Math.abs(ours - theirs)) > 23 * hour
        const told = ended.report?.exitCode === 0 || apart
          ? []
          : [
            {
              kind: "misreported",
              text: `limit ${limit}, clocks within a day: exit ${ended.report?.exitCode} ${[...tags].join(" ")}`
            } satisfies Wrong
          ]
        // A pace that is told the limit meets it now and then, and not again and again.
        const hasty = refused <= 3 + admitted.length / 5
          ? []
          : [{ kind: "misreported", text: `${refused} refusals for ${admitted.length} answers` } satisfies Wrong]
        return [...told, ...hasty, ...yield* still.during(out, ended), ...yield* still.after(out)]
      })
  })
}
