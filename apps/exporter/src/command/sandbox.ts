/** `trunkline sandbox`: both APIs on loopback, until stopped. */
import { Sandbox } from "@trunkline/sandbox/Sandbox"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Process } from "../Process.js"
import { Output, printJson } from "../terminal/Output.js"
import type { Common } from "./asked.js"
import * as values from "./values.js"

interface Flags extends Common {
  readonly port: Option.Option<string>
  readonly seed: Option.Option<string>
  readonly size: Option.Option<string>
  readonly days: Option.Option<string>
  readonly profile: Option.Option<"calm" | "flaky" | "storm">
  readonly noLimit: boolean
}

const number = (flag: string, value: Option.Option<string>, from: number, to: number) =>
  Effect.map(values.maybe(value, (text) => values.whole(flag, text, { from, to })), Option.getOrUndefined)

const options = (flags: Flags) =>
  Effect.gen(function*() {
    return {
      port: yield* number("--port", flags.port, 0, 65_535),
      seed: yield* number("--seed", flags.seed, 0, Number.MAX_SAFE_INTEGER),
      size: yield* number("--size", flags.size, 100, 2_000_000),
      days: yield* number("--days", flags.days, 1, 3650),
      profile: Option.getOrUndefined(flags.profile),
      rateLimit: flags.noLimit ? false as const : undefined
    }
  })

const serve = (flags: Flags) =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const variables: Readonly<Record<string, string>> = {
      ALLO_BASE_URL: sandbox.alloUrl,
      ALLO_API_KEY: sandbox.keys.allo,
      ALLOMIA_BASE_URL: sandbox.allomiaUrl,
      ALLOMIA_API_KEY: sandbox.keys.allomia
    }
    if (flags.json) yield* printJson({ variables, exitCode: 0, problems: [] })
    else {
      const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${value}\n`).join("")
      yield* Effect.flatMap(Output, ({ print }) => print(lines))
    }
    const { screen } = yield* Process
    screen.say("Serving both APIs over a made-up account. Its keys open nothing else. Stop with Ctrl-C")
    return yield* Effect.never
  })

export const run = (flags: Flags) =>
  Effect.flatMap(options(flags), (chosen) =>
    Effect.provide(serve(flags), Sandbox.layer(chosen)).pipe(
      Effect.catchTag("SandboxError", ({ option, reason }) =>
        new values.InvalidFlag({
          flag: `--${option}`,
          reason: reason === "EADDRINUSE"
            ? `${chosen.port} is taken. Choose another, or leave it out for a free one`
            : reason === "EACCES"
            ? `${chosen.port} is for the system alone. Choose one above 1023`
            : reason
        }))
    ))
