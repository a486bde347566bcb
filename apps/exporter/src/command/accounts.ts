/** Does the same for every account, several at once: one that fails stops no other. */
import { many } from "@trunkline/analytics/Words"
import { Stop } from "@trunkline/export/Stop"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as Ending from "../Ending.js"
import type * as ExitCode from "../ExitCode.js"
import type { Failure } from "../Failure.js"
import type { Problem } from "../Problem.js"
import { Process } from "../Process.js"
import * as Logs from "../terminal/Logs.js"
import { printJson, printLines } from "../terminal/Output.js"
import * as Screen from "../terminal/Screen.js"
import type * as Asked from "./asked.js"
import type { Account } from "./subject.js"
import { problemLines } from "./summary.js"

/** What every document of one dataset has. */
export interface OfOne {
  readonly out: string
  readonly exitCode: ExitCode.ExitCode
  readonly problems: ReadonlyArray<Problem>
}

/** As `--json` prints it: an entry for each account, and all problems with the account of each. */
export interface Document<One extends OfOne> {
  readonly accounts: ReadonlyArray<{ readonly account: string } & One>
  readonly out: string
  readonly exitCode: ExitCode.ExitCode
  readonly problems: ReadonlyArray<Problem & { readonly account: string }>
}

/** Accounts at work at once where no flag says how many. */
export const usualAtOnce = 4

/** 0 if all are 0, 130 if it was stopped, the common code if all agree, else 4. */
export const exitCode = (codes: ReadonlyArray<ExitCode.ExitCode>): ExitCode.ExitCode => {
  const [first = 0] = codes
  return codes.includes(130) ? 130 : codes.every((code) => code === first) ? first : 4
}

/** What came of one account, whatever happened; nothing begins once a signal came. */
const settled = <One extends OfOne, R>(
  account: Account,
  work: Effect.Effect<One, Failure, R>,
  failed: (entry: OfOne) => One
) =>
  Effect.gen(function*() {
    const stop = yield* Stop
    if (yield* stop.requested) return failed({ out: account.out, exitCode: 130, problems: [Ending.notBegun] })
    const exit = yield* Effect.exit(work)
    if (Exit.isSuccess(exit)) return exit.value
    // A signal that interrupts an account ends all of them. A failure also interrupts the work beside it, and ends one account.
    if (Cause.isInterruptedOnly(exit.cause)) return yield* Effect.interrupt
    const { code, problem } = Ending.ofCause(exit.cause)
    return failed({ out: account.out, exitCode: code, problems: [problem] })
  })

export interface Options<Of extends Account, One extends OfOne, R> {
  readonly subject: { readonly out: string; readonly accounts: ReadonlyArray<Of> }
  readonly atOnce?: number | undefined
  readonly work: (account: Of) => Effect.Effect<One, Failure, R>
  /** The entry of an account whose work failed: it has all fields that others have. */
  readonly failed: (entry: OfOne) => One
  /** One line on stderr as soon as an account is done. */
  readonly told?: ((entry: One) => string) | undefined
}

/** Runs all of them. Lines on stderr begin with the name of the account, and so do metrics and logs. */
export const each = <Of extends Account, One extends OfOne, R>(options: Options<Of, One, R>) =>
  Effect.gen(function*() {
    const { atOnce = usualAtOnce, failed, subject, told, work } = options
    const process = yield* Process
    const part = Screen.parts(process.screen)
    const tells = Logs.tells(yield* FiberRef.get(FiberRef.currentMinimumLogLevel))
    let done = 0
    const accounts = yield* Effect.forEach(subject.accounts, (account) => {
      const screen = part(account.name)
      return settled(account, work(account), failed).pipe(
        Effect.tap((entry) =>
          Effect.sync(() => {
            done++
            if (entry.problems.length > 0) screen.say(problemLines(entry.problems), "ERROR")
            if (told !== undefined && tells) {
              screen.say(`${told(entry)} (${done} of ${many(subject.accounts.length, "account")})`)
            }
          })
        ),
        Effect.provideService(Process, { ...process, screen }),
        Effect.annotateLogs({ account: account.name }),
        Effect.tagMetrics("account", account.name),
        Effect.map((entry) => ({ account: account.name, ...entry }))
      )
    }, { concurrency: atOnce })
    return {
      accounts,
      out: subject.out,
      exitCode: exitCode(accounts.map(({ exitCode }) => exitCode)),
      problems: accounts.flatMap(({ account, problems }) => problems.map((problem) => ({ ...problem, account })))
    }
  })

/** The document, or a few lines of each account; gives its exit code. */
export const print = <Printed extends { readonly exitCode: ExitCode.ExitCode }>(
  flags: Asked.Common,
  document: Printed,
  lines: ReadonlyArray<string>
) => Effect.as(flags.json ? printJson(document) : printLines(lines), document.exitCode)
