/** `trunkline status`: what a dataset says of itself. It asks no API, needs no key, and runs beside an export. */
import * as Table from "@trunkline/analytics/TextTable"
import { count, many, size, span } from "@trunkline/analytics/Words"
import { NoDataset } from "@trunkline/dataset/DatasetError"
import * as Lock from "@trunkline/dataset/Lock"
import type * as Run from "@trunkline/dataset/Run"
import * as AlloSource from "@trunkline/export/allo"
import * as AllomiaSource from "@trunkline/export/allomia"
import type { StatusReport } from "@trunkline/export/Status"
import * as Status from "@trunkline/export/Status"
import { Stop } from "@trunkline/export/Stop"
import * as Array from "effect/Array"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Problem } from "../Problem.js"
import { Process } from "../Process.js"
import { Output, printJson, printLines } from "../terminal/Output.js"
import * as Accounts from "./accounts.js"
import { reader } from "./running.js"
import * as Standing from "./standing.js"
import * as Subject from "./subject.js"
import { minute, problemLines, standing } from "./summary.js"
import * as values from "./values.js"

interface Flags extends Subject.OfSubject {
  readonly maxAge: Option.Option<string>
}

const lists = { allo: AlloSource.certified, allomia: AllomiaSource.certified }

/** A run as the document shows it. Only the lock tells a run that is under way from one that was killed. */
const shownRun = (run: Run.Row, held: boolean | null) => ({
  runId: run.run_id,
  command: run.command,
  version: run.version,
  startedAt: Standing.iso(run.started_at),
  endedAt: Standing.iso(run.ended_at),
  status: run.status === "running" && held === false ? "killed" as const : run.status,
  exitCode: run.exit_code,
  new: run.rows_new,
  updated: run.rows_updated,
  quarantined: run.rows_quarantined,
  requests: run.requests,
  problems: run.problems
})

/** As `trunkline status --json` prints it. */
interface Document extends Omit<StatusReport, "runs" | "problems"> {
  readonly problems: ReadonlyArray<Problem>
  readonly runs: ReadonlyArray<ReturnType<typeof shownRun>>
  readonly bytes: number
  /** In seconds. */
  readonly maxAge: number | null
  readonly out: string
}

/** What one folder says of itself. */
export const of = (out: string, maxAge: Duration.Duration | undefined) =>
  Effect.scoped(Effect.gen(function*() {
    const dataset = yield* reader(out)
    if (Option.isNone(dataset)) return yield* new NoDataset({ out })
    const { runs, ...report } = yield* Status.of(dataset.value, { lists, maxAge })
    const held = yield* Lock.isHeld(out)
    const document: Document = {
      runs: runs.map((run) => shownRun(run, held)),
      ...report,
      bytes: report.tables.reduce((sum, { bytes }) => sum + bytes, 0),
      maxAge: maxAge === undefined ? null : Duration.toSeconds(maxAge),
      out
    }
    return document
  }))

type Cells = Readonly<Record<string, string>>

/** Columns of these names stand to the right. */
const numbers = new Set(["exit", "new", "updated", "requests", "files", "rows", "gone", "size"])

const table = (rows: ReadonlyArray<Cells>, space: number | null): ReadonlyArray<string> => {
  const [first] = rows
  if (first === undefined) return []
  const names = Object.keys(first)
  const cells = rows.map((row) => names.map((name) => row[name] ?? ""))
  const layout = Table.layout(names.map((name) => ({ name, right: numbers.has(name) })), cells, space)
  return [
    ...Table.head(layout, space !== null),
    ...cells.map((row) => Table.line(layout, row, space !== null)),
    ""
  ]
}

const shown = (value: number | null): string => value === null ? "" : count(value)
const when = (instant: string | null): string => instant === null ? "" : minute(instant)

const ofProblems = (problems: Run.Row["problems"]): string =>
  Object.entries(Array.groupBy(problems, ({ tag }) => tag)).map(([tag, all]) => {
    const times = all.reduce((sum, { count }) => sum + count, 0)
    return times === 1 ? tag : `${tag} x ${count(times)}`
  }).join(", ")

const state = ({ certifiedUntil, ok }: Document["scopes"][number], maxAge: number | null): string =>
  ok ? "ok" : certifiedUntil === null ? "not certified" : maxAge === null ? "not proved" : "too old"

