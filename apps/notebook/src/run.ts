/** A process from its start to its end, with all it said. */
import * as Command from "@effect/platform/Command"
import type * as CommandExecutor from "@effect/platform/CommandExecutor"
import type { PlatformError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

export interface Ended {
  readonly code: number
  readonly output: string
  readonly errors: string
}

const text = <E>(bytes: Stream.Stream<Uint8Array, E>) => Stream.mkString(Stream.decodeText(bytes))

/** Fails when there is no such program. */
export const run = (
  [program, ...words]: readonly [string, ...Array<string>],
  options: { readonly folder: string; readonly variables?: Readonly<Record<string, string>> }
): Effect.Effect<Ended, PlatformError, CommandExecutor.CommandExecutor> =>
  Command.make(program, ...words).pipe(
    Command.workingDirectory(options.folder),
    Command.env(options.variables ?? {}),
    Command.start,
    Effect.flatMap(({ exitCode, stderr, stdout }) =>
      Effect.all({ code: exitCode, output: text(stdout), errors: text(stderr) }, { concurrency: "unbounded" })
    ),
    Effect.scoped
  )
