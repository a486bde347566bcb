/** The clients of the vendors, and what is read through them. Accounts that share a key share its client, and so its pace. */
import type { Account } from "@trunkline/allo/Account"
import type { AlloClient } from "@trunkline/allo/AlloClient"
import type { Conversations } from "@trunkline/allo/Conversations"
import type { AllomiaClient } from "@trunkline/allomia/AllomiaClient"
import type { Calls } from "@trunkline/allomia/Calls"
import type { Organizations } from "@trunkline/allomia/Organizations"
import * as AlloSource from "@trunkline/export/allo"
import * as AllomiaSource from "@trunkline/export/allomia"
import { Sources } from "@trunkline/export/Sources"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Layer from "effect/Layer"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Option from "effect/Option"
import * as RcMap from "effect/RcMap"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type Described, describing } from "./configuration/describing.js"
import * as Layers from "./Layers.js"
import type { AllomiaSettings, AlloSettings, Vendors } from "./Settings.js"

type Client<Settings, Services> = (
  settings: Settings
) => Effect.Effect<Context.Context<Services>, never, Scope.Scope>

/** Without `shared` each run makes its own. */
export class Clients extends Context.Reference<Clients>()<"trunkline/Clients", {
  readonly allo: Client<AlloSettings, Conversations | Account | AlloClient>
  readonly allomia: Client<AllomiaSettings, Calls | Organizations | AllomiaClient>
}>("trunkline/Clients", {
  defaultValue: () => ({
    allo: (settings) => Layer.build(Layers.allo(settings)),
    allomia: (settings) => Layer.build(Layers.allomia(settings))
  })
}) {}

interface Keyed {
  readonly apiKey: Redacted.Redacted
  readonly baseUrl: string
}

/** Equal where the keys are, whichever account names them and however it writes the address. */
const keyOf = ({ apiKey, baseUrl }: Keyed) =>
  Data.struct({ apiKey, baseUrl: URL.canParse(baseUrl) ? new URL(baseUrl).href.replace(/\/+$/, "") : baseUrl })

const lowest = (rates: ReadonlyArray<number | undefined>): number | undefined =>
  rates.reduce((least, rate) => rate === undefined ? least : Math.min(rate, least ?? rate), undefined)

/** A client for each key. It stays for a while after its last use, so that the next account goes on at its pace. */
const byKey = <Settings extends Keyed, Services>(
  all: ReadonlyArray<Settings | null>,
  build: (settings: ReadonlyArray<Settings>) => Effect.Effect<Context.Context<Services>, never, Scope.Scope>
): Effect.Effect<Client<Settings, Services>, never, Scope.Scope> =>
  Effect.map(
    RcMap.make({
      lookup: (key: ReturnType<typeof keyOf>) =>
        build(all.filter((settings) => settings !== null).filter((settings) => Equal.equals(keyOf(settings), key))),
      idleTimeToLive: "1 minute"
    }),
    (clients) => (settings) => RcMap.get(clients, keyOf(settings))
  )

/** For all that these accounts read. Of different ceilings for one key the lowest holds. */
export const shared = (accounts: ReadonlyArray<Vendors>): Layer.Layer<never> =>
  Layer.scoped(
    Clients,
    Effect.all({
      allo: byKey(accounts.map(({ allo }) => allo), ([first, ...others]) =>
        first === undefined ? Effect.dieMessage("a client of no account") : Layer.build(Layers.allo({
          ...first,
          readsPerSecond: lowest([first, ...others].map(({ readsPerSecond }) =>
            readsPerSecond
          )),
          writesPerSecond: lowest([first, ...others].map(({ writesPerSecond }) => writesPerSecond))
        }))),
      allomia: byKey(
        accounts.map(({ allomia }) => allomia),
        ([first, ...others]) =>
          first === undefined ? Effect.dieMessage("a client of no account") : Layer.build(Layers.allomia({
            ...first,
            requestsPerSecond: lowest([first, ...others].map(({ requestsPerSecond }) => requestsPerSecond))
          }))
      )
    })
  )

/** A client for each key, which stays for a while after its last use. One with other ceilings takes its place. */
const kept = <Settings extends Keyed & { readonly ceilings: ReadonlyArray<number | undefined> }, Services>(
  build: (settings: Settings) => Effect.Effect<Context.Context<Services>, never, Scope.Scope>
): Effect.Effect<Client<Settings, Services>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const last = MutableHashMap.empty<ReturnType<typeof keyOf>, Settings>()
    const clients = yield* RcMap.make({
      lookup: (key: ReturnType<typeof keyOf>) =>
        Option.match(MutableHashMap.get(last, key), {
          onNone: () => Effect.dieMessage("a client of no account"),
          onSome: build
        }),
      idleTimeToLive: "1 minute"
    })
    return (settings) =>
      Effect.gen(function*() {
        const key = keyOf(settings)
        const before = Option.getOrNull(MutableHashMap.get(last, key))
        MutableHashMap.set(last, key, settings)
        const isOther = before !== null &&
          before.ceilings.some((ceiling, index) => ceiling !== settings.ceilings[index])
        if (isOther) yield* RcMap.invalidate(clients, key)
        return yield* RcMap.get(clients, key)
      })
  })

/** For accounts that come one after another, as a worker has them: what a key was asked for counts for the next one as well. */
export const lasting: Layer.Layer<never> = Layer.scoped(
  Clients,
  Effect.gen(function*() {
    const allo = yield* kept((settings: AlloSettings & { readonly ceilings: ReadonlyArray<number | undefined> }) =>
      Layer.build(Layers.allo(settings))
    )
    const allomia = yield* kept((
      settings: AllomiaSettings & { readonly ceilings: ReadonlyArray<number | undefined> }
    ) => Layer.build(Layers.allomia(settings)))
    return {
      allo: (settings) => allo({ ...settings, ceilings: [settings.readsPerSecond, settings.writesPerSecond] }),
      allomia: (settings) => allomia({ ...settings, ceilings: [settings.requestsPerSecond] })
    }
  })
)

/** The sources that are read, each with its key; of an account, as its configuration describes them. */
export const sources = (vendors: Vendors, account: Described | null = null): Layer.Layer<Sources> =>
  Layer.scoped(
    Sources,
    Effect.gen(function*() {
      const { allo, allomia } = vendors
      const clients = yield* Clients
      const found = [
        ...allo === null ? [] : [yield* Effect.provide(AlloSource.make, yield* clients.allo(allo))],
        ...allomia === null ? [] : [
          yield* Effect.provide(AllomiaSource.ofOrganizations(allomia.organizationIds), yield* clients.allomia(allomia))
        ]
      ]
      return account === null ? found : found.map(describing(account))
    })
  )