const headline = ({ exitCode, problems, scopes, tables }: Document): string => {
  const [first] = problems
  if (first?.tag === "NewerLedger") return "A newer version of trunkline wrote this dataset"
  if (exitCode === 5) return "The dataset is damaged"
  if (scopes.length === 0 && tables.length === 0) {
    return first === undefined || first.tag === "NoDataset" ? "Nothing was exported yet" : "The dataset cannot be read"
  }
  if (scopes.length === 0) return "Nothing is certified"
  const bad = scopes.filter(({ ok }) => !ok).length
  if (bad > 0) return `Not all is certified and proved: see ${count(bad)} of ${many(scopes.length, "scope")}`
  const until = scopes.flatMap(({ certifiedUntil }) => certifiedUntil === null ? [] : [certifiedUntil]).toSorted()[0]
  return `All is certified, up to ${when(until ?? null)}`
}

const lines = (document: Document, now: number, space: number | null): ReadonlyArray<string> => {
  const ago = (instant: string | null) => {
    if (instant === null) return "never"
    const seconds = Math.max(0, (now - Date.parse(instant)) / 1000)
    return `${span(seconds < 60 ? seconds : Math.floor(seconds / 60) * 60)} ago`
  }
  // Ids are long, and where there is little room a name says more.
  const narrow = space !== null && space < 120
  const tables = document.tables.toSorted((left, right) =>
    left.table === right.table ? left.source < right.source ? -1 : 1 : left.table < right.table ? -1 : 1
  )
  return [
    headline(document),
    "",
    ...table(
      document.scopes.map((one) => ({
        source: one.source,
        ...narrow ? { scope: one.name ?? one.scope } : { scope: one.scope, name: one.name ?? "" },
        since: one.certifiedFrom?.slice(0, 10) ?? "",
        "certified until": when(one.certifiedUntil),
        proved: ago(one.provedAt),
        state: state(one, document.maxAge)
      })),
      space
    ),
    ...table(
      document.runs.map((run) => ({
        "last runs": when(run.startedAt),
        took: run.endedAt === null || run.startedAt === null
          ? ""
          : span((Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000),
        status: run.status,
        exit: shown(run.exitCode),
        new: shown(run.new),
        updated: shown(run.updated),
        requests: shown(run.requests),
        problems: ofProblems(run.problems)
      })),
      space
    ),
    ...table(
      tables.map(({ bytes, files, gone, rows, source, table }) => ({
        table,
        source,
        files: count(files),
        rows: count(rows),
        gone: gone === null ? "?" : gone === 0 ? "" : count(gone),
        size: size(bytes)
      })),
      space
    ),
    ...standing(document),
    `Files    ${document.out} (${size(document.bytes)})`
  ]
}

/** One line of each account: what is certified of it, and how its last run ended. */
const rowOf = ({ account, ...document }: { readonly account: string } & Document): Cells => {
  const [last] = document.runs
  return {
    account,
    state: headline(document),
    "last run": when(last?.startedAt ?? null),
    status: last?.status ?? "",
    exit: shown(last?.exitCode ?? null),
    problems: ofProblems(last?.problems ?? []),
    rows: count(document.tables.reduce((sum, { rows }) => sum + rows, 0)),
    size: size(document.bytes)
  }
}

const ofAll = (flags: Flags, accounts: Subject.Accounts, maxAge: Duration.Duration | undefined) =>
  Effect.gen(function*() {
    const nothing = {
      runs: [],
      scopes: [],
      tables: [],
      standing: { quarantine: 0, vanished: 0, differences: 0, accepted: 0 },
      bytes: 0,
      maxAge: maxAge === undefined ? null : Duration.toSeconds(maxAge)
    }
    const document = yield* Accounts.each({
      subject: accounts,
      failed: (entry): Document => ({ ...nothing, ...entry }),
      work: ({ out }) => of(out, maxAge)
    })
    const { columns, terminal } = yield* Output
    const space = terminal ? columns : null
    const [only, ...others] = document.accounts
    const now = yield* Clock.currentTimeMillis
    return yield* Accounts.print(
      flags,
      document,
      only !== undefined && others.length === 0
        ? lines(only, now, space)
        : [...table(document.accounts.map(rowOf), space), `Files    ${document.out}`]
    )
  }).pipe(Effect.provide(Stop.layer))

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const maxAge = yield* values.maybe(flags.maxAge, (text) => values.length("--max-age", text))
    const { accounts, out } = yield* Subject.reading(flags)
    if (accounts !== null) return yield* ofAll(flags, accounts, Option.getOrUndefined(maxAge))
    const document = yield* of(out, Option.getOrUndefined(maxAge))
    const { screen } = yield* Process
    if (document.problems.length > 0) screen.say(problemLines(document.problems), "ERROR")
    const { columns, terminal } = yield* Output
    if (flags.json) yield* printJson(document)
    else yield* printLines(lines(document, yield* Clock.currentTimeMillis, terminal ? columns : null))
    return document.exitCode
  })
