/** The real command in a process of its own, bundled from the source as it stands. */
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, assert, beforeAll } from "vitest"
import { type Options, trunkline } from "./started.js"

export * from "./started.js"

const root = fileURLToPath(new URL("../", import.meta.url))
const run = promisify(execFile)

/** A copy of the package with a fresh bundle: below the real one, so that it finds the same modules. */
const install = async (): Promise<string> => {
  const folder = await fs.mkdtemp(join(await made(join(root, "dist-test")), "installed-"))
  await fs.mkdir(join(folder, "bin"))
  await fs.copyFile(join(root, "bin/trunkline.js"), join(folder, "bin/trunkline.js"))
  await run(process.execPath, [join(root, "bundle.js"), join(folder, "dist/bundle")])
  return join(folder, "bin/trunkline.js")
}

/** The command for all tests of a file; it is gone after the last. */
export const installed = (): () => string => {
  let bin: string | null = null
  beforeAll(async () => {
    bin = await install()
  }, 120_000)
  // Without a bundle there is nothing to remove. `join("", "../..")` would name a folder above this repository.
  afterAll(async () => {
    if (bin !== null) await fs.rm(join(bin, "../.."), { recursive: true, force: true })
  })
  return () => {
    if (bin === null) throw new Error("the command is not bundled yet")
    return bin
  }
}

/** The document of a command, whose exit code is that of the process. */
export const documentOf = (bin: string, words: ReadonlyArray<string>, options: Options) =>
  Effect.map(
    trunkline(bin, [...words, "--json", "--log-level", "warning"], options),
    ({ code, stderr, stdout }) => {
      const document = JSON.parse(stdout)
      assert.strictEqual(document.exitCode, code, stderr)
      return document
    }
  )

const made = async (folder: string): Promise<string> => {
  await fs.mkdir(folder, { recursive: true })
  return folder
}
