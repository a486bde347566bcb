/** How the parts are put together: vendors over one HTTP client each, the dataset over the disk. */
import * as Account from "@trunkline/allo/Account"
import * as AlloClient from "@trunkline/allo/AlloClient"
import * as Conversations from "@trunkline/allo/Conversations"
import * as AllomiaClient from "@trunkline/allomia/AllomiaClient"
import * as Calls from "@trunkline/allomia/Calls"
import * as Organizations from "@trunkline/allomia/Organizations"
import * as Id from "@trunkline/calls/Id"
import { tables } from "@trunkline/calls/Tables"
import * as Dataset from "@trunkline/dataset/Dataset"
import * as AlloSource from "@trunkline/export/allo"
import * as AllomiaSource from "@trunkline/export/allomia"
import { Sources } from "@trunkline/export/Sources"
import { Disk } from "@trunkline/parquet/Disk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Http from "./Http.js"
import type { AllomiaSettings, AlloSettings, Vendors } from "./Settings.js"

export const allo = (settings: AlloSettings) =>
  Layer.mergeAll(Conversations.Conversations.layer, Account.Account.layer).pipe(
    Layer.provideMerge(AlloClient.AlloClient.layer(settings)),
    Layer.provide(Http.layer(settings.route?.proxy ?? null))
  )

export const allomia = (settings: AllomiaSettings) =>
  Layer.mergeAll(Calls.Calls.layer, Organizations.Organizations.layer).pipe(
    Layer.provideMerge(AllomiaClient.AllomiaClient.layer(settings)),
    Layer.provide(Http.layer(settings.route?.proxy ?? null))
  )

export const sources = (vendors: Vendors): Layer.Layer<Sources> =>
  Layer.scoped(
    Sources,
    Effect.gen(function*() {
      const { allo: first, allomia: second } = vendors
      return [
        ...first === null ? [] : [yield* Effect.provide(AlloSource.make, yield* Layer.build(allo(first)))],
        ...second === null ? [] : [
          yield* Effect.provide(
            AllomiaSource.ofOrganizations(second.organizationIds),
            yield* Layer.build(allomia(second))
          )
        ]
      ]
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
    spelling: { sources: ["allo", "allo-v1"], prefixes: Id.prefixes },
    sources: {
      ...(options.vendors.allo === null ? {} : { allo: options.vendors.allo.baseUrl }),
      ...(options.vendors.allomia === null ? {} : { allomia: options.vendors.allomia.baseUrl })
    }
  }).pipe(Layer.provide(Disk.layer))
