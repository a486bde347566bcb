/** Everything that a run says besides its dataset: log lines with what they carry, spans, and how it failed. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { inspect } from "node:util"
import { tracer } from "../../../packages/http/test/fixtures/spans.js"

export interface Heard {
  readonly texts: Array<string>
  readonly by: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

const text = (value: unknown): string => inspect(value, { depth: 6, maxStringLength: null })

export const make = (): Heard => {
  const texts: Array<string> = []
  const logger = Logger.map(Logger.jsonLogger, (line) => void texts.push(line))
  const hearing = tracer((name) => {
    const attributes = new Map<string, unknown>()
    return {
      attributes,
      attribute: (key, value) => void attributes.set(key, value),
      event: (event, _, more) => void texts.push(`${name} ${event} ${text(more)}`),
      end: (_, exit) => void texts.push(`${name} ${text([...attributes])} ${exit._tag === "Failure" ? text(exit) : ""}`)
    }
  })
  return {
    texts,
    by: (effect) =>
      effect.pipe(
        Effect.tapErrorCause((cause) => Effect.sync(() => texts.push(text(cause), JSON.stringify(cause)))),
        Effect.provide(Layer.merge(Logger.replace(Logger.defaultLogger, logger), Layer.setTracer(hearing))),
        Logger.withMinimumLogLevel(LogLevel.Trace)
      )
  }
}

export type Whispers = ReadonlySet<string>

/** What must never be said: keys, numbers, summaries and words of calls. */
export const leaks = (texts: ReadonlyArray<string>, whispers: Whispers): ReadonlyArray<string> =>
  [...whispers].filter((whisper) => texts.some((text) => text.includes(whisper)))
