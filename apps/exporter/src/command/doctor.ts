/** `trunkline doctor`: what is set up, what is missing, and what to do about it. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { resolve } from "node:path"
import * as Database from "../Database.js"
import * as Environment from "../Environment.js"
import * as ExitCode from "../ExitCode.js"
import * as Layers from "../Layers.js"
import type { Problem } from "../Problem.js"
import { Process } from "../Process.js"
import * as Settings from "../Settings.js"
import { printJson, printLines } from "../terminal/Output.js"
import { version } from "../Version.js"
import * as Accounts from "./accounts.js"
import type * as Asked from "./asked.js"
import * as Checks from "./checks.js"
import * as ChosenLake from "./chosenLake.js"
import * as LakeChecks from "./lakeChecks.js"
import * as OfLake from "./lakes.js"
import { proxy } from "./proxyCheck.js"
import { reader } from "./running.js"
import * as Subject from "./subject.js"

/** As `trunkline doctor --json` prints it. */
interface Report {
  readonly checks: ReadonlyArray<Checks.Check>
  readonly out: string
  readonly exitCode: ExitCode.ExitCode
  /** The checks that failed, in the shape of all other documents. */
  readonly problems: ReadonlyArray<Problem>
}

const noKey = (name: string, prefix: string, needed: boolean): Checks.Check =>
  needed
    ? Checks.fail(name, 2, "not set", `Set ${prefix}_API_KEY or ${prefix}_API_KEY_FILE; trunkline demo needs none`)
    : Checks.ok(name, "not set, so this source is left out")

/** What many leave out of the base URL. */
const below = (settings: Settings.AllomiaSettings): Checks.Elsewhere => {
  const url = `${settings.baseUrl.replace(/\/+$/, "")}/api`
  return {
    url,
    answers: Effect.provide(Checks.listsOrganisations, Layers.allomia({ ...settings, baseUrl: url }))
  }
}

const sources = (
  environment: Environment.Environment,
  allowed: Settings.Allowed
): Effect.Effect<ReadonlyArray<Checks.Check>> =>
  Effect.gen(function*() {
    const allo = yield* Effect.either(Settings.allo(environment, allowed))
    const allomia = yield* Effect.either(Settings.allomia(environment, allowed))
    const vendors = { allo: Either.getOrElse(allo, () => null), allomia: Either.getOrElse(allomia, () => null) }
    const alone = Either.isRight(allo) && Either.isRight(allomia) && vendors.allo === null && vendors.allomia === null
    const found = yield* Effect.all([
      vendors.allo === null ? Effect.succeed([]) : Effect.provide(Checks.allo, Layers.allo(vendors.allo)),
      vendors.allomia === null
        ? Effect.succeed([])
        : Effect.provide(
          Checks.allomia(vendors.allomia.organizationIds, below(vendors.allomia)),
          Layers.allomia(vendors.allomia)
        )
    ], { concurrency: 2 })
    return [
      ...Either.match(allo, {
        onLeft: (error) => [Checks.failed("allo key", error)],
        onRight: (settings) => (settings === null ? [noKey("allo key", "ALLO", alone)] : [])
      }),
      ...proxy("allo proxy", vendors.allo),
      ...found[0],
      ...Either.match(allomia, {
        onLeft: (error) => [Checks.failed("allomia key", error)],
        onRight: (settings) => (settings === null ? [noKey("allomia key", "ALLOMIA", alone)] : [])
      }),
      ...proxy("allomia proxy", vendors.allomia),
      ...found[1]
    ]
  })

/** What an account reads, with its key. */
const ofAccount = (
  account: Subject.Account,
  environment: Environment.Environment,
  allowed: Settings.Allowed
): Effect.Effect<ReadonlyArray<Checks.Check>> =>
  Effect.gen(function*() {
    const { source } = account.settings
    const vendors = yield* Effect.either(Settings.ofAccount(account, environment, allowed))
    if (Either.isLeft(vendors)) return [Checks.failed(`${source} key`, vendors.left)]
    const { allo, allomia } = vendors.right
    const exposed = yield* Settings.exposed([account])
    return [
      ...exposed.map((warning) => Checks.warn(`${source} key file`, warning)),
      ...proxy(`${source} proxy`, allo ?? allomia),
      ...allo === null ? [] : yield* Effect.provide(Checks.allo, Layers.allo(allo)),
      ...allomia === null
        ? []
        : yield* Effect.provide(Checks.allomia(allomia.organizationIds, below(allomia)), Layers.allomia(allomia))
    ]
  })

const dataset = (out: string): Effect.Effect<ReadonlyArray<Checks.Check>> =>
  Effect.gen(function*() {
    const opened = yield* reader(out)
    if (Option.isNone(opened)) return [Checks.ok("dataset", "none yet; the first export begins it")]
    return [...(yield* Checks.dataset(opened.value)), yield* Checks.lock(out)]
  }).pipe(
    Effect.catchAll((error) => Effect.succeed([Checks.failed("dataset", error)])),
    Effect.scoped
  )

