/** How the parts are put together: vendors over one HTTP client each, the dataset over the disk. */
import * as Account from "@trunkline/allo/Account"
import * as AlloClient from "@trunkline/allo/AlloClient"
import * as Conversations from "@trunkline/allo/Conversations"
import * as AllomiaClient from "@trunkline/allomia/AllomiaClient"
import * as Calls from "@trunkline/allomia/Calls"
import * as Organizations from "@trunkline/allomia/Organizations"
import { tables } from "@trunkline/calls/Tables"
import * as Dataset from "@trunkline/dataset/Dataset"
import { Disk } from "@trunkline/parquet/Disk"
import * as ParquetJsLite from "@trunkline/parquet/ParquetJsLite"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Http from "./Http.js"
import type { AllomiaSettings, AlloSettings } from "./Settings.js"
import { type AllomiaSource, type AlloSource, Sources } from "./Sources.js"

/** What is read from; null where a source was not asked for or has no key. */
export interface Vendors {
  readonly allo: AlloSettings | null
  readonly allomia: AllomiaSettings | null
}

const alloSource = (settings: AlloSettings) =>
  Layer.build(
    Layer.mergeAll(Conversations.Conversations.layer, Account.Account.layer).pipe(
      Layer.provideMerge(AlloClient.AlloClient.layer(settings)),
      Layer.provide(Http.layer(settings.route?.proxy ?? null))
    )
  ).pipe(Effect.map((services): AlloSource => ({
    client: Context.get(services, AlloClient.AlloClient),
    conversations: Context.get(services, Conversations.Conversations),
    account: Context.get(services, Account.Account)
  })))

const allomiaSource = (settings: AllomiaSettings) =>
  Layer.build(
    Layer.mergeAll(Calls.Calls.layer, Organizations.Organizations.layer).pipe(
      Layer.provideMerge(AllomiaClient.AllomiaClient.layer(settings)),
      Layer.provide(Http.layer(settings.route?.proxy ?? null))
    )
  ).pipe(Effect.map((services): AllomiaSource => ({
    client: Context.get(services, AllomiaClient.AllomiaClient),
    calls: Context.get(services, Calls.Calls),
    organizations: Context.get(services, Organizations.Organizations),
    organizationIds: settings.organizationIds
  })))

export const sources = ({ allo, allomia }: Vendors): Layer.Layer<Sources> =>
  Layer.scoped(
    Sources,
    Effect.all({
      allo: allo === null ? Effect.succeed(null) : alloSource(allo),
      allomia: allomia === null ? Effect.succeed(null) : allomiaSource(allomia)
    })
  )

export const dataset = (options: {
  readonly out: string
  readonly partition: "month" | "day" | undefined
  readonly vendors: Vendors
}) =>
  Dataset.Dataset.layer({
    out: options.out,
    tables,
    partition: options.partition,
    sources: {
      ...(options.vendors.allo === null ? {} : { allo: options.vendors.allo.baseUrl }),
      ...(options.vendors.allomia === null ? {} : { allomia: options.vendors.allomia.baseUrl })
    }
  }).pipe(Layer.provide(Layer.merge(Disk.layer, ParquetJsLite.layer)))
