/** The browser of this system, where there is one. */
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { chromium } from "playwright-core"

export const asked = process.env["TRUNKLINE_CHROMIUM"]
export const executablePath = asked ?? "/usr/bin/chromium"
/** What is there need not start: some systems have a stand-in that tells how to install it. */
export const missing = !existsSync(executablePath) ||
  spawnSync(executablePath, ["--version"], { timeout: 30_000 }).status !== 0

export const where = missing && asked === undefined
  ? `a browser, which is not here or does not start: install Chromium, or name one in TRUNKLINE_CHROMIUM`
  : executablePath

export const browser = Effect.acquireRelease(
  Effect.promise(() => chromium.launch({ executablePath, args: ["--no-sandbox"] })),
  (browser) => Effect.promise(() => browser.close())
)

/** In a page, after axe-core: every rule of it that is not kept, and where. */
export const violations = `axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
  nodes.map(({ target }) => id + " " + target.join(" "))
))`
