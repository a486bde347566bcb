/** Runs or plans every account of a configuration, and says what came of all of them. */
import * as Session from "@trunkline/dataset/Session"
import { Stop } from "@trunkline/export/Stop"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { randomUUID } from "node:crypto"
import * as Clients from "../Clients.js"
import * as Ending from "../Ending.js"
import * as Memory from "../Memory.js"
import { Process } from "../Process.js"
import * as Settings from "../Settings.js"
import { writeViewsOfAll } from "../writeViews.js"
import * as Accounts from "./accounts.js"
import * as Asked from "./asked.js"
import type { Chosen } from "./chosenLake.js"
import * as failed from "./failed.js"
import * as Lakes from "./lakes.js"
import { carriedOut, measure, planned, stoppable } from "./running.js"
import type * as Subject from "./subject.js"
import { headline, ofAccounts, ofPlan, problemLine } from "./summary.js"

/** What two accounts read both. */
interface Notice {
  readonly accounts: ReadonlyArray<string>
  readonly source: string
  readonly scope: string
  readonly message: string
}

/** Every scope that several accounts read: over all accounts its calls count as often. */
export const readTwice = (
  accounts: ReadonlyArray<{
    readonly account: string
    readonly read: ReadonlyArray<{ readonly source: string; readonly scope: string }>
  }>
): ReadonlyArray<Notice> => {
  const readers = new Map<
    string,
    { readonly source: string; readonly scope: string; readonly accounts: Array<string> }
  >()
  for (const { account, read } of accounts) {
    for (const { scope, source } of read) {
      // A key without a team has no name that two accounts could share.
      if (scope === "-") continue
      const known = readers.get(`${source} ${scope}`) ?? { source, scope, accounts: [] }
      known.accounts.push(account)
      readers.set(`${source} ${scope}`, known)
    }
  }
  return [...readers.values()].filter(({ accounts }) => accounts.length > 1).map(({ accounts, scope, source }) => ({
    accounts,
    source,
    scope,
    message:
      `${accounts.slice(0, -1).join(", ")} and ${accounts.at(-1)} read the same ${
        source === "allo" ? "team" : "organisation"
      } of ${source}, ` +
      `${scope}: over all accounts its calls count ${accounts.length} times`
  }))
}

/** Each account with what it is asked, or why that cannot be said: a key that is missing stops no other account. */
const runsOf = (flags: Asked.OfExport, { accounts, out }: Subject.Accounts) =>
  Effect.map(
    Effect.forEach(
      accounts,
      (account) => Effect.map(Effect.either(Asked.ofAccount(flags, account)), (run) => ({ ...account, run }))
    ),
    (accounts) => ({
      subject: { out, accounts },
      clients: Clients.shared(accounts.flatMap(({ run }) => Either.isRight(run) ? [run.right.vendors] : []))
    })
  )

/** A run of each account. */
export const realOfAll = (
  flags: Asked.OfExport,
  { accounts, atOnce, lake }: {
    readonly accounts: Subject.Accounts
    readonly atOnce: number
    readonly lake: Chosen | null
  }
) =>
  stoppable(Effect.gen(function*() {
    yield* Memory.modest
    const { screen } = yield* Process
    const opened = lake === null ? null : yield* Lakes.open(lake)
    const { clients, subject } = yield* runsOf(flags, accounts)
    for (const warning of yield* Settings.exposed(subject.accounts)) screen.say(warning)
    const scopes = new Map<string, ReadonlyArray<{ readonly source: string; readonly scope: string }>>()
    const document = yield* Accounts.each({
      subject,
      atOnce,
      told: headline,
      failed: (entry) => failed.report({ ...entry, runId: randomUUID(), seconds: 0 }),
      work: ({ name, run }) =>
        Effect.gen(function*() {
          const { document, scopes: read } = yield* carriedOut(
            yield* run,
            opened === null ? null : { lake: opened, account: name }
          )
          scopes.set(name, read)
          yield* measure(document)
          return document
        })
    }).pipe(Effect.provide(clients), Effect.provide(Session.sharing))
    const unwritten = yield* Effect.flip(writeViewsOfAll(subject.out)).pipe(
      Effect.map((error) => [{ ...Ending.ofFailure(error).problem, account: null }]),
      Effect.orElseSucceed(() => [])
    )
    if (unwritten.length > 0) screen.say(unwritten.map(problemLine).join("\n"), "ERROR")
    const notices = readTwice(subject.accounts.map(({ name }) => ({ account: name, read: scopes.get(name) ?? [] })))
    if (notices.length > 0) screen.say(notices.map(({ message }) => message).join("\n"))
    const problems = [...document.problems, ...unwritten]
    const exitCode = document.exitCode === 0 && unwritten.length > 0 ? 2 : document.exitCode
    const ended = { ...document, exitCode, problems, notices }
    return yield* Accounts.print(flags, ended, ofAccounts(ended, headline))
  }))

/** A plan of each account, over clients that are shared as a run shares them. */
export const planOfAll = (
  flags: Asked.OfExport,
  { accounts, atOnce }: { readonly accounts: Subject.Accounts; readonly atOnce: number }
) =>
  Effect.gen(function*() {
    const { clients, subject } = yield* runsOf(flags, accounts)
    const document = yield* Accounts.each({
      subject,
      atOnce,
      failed: (entry) => ({ scopes: [], rows: 0, requests: 0, minutes: 0, ...entry }),
      work: ({ run }) => Effect.flatMap(run, planned)
    }).pipe(Effect.provide(clients), Effect.provide(Stop.layer))
    const lines = document.accounts.flatMap((entry) => ofPlan(entry).map((line) => `${entry.account}: ${line}`))
    return yield* Accounts.print(flags, document, lines)
  })
