/** Names of folders in the folder of all accounts. */
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"

/** What stands in a folder; nothing where there is none. */
export const entries = (folder: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.orElseSucceed(Effect.tryPromise(() => fs.readdir(folder)), () => [])

/** Where the dataset of an account lies. */
export const ofAccount = (name: string): string => `account=${name}`

/** Where an adoption puts what it has done so far. */
export const ofAdoption = (name: string): string => `.adopting-${name}`

/** The name of an adoption that was killed, as it was given; null where there is none. */
export const adoption = (names: ReadonlyArray<string>): string | null => {
  const prefix = ofAdoption("")
  return names.find((name) => name.startsWith(prefix))?.slice(prefix.length) ?? null
}
