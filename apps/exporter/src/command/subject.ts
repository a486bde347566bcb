/** What a command is about: one dataset, or the accounts of a configuration, each of which is a dataset. */
import * as Folder from "@trunkline/dataset/Folder"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { join, resolve } from "node:path"
import * as Configuration from "../configuration/Configuration.js"
import * as Folders from "../configuration/Folders.js"
import { InvalidSetting } from "../Environment.js"
import { nearest, suggested } from "../Nearest.js"
import { Process } from "../Process.js"
import * as Settings from "../Settings.js"
import * as Asked from "./asked.js"
import { InvalidFlag } from "./values.js"

/** The flags that choose it. */
export interface OfSubject extends Asked.OfDataset {
  readonly config: Option.Option<string>
  readonly account: ReadonlyArray<string>
}

export interface Account extends Configuration.Account {
  /** The folder of its dataset. */
  readonly out: string
}

export interface Accounts {
  /** The folder of all their datasets. */
  readonly out: string
  /** In the order of the configuration, or those that were picked. */
  readonly accounts: ReadonlyArray<Account>
}

/** Null where no configuration stands: then there is the one dataset. */
export interface Subject {
  readonly out: string
  readonly accounts: Accounts | null
}

/** Whether a folder is a dataset itself. */
export const isDataset = (folder: string): Effect.Effect<boolean> =>
  Effect.map(Folders.entries(folder), (names) => names.includes(Folder.own))

/** Also where all that lies beside its files is lost. */
export const isRepairable = (folder: string): Effect.Effect<boolean> =>
  Effect.map(Folders.entries(folder), (names) => names.includes(Folder.own) || names.includes(Folder.certificates))

/** A dataset that stands where the folders of accounts are to be is moved by a person. */
export const refuseDataset = (out: string) =>
  Effect.gen(function*() {
    const names = yield* Folders.entries(out)
    const moving = Folders.adoption(names)
    if (moving !== null) {
      return yield* new InvalidSetting({
        name: out,
        reason: `the adoption of a dataset as ${moving} was interrupted. Go on: trunkline config init --adopt ${moving}`
      })
    }
    if (names.includes(Folder.own)) {
      return yield* new InvalidSetting({
        name: out,
        reason: "a dataset stands in this folder itself, and each account has a folder of its own. " +
          "Move it: trunkline config init --adopt NAME"
      })
    }
  })

const pick = <One extends Configuration.Account>(all: ReadonlyArray<One>, names: ReadonlyArray<string>) =>
  names.length === 0
    ? Effect.succeed(all)
    : Effect.forEach(new Set(names), (name) => {
      const found = all.find((account) => account.name === name)
      return found === undefined
        ? new InvalidFlag({
          flag: "--account",
          reason: `the configuration has none of this name${suggested(nearest(name, all.map(({ name }) => name)))}`
        })
        : Effect.succeed(found)
    })

/** The folder of all accounts, whatever stands in it. */
export const rootOf = (flags: Pick<OfSubject, "out">, configuration: Configuration.Configuration | null) =>
  Effect.gen(function*() {
    const { folder } = yield* Process
    const known = yield* Asked.environment
    return resolve(folder, Option.getOrElse(flags.out, () => configuration?.out ?? Settings.out(known)))
  })

export const configuration = (flags: Pick<OfSubject, "config">) =>
  Effect.flatMap(Process, ({ folder }) => Configuration.find(Option.getOrNull(flags.config), folder))

const noConfiguration = new InvalidFlag({
  flag: "--account",
  reason: "there is no configuration. Name one with --config, or write one: trunkline config init"
})

/** What a command writes to, or asks the APIs for. */
export const writing = (flags: OfSubject) =>
  Effect.gen(function*() {
    const found = yield* configuration(flags)
    const out = yield* rootOf(flags, found)
    if (found === null) return flags.account.length === 0 ? { out, accounts: null } : yield* noConfiguration
    yield* refuseDataset(out)
    const all = found.accounts.map((account) => ({ ...account, out: join(out, Folders.ofAccount(account.name)) }))
    return { out, accounts: { out, accounts: yield* pick(all, flags.account) } }
  }).pipe(Effect.map((subject): Subject => subject))

/** The one account that a flag picks, for a command without a dataset; null where none does. */
export const picked = (flags: Pick<OfSubject, "config" | "account">) =>
  Effect.gen(function*() {
    if (flags.account.length === 0) return null
    const found = yield* configuration(flags)
    if (found === null) return yield* noConfiguration
    const [account, ...others] = yield* pick(found.accounts, flags.account)
    return account !== undefined && others.length === 0
      ? account
      : yield* new InvalidFlag({ flag: "--account", reason: "is given twice, and one account is read at a time" })
  })

/** What a command reads. A folder that a flag names and that is a dataset is meant by itself, whatever the configuration. */
export const reading = (flags: OfSubject) =>
  Effect.gen(function*() {
    const { folder } = yield* Process
    if (Option.isSome(flags.out) && Option.isNone(flags.config) && flags.account.length === 0) {
      const out = resolve(folder, flags.out.value)
      if (yield* isDataset(out)) return { out, accounts: null }
    }
    return yield* writing(flags)
  })

/** The one dataset that a command needs. */
export const one = (subject: Subject, why: string) =>
  Effect.gen(function*() {
    if (subject.accounts === null) return subject.out
    const [first, ...others] = subject.accounts.accounts
    return first !== undefined && others.length === 0 ? first.out : yield* new InvalidFlag({
      flag: "--account",
      reason: `is missing: ${why}`
    })
  })
