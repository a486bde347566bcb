/** SIGINT, SIGTERM and SIGHUP: what the first one means is for the command to say; the second one ends the process at once. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export class Signals extends Context.Tag("trunkline/Signals")<Signals, {
  /** Instead of interrupting the command, the first signal does this, until the scope ends. */
  readonly onFirst: (act: Effect.Effect<void>) => Effect.Effect<void, never, Scope.Scope>
}>() {}
