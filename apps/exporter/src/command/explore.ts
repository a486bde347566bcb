/** `trunkline explore`: a page on loopback in which everything filters everything, until stopped. */
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { Process } from "../Process.js"
import { Output, printJson } from "../terminal/Output.js"
import * as Rules from "./rules.js"
import { ofQuery, over } from "./sql.js"
import type * as Subject from "./subject.js"

interface Flags extends Subject.OfSubject, Rules.OfReport {
  readonly open: boolean
  readonly withNumbers: boolean
}

/** The system's own word for it. */
const openers: { readonly [platform: string]: readonly [command: string, ...before: ReadonlyArray<string>] } = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"]
}

/** Says whether there was a program to open it. */
const opened = (address: string): Effect.Effect<boolean> =>
  Effect.async((resume) => {
    const [command, ...before] = openers[process.platform] ?? ["xdg-open"]
    const browser = spawn(command, [...before, address], { detached: true, stdio: "ignore" })
    browser.once("error", () => resume(Effect.succeed(false)))
    browser.once("spawn", () => {
      browser.unref()
      resume(Effect.succeed(true))
    })
  })

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const { parameters, selection } = yield* Rules.read(flags)
    const dataset = yield* over(flags)
    const { screen } = yield* Process
    const Explorer = yield* Effect.promise(() => import("@trunkline/analytics/Explorer"))
    const { address, calls } = yield* ofQuery(Explorer.make({
      ...dataset,
      ...parameters,
      ...selection,
      withNumbers: flags.withNumbers,
      // Beside the bundle of this command.
      page: new URL("explorer/", import.meta.url)
    }))
    if (flags.json) yield* printJson({ address, calls, exitCode: 0, problems: [] })
    else yield* Effect.flatMap(Output, ({ print }) => print(`${address}\n`))
    screen.say("Whoever on this machine has this address can read the calls. Stop with Ctrl-C")
    if (flags.open && !(yield* opened(address))) {
      screen.say("No browser can be opened from here: open the address yourself")
    }
    return yield* Effect.never
  }).pipe(Effect.scoped)
