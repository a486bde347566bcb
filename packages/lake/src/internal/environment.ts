/** What the environment and the profile files of AWS say. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { execFile } from "node:child_process"
import * as fs from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import { NoCredentials } from "../LakeError.js"
import { inConfig, parse, type Section } from "./profiles.js"

/** A variable; none where it is empty. */
export const variable = (name: string): Effect.Effect<string | undefined> =>
  Effect.map(
    Effect.option(Config.string(name)),
    (value) => Option.getOrUndefined(Option.filter(value, (text) => text.trim() !== ""))
  )

/** No file of profiles is larger. */
const fileLimit = 1024 * 1024

/** The text of a small file; none where it cannot be read. */
export const textOf = (path: string): Effect.Effect<string | undefined> =>
  Effect.tryPromise(async () => {
    const handle = await fs.open(path)
    try {
      const { size } = await handle.stat()
      return size > fileLimit ? undefined : await handle.readFile("utf8")
    } finally {
      await handle.close()
    }
  }).pipe(Effect.orElseSucceed(() => undefined))

export interface Profile {
  readonly name: string
  /** Whether somebody asked for it by its name. */
  readonly isNamed: boolean
  readonly isThere: boolean
  /** The credentials file goes before the configuration file. */
  readonly get: (name: string) => string | undefined
  /** For messages. */
  readonly files: ReadonlyArray<string>
}

const nothing: Section = new Map()

export const readProfile = (asked: string | undefined): Effect.Effect<Profile> =>
  Effect.gen(function*() {
    const named = asked ?? (yield* variable("AWS_PROFILE"))
    const name = named ?? "default"
    const folder = join((yield* variable("HOME")) ?? homedir(), ".aws")
    const credentials = (yield* variable("AWS_SHARED_CREDENTIALS_FILE")) ?? join(folder, "credentials")
    const configuration = (yield* variable("AWS_CONFIG_FILE")) ?? join(folder, "config")
    const own = parse((yield* textOf(credentials)) ?? "").get(name)
    const other = inConfig(parse((yield* textOf(configuration)) ?? ""), name)
    return {
      name,
      isNamed: named !== undefined,
      isThere: own !== undefined || other !== undefined,
      get: (field) => (own ?? nothing).get(field) ?? (other ?? nothing).get(field),
      files: [credentials, configuration]
    }
  })

/** What a command prints. It is the user's own, from a profile, so a shell reads it as the libraries of AWS have it. */
export const printed = (command: string): Effect.Effect<string, NoCredentials> =>
  Effect.async((resume) => {
    const child = execFile(
      "/bin/sh",
      ["-c", command],
      { timeout: 60_000, maxBuffer: fileLimit },
      (error, output) =>
        resume(
          error === null
            ? Effect.succeed(output)
            : Effect.fail(new NoCredentials({ looked: ["credential_process"], reason: "the command failed" }))
        )
    )
    return Effect.sync(() => child.kill())
  })
