/**
 * The sandbox for a shell: prints how to reach it, and serves until it is stopped.
 *
 * @since 0.1.0
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { type Options, Sandbox, type SandboxError } from "./Sandbox.js"

/**
 * Prints the variables to export, then serves until interrupted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const run = (options: Options = {}): Effect.Effect<never, SandboxError> =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    yield* Console.log([
      `export ALLO_BASE_URL=${sandbox.alloUrl}`,
      `export ALLO_API_KEY=${sandbox.keys.allo}`,
      `export ALLOMIA_BASE_URL=${sandbox.allomiaUrl}`,
      `export ALLOMIA_API_KEY=${sandbox.keys.allomia}`,
      `export ALLOMIA_ORGANIZATION_IDS=${sandbox.organizations.map((_) => _.id).join(",")}`
    ].join("\n"))
    return yield* Effect.never
  }).pipe(Effect.provide(Sandbox.layer(options)))
