/** `trunkline config`: checks a configuration, writes an example, or makes a dataset that stands an account. */
import { Disk } from "@trunkline/parquet/Disk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as fs from "node:fs/promises"
import { dirname, isAbsolute, join, relative, resolve } from "node:path"
import * as Adopt from "../configuration/Adopt.js"
import * as Configuration from "../configuration/Configuration.js"
import * as Document from "../configuration/Document.js"
import * as example from "../configuration/example.js"
import * as Folders from "../configuration/Folders.js"
import * as Ending from "../Ending.js"
import { codeOf, InvalidSetting } from "../Environment.js"
import { Process } from "../Process.js"
import * as Settings from "../Settings.js"
import { printJson, printLines } from "../terminal/Output.js"
import { writeViews, writeViewsOfAll } from "../writeViews.js"
import * as Asked from "./asked.js"
import * as Standing from "./standing.js"
import * as Subject from "./subject.js"
import { problemLine } from "./summary.js"
import { InvalidFlag } from "./values.js"

interface Flags extends Asked.OfDataset {
  readonly action: Option.Option<string>
  readonly config: Option.Option<string>
  readonly adopt: Option.Option<string>
}

/** Accounts that name one key of Allo read one team, and so do those that name one organisation by one key. */
const sameKeys = (all: ReadonlyArray<readonly [name: string, vendors: Settings.Vendors]>): ReadonlyArray<string> =>
  all.flatMap(([name, { allo, allomia }], index) =>
    all.slice(0, index).flatMap(([other, read]) => {
      if (allo !== null && read.allo !== null && Equal.equals(allo.apiKey, read.allo.apiKey)) {
        return [`${other} and ${name} have the same key: over all accounts their calls count twice`]
      }
      if (allomia === null || read.allomia === null || !Equal.equals(allomia.apiKey, read.allomia.apiKey)) return []
      const [these, those] = [allomia.organizationIds, read.allomia.organizationIds]
      const common = these.length === 0 || those.length === 0 || these.some((id) => those.includes(id))
      return common
        ? [`${other} and ${name} read the same organisations: over all accounts their calls count twice`]
        : []
    })
  )

/** What a check of a whole configuration found. */
const checked = (flags: Flags, configuration: Configuration.Configuration) =>
  Effect.gen(function*() {
    const known = yield* Asked.environment
    const { accounts, file } = configuration
    const out = yield* Subject.rootOf(flags, configuration)
    const found = yield* Effect.forEach(accounts, (account) =>
      Effect.map(
        Effect.either(Settings.ofAccount(account, known, { http: false })),
        (vendors) => ({ account: account.name, vendors })
      ))
    const stands = yield* Effect.either(Subject.refuseDataset(out))
    const problems = [
      ...Either.isLeft(stands) ? [Ending.ofFailure(stands.left).problem] : [],
      ...found.flatMap(({ vendors }) => Either.isLeft(vendors) ? [Ending.ofFailure(vendors.left).problem] : [])
    ]
    const readable = found.flatMap(({ account, vendors }) =>
      Either.isRight(vendors) ? [[account, vendors.right] as const] : []
    )
    return {
      file,
      accounts: accounts.map(({ name, settings }) => ({
        account: name,
        source: settings.source,
        out: join(out, Folders.ofAccount(name))
      })),
      warnings: [...yield* Settings.exposed(accounts), ...sameKeys(readable)],
      exitCode: problems.length > 0 ? 2 as const : 0 as const,
      problems
    }
  })

const check = (flags: Flags) =>
  Effect.gen(function*() {
    const { folder, screen } = yield* Process
    const read = yield* Effect.either(Subject.configuration(flags))
    if (Either.isLeft(read)) {
      const { file, wrong } = read.left
      const problems = wrong.map((one) => Ending.problem(read.left._tag, Configuration.says(file, one)))
      screen.say(problems.map(({ message }) => message).join("\n"), "ERROR")
      if (flags.json) yield* printJson({ file, accounts: [], warnings: [], exitCode: 2, problems })
      return 2 as const
    }
    if (read.right === null) {
      return yield* new InvalidFlag({
        flag: "--config",
        reason: `there is no ${Configuration.usual} in ${folder}. Name a file, or write one: trunkline config init`
      })
    }
    const document = yield* checked(flags, read.right)
    const { accounts, exitCode, file, problems, warnings } = document
    if (warnings.length > 0) screen.say(warnings.join("\n"))
    if (problems.length > 0) screen.say(problems.map(problemLine).join("\n"), "ERROR")
    if (flags.json) yield* printJson(document)
    else {
      yield* printLines([
        ...accounts.map(({ account, out, source }) => `${account}: ${source}, in ${out}`),
        ...exitCode === 0 ? [`${file} is as it should be`] : []
      ])
    }
    return exitCode
  })

/** Writes a file that is not there. */
const create = (path: string, text: string) =>
  Effect.tryPromise({
    try: () => fs.writeFile(path, text, { flag: "wx" }),
    catch: codeOf
  }).pipe(Effect.mapError((code) =>
    new InvalidSetting({
      name: path,
      reason: code === "EEXIST" ? "stands there already, and is not written over" : `cannot be written (${code})`
    })
  ))

