/** The services of each vendor that was configured, as a run composes them. */
import type { Account, AlloClient, Conversations } from "@trunkline/allo"
import type { AllomiaClient, Calls, Organizations } from "@trunkline/allomia"
import * as Context from "effect/Context"

export type Name = "allo" | "allomia"

export interface AlloSource {
  readonly client: Context.Tag.Service<AlloClient>
  readonly conversations: Context.Tag.Service<Conversations>
  readonly account: Context.Tag.Service<Account>
}

export interface AllomiaSource {
  readonly client: Context.Tag.Service<AllomiaClient>
  readonly calls: Context.Tag.Service<Calls>
  readonly organizations: Context.Tag.Service<Organizations>
  /** As configured; none asks for all that the key opens. */
  readonly organizationIds: ReadonlyArray<string>
}

/** Null where a source was not asked for or has no key. */
export class Sources extends Context.Tag("@trunkline/exporter/Sources")<Sources, {
  readonly allo: AlloSource | null
  readonly allomia: AllomiaSource | null
}>() {}