const lines = (checks: ReadonlyArray<Checks.Check>): ReadonlyArray<string> => {
  const widest = Math.max(...checks.map(({ name }) => name.length))
  return checks.map(({ level, message, name, todo }) =>
    `${level.padEnd(4)}  ${name.padEnd(widest)}  ${message}${todo === null ? "" : `. ${todo}`}`
  )
}

/** The checks that failed, as problems. */
const report = (checks: ReadonlyArray<Checks.Check>, out: string): Report => ({
  checks,
  out,
  exitCode: ExitCode.worst(checks.map((check) => check.exitCode)),
  problems: checks.filter(({ level }) => level === "fail").map(({ message, name, todo }) => ({
    tag: "Doctor",
    source: name.startsWith("allo ") ? "allo" : name.startsWith("allomia ") ? "allomia" : null,
    scope: null,
    message: `${name}: ${message}${todo === null ? "" : `. ${todo}`}`,
    requestId: null
  }))
})

const ofThisProgram = () =>
  Checks.ok("version", `trunkline ${version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`)

/** The lake that the flag or the configuration names; none where nothing does. */
const lakeOf = (flags: Flags, out: string) =>
  Effect.gen(function*() {
    const { allowHttp, from: text } = flags
    const chosen = yield* ChosenLake.maybe(
      { flag: "--from", text, allowHttp, out },
      yield* Subject.configuration(flags)
    )
    return chosen === null ? noLake : yield* LakeChecks.ofLake(chosen)
  }).pipe(
    Effect.catchAll((error): Effect.Effect<LakeChecks.Shown> =>
      Effect.succeed({ checks: [Checks.failed("lake", error)], opened: null })
    )
  )

/** The database of a fleet, where something names one. */
const databaseOf = (flags: Flags, environment: Environment.Environment) =>
  Database.isNamed(flags.database, environment)
    ? Effect.flatMap(
      Effect.promise(() => import("./databaseChecks.js")),
      ({ ofDatabase }) => ofDatabase(flags.database, environment)
    )
    : Effect.succeed([])

const noLake: LakeChecks.Shown = { checks: [], opened: null }

const ofPush = ({ opened }: LakeChecks.Shown, subject: LakeChecks.Subject) =>
  opened === null ? Effect.succeed([]) : LakeChecks.ofAccount(opened, subject)

const ofAll = (
  flags: Flags,
  { database, environment, lake, subject }: {
    readonly environment: Environment.Environment
    readonly subject: Subject.Accounts
    readonly lake: LakeChecks.Shown
    readonly database: ReadonlyArray<Checks.Check>
  }
) =>
  Effect.gen(function*() {
    const checks = [ofThisProgram(), ...yield* Checks.disk(subject.out), ...lake.checks, ...database]
    const document = yield* Accounts.each({
      subject,
      failed: (entry): Report => ({ checks: [], ...entry }),
      work: (account) =>
        Effect.map(
          Effect.all([
            ofAccount(account, environment, { http: flags.allowHttp }),
            dataset(account.out),
            ofPush(lake, { account: Effect.succeed(account.name), out: account.out })
          ]),
          (checks) => report(checks.flat(), account.out)
        )
    })
    const said = document.accounts.flatMap(({ account, checks }) =>
      lines(checks.map((check) => ({ ...check, name: `${account}: ${check.name}` })))
    )
    const exitCode = ExitCode.worst([...checks.map((check) => check.exitCode), document.exitCode])
    return yield* Accounts.print(flags, { ...document, checks, exitCode }, [...lines(checks), ...said])
  })

interface Flags extends Subject.OfSubject, Asked.OfKeys {
  readonly from: Option.Option<string>
  readonly database: Option.Option<string>
}

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const { folder, variables } = yield* Process
    const read = yield* Effect.either(Environment.environment(variables, folder))
    // A .env that cannot be read hides nothing of what can be said without it.
    const environment = Either.getOrElse(read, () => Environment.of({}))
    const subject = Either.isLeft(read)
      ? { out: resolve(folder, Option.getOrElse(flags.out, () => Settings.out(environment))), accounts: null }
      : yield* Subject.reading(flags)
    const { out } = subject
    const lake = Either.isLeft(read) ? noLake : yield* lakeOf(flags, out)
    const database = yield* databaseOf(flags, environment)
    if (subject.accounts !== null) {
      return yield* ofAll(flags, { environment, subject: subject.accounts, lake, database })
    }
    const document = report([
      ofThisProgram(),
      ...Either.match(read, { onLeft: (error) => [Checks.failed("settings", error)], onRight: () => [] }),
      ...yield* sources(environment, { http: flags.allowHttp }),
      ...yield* Checks.disk(out),
      ...yield* dataset(out),
      ...lake.checks,
      ...yield* ofPush(lake, { account: OfLake.accountOf(out), out }),
      ...database
    ], out)
    if (flags.json) yield* printJson(document)
    else yield* printLines(lines(document.checks))
    return document.exitCode
  }).pipe(Effect.scoped)
