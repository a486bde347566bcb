/** `trunkline sandbox`: both APIs on loopback, and object storage where it is wanted, until stopped. */
import { S3 } from "@trunkline/sandbox/S3"
import { Sandbox, type SandboxError } from "@trunkline/sandbox/Sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
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
  readonly s3: boolean
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

const bucket = "lake"

const ofS3 = Effect.map(S3, ({ endpoint, keys, region }): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: keys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: keys.secretAccessKey
}))

const serve = (flags: Flags, storage: Readonly<Record<string, string>>) =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const variables: Readonly<Record<string, string>> = {
      ALLO_BASE_URL: sandbox.alloUrl,
      ALLO_API_KEY: sandbox.keys.allo,
      ALLOMIA_BASE_URL: sandbox.allomiaUrl,
      ALLOMIA_API_KEY: sandbox.keys.allomia,
      ...storage
    }
    if (flags.json) yield* printJson({ variables, exitCode: 0, problems: [] })
    else {
      const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${value}\n`).join("")
      yield* Effect.flatMap(Output, ({ print }) => print(lines))
    }
    const { screen } = yield* Process
    screen.say("Serving both APIs over a made-up account. Its keys open nothing else. Stop with Ctrl-C")
    if (flags.s3) screen.say(`An S3 keeps s3://${bucket} until then: trunkline push --to s3://${bucket}/calls`)
    return yield* Effect.never
  })

/** What is taken or forbidden is the port of the flag, or the one after it. */
const refused = (port: number | undefined) => ({ option, reason }: SandboxError) =>
  new values.InvalidFlag({
    flag: `--${option}`,
    reason: reason === "EADDRINUSE"
      ? `${port} is taken. Choose another, or leave it out for a free one`
      : reason === "EACCES"
      ? `${port} is for the system alone. Choose one above 1023`
      : reason
  })

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const chosen = yield* options(flags)
    // A free port is 0, whatever stands beside it.
    const port = chosen.port === undefined || chosen.port === 0 ? undefined : chosen.port + 1
    const storage = flags.s3
      ? yield* Effect.provide(
        ofS3,
        yield* Effect.mapError(Layer.build(S3.layer({ buckets: [bucket], port })), refused(port))
      )
      : {}
    const apis = yield* Effect.mapError(Layer.build(Sandbox.layer(chosen)), refused(chosen.port))
    return yield* Effect.provide(serve(flags, storage), apis)
  }).pipe(Effect.scoped)
