/** Stdout, which carries results and nothing else, at the pace of whoever reads them. */
import { escaped, escapedJson } from "@trunkline/analytics/Text"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Nobody reads any more, as behind `| head`. */
export class OutputClosed extends Data.TaggedError("OutputClosed") {}

export class Output extends Context.Tag("trunkline/terminal/Output")<Output, {
  /** Whether it is a terminal. */
  readonly terminal: boolean
  readonly columns: number
  readonly write: (text: string) => Effect.Effect<void, OutputClosed>
  /** For results that matter less than the work itself: a reader who has left is no failure. */
  readonly print: (text: string) => Effect.Effect<void>
  /** Why a result is not whole though its reader has not left, such as `ENOSPC`; null as long as it is. */
  readonly lost: Effect.Effect<string | null>
}>() {
  static readonly layer = (stream: NodeJS.WriteStream): Layer.Layer<Output> =>
    Layer.sync(this, () => {
      let closed = false
      let lost: string | null = null
      const broke = (error: NodeJS.ErrnoException) => {
        // A disk that is full is no reader who leaves: half a result must not pass for a whole one.
        if (!closed && error.code !== "EPIPE") lost = error.code ?? "UNKNOWN"
        closed = true
      }
      // Without a listener a reader who leaves would end the process with a stack trace.
      stream.on("error", broke)
      const write = (text: string): Effect.Effect<void, OutputClosed> =>
        Effect.async<void, OutputClosed>((resume) => {
          if (closed || stream.destroyed) return resume(new OutputClosed())
          stream.write(text, (error) => {
            if (error === null || error === undefined) resume(Effect.void)
            else {
              broke(error)
              resume(new OutputClosed())
            }
          })
        })
      return {
        terminal: stream.isTTY === true,
        columns: stream.columns ?? 80,
        write,
        print: (text) => Effect.ignore(write(text)),
        lost: Effect.sync(() => lost)
      }
    })
}

/** One JSON document, by itself on stdout. */
export const printJson = (document: unknown): Effect.Effect<void, never, Output> =>
  Effect.flatMap(Output, ({ print }) => print(`${escapedJson(JSON.stringify(document, null, 2))}\n`))

/** Lines for people. Ids and names in them are the vendors', so nothing in a line controls the terminal. */
export const printLines = (lines: ReadonlyArray<string>): Effect.Effect<void, never, Output> =>
  Effect.flatMap(Output, ({ print }) => print(lines.map((line) => `${escaped(line)}\n`).join("")))
