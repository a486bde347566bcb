/** `trunkline verify`: whether the dataset is what its ledger says, and on request what the APIs say. */
import { count, many, size } from "@trunkline/analytics/Words"
import { tables } from "@trunkline/calls/Tables"
import { type Damaged, NoDataset } from "@trunkline/dataset/DatasetError"
import type * as Mask from "@trunkline/dataset/Mask"
import * as Verify from "@trunkline/dataset/Verify"
import { compare, type Comparison } from "@trunkline/export/Compare"
import * as Problems from "@trunkline/export/Problem"
import { type Checked, Lake } from "@trunkline/lake/Lake"
import type { DiskError } from "@trunkline/parquet/Disk"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Clients from "../Clients.js"
import * as Ending from "../Ending.js"
import { problem } from "../Ending.js"
import * as ExitCode from "../ExitCode.js"
import type { Problem } from "../Problem.js"
import { Process } from "../Process.js"
import * as Settings from "../Settings.js"
import { printJson, printLines } from "../terminal/Output.js"
import * as Accounts from "./accounts.js"
import * as Asked from "./asked.js"
import * as ChosenLake from "./chosenLake.js"
import * as OfLake from "./lakes.js"
import { progress, reader, stoppable } from "./running.js"
import * as Subject from "./subject.js"
import { minute, problemLine } from "./summary.js"

interface Flags extends Subject.OfSubject, Asked.OfKeys {
  readonly remote: boolean
  readonly lake: boolean
  readonly from: Option.Option<string>
}

/** What the APIs are asked with. */
interface Remote {
  readonly vendors: Settings.Vendors
  readonly mask: Pick<Mask.Options, "file">
}

/** Which lake is read, and whose part of it. */
interface LakePart {
  readonly lake: OfLake.Opened
  readonly account: Effect.Effect<string | null, Damaged | DiskError>
}

/** What is wrong with the dataset names the command that mends it; null for what none mends, and for what the APIs say. */
interface Found extends Problem {
  readonly command: string | null
}

/** As `trunkline verify --json` prints it. */
interface Report {
  readonly out: string
  readonly files: number
  readonly rows: Readonly<Record<string, number>>
  /** Landed files that the next run publishes, which is no problem. */
  readonly waiting: number
  readonly quarantined: number
  /** Certificates of an earlier version, which kept no keys to compute them from. */
  readonly notRecomputable: number
  /** Null unless the APIs were asked. */
  readonly remote: Comparison | null
  /** Null unless the lake was read. */
  readonly lake: Checked | null
  readonly exitCode: ExitCode.ExitCode
  readonly problems: ReadonlyArray<Found>
}

const compared = ({ mask, out, vendors }: Remote & { readonly out: string }) =>
  Effect.gen(function*() {
    const dataset = yield* reader(out, mask)
    if (Option.isNone(dataset)) return yield* new NoDataset({ out })
    return yield* compare(dataset.value).pipe(
      Effect.provide(progress.pipe(Layer.provideMerge(Clients.sources(vendors))))
    )
  }).pipe(Effect.scoped)

const reconciledWords = (remote: Comparison): ReadonlyArray<string> =>
  Object.entries(remote.reconciled).flatMap(([source, agrees]) =>
    agrees === null ? [`The numbers of ${source} could not be compared as a whole`] : []
  )

const remoteLines = (remote: Comparison): ReadonlyArray<string> => [
  remote.differing.every(({ settled }) => !settled)
    ? `The APIs agree in ${many(remote.windows, "window")}`
    : `${count(remote.differing.filter(({ settled }) => settled).length)} of ${
      many(remote.windows, "window")
    } differ ` +
      "from what the APIs say",
  ...reconciledWords(remote),
  ...remote.differing.flatMap((window) => [
    `  ${window.source} ${window.scope} ${window.stream}, ${minute(window.from)} to ${minute(window.to)}: ` +
    `${count(window.here)} here, ${window.there === null ? "unknown" : count(window.there)} there` +
    (window.settled ? "" : " (young, read by the next export)"),
    ...(window.missingHere.length === 0 ? [] : [`    missing here: ${window.missingHere.join(", ")}`]),
    ...(window.missingThere.length === 0 ? [] : [`    no longer there: ${window.missingThere.join(", ")}`]),
    ...(window.unlisted.length === 0 ? [] : [`    there, and not listed: ${window.unlisted.join(", ")}`])
  ])
]

/** A lake that cannot be read is a problem beside those of the dataset. */
const checked = ({ account, lake }: LakePart) =>
  Effect.gen(function*() {
    const done = yield* Effect.exit(
      Effect.flatMap(account, (account) =>
        OfLake.using(lake, (shown) => shown(Effect.flatMap(Lake, (lake) => lake.check(account)))))
    )
    if (Exit.isSuccess(done)) {
      const problems = done.value.findings.map(({ _tag, message }) =>
        problem(_tag, message)
      )
      return { checked: done.value, problems, code: problems.length === 0 ? 0 : 5 } satisfies OfTheLake
    }
    if (Cause.isInterruptedOnly(done.cause)) return yield* Effect.interrupt
    const ending = Ending.ofCause(done.cause)
    return { checked: null, problems: [ending.problem], code: ending.code } satisfies OfTheLake
  })

interface OfTheLake {
  readonly checked: Checked | null
  readonly problems: ReadonlyArray<Problem>
  readonly code: ExitCode.ExitCode
}

const noLake: OfTheLake = { checked: null, problems: [], code: 0 }