/** The configuration and, unless one is there, the schema that editors check it by. */
const begin = (file: string, text: string) =>
  Effect.zipRight(
    create(file, text),
    Effect.ignore(create(join(dirname(file), example.schemaName), example.schema()))
  )

/** The accounts that a dataset becomes, as a killed adoption left it or as it stands. */
const partsOf = (out: string, name: string, configuration: Configuration.Configuration | null) =>
  Effect.gen(function*() {
    const { name: begun, stands } = yield* Adopt.standing(out)
    if (begun !== null && begun !== name) {
      return yield* new InvalidFlag({
        flag: "--adopt",
        reason: `the adoption of a dataset as ${begun} was interrupted: name ${begun}`
      })
    }
    if (stands === "divided") return Adopt.partsOf(name, ["allo", "allomia"])
    const vendors = yield* Standing.reading(
      stands === "moving" ? join(out, Folders.ofAdoption(name)) : out,
      Adopt.vendorsOf
    )
    // A dataset that was never asked for anything may become either.
    const given = configuration?.accounts.find((account) => account.name === name)?.settings.source ?? "allo"
    return Adopt.partsOf(name, vendors.length === 0 ? [given] : vendors)
  })

/** Fails where a configuration stands that does not have these accounts. */
const demandAccounts = (
  out: string,
  { accounts, file }: Configuration.Configuration,
  parts: ReadonlyArray<Adopt.Part>
) =>
  Effect.forEach(parts, ({ name, source }) => {
    const given = accounts.find((account) => account.name === name)?.settings.source
    return given === source ? Effect.void : new InvalidSetting({
      name: file,
      reason: given === undefined
        ? `has no account ${name}. Add it, with the lines [accounts.${name}], source = "${source}" and where its key is`
        : `the account ${name} is one of ${given}, and the dataset in ${out} holds ${source}`
    })
  }, { discard: true })

const init = (flags: Flags) =>
  Effect.gen(function*() {
    const { folder } = yield* Process
    const file = resolve(folder, Option.getOrElse(flags.config, () => Configuration.usual))
    if (Option.isNone(flags.adopt)) {
      yield* begin(file, example.example)
      if (flags.json) yield* printJson({ file, exitCode: 0, problems: [] })
      else yield* printLines([`Wrote ${file}. Fill in the accounts, then: trunkline config check`])
      return 0 as const
    }
    const name = flags.adopt.value
    if (!Document.accountName.test(name)) {
      return yield* new InvalidFlag({
        flag: "--adopt",
        reason: "must be a name of 1 to 64 of the letters a-z, digits and hyphens"
      })
    }
    const there = yield* Effect.isSuccess(Effect.tryPromise(() => fs.lstat(file)))
    const configuration = there ? yield* Configuration.load(file, { named: Option.isSome(flags.config) }) : null
    const out = yield* Subject.rootOf(flags, configuration)
    const parts = yield* partsOf(out, name, configuration)
    if (!parts.every((part) => Document.accountName.test(part.name))) {
      return yield* new InvalidFlag({
        flag: "--adopt",
        reason: `is too long: ${parts.map(({ name }) => name).join(", ")}`
      })
    }
    if (configuration !== null) yield* demandAccounts(out, configuration, parts)
    const below = relative(dirname(file), out)
    const seen = below.startsWith("..") || isAbsolute(below) ? out : below === "" ? "." : below
    const write = configuration === null ? begin(file, example.adopted({ accounts: parts, out: seen })) : Effect.void
    // An adoption that was killed has written it, unless somebody took it away since.
    const { stands } = yield* Adopt.standing(out)
    if (stands !== "whole") yield* write
    const targets = yield* Effect.provide(Adopt.adopt(out, { name, parts, ready: write }), Disk.layer)
    for (const target of targets) {
      yield* writeViews(target, yield* Standing.reading(target, ({ rows }) => rows))
    }
    yield* writeViewsOfAll(out)
    const accounts = parts.map((part) => ({ ...part, out: join(out, Folders.ofAccount(part.name)) }))
    if (flags.json) {
      yield* printJson({
        file,
        accounts: accounts.map(({ name, out, source }) => ({ account: name, source, out })),
        exitCode: 0,
        problems: []
      })
    } else {
      yield* printLines([
        ...accounts.map(({ name, out, source }) => `${name}: ${source}, in ${out}`),
        "Check where the keys come from: trunkline config check"
      ])
    }
    return 0 as const
  })

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const action = Option.getOrElse(flags.action, () => "check")
    if (action === "init") return yield* init(flags)
    if (Option.isSome(flags.adopt)) {
      return yield* new InvalidFlag({ flag: "--adopt", reason: "goes with trunkline config init" })
    }
    return action === "check"
      ? yield* check(flags)
      : yield* new InvalidFlag({ flag: "config", reason: "takes check or init" })
  })
