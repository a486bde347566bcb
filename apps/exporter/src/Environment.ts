/** Variables of the process, over those of a `.env` file beside it. */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { parseEnv } from "node:util"
import type { Origin } from "./Destination.js"
import { remember } from "./terminal/secrets.js"

/** A variable that cannot be used. Its value is never told: it may be a key. */
export class InvalidSetting extends Schema.TaggedError<InvalidSetting>("trunkline/Settings/InvalidSetting")(
  "InvalidSetting",
  { name: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `${this.name}: ${this.reason}`
  }
}

/** Variables by name; one that is set to nothing is not set. */
export interface Environment {
  readonly values: Readonly<Record<string, string>>
  /** Names of those that `.env` set. */
  readonly fromFile: ReadonlySet<string>
  /** Where `.env` lies. */
  readonly folder: string
}

/** Variables of the process, without a `.env`. */
export const of = (values: Readonly<Record<string, string>>): Environment => ({
  values,
  fromFile: new Set(),
  folder: "/"
})

/** Where a variable was set; null where it was not. */
export const originOf = ({ fromFile, values }: Environment, name: string): Origin | null =>
  values[name] === undefined ? null : fromFile.has(name) ? ".env" : "environment"

const keys = ["ALLO_API_KEY", "ALLOMIA_API_KEY"] as const
export type KeyName = (typeof keys)[number]

/** What no line may show, wherever it was set. */
export const secrets: ReadonlyArray<string> = [
  ...keys,
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "PGPASSWORD"
]

export const codeOf = (cause: unknown): string =>
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
    const own = filled(variables)
    const file = filled(parseEnv(text.replace(/^\uFEFF/, "")))
    const values = { ...file, ...own }
    for (const name of secrets) for (const text of [file[name], own[name]]) remember(text ?? "")
    return { values, fromFile: new Set(Object.keys(file).filter((name) => own[name] === undefined)), folder }
  })

const filled = (variables: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && value.trim() !== "") found[name] = value
  }
  return found
}
