/** A night of an account on a worker: out of the lake into scratch, an export, and back into the lake. */
import { span } from "@trunkline/analytics/Words"
import { Stop } from "@trunkline/export/Stop"
import type * as Fleet from "@trunkline/fleet"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import { join } from "node:path"
import type { Configuration } from "../configuration/Configuration.js"
import * as Folders from "../configuration/Folders.js"
import * as Ending from "../Ending.js"
import { InvalidSetting } from "../Environment.js"
import type * as ExitCode from "../ExitCode.js"
import type { Problem } from "../Problem.js"
import { Process } from "../Process.js"
import * as Scratch from "../Scratch.js"
import * as Logs from "../terminal/Logs.js"
import * as Screen from "../terminal/Screen.js"
import { scrub } from "../terminal/secrets.js"
import * as Asked from "./asked.js"
import * as ChosenLake from "./chosenLake.js"
import type { ExportDocument } from "./document.js"
import * as Lakes from "./lakes.js"
import { carriedOut, measure } from "./running.js"
import { headline, problemLines } from "./summary.js"

export interface Flags extends Asked.Common, Asked.OfKeys {
  readonly state: Option.Option<string>
}

/** No flag of a run: the configuration alone says what an account is asked. */
const ofExport = (flags: Flags): Asked.OfExport => ({
  ...Asked.nothingMore,
  json: flags.json,
  logFormat: flags.logFormat,
  out: Option.none(),
  allowHttp: flags.allowHttp,
  source: Option.none(),
  since: Option.none(),
  until: Option.none(),
  full: false,
  lookback: Option.none(),
  transcripts: false,
  noDetails: false,
  contact: [],
  concurrency: Option.none()
})

const longest = 300

/** Labels in a message are the vendor's. PostgreSQL takes no text with a NUL in it. */
const said = ({ message, tag }: Pick<Problem, "message"> & { readonly tag: string }): string =>
  scrub(`${tag}: ${message}`).replace(/\p{Cc}+/gu, " ").slice(0, longest)

/** What a fleet keeps of the document: the night is over once its push is in the lake. */
export const outcome = (document: ExportDocument, source: "allo" | "allomia"): Fleet.Outcome => {
  const { certifiedUntil, exitCode, lake, problems } = document
  const [first] = problems
  const until = certifiedUntil[source]
  return {
    end: exitCode === 130 ? "left" : lake !== null && exitCode !== 5 ? "done" : "again",
    exitCode,
    says: first === undefined ? null : said(first),
    certifiedUntil: until === null || lake === null ? null : Option.getOrNull(DateTime.make(until))
  }
}

const failed = (exitCode: ExitCode.ExitCode, problem: Problem): Fleet.Outcome => ({
  end: "again",
  exitCode,
  says: said(problem),
  certifiedUntil: null
})

/** A key that masks numbers, made in scratch, would be gone with it, and the next night would make other tokens. */
const refuseOwnMaskKey = (account: Asked.Run, name: string) =>
  account.mask.numbers === true && account.mask.file?.made !== false
    ? new InvalidSetting({
      name: `accounts.${name}.mask`,
      reason:
        "workers keep nothing, so that the key that masks numbers has to stand in a file: name it in mask_key_file"
    })
    : Effect.void

export interface Options {
  readonly flags: Flags
  /** The folder of the worker. */
  readonly scratch: string
  readonly configuration: Effect.Effect<Configuration>
}

const exported = ({ configuration, flags, scratch }: Options, night: Fleet.Night & { readonly out: string }) =>
  Effect.gen(function*() {
    const found = yield* configuration
    const account = found.accounts.find(({ name }) => name === night.account)
    if (account === undefined) {
      return yield* new InvalidSetting({
        name: found.file,
        reason: `has no account ${night.account}, which another worker's has`
      })
    }
    const asked = yield* Asked.ofAccount(ofExport(flags), { ...account, out: night.out })
    yield* refuseOwnMaskKey(asked, account.name)
    const chosen = yield* ChosenLake.needed(
      { flag: "--state", text: flags.state, allowHttp: flags.allowHttp, out: scratch },
      found
    )
    const lake = yield* Lakes.open(chosen)
    const { document } = yield* carriedOut(asked, { lake, account: account.name, isScratch: true })
    yield* measure(document)
    return { document, source: account.settings.source }
  })

export const make = (options: Options) =>
  Effect.gen(function*() {
    const process = yield* Process
    const part = Screen.parts(process.screen)
    const tells = Logs.tells(yield* FiberRef.get(FiberRef.currentMinimumLogLevel))

    return (night: Fleet.Night): Effect.Effect<Fleet.Outcome, never, never> =>
      Effect.gen(function*() {
        const screen = part(night.account)
        const out = join(yield* Scratch.ofNight(options.scratch), Folders.ofAccount(night.account))
        const { document, source } = yield* exported(options, { ...night, out }).pipe(
          Effect.provideService(Process, { ...process, screen }),
          Effect.provideService(Stop, { ...night.leave, request: Effect.void })
        )
        if (document.problems.length > 0) screen.say(problemLines(document.problems), "ERROR")
        if (tells) screen.say(`${headline(document)} (${span(document.seconds)})`)
        return outcome(document, source)
      }).pipe(
        Effect.scoped,
        Effect.catchAllCause((cause) => {
          // Another worker took the night over, or the process ends. A failure also interrupts the work beside it.
          if (Cause.isInterruptedOnly(cause)) return Effect.interrupt
          const { code, problem } = Ending.ofCause(cause)
          part(night.account).say(problemLines([problem]), "ERROR")
          return Effect.succeed(failed(code, problem))
        }),
        Effect.annotateLogs({ account: night.account }),
        Effect.tagMetrics("account", night.account),
        Effect.withSpan("Night", { root: true })
      )
  })
