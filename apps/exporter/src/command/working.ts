/** A worker at work: who it is, when its accounts are due, and what it runs for them. */
import * as Session from "@trunkline/dataset/Session"
import { Stop } from "@trunkline/export/Stop"
import { type Account, Database, Worker } from "@trunkline/fleet"
import * as DeltaLog from "@trunkline/lake/DeltaLog"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import { join } from "node:path"
import * as Clients from "../Clients.js"
import type { Configuration } from "../configuration/Configuration.js"
import { fingerprint } from "../fingerprint.js"
import * as Memory from "../Memory.js"
import { Process } from "../Process.js"
import * as Scratch from "../Scratch.js"
import * as Settings from "../Settings.js"
import * as Logs from "../terminal/Logs.js"
import { printJson } from "../terminal/Output.js"
import * as Asked from "./asked.js"
import * as Night from "./night.js"
import { stoppable } from "./running.js"

interface Options {
  readonly url: Redacted.Redacted
  readonly configuration: Effect.Effect<Configuration>
  readonly nights: number
  readonly scratch: string
}

const usual = { at: ["02:00"], zone: "UTC" }

/** The accounts of a configuration as a fleet knows them. A key that cannot be read makes a night that says so. */
const accountsOf = (configuration: Configuration, flags: Night.Flags) =>
  Effect.map(Effect.context<Process>(), (context) =>
    configuration.accounts.map((account): Account => ({
      name: account.name,
      schedule: {
        at: account.settings.at ?? configuration.fleet?.at ?? usual.at,
        zone: account.settings.zone ?? configuration.fleet?.zone ?? usual.zone
      },
      key: Effect.flatMap(Asked.environment, (environment) =>
        Settings.ofAccount(account, environment, { http: flags.allowHttp })).pipe(
          Effect.map(fingerprint),
          Effect.orElseSucceed(() =>
            `account ${account.name}`
          ),
          Effect.provide(context)
        )
    })))

/** Processes of one machine, and containers of one name, are different workers. */
const nameOf = (): string => `${hostname().slice(0, 100)}-${process.pid}-${randomUUID().slice(0, 6)}`

/** PostgreSQL may begin at the same time. */
const starting = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "TIMEOUT", "57P03"])

export const work = (flags: Night.Flags, { configuration, nights, scratch, url }: Options) =>
  Effect.gen(function*() {
    // PostgreSQL's client warns of what the engine does with it; a line that nobody can act on.
    process.noDeprecation = true
    yield* Memory.modest
    const { screen } = yield* Process
    const stop = yield* Stop
    const name = nameOf()
    const own = yield* Scratch.folder(scratch)
    for (const warning of yield* Settings.exposed((yield* configuration).accounts)) screen.say(warning)
    const context = yield* Effect.context<Process>()
    const accounts = configuration.pipe(
      Effect.flatMap((found) => accountsOf(found, flags)),
      Effect.provide(context)
    )
    const night = yield* Night.make({ flags, scratch: own, configuration })
    if (Logs.tells(yield* FiberRef.get(FiberRef.currentMinimumLogLevel))) {
      screen.say(`Worker ${name}: ${nights} nights at once. Stop with Ctrl-C`)
    }
    const connected = yield* Effect.raceFirst(
      Effect.asSome(Layer.build(database(url, name))),
      Effect.as(stop.wait, Option.none())
    )
    if (Option.isSome(connected)) {
      yield* Worker.run({ name, nights, accounts, night, leave: stop.wait }).pipe(
        Effect.provide(connected.value),
        Effect.provide(
          Layer.mergeAll(Clients.lasting, Session.sharing, DeltaLog.sharing({ temporary: join(own, "logs") }))
        )
      )
    }
    if (flags.json) yield* printJson({ worker: name, exitCode: 0, problems: [] })
    return 0 as const
  }).pipe(Effect.scoped, stoppable)

const database = (url: Redacted.Redacted, name: string) =>
  Layer.retry(
    Database.layer({ url, name: `trunkline ${name}` }),
    Schedule.spaced("2 seconds").pipe(
      Schedule.intersect(Schedule.recurs(30)),
      Schedule.whileInput(({ code }: { readonly code: string }) => starting.has(code))
    )
  )
