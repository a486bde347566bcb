/**
 * The deals of the CRM, which come from other systems.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AlloClient } from "./AlloClient.js"
import { CrmDeal, type CrmList, type CrmQuery } from "./Crm.js"
import { resource } from "./internal/crm.js"

/**
 * The filter asks for the whole text.
 *
 * @since 0.1.0
 * @category queries
 */
export interface DealsQuery extends CrmQuery {
  /** The word that a deal has as its status. */
  readonly stage?: string | undefined
  /** Part of a name or a company. */
  readonly search?: string | undefined
}

/**
 * @since 0.1.0
 * @category services
 */
export class Deals extends Context.Tag("@trunkline/allo/Deals")<Deals, CrmList<CrmDeal, DealsQuery>>() {
  static readonly layer: Layer.Layer<Deals, never, AlloClient> = Layer.effect(
    this,
    Effect.suspend(() => Effect.map(AlloClient, make))
  )
}

const make = resource<CrmDeal, unknown, DealsQuery>({
  name: "Deals",
  path: "/v2/api/crm/deals",
  unknown: "INVALID_REQUEST",
  schema: CrmDeal,
  filters: ({ stage }) => ({ stage }),
  search: ({ search }) => search
})