const lakeLine = ({ bytes, files, findings, number, rows }: Checked): string =>
  findings.length === 0
    ? `The lake holds push ${count(number)}: ${many(files, "file")} (${size(bytes)}), ${many(rows, "row")}`
    : `${many(findings.length, "problem")} in push ${count(number)} of the lake`

const lines = (report: Report): ReadonlyArray<string> => [
  report.problems.some(({ tag }) => tag !== "Quarantined") && report.remote === null
    ? `${many(report.problems.length, "problem")} in ${many(report.files, "file")}`
    : `${many(report.files, "file")}, ${
      Object.entries(report.rows).map(([table, rows]) => `${count(rows)} ${table.replaceAll("_", " ")}`).join(", ") ||
      "no rows"
    }`,
  ...(report.waiting === 0 ? [] : [`${many(report.waiting, "landed file")} will be published by the next export`]),
  ...(report.quarantined === 0
    ? []
    : [`${many(report.quarantined, "row")} in quarantine; trunkline quarantine lists them`]),
  ...(report.notRecomputable === 0
    ? []
    : [`${many(report.notRecomputable, "certificate")} of an earlier version cannot be recomputed`]),
  ...(report.remote === null ? [] : remoteLines(report.remote)),
  ...(report.lake === null ? [] : [lakeLine(report.lake)]),
  ...(report.exitCode === 0 ? ["All is as the ledger says"] : []),
  `Files    ${report.out}`
]

/** The APIs are asked where keys are given, and the lake is read where one is chosen. */
const verified = (out: string, asked: Remote | null, ofLake: LakePart | null) =>
  Effect.gen(function*() {
    const found = yield* Verify.folder({ out, tables })
    const remote = asked === null ? null : yield* compared({ ...asked, out })
    const lake = ofLake === null ? noLake : yield* checked(ofLake)
    const problems: ReadonlyArray<Found> = [
      ...found.problems.map((problem) => ({
        ...Problems.of(problem, { source: null, scope: null }),
        command: Verify.mendedBy[problem._tag]
      })),
      ...(remote?.problems ?? []).map((problem) => ({ ...problem, command: null })),
      ...lake.problems.map((problem) => ({ ...problem, command: null }))
    ]
    const exitCode = ExitCode.worst([found.problems.length > 0 ? 5 : 0, remote?.exitCode ?? 0, lake.code])
    const { files, notRecomputable, quarantined, rows, waiting } = found
    const report: Report = {
      out,
      files,
      rows,
      waiting,
      quarantined,
      notRecomputable,
      remote,
      lake: lake.checked,
      exitCode,
      problems
    }
    return report
  })

const ofAll = (
  flags: Flags,
  { accounts: all, out }: Subject.Accounts,
  lake: OfLake.Opened | null
) =>
  Effect.gen(function*() {
    const known = yield* Asked.environment
    const keyOf = (account: Subject.Account) =>
      flags.remote
        ? Effect.all({
          vendors: Settings.ofAccount(account, known, { http: flags.allowHttp }),
          mask: Effect.map(Asked.maskKey(account), (file) => ({ file }))
        })
        : Effect.succeed(null)
    const accounts = yield* Effect.forEach(
      all,
      (account) => Effect.map(Effect.either(keyOf(account)), (asked) => ({ ...account, asked }))
    )
    const read = accounts.flatMap(({ asked }) =>
      Either.isRight(asked) && asked.right !== null ? [asked.right.vendors] : []
    )
    const document = yield* Accounts.each({
      subject: { out, accounts },
      failed: (entry) => ({
        ...entry,
        problems: entry.problems.map((problem) => ({ ...problem, command: null })),
        files: 0,
        rows: {},
        waiting: 0,
        quarantined: 0,
        notRecomputable: 0,
        remote: null,
        lake: null
      }),
      work: ({ asked, name, out }) =>
        Effect.flatMap(asked, (asked) =>
          verified(out, asked, lake === null ? null : { lake, account: Effect.succeed(name) }))
    }).pipe(Effect.provide(Clients.shared(read)))
    const said = document.accounts.flatMap((entry) =>
      lines(entry).map((line) => `${entry.account}: ${line}`)
    )
    return yield* Accounts.print(flags, document, said)
  })

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const { accounts, out } = yield* (flags.remote ? Subject.writing(flags) : Subject.reading(flags))
    const { allowHttp, from: text } = flags
    const lake = flags.lake || Option.isSome(flags.from)
      ? yield* Effect.flatMap(
        ChosenLake.needed({ flag: "--from", text, allowHttp, out }, yield* Subject.configuration(flags)),
        OfLake.open
      )
      : null
    if (accounts !== null) {
      const all = ofAll(flags, accounts, lake)
      return yield* flags.remote ? stoppable(all) : all
    }
    const ofLake = lake === null ? null : { lake, account: OfLake.accountOf(out) }
    // What is wrong with a key is said before minutes are spent on files.
    const vendors = flags.remote ? yield* Asked.vendors(Option.none(), flags) : null
    const mask = { file: yield* Asked.maskKey(null) }
    const report = yield* vendors === null
      ? verified(out, null, ofLake)
      : stoppable(verified(out, { vendors, mask }, ofLake))
    const { screen } = yield* Process
    if (report.problems.length > 0) screen.say(report.problems.map(problemLine).join("\n"), "ERROR")
    if (flags.json) yield* printJson(report)
    else yield* printLines(lines(report))
    return report.exitCode
  }).pipe(Effect.scoped)
