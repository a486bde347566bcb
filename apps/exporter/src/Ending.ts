/** How a command, or the part of it that one account is, ends other than well: its exit code, what to say, and the problem. */
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as ExitCode from "./ExitCode.js"
import type { Failure, Tag } from "./Failure.js"
import type { Problem } from "./Problem.js"
import { scrub } from "./terminal/secrets.js"

export interface Ending {
  readonly code: ExitCode.ExitCode
  readonly lines: ReadonlyArray<string>
  /** Null where there is none. */
  readonly problem: Problem | null
}

export const problem = (tag: Tag, message: string, requestId: string | null = null): Problem => ({
  tag,
  source: null,
  scope: null,
  message: scrub(message),
  requestId
})

/** Of an account that was still to come when a signal came. */
export const notBegun = problem("Interrupted", "Stopped by a signal before it began")

const firstLine = (text: string): string => (text.split("\n")[0] ?? "").slice(0, 300)

/** What is unexpected may hold anything: no run of digits that could be a number is shown, as no key ever is. */
export const masked = (text: string): string => text.replace(/\+?\d[\d ().-]{6,}\d/g, "<digits>")

const unexpected = (defect: unknown): string => {
  const said = Predicate.hasProperty(defect, "message") && Predicate.isString(defect.message)
    ? defect.message
    : typeof defect === "string"
    ? defect
    : "no message"
  return masked(firstLine(said))
}

const bug = "This is a bug. Run again with --log-level debug, and report what that prints"

export const ofFailure = (error: Failure): Ending & { readonly problem: Problem } => {
  const code = ExitCode.ofTag(error._tag)
  const requestId = "requestId" in error ? error.requestId : null
  const shown = "shown" in error ? error.shown : error.message
  return {
    code,
    lines: [`trunkline: ${shown}`, ...code === 1 ? [bug] : []],
    problem: problem(error._tag, shown, requestId ?? null)
  }
}

/** Where nothing failed as it may: it was stopped, or it is broken. */
export const ofDefect = (cause: Cause.Cause<unknown>): Ending & { readonly problem: Problem } => {
  if (Cause.isInterruptedOnly(cause)) {
    return { code: 130, lines: ["trunkline: stopped"], problem: problem("Interrupted", "Stopped by a signal") }
  }
  const message = `something unexpected happened: ${unexpected(Cause.squash(cause))}`
  return { code: 1, lines: [`trunkline: ${message}`, bug], problem: problem("Unexpected", message) }
}

export const ofCause = (cause: Cause.Cause<Failure>): Ending & { readonly problem: Problem } =>
  Option.match(Cause.failureOption(cause), { onSome: ofFailure, onNone: () => ofDefect(cause) })
