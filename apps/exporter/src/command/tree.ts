/** Every command with its flags. What a command does is loaded when it is called. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { ExitCode } from "../ExitCode.js"
import type { Failure } from "../Failure.js"
import type { Process } from "../Process.js"
import type { Signals } from "../Signals.js"
import type { Output, OutputClosed } from "../terminal/Output.js"
import * as flags from "./flags.js"
import { commands } from "./help.js"

/** Where a command leaves its exit code. */
export class Outcome extends Context.Tag("trunkline/command/tree/Outcome")<Outcome, Ref.Ref<ExitCode>>() {}

/** What a command may ask for. */
type Services = Process | Output | Signals | FileSystem.FileSystem | Path.Path

/** A command that fails in a way the program has no exit code for does not compile. */
const lazily = <Module>(
  load: () => Promise<Module>,
  run: (module: Module) => Effect.Effect<ExitCode, Failure | OutputClosed, Services>
): Effect.Effect<void, Failure | OutputClosed, Services | Outcome> =>
  Effect.promise(load).pipe(
    Effect.flatMap(run),
    Effect.flatMap((code) => Effect.flatMap(Outcome, (outcome) => Ref.set(outcome, code)))
  )

const demo = Command.make(
  "demo",
  { out: flags.demoOut, ...flags.common },
  (asked) => lazily(() => import("./demo.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.demo.summary))

const plan = Command.make(
  "plan",
  { ...flags.subject, atOnce: flags.atOnce, ...flags.run, ...flags.common },
  (asked) => lazily(() => import("./plan.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.plan.summary))

const exporting = Command.make(
  "export",
  {
    ...flags.subject,
    atOnce: flags.atOnce,
    ...flags.run,
    ...flags.ofExport,
    partition: flags.partition,
    mask: flags.mask,
    state: flags.state,
    dryRun: flags.dryRun,
    ...flags.common
  },
  (asked) => lazily(() => import("./export.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.export.summary))

const pull = Command.make(
  "pull",
  { ...flags.pull, ...flags.common },
  (asked) => lazily(() => import("./pull.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.pull.summary))

const verify = Command.make(
  "verify",
  { remote: flags.remote, ...flags.lake, allowHttp: flags.allowHttp, ...flags.subject, ...flags.common },
  (asked) => lazily(() => import("./verify.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.verify.summary))

const push = Command.make(
  "push",
  { ...flags.push, ...flags.subject, ...flags.common },
  (asked) => lazily(() => import("./push.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.push.summary))

const restore = Command.make(
  "restore",
  { ...flags.restore, ...flags.subject, ...flags.common },
  (asked) => lazily(() => import("./restore.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.restore.summary))

const repair = Command.make(
  "repair",
  { ...flags.subject, ...flags.repair, ...flags.common },
  (asked) => lazily(() => import("./repair.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.repair.summary))

const mask = Command.make(
  "mask",
  { rotate: flags.rotate, ...flags.subject, ...flags.common },
  (asked) => lazily(() => import("./mask.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.mask.summary))

const status = Command.make(
  "status",
  { maxAge: flags.maxAge, ...flags.subject, ...flags.common },
  (asked) => lazily(() => import("./status.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.status.summary))

const sql = Command.make(
  "sql",
  {
    statement: Args.text({ name: "statement" }).pipe(Args.optional),
    file: flags.file,
    format: flags.format,
    files: flags.files,
    spreadsheet: flags.spreadsheet,
    ...flags.subject,
    ...flags.common
  },
  (asked) => lazily(() => import("./sql.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.sql.summary))

const report = Command.make(
  "report",
  { html: flags.html, ...flags.ofReport, withNumbers: flags.withNumbers, ...flags.subject, ...flags.common },
  (asked) => lazily(() => import("./report.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.report.summary))

const explore = Command.make(
  "explore",
  { open: flags.open, ...flags.ofReport, withNumbers: flags.withNumbers, ...flags.subject, ...flags.common },
  (asked) => lazily(() => import("./explore.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.explore.summary))

const connect = Command.make(
  "connect",
  { ...flags.subject, ...flags.common },
  (asked) => lazily(() => import("./connect.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.connect.summary))

const number = Args.text({ name: "number" }).pipe(Args.optional)

const quarantine = Command.make(
  "quarantine",
  { action: Args.text({ name: "action" }).pipe(Args.optional), number, ...flags.subject, ...flags.common },
  (asked) => lazily(() => import("./quarantine.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.quarantine.summary))

const erase = Command.make(
  "erase",
  { person: Args.text({ name: "number" }).pipe(Args.optional), ...flags.erase, ...flags.subject, ...flags.common },
  (asked) => lazily(() => import("./erase.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.erase.summary))

const accept = Command.make(
  "accept",
  { number, ...flags.subject, ...flags.common },
  (asked) => lazily(() => import("./accept.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.accept.summary))

const config = Command.make(
  "config",
  {
    action: Args.text({ name: "action" }).pipe(Args.optional),
    config: flags.subject.config,
    adopt: flags.adopt,
    out: flags.out,
    ...flags.common
  },
  (asked) => lazily(() => import("./config.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.config.summary))

const doctor = Command.make(
  "doctor",
  { ...flags.doctor, allowHttp: flags.allowHttp, ...flags.subject, ...flags.common },
  (asked) => lazily(() => import("./doctor.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.doctor.summary))

const worker = Command.make(
  "worker",
  { ...flags.worker, ...flags.common },
  (asked) => lazily(() => import("./worker.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.worker.summary))

const fleet = Command.make(
  "fleet",
  { ...flags.fleet, ...flags.common },
  (asked) => lazily(() => import("./fleet.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.fleet.summary))

const sandbox = Command.make(
  "sandbox",
  {
    port: flags.port,
    seed: flags.seed,
    size: flags.size,
    days: flags.days,
    profile: flags.profile,
    noLimit: flags.noLimit,
    s3: flags.s3,
    ...flags.common
  },
  (asked) => lazily(() => import("./sandbox.js"), ({ run }) => run(asked))
).pipe(Command.withDescription(commands.sandbox.summary))

export const trunkline = Command.make("trunkline").pipe(
  Command.withSubcommands([
    demo,
    plan,
    exporting,
    pull,
    status,
    verify,
    push,
    restore,
    repair,
    mask,
    sql,
    report,
    explore,
    connect,
    quarantine,
    accept,
    erase,
    config,
    worker,
    fleet,
    doctor,
    sandbox
  ])
)
