/** Runs one command in this process: parses its flags, and turns however it ends into lines, a document and an exit code. */
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Cause from "effect/Cause"
import type * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import { randomUUID } from "node:crypto"
import { closeSync, fstatSync } from "node:fs"
import { resolve } from "node:path"
import { isatty } from "node:tty"
import type { Asked } from "./command/check.js"
import * as failed from "./command/failed.js"
import { Outcome, trunkline } from "./command/tree.js"
import * as Ending from "./Ending.js"
import * as Environment from "./Environment.js"
import * as ExitCode from "./ExitCode.js"
import type { Failure } from "./Failure.js"
import { Process } from "./Process.js"
import { Signals } from "./Signals.js"
import { stopping } from "./stopping.js"
import * as Logs from "./terminal/Logs.js"
import { Output, type OutputClosed, printJson } from "./terminal/Output.js"
import * as Screen from "./terminal/Screen.js"
import { remember } from "./terminal/secrets.js"
import { version } from "./Version.js"

/** Two signals this close are one: a terminal sends it to npm and to us, and npm hands its own on. */
const oneSignal = 300

const ofFailure = (error: Failure | OutputClosed | ValidationError.ValidationError, asked: Asked): Ending.Ending => {
  if (ValidationError.isValidationError(error)) {
    const text = HelpDoc.toAnsiText(error.error).replace(/\u001b\[[0-9;]*m/g, "").trim().replace(/\s*\n\s*/g, " ")
    return refused(text, asked)
  }
  if (error._tag === "OutputClosed") return { code: 0, lines: [], problem: null }
  const ending = Ending.ofFailure(error)
  const [, ...others] = ending.lines
  // What repeats a query is for the person who typed it, and for no log.
  return asked.values.get("log-format") === "json"
    ? { ...ending, lines: [`trunkline: ${error.message}`, ...others] }
    : ending
}

/** Words that cannot be understood. */
export const refused = (reason: string, asked: Asked): Ending.Ending => ({
  code: 2,
  lines: [
    `trunkline: ${reason}`,
    `Try trunkline ${asked.command === null ? "" : `${asked.command} `}--help`
  ],
  problem: Ending.problem("InvalidFlag", reason)
})

const ending = (
  cause: Cause.Cause<Failure | OutputClosed | ValidationError.ValidationError>,
  asked: Asked
): Ending.Ending =>
  Option.match(Cause.failureOption(cause), {
    onSome: (error) => ofFailure(error, asked),
    onNone: () => Ending.ofDefect(cause)
  })

/** A command that did not get as far as its own document prints one that says why. */
const document = (
  ending: Ending.Ending,
  asked: Asked,
  { begun, folder }: { readonly begun: number; readonly folder: string }
) =>
  Effect.gen(function*() {
    const problems = ending.problem === null ? [] : [ending.problem]
    if (asked.command !== "export") return { exitCode: ending.code, problems }
    const known = yield* Effect.orElseSucceed(Environment.environment(process.env, folder), () => Environment.of({}))
    return failed.report({
      out: resolve(folder, asked.values.get("out") ?? known.values["TRUNKLINE_OUT"] ?? "./data"),
      runId: randomUUID(),
      seconds: Math.round(performance.now() - begun) / 1000,
      exitCode: ending.code,
      problems
    })
  })

/** The parser offers a wizard of its own, which this command does not take. */
const withoutWizard = (script: string): string =>
  script.split("\n").filter((line) => !/'--wizard\[|-l wizard /.test(line)).join("\n").replaceAll(" --wizard", "")

/** Help and version are printed before; what the parser prints besides is what a completion script is made of. */
const parserConsole = (print: (text: string) => Effect.Effect<void>) =>
  Effect.map(Effect.console, (known): Console.Console => ({
    ...known,
    log: (...parts) => print(`${withoutWizard(parts.join(" "))}\n`),
    error: () => Effect.void
  }))

/** What observes the run, where the standard variables ask for it. */
const observed = (variables: Readonly<Record<string, string | undefined>>, folder: string) =>
  Effect.gen(function*() {
    // What is wrong with a .env is for the command to say.
    const known = yield* Effect.orElseSucceed(Environment.environment(variables, folder), () => Environment.of({}))
    const wanted = known.values["OTEL_SDK_DISABLED"]?.trim().toLowerCase() !== "true" &&
      Object.keys(known.values).some((name) => /^OTEL_EXPORTER_OTLP_(TRACES_|METRICS_)?ENDPOINT$/.test(name))
    if (!wanted) return null
    const { layer } = yield* Effect.promise(() => import("./Telemetry.js"))
    return layer(known)
  })

/** A command begins where it can tell in which folder it is. */
const gone: Ending.Ending = {
  code: 2,
  lines: ["trunkline: the folder this runs in is gone. Change to another one"],
  problem: Ending.problem("InvalidSetting", "The folder this runs in is gone. Change to another one")
}

/** At its end Node puts a terminal back as it found it, and aborts where the terminal is gone, unless it was closed before. */
const closeLostTerminal = () => {
  for (const descriptor of [0, 1, 2]) {
    // A terminal that is gone is still a device, and no longer a terminal.
    const lost = Either.try(() => fstatSync(descriptor).isCharacterDevice() && !isatty(descriptor))
    if (Either.getOrElse(lost, () => false)) closeSync(descriptor)
  }
}

/** `early` are the signals that came while this was loaded. */
export const main = (asked: Asked, early: ReadonlyArray<NodeJS.Signals>): void => {
  const begun = performance.now()
  const here = Either.getOrNull(Either.try(() => process.cwd()))
  const folder = here ?? "/"
  for (const name of Environment.secrets) remember(process.env[name] ?? "")
  const plain = Screen.make(process.stderr, process.env)
  // Whoever read the log has left; the work goes on.
  process.stderr.on("error", () => {})
  process.once("exit", closeLostTerminal)
  const logFormat = asked.values.get("log-format") === "json" ? "json" : "text"
  const screen = logFormat === "json" ? Screen.json(plain) : plain
  const level = LogLevel.allLevels.find(({ _tag }) => _tag.toLowerCase() === asked.values.get("log-level")) ??
    LogLevel.Info
  const debug = LogLevel.lessThanEqual(level, LogLevel.Debug)

  let first: Effect.Effect<void> | null = null
  const signals = Signals.of({
    onFirst: (act) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          first = act
        }),
        () =>
          Effect.sync(() => {
            first = null
          })
      )
  })

  const parsed = Effect.gen(function*() {
    const { print } = yield* Output
    const run = Command.run(trunkline, { name: "trunkline", version, executable: "trunkline" })
    const command = Effect.withConsole(run(["node", "trunkline", ...asked.words]), yield* parserConsole(print))
    const watched = yield* observed(process.env, folder)
    yield* watched === null
      ? command
      : Effect.provide(Effect.withSpan(command, `trunkline ${asked.command ?? ""}`.trim()), watched)
  })

  // A signal finds the services in place, however early it comes: they print what is to be said of it.
  const program = Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const outcome = yield* Ref.make<ExitCode.ExitCode>(0)
      const exit = asked.wrong === null && here !== null
        ? yield* Effect.exit(restore(Effect.provideService(parsed, Outcome, outcome)))
        : null
      if (exit !== null && Exit.isSuccess(exit)) return yield* Ref.get(outcome)
      const end = exit !== null ? ending(exit.cause, asked) : asked.wrong === null ? gone : refused(asked.wrong, asked)
      screen.live([])
      if (end.lines.length > 0) screen.say(end.lines.join("\n"), "ERROR")
      if (debug && exit !== null && end.code === 1) {
        screen.say(Ending.masked(Cause.pretty(exit.cause)), "ERROR")
      }
      if (asked.values.has("json") && end.problem !== null) {
        yield* printJson(yield* document(end, asked, { begun, folder }))
      }
      return end.code
    }).pipe(
      Effect.flatMap((code) =>
        Effect.map(Effect.flatMap(Output, ({ lost }) => lost), (reason) => {
          if (reason === null) return code
          screen.say(
            `trunkline: stdout: the result could not be written (${reason}). Make room, or send it elsewhere`,
            "ERROR"
          )
          return ExitCode.worst([code, 2])
        })
      ),
      Effect.provide(Layer.mergeAll(
        NodeFileSystem.layer,
        NodePath.layer,
        NodeTerminal.layer,
        Output.layer(process.stdout),
        Logger.replace(Logger.defaultLogger, Logs.logger(plain, logFormat)),
        Logger.minimumLogLevel(level),
        Layer.succeed(Signals, signals),
        Layer.succeed(Process, { variables: process.env, folder, screen, logFormat })
      ))
    )
  )

  const fiber = Effect.runFork(program)
  // Waiting for a signal alone keeps no process alive.
  const alive = setInterval(() => {}, 2 ** 30)
  let askedAt: number | null = null
  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now()
    if (askedAt === null) {
      askedAt = now
      if (first === null) fiber.unsafeInterruptAsFork(fiber.id())
      else {
        screen.say(`${signal}: finishing the page in hand and keeping what was read. Once more to stop at once`)
        Effect.runFork(first)
      }
    } else if (now - askedAt > oneSignal) {
      screen.live([])
      process.exit(130)
    }
  }
  for (const name of stopping) process.removeAllListeners(name).on(name, onSignal)
  for (const signal of early) onSignal(signal)

  fiber.addObserver((exit) => {
    clearInterval(alive)
    const code = Exit.isSuccess(exit) ? exit.value : Cause.isInterruptedOnly(exit.cause) ? 130 : 1
    process.exitCode = code
    // A pipe may still hold what was printed.
    process.stdout.write("", () => process.stderr.write("", () => process.exit(code)))
  })
}
