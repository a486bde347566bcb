/** Every service of both vendors over the sandbox, without a pace. */
import { FetchHttpClient } from "@effect/platform"
import {
  Account,
  AlloClient,
  Analytics,
  Companies,
  Contacts,
  Conversations,
  Deals,
  DialingQueues,
  LineCalls,
  Notes,
  PartnerAccounts,
  People,
  Recordings,
  Summaries,
  SummaryTemplates,
  Threads,
  WebhookEndpoints
} from "@trunkline/allo"
import { AllomiaClient, Calls, Organizations, OutboundCalls } from "@trunkline/allomia"
import { Sandbox } from "@trunkline/sandbox"
import { Effect, Layer, Redacted } from "effect"

type KeyOf = (keys: Effect.Effect.Success<typeof Sandbox>["keys"]) => string

/** Allo's services with the key of this name. */
export const allo = (keyOf: KeyOf = (keys) => keys.allo) =>
  Layer.unwrapEffect(Effect.map(Sandbox, ({ alloUrl, keys }) =>
    Layer.mergeAll(
      Account.layer,
      Analytics.layer,
      Companies.layer,
      Contacts.layer,
      Conversations.layer,
      Deals.layer,
      DialingQueues.layer,
      LineCalls.layer,
      Notes.layer,
      PartnerAccounts.layer,
      People.layer,
      Recordings.layer,
      Summaries.layer,
      SummaryTemplates.layer,
      Threads.layer,
      WebhookEndpoints.layer
    ).pipe(
      Layer.provide(AlloClient.layer({ apiKey: Redacted.make(keyOf(keys)), baseUrl: alloUrl, pace: "unlimited" }))
    ))).pipe(Layer.provide(FetchHttpClient.layer))

const allomia = Layer.unwrapEffect(
  Effect.map(
    Sandbox,
    ({ allomiaUrl, keys }) =>
      Layer.mergeAll(Calls.layer, Organizations.layer, OutboundCalls.layer).pipe(
        Layer.provide(
          AllomiaClient.layer({ apiKey: Redacted.make(keys.allomia), baseUrl: allomiaUrl, pace: "unlimited" })
        )
      )
  )
).pipe(Layer.provide(FetchHttpClient.layer))

export const world = Layer.provideMerge(Layer.merge(allo(), allomia), Sandbox.layerTest({ size: 600 }))
