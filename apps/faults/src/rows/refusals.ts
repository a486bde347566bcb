/** 429 in twelve shapes: what a refusal says of when to come back, and where it says it. */
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import { ApiClient } from "@trunkline/http"
import { Fault } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as Between from "../between.js"
import type { Row, Wrong } from "../Row.js"
import * as Still from "../still.js"

interface Wait {
  /** The seconds in which nothing more may be asked. */
  readonly wait: number
}

type Shape = Wait & ({ readonly fault: Fault.Fault } | { readonly spoil: Between.Spoil })

const said = (headers: Readonly<Record<string, string>>, body = ""): Between.Spoil => () => ({
  status: 429,
  headers,
  body: Buffer.from(body)
})

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

interface Sent {
  readonly at: number
  /** A limit counts the requests of one class. */
  readonly pace: string
}

const paceOf = ({ method, url }: HttpClientRequest): string =>
  url.includes("/v2/") && method !== "GET" ? "writes" : "reads"

/** When the client sent each request, and when it had the head of each refusal. */
const noting = () => {
  const sent: Array<Sent> = []
  const refused: Array<Sent> = []
  const transform: ApiClient.Transform = (client) =>
    HttpClient.transform(client, (answer, request) =>
      Effect.suspend(() => {
        const pace = paceOf(request)
        sent.push({ at: performance.now(), pace })
        return Effect.tap(answer, ({ status }) =>
          Effect.sync(() => {
            if (status === 429) refused.push({ at: performance.now(), pace })
          }))
      }))
  return { sent, refused, in: ApiClient.withClientTransform(transform) }
}

/** The clock that the client waits by shows whole milliseconds. */
const clocks = 20

/** A client that has the head of a refusal may need so many milliseconds for its body. */
const reading = 50

export const refusals: Row = {
  name: "refusals",
  words:
    "429 in twelve shapes: seconds, date, absent, zero, negative, huge, in the body, a quota, HTML, empty, words, fractions",
  cases: { whole: 240, ten: 24, one: 0, soak: 0 },
  // Two refusals may be waited out for a minute each.
  seconds: 240,
  waits: true,
  make: Effect.gen(function*() {
    const stillOf = yield* Still.ofEach
    return ({ number, random }) =>
      Effect.gen(function*() {
        const still = stillOf(Math.floor(number / shapes.length))
        const shape = shapes[number % shapes.length] ?? { spoil: said({}), wait: 0 }
        const between = yield* Between.make(still.sandbox)
        const times = random.chance(0.5) ? 1 : 2
        const from = random.below(15)
        between.spoil(({ number }) => {
          if (number < from || number >= from + times) return null
          if ("spoil" in shape) return shape.spoil
          Effect.runSync(still.sandbox.faults.push({ fault: shape.fault }))
          return null
        })
        const noted = noting()
        const out = yield* Still.folder
        const ended = yield* noted.in(still.export(out, {}, { past: between.sandbox }))
        yield* still.sandbox.faults.clear
        // Allo tells its own quota, which is of the key. Allomia documents none: there it is a 429 like any other.
        const isQuota = "fault" in shape && shape.fault._tag === "QuotaExceeded"
        const ofKey = isQuota && still.source === "allo"
        const wait = (isQuota && !ofKey ? 0 : shape.wait) * 1000
        const early = noted.refused.flatMap((refusal) =>
          noted.sent.filter(({ pace }) => ofKey || pace === refusal.pace)
            .map(({ at }) => at - refusal.at)
            .filter((after) => after > reading && after < wait - clocks)
        )
        return [
          ...early.map((after): Wrong => ({
            kind: "misreported",
            text: `asked again after ${Math.round(after)} ms, and told to wait ${wait / 1000} s`
          })),
          ...yield* still.during(out, ended),
          ...yield* still.after(out)
        ]
      })
  })
}
