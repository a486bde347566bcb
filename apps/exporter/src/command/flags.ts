/** The flags as the parser takes them, in the words of the help. */
import * as Options from "@effect/cli/Options"
import type * as Option from "effect/Option"
import { commands } from "./help.js"
import { type FlagName, flags } from "./helpFlags.js"

const text = (name: FlagName) =>
  Options.text(name).pipe(
    Options.withPseudoName(flags[name].value ?? ""),
    Options.withDescription(flags[name].text),
    Options.optional
  )
const toggle = (name: FlagName) => Options.boolean(name).pipe(Options.withDescription(flags[name].text))
/** The flags that take one of several words. */
type ChoiceName = {
  readonly [Name in FlagName]: (typeof flags)[Name] extends { readonly words: ReadonlyArray<string> } ? Name : never
}[FlagName]
const choice = <Name extends ChoiceName>(
  name: Name
): Options.Options<Option.Option<(typeof flags)[Name]["words"][number]>> =>
  Options.choice<string, (typeof flags)[Name]["words"]>(name, flags[name].words).pipe(
    Options.withDescription(flags[name].text),
    Options.optional
  )

const several = (name: FlagName) =>
  Options.text(name).pipe(
    Options.withPseudoName(flags[name].value ?? ""),
    Options.withDescription(flags[name].text),
    Options.repeated
  )

export const out = text("out")

/** For every command about a dataset, or about those of a configuration. */
export const subject = { config: text("config"), account: several("account"), out }

export const adopt = text("adopt")
export const atOnce = text("at-once")
export const demoOut = out.pipe(Options.withDescription(commands.demo.own.out.text))

/** For every command. */
export const common = { json: toggle("json"), logFormat: choice("log-format") }

/** For every command that asks the APIs. */
export const allowHttp = toggle("allow-http")

/** What a run is asked; `plan` takes the same. */
export const run = {
  source: choice("source"),
  since: text("since"),
  until: text("until"),
  full: toggle("full"),
  lookback: text("lookback"),
  transcripts: toggle("transcripts"),
  noDetails: toggle("no-details"),
  contact: several("contact"),
  concurrency: text("concurrency"),
  allowHttp
}

/** What `repair` is asked of the run that reads again. */
export const repair = {
  source: run.source,
  transcripts: run.transcripts,
  noDetails: run.noDetails,
  concurrency: run.concurrency,
  allowHttp
}

/** What `export` is asked besides. */
export const ofExport = {
  acceptGone: toggle("accept-gone"),
  refresh: text("refresh"),
  sameAccount: toggle("same-account"),
  keep: text("keep"),
  umask: text("umask")
}

/** What `pull` is asked. */
export const pull = {
  config: subject.config,
  account: subject.account.pipe(Options.withDescription(commands.pull.own.account.text)),
  table: choice("table"),
  source: Options.choice("source", commands.pull.own.source.words).pipe(
    Options.withDescription(commands.pull.own.source.text),
    Options.optional
  ),
  since: text("since").pipe(Options.withDescription(commands.pull.own.since.text)),
  until: text("until"),
  to: text("to"),
  umask: text("umask").pipe(Options.withDescription(commands.pull.own.umask.text)),
  noDetails: toggle("no-details"),
  allowHttp
}

/** What `erase` is asked. */
export const erase = {
  number: text("number"),
  contact: text("contact").pipe(Options.withDescription(commands.erase.own.contact.text)),
  rows: toggle("rows"),
  forget: toggle("forget")
}

export const partition = choice("partition")
export const mask = choice("mask")
export const rotate = toggle("rotate")
export const dryRun = toggle("dry-run")
/** The lake that a command works with. */
export const push = {
  to: text("to").pipe(Options.withDescription(commands.push.own.to.text)),
  retention: text("retention"),
  allowHttp: toggle("allow-http").pipe(Options.withDescription(commands.push.own["allow-http"].text))
}
export const restore = {
  from: text("from"),
  all: toggle("all"),
  allowHttp: toggle("allow-http").pipe(Options.withDescription(commands.restore.own["allow-http"].text))
}
export const doctor = {
  from: text("from").pipe(Options.withDescription(commands.doctor.own.from.text)),
  database: text("database")
}
export const lake = { lake: toggle("lake"), from: text("from") }
export const state = text("state")
/** What `worker` is asked. */
export const worker = {
  database: text("database"),
  config: subject.config,
  nights: text("nights"),
  scratch: text("scratch"),
  state: text("state").pipe(Options.withDescription(commands.worker.own.state.text)),
  allowHttp: toggle("allow-http").pipe(Options.withDescription(commands.worker.own["allow-http"].text))
}
/** What `fleet` is asked. */
export const fleet = {
  database: text("database"),
  maxAge: text("max-age").pipe(Options.withDescription(commands.fleet.own["max-age"].text))
}

export const remote = toggle("remote")
export const file = text("file")
export const format = choice("format")
export const files = toggle("files")
export const spreadsheet = toggle("spreadsheet")
export const maxAge = text("max-age")
export const port = text("port")
export const seed = text("seed")
export const size = text("size")
export const days = text("days")
export const profile = choice("profile")
export const noLimit = toggle("no-limit")
export const s3 = toggle("s3")
export const html = text("html")
export const open = toggle("open")
export const zone = text("zone")

/** What a report is about, and the rules by which it counts. */
export const ofReport = {
  since: text("since").pipe(Options.withDescription(commands.report.own.since.text)),
  until: text("until").pipe(Options.withDescription(commands.report.own.until.text)),
  source: Options.choice("source", commands.report.own.source.words).pipe(
    Options.withDescription(commands.report.own.source.text),
    Options.optional
  ),
  organization: several("organization"),
  zone,
  incoming: text("incoming"),
  answered: text("answered"),
  uncounted: text("uncounted"),
  missed: text("missed"),
  followupHours: text("followup-hours"),
  repeatDays: text("repeat-days"),
  gone: toggle("gone")
}

export const withNumbers = toggle("with-numbers")
