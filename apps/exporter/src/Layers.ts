/** How the parts are put together: vendors over one HTTP client each, the dataset over the disk. */
import * as Account from "@trunkline/allo/Account"
import * as AlloClient from "@trunkline/allo/AlloClient"
import * as Conversations from "@trunkline/allo/Conversations"
import * as AllomiaClient from "@trunkline/allomia/AllomiaClient"
import * as Calls from "@trunkline/allomia/Calls"
import * as Organizations from "@trunkline/allomia/Organizations"
import * as Id from "@trunkline/calls/Id"
import * as Masking from "@trunkline/calls/Masking"
import { declaration } from "@trunkline/calls/Personal"
import { tables } from "@trunkline/calls/Tables"
import * as Dataset from "@trunkline/dataset/Dataset"
import type { Keep } from "@trunkline/dataset/Keep"
import type * as Mask from "@trunkline/dataset/Mask"
import { Disk } from "@trunkline/parquet/Disk"
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

export const dataset = (options: {
  readonly out: string
  readonly partition?: "month" | "day" | undefined
  readonly keep?: Keep | undefined
  readonly umask?: number | undefined
  readonly vendors: Vendors
  /** Left out where nothing is read. */
  readonly mask?: Mask.Options
  /** Opened to be repaired. */
  readonly damaged?: boolean
}) =>
  Dataset.Dataset.layer({
    out: options.out,
    tables,
    partition: options.partition,
    keep: options.keep,
    activeAt: { conversations: "last_activity_at" },
    umask: options.umask,
    damaged: options.damaged,
    hints: { scopedBy: ["organization_id", "line_number"], detailsAt: { allomia: "details_at" } },
    mask: options.mask,
    masking: Masking.make,
    people: declaration,
    spelling: { sources: ["allo", "allo-v1"], prefixes: Id.prefixes },
    sources: {
      ...(options.vendors.allo === null ? {} : { allo: options.vendors.allo.baseUrl }),
      ...(options.vendors.allomia === null ? {} : { allomia: options.vendors.allomia.baseUrl })
    }
  }).pipe(Layer.provide(Disk.layer))
