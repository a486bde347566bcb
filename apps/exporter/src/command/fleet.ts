/** `trunkline fleet`: what the workers of a database are at. It asks no API, needs no key and no configuration. */
import * as Table from "@trunkline/analytics/TextTable"
import { count, many, span } from "@trunkline/analytics/Words"
import { Database as FleetDatabase, Fleet } from "@trunkline/fleet"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Database from "../Database.js"
import * as Ending from "../Ending.js"
import type * as ExitCode from "../ExitCode.js"
import type { Problem } from "../Problem.js"
import { Process } from "../Process.js"
import { Output, printJson, printLines } from "../terminal/Output.js"
import * as Asked from "./asked.js"
import { minute, problemLines } from "./summary.js"
import * as values from "./values.js"

interface Flags extends Asked.Common {
  readonly database: Option.Option<string>
  readonly maxAge: Option.Option<string>
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null

/** An account as the document shows it. */
const shown = ({ certifiedUntil, due, last, since, ...account }: Fleet.OfAccount) => ({
  ...account,
  since: iso(since),
  due: due.toISOString(),
  certifiedUntil: iso(certifiedUntil),
  last: last === null ? null : { ...last, endedAt: last.endedAt.toISOString() }
})

/** As `trunkline fleet --json` prints it. */
interface Document {
  readonly accounts: ReadonlyArray<ReturnType<typeof shown>>
  readonly workers: Fleet.Status["workers"]
  /** In seconds. */
  readonly maxAge: number | null
  readonly exitCode: ExitCode.ExitCode
  readonly problems: ReadonlyArray<Problem & { readonly account: string | null }>
}

const problemOf = (account: string | null, tag: Parameters<typeof Ending.problem>[0], message: string) => ({
  ...Ending.problem(tag, message),
  account
})

/** What a person should look at. */
const problems = (
  { accounts, workers }: Fleet.Status,
  now: number,
  maxAge: Duration.Duration | null
): Document["problems"] => [
  ...workers.length > 0 ? [] : [problemOf(null, "NoWorker", "no worker lives on this database")],
  ...accounts.flatMap(({ account, certifiedUntil, last, state }) => {
    const isOld = maxAge !== null &&
      (certifiedUntil === null || now - certifiedUntil.getTime() > Duration.toMillis(maxAge))
    return [
      ...last === null || last.exitCode === 0 ? [] : [problemOf(
        account,
        "BadNight",
        `${account}: the last night ended with ${last.exitCode}${state === "failed" ? " and is tried again" : ""}${
          last.says === null ? "" : `. ${last.says}`
        }`
      )],
      ...isOld
        ? [problemOf(
          account,
          "Stale",
          `${account}: ${
            certifiedUntil === null
              ? "is not certified"
              : `is certified up to ${minute(certifiedUntil.toISOString())} alone`
          }`
        )]
        : []
    ]
  })
]

type Cells = Readonly<Record<string, string>>

const table = (rows: ReadonlyArray<Cells>, space: number | null): ReadonlyArray<string> => {
  const [first] = rows
  if (first === undefined) return []
  const names = Object.keys(first)
  const cells = rows.map((row) => names.map((name) => row[name] ?? ""))
  const layout = Table.layout(
    names.map((name) => ({ name, right: name === "exit" || name === "nights" })),
    cells,
    space
  )
  return [
    ...Table.head(layout, space !== null),
    ...cells.map((row) => Table.line(layout, row, space !== null)),
    ""
  ]
}

const when = (at: string | null): string => at === null ? "" : minute(at)

const lines = ({ accounts, workers }: Document, space: number | null): ReadonlyArray<string> => {
  const atWork = accounts.filter(({ state }) => state === "at work").length
  return [
    ...table(
      accounts.map(({ account, certifiedUntil, due, last, state, worker }) => ({
        account,
        state,
        worker: worker ?? "",
        "next night": when(due),
        "last ended": when(last?.endedAt ?? null),
        took: last === null ? "" : span(last.seconds),
        exit: last === null ? "" : count(last.exitCode),
        "certified until": when(certifiedUntil)
      })),
      space
    ),
    ...table(workers.map(({ name, nights }) => ({ worker: name, nights: count(nights) })), space),
    `${many(accounts.length, "account")}, ${count(atWork)} at work, ${many(workers.length, "worker")}`
  ]
}

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const maxAge = Option.getOrNull(yield* values.maybe(flags.maxAge, (text) => values.length("--max-age", text)))
    const url = yield* Database.url(flags.database, yield* Asked.environment)
    const status = yield* Effect.provide(Fleet.status, FleetDatabase.layer({ url, name: "trunkline fleet" }))
    const found = problems(status, yield* Clock.currentTimeMillis, maxAge)
    const document: Document = {
      accounts: status.accounts.map(shown),
      workers: status.workers,
      maxAge: maxAge === null ? null : Duration.toSeconds(maxAge),
      exitCode: found.length === 0 ? 0 : 4,
      problems: found
    }
    if (flags.json) {
      yield* printJson(document)
      return document.exitCode
    }
    const { screen } = yield* Process
    if (found.length > 0) screen.say(problemLines(found), "ERROR")
    const { columns, terminal } = yield* Output
    yield* printLines(lines(document, terminal ? columns : null))
    return document.exitCode
  })
