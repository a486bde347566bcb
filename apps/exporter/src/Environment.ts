/** Variables of the process, over those of a `.env` file beside it. */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { parseEnv } from "node:util"
import { remember } from "./terminal/secrets.js"

/** A variable that cannot be used. Its value is never told: it may be a key. */
export class InvalidSetting extends Schema.TaggedError<InvalidSetting>("@trunkline/exporter/Settings/InvalidSetting")(
  "InvalidSetting",
  { name: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `${this.name}: ${this.reason}`
  }
}

/** Variables by name; one that is set to nothing is not set. */
export type Environment = Readonly<Record<string, string>>

const keys = ["ALLO_API_KEY", "ALLOMIA_API_KEY"] as const
export type KeyName = (typeof keys)[number]

const codeOf = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : "UNKNOWN"

export const read = (path: string) => Effect.tryPromise({ try: () => fs.readFile(path, "utf8"), catch: codeOf })

/** The variables of the process, over those of a `.env` in this folder. */
export const environment = (
  variables: Readonly<Record<string, string | undefined>>,
  folder: string
): Effect.Effect<Environment, InvalidSetting> =>
  Effect.gen(function*() {
    const text = yield* Effect.catchAll(read(join(folder, ".env")), (code) =>
      // Some name the folder of a Python environment so.
      code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR"
        ? Effect.succeed("")
        : new InvalidSetting({ name: ".env", reason: `cannot be read (${code}). Mend it, or move it away` }))
    const merged: Record<string, string> = {}
    for (
      const [name, value] of [...Object.entries(parseEnv(text.replace(/^\uFEFF/, ""))), ...Object.entries(variables)]
    ) {
      if (value !== undefined && value.trim() !== "") merged[name] = value
    }
    for (const name of keys) remember(merged[name] ?? "")
    return merged
  })
