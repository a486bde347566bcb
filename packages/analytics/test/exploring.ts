/** The explorer of a dataset, opened in a browser. */
import type * as Explorer from "@trunkline/analytics/Explorer"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { promisify } from "node:util"
import type { Browser, Page } from "playwright-core"

/** The page as its source stands. */
export const built = Effect.acquireRelease(
  Effect.promise(async () => {
    const folder = await mkdtemp(join(tmpdir(), "trunkline-page-"))
    await promisify(execFile)(process.execPath, [fileURLToPath(new URL("../bundle.js", import.meta.url)), folder])
    return folder
  }),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
).pipe(Effect.map((folder) => pathToFileURL(`${folder}/`)))

export interface Opened {
  readonly page: Page
  /** What went wrong, and what was asked of another server. */
  readonly troubles: ReadonlyArray<string>
}

/** Until no chart waits for an answer. */
export const settled = (page: Page) =>
  Effect.promise(async () => {
    await page.waitForSelector("body[aria-busy=false]", { timeout: 60_000 })
  })

export const open = (
  browser: Browser,
  explorer: Explorer.Explorer,
  options: { readonly width?: number; readonly scheme?: "light" | "dark"; readonly selection?: string } = {}
) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const context = await browser.newContext({
        viewport: { width: options.width ?? 1280, height: 900 },
        colorScheme: options.scheme ?? "light"
      })
      await context.grantPermissions(["clipboard-read", "clipboard-write"])
      const page = await context.newPage()
      const troubles: Array<string> = []
      page.on("console", (message) => troubles.push(`console: ${message.text()}`))
      page.on("pageerror", (error) => troubles.push(`error: ${error.message}`))
      page.on("dialog", (dialog) => {
        troubles.push(`dialog: ${dialog.message()}`)
        void dialog.dismiss()
      })
      page.on("request", (request) => {
        if (!request.url().startsWith(explorer.address) && !request.url().startsWith("data:")) {
          troubles.push(`request: ${request.url()}`)
        }
      })
      await page.goto(`${explorer.address}${options.selection ?? ""}`)
      return { context, page, troubles }
    }),
    ({ context }) => Effect.promise(() => context.close())
  ).pipe(
    Effect.tap(({ page }) => settled(page)),
    Effect.map(({ page, troubles }): Opened => ({ page, troubles }))
  )

export const inside = <A>(page: Page, script: string) => Effect.promise(() => page.evaluate<A>(script))
