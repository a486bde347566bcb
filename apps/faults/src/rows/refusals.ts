/** 429 in twelve shapes: what a refusal says of when to come back, and where it says it. */
import { Fault } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as Between from "../between.js"
import type { Row, Wrong } from "../Row.js"
import * as Still from "../still.js"

type Shape =
  | { readonly fault: Fault.Fault; readonly wait: number }
  | { readonly spoil: Between.Spoil; readonly wait: number }

const said = (headers: Readonly<Record<string, string>>, body = ""): Between.Spoil => () => ({
  status: 429,
  headers,
  body: Buffer.from(body)
})

/** With the seconds in which nothing more may be asked. */
const shapes: ReadonlyArray<Shape> = [
  { fault: Fault.RateLimited({ retryAfter: "seconds", seconds: 1 }), wait: 1 },
  // A date has whole seconds, so the wait may be shorter.
  { fault: Fault.RateLimited({ retryAfter: "date", seconds: 2 }), wait: 1 },
  { fault: Fault.RateLimited({ retryAfter: "absent", seconds: 1 }), wait: 0 },
  { fault: Fault.RateLimited({ retryAfter: "zero", seconds: 1 }), wait: 0 },
  { fault: Fault.RateLimited({ retryAfter: "negative", seconds: 1 }), wait: 0 },
  { fault: Fault.RateLimited({ retryAfter: "huge", seconds: 1 }), wait: 60 },
  { fault: Fault.RateLimited({ retryAfter: "body", seconds: 1 }), wait: 1 },
  { fault: Fault.QuotaExceeded({ resetIn: 3600 }), wait: 60 },
  { spoil: said({ "content-type": "text/html", "retry-after": "1" }, "<html>slow down</html>"), wait: 1 },
  { spoil: said({}), wait: 0 },
  { spoil: said({ "retry-after": "soon" }, "{}"), wait: 0 },
  { spoil: said({ "retry-after": "0.5", "content-type": "application/json" }, "[]"), wait: 0 }
]

/** A request that was under way when the refusal was given may still arrive. */
const underWay = 600

export const refusals: Row = {
  name: "refusals",
  words:
    "429 in twelve shapes: seconds, date, absent, zero, negative, huge, in the body, a quota, HTML, empty, words, fractions",
  cases: { whole: 240, ten: 24, one: 0, soak: 0 },
  seconds: 120,
  make: Effect.gen(function*() {
    const stillOf = yield* Still.ofEach
    return ({ number, random }) =>
      Effect.gen(function*() {
        const still = stillOf(Math.floor(number / shapes.length))
        const shape = shapes[number % shapes.length] ?? { spoil: said({}), wait: 0 }
        const between = yield* Between.make(still.sandbox)
        const times = random.chance(0.5) ? 1 : 2
        const from = random.below(15)
        const arrived: Array<number> = []
        let refusedAt: number | null = null
        between.spoil(({ number }) => {
          arrived.push(performance.now())
          const refused = number >= from && number < from + times
          if (refused && "fault" in shape) Effect.runSync(still.sandbox.faults.push({ fault: shape.fault }))
          if (!refused) return null
          return (answer, asked) => {
            refusedAt ??= performance.now()
            return "spoil" in shape ? shape.spoil(answer, asked) : answer
          }
        })
        const out = yield* Still.folder
        const ended = yield* still.export(out, {}, { past: between.sandbox })
        yield* still.sandbox.faults.clear
        const at = refusedAt ?? 0
        const early = refusedAt === null
          ? []
          : arrived.filter((time) => time > at + underWay && time < at + shape.wait * 1000 - 100)
        return [
          ...early.map((time): Wrong => ({
            kind: "misreported",
            text: `asked again after ${Math.round(time - at)} ms, and told to wait ${shape.wait} s`
          })),
          ...yield* still.during(out, ended),
          ...yield* still.after(out)
        ]
      })
  })
}
