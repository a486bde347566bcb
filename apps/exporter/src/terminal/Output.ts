/** Stdout, which carries results and nothing else, at the pace of whoever reads them. */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Nobody reads any more, as behind `| head`. */
export class OutputClosed extends Data.TaggedError("OutputClosed") {}

export class Output extends Context.Tag("@trunkline/exporter/terminal/Output")<Output, {
  /** Whether it is a terminal. */
  readonly terminal: boolean
  readonly columns: number
  readonly write: (text: string) => Effect.Effect<void, OutputClosed>
  /** For results that matter less than the work itself: a reader who has left is no failure. */
  readonly print: (text: string) => Effect.Effect<void>
}>() {
  static readonly layer = (stream: NodeJS.WriteStream): Layer.Layer<Output> =>
    Layer.sync(this, () => {
      let closed = false
      // Without a listener a reader who leaves would end the process with a stack trace.
      stream.on("error", () => {
        closed = true
      })
      const write = (text: string): Effect.Effect<void, OutputClosed> =>
        Effect.async<void, OutputClosed>((resume) => {
          if (closed || stream.destroyed) return resume(new OutputClosed())
          stream.write(text, (error) => {
            if (error === null || error === undefined) resume(Effect.void)
            else {
              closed = true
              resume(new OutputClosed())
            }
          })
        })
      return {
        terminal: stream.isTTY === true,
        columns: stream.columns ?? 80,
        write,
        print: (text) => Effect.ignore(write(text))
      }
    })
}

/** One JSON document, by itself on stdout. */
export const printJson = (document: unknown): Effect.Effect<void, never, Output> =>
  Effect.flatMap(Output, ({ print }) => print(`${JSON.stringify(document, null, 2)}\n`))
